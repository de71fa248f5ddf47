//! A value of a row, and the numbers that people write.

use super::units::{Unit, unit};

/// A value as a file has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    /// There is none.
    Missing,
    /// A whole number.
    Whole(u64),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// Text, which may be a number.
    Text(&'a [u8]),
}

/// A value that outlives its row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Owned {
    Missing,
    Whole(u64),
    Number(f64),
    Flag(bool),
    Text(Box<[u8]>),
}

impl Owned {
    pub(super) fn of(cell: &Cell<'_>) -> Owned {
        match *cell {
            Cell::Missing => Owned::Missing,
            Cell::Whole(value) => Owned::Whole(value),
            Cell::Number(value) => Owned::Number(value),
            Cell::Flag(value) => Owned::Flag(value),
            Cell::Text(text) => Owned::Text(text.into()),
        }
    }

    pub(super) fn cell(&self) -> Cell<'_> {
        match self {
            Owned::Missing => Cell::Missing,
            Owned::Whole(value) => Cell::Whole(*value),
            Owned::Number(value) => Cell::Number(*value),
            Owned::Flag(value) => Cell::Flag(*value),
            Owned::Text(text) => Cell::Text(text),
        }
    }
}

/// How the numbers of a file are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Decimals {
    /// `1,234.5`
    #[default]
    Point,
    /// `1.234,5`
    Comma,
}

/// A number that was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number {
    /// Its value.
    pub value: f64,
    /// The same, where it is a whole one of at most 64 bits.
    pub whole: Option<u64>,
    /// The unit behind it.
    pub unit: Option<Unit>,
}

impl Number {
    fn whole(value: u64) -> Number {
        Number {
            value: value as f64,
            whole: Some(value),
            unit: None,
        }
    }

    fn of(value: f64) -> Number {
        Number {
            value,
            whole: ((0.0..9e15).contains(&value) && value.fract() == 0.0).then_some(value as u64),
            unit: None,
        }
    }
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    /// Nothing was measured: empty, `-`, `null`, `NaN`.
    Missing,
    /// A number.
    Number(Number),
    /// Something else.
    Words,
}

impl Cell<'_> {
    /// The number that it is.
    pub(super) fn value(&self, decimals: Decimals) -> Value {
        match *self {
            Cell::Missing => Value::Missing,
            Cell::Whole(value) => Value::Number(Number::whole(value)),
            Cell::Number(value) if value.is_finite() => Value::Number(Number::of(value)),
            Cell::Number(_) => Value::Missing,
            Cell::Flag(_) => Value::Words,
            Cell::Text(text) => value(text, decimals),
        }
    }

    /// The same as words.
    pub(super) fn words(&self) -> String {
        match *self {
            Cell::Missing => String::new(),
            Cell::Whole(value) => value.to_string(),
            Cell::Number(value) => value.to_string(),
            Cell::Flag(value) => value.to_string(),
            Cell::Text(text) => String::from_utf8_lossy(text).trim().to_owned(),
        }
    }

    /// Yes or no, where it says so.
    pub(super) fn flag(&self) -> Option<bool> {
        match self.words().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "y" => Some(true),
            "false" | "0" | "no" | "n" => Some(false),
            _ => None,
        }
    }
}

/// Words for nothing.
const NOTHING: [&[u8]; 12] = [
    b"-",
    b"--",
    b"na",
    b"n/a",
    b"nan",
    b"null",
    b"none",
    b"nil",
    b"undefined",
    b"+inf",
    b"inf",
    b"-inf",
];

fn value(text: &[u8], decimals: Decimals) -> Value {
    // Most values of most files.
    if let Some(whole) = digits(text) {
        return Value::Number(Number::whole(whole));
    }
    let text = text.trim_ascii();
    if text.is_empty() || NOTHING.iter().any(|one| text.eq_ignore_ascii_case(one)) {
        return Value::Missing;
    }
    let Ok(text) = std::str::from_utf8(text) else {
        return Value::Words;
    };
    // `12.3MiB / 2GiB` is what is used, of what there is.
    let text = match text.split_once(" / ") {
        Some((used, _)) => used.trim_end(),
        None => text,
    };
    let ends = text
        .char_indices()
        .find(|(at, c)| {
            let is_exponent = matches!(c, 'e' | 'E')
                && *at > 0
                && text[at + 1..].starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+');
            !(c.is_ascii_digit() || is_exponent || "+-.,'_\u{a0}\u{202f} ".contains(*c))
        })
        .map_or(text.len(), |(at, _)| at);
    let (figure, behind) = text.split_at(ends);
    let Some(mut number) = figure_of(figure.trim(), decimals) else {
        return Value::Words;
    };
    let behind = behind.trim();
    if !behind.is_empty() {
        let Some(unit) = unit(behind) else {
            return Value::Words;
        };
        number.unit = Some(unit);
    }
    Value::Number(number)
}

