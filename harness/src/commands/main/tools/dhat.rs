//! dhat: an allocator that keeps the stack of every block, in the child itself.

use super::{Tool, ToolRun, run_pairs};
use crate::allocator::Mode;
use crate::child::{Orders, Task};
use crate::commands::main::Failure;
use crate::commands::main::plan::Plan;
use crate::engine::process::Launch;
use crate::files::{self, Access};
use crate::probe::dhat_json::{DhatReport, from_the_program_on};
use crate::probe::source::SourceTree;
use crate::report::DHAT_FILE;
use harness_judge::attribution::sites::Observation;
use harness_model::Instrument;
use harness_model::{Probe, SitePair, SiteReport, Workload};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Runs the loops under dhat.
pub fn dhat(
    plan: &Plan,
    interrupted: &AtomicBool,
    workload: &mut Workload,
) -> Result<Probe<SiteReport>, Failure> {
    if !plan.wants(Instrument::Dhat) {
        return Ok(Probe::NotRun {
            reason: "not asked for".to_owned(),
            remedy: Some("Ask for it with --probes dhat.".to_owned()),
        });
    }
    let n = plan.spec.dhat_n();
    let probe = run_pairs(&Dhat { plan }, n, plan, interrupted, workload)?;
    if let Probe::Ran(report) = &probe {
        // The tools' own files are there: what cannot be copied, as on a full disk, is no loss.
        let _ = write_main_file(plan, &report.pairs);
    }
    Ok(probe)
}

fn write_main_file(plan: &Plan, pairs: &[SitePair]) -> Option<()> {
    let gain = |pair: &SitePair| -> f64 {
        let growing = pair.growing.iter();
        growing.map(|site| site.bytes_per_iteration.max(0.0)).sum()
    };
    // Of loops that grow alike, the first: without zones, where both were run.
    let most = pairs
        .iter()
        .rev()
        .max_by(|a, b| gain(a).total_cmp(&gain(b)))?;
    let file = files::read(&plan.out.join(most.long.files.first()?)).ok()?;
    let trimmed = from_the_program_on(&file, SourceTree::of_the_user())?;
    files::replace(&plan.out.join(DHAT_FILE), &trimmed, Access::Private).ok()?;
    Some(())
}

struct Dhat<'p> {
    plan: &'p Plan,
}

impl Tool for Dhat<'_> {
    fn name(&self) -> &'static str {
        Instrument::Dhat.name()
    }

    fn launch(&self, mut orders: Orders, stem: &str) -> Result<ToolRun, String> {
        let file = self.plan.tool_file(stem, "json");
        orders.dhat_file = Some(file.clone());
        Ok(ToolRun {
            zones: orders.zones,
            iterations: orders.iterations,
            launch: Launch {
                orders: Task::Loop(orders).orders(),
                mode: Mode::Dhat,
                under: Vec::new(),
                environment: Vec::new(),
                timeout: Some(Duration::from_secs(self.plan.spec.tool_timeout)),
                log: self.plan.log(stem),
            },
            files: vec![file],
            folder: None,
        })
    }

    fn observe(&self, report: &Path, iterations: u64) -> Result<Observation, String> {
        let report = DhatReport::read(report).map_err(|error| error.to_string())?;
        match &report.truncated {
            Some(why) => Err(format!("dhat's report is not whole: {why}")),
            None => Ok(report.observation(iterations)),
        }
    }

    fn check(
        &self,
        _: &mut SitePair,
        _: &mut Observation,
        _: &mut Observation,
    ) -> Result<(), String> {
        // dhat is the allocator: what it has not seen was not allocated.
        Ok(())
    }
}
