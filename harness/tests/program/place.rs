//! Runs the real program in a directory of its own.

use harness_model::Sample;
use harness_model::Summary;
use serde::de::DeserializeOwned;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A directory for one run of the program.
pub struct Place {
    directory: TempDir,
}

impl Place {
    /// An empty directory.
    pub fn new() -> Place {
        Place {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    /// A file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The program, to be started in the directory, with its report in `out`.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
        command
            .args(arguments.split_whitespace())
            .args(["--out", "out"])
            .current_dir(self.directory.path());
        command
    }

    /// Runs it.
    pub fn run(&self, arguments: &str) -> Ended {
        Ended::from(self.command(arguments).output().unwrap())
    }

    /// Begins it, and waits until so many samples are on disk.
    pub fn begin(&self, arguments: &str, samples: usize) -> Running {
        self.begin_with(self.command(arguments), samples)
    }

    /// Begins this command of [`Place::command`] in the same way.
    pub fn begin_with(&self, mut command: Command, samples: usize) -> Running {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let running = Running(Some(command.spawn().unwrap()));
        let begun = Instant::now();
        let file = self.path("out/samples.jsonl");
        let lines = || {
            let written = std::fs::read_to_string(&file).unwrap_or_default();
            written.lines().count()
        };
        while lines() < samples {
            assert!(begun.elapsed() < Duration::from_secs(60), "no samples came");
            std::thread::sleep(Duration::from_millis(20));
        }
        running
    }

    /// The summary that it wrote.
    pub fn summary(&self) -> Summary {
        self.document()
    }

    /// The summary of another job.
    pub fn document<T: DeserializeOwned>(&self) -> T {
        let json = std::fs::read_to_string(self.path("out/summary.json")).unwrap();
        serde_json::from_str(&json).unwrap()
    }

    /// The samples that it wrote.
    pub fn samples(&self) -> Vec<Sample> {
        self.lines()
    }

    /// The samples that it has written so far, while it runs: of the last line there may be a part.
    pub fn samples_so_far(&self) -> Vec<Sample> {
        let written = std::fs::read_to_string(self.path("out/samples.jsonl")).unwrap();
        let whole = written.rfind('\n').map_or(0, |end| end + 1);
        parse(&written[..whole])
    }

    /// The samples of another job.
    pub fn lines<T: DeserializeOwned>(&self) -> Vec<T> {
        parse(&std::fs::read_to_string(self.path("out/samples.jsonl")).unwrap())
    }
}

fn parse<T: DeserializeOwned>(lines: &str) -> Vec<T> {
    let parse = |line| serde_json::from_str(line).unwrap();
    lines.lines().map(parse).collect()
}

/// How the program ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A run that has begun. It is ended with the test that began it, however that ends.
pub struct Running(Option<Child>);

impl Running {
    fn id(&self) -> u32 {
        self.0.as_ref().unwrap().id()
    }

    /// Its children.
    pub fn children(&self) -> Vec<u32> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.id())).unwrap();
        let lists = tasks
            .map(|task| std::fs::read_to_string(task.unwrap().path().join("children")).unwrap());
        let lists: Vec<String> = lists.collect();
        let ids = lists.iter().flat_map(|list| list.split_whitespace());
        ids.map(|id| id.parse().unwrap()).collect()
    }

    pub fn signal(&self, number: i32) {
        signal(self.id(), number);
    }

    /// How it ended, once it has.
    pub fn ended(mut self) -> Ended {
        Ended::from(self.0.take().unwrap().wait_with_output().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // What it started dies with it.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub fn signal(process: u32, number: i32) {
    // SAFETY: kill takes two numbers; the process is this test's own, and not yet waited for.
    assert_eq!(unsafe { libc::kill(process as i32, number) }, 0);
}

/// Whether valgrind can be run. A test that needs it says loudly that it did not run.
pub fn valgrind_is_there() -> bool {
    let there = Command::new("valgrind").arg("--version").output().is_ok();
    if !there {
        eprintln!("SKIPPED: valgrind is not installed, and this test is about it");
    }
    there
}
