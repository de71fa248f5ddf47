//! Which counts are run, one after the other, and what is learned of the command on the way.

use super::examine::Examined;
use super::gather::Gatherer;
use super::launch::{self, Failing, How, Launch, has_count};
use super::memory::{free_memory, memory};
use super::objects;
use super::one_run::{OneRun, as_the_first, blocks_taken};
use super::options::RunOptions;
use super::records::Records;
use crate::engine::console::Failure;
use crate::engine::place;
use crate::engine::progress::Progress;
use crate::preloaded;
use crate::recording;
use harness_judge::counts::plan::{Limits, Next, Ran, Stop, next, seconds_of};
use harness_judge::counts::{Certainty, conclude};
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Runs of a command that is itself an iteration.
const REPEATS: usize = 3;
/// Of the memory that is free, the part that a run may be foretold to take.
const PART_OF_FREE: u64 = 4;
/// Processes of one run: each has a record.
const MOST_PROCESSES: u64 = 2_000;
/// The count by which a program that seems to ignore it is put to the test.
const ANY_WORK: u64 = 100_000_000;
/// Runs with that count, of which the quickest tells.
const TRIES: usize = 3;
/// Processor time that is no more than chance, in seconds.
const CHANCE: f64 = 0.005;

/// All that was measured.
pub(super) struct Measured {
    /// The runs.
    pub runs: Vec<OneRun>,
    /// Why there are no more of them, where the counts were chosen.
    pub stopped: Option<Stop>,
    /// Nothing of the command depends on the count.
    pub ignores_count: bool,
    /// One with the greatest count, as the command is given, where those above ran otherwise.
    pub as_given: Option<OneRun>,
}

/// What every run needs.
pub(super) struct Setup<'s> {
    options: &'s RunOptions,
    out: &'s Path,
    library: Option<PathBuf>,
    free: u64,
    interrupted: &'s AtomicBool,
    begun: Instant,
    /// Runs that are judged have each of Python's objects as a block of the allocator's.
    objects: Cell<bool>,
}

/// What is special about one run.
#[derive(Clone, Copy, Default)]
struct Way<'w> {
    /// Whether lost is told from held at its end.
    scan: bool,
    /// The allocation that fails.
    failing: Option<Failing>,
    /// A variable of the environment.
    setting: Option<&'w str>,
}

impl<'s> Setup<'s> {
    /// Writes the library where the command finds it.
    pub(super) fn new(
        options: &'s RunOptions,
        examined: &Examined,
        out: &'s Path,
        interrupted: &'s AtomicBool,
    ) -> Result<Setup<'s>, Failure> {
        let tools = out.join(place::TOOLS);
        let library = match preloaded::is_supported() && examined.unseen.is_none() {
            true => {
                let written = preloaded::write_into(&tools)
                    .and_then(fs::canonicalize)
                    .map_err(|error| {
                        Failure::WrongUse(format!("cannot write the library: {error}"))
                    })?;
                Some(written)
            }
            false => None,
        };
        Ok(Setup {
            options,
            out,
            library,
            free: free_memory(),
            interrupted,
            begun: Instant::now(),
            objects: Cell::new(false),
        })
    }

    /// Where the report goes.
    pub(super) fn out(&self) -> &Path {
        self.out
    }

    /// Resident memory at which a run is given up, in bytes.
    pub(super) fn memory(&self) -> u64 {
        self.free / 2
    }

    /// Set when somebody stops the whole.
    pub(super) fn interrupted(&self) -> &AtomicBool {
        self.interrupted
    }

    /// Whether somebody did.
    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Where the library is that is preloaded, where there is one.
    pub(super) fn library(&self) -> Option<&Path> {
        self.library.as_deref()
    }

    /// A new folder for records, by this name.
    pub(super) fn records(&self, name: &str) -> Result<Records, Failure> {
        Records::new(self.free, &self.out.join(place::TOOLS), name)
            .map_err(|error| Failure::WrongUse(format!("cannot write to {error}")))
    }

    /// Runs the command with one count.
    fn run(
        &self,
        iterations: u64,
        number: usize,
        timeout: f64,
        each_second: impl FnMut(),
    ) -> Result<OneRun, Failure> {
        let name = format!("{number}-{iterations}");
        let way = Way {
            scan: !self.options.no_scan,
            setting: self.setting(),
            ..Way::default()
        };
        self.run_with(iterations, &name, way, timeout, each_second)
    }

    /// Runs the command with the first count: again, if it ran Python, so that each of its objects is seen, unless that
    /// goes otherwise.
    fn run_first(
        &self,
        iterations: u64,
        timeout: f64,
        mut each_second: impl FnMut(),
    ) -> Result<OneRun, Failure> {
        let run = self.run(iterations, 1, timeout, &mut each_second)?;
        if !objects::are_hidden(&run) || !matches!(run.ended.how, How::Exited(_)) {
            return Ok(run);
        }
        self.objects.set(true);
        let again = self.run(iterations, 1, timeout, each_second)?;
        if as_the_first(&again, &run) || again.ended.how == How::Interrupted {
            return Ok(again);
        }
        self.objects.set(false);
        Ok(run)
    }

    /// The variable of the environment for runs that are judged, as `NAME=value`.
    pub(super) fn setting(&self) -> Option<&'static str> {
        self.objects.get().then_some(objects::SETTING)
    }

    /// Runs the command with a count, and lets one of its allocations fail.
    pub(super) fn run_failing(
        &self,
        iterations: u64,
        failing: Failing,
        timeout: f64,
    ) -> Result<OneRun, Failure> {
        let way = Way {
            scan: !self.options.no_scan,
            failing: Some(failing),
            setting: self.setting(),
        };
        // Of many such runs, the output of the last is kept.
        self.run_with(iterations, "failing", way, timeout, || ())
    }

    /// When the job began.
    pub(super) fn begun(&self) -> Instant {
        self.begun
    }

    /// Runs the command with a count and a setting, to see what that makes of its memory: what is lost is known.
    pub(super) fn try_out(
        &self,
        iterations: u64,
        number: usize,
        setting: Option<&str>,
    ) -> Result<OneRun, Failure> {
        let (name, timeout) = (format!("tried-{number}"), self.options.timeout);
        let way = Way {
            setting,
            ..Way::default()
        };
        self.run_with(iterations, &name, way, timeout, || ())
    }

    fn run_with(
        &self,
        iterations: u64,
        number: &str,
        way: Way,
        timeout: f64,
        mut each_second: impl FnMut(),
    ) -> Result<OneRun, Failure> {
        let records = self.records(&format!("records-{number}"))?;
        let launch = Launch {
            command: &self.options.command,
            iterations,
            stdin_lines: self.options.stdin_lines.as_deref(),
            library: self.library.as_deref(),
            scan: way.scan,
            failing: way.failing,
            setting: way.setting,
            records: records.path(),
            log: place::tool_file(self.out, &format!("run-{number}"), "log"),
            timeout: Duration::from_secs_f64(timeout),
            memory: self.memory(),
        };
        let mut told = Instant::now();
        let ended = launch::run(&launch, self.interrupted, || {
            if told.elapsed() >= Duration::from_secs(1) {
                told = Instant::now();
                each_second();
            }
        });
        let ended = ended.map_err(Failure::WrongUse)?;
        let (recordings, complaints) = recording::read_folder(records.path());
        Ok(OneRun {
            iterations,
            ended,
            recordings,
            complaints,
        })
    }
}