/// A whole number of digits alone.
fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 19 {
        return None;
    }
    let mut value: u64 = 0;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    Some(value)
}

/// A number without its unit. Marks between thousands may stand in it.
fn figure_of(text: &str, decimals: Decimals) -> Option<Number> {
    let is_plain = !text.contains([',', '\'', '_', '\u{a0}', '\u{202f}', ' ']);
    if is_plain && (decimals == Decimals::Point || !text.contains('.')) {
        if let Some(whole) = digits(text.as_bytes()) {
            return Some(Number::whole(whole));
        }
        return parsed(text);
    }
    let text: String = text
        .chars()
        .filter(|c| !matches!(c, '\'' | '_' | '\u{a0}' | '\u{202f}' | ' '))
        .collect();
    let (point, thousands) = match decimals {
        Decimals::Point => ('.', ','),
        Decimals::Comma => (',', '.'),
    };
    let (whole, fraction) = match text.split_once(point) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text.as_str(), None),
    };
    if fraction.is_some_and(|fraction| fraction.contains([',', '.'])) {
        return None;
    }
    // What stands between thousands stands before three digits each.
    let mut groups = whole.split(thousands);
    let first = groups.next()?;
    let is_grouped = groups.clone().next().is_some();
    if groups.any(|group| group.len() != 3)
        || (is_grouped && first.trim_start_matches(['-', '+']).is_empty())
    {
        return None;
    }
    let whole: String = whole.split(thousands).collect();
    match fraction {
        Some(fraction) => parsed(&format!("{whole}.{fraction}")),
        None => digits(whole.as_bytes())
            .map(Number::whole)
            .or_else(|| parsed(&whole)),
    }
}

fn parsed(text: &str) -> Option<Number> {
    // What Rust takes for numbers beside them: `inf`, `nan`.
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    value.is_finite().then(|| Number::of(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, decimals: Decimals) -> Option<f64> {
        match Cell::Text(text.as_bytes()).value(decimals) {
            Value::Number(number) => {
                Some(number.value * number.unit.map_or(1.0, |unit| unit.times))
            }
            Value::Missing => Some(f64::NEG_INFINITY),
            Value::Words => None,
        }
    }

    #[test]
    fn numbers_are_read_as_people_and_tools_write_them() {
        for (text, value) in [
            ("12", 12.0),
            (" 12.5 ", 12.5),
            ("1.5e9", 1.5e9),
            ("-1", -1.0),
            ("12,345", 12_345.0),
            ("1,234,567.25", 1_234_567.25),
            ("1 234", 1_234.0),
            ("12.3MiB / 2GiB", 12.3 * 1_048_576.0),
            ("512 kB", 524_288.0),
            ("1.5 GiB", 1.5 * 1_073_741_824.0),
            ("7%", 7.0),
            ("1e3 B", 1_000.0),
        ] {
            assert_eq!(read(text, Decimals::Point), Some(value), "{text}");
        }
        for (text, value) in [
            ("12,5", 12.5),
            ("1.234,5", 1_234.5),
            ("1.234.567", 1_234_567.0),
            ("12", 12.0),
        ] {
            assert_eq!(read(text, Decimals::Comma), Some(value), "{text}");
        }
        assert_eq!(
            Cell::Text(b"18446744073709551615").value(Decimals::Point),
            Value::Number(Number::of(u64::MAX as f64))
        );
    }

    #[test]
    fn what_is_no_number_is_missing_or_words() {
        for text in ["", "-", "NaN", "null", "N/A", "+Inf"] {
            assert_eq!(
                read(text, Decimals::Point),
                Some(f64::NEG_INFINITY),
                "{text}"
            );
        }
        for text in [
            "abc",
            "12 apples",
            "1,23,4",
            "1.2.3",
            "10:00:01",
            "2026-11-30",
            "e5",
            "0x10",
            ",5",
        ] {
            assert_eq!(read(text, Decimals::Point), None, "{text}");
        }
    }
}
