//! Which course explains a series best: one that comes to an end, or growth.

use super::blocks::Blocks;
use super::fits;
use super::fits::{Broken, Fit};
use super::steps::{Cut, cuts};
use harness_model::Step;

/// Blocks that stand for a series.
pub const BLOCKS: usize = 48;
/// Steps that a series without growth may have.
const MOST_STEPS: usize = 5;
/// How much better than every course that ends growth has to explain a series: the ratio of what they leave.
const BETTER: f64 = 1.3;

/// A step down by this share of what a line rises is no matter of chance: a cache was emptied, and will be again.
const EMPTIED: f64 = 0.25;

/// What steps may leave unexplained where nothing else is said of a series, of what a level leaves.
const LITTLE: f64 = 0.35;

/// What is so little that it does not matter how it varies.
const NEXT_TO_NOTHING: f64 = 0.03;
/// How many times the variance of neighbours what is left may vary.
const ALIKE: f64 = 3.0;

/// A course and what it says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Course {
    /// Levels with so many steps between them; none is a constant.
    Steps(usize),
    /// A course that tends to a level.
    Tending(Fit),
    /// A straight line, perhaps broken by one step.
    Line(Fit),
}

/// What each course leaves unexplained of a series.
pub struct Courses {
    blocks: Blocks,
    cuts: Vec<Cut>,
    ramp: Fit,
    filling: Fit,
    line: Fit,
    broken: Option<Broken>,
}

impl Courses {
    /// Fits all courses to the medians of the blocks of `values`, of which there is at least one.
    pub fn of(values: &[f64]) -> Courses {
        let blocks = Blocks::of(values, BLOCKS);
        let medians = &blocks.medians;
        Courses {
            cuts: cuts(medians, MOST_STEPS),
            ramp: fits::ramp(medians),
            filling: fits::filling(medians),
            line: fits::line(medians),
            broken: fits::line_and_step(medians),
            blocks,
        }
    }

    /// The sum of squares that the best course with an end leaves.
    fn bounded(&self) -> f64 {
        let steps = self.cuts.iter().map(|cut| cut.residual);
        let tending = [self.ramp.residual, self.filling.residual];
        steps.chain(tending).fold(f64::INFINITY, f64::min)
    }

    /// The growth that explains the series better than everything that ends, though what ends has more numbers to fit
    /// with, if any does: `values`, of which these are the courses, without the step that breaks its line.
    pub fn growth(&self, values: &[f64]) -> Option<Vec<f64>> {
        let given_back = |broken: &Broken| -broken.height / broken.fit.rise;
        let rising = self.broken;
        let rising = rising.filter(|broken| broken.fit.rise > 0.0 && given_back(broken) < EMPTIED);
        let open = rising.map_or(self.line, |broken| broken.fit);
        if open.rise <= 0.0 || open.residual * BETTER >= self.bounded() {
            return None;
        }
        let mut growth = values.to_vec();
        if let Some(broken) = rising {
            for value in &mut growth[self.place(broken.at)..] {
                *value -= broken.height;
            }
        }
        Some(growth)
    }

    /// What goes on beside what comes to an end, where both explain the series better than everything that ends: `values`
    /// without that.
    pub fn beside_ending(&self, values: &[f64], better: f64) -> Option<Vec<f64>> {
        let medians = &self.blocks.medians;
        let beside = fits::beside_line(medians)?;
        let bounded = self.bounded().min(fits::hyperbolic(medians).residual);
        if beside.amount <= 0.0
            || beside.line.rise <= 0.0
            || beside.line.residual * better >= bounded
        {
            return None;
        }
        let last = values.len() as f64 - 1.0;
        let rest = values.iter().enumerate();
        Some(
            rest.map(|(at, value)| value - beside.ended(at as f64 / last))
                .collect(),
        )
    }

    /// Where in the series a block begins.
    fn place(&self, block: usize) -> usize {
        self.blocks.skipped + block * self.blocks.width
    }

