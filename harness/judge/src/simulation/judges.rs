//! Who judges: the shipped judgement, or one that is known to be bad, to see that the calibration says so.

use crate::shape;
use crate::shape::Kind;
use harness_model::Shape;
use serde::{Deserialize, Serialize};

/// A judge of series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Judge {
    /// The one that every verdict rests on
    Shipped,
    /// Calls growing whatever ends above where it began, as a threshold on memory does: it must fail
    Threshold,
    /// Calls nothing growing: it must fail
    Blind,
}

impl std::fmt::Display for Judge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Judge {
    /// Every judge.
    pub const ALL: [Judge; 3] = [Judge::Shipped, Judge::Threshold, Judge::Blind];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Judge::Shipped => "shipped",
            Judge::Threshold => "threshold",
            Judge::Blind => "blind",
        }
    }

    /// What it says, in a line.
    pub fn help(self) -> &'static str {
        match self {
            Judge::Shipped => "The one that every verdict rests on",
            Judge::Threshold => {
                "Calls growing whatever ends above where it began, as a threshold on memory does: it must fail"
            }
            Judge::Blind => "Calls nothing growing: it must fail",
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
