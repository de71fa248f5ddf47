//! One loop examined as cheaply as tells the cause of its growth: the counters and the ledger, then the allocator's
//! records where live memory grows, and valgrind (or the scan, where that is missing) where it grows in no store.

use super::plan::Plan;
use super::{loops, tools};
use crate::commands::main::spec::LoopSpec;
use crate::engine::console::Failure;
use crate::engine::place;
use harness_judge::cause;
use harness_judge::ledger;
use harness_model::{Cause, CauseOfGrowth};
use harness_model::{Probe, Shape, SitePair, SiteReport};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// What came of it.
pub(crate) struct Examined {
    /// The cause of its growth.
    pub growth: CauseOfGrowth,
    /// What the allocator's records say, where they were taken.
    pub sites: Option<SitePair>,
}

/// Examines the one loop that `spec` asks for, and writes to `out`. Says nothing of its progress.
pub(crate) fn examine(
    spec: &LoopSpec,
    out: PathBuf,
    interrupted: &AtomicBool,
) -> Result<Examined, Failure> {
    let mut plan = Plan::new(spec, out).map_err(Failure::WrongUse)?;
    plan.quiet = true;
    place::make_way(&plan.out)?;
    let mut workload = plan.workload();
    let loops = loops::run(&plan, interrupted, &mut workload)?;
    let run = match &loops.runs[..] {
        [run] if run.completed => run,
        [run, ..] => {
            let how = run.failure.as_deref().unwrap_or("did not end");
            return Err(Failure::Broken(format!("the loop {how}")));
        }
        [] => return Err(Failure::Broken("nothing was measured".to_owned())),
    };
    let decide = |valgrind: Option<&SitePair>| {
        let lost = valgrind.map(SitePair::lost_per_iteration);
        let ledger = ledger::draw_up(&loops.samples, &run.condition, lost);
        cause::decide(run, ledger.as_ref(), valgrind)
    };
    let mut growth = decide(None);
    let mut sites = None;
    let live_grows = !matches!(growth.cause, Cause::OutsideTheHeap | Cause::Allocator)
        && growth.shape == Shape::Growing;
    if live_grows {
        sites = only_pair(tools::sites(&plan, interrupted, &mut workload)?)?;
    }
    if growth.cause == Cause::ReachabilityUnknown {
        let mut probe = tools::valgrind(&plan, interrupted, &mut workload)?;
        if matches!(probe, Probe::NotRun { .. }) {
            probe = tools::scan(&plan, interrupted, &mut workload)?;
        }
        let pair = only_pair(probe)?;
        growth = decide(pair.as_ref());
    }
    Ok(Examined { growth, sites })
}

/// The pair of the one loop, or why there is none.
fn only_pair(probe: Probe<SiteReport>) -> Result<Option<SitePair>, Failure> {
    match probe {
        Probe::Ran(report) => Ok(report.pairs.into_iter().next()),
        Probe::NotRun { reason, .. } | Probe::Failed { reason, .. } => Err(Failure::Broken(reason)),
    }
}
