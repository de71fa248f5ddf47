//! The steps of a pattern: what each token of it, compiled, asks of the text.

use super::conditions::Wanted;
use crate::frozen::frozen;

/// How often a step of a pattern takes a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Times {
    One,
    /// One or none.
    Optional,
    /// Any number.
    Any,
}

frozen!(hash Times);

/// One step of a pattern.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub wanted: Wanted,
    pub times: Times,
    /// Whether the pattern ends with it.
    pub last: bool,
    /// The token of the pattern, as it was written, that the step is of.
    pub token: u32,
    /// The pattern, by its place among those with operators.
    pub weave: u32,
}

impl Step {
    /// A step that is not the last of its pattern.
    pub fn new(wanted: Wanted, times: Times, token: u32) -> Step {
        Step {
            wanted,
            times,
            last: false,
            token,
            weave: 0,
        }
    }
}

frozen!(Step {
    wanted,
    times,
    last,
    token,
    weave
});
