//! The smallest slope that a series would have shown.
//!
//! Slopes are planted in the series itself, without its own trend, until one is found: whatever the noise is, it is the
//! noise of this run. A run like it would have its ups and downs elsewhere, so they are planted in other arrangements of
//! the same noise too: upside down, backwards, both, and with its halves exchanged. What shows in all of them, and some
//! more, shows in 99 of 100 such runs; how much more is measured by `harness calibrate`.

use super::courses::{Course, Courses};
use super::exact;
use super::judgement::Judgement;
use super::noisy::{FEWEST_VALUES, grows};
use harness_model::Shape;

/// What a resident set moves by at the least, in bytes.
const PAGE: f64 = 4096.0;
/// How much more than a slope that shows in every arrangement of this run shows in 99 of 100 others.
const SURELY: f64 = 2.7;
/// Few values say less of the noise: so much more, by their number.
const FOR_FEW: f64 = 100.0;
/// The same where counts have no noise: only how steps fall is left to chance.
const SURELY_IN_COUNTS: f64 = 6.0;
/// Parts of a unit that are kept before the run.
const PHASES: [f64; 3] = [0.0, 0.34, 0.67];
/// How often the range of a slope is halved: to 19% of it.
const BISECTIONS: usize = 2;
/// A change of the level may be so much larger in another run.
const LARGER: f64 = 4.0;
/// Where in the run it is put.
const PLACES: [f64; 2] = [0.3, 0.75];

/// The smallest slope that would have been called growth in 99 of 100 runs like that of `values`. None for too few
/// values. What was not found is no more than is said here.
pub fn minimum_detectable_effect(values: &[u64], found: &Judgement) -> Option<f64> {
    if values.len() < FEWEST_VALUES {
        return None;
    }
    let base = i128::from(values[0]);
    let own = found.slope.max(0.0);
    let level = |(at, value): (usize, &u64)| (i128::from(*value) - base) as f64 - own * at as f64;
    let rest: Vec<f64> = values.iter().enumerate().map(level).collect();
    let unit = unit(values);
    let mut slope = unit / values.len() as f64;
    for noise in arrangements(&rest) {
        slope = shown(&noise, unit, slope)?;
    }
    let surely = (SURELY + FOR_FEW / values.len() as f64) * slope;
    Some(if found.shape == Shape::Growing {
        surely
    } else {
        surely.max(hidden(values, found))
    })
}

/// The smallest slope that exact counts, which came to an end, would have shown for certain beside it. None where they have
/// not come to one, and who knows what hides in them.
pub fn in_counts(values: &[u64], cycle: usize, found: &Judgement) -> Option<f64> {
    match found.shape {
        // Nothing is beside it: one unit in every window of the run.
        Shape::Flat | Shape::Sawtooth if found.minimum_detectable_effect.is_some() => {
            found.minimum_detectable_effect
        }
        Shape::OneOff | Shape::Saturating | Shape::Sawtooth => shown_in_counts(values, cycle),
        Shape::Flat | Shape::Slowing | Shape::Growing | Shape::Inconclusive => None,
    }
}

fn shown_in_counts(values: &[u64], cycle: usize) -> Option<f64> {
    let last = values.len().checked_sub(1).filter(|last| *last > 0)?;
    let shows = |slope: f64| {
        PHASES.iter().all(|phase| {
            let planted = values.iter().enumerate();
            let planted: Vec<u64> = planted
                .map(|(at, value)| value.saturating_add((slope * at as f64 + phase) as u64))
                .collect();
            exact::judge(&planted, cycle).shape == Shape::Growing
        })
    };
    // What the series rises by at once can hide as much at the most.
    let most = values
        .windows(2)
        .map(|pair| pair[1].saturating_sub(pair[0]))
        .max()
        .unwrap_or(0) as f64;
    let mut slope = 1.0 / last as f64;
    while !shows(slope) {
        slope *= 2.0;
        if slope > 4.0 * most.max(1.0) {
            return None;
        }
    }
    Some(SURELY_IN_COUNTS * slope)
}

/// The least step of the series.
fn unit(values: &[u64]) -> f64 {
    let steps = values.windows(2).map(|pair| pair[0].abs_diff(pair[1]));
    steps
        .filter(|step| *step > 0)
        .min()
        .map_or(PAGE, |step| step as f64)
}

/// The noise as it is, and as it might have been.
fn arrangements(rest: &[f64]) -> Vec<Vec<f64>> {
    let backwards = |values: &[f64]| values.iter().rev().copied().collect::<Vec<f64>>();
    let upside_down = |values: &[f64]| values.iter().map(|value| -value).collect::<Vec<f64>>();
    let mut all = vec![
        rest.to_vec(),
        backwards(rest),
        upside_down(rest),
        upside_down(&backwards(rest)),
    ];
    let half = rest.len() / 2;
    all.push([&rest[half..], &rest[..half]].concat());
    let courses = Courses::of(rest);
    if let Course::Steps(count) = courses.likeliest() {
        let highest = courses
            .steps(count)
            .iter()
            .map(|step| step.height.abs())
            .fold(0.0, f64::max);
        for (place, height) in [
            (PLACES[0], LARGER),
            (PLACES[1], -LARGER),
            (PLACES[1], LARGER),
        ] {
            let begins = (rest.len() as f64 * place) as usize;
            let mut shifted = rest.to_vec();
            for value in &mut shifted[begins..] {
                *value += height * highest;
            }
            all.push(shifted);
        }
    }
    all
}

/// The slope, no less than `least`, that shows in `noise` where it comes in such units. None where none does.
fn shown(noise: &[f64], unit: f64, least: f64) -> Option<f64> {
    let shows = |slope: f64| {
        let planted = noise.iter().enumerate();
        let planted: Vec<f64> = planted
            .map(|(at, value)| value + (slope * at as f64 / unit).floor() * unit)
            .collect();
        grows(&planted, &Courses::of(&planted))
    };
    let mut slope = least;
    if shows(slope) {
        return Some(slope);
    }
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
    Some(shown)
}

/// The largest slope that the series may have without having been called growing.
fn hidden(values: &[u64], found: &Judgement) -> f64 {
    let last = values.len() - 1;
    let eighth = (values.len() / 8).max(1);
    let bounds = |part: &[u64]| {
        let least = part.iter().copied().min().unwrap_or(0);
        (least, part.iter().copied().max().unwrap_or(0))
    };
    let gained = bounds(&values[last + 1 - eighth..])
        .1
        .saturating_sub(bounds(&values[..eighth]).0);
    let interval = found.slope_interval.map_or(0.0, |interval| interval.high);
    interval.max(gained as f64 / last as f64)
}
