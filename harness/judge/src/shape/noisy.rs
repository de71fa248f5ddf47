//! Judges noisy measurements: the resident set, an allocator's pages.
//!
//! A resident set moves in pages and chunks, wanders, and is slow to settle. A slope that differs from zero is no growth:
//! a single step gives one, and so does a cache that fills. So a series grows only if
//!
//! 1. its slope is above zero with 99.9% confidence, over the whole of it and over its second half alone
//!    ([`super::batch_means`]); and
//! 2. a straight line, or a line broken by one step, explains it better than every course that comes to an end does:
//!    up to five steps ([`super::steps`]), a drift that stops, a cache that fills ([`super::fits`]). The courses that
//!    end have more numbers to fit with, and fit a wandering series better than a line does. The line gets nothing for
//!    being simple.
//!
//! The second is what keeps healthy programs from being called leaks; its price is that growth has to rise well above
//! the noise to be called one. What that comes to is said for each series, and measured by `harness calibrate`.
//!
//! All work on the medians of 48 blocks or fewer, so that bursts count for nothing.

use super::batch_means::rises;
use super::blocks::Blocks;
use super::courses::{Course, Courses};
use super::judgement::{Judgement, MOST_POINTS};
use super::teeth::sawtooth;
use super::teeth::teeth;
use super::theil_sen::Slopes;
use harness_model::{Basis, Interval, Shape};

/// Fewer values than this say nothing.
pub const FEWEST_VALUES: usize = 32;
/// What a resident set moves by at the least, in bytes.
const PAGE: f64 = 4096.0;
/// How much more than a slope that shows in the noise of one run will show in 99 of 100: from `harness calibrate`.
const SURELY: f64 = 3.0;
/// How often the range of a slope is halved: to 5% of it.
const BISECTIONS: usize = 4;
/// Troughs that can be judged as a series of their own.
const ENOUGH_TROUGHS: usize = FEWEST_VALUES;

/// Judges `values`.
pub fn judge(values: &[u64]) -> Judgement {
    // Differences from the first value are exact; the values themselves may be too large for that.
    let base = values.first().copied().unwrap_or(0);
    let gains: Vec<f64> = values
        .iter()
        .map(|value| (i128::from(*value) - i128::from(base)) as f64)
        .collect();
    let thin = Blocks::of(&gains, MOST_POINTS);
    let slopes = Slopes::of(&thin.medians);
    let width = thin.width as f64;
    let mut judgement = Judgement {
        shape: Shape::Flat,
        basis: Basis::Statistical,
        slope: slopes.median() / width,
        slope_interval: None,
        minimum_detectable_effect: None,
        steps: Vec::new(),
        sawtooth: None,
        level: None,
    };
    if values.len() < FEWEST_VALUES {
        if values.iter().any(|value| *value != base) {
            judgement.shape = Shape::Inconclusive;
        }
        return judgement;
    }
    judgement.slope_interval = slopes.interval().map(|interval| Interval {
        low: interval.low / width,
        high: interval.high / width,
    });
    let courses = Courses::of(&gains);
    if grows(&gains, &courses) {
        judgement.shape = Shape::Growing;
        return judgement;
    }
    if let Some(teeth) = teeth(&gains) {
        let troughs: Vec<f64> = teeth.troughs.iter().map(|trough| trough.1).collect();
        let grows = troughs.len() >= ENOUGH_TROUGHS && grows(&troughs, &Courses::of(&troughs));
        judgement.shape = if grows {
            Shape::Growing
        } else {
            Shape::Sawtooth
        };
        judgement.sawtooth = Some(sawtooth(&teeth));
        return judgement;
    }
    match courses.likeliest() {
        Course::Steps(0) => {}
        Course::Steps(count) => {
            judgement.steps = courses.steps(count);
            let gained: f64 = judgement.steps.iter().map(|step| step.height).sum();
            if gained > 0.0 {
                // What still rises has not come to its end.
                judgement.shape = if keeps_rising(&gains) {
                    Shape::Inconclusive
                } else {
                    Shape::OneOff
                };
            }
        }
        Course::Tending(fit) => {
            if fit.rise > 0.0 {
                judgement.shape = Shape::Saturating;
                judgement.level = Some(base as f64 + fit.level);
            }
        }
        // Likely a line, but not so surely that nothing else explains it.
        Course::Line(_) => {
            if rises(&gains) {
                judgement.shape = Shape::Inconclusive;
            }
        }
    }
    judgement
}

/// The smallest slope that would have been called growth in 99 of 100 runs like that of `values`, of which there are
/// enough to judge.
///
/// Slopes are planted in the series itself, in steps as small as its own, until one is found: whatever the noise is,
/// it is the noise of this run. The growth that was found, if any, is taken off first.
pub fn minimum_detectable_effect(values: &[u64], found: &Judgement) -> Option<f64> {
    if values.len() < FEWEST_VALUES {
        return None;
    }
    let own = if found.shape == Shape::Growing {
        found.slope
    } else {
        0.0
    };
    let base = i128::from(values[0]);
    let level = |(value, at): (&u64, f64)| (i128::from(*value) - base) as f64 - own * at;
    let times = || (0..values.len()).map(|at| at as f64);
    let rest: Vec<f64> = values.iter().zip(times()).map(level).collect();
    let unit = values
        .windows(2)
        .map(|pair| pair[0].abs_diff(pair[1]))
        .filter(|step| *step > 0)
        .min()
        .map_or(PAGE, |step| step as f64);
    let shows = |slope: f64| {
        let planted = rest.iter().zip(times());
        let planted: Vec<f64> = planted
            .map(|(value, at)| value + (slope * at / unit).floor() * unit)
            .collect();
        grows(&planted, &Courses::of(&planted))
    };
    let mut slope = unit / values.len() as f64;
    while !shows(slope) {
        slope *= 2.0;
        if slope > u64::MAX as f64 {
            return None;
        }
    }
    let (mut hidden, mut shown) = (slope / 2.0, slope);
    for _ in 0..BISECTIONS {
        let middle = (hidden * shown).sqrt();
        if shows(middle) {
            shown = middle;
        } else {
            hidden = middle;
        }
    }
    Some(SURELY * shown)
}

fn grows(values: &[f64], courses: &Courses) -> bool {
    let growth = courses.growth(values);
    growth.is_some_and(|growth| keeps_rising(&growth))
}

/// Whether the slope is above zero over the whole and over the second half alone.
fn keeps_rising(values: &[f64]) -> bool {
    rises(values) && rises(&values[values.len() / 2..])
}
