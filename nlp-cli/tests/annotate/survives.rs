//! Killed, stopped, without room, over what was changed: what it leaves, and what comes of it.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::place::{Place, TOKENS_ONLY, signal, stderr, wait_for};

#[test]
fn a_run_that_is_killed_again_and_again_ends_with_what_an_unbroken_one_writes() {
    let place = Place::new(20_000);
    let whole = place.whole();
    let words = ["in.txt", "--out", "out.jsonl", "--range-bytes", "5000"];
    let mut kills = 0;
    for i in 0..10 {
        let mut child = place.command(&words).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(60 + 47 * i % 290));
        kills += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        if place.path("out.jsonl").exists() {
            break;
        }
    }
    assert!(kills > 0);
    if !place.path("out.jsonl").exists() {
        place.well(&words);
    }
    assert!(place.read("out.jsonl") == whole);
    assert_eq!(place.left(), [""; 0]);
}

#[test]
fn a_run_goes_on_where_it_was_killed_and_not_at_the_beginning() {
    let place = Place::new(60_000);
    let whole = place.whole();
    let words = [
        "in.txt",
        "--out",
        "out.jsonl",
        "--range-bytes",
        "5000",
        "--threads",
        "1",
        "--json-summary",
        "summary.json",
    ];
    // What is done is made safe a few times a second, so that the run has to be a long one; it may be through all the same
    // before it is seen to have begun.
    let killed = (0..10).any(|_| {
        let mut child = place.command(&words).stderr(Stdio::null()).spawn().unwrap();
        let manifest = place.path("out.jsonl.manifest");
        while fs::metadata(&manifest).map_or(0, |metadata| metadata.len()) <= 700
            && child.try_wait().unwrap().is_none()
        {
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        fs::remove_file(place.path("out.jsonl")).is_err()
    });
    assert!(killed);
    // What was written and not entered, as by a crash in the midst of it.
    let mut partial = fs::OpenOptions::new()
        .append(true)
        .open(place.path("out.jsonl.partial"))
        .unwrap();
    partial.write_all(b"{\"text\": \"half a li").unwrap();
    let mut manifest = fs::OpenOptions::new()
        .append(true)
        .open(place.path("out.jsonl.manifest"))
        .unwrap();
    manifest.write_all(b"00000000 {\"input\":").unwrap();
    place.well(&words);
    let summary: Value = serde_json::from_slice(&place.read("summary.json")).unwrap();
    assert!(summary["resumed"].as_u64().unwrap() > 0, "{summary}");
    assert_eq!(summary["documents"], 60_000);
    assert!(place.read("out.jsonl") == whole);
}

#[test]
fn a_signal_stops_it_in_a_state_that_is_gone_on_with() {
    let place = Place::new(30_000);
    let whole = place.whole();
    for (name, workers) in [("INT", &["--threads", "1"]), ("TERM", &["--workers", "2"])] {
        let out = format!("{name}.jsonl");
        let words = [
            &["in.txt", "--out", &out, "--range-bytes", "5000"][..],
            workers,
        ]
        .concat();
        let child = place.start(&words);
        wait_for(&place.path(&format!("{out}.partial")), 0);
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
        assert!(
            stderr(&output).contains("the same command goes on from there"),
            "{}",
            stderr(&output)
        );
        place.well(&words);
        assert!(place.read(&out) == whole, "{name}");
    }
}

#[test]
fn what_was_left_of_another_run_is_told_and_not_lost() {
    let place = Place::new(3000);
    let words = ["in.txt", "--out", "out.jsonl", "--range-bytes", "500"];
    let mut child = place.command(&words).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&place.path("out.jsonl.partial"), 0);
    child.kill().unwrap();
    child.wait().unwrap();
    let before = place.read("out.jsonl.partial");
    place.fails(
        &["in.txt", "--out", "out.jsonl", "--range-bytes", "501"],
        "--range-bytes was 500, and now is 501",
    );
    place.fails(&[&words[..], &["--disable", "x"]].concat(), "x");
    let bytes = place.read("in.txt");
    fs::write(place.path("in.txt"), &bytes[1..]).unwrap();
    place.fails(&words, "in.txt had ");
    fs::write(place.path("in.txt"), [b"X", &bytes[1..]].concat()).unwrap();
    place.fails(&words, "in.txt was changed since");
    fs::remove_file(place.path("in.txt")).unwrap();
    place.fails(&words, "cannot read in.txt");
    assert!(place.read("out.jsonl.partial") == before);
    fs::write(place.path("in.txt"), &bytes).unwrap();
    place.well(&[&words[..], &["--restart"]].concat());
    assert_eq!(place.texts("out.jsonl").len(), 3000);
    place.fails(&words, "out.jsonl is there already");
}

