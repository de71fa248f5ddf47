//! Frames of Python in the stacks of every CPython that is installed: those of threads, generators, coroutines and children,
//! and none where the library takes an interpreter for another one.

use super::{Bench, first};
use harness::recording::{Call, Kind, PythonFrames, RecordedSite, Recording};
use std::path::PathBuf;
use std::process::Command;

/// What is run: each part takes blocks of a size of its own.
const JOB: &str = r#"import asyncio, os, threading
kept = []

class Client:
    def __init__(self):
        self.page = bytearray(50_000)

def clients(count):
    for _ in range(count):
        yield Client()

def sort():
    sorted([2, 1], key=lambda number: kept.append(bytearray(51_000)) or number)

async def answer():
    kept.append(bytearray(52_000))

async def ask():
    await answer()

def work():
    kept.append(bytearray(53_000))

for client in clients(3):
    kept.append(client)
sort()
asyncio.run(ask())
thread = threading.Thread(target=work)
thread.start()
thread.join()
child = os.fork()
if child == 0:
    kept.append(bytearray(54_000))
    os._exit(0)
os.waitpid(child, 0)
for number in range(20):
    exec("\n" * number + "def made(): kept.append(bytearray(55_000))\nmade()")
print(len(kept))
"#;

/// Interpreters that are installed, with the second number of their release.
fn interpreters() -> Vec<(PathBuf, u8)> {
    const TELL: &str = "import sys; print(sys.implementation.name == 'cpython' and sys.version_info[1], sys.executable)";
    let mut all: Vec<(PathBuf, u8)> = Vec::new();
    let names = (8..=14).map(|minor| format!("python3.{minor}"));
    for name in names.chain(["python3".to_owned()]) {
        let Ok(output) = Command::new(name).args(["-c", TELL]).output() else {
            continue;
        };
        let text = String::from_utf8_lossy(&output.stdout);
        let Some((minor, path)) = text.trim().split_once(' ') else {
            continue;
        };
        // Others have none of this, and earlier ones are not known.
        if let Some(minor) = minor.parse().ok().filter(|minor| *minor >= 8)
            && all.iter().all(|(known, _)| *known != PathBuf::from(path))
        {
            all.push((PathBuf::from(path), minor));
        }
    }
    if all.is_empty() {
        eprintln!("skipped: no python3 is installed");
    }
    all
}

impl Bench {
    /// Runs the job, and reads what was recorded of it and its child.
    fn run_job(&self, interpreter: &PathBuf, wishes: &str) -> Vec<Recording> {
        let job = self.folder.path().join("job.py");
        std::fs::write(&job, JOB).unwrap();
        let (output, recordings) = self.record(
            wishes,
            Command::new(interpreter)
                .arg(&job)
                .env("PYTHONMALLOC", "malloc"),
        );
        assert!(output.status.success(), "{interpreter:?} {output:?}");
        assert_eq!(output.stdout, b"27\n", "{interpreter:?}");
        recordings
    }
}

/// The frames of Python of a stack, innermost first, as `function:line` without what the function stands in.
fn frames(recording: &Recording, site: &RecordedSite) -> Vec<String> {
    let calls = recording.stacks.calls(site.stack);
    calls
        .filter_map(|call| match call {
            Call::Code { .. } => None,
            Call::Python { function, line } => {
                let function = recording.stacks.function(function).unwrap();
                let name = function.name.rsplit('.').next().unwrap();
                Some(format!("{name}:{}", line.unwrap_or(0)))
            }
        })
        .collect()
}

/// Sites that held so many blocks of a size, and no others.
fn holding(recording: &Recording, size: u64) -> Vec<&RecordedSite> {
    // An array has a byte more than it was asked for.
    let sites = recording.sites.iter().filter(|site| {
        let blocks = site.peak.blocks;
        site.kind == Kind::Heap && blocks > 0 && site.peak.bytes == blocks * (size + 1)
    });
    sites.collect()
}