/// Runs the command with the counts that were asked for, or with those that are found to be needed.
pub(super) fn measure(setup: &Setup, gatherer: &mut Gatherer) -> Result<Measured, Failure> {
    let options = setup.options;
    let chosen = options.iters.is_empty() && !options.repeat;
    let times = options
        .iters
        .iter()
        .copied()
        .max()
        .unwrap_or(REPEATS as u64);
    let progress = match (options.repeat, chosen) {
        (true, _) => Progress::begin("Measuring", times, "runs"),
        (false, true) => Progress::begin("Measuring", options.budget.ceil() as u64, "s"),
        (false, false) => Progress::begin("Measuring", options.iters.len() as u64, "runs"),
    };
    let measured = match (options.repeat, chosen) {
        (true, _) => listed(setup, &vec![1; times as usize], &progress),
        (false, true) => planned(setup, gatherer, &progress),
        (false, false) => listed(setup, &options.iters, &progress),
    };
    let stopped = setup.interrupted.load(Ordering::Relaxed);
    progress.end(if stopped { "stopped" } else { "done" });
    let mut measured = measured?;
    if !options.repeat && !stopped {
        measured.ignores_count = ignores_count(setup, &measured.runs)?;
    }
    if setup.objects.get() && !setup.is_interrupted() {
        measured.as_given = as_given(setup, &measured.runs)?;
    }
    Ok(measured)
}

/// Runs the command as it is given, with the greatest count of the runs that went well.
fn as_given(setup: &Setup, runs: &[OneRun]) -> Result<Option<OneRun>, Failure> {
    let well = runs
        .iter()
        .filter(|run| matches!(run.ended.how, How::Exited(_)));
    let Some(greatest) = well.max_by_key(|run| run.iterations) else {
        return Ok(None);
    };
    let run = setup.try_out(greatest.iterations, 0, None)?;
    Ok(as_the_first(&run, greatest).then_some(run))
}

/// Runs these counts.
fn listed(setup: &Setup, counts: &[u64], progress: &Progress) -> Result<Measured, Failure> {
    let mut runs = Vec::new();
    for (number, iterations) in counts.iter().enumerate() {
        let timeout = setup.options.timeout;
        let run = match number {
            0 => setup.run_first(*iterations, timeout, || ())?,
            _ => setup.run(*iterations, number + 1, timeout, || ())?,
        };
        progress.step();
        let ended = run.ended.how.clone();
        runs.push(run);
        // What hangs once hangs again.
        if matches!(
            ended,
            How::Interrupted | How::TimedOut(_) | How::TooLarge(_)
        ) {
            break;
        }
    }
    Ok(Measured {
        runs,
        stopped: None,
        ignores_count: false,
        as_given: None,
    })
}

