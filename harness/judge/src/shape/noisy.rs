//! Judges noisy measurements: the resident set, an allocator's pages.
//!
//! A resident set moves in pages and chunks, wanders, and is slow to settle. A slope that differs from zero is no growth:
//! a single step gives one, and so does a cache that fills. So a series grows only if
//!
//! 1. a straight line, or a line broken by one step, explains it better than every course that comes to an end does: up
//!    to five steps ([`super::steps`]), a drift that stops, a cache that fills ([`super::fits`]). The courses that end
//!    have more numbers to fit with, and fit a wandering series better than a line does; the line gets nothing for being
//!    simple. Its slope is above zero with 99.9% confidence, over the whole and over the second half
//!    ([`super::batch_means`]);
//! 2. or it climbs beyond what chance and its own falls account for ([`super::climb`]), alone or beside what comes to an
//!    end, or its floors do ([`super::floors`]);
//! 3. and, whatever speaks for growth, the end of the run climbs as the rest did ([`super::pace`]).
//!
//! A healthy name is given only where nothing speaks against it: a level only where the last quarter is next to it, steps
//! only where they account for the series and are followed by quiet. What rises ever less is slowing down, and anything
//! else that may rise is inconclusive. What that comes to is said for each series, and measured by `harness calibrate`.
//!
//! All work on the medians of 48 blocks or fewer, so that bursts count for nothing.

use super::batch_means::rises;
use super::blocks::Blocks;
use super::climb::climbs;
use super::courses::{Course, Courses};
use super::floors;
use super::judgement::{Judgement, MOST_POINTS};
use super::pace::{Pace, bounds};
use super::restarts::restarts;
use super::teeth::sawtooth;
use super::teeth::{Teeth, steepest, teeth};
use super::theil_sen::Slopes;
use super::turns::is_wave;
use harness_model::{Basis, Interval, Shape, Step};

/// Fewer values than this say nothing.
pub const FEWEST_VALUES: usize = 32;
/// How much better than everything that ends the same and a line beside it has to explain a series.
const BETTER: f64 = 1.6;
/// What the last quarter may gain, of all that the series spans, after steps that do not come again,
const QUIET: f64 = 0.08;
/// and where a level is named.
const LEVEL: f64 = 0.03;
/// A step down by so many times the one before it gives back what was gained earlier,
const GIVEN_BACK: f64 = 1.3;
/// where it is this share of the highest step up.
const AS_FAR: f64 = 0.6;
/// What is gained by steps of which one is so much higher is nothing.
const NOTHING: f64 = 0.01;
/// Values among which teeth are few.
const FEW_VALUES: usize = 64;
/// Troughs may rise where they do by this share of a tooth.
const WORTH: f64 = 0.01;
/// A fall that is so many times as deep as the usual ones is something else than an emptying.
const UNLIKE: f64 = 3.0;
/// Troughs that can be judged as a series of their own.
const ENOUGH_TROUGHS: usize = 8;

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
        restarts: Vec::new(),
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
    let restarts = restarts(&gains);
    if !restarts.is_empty() {
        judgement.shape = pieces_shape(values, &restarts);
        judgement.restarts = restarts.into_iter().map(|at| at as u64).collect();
        return judgement;
    }
    if let Some(teeth) = teeth(&gains) {
        judgement.shape = troughs_shape(&teeth, steepest(&gains));
        judgement.sawtooth = Some(sawtooth(&teeth));
        return judgement;
    }
    let pace = Pace::of(&gains);
    // So few teeth, uneven as they are, say nothing of what stays.
    let is_rough = || values.len() <= FEW_VALUES && floors::are_rough(&gains);
    let rises_somehow = || pace.shifts_up() || floors::may_rise(&gains) || is_rough();
    match courses.likeliest() {
        Course::Steps(0) => {
            if rises_somehow() {
                judgement.shape = Shape::Inconclusive;
            }
        }
        Course::Steps(count) => {
            judgement.steps = courses.steps(count);
            let gained: f64 = judgement.steps.iter().map(|step| step.height).sum();
            let heights = || judgement.steps.iter().map(|step| step.height);
            let highest = heights().fold(0.0, f64::max);
            // What mostly falls is no cycle.
            let rises: f64 = heights().map(|height| height.max(0.0)).sum();
            let climbs_too = rises > 0.0 && gained >= (1.0 - 1.0 / AS_FAR) * rises;
            let comes_and_goes = climbs_too
                && falls_further(&judgement.steps, AS_FAR * highest)
                && !floors::are_one(&gains);
            if gained > NOTHING * highest {
                // What still rises has not come to its end.
                judgement.shape = if keeps_rising(&gains)
                    || !pace.is_quiet(QUIET)
                    || comes_and_goes
                    || is_wave(&gains)
                    || !courses.are_all(count)
                {
                    Shape::Inconclusive
                } else {
                    Shape::OneOff
                };
            } else if comes_and_goes || rises_somehow() {
                judgement.shape = Shape::Inconclusive;
            }
        }
        Course::Tending(fit) => {
            if fit.rise > 0.0 {
                let is_near = (pace.is_quiet(LEVEL) || pace.levels_off()) && !is_wave(&gains);
                let level = is_near.then_some(base as f64 + fit.level);
                judgement.level = level;
                judgement.shape = if level.is_some() {
                    Shape::Saturating
                } else {
                    Shape::Slowing
                };
            } else if rises_somehow() {
                judgement.shape = Shape::Inconclusive;
            }
        }
        // Likely a line, but not so surely that nothing else explains it.
        Course::Line(_) => {
            if rises(&gains) || rises_somehow() {
                judgement.shape = Shape::Inconclusive;
            }
        }
    }
    judgement
}

