//! Judges exact counts: integers without noise, on inputs that come round again.
//!
//! Iteration i works on the same inputs as iteration i - cycle, so the difference between the two counts is what the
//! program kept in between, and no more: a fact. A count that never falls from one pass to the next is a flight of
//! steps, and the question is whether the steps go on. That is answered by recurrence:
//!
//! - every quarter of the run gained about the same: a cause that comes round again, be it one byte every so many
//!   iterations;
//! - or the steps come at random, yet so many, and so evenly over the run, that their rate cannot be falling;
//! - or one of these holds for the end of the run alone, so that it cannot be the end of a cache that fills: beside one,
//!   growth shows only when that is full;
//! - or they are those of a table that doubles and goes on filling, and did so late in the run;
//! - or they climb beyond chance, alone or beside what comes to an end ([`super::climb`]).
//!
//! Whatever it is, the next step must not be overdue, and the last of them must be as those before ([`super::pace`]).
//!
//! One step is a one-off, a few that are unlike each other are a few one-offs, and steps that grow rarer are a cache
//! that fills. A count that falls from pass to pass is something that is emptied now and then: its troughs are compared
//! instead, where it has teeth, and otherwise it is judged as if it were noisy ([`super::noisy`]). What is emptied in the
//! midst of an iteration has a trough wherever the rest of that iteration takes it, and where the period is no whole
//! number of iterations, each trough may be a little higher than the one before: until they have risen by more than any
//! iteration does, that is no growth.

use super::blocks::Blocks;
use super::climb::{path_climbs, settles};
use super::courses::{BLOCKS, Courses};
use super::judgement::{Judgement, MOST_STEPS_TOLD, QUARTERS};
use super::kept::{Kept, floats};
use super::pace::Pace;
use super::restarts::restarts;
use super::rises::Rises;
use super::teeth::{Teeth, sawtooth, steepest, teeth};
use super::{fits, noisy};
use harness_model::per_iteration;
use harness_model::{Basis, Interval, Shape, Step};

/// The share of the run, at its end, that is also judged by itself, as is half of it.
const HALF: f64 = 0.5;
/// Where in the run a table has to have doubled that goes on to.
const DOUBLED: f64 = 0.8;
/// What the last quarter of a cache that fills may take in, of all that it holds, where its level is known.
const QUIET: f64 = 0.025;
/// How much better than everything that ends the same and a line beside it has to explain counts, which have no noise.
const BETTER: f64 = 4.0;
/// So few steps are one-offs where they have come to an end.
const FEW: usize = 5;
/// Troughs that all rise are growth if they are so many, or if they are [`QUARTERS`] and rise by the same.
const ENOUGH_TROUGHS: usize = 8;

/// Judges `values`, of which each can be compared with the one `cycle` before.
pub fn judge(values: &[u64], cycle: usize) -> Judgement {
    let last = values.len().saturating_sub(1);
    let mut judgement = Judgement {
        shape: Shape::Flat,
        basis: Basis::Exact,
        slope: 0.0,
        slope_interval: None,
        minimum_detectable_effect: None,
        steps: Vec::new(),
        restarts: Vec::new(),
        sawtooth: None,
        level: None,
    };
    // Passes that do not come twice can be compared with nothing: then each value is with the one before.
    let cycle = if cycle > last / 2 { 1 } else { cycle.max(1) };
    if (cycle..=last).any(|at| values[at] < values[at - cycle]) {
        return emptied(values, judgement);
    }
    let kept = Kept::of(values, cycle);
    let Kept { path, rises, .. } = &kept;
    judgement.slope = path
        .last()
        .map_or(0.0, |kept| kept / (path.len() - 1).max(1) as f64);
    if last < QUARTERS {
        if !rises.all.is_empty() {
            judgement.shape = Shape::Inconclusive;
        }
        return judgement;
    }
    let window = cycle * (last / QUARTERS / cycle).max(1);
    judgement.slope_interval = rates(values, window);
    // What is beside it shows only by trial: see [`super::detectable`].
    judgement.minimum_detectable_effect = rises.all.is_empty().then_some(1.0 / window as f64);
    judgement.steps = steps(rises);
    judgement.shape = shape(&kept, window);
    if rises.all.is_empty() {
        // Teeth that fit into a pass are the same in every one.
        if let Some(teeth) = teeth(&floats(values)) {
            judgement.shape = Shape::Sawtooth;
            judgement.sawtooth = Some(sawtooth(&teeth));
        }
    }
    if judgement.shape == Shape::Saturating {
        let base = values[0] as f64;
        judgement.level = Some(base + level(path, rises));
    }
    judgement
}

