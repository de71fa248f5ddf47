//! Least-squares fits of the courses that a series can take: those that come to an end, and those that do not.
//!
//! All take the values of points one step apart, and say what they leave unexplained: the sum of squared distances.

/// The latest end of a ramp, in parts of the run: a course that takes longer cannot be told from one that never ends.
const LATEST_END: f64 = 0.75;
/// Time constants that are tried for a filling cache, each this much of the one before: from the whole run down to a
/// hundredth of it.
const CONSTANTS: i32 = 22;
const EACH_OF_THE_LAST: f64 = 0.8;

/// A course fitted to values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// The sum of squared distances of the values from the fit.
    pub residual: f64,
    /// By how much the fitted course rises from its beginning to its end.
    pub rise: f64,
    /// The value that a course with an end tends to.
    pub level: f64,
}

/// A straight line.
pub fn line(values: &[f64]) -> Fit {
    let xs: Vec<f64> = (0..values.len()).map(|at| at as f64).collect();
    along(values, &xs)
}

/// A straight line broken by one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Broken {
    /// The line's part of it: its rise is the line's alone, without the step.
    pub fit: Fit,
    /// The index of the first value after the step.
    pub at: usize,
    /// The height of the step.
    pub height: f64,
}

/// A straight line broken by one step, wherever that serves best: growth beside something that is made once. None for
/// too few values to have both.
pub fn line_and_step(values: &[f64]) -> Option<Broken> {
    let count = values.len();
    let broken = (2..count.saturating_sub(1)).map(|at| {
        let (before, after) = values.split_at(at);
        let (a, b) = (Moments::of(before), Moments::of(after));
        let slope = (a.xy + b.xy) / (a.xx + b.xx);
        Broken {
            fit: Fit {
                residual: (a.yy + b.yy - slope * (a.xy + b.xy)).max(0.0),
                rise: slope * (count - 1) as f64,
                level: mean(after),
            },
            at,
            // From middle to middle is half the run.
            height: mean(after) - mean(before) - slope * count as f64 / 2.0,
        }
    });
    broken.min_by(|a, b| a.fit.residual.total_cmp(&b.fit.residual))
}

/// A ramp between two levels: a drift that stops, at the latest at [`LATEST_END`].
pub fn ramp(values: &[f64]) -> Fit {
    let last = values.len().saturating_sub(1);
    let latest = (last as f64 * LATEST_END) as usize;
    let courses = (0..latest).flat_map(|from| (from + 1..=latest).map(move |to| (from, to)));
    let fits = courses.map(|(from, to)| {
        let length = (to - from) as f64;
        let course = |at: usize| (at as f64 - from as f64).clamp(0.0, length) / length;
        along(values, &(0..values.len()).map(course).collect::<Vec<_>>())
    });
    best(fits)
}

/// A cache that fills: 1 - exp(-x / t), for the best t up to the length of the run.
pub fn filling(values: &[f64]) -> Fit {
    let longest = values.len() as f64;
    let constants = (0..CONSTANTS).map(|power| longest * EACH_OF_THE_LAST.powi(power));
    let fits = constants.map(|t| {
        let course = |at: usize| 1.0 - (-(at as f64) / t).exp();
        along(values, &(0..values.len()).map(course).collect::<Vec<_>>())
    });
    best(fits)
}

/// What comes to an end, and a line that goes on beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beside {
    /// The line's part of it.
    pub line: Fit,
    /// What the other comes to in the end.
    pub amount: f64,
    /// The course of the other.
    ends: Ending,
}

/// A course from 0 to 1, with its number in parts of the run.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ending {
    /// A cache that fills, by its time constant.
    Filling(f64),
    /// A drift that stops, by its end.
    Drift(f64),
}

impl Ending {
    fn at(self, time: f64) -> f64 {
        match self {
            Ending::Filling(constant) => 1.0 - (-time / constant).exp(),
            Ending::Drift(end) => (time / end).min(1.0),
        }
    }
}

