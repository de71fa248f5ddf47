//! What is said of a series.

use harness_model::{Basis, Interval, Sawtooth, Shape, Step};

/// A run is judged by the quarters of it: with fewer iterations, or passes, it tells nothing.
pub const QUARTERS: usize = 4;
/// Points whose pairs are all looked at.
pub(super) const MOST_POINTS: usize = 256;
/// Steps that are told of a series.
pub(super) const MOST_STEPS_TOLD: usize = 16;

/// What a series looks like, and how sure that is. The fields are those of [`harness_model::Series`].
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The shape of the series.
    pub shape: Shape,
    /// What the shape rests on.
    pub basis: Basis,
    /// The slope per iteration.
    pub slope: f64,
    /// Its interval.
    pub slope_interval: Option<Interval>,
    /// The smallest slope per iteration that would have been told from zero.
    pub minimum_detectable_effect: Option<f64>,
    /// Where it rose or fell at once.
    pub steps: Vec<Step>,
    /// The iterations at which it began anew.
    pub restarts: Vec<u64>,
    /// Its teeth.
    pub sawtooth: Option<Sawtooth>,
    /// The level it tends to.
    pub level: Option<f64>,
}