fn shape(kept: &Kept, window: usize) -> Shape {
    let Kept { path, rises, .. } = kept;
    let quarters = rises.quarters();
    let quarters_risen = quarters.iter().filter(|risen| **risen).count();
    if rises.all.is_empty() {
        Shape::Flat
    } else if grows(kept, window) {
        Shape::Growing
    } else if rises.double() {
        // The next time is not due, and who knows whether it comes.
        Shape::Inconclusive
    } else if rises.all.len() == 1 || (!quarters[QUARTERS - 1] && rises.all.len() <= FEW) {
        Shape::OneOff
    } else if !quarters[QUARTERS - 1] {
        if quarters_risen == 1 {
            Shape::OneOff
        } else {
            Shape::Saturating
        }
    } else if rises.fade() && kept.end(HALF).are_likelier_to_fade(HALF) {
        let pace = Pace::of_path(path);
        if pace.is_quiet(QUIET) || pace.levels_off() {
            Shape::Saturating
        } else {
            Shape::Slowing
        }
    } else {
        Shape::Inconclusive
    }
}

/// Whether what was kept recurs, and the last of it is as it was before: see [`super::pace`].
fn grows(kept: &Kept, window: usize) -> bool {
    let Kept {
        path,
        stretch,
        rises,
        ..
    } = kept;
    if kept.repeats() {
        return true;
    }
    let ended = |path: &Vec<f64>| !Pace::of_path(path).goes_on();
    if rises.is_overdue() || kept.uneven.as_ref().is_some_and(ended) {
        return false;
    }
    // What goes on has to do so from stretch to stretch.
    let goes_on = |share: &f64| {
        let end = kept.end(*share);
        end.last >= QUARTERS * stretch && (end.go_on(*share) || end.are_regular())
    };
    let usual = rises.none_unusual();
    let pace = Pace::of_path(path);
    let doubles = rises.double() && rises.rose_since(DOUBLED);
    let known = doubles || (rises.are_even() && rises.recur(window));
    let rises = rises.recur(window)
        || rises.go_on(1.0)
        || [HALF, HALF / 2.0].iter().any(goes_on)
        || path_climbs(&usual, *stretch)
        || path_climbs(path, *stretch);
    let goes_on = || pace.goes_on() || (Pace::of_path(&usual).goes_on() && !pace.slows());
    let counted = kept.rises.counted().is_some_and(|counted| {
        let goes_on =
            pace.goes_on() || Pace::of_path(&counted).goes_on() || kept.rises.keep_coming();
        goes_on && (rises || path_climbs(&counted, *stretch))
    });
    known
        || (rises && goes_on())
        || counted
        || grows_beside_ending(path, *stretch)
        || settles(path, *stretch)
}

/// Whether something goes on beside a cache that fills or a drift that stops.
fn grows_beside_ending(path: &[f64], stretch: usize) -> bool {
    let rest = Courses::of(path).beside_ending(path, BETTER);
    rest.is_some_and(|rest| path_climbs(&rest, stretch) && Pace::of_path(&rest).goes_on())
}

