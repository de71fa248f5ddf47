//! Whether a series fills and empties again and again, and what its troughs do.
//!
//! A cache that clears itself when it is full climbs in small steps and falls at once. Noise climbs as it falls. What a
//! sawtooth keeps shows in its lower envelope: the values right after it was emptied.

use super::blocks::Blocks;
use super::blocks::{median, usual_move};
use super::judgement::MOST_POINTS;
use super::theil_sen::Slopes;
use harness_model::Sawtooth;

/// A fall is a tooth's end where it comes to this share of the third that is deepest: what is emptied unevenly has teeth
/// of several heights, and one that is far deeper is something else.
const DEEP: f64 = 0.4;
/// And to this many times what the series usually moves by from one sample to the next.
const SUDDEN: f64 = 5.0;
/// Fewer emptyings than this are no habit.
const FEWEST: usize = 3;
/// Samples over which an emptying may spread.
const SPREAD: usize = 2;

/// A series that fills and empties.
#[derive(Clone, Debug, PartialEq)]
pub struct Teeth {
    /// The troughs: the index and the value right after each emptying.
    pub troughs: Vec<(usize, f64)>,
    /// Samples from one emptying to the next, in the middle of the pairs.
    pub period: f64,
    /// By how much an emptying lowers the series, in the middle of them.
    pub amplitude: f64,
    /// By how much the deepest does.
    pub deepest: f64,
}

/// The teeth of `values`, if it has any.
pub fn teeth(values: &[f64]) -> Option<Teeth> {
    let mut deepest = falls(values);
    if deepest.len() < FEWEST {
        return None;
    }
    deepest.sort_by(|a, b| b.total_cmp(a));
    let deep = (DEEP * deepest[FEWEST - 1]).max(SUDDEN * usual_move(values));
    let mut troughs = Vec::new();
    let mut falls = Vec::new();
    let mut leaps = 0;
    let mut at = 1;
    while at < values.len() {
        let end = (at + SPREAD).min(values.len());
        let before = values[at - 1];
        let (lowest, low) = extreme(values, at, end, -1.0);
        let (highest, high) = extreme(values, at, end, 1.0);
        if values[at] < before && before - low >= deep {
            troughs.push((lowest, low));
            falls.push(before - low);
            at = lowest + 1;
        } else if values[at] > before && high - before >= deep {
            leaps += 1;
            at = highest + 1;
        } else {
            at += 1;
        }
    }
    // What leaps up as often as it falls is a burst or noise.
    let few = troughs.len() < FEWEST;
    if few || leaps * 4 > troughs.len() || !climbs(values, &troughs, &falls) {
        return None;
    }
    let mut gaps: Vec<f64> = troughs
        .windows(2)
        .map(|pair| (pair[1].0 - pair[0].0) as f64)
        .collect();
    Some(Teeth {
        period: median(&mut gaps),
        deepest: falls.iter().copied().fold(0.0, f64::max),
        amplitude: median(&mut falls),
        troughs,
    })
}

/// Whether it climbs from trough to trough: a line has the mean of its second half above that of its first by half of
/// its height, and noise has them equal.
fn climbs(values: &[f64], troughs: &[(usize, f64)], falls: &[f64]) -> bool {
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    let pairs = troughs.windows(2).zip(&falls[1..]);
    let climbing = pairs.filter(|(pair, fall)| {
        let (early, late) = values[pair[0].0..pair[1].0].split_at((pair[1].0 - pair[0].0) / 2);
        mean(late) - mean(early) >= **fall / 4.0
    });
    climbing.count() * 4 >= (troughs.len() - 1) * 3
}

/// The greatest of the values from `at` to before `end`, or the least where `sign` is negative, and its index.
fn extreme(values: &[f64], at: usize, end: usize, sign: f64) -> (usize, f64) {
    let mut found = (at, values[at]);
    for (index, &value) in values.iter().enumerate().take(end).skip(at) {
        if sign * value > sign * found.1 {
            found = (index, value);
        }
    }
    found
}

