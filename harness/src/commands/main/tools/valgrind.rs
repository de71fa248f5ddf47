//! valgrind's memcheck over a child on the system's allocator.

use super::planted::take_out_planted;
use super::{Tool, ToolRun, run_pairs};
use crate::allocator::Mode;
use crate::child::{Orders, Task};
use crate::commands::main::Failure;
use crate::commands::main::plan::Plan;
use crate::engine::process::Launch;
use crate::engine::{console, environment};
use crate::files;
use crate::files::Access;
use crate::probe::valgrind_xml::ValgrindReport;
use crate::suppressions::hide::Suppressions;
use harness_judge::attribution::sites::Observation;
use harness_model::Instrument;
use harness_model::{Hidden, Probe, SitePair, SiteReport, Workload};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The suppressions that ship with the harness: an installed binary has them too.
const SUPPRESSIONS: &str = include_str!("../../../../../suppressions/default.supp");

/// How to get valgrind.
const INSTALL: &str = "Install valgrind (Debian, Ubuntu: apt-get install valgrind; Fedora: dnf install valgrind; Arch: \
                       pacman -S valgrind) and run again.";

/// Runs the loops under valgrind.
pub fn valgrind(
    plan: &Plan,
    interrupted: &AtomicBool,
    workload: &mut Workload,
) -> Result<Probe<SiteReport>, Failure> {
    if !plan.wants(Instrument::Valgrind) {
        return Ok(Probe::NotRun {
            reason: "not asked for".to_owned(),
            remedy: Some("Ask for it with --probes valgrind.".to_owned()),
        });
    }
    if environment::valgrind_version().is_none() {
        if !plan.quiet {
            console::complain(format_args!(
                "valgrind is not installed, and the scan takes its place. {INSTALL}"
            ));
        }
        return Ok(Probe::NotRun {
            reason: "valgrind is not installed".to_owned(),
            remedy: Some(INSTALL.to_owned()),
        });
    }
    let tool = Memcheck {
        suppressions: suppressions(plan)?,
        plan,
    };
    run_pairs(&tool, plan.spec.valgrind_n(), plan, interrupted, workload)
}

/// The entries that hold: the shipped ones, those of the repository that the run is in, and the user's.
pub(super) fn suppressions(plan: &Plan) -> Result<Suppressions, Failure> {
    let shipped = plan.tool_file("suppressions", "supp");
    files::replace(&shipped, SUPPRESSIONS.as_bytes(), Access::Private)
        .map_err(|error| Failure::Broken(format!("cannot write {error}")))?;
    let mut files = vec![shipped];
    files.extend(suppressions_of_the_repository());
    files.extend(plan.spec.suppressions.iter().cloned());
    Suppressions::read(&files).map_err(Failure::WrongUse)
}

/// The files that stand in `suppressions/` where the run was started, but for the one that is built in.
pub fn suppressions_of_the_repository() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("suppressions").into_iter().flatten();
    let files = entries.flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = files
        .filter(|file| file.extension().is_some_and(|ending| ending == "supp"))
        .filter(|file| !file.ends_with("default.supp"))
        .collect();
    files.sort();
    files
}

struct Memcheck<'p> {
    suppressions: Suppressions,
    plan: &'p Plan,
}

impl Memcheck<'_> {
    fn command(&self, xml: &Path, log: &Path) -> Vec<OsString> {
        let mut words: Vec<OsString> = [
            "valgrind",
            "--tool=memcheck",
            "--leak-check=full",
            "--show-leak-kinds=all",
            "--leak-resolution=high",
            "--num-callers=40",
            // Whether a value was ever set is no question of leaks, and asking it takes half of the time.
            "--undef-value-errors=no",
            // The log then tells what was read and used: the report itself goes to the XML file.
            "-v",
            // Suppressions go by the linker's names, and names are made readable later.
            "--demangle=no",
            // A stack printed for every loss record, however many there are.
            "--error-limit=no",
            "--xml=yes",
        ]
        .map(OsString::from)
        .to_vec();
        let mut option = |name: &str, path: &Path| {
            let mut word = OsString::from(name);
            // valgrind expands % in names of files.
            word.push(path.to_string_lossy().replace('%', "%%"));
            words.push(word);
        };
        option("--xml-file=", xml);
        option("--log-file=", log);
        words
    }
}

impl Tool for Memcheck<'_> {
    fn name(&self) -> &'static str {
        Instrument::Valgrind.name()
    }

    fn launch(&self, mut orders: Orders, stem: &str) -> Result<ToolRun, String> {
        let xml = self.plan.tool_file(stem, "xml");
        let log = self.plan.tool_file(stem, "log");
        orders.plant_proof = true;
        Ok(ToolRun {
            zones: orders.zones,
            iterations: orders.iterations,
            launch: Launch {
                orders: Task::Loop(orders).orders(),
                mode: Mode::System,
                under: self.command(&xml, &log),
                // Fused multiplications are what valgrind is slowest at: without them a parse takes a tenth of the time.
                environment: vec![("NLP_CORE_ISA", "portable".into())],
                timeout: Some(Duration::from_secs(self.plan.spec.tool_timeout)),
                log: self.plan.log(stem),
            },
            files: vec![xml, log],
            folder: None,
        })
    }

    fn observe(&self, report: &Path, iterations: u64) -> Result<Observation, String> {
        let read = ValgrindReport::read(report).map_err(|error| error.to_string())?;
        if !read.is_complete() {
            let why = read
                .truncated
                .unwrap_or_else(|| "it ends before the search for leaks".to_owned());
            return Err(format!(
                "valgrind's report {} is not whole: {why}",
                printable::path(&report)
            ));
        }
        Ok(read.observation(iterations))
    }

    fn check(
        &self,
        pair: &mut SitePair,
        short: &mut Observation,
        long: &mut Observation,
    ) -> Result<(), String> {
        pair.proof = Some(take_out_planted(self.name(), short, long)?);
        Ok(())
    }

    fn hide(&self, short: &mut Observation, long: &mut Observation) -> Vec<Hidden> {
        self.suppressions.hide(short, long)
    }
}