/// Runs the counts that the planner asks for.
fn planned(
    setup: &Setup,
    gatherer: &mut Gatherer,
    progress: &Progress,
) -> Result<Measured, Failure> {
    let mut runs: Vec<OneRun> = Vec::new();
    let mut ran: Vec<Ran> = Vec::new();
    // Counts at which it failed, where smaller ones went well: no use to go beyond.
    let mut failed_at: Option<u64> = None;
    let mut certainty = Certainty::More;
    let stopped = loop {
        let limits = Limits {
            // Reading the records takes its time too.
            budget: setup.options.budget - setup.begun.elapsed().as_secs_f64()
                + ran.iter().map(|run| run.seconds).sum::<f64>(),
            memory: setup.free / PART_OF_FREE,
        };
        let iterations = match next(&ran, certainty, limits) {
            Next::Run(iterations) => iterations,
            Next::Stop(why) => break Some(why),
        };
        let most = most_processes(&runs).min(failed_at.map_or(u64::MAX, |count| count - 1));
        let greatest = ran.iter().map(|run| run.iterations).max().unwrap_or(0);
        let iterations = match iterations > most {
            true if most / 2 > greatest => most / 2,
            true => break Some(Stop::Time),
            false => iterations,
        };
        let foretold = seconds_of(&ran, iterations);
        let timeout = setup
            .options
            .timeout
            .min((setup.options.budget * 2.0).max(foretold * 4.0));
        let run = match runs.len() {
            0 => setup.run_first(iterations, timeout, || progress.step())?,
            done => setup.run(iterations, done + 1, timeout, || progress.step())?,
        };
        let took = Ran {
            iterations,
            seconds: run.ended.seconds,
            memory: memory(&run),
        };
        let how = run.ended.how.clone();
        let went_well = runs.first().is_none_or(|first| as_the_first(&run, first));
        runs.push(run);
        match how {
            How::Interrupted => break None,
            How::TimedOut(_) | How::TooLarge(_) if runs.len() == 1 => break None,
            _ if !went_well => {
                if failed_at.is_some_and(|count| iterations >= count) || iterations <= greatest {
                    break None;
                }
                failed_at = Some(iterations);
                continue;
            }
            _ => ran.push(took),
        }
        let distinct = counts(&ran);
        if distinct >= 3 {
            certainty = conclude(&gatherer.evidence(&runs, setup.options.repeat)).certainty;
        }
    };
    Ok(Measured {
        runs,
        stopped,
        ignores_count: false,
        as_given: None,
    })
}

fn counts(ran: &[Ran]) -> usize {
    let mut counts: Vec<u64> = ran.iter().map(|run| run.iterations).collect();
    counts.sort_unstable();
    counts.dedup();
    counts.len()
}

/// The greatest count for which there are not too many processes, where they become more with it.
fn most_processes(runs: &[OneRun]) -> u64 {
    let last = runs.iter().max_by_key(|run| run.iterations);
    match last {
        Some(last) if last.recordings.len() > 20 => {
            let each = last.recordings.len() as f64 / last.iterations as f64;
            (MOST_PROCESSES as f64 / each) as u64
        }
        _ => u64::MAX,
    }
}

/// Whether nothing depends on the count: not what is taken, not what is written, not the time. A short loop that takes
/// nothing shows in the time of a very large count alone.
fn ignores_count(setup: &Setup, runs: &[OneRun]) -> Result<bool, Failure> {
    let (Some(least), Some(most)) = (
        runs.iter().min_by_key(|run| run.iterations),
        runs.iter().max_by_key(|run| run.iterations),
    ) else {
        return Ok(false);
    };
    let well = |run: &OneRun| matches!(run.ended.how, How::Exited(_));
    if most.iterations == least.iterations
        || !well(least)
        || !well(most)
        || setup.options.stdin_lines.is_some()
    {
        return Ok(false);
    }
    if !is_same(least, most) {
        return Ok(false);
    }
    let quickest = runs
        .iter()
        .map(|run| run.ended.processor_seconds)
        .fold(f64::INFINITY, f64::min);
    for number in 1..=TRIES {
        let run = setup.run(
            ANY_WORK,
            runs.len() + number,
            setup.options.timeout.min(10.0),
            || (),
        )?;
        if !well(&run) || !is_same(least, &run) {
            return Ok(false);
        }
        if run.ended.processor_seconds <= quickest + CHANCE + 0.5 * quickest {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether two runs took and wrote the same.
fn is_same(a: &OneRun, b: &OneRun) -> bool {
    let taken = |run: &OneRun| -> (usize, u64, u64) {
        let sites = run.recordings.iter().flat_map(|one| &one.sites);
        let calls = run.recordings.iter().map(blocks_taken).sum();
        (
            run.recordings.len(),
            calls,
            sites.map(|site| site.taken).sum(),
        )
    };
    taken(a) == taken(b) && a.ended.written == b.ended.written
}

/// Whether the command has a word for the count, or gets it otherwise.
pub(super) fn is_told_the_count(options: &RunOptions) -> bool {
    let is_fed = options.repeat || options.service.service || options.stdin_lines.is_some();
    is_fed || has_count(&options.command)
}
