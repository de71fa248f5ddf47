//! The runs under dhat, under valgrind and with the preloaded library: each loop for n and for 10n iterations, the blocks matched by stack.

mod dhat;
mod planted;
mod records;
mod scan;
mod valgrind;

pub use crate::commands::main::tools::dhat::dhat;
pub use crate::commands::main::tools::records::{parts, sites};
pub use crate::commands::main::tools::scan::{scan, scan_is_wanted};
pub use crate::commands::main::tools::valgrind::{suppressions_of_the_repository, valgrind};

use super::Failure;
use super::plan::Plan;
use crate::child::Orders;
use crate::engine::environment;
use crate::engine::process;
use crate::engine::process::{End, Launch};
use crate::engine::progress::Progress;
use crate::engine::protocol::Message;
use crate::files;
use crate::probe::source::SourceTree;
use crate::workload::Zones;
use harness_judge::attribution::sites::{Observation, match_runs};
use harness_model::condition::slug;
use harness_model::units::several;
use harness_model::{Hidden, Instrument, Probe, SitePair, SiteReport, SiteRun, Workload};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

/// What an instrument that knows stacks makes of the loops of a plan.
type Look = fn(&Plan, &AtomicBool, &mut Workload) -> Result<Probe<SiteReport>, Failure>;

/// The instruments that know stacks, in the order in which they run.
pub const STACKS: [(Instrument, Look); 4] = [
    (Instrument::Sites, sites),
    (Instrument::Dhat, dhat),
    (Instrument::Valgrind, valgrind),
    (Instrument::Scan, scan),
];

/// One run of a child under a tool.
struct ToolRun {
    zones: Zones,
    iterations: u64,
    launch: Launch,
    /// What the tool writes; the first file is its report.
    files: Vec<PathBuf>,
    /// The folder in which it names its files itself: these come before the others.
    folder: Option<PathBuf>,
}

/// What became of one.
struct Ran {
    end: End,
    run: SiteRun,
    allocator: String,
}

/// How a tool takes part.
trait Tool: Sync {
    /// Its name, for the progress line.
    fn name(&self) -> &'static str;

    /// How a child is run under it.
    ///
    /// # Errors
    ///
    /// A sentence: there is no place for what it writes.
    fn launch(&self, orders: Orders, stem: &str) -> Result<ToolRun, String>;

    /// What its report says of a finished run, or a sentence saying why that cannot be told.
    fn observe(&self, report: &Path, iterations: u64) -> Result<Observation, String>;

    /// What the pair shows beside its growth, or a sentence saying why it shows nothing.
    fn check(
        &self,
        pair: &mut SitePair,
        short: &mut Observation,
        long: &mut Observation,
    ) -> Result<(), String>;

    /// Takes out what is not to be judged, and says what it was.
    fn hide(&self, _short: &mut Observation, _long: &mut Observation) -> Vec<Hidden> {
        Vec::new()
    }
}

/// Runs every loop twice under the tool, as many at once as there are processors, and matches the runs.
fn run_pairs(
    tool: &dyn Tool,
    n: u64,
    plan: &Plan,
    interrupted: &AtomicBool,
    workload: &mut Workload,
) -> Result<Probe<SiteReport>, Failure> {
    let stopped = Probe::NotRun {
        reason: "the run was stopped first".to_owned(),
        remedy: None,
    };
    if interrupted.load(Ordering::Relaxed) {
        return Ok(stopped);
    }
    // The longer runs first: the shorter fill what is left of the last processor's time.
    let mut runs = Vec::new();
    for longer in [true, false] {
        for &zones in &plan.loops {
            let orders = plan.under_tool(zones, n, longer);
            let stem = format!(
                "{}-{}-{}",
                tool.name(),
                slug(zones.phrase()),
                orders.iterations
            );
            runs.push(tool.launch(orders, &stem).map_err(Failure::Broken)?);
        }
    }
    let ran = run_all(tool.name(), &runs, plan, interrupted, workload)?;
    if ran.iter().any(|ran| ran.end == End::Interrupted) {
        return Ok(stopped);
    }
    for (run, ran) in runs.iter().zip(&ran) {
        let why = match &ran.end {
            End::Done if ran.allocator != run.launch.mode.name() => format!(
                "used the allocator {} in place of {}",
                ran.allocator,
                run.launch.mode.name()
            ),
            End::Done => continue,
            End::Refused(message) => return Err(Failure::WrongUse(message.clone())),
            End::Failed(how) => how.clone(),
            End::Interrupted => "was stopped".to_owned(),
        };
        let iterations = run.iterations;
        return Ok(Probe::Failed {
            reason: format!(
                "the run of {} {} under {} {why}",
                several(iterations, "iteration"),
                run.zones.phrase(),
                tool.name()
            ),
            files: vec![plan.relative(&run.launch.log)],
        });
    }
    let tree = SourceTree::of_the_user();
    let mut pairs = Vec::new();
    for (index, &zones) in plan.loops.iter().enumerate() {
        let shorter = index + plan.loops.len();
        let (long, short) = (&ran[index].run, &ran[shorter].run);
        let made = pair(tool, plan, tree, zones, short.clone(), long.clone());
        match made {
            Ok(pair) => pairs.push(pair),
            Err(reason) => {
                let files = short.files.iter().chain(&long.files).cloned().collect();
                return Ok(Probe::Failed { reason, files });
            }
        }
    }
    Ok(Probe::Ran(SiteReport { pairs }))
}

