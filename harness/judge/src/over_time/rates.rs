//! Rates as people say them.

use harness_model::record::{Axis, Judged, Measure, SeriesOverTime};
use harness_model::units::{self, bytes, figure};

/// Spans of time, and how many seconds they have.
const SPANS: [(&str, f64); 4] = [
    ("second", 1.0),
    ("minute", 60.0),
    ("hour", 3_600.0),
    ("day", 86_400.0),
];

/// An amount: `63.2 MiB`, `12 descriptors`.
pub(super) fn amount(measure: Measure, value: f64) -> String {
    match measure.is_bytes() {
        true => bytes(value),
        false if measure.is_other() => figure(value),
        false => {
            let words = measure.words();
            let one = words.strip_suffix(if words == "processes" { "es" } else { "s" });
            let words = if value == 1.0 {
                one.unwrap_or(words)
            } else {
                words
            };
            format!("{} {words}", figure(value))
        }
    }
}

/// An amount of a rate, of which everybody knows what it counts: `63.2 MiB`, `12`.
fn so_many(measure: Measure, value: f64) -> String {
    match measure.is_bytes() {
        true => bytes(value),
        false => figure(value),
    }
}

/// A rate by the time, in the least span in which it comes to one: `4.82 KiB a second`, `2 an hour`.
pub(super) fn by_time(measure: Measure, per_second: f64) -> String {
    let (span, seconds) = span_of(per_second);
    let a = if span == "hour" { "an" } else { "a" };
    format!("{} {a} {span}", so_many(measure, per_second * seconds))
}

/// A rate along an axis: by the time in the least span in which it comes to one, or else by one of what the axis counts.
pub(super) fn along(axis: Axis, measure: Measure, slope: f64) -> String {
    match axis {
        Axis::Seconds => by_time(measure, slope),
        _ => format!("{} {}", so_many(measure, slope), axis.per()),
    }
}

/// The least span of time in which a rate comes to one, and its seconds.
fn span_of(per_second: f64) -> (&'static str, f64) {
    let fits = |span: &&(&str, f64)| per_second.abs() * span.1 >= 0.995;
    *SPANS.iter().find(fits).unwrap_or(&SPANS[3])
}

/// A rate by the mark: `48 B a "request"`.
pub(super) fn by_mark(measure: Measure, slope: f64, mark: &str) -> String {
    format!("{} a \u{201c}{mark}\u{201d}", so_many(measure, slope))
}

/// The slope of a series, with its interval where it is one of confidence.
pub(super) fn rate(series: &SeriesOverTime, axis: Axis) -> String {
    let Judged {
        slope,
        slope_interval,
        ..
    } = &series.judged;
    let said = match &series.mark {
        Some(mark) => by_mark(series.measure, *slope, mark),
        None => along(axis, series.measure, *slope),
    };
    match slope_interval {
        Some(interval)
            if series.measure.is_bytes() && series.mark.is_none() && series.basis.is_none() =>
        {
            let seconds = if axis.is_seconds() {
                span_of(*slope).1
            } else {
                1.0
            };
            let (low, high) = (
                bytes(interval.low * seconds),
                bytes(interval.high * seconds),
            );
            // The unit stands once where both have the same.
            let low = match (low.split_once(' '), high.split_once(' ')) {
                (Some((number, unit)), Some((_, same))) if unit == same => number,
                _ => &low,
            };
            format!("{said} (95%: {low} to {high})")
        }
        _ => said,
    }
}

/// The same at the beginning of a sentence.
pub(super) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|one| one.to_uppercase().to_string());
    format!(
        "{}{}",
        units::words(&first.unwrap_or_default()),
        letters.as_str()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_told_in_the_span_in_which_it_comes_to_one() {
        for (measure, rate, told) in [
            (Measure::Heap, 4_936.0, "4.82 KiB a second"),
            (Measure::Heap, 0.5, "30 B a minute"),
            (Measure::Threads, 1.0 / 3_600.0, "1 an hour"),
            (Measure::Processes, 2.0, "2 a second"),
            (Measure::Processes, 1.0 / 60.0, "1 a minute"),
            (Measure::Descriptors, 0.0, "0 a day"),
        ] {
            assert_eq!(by_time(measure, rate), told);
        }
        assert_eq!(amount(Measure::Processes, 1.0), "1 process");
        assert_eq!(amount(Measure::Threads, 3.0), "3 threads");
        assert_eq!(
            by_mark(Measure::Heap, 48.0, "request"),
            "48 B a \u{201c}request\u{201d}"
        );
    }
}
