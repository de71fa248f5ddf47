//! What a verdict rests on.

use harness_model::condition::expects;
use harness_model::{
    Condition, Expectation, Instrument, Ledger, Probe, Run, SitePair, SiteReport, Stacks, Summary,
};

/// What the verdict rests on.
pub struct Evidence<'e> {
    /// The conditions under which loops were to be measured.
    pub conditions: &'e [Condition],
    /// The measured loops.
    pub runs: &'e [Run],
    /// What the instruments saw that know stacks.
    pub stacks: &'e [Stacks],
    /// The ledgers of the loops.
    pub ledgers: &'e [Ledger],
    /// Required instruments that came to no result.
    pub missing: Vec<String>,
    /// Names of conditions that the workload has and that nobody asked for.
    pub unmeasured: Vec<String>,
    /// Somebody stopped the run.
    pub interrupted: bool,
    /// Iterations after which the texts come round again.
    pub cycle: u64,
}

impl<'e> Evidence<'e> {
    /// All that a run's report says, but for its verdict: so a verdict can be come to again from a report alone.
    pub fn from_summary(summary: &'e Summary) -> Evidence<'e> {
        Evidence {
            conditions: &summary.conditions,
            runs: &summary.runs,
            stacks: &summary.stacks,
            ledgers: &summary.ledgers,
            missing: missing(summary),
            unmeasured: summary.unmeasured.clone(),
            interrupted: summary.interrupted,
            cycle: summary.workload.cycle,
        }
    }

    /// The loop that was measured under a condition.
    pub fn run(&self, condition: &str) -> Option<&'e Run> {
        self.runs.iter().find(|run| run.condition == condition)
    }

    /// Whether memory has to be flat under a condition.
    pub fn is_flat(&self, condition: &str) -> bool {
        expects(self.conditions, condition) == Expectation::Flat
    }

    /// What the instrument saw that tells lost blocks from held ones, or why it saw nothing: of several the first that
    /// ran, else the first that was tried.
    pub fn reachability(&self) -> Option<&'e Stacks> {
        let tell = || {
            let stacks = self.stacks.iter();
            stacks.filter(|stacks| stacks.instrument.tells_lost_blocks())
        };
        tell()
            .find(|stacks| stacks.result.ran().is_some())
            .or_else(|| tell().find(|stacks| matches!(stacks.result, Probe::Failed { .. })))
            .or_else(|| tell().next())
    }

    /// What the same instrument saw of the loop under a condition, if it ran.
    pub fn reachability_of(&self, condition: &str) -> Option<&'e SitePair> {
        self.reachability()?.result.ran()?.pair(condition)
    }

    /// What each instrument that knows stacks saw of the loop under a condition: that which tells lost blocks first,
    /// then the others in their order.
    pub fn pairs_of(&self, condition: &str) -> Vec<(Instrument, &'e SitePair)> {
        let pair = |stacks: &'e Stacks| {
            let report: &'e Probe<SiteReport> = &stacks.result;
            Some((stacks.instrument, report.ran()?.pair(condition)?))
        };
        let mut pairs: Vec<_> = self.stacks.iter().filter_map(pair).collect();
        pairs.sort_by_key(|(instrument, _)| !instrument.tells_lost_blocks());
        pairs
    }
}

/// Required instruments that came to no result. Without those that the loops are measured with there is no run at all.
fn missing(summary: &Summary) -> Vec<String> {
    let lacks = |name: &&String| {
        let mut stacks = summary.stacks.iter();
        let stacks = stacks.find(|stacks| stacks.instrument.name() == **name);
        match stacks {
            Some(stacks) => stacks.result.ran().is_none(),
            None => **name == Instrument::Groups.name() && summary.parts.ran().is_none(),
        }
    };
    summary
        .options
        .require
        .iter()
        .filter(lacks)
        .cloned()
        .collect()
}
