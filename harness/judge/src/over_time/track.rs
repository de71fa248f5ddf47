//! One series with what is known of it: exact counts are judged as such, a warm-up that is known is not looked for.

use super::evidence::Track;
use super::judged::{judge, judge_after, judge_quickly};
use super::points::Point;
use super::warm_up::warm_up;
use crate::series::{reduce, reduce_quickly};
use crate::shape::Kind;
use harness_model::record::{Judged, SeriesOverTime};
use harness_model::{Basis, Interval, Sawtooth, Series};

/// Judges a series: with what it could not have shown, or `quickly`. None where it has no length.
pub(super) fn judge_track(
    track: &Track,
    given: Option<f64>,
    quickly: bool,
) -> Option<SeriesOverTime> {
    let exact = track
        .cycle
        .and_then(|cycle| judge_counts(&track.points, cycle, given, quickly));
    let mut judged = match (exact, given) {
        (Some(exact), _) => exact,
        (None, Some(given)) => judge_after(&track.points, given, quickly)?,
        (None, None) if quickly => judge_quickly(&track.points)?,
        (None, None) => judge(&track.points)?,
    };
    let begins = track.points.first()?.at + judged.warm_up;
    for peak in track.peaks.iter().filter(|peak| peak.at >= begins) {
        judged.min = judged.min.min(peak.value);
        judged.max = judged.max.max(peak.value);
    }
    let is_exact = track.cycle.is_some() && is_even(&track.points);
    let is_scaled = track.scale != 1.0;
    if is_scaled {
        in_unit(&mut judged, track.scale);
    }
    Some(SeriesOverTime {
        measure: track.measure,
        whose: track.whose,
        mark: None,
        name: track.name.clone(),
        group: None,
        piece: None,
        scale: is_scaled.then_some(track.scale),
        basis: is_exact.then_some(Basis::Exact),
        judged,
    })
}

/// Judges counts without noise, one at each of places that lie evenly. None where they do not.
fn judge_counts(points: &[Point], cycle: u64, given: Option<f64>, quickly: bool) -> Option<Judged> {
    if !is_even(points) {
        return None;
    }
    let (first, step) = (points[0].at, points[1].at - points[0].at);
    let values: Vec<u64> = points.iter().map(|point| point.value).collect();
    let begins = match given {
        Some(given) => points.partition_point(|point| point.at < first + given),
        None => warm_up(&values),
    };
    // One value has no more to say than all of them.
    let begins = if begins + 1 < values.len() { begins } else { 0 };
    let rest = &values[begins..];
    let reduce: fn(&[u64], Kind) -> Option<Series> = if quickly { reduce_quickly } else { reduce };
    let series = reduce(rest, Kind::Exact { cycle })?;
    let rate = |slope: f64| slope / step;
    Some(Judged {
        warm_up: points[begins].at - first,
        samples: rest.len() as u64,
        first: series.first,
        last: series.last,
        min: series.min,
        max: series.max,
        shape: series.shape,
        slope: rate(series.slope),
        slope_interval: series.slope_interval.map(|interval| Interval {
            low: rate(interval.low),
            high: rate(interval.high),
        }),
        minimum_detectable_effect: series.minimum_detectable_effect.map(rate),
        level: series.level,
        restarts: series
            .restarts
            .iter()
            .map(|at| points[begins].at - first + step * *at as f64)
            .collect(),
        sawtooth: series.sawtooth.map(|teeth| Sawtooth {
            period: teeth.period * step,
            trough_slope: rate(teeth.trough_slope),
            ..teeth
        }),
    })
}

/// Whether points lie at even distances.
fn is_even(points: &[Point]) -> bool {
    let Some(step) = points.get(1).map(|second| second.at - points[0].at) else {
        return false;
    };
    let same = |pair: &[Point]| (pair[1].at - pair[0].at - step).abs() < 1e-9 * step;
    step > 0.0 && step.is_finite() && points.windows(2).all(same)
}

/// Rates and levels in the unit, whatever parts of it the values count.
fn in_unit(judged: &mut Judged, scale: f64) {
    judged.slope /= scale;
    if let Some(interval) = &mut judged.slope_interval {
        interval.low /= scale;
        interval.high /= scale;
    }
    for value in [&mut judged.minimum_detectable_effect, &mut judged.level] {
        *value = value.map(|value| value / scale);
    }
    if let Some(teeth) = &mut judged.sawtooth {
        teeth.amplitude /= scale;
        teeth.trough_slope /= scale;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::Shape;
    use harness_model::record::{Measure, Whose};

    fn counts(count: u64, of: impl Fn(u64) -> u64) -> Track {
        let point = |at: u64| Point {
            at: at as f64,
            value: of(at),
        };
        Track {
            cycle: Some(5),
            ..Track::new(Measure::Heap, Whose::All, (0..count).map(point).collect())
        }
    }

    #[test]
    fn exact_counts_that_rise_by_a_byte_grow_and_those_that_come_round_again_are_flat() {
        let judged = |track: &Track| judge_track(track, Some(5.0), false).unwrap();
        let grows = judged(&counts(105, |at| 1_000_000 + 700 * (at % 5) + at / 20));
        assert_eq!(
            (grows.judged.shape, grows.basis),
            (Shape::Growing, Some(Basis::Exact))
        );
        let flat = judged(&counts(105, |at| 1_000_000 + 700 * (at % 5)));
        assert_eq!(flat.judged.slope, 0.0);
        assert_ne!(flat.judged.shape, Shape::Growing);
        assert_eq!(flat.judged.minimum_detectable_effect, Some(0.05));
    }

    #[test]
    fn counts_at_uneven_distances_are_judged_as_measurements() {
        let mut track = counts(105, |at| 1_000_000 + at);
        track.points.remove(50);
        assert_eq!(judge_track(&track, None, true).unwrap().basis, None);
    }

    #[test]
    fn what_has_fractions_is_told_in_its_unit_and_peaks_between_the_points_count() {
        let mut track = counts(200, |at| 500 + 10 * at);
        (track.cycle, track.scale, track.measure) = (None, 1_000.0, Measure::Other);
        track.peaks.push(Point {
            at: 100.5,
            value: 9_000,
        });
        let judged = judge_track(&track, None, true).unwrap();
        assert!((judged.judged.slope - 0.01).abs() < 1e-6);
        assert_eq!(judged.in_unit(judged.judged.max), 9.0);
    }
}
