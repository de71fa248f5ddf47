//! Who judges: the shipped judgement, or one that is known to be bad, to see that the calibration says so.

use crate::summary::Shape;
use crate::verdict::shape::{self, Kind};
use serde::{Deserialize, Serialize};

/// A judge of series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "kebab-case")]
pub enum Judge {
    /// The one that every verdict rests on
    Shipped,
    /// Calls growing whatever ends above where it began, as a threshold on memory does: it must fail
    Threshold,
    /// Calls nothing growing: it must fail
    Blind,
}

impl Judge {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Judge::Shipped => "shipped",
            Judge::Threshold => "threshold",
            Judge::Blind => "blind",
        }
    }

    /// The shape of a series.
    pub fn shape(self, values: &[u64], kind: Kind) -> Shape {
        match self {
            Judge::Shipped => shape::judge(values, kind).shape,
            Judge::Threshold if values.last() > values.first() => Shape::Growing,
            Judge::Threshold | Judge::Blind => Shape::Flat,
        }
    }

    /// Whether a series is called growing.
    pub fn alarms(self, values: &[u64], kind: Kind) -> bool {
        self.shape(values, kind) == Shape::Growing
    }
}
