//! The second opinion: the command under valgrind, with the smaller counts.
//!
//! valgrind sees programs into which the library cannot be loaded, and where both see one they should agree. It is never
//! required: where it is not installed, or comes to nothing, a sentence says so.

mod compare;
mod gather;

use super::examine::Examined;
use super::launch::{self, How, Launch};
use super::measure::Setup;
use super::one_run::OneRun;
use super::options::RunOptions;
use crate::engine::console::Failure;
use crate::engine::environment;
use crate::engine::place;
use crate::engine::progress::Progress;
use crate::files;
use crate::probe::valgrind_xml::ValgrindReport;
pub(super) use compare::compare;
use gather::gather;
use harness_judge::counts::{Evidence, SiteHistory, conclude};
use harness_model::program::{ProgramVerdict, Resource};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How many counts are run. Fewer cannot tell a line from a step.
const COUNTS: usize = 3;
/// How much slower a program is under valgrind, and the seconds by which it starts later, as far as can be foretold.
const SLOWER: f64 = 40.0;
const START: f64 = 3.0;
/// Seconds that all of its runs may take, at the least.
const PATIENCE: f64 = 120.0;
/// Counts for a command whose measured counts would take too long.
const SMALL: [u64; COUNTS] = [1, 2, 4];

/// What valgrind saw of a run, a report for each process.
pub(super) struct Watched {
    /// The count that the run was given.
    pub iterations: u64,
    /// Whether it watched the allocator of the command's own process. It cannot in one that is linked statically.
    pub sees_heap: bool,
    /// The reports of the command's own process: one, unless it left none.
    pub main: Vec<ValgrindReport>,
    /// Those of others that it forked, which began with what their parent held.
    pub forked: Vec<ValgrindReport>,
    /// Those of programs that it started.
    pub started: Vec<ValgrindReport>,
}

/// What came of it.
pub(super) enum Opinion {
    /// Nobody asked.
    NotAsked,
    /// It came to nothing: a sentence.
    None(String),
    /// What valgrind saw.
    Seen {
        /// The counts.
        counts: Vec<u64>,
        /// Whether it saw the heap; descriptors it always sees.
        heap: bool,
        /// What it saw, as the judge takes it.
        evidence: Box<Evidence>,
        /// What is concluded from that alone.
        verdict: Box<ProgramVerdict>,
    },
}

/// Puts what valgrind saw in the place of what the library would have seen.
pub(super) fn stand_in(evidence: &mut Evidence, seen: &Evidence) {
    for (at, process) in seen.processes.iter().enumerate() {
        let known = evidence
            .processes
            .iter_mut()
            .position(|known| known.role == process.role);
        let process = match known {
            Some(known) => {
                if evidence.processes[known].command.is_empty() {
                    evidence.processes[known].command = process.command.clone();
                }
                known
            }
            None => {
                evidence.processes.push(process.clone());
                evidence.processes.len() - 1
            }
        };
        let own = seen.sites.iter().filter(|site| site.process == at);
        let own: Vec<_> = own.cloned().collect();
        evidence
            .sites
            .extend(own.into_iter().map(|site| SiteHistory { process, ..site }));
    }
}

/// What valgrind alone saw, and when.
pub(super) fn seen_alone(counts: &[u64], heap: bool) -> String {
    let what = if heap {
        "the heap and the descriptors"
    } else {
        "the descriptors"
    };
    format!(
        "{} it alone looked at {what}, and nothing else can be held against that but the kernel's figures.",
        compare::beginning(counts)
    )
}

/// Whether valgrind is to be asked: where somebody wants it, and by itself where the library cannot look.
fn is_wanted(options: &RunOptions, examined: &Examined) -> bool {
    options.valgrind || examined.valgrind_sees
}

