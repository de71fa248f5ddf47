//! What a verdict rests on.

use harness_model::{Ledger, Probe, Run, Sample, SiteReport, Zones};

/// What the verdict rests on.
pub struct Evidence<'e> {
    /// The measured loops.
    pub runs: &'e [Run],
    /// The runs under dhat.
    pub dhat: &'e Probe<SiteReport>,
    /// The runs under valgrind.
    pub valgrind: &'e Probe<SiteReport>,
    /// The allocator's own records.
    pub sites: &'e Probe<SiteReport>,
    /// The samples of all loops.
    pub samples: &'e [Sample],
    /// The ledgers of the loops.
    pub ledgers: &'e [Ledger],
    /// Required instruments that came to no result.
    pub missing: Vec<String>,
    /// Somebody stopped the run.
    pub interrupted: bool,
    /// Iterations after which the texts come round again.
    pub cycle: u64,
}

impl Evidence<'_> {
    /// The measured loop with zones, or the one without.
    pub fn run(&self, zones: Zones) -> Option<&Run> {
        self.runs.iter().find(|run| run.zones == zones)
    }

    /// What knows stacks, by name.
    pub fn tools(&self) -> [(&'static str, &Probe<SiteReport>); 3] {
        [
            ("the allocator's records", self.sites),
            ("dhat", self.dhat),
            ("valgrind", self.valgrind),
        ]
    }
}