/// The least and the greatest gain per iteration over any stretch of `window` iterations.
fn rates(values: &[u64], window: usize) -> Option<Interval> {
    let stretches = values.iter().zip(values.get(window..)?);
    let gains = stretches.map(|(from, to)| (to - from) as f64 / window as f64);
    let bounds = gains.fold((f64::INFINITY, 0.0_f64), |(low, high), gain| {
        (low.min(gain), high.max(gain))
    });
    bounds.0.is_finite().then_some(Interval {
        low: bounds.0,
        high: bounds.1,
    })
}

fn steps(rises: &Rises) -> Vec<Step> {
    let told = rises.standing_out(MOST_STEPS_TOLD).into_iter();
    told.map(|(at, height)| Step {
        iteration: at as u64,
        height,
    })
    .collect()
}

/// How far above its beginning a filling cache will end: where it is, if it has stopped; else where its curve leads.
fn level(path: &[f64], rises: &Rises) -> f64 {
    let last = path.last().copied().unwrap_or(0.0);
    if !rises.quarters()[QUARTERS - 1] {
        return last;
    }
    let blocks = Blocks::of(path, BLOCKS);
    fits::filling(&blocks.medians).level.max(last)
}

/// Counts that fall from one pass to the next.
fn emptied(values: &[u64], exact: Judgement) -> Judgement {
    let (first, last) = (values[0], values[values.len() - 1]);
    let gains = floats(values);
    if let Some(teeth) = teeth(&gains).filter(|_| restarts(&gains).is_empty()) {
        let climb = steepest(&gains);
        let grows = troughs_grow(&teeth, climb);
        return Judgement {
            shape: if grows {
                Shape::Growing
            } else {
                noisy::troughs_shape(&teeth, climb)
            },
            slope: sawtooth(&teeth).trough_slope,
            sawtooth: Some(sawtooth(&teeth)),
            ..exact
        };
    }
    if values.len() <= noisy::FEWEST_VALUES {
        let shape = if last <= first && restarts(&gains).is_empty() {
            Shape::Flat
        } else {
            Shape::Inconclusive
        };
        let slope = per_iteration(first, last, values.len() as u64 - 1);
        return Judgement {
            shape,
            slope,
            ..exact
        };
    }
    noisy::judge(values)
}

/// Whether every trough is higher than the one before, all of them by more than `climb`, and the last rises are no less
/// than the first.
fn troughs_grow(teeth: &Teeth, climb: f64) -> bool {
    let rises: Vec<f64> = teeth
        .troughs
        .windows(2)
        .map(|pair| pair[1].1 - pair[0].1)
        .collect();
    let even = rises.len() + 1 >= QUARTERS && rises.iter().all(|rise| *rise == rises[0]);
    let half = rises.len() / 2;
    let (early, late) = rises.split_at(half);
    let lasting = late.iter().sum::<f64>() >= early.iter().sum::<f64>() / 1.25;
    rises.iter().all(|rise| *rise > 0.0)
        && rises.iter().sum::<f64>() > climb
        && (even || (rises.len() >= ENOUGH_TROUGHS && lasting))
}

#[cfg(test)]
mod tests {
    use crate::shape::exact::{Teeth, judge, troughs_grow};
    use crate::shape::kept::tests::passes;
    use harness_model::{Basis, Shape};

    /// Whether troughs that rise by so much, one after the other, grow, where no iteration rises by more than 10.
    fn grow(rises: &[f64]) -> bool {
        let mut trough = 0.0;
        let mut troughs = vec![(20, trough)];
        for (tooth, rise) in rises.iter().enumerate() {
            trough += rise;
            troughs.push((20 * (tooth + 2), trough));
        }
        let teeth = Teeth {
            troughs,
            period: 20.0,
            amplitude: 190.0,
            deepest: 190.0,
        };
        troughs_grow(&teeth, 10.0)
    }

    #[test]
    fn four_troughs_that_rise_by_the_same_grow_and_three_may_not() {
        assert!(grow(&[5.0; 3]));
        assert!(!grow(&[8.0; 2]));
        assert!(!grow(&[5.0, 5.0, 6.0]) && !grow(&[5.0, 0.0, 5.0, 5.0]));
    }

