//! What a run is measured with.

/// What can be measured with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instrument {
    /// The resident set after each iteration
    Rss,
    /// jemalloc's figures after each iteration, beside the exact counters
    Heap,
    /// dhat: the stacks of what is live at the end
    Dhat,
    /// valgrind memcheck: the stacks of what is lost
    Valgrind,
    /// The allocator's own records: the stacks of what grows over the whole loop
    Sites,
    /// Allocation groups: what each part of the pipeline allocates, frees and holds
    Groups,
}

impl Instrument {
    /// Every instrument, in the order in which they are used.
    pub const ALL: [Instrument; 6] = [
        Instrument::Rss,
        Instrument::Heap,
        Instrument::Sites,
        Instrument::Groups,
        Instrument::Dhat,
        Instrument::Valgrind,
    ];

    /// Its name on the command line and in the summary.
    pub fn name(self) -> &'static str {
        match self {
            Instrument::Rss => "rss",
            Instrument::Heap => "heap",
            Instrument::Dhat => "dhat",
            Instrument::Valgrind => "valgrind",
            Instrument::Sites => "sites",
            Instrument::Groups => "groups",
        }
    }

    /// What it measures, in a line.
    pub fn help(self) -> &'static str {
        match self {
            Instrument::Rss => "The resident set after each iteration",
            Instrument::Heap => {
                "jemalloc's figures after each iteration, beside the exact counters"
            }
            Instrument::Dhat => "dhat: the stacks of what is live at the end",
            Instrument::Valgrind => "valgrind memcheck: the stacks of what is lost",
            Instrument::Sites => {
                "The allocator's own records: the stacks of what grows over the whole loop"
            }
            Instrument::Groups => {
                "Allocation groups: what each part of the pipeline allocates, frees and holds"
            }
        }
    }
}

impl std::fmt::Display for Instrument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
