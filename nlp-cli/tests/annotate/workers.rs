//! Processes that do the work.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::place::{Place, TOKENS_ONLY, signal_process, stderr, texts, wait_for};

/// The processes that `parent` started.
fn children(parent: u32) -> Vec<u32> {
    let mut children = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        if after_name.split(' ').nth(1) == Some(&parent.to_string()) {
            children.extend(
                entry
                    .file_name()
                    .to_str()
                    .and_then(|name| name.parse::<u32>().ok()),
            );
        }
    }
    children
}

#[test]
fn a_worker_that_is_killed_is_replaced_and_nothing_is_lost() {
    let place = Place::new(8_000);
    let whole = place.whole();
    let words = [
        "in.txt",
        "--out",
        "out.jsonl",
        "--workers",
        "2",
        "--range-bytes",
        "5000",
        "--json-summary",
        "summary.json",
    ];
    let child = place.start(&words);
    wait_for(&place.path("out.jsonl.partial"), 0);
    for worker in children(child.id()) {
        signal_process(worker, "KILL");
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let summary: Value = serde_json::from_slice(&place.read("summary.json")).unwrap();
    assert!(
        summary["workers"]["died"].as_u64().unwrap() > 0,
        "{summary}"
    );
    assert!(place.read("out.jsonl") == whole);
}

#[test]
fn the_line_that_kills_workers_is_named_and_the_others_go_on() {
    let place = Place::new(40);
    let mut input = place.read("in.txt");
    let at = input.len() / 2;
    let line_end = at + input[at..].iter().position(|&byte| byte == b'\n').unwrap() + 1;
    // A text that takes more memory than a worker may have.
    let killer = "a ".repeat(8_000_000) + "\n";
    input.splice(line_end..line_end, killer.into_bytes());
    fs::write(place.path("in.txt"), input).unwrap();
    let mut limited = Command::new("bash");
    limited.args([
        "-c",
        "ulimit -v 700000; exec \"$@\"",
        "bash",
        env!("CARGO_BIN_EXE_nlp"),
        "annotate",
    ]);
    limited.args(TOKENS_ONLY).args([
        "in.txt",
        "--workers",
        "1",
        "--max-length",
        "100000000",
        "--max-line",
        "100000000",
    ]);
    limited.current_dir(place.folder.path());
    let output = limited.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("nlp: in.txt: line 22: the worker was ended by SIGABRT each time"),
        "{}",
        stderr(&output)
    );
    assert_eq!(
        texts(std::str::from_utf8(&output.stdout).unwrap()).len(),
        40
    );
}
