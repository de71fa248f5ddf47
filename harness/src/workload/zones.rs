//! With or without memory zones: the two conditions under which the pipeline's loops are measured.

use harness_model::{Condition, Expectation};
use serde::{Deserialize, Serialize};

/// With or without memory zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Zones {
    /// Each iteration runs in a memory zone of its own.
    On,
    /// No zones: what is learned of new words is kept.
    Off,
}

impl Zones {
    /// Both, in the order in which they are measured.
    pub const ALL: [Zones; 2] = [Zones::Off, Zones::On];

    /// "with zones" or "without zones": the condition's name.
    pub fn phrase(self) -> &'static str {
        match self {
            Zones::On => "with zones",
            Zones::Off => "without zones",
        }
    }

    /// The condition of a loop that runs so: in zones, memory has to be flat; without, a vocabulary may grow.
    pub fn condition(self) -> Condition {
        let expects = match self {
            Zones::On => Expectation::Flat,
            Zones::Off => Expectation::StoresMayGrow,
        };
        Condition::new(self.phrase(), expects)
    }
}