/// Runs the command under valgrind where that is wanted.
pub(super) fn ask(
    setup: &Setup,
    options: &RunOptions,
    examined: &Examined,
    runs: &[OneRun],
) -> Result<Opinion, Failure> {
    if !is_wanted(options, examined) || setup.is_interrupted() {
        return Ok(Opinion::NotAsked);
    }
    let none = |why: &str| {
        Ok(Opinion::None(format!(
            "valgrind gives no second opinion: {why}."
        )))
    };
    if options.repeat {
        return none("a command that is itself one iteration is judged by the library alone");
    }
    if environment::valgrind_version().is_none() {
        return none("it is not installed");
    }
    let Some(counts) = counts(runs, PATIENCE.max(options.budget)) else {
        return none("the command is too slow for it");
    };
    let progress = Progress::begin("Under valgrind", counts.len() as u64, "runs");
    let mut watched = Vec::new();
    let mut failed = None;
    for count in &counts {
        match watch(setup, options, *count, runs)? {
            Ok(one) => watched.push(one),
            Err(why) => {
                failed = Some(why);
                break;
            }
        }
        progress.step();
    }
    progress.end(if failed.is_some() { "failed" } else { "done" });
    if let Some(why) = failed {
        return none(&why);
    }
    let heap = watched.iter().all(|run| run.sees_heap);
    let mut evidence = gather(&watched, &options.command, &examined.path);
    if !heap {
        let is_seen = |site: &SiteHistory| site.resource != Resource::Heap;
        evidence.sites.retain(is_seen);
    }
    Ok(Opinion::Seen {
        counts,
        heap,
        verdict: Box::new(conclude(&evidence).verdict),
        evidence: Box::new(evidence),
    })
}

/// The smallest counts that were measured, where the command comes to its end under valgrind in time; else few iterations.
fn counts(runs: &[OneRun], patience: f64) -> Option<Vec<u64>> {
    let well = runs
        .iter()
        .filter(|run| matches!(run.ended.how, How::Exited(_)));
    let mut measured: Vec<(u64, f64)> = well
        .map(|run| (run.iterations, run.ended.seconds))
        .collect();
    measured.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    measured.dedup_by_key(|(count, _)| *count);
    let least = *measured.first()?;
    measured.truncate(COUNTS);
    let under = |seconds: f64| START + SLOWER * seconds;
    let all: f64 = measured.iter().map(|(_, seconds)| under(*seconds)).sum();
    if measured.len() == COUNTS && all <= patience {
        return Some(measured.into_iter().map(|(count, _)| count).collect());
    }
    let most = SMALL[COUNTS - 1];
    let longest = least.1 * (most as f64 / least.0 as f64).max(1.0);
    (under(longest) * COUNTS as f64 <= patience).then(|| SMALL.to_vec())
}

/// One run under valgrind; or why there is none, as a clause.
fn watch(
    setup: &Setup,
    options: &RunOptions,
    iterations: u64,
    runs: &[OneRun],
) -> Result<Result<Watched, String>, Failure> {
    let tools = setup.out().join(place::TOOLS);
    let name = format!("valgrind-{iterations}");
    files::own_directory(&tools, &name)
        .map_err(|error| Failure::WrongUse(format!("cannot write to {error}")))?;
    let folder = fs::canonicalize(tools.join(&name))
        .map_err(|error| Failure::Broken(format!("cannot find the folder of valgrind: {error}")))?;
    for earlier in fs::read_dir(&folder).into_iter().flatten().flatten() {
        files::remove(&earlier.path())
            .map_err(|error| Failure::Broken(format!("cannot write {error}")))?;
    }
    let mut command = words(&folder);
    command.extend(options.command.iter().cloned());
    let launch = Launch {
        command: &command,
        iterations,
        stdin_lines: options.stdin_lines.as_deref(),
        library: None,
        scan: false,
        failing: None,
        setting: setup.setting(),
        records: &folder,
        log: place::tool_file(setup.out(), &format!("run-valgrind-{iterations}"), "log"),
        timeout: Duration::from_secs_f64(options.timeout),
        memory: setup.memory(),
    };
    let ended = match launch::run(&launch, setup.interrupted(), || ()) {
        Ok(ended) => ended,
        Err(why) => return Ok(Err(why)),
    };
    let first = runs.first().map(|run| &run.ended.how);
    if !matches!(ended.how, How::Exited(_)) || first.is_some_and(|first| *first != ended.how) {
        return Ok(Err(format!(
            "with {iterations} iterations the command {} under it",
            ended.how.clause()
        )));
    }
    let watched = match read(&folder, iterations, ended.pid) {
        Ok(read) => Watched {
            sees_heap: sees_the_heap(&folder, ended.pid),
            ..read
        },
        Err(why) => return Ok(Err(why)),
    };
    Ok(Ok(watched))
}

