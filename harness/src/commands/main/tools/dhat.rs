//! dhat: an allocator that keeps the stack of every block, in the child itself.

use super::{Tool, ToolRun, run_pairs};
use crate::allocator::Mode;
use crate::child::{Orders, Task};
use crate::commands::main::Failure;
use crate::commands::main::plan::Plan;
use crate::engine::process::Launch;
use crate::probe::dhat_json::DhatReport;
use harness_judge::attribution::sites::Observation;
use harness_model::Instrument;
use harness_model::{Probe, SitePair, SiteReport, Workload};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The report of the longer run of the last loop: the one to open first.
pub const MAIN_FILE: &str = "dhat-heap.json";

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
    run_pairs(
        &Dhat { plan },
        plan.spec.dhat_n(),
        plan,
        interrupted,
        workload,
    )
}

struct Dhat<'p> {
    plan: &'p Plan,
}

impl Dhat<'_> {
    fn file(&self, orders: &Orders, stem: &str) -> PathBuf {
        let main = self.plan.loops.last() == Some(&orders.zones)
            && orders.iterations > self.plan.spec.dhat_n();
        if main {
            self.plan.out.join(MAIN_FILE)
        } else {
            self.plan.tool_file(stem, "json")
        }
    }
}

impl Tool for Dhat<'_> {
    fn name(&self) -> &'static str {
        Instrument::Dhat.name()
    }

    fn launch(&self, mut orders: Orders, stem: &str) -> Result<ToolRun, String> {
        let file = self.file(&orders, stem);
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
