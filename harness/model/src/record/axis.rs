//! What samples were taken along.

use serde::{Deserialize, Serialize};

/// What lies between one sample and the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Time, in seconds.
    #[default]
    Seconds,
    /// Iterations of the same work.
    Iterations,
    /// Nothing that is known: samples are counted.
    Samples,
}

impl Axis {
    /// Whether it is time.
    pub fn is_seconds(&self) -> bool {
        *self == Axis::Seconds
    }

    /// One of what it counts.
    pub fn one(self) -> &'static str {
        match self {
            Axis::Seconds => "second",
            Axis::Iterations => "iteration",
            Axis::Samples => "sample",
        }
    }

    /// The same behind an amount: `a second`, `an iteration`.
    pub fn per(self) -> &'static str {
        match self {
            Axis::Seconds => "a second",
            Axis::Iterations => "an iteration",
            Axis::Samples => "a sample",
        }
    }

    /// So much of it: `2 min 5 s`, `1,000 iterations`.
    pub fn length(self, value: f64) -> String {
        match self {
            Axis::Seconds => crate::units::seconds(value),
            _ => crate::units::plural(value, self.one()),
        }
    }
}
