//! The main job: runs the loops, then the tools, and concludes.

pub(crate) mod examine;
mod export;
mod loops;
pub mod options;
mod plan;
pub mod spec;
pub(crate) mod tools;

use crate::commands::epilogue::{self, Reported};
use crate::commands::main::options::MainOptions;
use crate::engine::console::{Failure, is_quiet, listen_for_signals, remark, show, tell};
use crate::engine::{environment, place};
use crate::export::{Results, check};
use crate::probe::source::SourceTree;
use crate::report;
use crate::report::Extent;
use harness_judge::evidence::Evidence;
use harness_judge::ledger;
use harness_judge::verdict;
use harness_model::{
    Instrument, PartReport, Probe, SCHEMA_VERSION, SitePair, Stacks, Summary, Verdict, Workload,
};
use loops::Loops;
use plan::Plan;
use spec::LoopSpec;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Does the main job and says how it went; the exit code is the verdict's.
pub fn run(options: &MainOptions) -> ExitCode {
    let json = options.report.json;
    epilogue::end(try_run(options), json, |summary| summary.verdict.exit_code)
}

fn try_run(options: &MainOptions) -> Result<Reported<Summary>, Failure> {
    let started_at = environment::now();
    check(&options.export)?;
    let mut plan = Plan::new(&options.spec, PathBuf::new()).map_err(Failure::WrongUse)?;
    let out = place::take(&options.report.place, "", &started_at)?;
    plan.out = out.to_owned();
    let interrupted = listen_for_signals()?;
    remark(options.report.json, &plan.announcement());
    let concluded = carry_out(&plan, started_at, &interrupted)?;
    let summary = &concluded.document;
    show(options.report.json, &report::text(summary, extent(options)));
    if extent(options) == Extent::Figures {
        tell(options.report.json, "All tables: --details, or the page.");
    }
    let page = plan.out.join(report::PAGE_FILE);
    let sites = summary
        .stacks
        .iter()
        .filter_map(|stacks| stacks.result.ran());
    let growing = sites.flat_map(|sites| sites.pairs.iter().flat_map(|pair| &pair.growing));
    epilogue::tell_of_sources(
        options.report.json,
        growing.filter_map(|site| site.place.file.as_deref()),
    );
    concluded.tell_page(options.report.json, &plan.out);
    epilogue::hand_on(
        &Results::of_summary(summary, &page),
        [(summary.workload.name.as_str(), summary)],
        &options.export,
        &plan.out,
        options.report.json,
    )?;
    Ok(concluded)
}

/// How much is said on the terminal.
fn extent(options: &MainOptions) -> Extent {
    if is_quiet() {
        Extent::Answer
    } else if options.details {
        Extent::Details
    } else {
        Extent::Figures
    }
}

/// Does the main job for another job: measures, concludes and writes the report, and prints nothing but its progress.
pub(crate) fn summary(
    spec: &LoopSpec,
    out: PathBuf,
    interrupted: &AtomicBool,
) -> Result<Reported<Summary>, Failure> {
    let plan = Plan::new(spec, out).map_err(Failure::WrongUse)?;
    carry_out(&plan, environment::now(), interrupted)
}

/// Measures, concludes and writes the report.
fn carry_out(
    plan: &Plan,
    started_at: String,
    interrupted: &AtomicBool,
) -> Result<Reported<Summary>, Failure> {
    let begun = Instant::now();
    place::make_way(&plan.out)?;
    let mut workload = plan.workload();
    let measured = measure(plan, interrupted, &mut workload);
    if let Err(Failure::WrongUse(_)) = &measured {
        place::remove_if_empty(&plan.out);
    }
    let Measured {
        loops,
        stacks,
        parts,
    } = measured?;

    let interrupted = interrupted.load(Ordering::Relaxed);
    let mut summary = Summary {
        schema_version: SCHEMA_VERSION,
        tool: environment::tool(),
        environment: environment::environment(),
        options: plan.options(),
        workload,
        started_at,
        seconds: begun.elapsed().as_secs_f64(),
        interrupted,
        conditions: plan.conditions(),
        unmeasured: plan.unmeasured(),
        runs: loops.runs,
        stacks,
        parts,
        ledgers: Vec::new(),
        verdict: Verdict::not_judged(),
    };
    let evidence = Evidence::from_summary(&summary);
    let ledgers = summary.runs.iter().filter_map(|run| {
        let pair = evidence.reachability_of(&run.condition);
        let lost = pair.map(SitePair::lost_per_iteration);
        ledger::draw_up(&loops.samples, &run.condition, lost)
    });
    summary.ledgers = ledgers.collect();
    summary.verdict = verdict::judge(&Evidence::from_summary(&summary));
    let tree = SourceTree::of_the_user();
    let written = match loops.unwritten {
        Some(error) => Err(error),
        None => report::write(&summary, &loops.samples, &plan.out, tree),
    };
    Ok(Reported::new(summary, written))
}

/// What all instruments gave.
struct Measured {
    loops: Loops,
    stacks: Vec<Stacks>,
    parts: Probe<PartReport>,
}

/// Runs the loops and the instruments, one after the other.
fn measure(
    plan: &Plan,
    interrupted: &AtomicBool,
    workload: &mut Workload,
) -> Result<Measured, Failure> {
    let loops = loops::run(plan, interrupted, workload)?;
    let parts = tools::parts(plan, interrupted, workload)?;
    let mut stacks = Vec::new();
    for (instrument, look) in tools::STACKS {
        // What stands in for another is not told of where nobody needs it.
        if instrument == Instrument::Scan && !tools::scan_is_wanted(plan) {
            continue;
        }
        stacks.push(Stacks {
            instrument,
            result: look(plan, interrupted, workload)?,
        });
    }
    Ok(Measured {
        loops,
        stacks,
        parts,
    })
}
