//! A folder in which the program runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// All but the tokenizer: quick.
pub const TOKENS_ONLY: [&str; 2] = [
    "--exclude",
    "tok2vec,tagger,morphologizer,parser,trainable_lemmatizer,ner",
];

/// A folder with an input of many lines, in which the program runs.
pub struct Place {
    pub folder: TempDir,
}

impl Place {
    /// With `lines` different lines in `in.txt`.
    pub fn new(lines: usize) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let line = |i| format!("Line {i} says: don't forget item-{i}, please.\n");
        fs::write(
            folder.path().join("in.txt"),
            (0..lines).map(line).collect::<String>(),
        )
        .unwrap();
        Place { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nlp"));
        command.arg("annotate").args(TOKENS_ONLY).args(words);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Starts it; what it says on standard error is read in the end.
    pub fn start(&self, words: &[&str]) -> Child {
        self.command(words).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs it, and it is well.
    pub fn well(&self, words: &[&str]) -> Output {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}", stderr(&output));
        output
    }

    /// Runs it, and it fails for `why`.
    pub fn fails(&self, words: &[&str], why: &str) {
        let output = self.run(words);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{words:?}: {}",
            stderr(&output)
        );
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub fn texts(&self, name: &str) -> Vec<String> {
        texts(std::str::from_utf8(&self.read(name)).unwrap())
    }

    /// The output of an unbroken run.
    pub fn whole(&self) -> Vec<u8> {
        self.well(&["in.txt", "--out", "whole.jsonl"]);
        self.read("whole.jsonl")
    }

    /// What else there is beside inputs and finished outputs.
    pub fn left(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| {
                name.ends_with(".partial")
                    || name.ends_with(".manifest")
                    || name.ends_with(".draft")
            })
            .collect()
    }
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn texts(lines: &str) -> Vec<String> {
    let text = |line: &str| {
        let doc: Value = serde_json::from_str(line).unwrap();
        doc["text"].as_str().unwrap().to_owned()
    };
    lines.split_terminator('\n').map(text).collect()
}

pub fn signal(child: &Child, name: &str) {
    signal_process(child.id(), name);
}

pub fn signal_process(id: u32, name: &str) {
    let sent = Command::new("kill")
        .args([format!("-{name}"), id.to_string()])
        .stderr(Stdio::null())
        .status();
    sent.unwrap();
}

/// Waits until `path` is there and has more than `bytes`.
pub fn wait_for(path: &Path, bytes: u64) {
    let began = Instant::now();
    while fs::metadata(path).map_or(0, |metadata| metadata.len()) <= bytes {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{} does not grow",
            path.display()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}
