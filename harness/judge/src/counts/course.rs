//! What one call site may do as the count grows.

use super::trend::Line;

/// What is gained an iteration.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate {
    /// Bytes.
    pub bytes: f64,
    /// Blocks.
    pub blocks: f64,
}

/// Why what grows stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Nothing points to it.
    Lost,
    /// It is pointed to at its inside alone, or seems lost by a scan that can be doubted.
    PossiblyLost,
    /// Something points to it.
    Held,
    /// Nobody looked.
    Unknown,
}

/// Growth of a call site.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// What it gains an iteration.
    pub rate: Rate,
    /// Why that stays, by parts of the rate; the greatest first.
    pub parts: Vec<(Kept, Rate)>,
    /// Along which line it grows.
    pub line: Line,
    /// Some of it is pointed to at its inside alone, which memcheck calls possibly lost.
    pub inside: bool,
    /// Bytes are those of a table that doubles: what an iteration needs of it.
    pub amortised: bool,
    /// It grew while the program lived, and was freed before its end.
    pub freed_at_end: bool,
}

/// What may look like growth in a runtime with a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A collector ran at the end, and it was gone then: by that, or because the service had let go of it.
    Gone,
    /// No collector is known to have run.
    Unasked,
    /// Names of attributes, some thousands of which Python keeps in a table of its own.
    Names,
}

/// What a call site does as the count of iterations grows.
#[derive(Clone, Debug, PartialEq)]
pub enum Course {
    /// It holds nothing, or ever less.
    Nothing,
    /// It holds the same, or some that it took once.
    OneOff {
        /// How many bytes.
        bytes: u64,
        /// It took as many blocks at every count, but their size went with the count.
        sized_by_count: bool,
    },
    /// It holds a few blocks whose size is that of the largest thing that they met.
    HighWater {
        /// How many bytes.
        bytes: u64,
    },
    /// It stopped growing.
    Bounded {
        /// How many bytes it holds at the most.
        bytes: u64,
        /// The least count at which it had stopped.
        by: u64,
    },
    /// It fills and is emptied.
    Sawtooth {
        /// How many bytes it holds at the most.
        bytes: u64,
    },
    /// It grows.
    Grows(Growth),
    /// It grew, and may have waited for a collector.
    Waits {
        /// What it gained an iteration.
        rate: Rate,
        /// As much with each iteration.
        with_each: bool,
        /// What it may be instead of growth.
        why: Wait,
    },
    /// It grows, and an entry of a file of suppressions hides that.
    Hidden {
        /// What it gains an iteration.
        rate: Rate,
        /// The entry, among those of the evidence.
        entry: usize,
    },
    /// It may grow: these runs do not tell.
    Unsure {
        /// Bytes an iteration, if it does, over the last two counts.
        bytes: f64,
        /// Blocks, in the same way.
        blocks: f64,
        /// Why that cannot be said, as a clause behind a comma or a colon.
        why: &'static str,
    },
}
