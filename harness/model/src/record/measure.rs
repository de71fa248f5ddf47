//! What is measured over time.

use serde::{Deserialize, Serialize};

/// A figure of a process, or of several together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Bytes in live blocks of the heap.
    Heap,
    /// Live blocks of the heap.
    HeapBlocks,
    /// Addresses that the program mapped by itself.
    Mapped,
    /// Resident memory that is of no file.
    Anonymous,
    /// Resident memory that nobody else shares (USS).
    Unique,
    /// Resident memory with shared pages divided among those who share them (PSS).
    Proportional,
    /// Resident memory (RSS).
    Resident,
    /// Memory that is of no file and that several can share, divided among those who do.
    Shared,
    /// Memory of graphics processors.
    Gpu,
    /// Open descriptors.
    Descriptors,
    /// Threads.
    Threads,
    /// Processes.
    Processes,
    /// Addresses that are reserved, touched or not (VSZ).
    Virtual,
    /// Memory that the kernel has written to swap.
    Swap,
    /// Bytes of something else: the series has a name of its own.
    OtherBytes,
    /// Something else: the series has a name of its own.
    Other,
}

impl Measure {
    /// All, in the order of a table.
    pub const ALL: [Measure; 16] = [
        Measure::Heap,
        Measure::HeapBlocks,
        Measure::Mapped,
        Measure::Anonymous,
        Measure::Unique,
        Measure::Proportional,
        Measure::Resident,
        Measure::Swap,
        Measure::Shared,
        Measure::Gpu,
        Measure::Virtual,
        Measure::Descriptors,
        Measure::Threads,
        Measure::Processes,
        Measure::OtherBytes,
        Measure::Other,
    ];

    /// What it is called in a sentence and in a table.
    pub fn words(self) -> &'static str {
        match self {
            Measure::Heap => "live heap",
            Measure::HeapBlocks => "live blocks",
            Measure::Mapped => "mappings",
            Measure::Anonymous => "anonymous memory",
            Measure::Unique => "USS",
            Measure::Proportional => "PSS",
            Measure::Resident => "RSS",
            Measure::Shared => "shared memory",
            Measure::Gpu => "GPU memory",
            Measure::Descriptors => "descriptors",
            Measure::Threads => "threads",
            Measure::Processes => "processes",
            Measure::Virtual => "virtual memory",
            Measure::Swap => "swap",
            Measure::OtherBytes => "other bytes",
            Measure::Other => "other",
        }
    }

    /// Whether it is none of those that are known: then the series has a name of its own.
    pub fn is_other(self) -> bool {
        matches!(self, Measure::OtherBytes | Measure::Other)
    }

    /// Whether it counts bytes; what does not counts things.
    pub fn is_bytes(self) -> bool {
        !matches!(
            self,
            Measure::HeapBlocks
                | Measure::Descriptors
                | Measure::Threads
                | Measure::Processes
                | Measure::Other
        )
    }
}
