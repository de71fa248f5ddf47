//! How often a series turns: a wave rises and falls and rises again, where steps that stay do not.
//!
//! The legs of a zigzag, as S. Alexander drew it ("Price movements in speculative markets: trends or random walks",
//! Industrial Management Review 2, 1961): a new leg begins where the series has come back by a share of all it spans.

use super::blocks::{Blocks, median};
use super::pace::bounds;

/// Blocks whose medians are looked at: of each period of a wave that comes round four times there are eight.
const LEVELS: usize = 32;
/// Of what the series spans, the least that it comes back by.
const LEG: f64 = 0.08;
/// Up and down, and up again and down again.
const WAVE: usize = 4;

/// Whether a series goes up and down again and again, of which steps and levels say nothing.
pub fn is_wave(values: &[f64]) -> bool {
    // One level among others is no leg.
    let levels = Blocks::of(values, LEVELS).medians;
    let smooth: Vec<f64> = levels
        .windows(3)
        .map(|three| median(&mut three.to_vec()))
        .collect();
    legs(&smooth) >= WAVE
}

/// Legs of the zigzag through some levels.
fn legs(levels: &[f64]) -> usize {
    let (lowest, highest) = bounds(levels);
    let leg = LEG * (highest - lowest);
    let Some(&first) = levels.first().filter(|_| leg > 0.0) else {
        return 0;
    };
    // The furthest that the leg came to, and whether it goes up.
    let (mut count, mut furthest, mut up) = (0, (first, first), None);
    for &level in levels {
        match up {
            None => furthest = (furthest.0.min(level), furthest.1.max(level)),
            Some(true) => furthest.1 = furthest.1.max(level),
            Some(false) => furthest.0 = furthest.0.min(level),
        }
        let rises = level - furthest.0 >= leg && up != Some(true);
        let falls = furthest.1 - level >= leg && up != Some(false);
        if rises || falls {
            (count, furthest, up) = (count + 1, (level, level), Some(rises));
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(periods: f64, slope: f64) -> Vec<f64> {
        (0..=320)
            .map(|at| f64::from(at) / 320.0)
            .map(|at| (std::f64::consts::TAU * periods * at).sin() + slope * at)
            .collect()
    }

    #[test]
    fn every_half_of_a_period_is_a_leg() {
        let legs = |periods| legs(&wave(periods, 0.0));
        assert_eq!((legs(0.5), legs(1.0), legs(2.0), legs(4.0)), (2, 3, 5, 9));
    }

    #[test]
    fn a_wave_turns_on_a_slope_too_and_steps_do_not() {
        assert!(is_wave(&wave(2.0, 4.0)) && is_wave(&wave(3.0, 4.0)));
        let step = |at: f64| if at < 0.4 { 0.0 } else { 1.0 };
        let steps: Vec<f64> = (0..=320)
            .map(|at| step(f64::from(at) / 320.0) + f64::from(at % 7) * 0.01)
            .collect();
        assert!(!is_wave(&steps));
    }

    #[test]
    fn what_never_moves_has_no_leg() {
        assert_eq!((legs(&[5.0; 9]), legs(&[])), (0, 0));
        assert_eq!(legs(&[0.0, 1.0, 2.0, 1.95, 3.0]), 1);
        let zigzag: Vec<f64> = (0..32).map(|at| f64::from(u8::from(at % 3 == 0))).collect();
        assert!(!is_wave(&zigzag), "neighbours that differ are no legs");
    }
}
