//! Judges a program by what it holds after several counts of iterations: who takes what grows, and why it stays.
//!
//! A program that is not ours cannot be asked after each iteration. But it can be run again with another count, and what
//! each of its call sites holds at the end is exact. So a figure is a point for each run, and growth is a line through
//! them ([`trend`]). Two points tell nothing: a cache that fills and a leak look alike, until the cache is full. At least
//! three are needed, far apart, and all of them on the line.
//!
//! ```
//! use harness_judge::counts::{Amount, Course, Figures, course};
//!
//! // What a call site holds after 10, 100, 1,000 and 10,000 iterations.
//! let history = |blocks: [u64; 4]| -> Vec<Figures> {
//!     let counts = [10, 100, 1_000, 10_000].into_iter().zip(blocks);
//!     counts.map(|(iterations, blocks)| Figures {
//!         iterations,
//!         taken: iterations,
//!         end: Amount { bytes: 48 * blocks, blocks },
//!         peak: Amount { bytes: 48 * blocks, blocks },
//!         ..Figures::default()
//!     }).collect()
//! };
//! let Course::Grows(growth) = course(&history([10, 100, 1_000, 10_000])) else { panic!("a leak") };
//! assert_eq!(growth.rate.bytes, 48.0);
//! assert!(matches!(course(&history([10, 100, 512, 512])), Course::Bounded { .. }));
//! ```

mod allocator;
mod amounts;
mod conclude;
mod course;
mod evidence;
mod explain;
mod found;
mod garbage;
mod grow;
mod growths;
mod nature;
mod one_site;
mod pair;
pub mod plan;
mod rising;
mod sentence;
mod settled;
#[cfg(test)]
mod tests;
pub mod trend;

pub use conclude::{Certainty, Conclusion, conclude};
pub use course::{Course, Growth, Kept, Rate, Wait};
pub use evidence::{
    Allocator, AllocatorFigures, Collector, Evidence, Phase, ProcessFigures, ProcessHistory,
    RunFacts, Service, SiteHistory, Suppressions,
};
pub use grow::{kernel_figures, site_course};
pub use one_site::course;

/// Bytes, in so many blocks; or what else is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Bytes.
    pub bytes: u64,
    /// Blocks.
    pub blocks: u64,
}

impl Amount {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Amount) -> Amount {
        Amount {
            bytes: self.bytes.saturating_add(other.bytes),
            blocks: self.blocks.saturating_add(other.blocks),
        }
    }

    /// The greater of each.
    #[must_use]
    pub fn max(self, other: Amount) -> Amount {
        Amount {
            bytes: self.bytes.max(other.bytes),
            blocks: self.blocks.max(other.blocks),
        }
    }
}

/// How far what was lost is told from what is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// Nobody looked, or the scan came to nothing.
    #[default]
    Unknown,
    /// Looked, but not everything could be stopped meanwhile: what seems lost may be held.
    Doubtful,
    /// All of it was looked at.
    Scanned,
}

/// What one call site did in one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The count of iterations that the run was given.
    pub iterations: u64,
    /// How many blocks it took, freed or not.
    pub taken: u64,
    /// What lived at the end.
    pub end: Amount,
    /// The most that ever lived at once.
    pub peak: Amount,
    /// Of what lived at the end: what nothing points to, or only what is lost itself.
    pub lost: Amount,
    /// Of what lived at the end: what is pointed to at its inside alone.
    pub possible: Amount,
    /// How far those two can be trusted.
    pub trust: Trust,
    /// How fine the figures are.
    pub grain: Grain,
}

/// How fine figures are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    /// To the byte and the block.
    #[default]
    Exact,
    /// The tool rounds what it tells, to so many bytes; it counts no blocks.
    Rounded {
        /// The last digit that it tells.
        bytes: u64,
    },
    /// The tool looks at one block in many, and foretells the rest of them.
    Sampled {
        /// Bytes that one block stands for that it looked at.
        bytes: u64,
        /// Blocks that it stands for.
        blocks: u64,
    },
}

impl Grain {
    /// What figures rise by at once.
    fn unit(self) -> Amount {
        match self {
            Grain::Exact => Amount {
                bytes: 1,
                blocks: 1,
            },
            Grain::Rounded { bytes } => Amount {
                bytes,
                blocks: bytes,
            },
            Grain::Sampled { bytes, blocks } => Amount { bytes, blocks },
        }
    }
}

impl Figures {
    /// The same of two call sites together, in one run.
    #[must_use]
    pub fn plus(self, other: Figures) -> Figures {
        Figures {
            iterations: self.iterations,
            taken: self.taken.saturating_add(other.taken),
            end: self.end.plus(other.end),
            peak: self.peak.plus(other.peak),
            lost: self.lost.plus(other.lost),
            possible: self.possible.plus(other.possible),
            trust: self.trust.min(other.trust),
            grain: self.grain.max(other.grain),
        }
    }

    /// The greater figures of two processes that do the same.
    #[must_use]
    pub fn max(self, other: Figures) -> Figures {
        Figures {
            iterations: self.iterations,
            taken: self.taken.max(other.taken),
            end: self.end.max(other.end),
            peak: self.peak.max(other.peak),
            lost: self.lost.max(other.lost),
            possible: self.possible.max(other.possible),
            trust: self.trust.min(other.trust),
            grain: self.grain.max(other.grain),
        }
    }
}
