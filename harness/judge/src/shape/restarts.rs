//! Where a series begins anew: a process is restarted, or something is emptied once.
//!
//! A counter that goes back to where it began says nothing of what it would have come to. What was between is judged by
//! itself.

use super::blocks::{median, usual_move};

/// More of them are a habit: see [`super::teeth`].
const MOST: usize = 2;
/// A fall has to be this many times what the series usually moves by.
const SUDDEN: f64 = 8.0;
/// It takes away this share of what was gained since the beginning,
const GIVEN_BACK: f64 = 0.75;
/// and what was gained is this share of all at the least.
const WORTH: f64 = 0.4;
/// Each third of what was climbs by this share of it: what was gained at once and is given back is no restart.
const CLIMBS: f64 = 0.15;
/// Values on each side of a fall whose middle one counts, at the most: spikes are no matter.
const SIDE: usize = 9;

/// The places at which `values` begin anew, of which there are none, one or two.
pub fn restarts(values: &[f64]) -> Vec<usize> {
    if values.len() < 8 {
        return Vec::new();
    }
    let sudden = SUDDEN * usual_move(values);
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let spare = sorted.len() / 20;
    let range = sorted[sorted.len() - 1 - spare] - sorted[spare];
    let side = (values.len() / 100).clamp(1, SIDE);
    let middle = |part: &[f64]| median(&mut part.to_vec());
    let mut places = Vec::new();
    let mut begins = middle(&values[..side]);
    let mut at = 2 * side;
    while at + side < values.len() {
        let before = middle(&values[at - side..at]);
        // A fall may take two samples.
        let after = middle(&values[at + 1..at + 1 + side]).min(middle(&values[at..at + side]));
        let (gained, fell) = (before - begins, before - after);
        let since = places.last().copied().unwrap_or(0);
        if fell > sudden
            && gained > WORTH * range
            && fell >= GIVEN_BACK * gained
            && climbs(&values[since..at], CLIMBS * gained)
        {
            // Where it falls the most of the places that see the fall.
            let near = at..(at + side + 1).min(values.len());
            let fall = |at: usize| values[at - 1] - values[at];
            let place = near
                .max_by(|a, b| fall(*a).total_cmp(&fall(*b)))
                .unwrap_or(at);
            places.push(place);
            at = place + side;
            begins = middle(&values[place..(place + side).min(values.len())]).min(after);
        }
        at += 1;
    }
    if places.len() > MOST {
        Vec::new()
    } else {
        places
    }
}

/// Whether each third of it lies higher than the one before, by so much.
fn climbs(values: &[f64], by: f64) -> bool {
    let third = values.len() / 3;
    if third == 0 {
        return false;
    }
    let middles: Vec<f64> = values[values.len() - 3 * third..]
        .chunks_exact(third)
        .map(|part| median(&mut part.to_vec()))
        .collect();
    middles.windows(2).all(|pair| pair[1] - pair[0] > by)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn climbing(restarts: &[usize], count: usize) -> Vec<f64> {
        let since = |at: usize| {
            at - restarts
                .iter()
                .rev()
                .find(|place| **place <= at)
                .unwrap_or(&0)
        };
        (0..count).map(|at| since(at) as f64).collect()
    }

    #[test]
    fn a_counter_that_goes_back_to_its_beginning_begins_anew_there() {
        assert_eq!(restarts(&climbing(&[30], 100)), [30]);
        assert_eq!(restarts(&climbing(&[30, 70], 100)), [30, 70]);
        assert_eq!(restarts(&climbing(&[], 100)), [0_usize; 0]);
    }

    #[test]
    fn what_empties_itself_again_and_again_is_no_restart() {
        assert_eq!(
            restarts(&climbing(&[10, 20, 30, 40, 50, 60], 70)),
            [0_usize; 0]
        );
    }

    #[test]
    fn what_is_taken_at_once_and_given_back_is_no_restart() {
        let taken: Vec<f64> = (0..100)
            .map(|at| f64::from(u8::from((20..60).contains(&at))))
            .collect();
        assert_eq!(restarts(&taken), [0_usize; 0]);
    }

    #[test]
    fn a_fall_that_leaves_most_of_it_is_no_restart() {
        let mut values = climbing(&[], 100);
        for value in &mut values[60..] {
            *value -= 30.0;
        }
        assert_eq!(restarts(&values), [0_usize; 0]);
    }
}
