//! Reduces a series of measurements to its growth and its shape.
//!
//! The series is cut into four quarters, and what counts is the highest value up to the end of each: its high water. A
//! leak raises the high water in every quarter; a buffer that grows to fit the largest text does so once; a cache that
//! fills and empties raises it no more once it has been full. Exact counters have no noise, so no threshold is needed:
//! a byte is a byte.

use crate::summary::{Series, Shape};

const QUARTERS: usize = 4;

/// Reduces `values`: first the value where the measured iterations begin, then one for each of them. None if there is
/// no value at all.
pub fn reduce(values: &[u64]) -> Option<Series> {
    let (&first, &last) = (values.first()?, values.last()?);
    let iterations = values.len() - 1;
    Some(Series {
        first,
        last,
        min: *values.iter().min()?,
        max: *values.iter().max()?,
        per_iteration: per_iteration(first, last, iterations as u64),
        slope: slope(values),
        slope_margin: slope_margin(values),
        shape: shape(values),
        rose_last: rises(values).is_some_and(|rises| rises[QUARTERS - 1] > 0),
    })
}

/// (last - first) / iterations, or 0 without iterations.
pub fn per_iteration(first: u64, last: u64, iterations: u64) -> f64 {
    if iterations == 0 {
        return 0.0;
    }
    (i128::from(last) - i128::from(first)) as f64 / iterations as f64
}

/// The slope of the least-squares line through the values, per step.
fn slope(values: &[u64]) -> f64 {
    // Differences from the first value keep the sums small and the result exact for a straight line.
    let base = values.first().copied().unwrap_or(0) as f64;
    let values: Vec<f64> = values.iter().map(|&value| value as f64 - base).collect();
    Line::through(&values).slope
}

/// Half the width of the slope's 95% confidence interval, per step.
///
/// Neighbouring samples of a resident set are anything but independent, so the interval is not taken from them but
/// from the means of a few long blocks of them (the method of batch means: Law and Carson, Operations Research 27,
/// 1979).
fn slope_margin(values: &[u64]) -> Option<f64> {
    let block = values.len() / BLOCKS;
    if block < 2 {
        return None;
    }
    // The first few values that do not fill a block are left out.
    let values = &values[values.len() - block * BLOCKS..];
    let base = values[0] as f64;
    let mean = |block: &[u64]| {
        let sum: f64 = block.iter().map(|&value| value as f64 - base).sum();
        sum / block.len() as f64
    };
    let means: Vec<f64> = values.chunks_exact(block).map(mean).collect();
    let line = Line::through(&means);
    let error = (line.squared_errors / (BLOCKS - 2) as f64 / line.variance).sqrt();
    Some(STUDENT_T * error / block as f64)
}

/// Blocks whose means stand for a series.
const BLOCKS: usize = 8;
/// The 97.5th percentile of Student's t with `BLOCKS` - 2 degrees of freedom.
const STUDENT_T: f64 = 2.447;

/// A least-squares line through values one step apart.
struct Line {
    slope: f64,
    /// The sum of squared distances of the steps from their mean.
    variance: f64,
    /// The sum of squared distances of the values from the line.
    squared_errors: f64,
}

impl Line {
    fn through(values: &[f64]) -> Line {
        let count = values.len() as f64;
        let middle = (count - 1.0) / 2.0;
        let mean = values.iter().sum::<f64>() / count.max(1.0);
        let points = || {
            values
                .iter()
                .enumerate()
                .map(|(x, y)| (x as f64 - middle, y - mean))
        };
        let covariance: f64 = points().map(|(x, y)| x * y).sum();
        let variance: f64 = points().map(|(x, _)| x * x).sum();
        let slope = if variance > 0.0 {
            covariance / variance
        } else {
            0.0
        };
        Line {
            slope,
            variance,
            squared_errors: points().map(|(x, y)| (y - slope * x).powi(2)).sum(),
        }
    }
}

/// By how much each quarter of the measured iterations raised the high water. None for fewer iterations than quarters.
fn rises(values: &[u64]) -> Option<[u64; QUARTERS]> {
    let (&first, measured) = values.split_first()?;
    if measured.len() < QUARTERS {
        return None;
    }
    let mut high = first;
    let mut rises = [0; QUARTERS];
    for (quarter, rise) in rises.iter_mut().enumerate() {
        let from = measured.len() * quarter / QUARTERS;
        let to = measured.len() * (quarter + 1) / QUARTERS;
        let highest = measured[from..to].iter().copied().max().unwrap_or(high);
        *rise = highest.saturating_sub(high);
        high = high.max(highest);
    }
    Some(rises)
}