impl Beside {
    /// How much of what ends is there at a part of the run.
    pub fn ended(&self, time: f64) -> f64 {
        self.amount * self.ends.at(time)
    }
}

/// The longest time constant of a cache that is told from a line beside it.
const LONGEST_BESIDE: f64 = 0.4;

/// A cache that fills or a drift that stops, beside a straight line. None for too few values to have both.
pub fn beside_line(values: &[f64]) -> Option<Beside> {
    let count = values.len();
    if count < 8 {
        return None;
    }
    let last = (count - 1) as f64;
    let times: Vec<f64> = (0..count).map(|at| at as f64 / last).collect();
    let rest = without_line(values, &times);
    let powers = || (0..CONSTANTS).map(|power| EACH_OF_THE_LAST.powi(power));
    let filling = powers().map(|share| Ending::Filling(LONGEST_BESIDE * share));
    let drifts = (1..(last * LATEST_END) as usize).map(|end| Ending::Drift(end as f64 / last));
    let fits = filling.chain(drifts).map(|ends| {
        let course: Vec<f64> = times.iter().map(|time| ends.at(*time)).collect();
        // What the line does not account for, of both.
        let bent = without_line(&course, &times);
        let xx: f64 = bent.iter().map(|x| x * x).sum();
        let xy: f64 = bent.iter().zip(&rest).map(|(x, y)| x * y).sum();
        let amount = if xx > 0.0 { xy / xx } else { 0.0 };
        let left: Vec<f64> = values
            .iter()
            .zip(&course)
            .map(|(y, x)| y - amount * x)
            .collect();
        Beside {
            line: along(&left, &times),
            amount,
            ends,
        }
    });
    fits.min_by(|a, b| a.line.residual.total_cmp(&b.line.residual))
}

fn without_line(values: &[f64], times: &[f64]) -> Vec<f64> {
    let (mean_x, mean_y) = (mean(times), mean(values));
    let points = || times.iter().zip(values);
    let xx: f64 = times.iter().map(|x| (x - mean_x).powi(2)).sum();
    let xy: f64 = points().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    points()
        .map(|(x, y)| y - mean_y - xy / xx * (x - mean_x))
        .collect()
}

/// A cache that fills ever slower: x / (x + c).
pub fn hyperbolic(values: &[f64]) -> Fit {
    let length = values.len() as f64;
    let constants = (0..CONSTANTS).map(|power| 0.3 * length * EACH_OF_THE_LAST.powi(power));
    let fits = constants.map(|c| {
        let course = |at: usize| at as f64 / (at as f64 + c);
        along(values, &(0..values.len()).map(course).collect::<Vec<_>>())
    });
    best(fits)
}

/// What the cache that fills, smoothly or ever slower, and explains all values best leaves of those from a place on.
pub fn filling_after(values: &[f64], from: usize) -> f64 {
    let length = values.len() as f64;
    let powers = || (0..CONSTANTS).map(|power| length * EACH_OF_THE_LAST.powi(power));
    let filling = powers().map(|c| {
        let course = |at: usize| 1.0 - (-(at as f64) / c).exp();
        (0..values.len()).map(course).collect::<Vec<f64>>()
    });
    let hyperbolic = powers().map(|c| {
        let course = |at: usize| at as f64 / (at as f64 + 0.3 * c);
        (0..values.len()).map(course).collect::<Vec<f64>>()
    });
    let fits = filling.chain(hyperbolic).map(|course| {
        let fit = along(values, &course);
        let amount = fit.rise / course.last().copied().unwrap_or(1.0).max(f64::MIN_POSITIVE);
        let left = |(x, y): (&f64, &f64)| (y - fit.level - amount * (x - 1.0)).powi(2);
        let after: f64 = course.iter().zip(values).skip(from).map(left).sum();
        (fit.residual, after)
    });
    let best = fits.min_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or(f64::INFINITY, |(_, after)| after)
}

