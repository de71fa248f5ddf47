//! The slope that half of all pairs of points exceed, and its confidence interval.
//!
//! H. Theil, "A rank-invariant method of linear and polynomial regression analysis", Proceedings of the Royal
//! Netherlands Academy of Sciences 53 (1950): the median of the slopes between all pairs. P. K. Sen, "Estimates of the
//! regression coefficient based on Kendall's tau", Journal of the American Statistical Association 63 (1968): its
//! interval, from the variance of Kendall's S. Up to 29% of the points may lie anywhere without moving the slope far.
//!
//! The number of pairs is the square of the number of points: give it the medians of blocks
//! ([`super::blocks::Blocks`]), a few hundred at most.

use super::mann_kendall;
use super::normal::Z_95;
use harness_model::Interval;

/// The slopes between all pairs of points, one step apart, in order.
pub struct Slopes {
    sorted: Vec<f64>,
    /// Of Kendall's S, with the dependence of neighbours in it.
    deviation: f64,
}

impl Slopes {
    /// Takes the slopes between all pairs.
    pub fn of(values: &[f64]) -> Slopes {
        let count = values.len();
        let mut sorted = Vec::with_capacity(count * count.saturating_sub(1) / 2);
        for (at, from) in values.iter().enumerate() {
            let later = values[at + 1..].iter().zip(1..);
            sorted.extend(later.map(|(to, steps)| (to - from) / f64::from(steps)));
        }
        sorted.sort_unstable_by(f64::total_cmp);
        let slope = middle(&sorted);
        Slopes {
            sorted,
            deviation: mann_kendall::variance(values, slope).sqrt(),
        }
    }

    /// The median of the slopes, per step; 0 for fewer than two points.
    pub fn median(&self) -> f64 {
        middle(&self.sorted)
    }

    /// Sen's interval of 95%: as many slopes from the middle as S may be off. None for too few points to give one.
    pub fn interval(&self) -> Option<Interval> {
        let count = self.sorted.len();
        let off = Z_95 * self.deviation;
        let low = ((count as f64 - off) / 2.0).floor();
        let high = ((count as f64 + off) / 2.0).ceil();
        if low < 0.0 || high >= count as f64 {
            return None;
        }
        Some(Interval {
            low: self.sorted[low as usize],
            high: self.sorted[high as usize],
        })
    }
}

fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        count if count % 2 == 0 => (sorted[half - 1] + sorted[half]) / 2.0,
        _ => sorted[half],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_has_its_own_slope_and_no_width() {
        let line: Vec<f64> = (0..50).map(|x| 7.0 + 3.0 * f64::from(x)).collect();
        let slopes = Slopes::of(&line);
        assert_eq!(slopes.median(), 3.0);
        let interval = slopes.interval().unwrap();
        assert_eq!((interval.low, interval.high), (3.0, 3.0));
    }

    #[test]
    fn a_quarter_of_wild_points_does_not_move_the_slope_far() {
        let mut line: Vec<f64> = (0..40).map(|x| 3.0 * f64::from(x)).collect();
        for point in line.iter_mut().step_by(4) {
            *point = 1e9;
        }
        let slope = Slopes::of(&line).median();
        assert!((2.9..3.1).contains(&slope), "{slope}");
    }

    #[test]
    fn sens_own_example_has_his_interval() {
        // The data of section 6 of his paper: 7 points, slope 4, of which 93% lie between 3.71 and 4.21 or so.
        let at = [1.0, 2.0, 3.0, 4.0, 10.0, 12.0, 18.0];
        let values = [9.0, 15.0, 19.0, 20.0, 45.0, 55.0, 78.0];
        let mut slopes = Vec::new();
        for i in 0..7 {
            for j in i + 1..7 {
                slopes.push((values[j] - values[i]) / (at[j] - at[i]));
            }
        }
        slopes.sort_unstable_by(f64::total_cmp);
        assert_eq!(middle(&slopes), 4.0);
    }

    #[test]
    fn too_few_points_have_no_interval() {
        assert!(Slopes::of(&[1.0, 2.0, 3.0]).interval().is_none());
        assert_eq!(Slopes::of(&[1.0]).median(), 0.0);
    }
}
