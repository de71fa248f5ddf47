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
//! - or they are those of a table that doubles and goes on filling.
//!
//! One step is a one-off, a few that are unlike each other are a few one-offs, and steps that grow rarer are a cache
//! that fills. A count that falls from pass to pass is something that is emptied now and then: its troughs are compared
//! instead, where it has teeth, and otherwise it is judged as if it were noisy ([`super::noisy`]). What is emptied in the
//! midst of an iteration has a trough wherever the rest of that iteration takes it, and where the period is no whole
//! number of iterations, each trough may be a little higher than the one before: until they have risen by more than any
//! iteration does, that is no growth.

use super::blocks::Blocks;
use super::courses::BLOCKS;
use super::judgement::{Judgement, MOST_STEPS_TOLD, QUARTERS};
use super::rises::Rises;
use super::teeth::{Teeth, sawtooth, teeth};
use super::{fits, noisy};
use harness_model::per_iteration;
use harness_model::{Basis, Interval, Shape, Step};

/// Shares of the run, at its end, that are also judged by themselves.
const ENDS: [f64; 2] = [0.5, 0.25];
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
        sawtooth: None,
        level: None,
    };
    // Passes that do not come twice can be compared with nothing: then each value is with the one before.
    let cycle = if cycle > last / 2 { 1 } else { cycle.max(1) };
    if (cycle..=last).any(|at| values[at] < values[at - cycle]) {
        return emptied(values, judgement);
    }
    let (path, stretch) = path(values, cycle);
    let rises = Rises::of(&path);
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
    judgement.minimum_detectable_effect = Some(1.0 / window as f64);
    judgement.steps = steps(&rises);
    judgement.shape = shape(window, stretch, &path, &rises);
    if rises.all.is_empty() {
        // Teeth that fit into a pass are the same in every one.
        if let Some(teeth) = teeth(&floats(values)) {
            judgement.shape = Shape::Sawtooth;
            judgement.sawtooth = Some(sawtooth(&teeth));
        }
    }
    if judgement.shape == Shape::Saturating {
        let base = values[0] as f64;
        judgement.level = Some(base + level(&path, &rises));
    }
    judgement
}

/// What was kept since the first value, without what comes and goes within a pass.
///
/// Where the counts never fall, that is all they rose. Else what they move by at each place of a pass is taken to be
/// the least that they moved by there in any pass, and the rest is kept. What is moved in every pass must come to
/// nothing over a pass; if it comes to more, that is kept in every pass too, and who knows where in it: see [`spread`].
///
/// With it comes the length of the stretches within which it may have taken another course.
fn path(values: &[u64], cycle: usize) -> (Vec<f64>, usize) {
    let values = floats(values);
    if values.is_sorted() {
        return (values, 1);
    }
    let moves: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mut usual = moves[..cycle].to_vec();
    for (at, by) in moves.iter().enumerate().skip(cycle) {
        usual[at % cycle] = usual[at % cycle].min(*by);
    }
    let kept: f64 = usual.iter().sum();
    let passes = moves.len() / cycle;
    if kept < 0.0 || (kept > 0.0 && passes < QUARTERS) {
        // What comes and goes does so at other places from pass to pass, or there are too few passes to say: the least
        // value of each remains.
        let least = |pass: &[f64]| pass.iter().copied().fold(f64::INFINITY, f64::min);
        let floor: Vec<f64> = values.windows(cycle).map(least).collect();
        let path = floor.iter().map(|value| value - floor[0]).collect();
        return (path, cycle);
    }
    let mut rest = moves;
    for (at, by) in rest.iter_mut().enumerate() {
        *by -= usual[at % cycle];
    }
    let each = spread(kept, cycle, &rest);
    let mut path = vec![0.0];
    for (at, by) in rest.iter().enumerate() {
        path.push(path[at] + by + each[at % cycle]);
    }
    (path, if kept > 0.0 { cycle } else { 1 })
}

/// What is `kept` in every pass, at even distances over it, the last at its end, in pieces as large as those that come
/// `beside` it usually are: they are compared.
fn spread(kept: f64, cycle: usize, beside: &[f64]) -> Vec<f64> {
    if kept == 0.0 {
        return vec![0.0; cycle];
    }
    // The lower of two in the middle: a table that is made once is not what comes usually.
    let mut pieces: Vec<f64> = beside.iter().copied().filter(|by| *by > 0.0).collect();
    pieces.sort_by(f64::total_cmp);
    let usual = pieces.get(pieces.len().saturating_sub(1) / 2);
    let piece = usual.map_or(kept, |usual| usual.min(kept));
    let so_far = |at: usize| piece * (at as f64 * (kept / piece).floor() / cycle as f64).floor();
    let mut each: Vec<f64> = (0..cycle).map(|at| so_far(at + 1) - so_far(at)).collect();
    if let Some(end) = each.last_mut() {
        *end += kept - so_far(cycle);
    }
    each
}