/// The fit that leaves least. There is always one: a course that does not vary fits as a constant.
fn best(fits: impl Iterator<Item = Fit>) -> Fit {
    fits.min_by(|a, b| a.residual.total_cmp(&b.residual))
        .unwrap_or(Fit {
            residual: f64::INFINITY,
            rise: 0.0,
            level: 0.0,
        })
}

/// `base + amount * course`, for the best two numbers. Every course begins at 0; the level is where it reaches 1.
fn along(values: &[f64], course: &[f64]) -> Fit {
    let (mean_x, mean_y) = (mean(course), mean(values));
    let (mut xx, mut xy) = (0.0, 0.0);
    for (x, y) in course.iter().zip(values) {
        xx += (x - mean_x).powi(2);
        // The products with the mean of y sum to nothing.
        xy += (x - mean_x) * y;
    }
    let amount = if xx > 0.0 { xy / xx } else { 0.0 };
    let distance = |(x, y): (&f64, &f64)| (y - mean_y - amount * (x - mean_x)).powi(2);
    Fit {
        residual: course.iter().zip(values).map(distance).sum(),
        rise: amount * course.last().unwrap_or(&0.0),
        level: mean_y + amount * (1.0 - mean_x),
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Sums of squares and products around the means, of values one step apart.
struct Moments {
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Moments {
    fn of(values: &[f64]) -> Moments {
        let (middle, mean) = ((values.len() as f64 - 1.0) / 2.0, mean(values));
        let mut moments = Moments {
            xx: 0.0,
            xy: 0.0,
            yy: 0.0,
        };
        for (at, value) in values.iter().enumerate() {
            let (x, y) = (at as f64 - middle, value - mean);
            moments.xx += x * x;
            moments.xy += x * y;
            moments.yy += y * y;
        }
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(of: impl Fn(f64) -> f64) -> Vec<f64> {
        (0..40).map(|x| of(f64::from(x))).collect()
    }

    #[test]
    fn a_line_leaves_nothing_of_a_line() {
        let fit = line(&points(|x| 5.0 + 2.0 * x));
        assert!(fit.residual < 1e-18);
        assert!((fit.rise - 78.0).abs() < 1e-9);
    }

    #[test]
    fn a_single_point_is_a_level() {
        for fit in [line(&[5.0]), ramp(&[5.0]), filling(&[5.0])] {
            assert_eq!(fit.rise, 0.0);
        }
        assert_eq!((line(&[5.0]).residual, line(&[5.0]).level), (0.0, 5.0));
    }

    #[test]
    fn a_line_with_a_step_in_it_keeps_the_slope_of_the_line() {
        let values = points(|x| 2.0 * x + if x >= 13.0 { 500.0 } else { 0.0 });
        let broken = line_and_step(&values).unwrap();
        assert!(broken.fit.residual < 1e-9, "{broken:?}");
        assert!((broken.fit.rise - 78.0).abs() < 1e-9);
        assert!(
            broken.at == 13 && (broken.height - 500.0).abs() < 1e-9,
            "{broken:?}"
        );
        assert_eq!(line_and_step(&values[..3]), None);
    }

    #[test]
    fn a_drift_that_stops_is_a_ramp_and_has_a_level() {
        let fit = ramp(&points(|x| 3.0 * x.clamp(4.0, 20.0)));
        assert!(fit.residual < 1e-18);
        assert!((fit.level - 60.0).abs() < 1e-9 && (fit.rise - 48.0).abs() < 1e-9);
    }

    #[test]
    fn a_line_is_no_ramp_and_no_filling_cache() {
        let line = points(|x| x);
        assert!(ramp(&line).residual > 10.0 && filling(&line).residual > 10.0);
    }

    #[test]
    fn a_cache_that_fills_shows_its_level_before_it_gets_there() {
        let fit = filling(&points(|x| 100.0 * (1.0 - (-x / 16.0).exp())));
        assert!((fit.level - 100.0).abs() < 5.0, "{}", fit.level);
    }
}