#[test]
fn each_stack_has_the_lines_of_python_that_led_to_it() {
    let Some(bench) = Bench::new() else { return };
    for (interpreter, minor) in interpreters() {
        let recordings = bench.run_job(&interpreter, "");
        let own = first(&recordings);
        let python = own.python.unwrap();
        assert_eq!(
            (python.version, python.frames),
            ((3, minor), PythonFrames::Read)
        );
        let told = |size: u64| {
            let sites = holding(own, size);
            assert!(
                !sites.is_empty(),
                "3.{minor}: nobody holds blocks of {size}"
            );
            let all: Vec<_> = sites.iter().map(|site| frames(own, site)).collect();
            // One line may be reached by several ways through the interpreter.
            assert!(all.iter().all(|one| *one == all[0]), "3.{minor}: {all:?}");
            all[0].clone()
        };
        let name = "3.".to_owned() + &minor.to_string();
        assert_eq!(
            told(50_000),
            ["__init__:6", "clients:10", "<module>:24"],
            "{name}"
        );
        assert_eq!(
            told(51_000),
            ["<lambda>:13", "sort:13", "<module>:26"],
            "{name}"
        );
        let coroutine = told(52_000);
        assert_eq!(coroutine[..2], ["answer:16", "ask:19"], "{name}");
        assert_eq!(coroutine.last().unwrap(), "<module>:27", "{name}");
        let thread = told(53_000);
        assert_eq!(thread[0], "work:22", "{name}");
        assert!(
            thread.last().unwrap().starts_with("_bootstrap:"),
            "{name}: {thread:?}"
        );
    }
}

#[test]
fn a_child_goes_on_with_its_parents_functions() {
    let Some(bench) = Bench::new() else { return };
    for (interpreter, minor) in interpreters() {
        let recordings = bench.run_job(&interpreter, "");
        let child = recordings.iter().find(|one| one.forked).unwrap();
        let sites = holding(child, 54_000);
        assert_eq!(sites.len(), 1, "3.{minor}");
        assert_eq!(frames(child, sites[0]), ["<module>:33"], "3.{minor}");
        let before = holding(child, 53_000);
        assert_eq!(frames(child, before[0])[0], "work:22", "3.{minor}");
    }
}

#[test]
fn code_that_is_made_anew_at_one_place_is_told_apart() {
    let Some(bench) = Bench::new() else { return };
    for (interpreter, minor) in interpreters() {
        let recordings = bench.run_job(&interpreter, "");
        let own = first(&recordings);
        let mut lines = Vec::new();
        for site in holding(own, 55_000) {
            let innermost = frames(own, site).swap_remove(0);
            lines.extend((0..site.peak.blocks).map(|_| innermost.clone()));
        }
        lines.sort();
        let mut expected: Vec<String> = (1..=20).map(|line| format!("made:{line}")).collect();
        expected.sort();
        assert_eq!(lines, expected, "3.{minor}");
    }
}

#[test]
fn an_interpreter_that_is_taken_for_another_one_gives_no_frames_and_runs_on() {
    let Some(bench) = Bench::new() else { return };
    for (interpreter, minor) in interpreters() {
        let (other, unlike) = if minor < 11 {
            ("3.12", "3.11")
        } else {
            ("3.8", "3.10")
        };
        for (release, frames) in [
            (other, PythonFrames::Strange),
            (unlike, PythonFrames::Strange),
            ("none", PythonFrames::Unknown),
        ] {
            let recordings = bench.run_job(&interpreter, &format!("python={release}"));
            for one in &recordings {
                assert_eq!(one.python.unwrap().frames, frames, "3.{minor} as {release}");
                let mut calls = one
                    .sites
                    .iter()
                    .flat_map(|site| one.stacks.calls(site.stack));
                assert!(
                    calls.all(|call| matches!(call, Call::Code { .. })),
                    "3.{minor} as {release}"
                );
            }
        }
    }
}
