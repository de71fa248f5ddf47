//! Moments as files write them: dates, clocks, and seconds since 1970 in four units.

use super::cell::{Cell, Decimals, Value};
use super::units::{MICROSECONDS, MILLISECONDS, NANOSECONDS, SECONDS, Unit};

/// Seconds of a day.
const DAY: f64 = 86_400.0;
/// Seconds since 1970 that are later than 2001 and earlier than 2128; of what is less nobody knows that it is a date.
const EPOCH: std::ops::Range<f64> = 1e9..5e9;

/// How a column tells the time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Clock {
    /// Seconds since 1970, in this unit.
    Epoch(Unit),
    /// Since something began, in this unit.
    Elapsed(Unit),
    /// A date and a time of day.
    Date,
    /// The time of day alone.
    TimeOfDay,
}

impl Clock {
    /// Whether it goes on by itself, whatever becomes of what is measured.
    pub(super) fn is_of_the_wall(self) -> bool {
        !matches!(self, Clock::Elapsed(_))
    }

    /// In words.
    pub(super) fn words(self) -> String {
        match self {
            Clock::Epoch(unit) if unit.times == 1.0 => "seconds since 1970".to_owned(),
            Clock::Epoch(unit) => format!("{} since 1970", unit.name),
            Clock::Elapsed(unit) => format!("in {}", unit.name),
            Clock::Date => "dates".to_owned(),
            Clock::TimeOfDay => "times of day".to_owned(),
        }
    }

    /// The seconds that a value says.
    pub(super) fn seconds(self, cell: &Cell<'_>, decimals: Decimals) -> Option<f64> {
        match self {
            Clock::Epoch(unit) | Clock::Elapsed(unit) => match cell.value(decimals) {
                Value::Number(number) => {
                    Some(number.value * number.unit.map_or(unit.times, |own| own.times))
                }
                Value::Words => match cell {
                    Cell::Text(text) => of_day(std::str::from_utf8(text).ok()?),
                    _ => None,
                },
                Value::Missing => None,
            },
            Clock::Date => match cell {
                Cell::Text(text) => date(std::str::from_utf8(text).ok()?),
                _ => None,
            },
            Clock::TimeOfDay => match cell {
                Cell::Text(text) => of_day(std::str::from_utf8(text).ok()?),
                _ => None,
            },
        }
    }
}

/// The clock of a column by some of its values; `unit` where its name says one. None where they are no times.
pub(super) fn clock_of(
    values: &[Cell<'_>],
    unit: Option<Unit>,
    decimals: Decimals,
) -> Option<Clock> {
    let known: Vec<&Cell<'_>> = values
        .iter()
        .filter(|cell| cell.value(decimals) != Value::Missing)
        .collect();
    let most = |clock: Clock| {
        let read = known
            .iter()
            .filter(|cell| clock.seconds(cell, decimals).is_some());
        read.count() * 10 >= known.len() * 9 && !known.is_empty()
    };
    let is_text = known
        .iter()
        .filter(|cell| cell.value(decimals) == Value::Words)
        .count();
    if is_text * 2 > known.len() {
        return [Clock::Date, Clock::TimeOfDay]
            .into_iter()
            .find(|clock| most(*clock));
    }
    let numbers = known.iter().filter_map(|cell| match cell.value(decimals) {
        Value::Number(number) => Some((number.value, number.unit)),
        _ => None,
    });
    let numbers: Vec<(f64, Option<Unit>)> = numbers.collect();
    let (middle, own) = *numbers.get(numbers.len() / 2)?;
    let unit = own.or(unit);
    for of in [SECONDS, MILLISECONDS, MICROSECONDS, NANOSECONDS] {
        let says_so = unit.is_none_or(|unit| unit.times == of.times);
        if says_so && EPOCH.contains(&(middle * of.times)) {
            return Some(Clock::Epoch(of));
        }
    }
    Some(Clock::Elapsed(unit.unwrap_or(SECONDS)))
}

/// Seconds since 1970 of a date with a time: `2026-11-30T10:00:00.123Z`, with a space, a comma before the fraction, an
/// offset, or slashes. Without an offset it is taken for UTC: differences are all that is asked for.
pub(super) fn date(text: &str) -> Option<f64> {
    let text = text.trim().trim_matches('"');
    let (day, rest) = day(text)?;
    let rest = rest.trim_start_matches(['T', 't', ' ', ',']);
    if rest.is_empty() {
        return Some(day * DAY);
    }
    Some(day * DAY + time_of_day(rest)?)
}

/// Seconds of a time of day, or of one that has passed: `10:00:01`, `10:00:01 PM`, `1-02:03:04`, `03:04.5`.
fn of_day(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some((days, rest)) = text.split_once('-') {
        let days: u32 = days.parse().ok()?;
        return Some(f64::from(days) * DAY + time_of_day(rest)?);
    }
    text.contains(':').then(|| time_of_day(text)).flatten()
}

/// Days since 1970, and what stands behind the date.
fn day(text: &str) -> Option<(f64, &str)> {
    let mut numbers = [0_i64; 3];
    let mut rest = text;
    let mut mark = None;
    for (at, number) in numbers.iter_mut().enumerate() {
        let ends = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        if ends == 0 || ends > 4 {
            return None;
        }
        *number = rest[..ends].parse().ok()?;
        rest = &rest[ends..];
        if at < 2 {
            let between = rest.chars().next()?;
            if !matches!(between, '-' | '/' | '.') || mark.is_some_and(|mark| mark != between) {
                return None;
            }
            mark = Some(between);
            rest = &rest[1..];
        }
    }
    let [a, b, c] = numbers;
    let (year, month, day) = match mark {
        _ if a > 31 => (a, b, c),
        // As in most of the world, but for the country that writes slashes.
        Some('/') => (c, a, b),
        _ => (c, b, a),
    };
    // Both orders of a date with slashes are written: the month is what can be one.
    let (month, day) = if month > 12 {
        (day, month)
    } else {
        (month, day)
    };
    let year = if year < 100 { year + 2_000 } else { year };
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    Some((days_since_1970(year, month, day) as f64, rest))
}

/// Days from 1 January 1970 in the Gregorian calendar: years begin in March, so that the leap day is their last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = (month + 9) % 12;
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year
        - 719_468
}

