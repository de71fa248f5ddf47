//! Where a program has come up to speed: it loads, fills what it needs, and then begins to do what it does all day.
//!
//! A recording begins with the program, and its first seconds say nothing of a slope: half a gigabyte of a model in three
//! seconds hides a kilobyte a second for an hour. So the series is cut where two straight lines explain it far better than
//! one, and the first of them is the steeper by far. The cut lies in the first half: what still moves then is no warm-up.

/// Blocks that stand for the series.
const BLOCKS: usize = 64;
/// Blocks that a part needs to have a line of its own.
const FEWEST: usize = 3;
/// What two lines may leave of what one leaves unexplained.
const BETTER: f64 = 0.35;
/// How much steeper than the rest a warm-up is.
const STEEPER: f64 = 4.0;
/// A program may come up in so many stages: libraries, then data, then caches.
const STAGES: usize = 3;

/// How many of the values, which are one step apart, are warm-up: at most half of them.
pub(super) fn warm_up(values: &[u64]) -> usize {
    let half = values.len() / 2;
    let mut begins = 0;
    for _ in 0..STAGES {
        match stage(&values[begins..]) {
            Some(more) if begins + more <= half => begins += more,
            _ => break,
        }
    }
    begins
}

/// How many of the values are the first stage of a warm-up.
fn stage(values: &[u64]) -> Option<usize> {
    let width = values.len().div_ceil(BLOCKS).max(1);
    let base = *values.first()?;
    let gain = |value: &u64| (i128::from(*value) - i128::from(base)) as f64;
    let means: Vec<f64> = values
        .chunks(width)
        .map(|block| block.iter().map(gain).sum::<f64>() / block.len() as f64)
        .collect();
    let count = means.len();
    if count < 4 * FEWEST {
        return None;
    }
    let sums = Sums::of(&means);
    let whole = sums.line(0, count);
    let cut = (1..=count / 2).min_by(|a, b| {
        let left = |cut: usize| sums.line(0, cut).left + sums.line(cut, count).left;
        left(*a).total_cmp(&left(*b))
    })?;
    let (before, after) = (sums.line(0, cut), sums.line(cut, count));
    if whole.left <= 0.0 || before.left + after.left > BETTER * whole.left {
        return None;
    }
    // From the first value to where the rest begins, jump and all.
    let rose = after.begins - means[0];
    let steep = rose.abs() / cut as f64;
    (steep > STEEPER * after.slope.abs()).then_some(cut * width)
}

/// Sums from which the straight line through any stretch is known at once.
struct Sums {
    /// Sums of y, y², x·y and x, x² up to each place.
    up_to: Vec<[f64; 5]>,
}

/// A straight line through a stretch.
struct Line {
    slope: f64,
    /// Its value at the first place of the stretch.
    begins: f64,
    /// The sum of squared distances from it.
    left: f64,
}

impl Sums {
    fn of(values: &[f64]) -> Sums {
        let mut sums = [0.0; 5];
        let mut up_to = vec![sums];
        for (x, y) in values.iter().enumerate() {
            let x = x as f64;
            for (sum, more) in sums.iter_mut().zip([*y, y * y, x * y, x, x * x]) {
                *sum += more;
            }
            up_to.push(sums);
        }
        Sums { up_to }
    }

    fn line(&self, from: usize, to: usize) -> Line {
        let of = |at: usize| self.up_to[to][at] - self.up_to[from][at];
        let count = (to - from).max(1) as f64;
        let [y, yy, xy, x, xx] = [0, 1, 2, 3, 4].map(of);
        let spread = xx - x * x / count;
        let both = xy - x * y / count;
        let slope = if spread > 1e-9 { both / spread } else { 0.0 };
        Line {
            slope,
            begins: y / count + slope * (from as f64 - x / count),
            left: (yy - y * y / count - slope * both).max(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape;
    use crate::shape::{Kind, judge};
    use crate::simulation::programs::{EARLY, Healthy, healthy};
    use crate::simulation::random::Random;
    use harness_model::Shape;

    fn series(of: impl Fn(u64) -> u64) -> Vec<u64> {
        (0..480).map(of).collect()
    }

    #[test]
    fn a_program_that_loads_and_then_leaks_is_judged_from_where_it_has_loaded() {
        let loads = series(|at| 1_000_000 * at.min(40) + 300 * at);
        let cut = warm_up(&loads);
        assert!((36..=64).contains(&cut), "{cut}");
        assert_eq!(judge(&loads[cut..], Kind::Noisy).shape, Shape::Growing);
        let twice = series(|at| 1_000_000 * at.min(20) + if at > 90 { 5_000_000 } else { 0 });
        assert!((90..=110).contains(&warm_up(&twice)), "{}", warm_up(&twice));
    }

    #[test]
    fn what_is_the_same_all_along_has_no_warm_up() {
        assert_eq!(warm_up(&[]), 0);
        assert_eq!(warm_up(&[5, 6, 7]), 0);
        assert_eq!(warm_up(&series(|_| 7)), 0);
        assert_eq!(warm_up(&series(|at| 100 * at)), 0);
        assert_eq!(warm_up(&series(|at| 1_000 * (at % 7))), 0);
    }

    #[test]
    fn what_happens_in_the_second_half_is_no_warm_up() {
        assert_eq!(warm_up(&series(|at| u64::from(at > 300) * 1_000_000)), 0);
    }

    /// A cut is chosen to fit, and a part of a series that wanders looks straighter than the whole: it must not become
    /// growth by that.
    #[test]
    fn a_warm_up_that_is_cut_off_makes_no_healthy_program_grow() {
        let mut random = Random::new(7);
        let (mut whole, mut cut, mut all) = (0, 0, 0);
        for what in Healthy::ALL {
            for _ in 0..40 {
                let values = healthy(what, 480, false, EARLY, &mut random).values;
                let grows = |values: &[u64]| judge(values, Kind::Noisy).shape == Shape::Growing;
                whole += u32::from(grows(&values));
                let begins = warm_up(&values);
                let goes_on = begins == 0 || !shape::fills(&values, begins);
                cut += u32::from(goes_on && grows(&values[begins..]));
                all += 1;
            }
        }
        assert!(
            cut <= whole + 2,
            "{cut} of {all} grow, and {whole} without the cut"
        );
    }
}