    /// The course that the Bayesian information criterion chooses (G. Schwarz, Annals of Statistics 6, 1978).
    ///
    /// It counts as many points as are independent. A place that was sought costs more than a number that was fitted:
    /// it counts two (after N. R. Zhang and D. O. Siegmund, Biometrics 63, 2007).
    pub fn likeliest(&self) -> Course {
        let count = self.blocks.medians.len() as f64;
        let independent = count * (1.0 - self.dependence()).max(0.1);
        // A residual of nothing at all is as good as what rounding leaves of the whole.
        let nothing = (1e-12 * self.cuts[0].residual).max(1e-12);
        let score = |residual: f64, numbers: usize| {
            let explained = residual.max(nothing).ln();
            independent * explained + numbers as f64 * independent.ln()
        };
        let steps = self.cuts.iter().enumerate();
        let steps =
            steps.map(|(steps, cut)| (score(cut.residual, 3 * steps + 1), Course::Steps(steps)));
        let others = [
            (score(self.line.residual, 2), Course::Line(self.line)),
            (
                score(self.filling.residual, 4),
                Course::Tending(self.filling),
            ),
            (score(self.ramp.residual, 6), Course::Tending(self.ramp)),
        ];
        let broken = self.broken.map(|broken| broken.fit);
        let broken = broken.map(|fit| (score(fit.residual, 5), Course::Line(fit)));
        let best = steps
            .chain(others)
            .chain(broken)
            .min_by(|a, b| a.0.total_cmp(&b.0));
        best.map_or(Course::Steps(0), |(_, course)| course)
    }

    /// Whether so many steps leave little of the series unexplained, and of that no more than neighbours differ by.
    pub fn are_all(&self, steps: usize) -> bool {
        let medians = &self.blocks.medians;
        // Of levels that depend on nothing neighbours differ by twice the variance.
        let moves = medians.windows(2).map(|pair| (pair[1] - pair[0]).powi(2));
        let noise = moves.sum::<f64>() / 2.0;
        let left = self.cuts[steps].residual;
        let least = NEXT_TO_NOTHING * self.cuts[0].residual;
        left <= LITTLE * self.cuts[0].residual && left <= least.max(ALIKE * noise)
    }

    /// The steps of the best cut with so many: where in the series, and how high.
    pub fn steps(&self, steps: usize) -> Vec<Step> {
        let cut = &self.cuts[steps];
        let levels = cut.levels(&self.blocks.medians);
        let heights = levels.windows(2).map(|pair| pair[1] - pair[0]);
        let places = cut.at.iter().map(|at| self.place(*at));
        let mut steps: Vec<Step> = places
            .zip(heights)
            .map(|(place, height)| Step {
                iteration: place as u64,
                height,
            })
            .collect();
        steps.sort_by(|a, b| b.height.abs().total_cmp(&a.height.abs()));
        steps
    }

    /// The share of the medians that say nothing new, from the autocorrelation at lag 1 of what the richest cut leaves.
    fn dependence(&self) -> f64 {
        let medians = &self.blocks.medians;
        let cut = &self.cuts[self.cuts.len() - 1];
        let levels = cut.levels(medians);
        let mut segment = 0;
        let rest: Vec<f64> = medians
            .iter()
            .enumerate()
            .map(|(at, value)| {
                segment += usize::from(cut.at.get(segment) == Some(&at));
                value - levels[segment]
            })
            .collect();
        let square: f64 = rest.iter().map(|value| value * value).sum();
        if square <= 0.0 {
            return 0.0;
        }
        let product: f64 = rest.windows(2).map(|pair| pair[0] * pair[1]).sum();
        known_from_neighbours((product / square).clamp(0.0, 1.0))
    }
}

/// Whether a cache that fills explains what comes after a place of `values` about as well as a line of its own does: a part
/// of such a course looks like a line.
pub fn fills(values: &[f64], begins: usize) -> bool {
    let blocks = Blocks::of(values, BLOCKS);
    let medians = &blocks.medians;
    // The block in which it begins, and the next, may have something of what was before.
    let at = (begins.saturating_sub(blocks.skipped) / blocks.width + 2).min(medians.len());
    let line = fits::line(&medians[at..]).residual;
    fits::filling_after(medians, at) <= BETTER * line
}

/// The share of values that say nothing new where each is correlated so with the one before.
fn known_from_neighbours(rho: f64) -> f64 {
    2.0 * rho / (1.0 + rho)
}

#[cfg(test)]
mod tests {
    use crate::shape::courses::known_from_neighbours;

    #[test]
    fn the_more_alike_neighbours_are_the_less_each_says() {
        // (1 - rho) / (1 + rho) of them are independent.
        for (rho, known) in [(0.0, 0.0), (0.25, 0.4), (0.5, 2.0 / 3.0), (1.0, 1.0)] {
            assert!((known_from_neighbours(rho) - known).abs() < 1e-15, "{rho}");
        }
    }
}
