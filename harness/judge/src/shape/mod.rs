//! The shape of one series after its warm-up: flat, one-off, saturating, slowing, sawtooth, growing or inconclusive.
//!
//! Two kinds of series are judged in two ways. Exact counts have no noise: a difference between two passes over the same
//! inputs is a fact, and what has to be told is whether it recurs ([`exact`]). Noisy measurements have to rise above their
//! noise, and in a way that nothing explains that comes to an end ([`noisy`]). Growing is said only where it is sure: a
//! series that rises and may yet stop is inconclusive.
//!
//! Each method stands in a module of its own, with the paper it comes from. No statistics crate serves here: what is
//! needed of one is two percentiles of the normal distribution, which are constants.

mod batch_means;
mod begins;
mod blocks;
#[cfg(test)]
mod calibrated;
mod climb;
mod courses;
mod detectable;
mod exact;
mod fits;
mod floors;
mod judgement;
mod kept;
mod mann_kendall;
mod noisy;
mod normal;
mod pace;
mod restarts;
mod rises;
mod steps;
mod teeth;
#[cfg(test)]
mod tests;
mod theil_sen;
mod turns;

pub use judgement::{Judgement, QUARTERS};

use harness_model::Basis;

/// What kind of figures a series has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Integers without noise; each can be compared with the one `cycle` iterations before, which worked on the same.
    Exact {
        /// Iterations after which the inputs come round again.
        cycle: u64,
    },
    /// Measurements that vary by themselves.
    Noisy,
}

/// Judges a series: first the value where the measured iterations begin, then one for each of them. What a statistical
/// judgement could not have shown is left out: see [`examine`].
pub fn judge(values: &[u64], kind: Kind) -> Judgement {
    match kind {
        Kind::Exact { cycle } => exact::judge(values, usize::try_from(cycle).unwrap_or(usize::MAX)),
        Kind::Noisy => noisy::judge(values),
    }
}

/// Judges a series as [`judge`] does, and says what it could not have shown, which takes some fifty times as long.
pub fn examine(values: &[u64], kind: Kind) -> Judgement {
    let mut judgement = judge(values, kind);
    judgement.minimum_detectable_effect = match (kind, judgement.basis) {
        (Kind::Exact { cycle }, Basis::Exact) => {
            let cycle = usize::try_from(cycle).unwrap_or(usize::MAX);
            detectable::in_counts(values, cycle, &judgement)
        }
        _ => detectable::minimum_detectable_effect(values, &judgement),
    };
    judgement
}

/// The index from which a series that grows does so; none where that is from its beginning on.
pub fn begins(values: &[u64]) -> Option<u64> {
    begins::begins(&kept::floats(values))
}

/// Whether a cache that fills explains what comes after a place of a series about as well as a line of its own does: then
/// that is not to be judged by itself.
pub fn fills(values: &[u64], begins: usize) -> bool {
    courses::fills(&kept::floats(values), begins)
}
