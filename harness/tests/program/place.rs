//! Runs the real program in a directory of its own.

use harness_model::Sample;
use harness_model::Summary;
use serde::de::DeserializeOwned;
use std::path::PathBuf;
use std::process::{Command, Output};
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

/// Whether valgrind can be run. A test that needs it says loudly that it did not run.
pub fn valgrind_is_there() -> bool {
    let there = Command::new("valgrind").arg("--version").output().is_ok();
    if !there {
        eprintln!("SKIPPED: valgrind is not installed, and this test is about it");
    }
    there
}