#[test]
fn an_input_that_changes_while_it_is_read_ends_the_run() {
    let place = Place::new(8_000);
    let words = [
        "in.txt",
        "--out",
        "out.jsonl",
        "--range-bytes",
        "1000",
        "--threads",
        "1",
    ];
    let child = place.start(&words);
    wait_for(&place.path("out.jsonl.partial"), 0);
    let mut input = fs::OpenOptions::new()
        .append(true)
        .open(place.path("in.txt"))
        .unwrap();
    input.write_all(b"one more\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("in.txt was changed while it was read"),
        "{}",
        stderr(&output)
    );
    assert!(!place.path("out.jsonl").exists());
}

#[test]
fn a_disk_without_room_is_told_and_the_run_goes_on_when_there_is_some() {
    let place = Place::new(5000);
    let whole = place.whole();
    let words = ["in.txt", "--out", "out.jsonl", "--range-bytes", "2000"];
    // No file may be longer than this: what a write then gets is an error, as on a full disk.
    let mut limited = Command::new("bash");
    let script = format!(
        "trap '' XFSZ; ulimit -f {}; exec \"$@\"",
        whole.len() / 1024 / 2
    );
    limited
        .args(["-c", &script, "bash", env!("CARGO_BIN_EXE_nlp"), "annotate"])
        .args(TOKENS_ONLY);
    let output = limited
        .args(words)
        .current_dir(place.folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("cannot write out.jsonl.partial"),
        "{}",
        stderr(&output)
    );
    assert!(
        stderr(&output).contains("what was done is kept"),
        "{}",
        stderr(&output)
    );
    place.well(&words);
    assert!(place.read("out.jsonl") == whole);
}

#[test]
fn two_runs_do_not_write_one_output() {
    let place = Place::new(8_000);
    let words = ["in.txt", "--out", "out.jsonl", "--range-bytes", "5000"];
    let mut child = place.command(&words).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&place.path("out.jsonl.partial"), 0);
    signal(&child, "STOP");
    place.fails(&words, "another run is writing it");
    signal(&child, "CONT");
    assert!(child.wait().unwrap().success());
    assert_eq!(place.texts("out.jsonl").len(), 8_000);
}

#[test]
fn a_run_that_was_killed_while_its_file_was_put_together_is_finished_by_the_next() {
    let place = Place::new(2000);
    place.well(&["in.txt", "--out", "whole.spacy"]);
    let words = ["in.txt", "--out", "out.spacy", "--range-bytes", "3000"];
    // There is a folder where the draft should be.
    fs::create_dir(place.path("out.spacy.draft")).unwrap();
    place.fails(&words, "cannot write out.spacy");
    fs::remove_dir(place.path("out.spacy.draft")).unwrap();
    let output = place.well(&words);
    assert!(
        stderr(&output).contains("of which 2000 were done before"),
        "{}",
        stderr(&output)
    );
    assert!(place.read("out.spacy") == place.read("whole.spacy"));
    assert_eq!(place.left(), [""; 0]);
}
