//! `harness run --fail-allocations`: one allocation fails in each of many runs, and what the command does then is held
//! against a run in which none does.
//!
//! - [`plan`]: which allocations.
//! - [`compare`]: what is lost that was not before.
//! - [`findings`]: the same of all runs together, with names.

mod compare;
mod findings;
mod plan;
mod verdict;

use super::gather::Gatherer;
use super::launch::{Failing, How};
use super::measure::Setup;
use super::one_run::OneRun;
use super::options::RunOptions;
use crate::engine::console::Failure;
use crate::engine::progress::Progress;
use crate::recording::{Kind, Recording, ScanKind, StackId, StackKeys, State};
use compare::Baseline;
use findings::Findings;
use harness_model::program::{ErrorPathEnding, ErrorPaths, ProgramVerdict};
use plan::Stack;
use std::collections::{HashMap, HashSet};

/// The count of iterations, where nobody said: the second goes the way of all later ones.
const ITERATIONS: u64 = 2;
/// Seconds that a run may take where the one without a failure takes none, and how many times as long as that one.
const LEAST_TIME: f64 = 10.0;
const TIMES: f64 = 20.0;

/// What came of it.
pub(super) struct Outcome {
    /// The run in which nothing failed.
    pub baseline: OneRun,
    /// What was found, if the command can be judged at all.
    pub error_paths: Option<ErrorPaths>,
    /// The conclusion.
    pub verdict: ProgramVerdict,
}

/// Runs the command without a failure, and then with one after the other.
pub(super) fn fail_allocations(
    setup: &Setup,
    options: &RunOptions,
    gatherer: &mut Gatherer,
) -> Result<Outcome, Failure> {
    let iterations = options.iters.first().copied().unwrap_or(ITERATIONS);
    let run = |failing, timeout| setup.run_failing(iterations, failing, timeout);
    let none = Failing {
        site: 0,
        number: 0,
        program: 0,
    };
    let baseline = run(none, options.timeout)?;
    let own = match own_record(&baseline) {
        Some(own) if matches!(baseline.ended.how, How::Exited(_)) => own,
        own => {
            let verdict = verdict::cannot_be_judged(&baseline, own.is_some());
            return Ok(Outcome {
                baseline,
                error_paths: None,
                verdict,
            });
        }
    };
    let stacks = stacks(own, gatherer);
    let spent = setup.begun().elapsed().as_secs_f64();
    let most = (options.budget - spent) / baseline.ended.seconds.max(0.001);
    let (every, plan) = plan::plan(&stacks, program(&baseline, own), most.max(0.0) as u64);
    let timeout = LEAST_TIME.max(TIMES * baseline.ended.seconds);
    let mut findings = Findings::new(Baseline::new(own), baseline.ended.how.clone());
    let mut endings: HashMap<String, u64> = HashMap::new();
    let mut tried = HashSet::new();
    let (mut runs, mut scanned) = (0, own.scan.kind == ScanKind::Done);
    let progress = Progress::begin("Failing allocations", plan.len() as u64, "runs");
    for failing in &plan {
        if setup.is_interrupted() || setup.begun().elapsed().as_secs_f64() > options.budget {
            break;
        }
        let run = run(*failing, timeout.min(options.timeout))?;
        progress.step();
        if run.ended.how == How::Interrupted {
            break;
        }
        let Some(recording) = own_record(&run).filter(|one| one.failed.is_some()) else {
            // It took another way, as programs do that depend on the time or on chance.
            continue;
        };
        runs += 1;
        *endings.entry(run.ended.how.clause()).or_default() += 1;
        let failed = recording.failed.unwrap_or(StackId::UNKNOWN);
        tried.insert(StackKeys::new(recording).of(failed));
        if matches!(run.ended.how, How::Exited(_)) {
            scanned &= recording.scan.kind == ScanKind::Done;
        }
        findings.add(&run.ended.how, recording, failing.number, gatherer);
    }
    progress.end(if setup.is_interrupted() {
        "stopped"
    } else {
        "done"
    });
    let mut endings: Vec<ErrorPathEnding> = endings
        .into_iter()
        .map(|(ended, runs)| ErrorPathEnding { ended, runs })
        .collect();
    endings.sort_by(|a, b| b.runs.cmp(&a.runs).then_with(|| a.ended.cmp(&b.ended)));
    let error_paths = ErrorPaths {
        iterations,
        allocations: stacks.iter().map(|stack| stack.taken).sum(),
        call_stacks: stacks.len() as u64,
        every: every && runs > 0 && !setup.is_interrupted(),
        runs,
        call_stacks_tried: tried.len() as u64,
        endings,
        findings: findings.finish(),
    };
    let verdict = verdict::conclude(&error_paths, own, scanned, setup.is_interrupted());
    Ok(Outcome {
        baseline,
        error_paths: Some(error_paths),
        verdict,
    })
}

/// The record of the command's own process, of the program that it last became.
fn own_record(run: &OneRun) -> Option<&Recording> {
    let own = run.recordings.iter();
    own.filter(|one| one.pid == run.ended.pid && one.state != State::Replaced)
        .max_by_key(|one| one.begun_ns)
}

/// How many programs the process was before it was this one.
fn program(run: &OneRun, own: &Recording) -> u32 {
    let own_records = run.recordings.iter().filter(|one| one.pid == own.pid);
    own_records
        .filter(|one| one.begun_ns < own.begun_ns)
        .count() as u32
}

/// The call stacks that allocate, in the order in which they were met.
fn stacks(recording: &Recording, gatherer: &mut Gatherer) -> Vec<Stack> {
    let mut places = HashMap::new();
    let heap = recording
        .sites
        .iter()
        .filter(|site| site.kind == Kind::Heap && site.taken > 0);
    let stacks = heap.map(|site| {
        let (place, ..) = gatherer.name(recording, site.stack, Kind::Heap);
        let next = places.len();
        Stack {
            site: site.number,
            taken: site.taken,
            place: *places.entry(place.to_string()).or_insert(next),
        }
    });
    stacks.collect()
}
