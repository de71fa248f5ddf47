//! Figures as people write them: units of 1024, three significant digits, thousands apart.

/// The units of bytes, each 1024 of the one before.
const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];

/// `1,234,567`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `0 B`, `412 B`, `41.1 B`, `1.50 KiB`, `63.2 MiB`. The sign is kept.
pub fn bytes(value: f64) -> String {
    let unit = unit_of(value);
    format!("{} {}", figure(value / unit.bytes), unit.name)
}

/// Like [`bytes`], more exactly: to the byte below a MiB, and to hundredths of the unit from there on. `411,998 B`,
/// `38.51 MiB`, `0.003 B`.
pub fn exact(value: f64) -> String {
    let mib = 1024.0 * 1024.0;
    if value.abs() >= mib {
        let unit = unit_of(value);
        return format!("{:.2} {}", value / unit.bytes, unit.name);
    }
    if value.fract() == 0.0 {
        let sign = if value < 0.0 { "-" } else { "" };
        return format!("{sign}{} B", count(value.abs() as u64));
    }
    format!("{} B", figure(value))
}

/// Like [`bytes`], with a sign for gains too: `+412 B`, `-1.00 MiB`, and `0 B` for nothing.
pub fn gain(value: f64) -> String {
    let text = bytes(value);
    if value > 0.0 {
        format!("+{text}")
    } else {
        text
    }
}

/// Bytes gained per iteration, whose units are small enough to add up by eye: `+5,824 B`, `+356 B`, `0 B`; from
/// 10 MiB on like [`gain`].
pub fn rate(value: f64) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    if value.abs() < 10.0 * 1024.0 * 1024.0 {
        format!("{sign}{} B", figure(value))
    } else {
        gain(value)
    }
}

/// A number that need not be whole: `5`, `0.333`, `12.5`, `1,234`; at most three digits that mean something.
pub fn figure(value: f64) -> String {
    let size = value.abs();
    let whole = size == 0.0 || (size >= 1.0 && (value - value.round()).abs() < 1e-9);
    let decimals = if whole || size >= 99.95 {
        0
    } else if size >= 9.995 {
        1
    } else if size >= 0.9995 {
        2
    } else {
        // 0.00123: three digits after the zeros, within reason.
        ((-size.log10()).ceil() as usize + 2).min(9)
    };
    let text = format!("{:.decimals$}", size);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), count);
    let sign = if value < 0.0 && text.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        "-"
    } else {
        ""
    };
    // Below one, zeros at the end only look exact.
    let fraction = if size < 1.0 {
        fraction.trim_end_matches('0')
    } else {
        fraction
    };
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

/// `0.4 s`, `12 s`, `1 min 12 s`, `2 h 5 min`.
pub fn seconds(value: f64) -> String {
    let whole = value.round().max(0.0) as u64;
    match whole {
        _ if value < 9.95 => format!("{:.1} s", value.max(0.0)),
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A word in the number that fits: `1 block`, `5 blocks`, `0.1 blocks`.
pub fn plural(value: f64, one: &str) -> String {
    let s = if value == 1.0 { "" } else { "s" };
    format!("{} {one}{s}", figure(value))
}

/// So many of something: `1 iteration`, `1,000 iterations`.
pub fn several(number: u64, one: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {one}{s}", count(number))
}

/// A name of the program's as words: `tokenizer_cache` is `tokenizer cache`.
pub fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// A unit of bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// How it is written.
    pub name: &'static str,
    /// How many bytes it has.
    pub bytes: f64,
}

/// The greatest unit that `value` has at least one of; bytes for less.
pub fn unit_of(value: f64) -> Unit {
    let mut unit = Unit {
        name: UNITS[0],
        bytes: 1.0,
    };
    for name in &UNITS[1..] {
        // 1023.9 of a unit would be written 1,024.
        if value.abs() < unit.bytes * 1023.5 {
            break;
        }
        unit = Unit {
            name,
            bytes: unit.bytes * 1024.0,
        };
    }
    unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_their_thousands_apart() {
        assert_eq!(
            [0, 12, 123, 1234, 123_456, 1_234_567].map(count),
            ["0", "12", "123", "1,234", "123,456", "1,234,567"]
        );
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn bytes_take_the_unit_that_suits_them() {
        assert_eq!(bytes(0.0), "0 B");
        assert_eq!(bytes(412.0), "412 B");
        assert_eq!(bytes(41.0667), "41.1 B");
        assert_eq!(bytes(1023.9), "1 KiB");
        assert_eq!(bytes(1536.0), "1.50 KiB");
        assert_eq!(bytes(66_270_003.0), "63.2 MiB");
        assert_eq!(bytes(-2048.0), "-2 KiB");
        assert_eq!(bytes(0.001), "0.001 B");
        assert_eq!(bytes(9e15), "8,185 TiB");
    }

    #[test]
    fn exact_bytes_are_whole_until_there_are_a_million() {
        assert_eq!(
            [0.0, -0.0, 411_998.0, -20.0, 0.003, 40_378_368.0, -2e6].map(exact),
            [
                "0 B",
                "0 B",
                "411,998 B",
                "-20 B",
                "0.003 B",
                "38.51 MiB",
                "-1.91 MiB"
            ]
        );
        assert_eq!(exact(f64::NAN), "NaN B");
    }

    #[test]
    fn gains_have_a_sign_and_nothing_has_none() {
        assert_eq!([412.0, -412.0, 0.0].map(gain), ["+412 B", "-412 B", "0 B"]);
        assert_eq!(
            [5824.0, -5824.0, 0.0, 2e7].map(rate),
            ["+5,824 B", "-5,824 B", "0 B", "+19.1 MiB"]
        );
    }

    #[test]
    fn figures_keep_three_digits_and_whole_ones_stay_whole() {
        assert_eq!(
            [5.0, 1.0 / 3.0, 12.5, 1234.5, 0.00123, 29.8666, -0.5].map(figure),
            ["5", "0.333", "12.5", "1,234", "0.00123", "29.9", "-0.5"]
        );
        assert_eq!(figure(1e-30), "0");
        assert_eq!(figure(f64::NAN), "NaN");
    }

    #[test]
    fn times_and_plurals_read_as_said() {
        assert_eq!(
            [0.42, 9.9, 12.4, 72.0, 7500.0].map(seconds),
            ["0.4 s", "9.9 s", "12 s", "1 min 12 s", "2 h 5 min"]
        );
        assert_eq!(
            [1.0, 5.0, 0.1].map(|value| plural(value, "block")),
            ["1 block", "5 blocks", "0.1 blocks"]
        );
    }
}
