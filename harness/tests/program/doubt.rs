//! valgrind is never believed blindly: whatever goes wrong with it ends in a sentence and exit code 3.

use crate::place::{Ended, Place, valgrind_is_there};
use harness_model::Instrument;
use harness_model::Probe;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

const RUN: &str =
    "--workload words --zones on --probes valgrind --valgrind-iters 1 --require valgrind";

/// Runs the program with this as `valgrind`, a script for the shell.
fn with_valgrind(place: &Place, script: &str) -> Ended {
    let directory = place.path("bin");
    std::fs::create_dir_all(&directory).unwrap();
    let file = directory.join("valgrind");
    // Only the version is asked for without the program's own arguments.
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = --version ]; then echo valgrind-3.19.0; exit 0; fi\n{script}\n"
    );
    std::fs::write(&file, script).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(directory).chain(std::env::split_paths(&paths).collect::<Vec<_>>());
    let path = std::env::join_paths(paths).unwrap();
    Ended::from(place.command(RUN).env("PATH", path).output().unwrap())
}

/// The run is inconclusive, and says why, with these words.
fn doubts(place: &Place, ended: &Ended, words: &str) {
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let summary = place.summary();
    let Probe::Failed { reason, .. } = &summary.stacks(Instrument::Valgrind).unwrap() else {
        panic!("{:?}", summary.stacks(Instrument::Valgrind).unwrap())
    };
    assert!(reason.contains(words), "{reason}");
    assert!(
        summary.verdict.sentence.contains(words),
        "{}",
        summary.verdict.sentence
    );
}

#[test]
fn a_valgrind_that_ends_with_an_error_is_no_result() {
    let place = Place::new();
    let ended = with_valgrind(&place, "echo 'valgrind: no such tool' >&2; exit 1");
    doubts(&place, &ended, "ended with exit code 1");
}

#[test]
fn a_valgrind_that_crashes_is_no_result() {
    let place = Place::new();
    let ended = with_valgrind(&place, "kill -SEGV $$");
    doubts(&place, &ended, "was killed by signal 11");
}

/// The program's own arguments come after valgrind's, which all begin with a dash.
const RUN_THE_PROGRAM: &str = "\
xml=; for word in \"$@\"; do case $word in --xml-file=*) xml=${word#--xml-file=};; esac; done
while [ \"${1#-}\" != \"$1\" ]; do shift; done";

#[test]
fn a_valgrind_that_writes_no_report_is_no_result() {
    let place = Place::new();
    let ended = with_valgrind(&place, &format!("{RUN_THE_PROGRAM}\nexec \"$@\""));
    doubts(&place, &ended, "could not be opened");
}

#[test]
fn what_is_printed_on_standard_output_goes_to_the_log_and_is_no_message() {
    let place = Place::new();
    let refusal = r#"{"event":"refused","message":"printed"}"#;
    let script = format!("{RUN_THE_PROGRAM}\necho '{refusal}'; echo more >&2\nexec \"$@\"");
    let ended = with_valgrind(&place, &script);
    // A refusal that is heard is a usage error.
    doubts(&place, &ended, "could not be opened");
    let log = std::fs::read_to_string(place.path("out/tools/valgrind-with-zones-1.err")).unwrap();
    assert_eq!(log, format!("{refusal}\nmore\n"));
}

#[test]
fn what_a_tool_leaves_behind_is_ended_and_does_not_hold_up_the_run() {
    let place = Place::new();
    let left = place.path("left");
    // It inherits the pipe, as the tool did.
    let script = format!(
        "{RUN_THE_PROGRAM}\nsleep 600 & echo $! > '{}'\nexec \"$@\"",
        left.to_str().unwrap()
    );
    let begun = Instant::now();
    let ended = with_valgrind(&place, &script);
    assert!(begun.elapsed() < Duration::from_secs(300));
    doubts(&place, &ended, "could not be opened");
    let left = std::fs::read_to_string(left).unwrap();
    // What nobody has waited for yet is a zombie, whose command line is empty.
    let command = std::fs::read(format!("/proc/{}/cmdline", left.trim())).unwrap_or_default();
    assert!(command.is_empty(), "{command:?}");
}

#[test]
fn a_line_on_the_pipe_that_is_no_message_is_no_result() {
    let place = Place::new();
    let ended = with_valgrind(&place, "echo hello > /dev/fd/$HARNESS_PIPE; sleep 600");
    doubts(&place, &ended, "cannot be understood");
}

#[test]
fn a_child_without_a_pipe_says_so_in_one_line() {
    let started = |pipe: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
        command.args(["__child", "{}"]).env_remove("HARNESS_PIPE");
        command.envs(pipe.map(|pipe| ("HARNESS_PIPE", pipe)));
        Ended::from(command.output().unwrap())
    };
    for (pipe, says) in [
        (None, "HARNESS_PIPE names no descriptor"),
        (Some("three"), "HARNESS_PIPE names no descriptor"),
        (Some("1"), "HARNESS_PIPE names no descriptor"),
        (Some("1000"), "descriptor 1000 cannot be used"),
    ] {
        let ended = started(pipe);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(says), "{ended:?}");
        assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
    }
}

#[test]
fn a_valgrind_that_writes_half_a_report_is_no_result() {
    let place = Place::new();
    let half = "<?xml version=\"1.0\"?><valgrindoutput><protocolversion>4</protocolversion><tool>memcheck</tool><error><uni";
    let script = format!("{RUN_THE_PROGRAM}\nprintf '%s' '{half}' > \"$xml\"\nexec \"$@\"");
    let ended = with_valgrind(&place, &script);
    doubts(&place, &ended, "not whole");
}

#[test]
fn a_child_on_another_allocator_proves_nothing() {
    if !valgrind_is_there() {
        return;
    }
    let place = Place::new();
    let real = Command::new("sh")
        .args(["-c", "command -v valgrind"])
        .output()
        .unwrap();
    let real = String::from_utf8(real.stdout).unwrap();
    // As a wrapper would do that sets the environment anew.
    let script = format!("HARNESS_ALLOCATOR=counting exec {} \"$@\"", real.trim());
    let ended = with_valgrind(&place, &script);
    doubts(
        &place,
        &ended,
        "used the allocator counting in place of system",
    );
}

#[test]
fn a_stripped_program_cannot_show_that_its_heap_was_seen() {
    let strip = |file: &std::path::Path| Command::new("strip").arg(file).status();
    if !valgrind_is_there() {
        return;
    }
    let place = Place::new();
    let copy = place.path("harness");
    std::fs::copy(env!("CARGO_BIN_EXE_harness"), &copy).unwrap();
    if !strip(&copy).is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: strip is not installed, and this test is about what it leaves");
        return;
    }
    let output = Command::new(&copy)
        .args(RUN.split_whitespace())
        .args(["--out", "out"])
        .current_dir(place.path(""))
        .output()
        .unwrap();
    doubts(&place, &Ended::from(output), "was it stripped?");
}