/// Matches the two runs of one loop.
fn pair(
    tool: &dyn Tool,
    plan: &Plan,
    tree: &SourceTree,
    zones: Zones,
    short: SiteRun,
    long: SiteRun,
) -> Result<SitePair, String> {
    let observe = |run: &SiteRun| tool.observe(&plan.out.join(&run.files[0]), run.iterations);
    let (mut seen_short, mut seen_long) = (observe(&short)?, observe(&long)?);
    let mut pair = SitePair {
        condition: zones.phrase().to_owned(),
        short,
        long,
        proof: None,
        growing: Vec::new(),
        hidden: Vec::new(),
    };
    tool.check(&mut pair, &mut seen_short, &mut seen_long)?;
    let totals = |seen: &Observation| {
        let sum = |of: fn(&harness_judge::attribution::sites::Record) -> u64| {
            seen.records.iter().map(of).sum()
        };
        (sum(|record| record.bytes), sum(|record| record.blocks))
    };
    (pair.short.seen_bytes, pair.short.seen_blocks) = totals(&seen_short);
    (pair.long.seen_bytes, pair.long.seen_blocks) = totals(&seen_long);
    pair.hidden = tool.hide(&mut seen_short, &mut seen_long);
    let sites = match_runs(&seen_short, &seen_long, tree);
    let growing = sites.iter().filter(|site| site.grows());
    pair.growing = growing.map(|site| site.to_summary()).collect();
    Ok(pair)
}

/// Runs the children, a few at a time, and says how far they are.
fn run_all(
    tool: &str,
    runs: &[ToolRun],
    plan: &Plan,
    interrupted: &AtomicBool,
    workload: &mut Workload,
) -> Result<Vec<Ran>, Failure> {
    let steps = runs.iter().map(|run| run.iterations).sum();
    let progress = plan.progress(tool, steps);
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Result<Ran, String>>>> =
        runs.iter().map(|_| Mutex::new(None)).collect();
    let workload = Mutex::new(workload);
    std::thread::scope(|scope| {
        for _ in 0..environment::cpus().min(runs.len()) {
            scope.spawn(|| {
                while let Some(run) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let ran = run_one(run, plan, interrupted, &progress, &workload);
                    let index = runs.iter().position(|other| std::ptr::eq(other, run));
                    *lock(&results[index.unwrap_or_default()]) = Some(ran);
                }
            });
        }
    });
    let results = results.into_iter();
    let results = results.map(|slot| slot.into_inner().unwrap_or_else(|e| e.into_inner()));
    let results: Result<Vec<Ran>, String> = results
        .map(|slot| slot.unwrap_or_else(|| Err("a run was not begun".to_owned())))
        .collect();
    progress.end(match &results {
        Ok(runs) => End::worst(runs.iter().map(|ran| &ran.end)),
        Err(_) => "failed",
    });
    results.map_err(Failure::Broken)
}

fn run_one(
    run: &ToolRun,
    plan: &Plan,
    interrupted: &AtomicBool,
    progress: &Progress,
    workload: &Mutex<&mut Workload>,
) -> Result<Ran, String> {
    let begun = Instant::now();
    let mut allocator = String::new();
    let mut gained = (0, 0);
    let mut iterations = 0;
    // The tools open their files by name: what they find there is a file of ours.
    for file in &run.files {
        files::reserve(file).map_err(|error| format!("cannot write {error}"))?;
    }
    let end = process::run(&run.launch, interrupted, |message: Message| match message {
        Message::Ready {
            allocator: mode,
            description,
        } => {
            allocator = mode;
            let mut workload = lock(workload);
            workload.subject = description.subject;
            workload.description = description.iteration;
        }
        Message::Sample(sample) if sample.iteration > 0 => {
            iterations = sample.iteration;
            progress.step();
        }
        Message::Finished {
            gained_bytes,
            gained_blocks,
        } => gained = (gained_bytes, gained_blocks),
        Message::Sample(_) | Message::Refused { .. } => {}
    });
    for file in &run.files {
        files::remove_if_empty(file);
    }
    let end = end?;
    let own = run.folder.as_deref().map(written_in).unwrap_or_default();
    Ok(Ran {
        end,
        run: SiteRun {
            iterations,
            seconds: begun.elapsed().as_secs_f64(),
            counted_bytes: gained.0,
            counted_blocks: gained.1,
            seen_bytes: 0,
            seen_blocks: 0,
            files: own
                .iter()
                .chain(&run.files)
                .map(|file| plan.relative(file))
                .collect(),
        },
        allocator,
    })
}

/// What was written in a folder; the folder itself where nothing was.
fn written_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    if files.is_empty() {
        files.push(folder.to_owned());
    }
    files
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
