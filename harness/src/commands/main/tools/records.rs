//! The allocator's own records: which stack, and which part of the pipeline, holds more with every iteration.
//!
//! Unlike dhat and valgrind these cost little, so the loop runs at its full length, once: the records are taken after
//! one pass over the texts or a tenth of the iterations, and again at the end. Both moments are at the same point of
//! the texts' cycle, and what was set up before the first cancels.

use super::{Ran, ToolRun, run_all};
use crate::allocator::Mode;
use crate::child::{Records, Task};
use crate::commands::main::Failure;
use crate::commands::main::plan::Plan;
use crate::engine::process::{End, Launch};
use crate::probe::records;
use crate::probe::records::{Moment, PartRecords, SiteRecords};
use crate::probe::source::SourceTree;
use crate::workload::Zones;
use harness_judge::attribution::sites::match_runs;
use harness_model::Account;
use harness_model::Instrument;
use harness_model::condition::slug;
use harness_model::{
    PartGrowth, PartReport, PartRun, Probe, SitePair, SiteReport, SiteRun, Workload,
};
use harness_tally::stack;
use serde::Deserialize;
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs the loops with every allocation attributed to its stack.
pub fn sites(
    plan: &Plan,
    interrupted: &AtomicBool,
    workload: &mut Workload,
) -> Result<Probe<SiteReport>, Failure> {
    if !stack::SUPPORTED {
        return Ok(Probe::NotRun {
            reason: "stacks are walked on Linux, x86-64 and aarch64, alone".to_owned(),
            remedy: None,
        });
    }
    let tree = SourceTree::of_the_user();
    run(
        plan,
        interrupted,
        workload,
        Instrument::Sites,
        Mode::Sites,
        |zones, ran, records: SiteRecords| {
            if records.overflowed > 0 {
                return Err(format!(
                    "{} allocations have no site: the program has more stacks than are told apart",
                    records.overflowed
                ));
            }
            let run = |moment: Moment, seen: records::Live| SiteRun {
                iterations: moment.iterations,
                seconds: ran.run.seconds,
                counted_bytes: moment.gained_bytes,
                counted_blocks: moment.gained_blocks,
                seen_bytes: seen.bytes,
                seen_blocks: seen.blocks,
                files: ran.run.files.clone(),
            };
            let matched = match_runs(
                &records.observation(false),
                &records.observation(true),
                tree,
            );
            let growing = matched.iter().filter(|site| site.grows());
            Ok(SitePair {
                condition: zones.phrase().to_owned(),
                short: run(records.short, records.short_total),
                long: run(records.long, records.long_total),
                proof: None,
                growing: growing.map(|site| site.to_summary()).collect(),
                hidden: Vec::new(),
            })
        },
    )
    .map(|probe| probe.map(|pairs| SiteReport { pairs }))
}

/// Runs the loops with every allocation attributed to the part of the pipeline that made it.
pub fn parts(
    plan: &Plan,
    interrupted: &AtomicBool,
    workload: &mut Workload,
) -> Result<Probe<PartReport>, Failure> {
    run(
        plan,
        interrupted,
        workload,
        Instrument::Groups,
        Mode::Groups,
        |zones, _, records: PartRecords| {
            let between = records.long.iterations - records.short.iterations;
            let growth = |long: &Account| {
                let short = records.short_accounts.iter().find(|a| a.part == long.part);
                PartGrowth::between(short, long, between)
            };
            Ok(PartRun {
                condition: zones.phrase().to_owned(),
                iterations: between,
                parts: records.long_accounts.iter().map(growth).collect(),
            })
        },
    )
    .map(|probe| probe.map(|runs| PartReport { runs }))
}

/// Runs each loop once in a child with `mode`, and makes something of the records of each.
fn run<R: for<'de> Deserialize<'de>, T>(
    plan: &Plan,
    interrupted: &AtomicBool,
    workload: &mut Workload,
    instrument: Instrument,
    mode: Mode,
    make: impl Fn(Zones, &Ran, R) -> Result<T, String>,
) -> Result<Probe<Vec<T>>, Failure> {
    let name = instrument.name();
    if !plan.wants(instrument) {
        return Ok(Probe::NotRun {
            reason: "not asked for".to_owned(),
            remedy: Some(format!("Ask for it with --probes {name}.")),
        });
    }
    let stopped = Probe::NotRun {
        reason: "the run was stopped first".to_owned(),
        remedy: None,
    };
    if interrupted.load(Ordering::Relaxed) {
        return Ok(stopped);
    }
    let launch = |&zones: &Zones| {
        let stem = format!("{name}-{}", slug(zones.phrase()));
        let file = plan.tool_file(&stem, "json");
        let mut orders = plan.measured(zones);
        // From one pass over the texts, or a tenth of the iterations in whole passes, to the end.
        let tenth = (plan.spec.iters / 10 / plan.cycle).max(1) * plan.cycle;
        orders.records = Some(Records {
            file: file.clone(),
            first_after: tenth.min(plan.spec.iters / 2).max(1),
        });
        ToolRun {
            zones,
            iterations: orders.warmup + orders.iterations,
            launch: Launch {
                orders: Task::Loop(orders).orders(),
                mode,
                under: Vec::new(),
                environment: Vec::new(),
                timeout: None,
                log: plan.log(&stem),
            },
            files: vec![file],
            folder: None,
        }
    };
    let runs: Vec<ToolRun> = plan.loops.iter().map(launch).collect();
    let ran = run_all(name, &runs, plan, interrupted, workload)?;
    let mut made = Vec::new();
    for (run, ran) in runs.iter().zip(&ran) {
        let failed = |reason: String| {
            Ok(Probe::Failed {
                reason,
                files: vec![plan.relative(&run.launch.log)],
            })
        };
        match &ran.end {
            End::Done => {}
            End::Interrupted => return Ok(stopped),
            End::Refused(message) => return Err(Failure::WrongUse(message.clone())),
            End::Failed(how) => return failed(format!("the loop {} {how}", run.zones.phrase())),
        }
        let records = records::read(&run.files[0]);
        match records.and_then(|records| make(run.zones, ran, records)) {
            Ok(one) => made.push(one),
            Err(reason) => return failed(reason),
        }
    }
    Ok(Probe::Ran(made))
}
