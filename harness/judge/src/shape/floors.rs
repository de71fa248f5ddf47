//! What the least values of a series do: something that fills and empties shows in them what it keeps.

use super::climb::is_beyond_chance;
use super::pace::{FEWEST, Pace, bounds, deviation, lowered, slows};

/// Equal stretches whose least values are looked at: each should have been emptied in most of them.
const MANY: usize = 16;
const FEW: usize = 8;
/// One in so many moves of a series with teeth falls, or fewer; of noise every other one does.
const FALLS: usize = 3;
/// Floors are one where they differ by no more than this share of what the series spans.
const LEVEL: f64 = 0.1;
/// Floors may rise where they do by this share of what the series spans,
const WORTH: f64 = 0.04;
/// and by so many times the error of their means: one time in forty by chance.
const SURELY: f64 = 2.0;

/// Whether the floors of a series with teeth climb, and neither they nor the ceilings have stopped.
pub fn climb(values: &[f64]) -> bool {
    if !has_teeth(values) {
        return false;
    }
    // A floor is late to show that a rise is over; a ceiling is not.
    let upside_down: Vec<f64> = values.iter().map(|value| -value).collect();
    let ceilings = floors(&upside_down, FEW)
        .iter()
        .map(|level| -level)
        .collect();
    Pace::of_levels(ceilings).goes_on()
        && [MANY, FEW].into_iter().any(|count| {
            let floors = floors(values, count);
            floors.len() >= FEWEST
                && is_beyond_chance(&floors)
                && !slows(&lowered(&floors))
                && Pace::of_levels(floors).goes_on()
        })
}

/// Whether the floors may rise, by a good part of what the values span.
pub fn may_rise(values: &[f64]) -> bool {
    let (lowest, highest) = bounds(values);
    drift_up(&floors(values, FEW), WORTH * (highest - lowest))
}

/// Whether it has teeth, and they do not end at one floor.
pub fn are_rough(values: &[f64]) -> bool {
    has_teeth(values) && !are_one(values)
}

/// Whether it comes back to the same least value all along, as far as that matters.
pub fn are_one(values: &[f64]) -> bool {
    let ((lowest, highest), (low, high)) = (bounds(values), bounds(&floors(values, FEW)));
    high - low <= LEVEL * (highest - lowest)
}

/// Whether values, none of which follows from another, may rise: their later half lies above the earlier one, by more than
/// chance would have it in one of forty cases, and by more than is `worth` it.
pub fn drift_up(values: &[f64], worth: f64) -> bool {
    let (early, late) = values.split_at(values.len() / 2);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    let error = |part: &[f64]| deviation(part).powi(2) / part.len().max(1) as f64;
    let rise = mean(late) - mean(early);
    rise > worth && rise > SURELY * (error(early) + error(late)).sqrt()
}

/// Whether it mostly climbs, and gives back all that it gained in a few falls: noise falls as often as it rises.
fn has_teeth(values: &[f64]) -> bool {
    let moves = || values.windows(2).map(|pair| pair[1] - pair[0]);
    let falls = moves().filter(|by| *by < 0.0).count();
    let fallen: f64 = moves().map(|by| -by.min(0.0)).sum();
    let gained = values.last().unwrap_or(&0.0) - values.first().unwrap_or(&0.0);
    falls > 0 && falls * FALLS <= values.len() && fallen >= gained
}

/// The least values of so many equal stretches, from the last value back.
fn floors(values: &[f64], count: usize) -> Vec<f64> {
    let width = (values.len() / count).max(1);
    let stretches = values[values.len() % width..].chunks_exact(width);
    stretches.map(|stretch| bounds(stretch).0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Teeth of five on a line.
    fn teeth(slope: f64) -> Vec<f64> {
        (0..41)
            .map(|at| f64::from(at % 5) * 10.0 + slope * f64::from(at))
            .collect()
    }

    #[test]
    fn a_line_under_teeth_climbs_and_teeth_alone_do_not() {
        assert!(climb(&teeth(1.0)) && !climb(&teeth(0.0)));
        assert!(may_rise(&teeth(1.0)) && !may_rise(&teeth(0.0)));
        assert!(are_one(&teeth(0.0)) && !are_one(&teeth(1.0)));
        assert!(are_rough(&teeth(1.0)) && !are_rough(&teeth(0.0)));
    }

    #[test]
    fn floors_that_stop_rising_do_not_climb() {
        let stopped: Vec<f64> = (0..41)
            .map(|at| f64::from(at % 5) * 10.0 + f64::from(at.min(30)))
            .collect();
        assert!(!climb(&stopped));
    }

    #[test]
    fn a_zigzag_has_no_teeth() {
        let zigzag: Vec<f64> = (0..41).map(|at| f64::from(at % 2) * 10.0).collect();
        assert!(!has_teeth(&zigzag) && has_teeth(&teeth(0.0)));
        let line: Vec<f64> = (0..41).map(f64::from).collect();
        assert!(!has_teeth(&line));
    }

    #[test]
    fn a_drift_is_told_from_chance_and_from_what_is_not_worth_it() {
        assert!(drift_up(&[1.0, 2.0, 1.0, 5.0, 6.0, 5.0], 1.0));
        assert!(!drift_up(&[1.0, 2.0, 1.0, 5.0, 6.0, 5.0], 5.0));
        assert!(!drift_up(&[1.0, 9.0, 1.0, 9.0, 1.0, 9.0], 0.0));
    }
}
