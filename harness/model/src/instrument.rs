//! What a run is measured with.

use serde::{Deserialize, Serialize};

/// What can be measured with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Instrument {
    /// The allocator's exact counters, which are always read.
    Counters,
    /// The resident set after each iteration.
    Rss,
    /// jemalloc's figures after each iteration, beside the exact counters.
    Heap,
    /// The allocator's own records: the stacks of what grows over the whole loop.
    Sites,
    /// Allocation groups: what each part of the pipeline allocates, frees and holds.
    Groups,
    /// dhat: the stacks of what is live at the end.
    Dhat,
    /// valgrind memcheck: the stacks of what is lost.
    Valgrind,
    /// The scan of the preloaded library: the stacks of what is lost, without valgrind.
    Scan,
}

/// What is known of an instrument: a row for each.
struct Row {
    instrument: Instrument,
    name: &'static str,
    /// How a sentence names it.
    title: &'static str,
    help: &'static str,
    tells_lost_blocks: bool,
}

const fn row(
    instrument: Instrument,
    name: &'static str,
    title: &'static str,
    help: &'static str,
) -> Row {
    Row {
        instrument,
        name,
        title,
        help,
        tells_lost_blocks: false,
    }
}

const ROWS: [Row; 8] = [
    row(
        Instrument::Counters,
        "counters",
        "the counters",
        "The allocator's exact counters, which are always read",
    ),
    row(
        Instrument::Rss,
        "rss",
        "the resident set",
        "The resident set after each iteration",
    ),
    row(
        Instrument::Heap,
        "heap",
        "jemalloc",
        "jemalloc's figures after each iteration, beside the exact counters",
    ),
    row(
        Instrument::Sites,
        "sites",
        "the allocator's records",
        "The allocator's own records: the stacks of what grows over the whole loop",
    ),
    row(
        Instrument::Groups,
        "groups",
        "the allocation groups",
        "Allocation groups: what each part of the pipeline allocates, frees and holds",
    ),
    row(
        Instrument::Dhat,
        "dhat",
        "dhat",
        "dhat: the stacks of what is live at the end",
    ),
    Row {
        tells_lost_blocks: true,
        ..row(
            Instrument::Valgrind,
            "valgrind",
            "valgrind",
            "valgrind memcheck: the stacks of what is lost",
        )
    },
    Row {
        tells_lost_blocks: true,
        ..row(
            Instrument::Scan,
            "scan",
            "the scan",
            "The scan of the preloaded library: the stacks of what is lost, in place of a valgrind that is not installed",
        )
    },
];

impl Instrument {
    /// Every instrument that can be asked for, in the order in which they are used.
    pub const ALL: [Instrument; 7] = [
        Instrument::Rss,
        Instrument::Heap,
        Instrument::Sites,
        Instrument::Groups,
        Instrument::Dhat,
        Instrument::Valgrind,
        Instrument::Scan,
    ];

    /// Those that are used where nobody says which. The scan stands in for valgrind by itself where that is missing.
    pub const BY_DEFAULT: [Instrument; 6] = [
        Instrument::Rss,
        Instrument::Heap,
        Instrument::Sites,
        Instrument::Groups,
        Instrument::Dhat,
        Instrument::Valgrind,
    ];

    fn row(self) -> &'static Row {
        let mut rows = ROWS.iter();
        rows.find(|row| row.instrument == self)
            .expect("every instrument has a row")
    }

    /// Its name on the command line and in documents.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// How a sentence names it: `the allocator's records`.
    pub fn title(self) -> &'static str {
        self.row().title
    }

    /// What it measures, in a line.
    pub fn help(self) -> &'static str {
        self.row().help
    }

    /// Whether it tells blocks that nothing can reach from those that are held.
    pub fn tells_lost_blocks(self) -> bool {
        self.row().tells_lost_blocks
    }
}

impl std::fmt::Display for Instrument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instrument_has_its_own_row() {
        for instrument in Instrument::ALL.iter().chain([&Instrument::Counters]) {
            assert!(!instrument.name().is_empty());
        }
        assert_eq!(ROWS.len(), Instrument::ALL.len() + 1);
    }
}