/// What the troughs of a sawtooth do: all of them together rise, may rise, or stay where they are.
///
/// What is emptied in the midst of an iteration has a trough wherever the rest of that iteration takes it: troughs that
/// rise by no more than `climb`, the most that any iteration rises by, do not rise.
pub fn troughs_shape(teeth: &Teeth, climb: f64) -> Shape {
    let troughs: Vec<f64> = teeth.troughs.iter().map(|trough| trough.1).collect();
    let (lowest, highest) = bounds(&troughs);
    let grows = || climbs(&troughs) && Pace::of(&troughs).goes_on();
    if troughs.len() >= ENOUGH_TROUGHS && highest - lowest > climb && grows() {
        Shape::Growing
    } else if floors::drift_up(&troughs, climb / 2.0 + WORTH * teeth.amplitude)
        || teeth.deepest > UNLIKE * teeth.amplitude
    {
        Shape::Inconclusive
    } else {
        Shape::Sawtooth
    }
}

/// Whether one of the steps falls by more than `deep`, and by more than the one before it rose: what climbs in several
/// steps and falls at once is a cycle, or began anew, and who knows what comes next.
fn falls_further(steps: &[Step], deep: f64) -> bool {
    let mut steps: Vec<&Step> = steps.iter().collect();
    steps.sort_by_key(|step| step.iteration);
    let mut before = 0.0;
    steps.iter().any(|step| {
        let given_back = GIVEN_BACK * f64::max(before, 0.0);
        before = step.height;
        -step.height > deep && -step.height > given_back
    })
}

/// The shape of what lies between restarts, which alone does not say whether it is given back in the end.
pub fn pieces_shape(values: &[u64], restarts: &[usize]) -> Shape {
    let begins = std::iter::once(0).chain(restarts.iter().copied());
    let ends = restarts.iter().copied().chain([values.len()]);
    let pieces = begins
        .zip(ends)
        .filter(|(begin, end)| end - begin >= FEWEST_VALUES);
    let shapes: Vec<Shape> = pieces
        .map(|(begin, end)| judge(&values[begin..end]).shape)
        .collect();
    if !shapes.is_empty() && shapes.iter().all(|shape| *shape == Shape::Flat) {
        Shape::Flat
    } else {
        Shape::Inconclusive
    }
}

/// Whether `values`, of which these are the courses, grow.
pub fn grows(values: &[f64], courses: &Courses) -> bool {
    let growth = courses.growth(values);
    let beside = || courses.beside_ending(values, BETTER);
    let pace = Pace::of(values);
    let goes_on = pace.goes_on() || (pace.evened().goes_on() && !pace.slows());
    // What was given back at once lies in the way of what was gained since: but at the end it is as likely the end.
    let given_back = |growth: &[f64]| {
        let third = values.len() / 3;
        growth.last() > values.last() && growth[2 * third] > values[2 * third]
    };
    growth.is_some_and(|growth| {
        keeps_rising(&growth) && (goes_on || (given_back(&growth) && Pace::of(&growth).goes_on()))
    }) || (goes_on && climbs(values))
        || beside().is_some_and(|rest| climbs(&rest) && Pace::of(&rest).goes_on())
        || floors::climb(values)
}

/// Whether the slope is above zero over the whole and over the second half alone.
fn keeps_rising(values: &[f64]) -> bool {
    rises(values) && rises(&values[values.len() / 2..])
}