fn shape(window: usize, stretch: usize, path: &[f64], rises: &Rises) -> Shape {
    let quarters = rises.quarters();
    let quarters_risen = quarters.iter().filter(|risen| **risen).count();
    let ends = ENDS.map(|share| {
        let begins = path.len() - 1 - (rises.last as f64 * share) as usize;
        (share, Rises::of(&path[begins..]))
    });
    // What goes on has to do so from stretch to stretch.
    let goes_on = |(share, end): &(f64, Rises)| {
        end.last >= QUARTERS * stretch && (end.go_on(*share) || end.are_regular())
    };
    if rises.all.is_empty() {
        Shape::Flat
    } else if rises.recur(window) || rises.go_on(1.0) || rises.double() || ends.iter().any(goes_on)
    {
        Shape::Growing
    } else if rises.all.len() == 1 || (!quarters[QUARTERS - 1] && rises.all.len() <= FEW) {
        Shape::OneOff
    } else if !quarters[QUARTERS - 1] {
        if quarters_risen == 1 {
            Shape::OneOff
        } else {
            Shape::Saturating
        }
    } else if rises.fade() && ends[0].1.are_likelier_to_fade(ends[0].0) {
        Shape::Saturating
    } else {
        Shape::Inconclusive
    }
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
    let last_iteration = values.len() - 1;
    let gains = floats(values);
    if let Some(teeth) = teeth(&gains) {
        let climb = steepest(&gains);
        let grows = troughs_grow(&teeth, climb);
        let detectable = (1.0 / teeth.period).max(climb / last_iteration as f64);
        return Judgement {
            shape: if grows {
                Shape::Growing
            } else {
                Shape::Sawtooth
            },
            slope: sawtooth(&teeth).trough_slope,
            minimum_detectable_effect: (teeth.troughs.len() > QUARTERS).then_some(detectable),
            sawtooth: Some(sawtooth(&teeth)),
            ..exact
        };
    }
    if values.len() <= noisy::FEWEST_VALUES {
        let shape = if last <= first {
            Shape::Flat
        } else {
            Shape::Inconclusive
        };
        let slope = per_iteration(first, last, last_iteration as u64);
        return Judgement {
            shape,
            slope,
            ..exact
        };
    }
    noisy::judge(values)
}

/// Differences from the first value.
fn floats(values: &[u64]) -> Vec<f64> {
    let base = i128::from(values.first().copied().unwrap_or(0));
    values
        .iter()
        .map(|value| (i128::from(*value) - base) as f64)
        .collect()
}

/// By how much the series rises at the most from one value to the next.
fn steepest(values: &[f64]) -> f64 {
    let rises = values.windows(2).map(|pair| pair[1] - pair[0]);
    rises.fold(0.0, f64::max)
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
    use crate::shape::exact::{Teeth, judge, path, spread, troughs_grow};
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

    /// What comes and goes within a pass of ten, and so much more in each.
    fn passes(last: u64, each: u64) -> Vec<u64> {
        let pass = [90, 700, 30, 500, 12, 20, 0, 4, 300, 60];
        let value = |i: u64| 1_000 + pass[i as usize % 10] + i / 10 * each;
        (0..=last).map(value).collect()
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
    fn what_every_pass_keeps_is_spread_over_it_in_the_pieces_that_others_come_in() {
        assert_eq!(spread(0.0, 3, &[5.0]), [0.0; 3]);
        assert_eq!(spread(7.0, 3, &[]), [0.0, 0.0, 7.0]);
        // Four pieces of 2 over five places; the odd byte comes at the end.
        let beside = [0.0, 2.0, -1.0, 900.0];
        assert_eq!(spread(9.0, 5, &beside), [0.0, 2.0, 2.0, 2.0, 3.0]);
        assert_eq!(spread(2.0, 2, &[8.0]), [0.0, 2.0]);
        assert_eq!(spread(6.0, 2, &[1.0, 2.0, 3.0]), [2.0, 4.0]);
    }

    #[test]
    fn what_is_kept_in_every_pass_may_have_come_anywhere_in_it() {
        let stretch = |values: &[u64]| path(values, 10).1;
        assert_eq!(stretch(&passes(40, 10)), 10);
        assert_eq!(stretch(&passes(40, 0)), 1);
        assert_eq!(stretch(&(0..40).collect::<Vec<u64>>()), 1);
    }

    #[test]
    fn a_cache_that_fills_evenly_is_not_growing_because_passes_are_long() {
        let passing = |i: u64| (i % 468) * 7_919 % 10_007;
        let filled = |i: u64| (6_824.0 * (1.0 - (-(i as f64) / 470.0).exp())) as u64;
        let values: Vec<u64> = (0..=1_933).map(|i| 48 * filled(i) + passing(i)).collect();
        assert_ne!(judge(&values, 468).shape, Shape::Growing);
    }
}
