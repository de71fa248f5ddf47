//! One series of measurements, reduced to its growth, its shape, and what it could have shown.

use serde::{Deserialize, Serialize};

/// A series of measurements after the warm-up, reduced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Series {
    /// The value where the measured iterations begin: after the last iteration of the warm-up.
    pub first: u64,
    /// The value after the last iteration.
    pub last: u64,
    /// The least value after the warm-up.
    pub min: u64,
    /// The greatest value after the warm-up.
    pub max: u64,
    /// (last - first) / iterations.
    pub per_iteration: f64,
    /// Whether it was still reaching new heights in its last quarter.
    pub rose_last: bool,
    /// The shape of the series.
    pub shape: Shape,
    /// What the shape rests on.
    pub basis: Basis,
    /// The slope per iteration: for an exact series that gave nothing back from pass to pass, what it kept divided by
    /// the iterations; for any other, the median of the slopes between all pairs of points (Theil and Sen).
    pub slope: f64,
    /// The slope's interval: 95% confidence for a statistical judgement; for an exact one, the least and the greatest
    /// rate of any quarter of the run. None for a series too short to tell.
    pub slope_interval: Option<Interval>,
    /// The smallest slope per iteration that the run would have told from zero: for certain where the judgement is
    /// exact, in 99 of 100 such runs where it is statistical. None for a series too short to tell any, or counts that go on.
    pub minimum_detectable_effect: Option<f64>,
    /// Where it rose or fell at once, the greatest first; at most 16 are kept.
    pub steps: Vec<Step>,
    /// The iterations at which it began anew, as a process does that is restarted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restarts: Vec<u64>,
    /// The iteration after the first from which it grows, where it was level until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begins: Option<u64>,
    /// Its teeth, where it is a sawtooth.
    pub sawtooth: Option<Sawtooth>,
    /// The level it tends to, where it saturates.
    pub level: Option<f64>,
}

/// The shape of a series after the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Nothing is gained: it stays where it was, or falls.
    Flat,
    /// It rose in one step or a few, which do not come again and again.
    OneOff,
    /// It rose less and less, or for a part of the run, and tends to a level.
    Saturating,
    /// It rises ever less, and neither a level that it tends to nor a rate that it keeps can be named.
    Slowing,
    /// It fills and empties again and again, and nothing stays.
    Sawtooth,
    /// It rises all along.
    Growing,
    /// It rose, or may have, and the run is too short or too noisy to say how.
    Inconclusive,
}

impl Shape {
    /// The one of two that gives more cause for concern.
    #[must_use]
    pub fn graver(self, other: Shape) -> Shape {
        let gravity = |shape: Shape| match shape {
            Shape::Flat => 0,
            Shape::Sawtooth => 1,
            Shape::OneOff => 2,
            Shape::Saturating => 3,
            // Not known to stop.
            Shape::Slowing => 4,
            Shape::Inconclusive => 5,
            Shape::Growing => 6,
        };
        if gravity(other) > gravity(self) {
            other
        } else {
            self
        }
    }

    /// Whether it is neither known to grow nor known to have an end.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Shape::Slowing | Shape::Inconclusive)
    }

    /// Its name as in the document.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Flat => "flat",
            Shape::OneOff => "one_off",
            Shape::Saturating => "saturating",
            Shape::Slowing => "slowing",
            Shape::Sawtooth => "sawtooth",
            Shape::Growing => "growing",
            Shape::Inconclusive => "inconclusive",
        }
    }
}

/// What a judgement rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Exact counts on inputs that come round again: a difference is a fact.
    Exact,
    /// Noisy measurements: a difference is a probability.
    Statistical,
}

/// Two bounds, both included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Interval {
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

/// A place where a series rose or fell at once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Step {
    /// The measured iteration, counted from 1, after which the series had the new value.
    pub iteration: u64,
    /// By how much it rose; negative where it fell.
    pub height: f64,
}

/// The teeth of a series that fills and empties.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sawtooth {
    /// Iterations from one emptying to the next, in the middle of the pairs.
    pub period: f64,
    /// By how much an emptying lowers it, in the middle of them.
    pub amplitude: f64,
    /// How many times it was emptied.
    pub teeth: u64,
    /// The slope of the troughs, per iteration: what stays after each emptying.
    pub trough_slope: f64,
}

/// (last - first) / iterations, or 0 without iterations.
pub fn per_iteration(first: u64, last: u64, iterations: u64) -> f64 {
    if iterations == 0 {
        return 0.0;
    }
    (i128::from(last) - i128::from(first)) as f64 / iterations as f64
}
