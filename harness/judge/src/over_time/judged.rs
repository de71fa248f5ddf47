//! One series over seconds or marks: its warm-up, its shape and its slope.

use super::points::{Even, Point, even};
use super::warm_up::warm_up;
use super::wind_down::before_the_end;
use crate::series::{reduce, reduce_quickly};
use crate::shape::{Kind, fills};
use harness_model::record::Judged;
use harness_model::{Interval, Sawtooth, Series, Shape};

/// Fewer samples than this, after the warm-up, tell nothing of a series that moves.
pub const FEWEST_SAMPLES: u64 = 32;

/// Judges a series. None where it has no length.
pub fn judge(points: &[Point]) -> Option<Judged> {
    judged(points, None, reduce)
}

/// Judges a series as [`judge`] does, but for what it could not have shown, which takes long to work out.
pub(super) fn judge_quickly(points: &[Point]) -> Option<Judged> {
    judged(points, None, reduce_quickly)
}

/// Judges a series after a warm-up of so many seconds or marks: with what it could not have shown, or `quickly`.
pub(super) fn judge_after(points: &[Point], warm_up: f64, quickly: bool) -> Option<Judged> {
    let reduce = if quickly { reduce_quickly } else { reduce };
    judged(points, Some(warm_up), reduce)
}

fn judged(
    points: &[Point],
    given: Option<f64>,
    reduce: fn(&[u64], Kind) -> Option<Series>,
) -> Option<Judged> {
    let points = before_the_end(points);
    let whole = even(points)?;
    let cut = if given.is_some() {
        0
    } else {
        warm_up(&whole.values)
    };
    let fills = cut > 0 && fills(&whole.values, cut);
    let begins = points[0].at + given.unwrap_or(cut as f64 * whole.step);
    let rest = &points[points.partition_point(|point| point.at < begins)..];
    // A rest without length has no more to say than the whole.
    let (Even { values, step }, rest) = match even(rest) {
        Some(even) => (even, rest),
        None => (whole, points),
    };
    let mut series = reduce(&values, Kind::Noisy)?;
    // A part of a cache that fills looks like a line: what was cut off says what it is a part of.
    if fills && series.shape == Shape::Growing {
        series.shape = Shape::Slowing;
    }
    let rate = |slope: f64| slope / step;
    Some(Judged {
        warm_up: (rest[0].at - points[0].at).max(0.0),
        samples: rest.len() as u64,
        first: series.first,
        last: series.last,
        min: rest.iter().map(|point| point.value).min()?,
        max: rest.iter().map(|point| point.value).max()?,
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
            .map(|at| rest[0].at - points[0].at + step * *at as f64)
            .collect(),
        sawtooth: series.sawtooth.map(|teeth| Sawtooth {
            period: teeth.period * step,
            trough_slope: rate(teeth.trough_slope),
            ..teeth
        }),
    })
}
