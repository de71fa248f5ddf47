//! Whether a series climbs, beyond what chance and its own falls account for.
//!
//! What is gained from one level to the next is taken as steps of a walk, and a walk wanders: its mean step has to be so
//! many times as large as its error (Student, "The probable error of a mean", Biometrika 6, 1908), and all that is gained
//! so many times what a walk comes to whose steps are as large as the falls. A few steps of any height do not pass the
//! first, noise whose neighbours are alike, or none, does not pass the second, and a leak that comes at random passes both.

use super::blocks::Blocks;
use super::pace::{FEWEST, LEVELS, Pace, bounds, ends, falls, is_steady, lowered, slows};

/// Levels by which it is asked whether a stretch climbs.
const GAINS: usize = 16;
/// So many times its error is beyond chance: as many steps as there are blocks would come to it one time in a thousand.
/// (k gains of one height among m are the root of (m - 1) k / (m - k) times their error: no such number is as near to
/// this as rounding is.)
const BEYOND_CHANCE: f64 = 3.55;
/// The same for so few gains, which are less sure of their error,
const FEW: usize = 8;
const BEYOND_CHANCE_OF_FEW: f64 = 5.2;
/// and all that is gained is so many times what falls account for.
const BEYOND_FALLS: f64 = 5.0;
/// Where the whole slows down, the rate at the end of its second half is no less than this share of the mean in it.
const STEADY: f64 = 0.6;
/// Where all but the last quarter is looked away from, it has to be a line.
const LINE: f64 = 0.9;
/// The second half has to come to heights that were not there before, by this share of what it gains.
const NEW: f64 = 0.5;

/// Whether measurements climb, over the whole or over their second half.
pub fn climbs(values: &[f64]) -> bool {
    climb(values.len(), |from| {
        Blocks::of(&values[from..], GAINS).medians
    })
}

/// Whether counts without noise climb, of which it is known within `stretch` iterations when they rose.
pub fn path_climbs(path: &[f64], stretch: usize) -> bool {
    climb(path.len(), |from| ends(&path[from..], GAINS, stretch))
}

/// Whether counts without noise climb in the last quarter of the run as a line does, whatever was before.
pub fn settles(path: &[f64], stretch: usize) -> bool {
    let quarter = &path[path.len() - path.len().div_ceil(4)..];
    let levels = ends(quarter, LEVELS, 1);
    levels.len() >= GAINS
        && path_climbs(quarter, stretch)
        && Pace::of_path(quarter).goes_on()
        && is_steady(&levels, LINE)
}

/// By the levels of so many values from a place on.
fn climb(count: usize, levels: impl Fn(usize) -> Vec<f64>) -> bool {
    let whole = levels(0);
    if whole.len() < FEWEST {
        return false;
    }
    let slow = slows(&lowered(&whole));
    if !slow && is_beyond_chance(&whole) {
        return true;
    }
    let half = levels(count / 2);
    if half.len() < FEWEST || !is_beyond_chance(&half) || (slow && !is_steady(&half, STEADY)) {
        return false;
    }
    let (first, last) = (half[0], half[half.len() - 1]);
    let highest = bounds(&whole[..whole.len() / 2]).1;
    last - highest > NEW * (last - first)
}

/// Whether levels climb beyond chance and beyond their falls.
pub fn is_beyond_chance(levels: &[f64]) -> bool {
    let lowered = lowered(levels);
    let gains: Vec<f64> = lowered.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let count = gains.len() as f64;
    let sum: f64 = gains.iter().sum();
    let mean = sum / count;
    let squares: f64 = gains.iter().map(|gain| (gain - mean).powi(2)).sum();
    let error = (squares / (count - 1.0).max(1.0) / count).sqrt();
    let surely = if gains.len() <= FEW {
        BEYOND_CHANCE_OF_FEW
    } else {
        BEYOND_CHANCE
    };
    mean > 0.0 && mean > surely * error && sum > BEYOND_FALLS * falls(levels) * count.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(of: impl Fn(f64) -> f64) -> Vec<f64> {
        (0..=320).map(|at| of(f64::from(at) / 320.0)).collect()
    }

    #[test]
    fn a_line_climbs_and_five_steps_do_not() {
        assert!(path_climbs(&path(|at| at), 1) && climbs(&path(|at| at)));
        let steps = path(|at| (at * 5.999).floor());
        assert!(!path_climbs(&steps, 1) && !climbs(&steps));
    }

    #[test]
    fn what_begins_in_the_middle_climbs_in_its_second_half() {
        assert!(climbs(&path(|at| (at - 0.5).max(0.0))));
        assert!(path_climbs(&path(|at| (at - 0.55).max(0.0)), 1));
    }

    #[test]
    fn what_only_comes_back_to_where_it_was_does_not_climb() {
        assert!(!climbs(&path(|at| (at - 0.5).abs())));
        assert!(climbs(&path(|at| (at - 0.25).abs())));
    }

    #[test]
    fn a_cache_that_fills_does_not_climb_and_growth_beside_one_that_is_full_does() {
        let filling = |at: f64| 1.0 - (-at / 0.1).exp();
        assert!(!climbs(&path(filling)) && !path_climbs(&path(filling), 1));
        assert!(path_climbs(&path(|at| filling(at) + at), 1));
    }

    #[test]
    fn falls_as_large_as_the_rises_take_them_away() {
        let levels = |fall: f64| -> Vec<f64> {
            (0..17)
                .map(|at| f64::from(at) + if at % 4 == 3 { -fall } else { 0.0 })
                .collect()
        };
        assert!(is_beyond_chance(&levels(0.0)) && !is_beyond_chance(&levels(3.0)));
    }

    #[test]
    fn eight_gains_have_to_be_surer_than_nine() {
        // Gains of 1 and 2.6 in turn: the mean is some six and seven times its error.
        let levels = |count: i32| -> Vec<f64> {
            (0..=count)
                .map(|at| 1.8 * f64::from(at) + f64::from(at % 2) * 0.8)
                .collect()
        };
        assert!(is_beyond_chance(&levels(9)) && is_beyond_chance(&levels(8)));
        let uneven = |count: i32| -> Vec<f64> {
            (0..=count)
                .map(|at| f64::from(at) + f64::from(at % 2) * 0.6)
                .collect()
        };
        assert!(is_beyond_chance(&uneven(16)) && !is_beyond_chance(&uneven(8)));
    }

    #[test]
    fn a_drift_that_stopped_late_settles_into_the_line_beside_it() {
        let drift = |beside: f64| path(move |at| 100.0 * at.min(0.7) + beside * at);
        assert!(settles(&drift(20.0), 1) && !settles(&drift(0.0), 1));
        assert!(!settles(&path(|at| at / (at + 0.05)), 1));
    }
}