/// Seconds since midnight, less the offset where there is one.
fn time_of_day(text: &str) -> Option<f64> {
    let text = text.trim();
    let ends = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ',')))
        .unwrap_or(text.len());
    let (clock, behind) = text.split_at(ends);
    let mut parts = clock.split(':');
    let hours: u32 = parts.next()?.parse().ok()?;
    let minutes: u32 = parts.next()?.parse().ok()?;
    let last = parts.next().map(|last| last.replace(',', "."));
    if parts.next().is_some() || minutes > 60 {
        return None;
    }
    let seconds = match last {
        Some(last) => last
            .parse::<f64>()
            .ok()
            .filter(|last| (0.0..=61.0).contains(last))?,
        None => 0.0,
    };
    let behind = behind.trim().to_ascii_uppercase();
    let mut hours = f64::from(hours);
    let offset = match behind.as_str() {
        "" | "Z" | "UTC" | "GMT" => 0.0,
        "AM" => {
            hours %= 12.0;
            0.0
        }
        "PM" => {
            hours = hours % 12.0 + 12.0;
            0.0
        }
        zone => offset(zone)?,
    };
    Some(hours * 3_600.0 + f64::from(minutes) * 60.0 + seconds - offset)
}

/// `+01:00`, `-0530`, `+01`, and the names of zones, of which only differences matter.
fn offset(text: &str) -> Option<f64> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1.0,
        b'-' => -1.0,
        _ => {
            return text
                .bytes()
                .all(|byte| byte.is_ascii_alphabetic())
                .then_some(0.0)
                .filter(|_| text.len() <= 5);
        }
    };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        2 => (digits.as_str(), "0"),
        4 => digits.split_at(2),
        _ => return None,
    };
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    Some(sign * (f64::from(hours) * 3_600.0 + f64::from(minutes) * 60.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_tools_and_people_write_them() {
        let ten = 1_796_032_800.0 + 0.0;
        for (text, seconds) in [
            ("2026-11-30T10:00:00Z", ten),
            ("2026-11-30 10:00:00", ten),
            ("2026-11-30 10:00:00,123", ten + 0.123),
            ("2026-11-30T11:00:00.5+01:00", ten + 0.5),
            ("2026/11/30 10:00:00", ten),
            ("11/30/2026 10:00:00 AM", ten),
            ("30.11.2026 10:00:00", ten),
            ("30/11/2026 10:00", ten),
            ("2026-11-30", ten - 36_000.0),
        ] {
            let read = date(text).unwrap();
            assert!((read - seconds).abs() < 1e-3, "{text}: {read}");
        }
        for text in [
            "",
            "12",
            "1.5",
            "2026-13-41",
            "hello",
            "10:00:01",
            "1.2.3.4",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
        assert_eq!(days_since_1970(1970, 1, 1), 0);
        assert_eq!(days_since_1970(2000, 3, 1), 11_017);
    }

    #[test]
    fn the_unit_of_a_number_is_told_by_what_date_it_would_be() {
        let clock = |value: f64, unit| clock_of(&[Cell::Number(value)], unit, Decimals::Point);
        assert_eq!(clock(1.796e9, None), Some(Clock::Epoch(SECONDS)));
        assert_eq!(clock(1.796e12, None), Some(Clock::Epoch(MILLISECONDS)));
        assert_eq!(clock(1.796e18, None), Some(Clock::Epoch(NANOSECONDS)));
        assert_eq!(clock(12.5, None), Some(Clock::Elapsed(SECONDS)));
        assert_eq!(
            clock(12.5, Some(MILLISECONDS)),
            Some(Clock::Elapsed(MILLISECONDS))
        );
        let text =
            |text: &'static str| clock_of(&[Cell::Text(text.as_bytes())], None, Decimals::Point);
        assert_eq!(text("2026-11-30 10:00:00"), Some(Clock::Date));
        assert_eq!(text("10:00:01 PM"), Some(Clock::TimeOfDay));
        assert_eq!(text("hello"), None);
    }
}