fn shape(values: &[u64]) -> Shape {
    let (Some(&first), Some(&last)) = (values.first(), values.last()) else {
        return Shape::TooShort;
    };
    let Some(rises) = rises(values) else {
        return if last == first {
            Shape::Flat
        } else {
            Shape::TooShort
        };
    };
    let rose = rises.iter().filter(|rise| **rise > 0).count();
    match rose {
        // The high water never rose: it is flat, or on its way down.
        0 if last < first => Shape::Shrinking,
        0 => Shape::Flat,
        // Up and down again: what a cache that empties itself does, or a text larger than those of the warm-up.
        _ if last <= first => Shape::Flat,
        1 => Shape::OneOff,
        _ if rises[QUARTERS - 1] == 0 => Shape::Saturating,
        _ => Shape::Growing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape_of(values: impl IntoIterator<Item = u64>) -> Shape {
        reduce(&values.into_iter().collect::<Vec<_>>())
            .unwrap()
            .shape
    }

    #[test]
    fn what_never_rises_is_flat() {
        assert_eq!(shape_of([100; 41]), Shape::Flat);
    }

    #[test]
    fn one_byte_an_iteration_grows() {
        assert_eq!(shape_of(100..141), Shape::Growing);
    }

    #[test]
    fn one_byte_every_tenth_iteration_of_forty_grows() {
        assert_eq!(shape_of((0..41).map(|i| 100 + i / 10)), Shape::Growing);
    }

    #[test]
    fn a_single_step_is_a_one_off_wherever_it_is() {
        for step in 1..40 {
            assert_eq!(
                shape_of((0..41).map(|i| 100 + u64::from(i >= step))),
                Shape::OneOff
            );
        }
    }

    #[test]
    fn what_rises_less_and_less_and_then_no_more_saturates() {
        assert_eq!(
            shape_of((0..41).map(|i| 100 + i.min(25))),
            Shape::Saturating
        );
    }

    #[test]
    fn a_sawtooth_that_comes_back_to_where_it_was_is_flat() {
        assert_eq!(shape_of((0..41).map(|i| 100 + i % 10)), Shape::Flat);
    }

    #[test]
    fn a_sawtooth_cut_off_on_its_way_up_is_no_growth() {
        let shape = shape_of((0..46).map(|i| 100 + i % 10));
        assert!(matches!(shape, Shape::OneOff | Shape::Flat), "{shape:?}");
    }

    #[test]
    fn what_falls_shrinks() {
        assert_eq!(shape_of((0..41).map(|i| 100 - i)), Shape::Shrinking);
    }

    #[test]
    fn three_iterations_that_rise_are_too_few_to_tell() {
        assert_eq!(shape_of([1, 2, 3, 4]), Shape::TooShort);
        assert_eq!(shape_of([1, 1, 1, 1]), Shape::Flat);
    }

    #[test]
    fn growth_is_exact_and_so_is_the_slope_of_a_straight_line() {
        let series = reduce(&(0..1001).map(|i| 5_000 + 412 * i).collect::<Vec<_>>()).unwrap();
        assert_eq!(series.per_iteration, 412.0);
        assert!((series.slope - 412.0).abs() < 1e-9);
        assert_eq!((series.first, series.last), (5_000, 417_000));
    }

    /// Noise without a trend, as a resident set has: it wanders, and is pulled back.
    fn noise() -> Vec<u64> {
        let mut at = 0.0_f64;
        let random =
            |i: u64| (crate::workload::novel::mix(i) >> 40) as f64 / (1 << 23) as f64 - 1.0;
        let step = |i: u64| {
            at = 0.9 * at + 4096.0 * random(i);
            (1e8 + at) as u64
        };
        (0..1001).map(step).collect()
    }

    #[test]
    fn the_margin_of_noise_without_a_trend_holds_no_trend() {
        let series = reduce(&noise()).unwrap();
        let margin = series.slope_margin.unwrap();
        assert!(series.slope.abs() < margin, "{} {margin}", series.slope);
        assert!(margin < 20.0, "{margin}");
    }

    #[test]
    fn a_trend_beyond_the_margin_shows_through_the_noise() {
        let values = noise()
            .into_iter()
            .zip(0..)
            .map(|(value, i)| value + 100 * i);
        let series = reduce(&values.collect::<Vec<_>>()).unwrap();
        let margin = series.slope_margin.unwrap();
        assert!(
            (series.slope - 100.0).abs() < margin,
            "{} {margin}",
            series.slope
        );
        assert!(series.slope > margin);
    }

    #[test]
    fn a_short_series_has_no_margin() {
        assert_eq!(reduce(&[1; 12]).unwrap().slope_margin, None);
        assert_eq!(reduce(&[1; 16]).unwrap().slope_margin, Some(0.0));
    }
}