    #[test]
    fn troughs_that_rise_by_no_more_than_an_iteration_does_do_not_grow() {
        assert!(!grow(&[2.5; 4]) && grow(&[2.5; 5]));
    }

    #[test]
    fn nine_troughs_that_all_rise_grow_unless_they_rise_less_and_less() {
        let uneven = [7.0, 5.0, 6.0, 7.0, 6.0, 7.0, 5.0, 5.0];
        assert!(grow(&uneven) && !grow(&uneven[1..]));
        assert!(!grow(&[10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0]));
        assert!(!grow(&[7.0, 5.0, 6.0, 7.0, -1.0, 7.0, 9.0, 9.0]));
    }

    #[test]
    fn what_is_kept_over_a_few_passes_is_told_by_their_least_values() {
        // The least of the ten values from the first is 1,000, and of the ten to the last 1,010.
        assert_eq!(judge(&passes(20, 10), 10).slope, 10.0 / 11.0);
        // Wherever a pass begins: from 1,004 to 1,014.
        assert_eq!(judge(&passes(21, 10)[1..], 10).slope, 10.0 / 11.0);
        assert_eq!(judge(&passes(40, 10), 10).slope, 1.0);
    }

    #[test]
    fn four_iterations_can_be_judged_and_three_cannot() {
        let shape = |last: u64| judge(&(0..=last).collect::<Vec<u64>>(), 1).shape;
        assert_eq!((shape(3), shape(4)), (Shape::Inconclusive, Shape::Growing));
    }

    #[test]
    fn a_step_within_two_passes_is_found_where_it_is() {
        let mut values = passes(20, 0);
        assert_eq!(judge(&values, 10).basis, Basis::Exact);
        assert_eq!(judge(&values, 10).shape, Shape::Flat);
        for value in &mut values[15..] {
            *value += 100;
        }
        let stepped = judge(&values, 10);
        assert_eq!(
            (stepped.shape, stepped.basis),
            (Shape::OneOff, Basis::Exact)
        );
        assert_eq!(stepped.steps[0].iteration, 15);
    }
    /// What comes and goes in every pass of so many, beside a table of 64 KiB and so many bytes kept over the run.
    fn beside_a_table(last: u64, cycle: u64, table: u64, kept: u64) -> Vec<u64> {
        let passing = |i: u64| (i % cycle) * 7_919 % 10_007;
        let table = |i: u64| if i >= table { 65_536 } else { 0 };
        let value = |i: u64| 1_000_000 + passing(i) + table(i) + i * kept / last;
        (0..=last).map(value).collect()
    }

    #[test]
    fn bytes_kept_in_a_few_passes_are_found_beside_a_table_in_them() {
        let shape = |last, cycle, table, kept| {
            let values = beside_a_table(last, cycle, table, kept);
            judge(&values, cycle as usize).shape
        };
        assert_eq!(shape(56, 14, 100, 0), Shape::Flat);
        assert_eq!(shape(56, 14, 40, 0), Shape::OneOff);
        // Two or three in each iteration, one in most, and one in some of them.
        assert_eq!(shape(56, 14, 100, 114), Shape::Growing);
        assert_eq!(shape(42, 10, 12, 96), Shape::Growing);
        assert_eq!(shape(74, 12, 45, 75), Shape::Growing);
        assert_eq!(shape(49, 12, 45, 51), Shape::Growing);
        assert_eq!(shape(98, 13, 39, 15), Shape::Growing);
    }

    #[test]
    fn a_cache_that_fills_evenly_is_not_growing_because_passes_are_long() {
        let passing = |i: u64| (i % 468) * 7_919 % 10_007;
        let filled = |i: u64| (6_824.0 * (1.0 - (-(i as f64) / 470.0).exp())) as u64;
        let values: Vec<u64> = (0..=1_933).map(|i| 48 * filled(i) + passing(i)).collect();
        assert_ne!(judge(&values, 468).shape, Shape::Growing);
    }
}