/// By how much the series falls at once, wherever it does.
fn falls(values: &[f64]) -> Vec<f64> {
    let mut falls = Vec::new();
    let mut at = 1;
    while at < values.len() {
        let (lowest, low) = extreme(values, at, (at + SPREAD).min(values.len()), -1.0);
        if values[at] < values[at - 1] {
            falls.push(values[at - 1] - low);
            at = lowest;
        }
        at += 1;
    }
    falls
}

/// By how much the series rises at the most from one value to the next.
pub fn steepest(values: &[f64]) -> f64 {
    let rises = values.windows(2).map(|pair| pair[1] - pair[0]);
    rises.fold(0.0, f64::max)
}

/// What is told of teeth.
pub fn sawtooth(teeth: &Teeth) -> Sawtooth {
    let values: Vec<f64> = teeth.troughs.iter().map(|trough| trough.1).collect();
    let blocks = Blocks::of(&values, MOST_POINTS);
    let per_block = Slopes::of(&blocks.medians).median();
    Sawtooth {
        period: teeth.period,
        amplitude: teeth.amplitude,
        teeth: teeth.troughs.len() as u64,
        trough_slope: per_block / (blocks.width as f64 * teeth.period),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::random::Random;

    #[test]
    fn a_sawtooth_has_its_period_its_amplitude_and_its_troughs() {
        let values: Vec<f64> = (0..100).map(|x| f64::from(50 + x % 20)).collect();
        let teeth = teeth(&values).unwrap();
        assert_eq!((teeth.period, teeth.amplitude), (20.0, 19.0));
        assert_eq!(teeth.troughs[0], (20, 50.0));
        assert_eq!(teeth.troughs.len(), 4);
    }

    #[test]
    fn what_falls_by_no_more_than_five_usual_moves_is_no_tooth() {
        let saw = |period: i32| -> Vec<f64> {
            (0..100).map(|x| 1_000.0 * f64::from(x % period)).collect()
        };
        assert_eq!(teeth(&saw(5)), None);
        assert!(teeth(&saw(7)).is_some());
    }

    #[test]
    fn an_emptying_that_takes_two_samples_has_its_trough_at_the_second() {
        let tooth = [
            0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 18.0, 9.0,
        ];
        let teeth = teeth(&tooth.repeat(6)).unwrap();
        assert_eq!(teeth.troughs[0], (12, 0.0));
        assert_eq!((teeth.period, teeth.amplitude), (12.0, 18.0));
    }

    #[test]
    fn of_equal_values_the_first_is_the_extreme() {
        let values = [3.0, 1.0, 1.0, 3.0, 0.0];
        assert_eq!(extreme(&values, 0, 4, -1.0), (1, 1.0));
        assert_eq!(extreme(&values, 0, 4, 1.0), (0, 3.0));
        assert_eq!(extreme(&values, 2, 5, -1.0), (4, 0.0));
    }

    /// Whether it climbs, if ten samples from each trough on are at 5 and the last five of them higher by so much, and it
    /// then falls by 8.
    fn climb(by: &[f64]) -> bool {
        let tooth = |by: &f64| [[5.0; 5], [5.0 + by; 5]].concat();
        let values: Vec<f64> = by.iter().flat_map(tooth).collect();
        let troughs: Vec<(usize, f64)> = (0..=by.len()).map(|tooth| (10 * tooth, 5.0)).collect();
        climbs(&values, &troughs, &vec![8.0; troughs.len()])
    }

    #[test]
    fn three_teeth_of_four_have_to_climb_by_a_quarter_of_their_fall() {
        assert!(climb(&[2.0; 4]) && !climb(&[1.9; 4]));
        assert!(climb(&[2.0, 2.0, 2.0, 0.0]) && !climb(&[2.0, 2.0, 0.0, 0.0]));
    }

    #[test]
    fn noise_bursts_and_steps_are_no_teeth() {
        let mut noise = Random::new(3);
        let white: Vec<f64> = (0..500).map(|_| noise.normal()).collect();
        assert_eq!(teeth(&white), None);
        let bursts: Vec<f64> = (0..500).map(|x| f64::from(u8::from(x % 50 == 7))).collect();
        assert_eq!(teeth(&bursts), None);
        let steps: Vec<f64> = (0..500).map(|x| f64::from(x / 100)).collect();
        assert_eq!(teeth(&steps), None);
    }
}