/// The words before the command.
fn words(folder: &Path) -> Vec<OsString> {
    let mut words: Vec<OsString> = [
        "valgrind",
        "--tool=memcheck",
        "--leak-check=full",
        "--show-leak-kinds=all",
        "--leak-resolution=high",
        "--num-callers=40",
        "--track-fds=yes",
        "--trace-children=yes",
        "--child-silent-after-fork=no",
        // Whether a value was ever set is no question of leaks, and asking it takes half of the time.
        "--undef-value-errors=no",
        "--error-limit=no",
        "--demangle=no",
        // The log then tells which functions it watches.
        "-v",
        // An allocator that is linked into the program itself, which has no name as a library, is watched too.
        "--soname-synonyms=somalloc=NONE",
        "--xml=yes",
    ]
    .map(OsString::from)
    .to_vec();
    // valgrind expands % in names of files: %p is the process.
    let folder = folder.to_string_lossy().replace('%', "%%");
    words.push(format!("--xml-file={folder}/%p.xml").into());
    words.push(format!("--log-file={folder}/%p.log").into());
    words
}

/// The reports in a folder, of a run whose own process has this number.
fn read(folder: &Path, iterations: u64, pid: u32) -> Result<Watched, String> {
    let mut watched = Watched {
        iterations,
        sees_heap: false,
        main: Vec::new(),
        forked: Vec::new(),
        started: Vec::new(),
    };
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "xml"))
        .collect();
    paths.sort();
    for path in paths {
        let mut reports = ValgrindReport::read_all(&path).map_err(|error| error.to_string())?;
        // What was forked wrote to the file of the process that forked it, which comes last.
        let own = reports.pop();
        watched
            .forked
            .extend(reports.into_iter().filter(ValgrindReport::is_complete));
        let is_main = |report: &ValgrindReport| report.pid == Some(u64::from(pid));
        match own {
            Some(report) if is_main(&report) => watched.main.push(report),
            Some(report) if report.is_complete() => watched.started.push(report),
            _ => {}
        }
    }
    match watched.main.as_slice() {
        [report] if report.is_complete() => Ok(watched),
        [] => Err("it wrote no report of the command's own process".to_owned()),
        _ => Err("its report of the command's own process is not whole".to_owned()),
    }
}

/// Whether it found a `malloc` in the process, by its log.
fn sees_the_heap(folder: &Path, pid: u32) -> bool {
    let log = files::read(&folder.join(format!("{pid}.log"))).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    log.lines()
        .any(|line| line.contains("REDIR:") && line.contains(":malloc) redirected"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::run::testing::run;

    #[test]
    fn the_smallest_counts_are_run_where_there_is_time() {
        let runs = [
            run(1000, 0.2),
            run(10, 0.1),
            run(100, 0.1),
            run(10_000, 2.0),
        ];
        assert_eq!(counts(&runs, 120.0), Some(vec![10, 100, 1000]));
    }

    #[test]
    fn a_slow_command_gets_few_iterations_or_none() {
        let runs = [run(10, 1.0), run(100, 9.0), run(1000, 90.0)];
        assert_eq!(counts(&runs, 200.0), Some(vec![1, 2, 4]));
        assert_eq!(counts(&runs, 20.0), None);
        assert_eq!(counts(&[], 200.0), None);
    }
}
