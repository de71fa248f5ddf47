//! `harness run --fail-allocations`: what a program does where an allocation fails.

use crate::place::{Ended, Place};
use harness_model::Outcome;
use harness_model::program::{
    ErrorPathFinding, ErrorPathKind, ErrorPaths, ProgramCause, ProgramSummary, Resource,
};
use std::path::Path;
use std::process::Command;

/// Runs the program that goes wrong in a way.
fn run(options: &str, words: &str) -> (Ended, ProgramSummary) {
    let place = Place::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/error_paths.c");
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let compiled = Command::new(compiler)
        .args(["-g", "-O1", "-fno-builtin", "-o"])
        .arg(place.path("work"))
        .arg(source)
        .status();
    assert!(compiled.unwrap().success(), "the program can be compiled");
    let mut command = place.command(&format!("run --fail-allocations {options}"));
    command.arg("--").args(words.split_whitespace());
    let ended = Ended::from(command.output().unwrap());
    let summary = place.document();
    (ended, summary)
}

fn found(summary: &ProgramSummary) -> (&ErrorPaths, &[ErrorPathFinding]) {
    let paths = summary.error_paths.as_ref().expect("was looked for");
    (paths, &paths.findings)
}

#[test]
fn a_block_that_is_lost_where_another_cannot_be_had_is_named_with_both_lines() {
    let (ended, summary) = run("", "./work lose {iters}");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let (paths, findings) = found(&summary);
    // Three an iteration, two iterations, and the C library's own none.
    assert_eq!((paths.allocations, paths.runs, paths.every), (6, 6, true));
    let lost: Vec<_> = findings
        .iter()
        .map(|one| {
            (
                one.kind,
                one.place.function.as_str(),
                one.place.line,
                one.bytes,
            )
        })
        .collect();
    let lost_at = |line, bytes| (ErrorPathKind::Lost, "make", Some(line), bytes);
    assert_eq!(lost, [lost_at(12, 16), lost_at(15, 5)]);
    for one in findings {
        assert_eq!((one.count, one.runs, one.failed.number), (1, 2, 3));
        assert_eq!(one.failed.place.line, Some(20));
    }
    let growth = &summary.verdict.growth[0];
    assert_eq!(
        (growth.resource, growth.cause, growth.bytes_per_iteration),
        (Resource::Heap, ProgramCause::Unreachable, 16.0)
    );
    assert!(
        ended
            .stdout
            .contains("Lost: 16 bytes in 1 block, taken by make"),
        "{}",
        ended.stdout
    );
}

#[test]
fn a_program_that_frees_what_it_had_so_far_passes() {
    let (ended, summary) = run("--iters 3", "./work free {iters}");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(summary.verdict.outcome, Outcome::Pass);
    let (paths, findings) = found(&summary);
    assert_eq!((paths.allocations, paths.runs), (9, 9));
    assert_eq!(findings, []);
}

#[test]
fn a_file_that_stays_open_although_the_work_goes_on_is_named_with_the_call_that_opens_it() {
    let (_, summary) = run("", "./work leave-open {iters}");
    let open = found(&summary)
        .1
        .iter()
        .find(|one| one.kind == ErrorPathKind::NotReleased)
        .expect("is found");
    assert_eq!(open.resource, Some(Resource::FileDescriptor));
    assert_eq!((open.count, open.place.line), (1, Some(41)));
    assert_eq!(open.failed.place.line, Some(44));
}

#[test]
fn a_crash_is_named_with_the_line_that_crashes_and_that_of_the_allocation() {
    let (ended, summary) = run("", "./work crash {iters}");
    assert_eq!(ended.code, Some(1));
    let (_, findings) = found(&summary);
    let [crash] = findings else {
        panic!("{findings:?}")
    };
    assert_eq!(crash.kind, ErrorPathKind::Crash);
    assert_eq!(
        (crash.place.function.as_str(), crash.place.line),
        ("crash", Some(53))
    );
    assert_eq!(crash.failed.place.line, Some(52));
    assert!(crash.ended.contains("SIGSEGV"), "{}", crash.ended);
    assert!(
        crash
            .stack
            .iter()
            .any(|frame| frame.place.function == "main")
    );
}

#[test]
fn a_command_that_hangs_is_told_by_what_failed() {
    let (_, summary) = run("--iters 1 --timeout 1", "./work hang {iters}");
    let (_, findings) = found(&summary);
    let [hang] = findings else {
        panic!("{findings:?}")
    };
    assert_eq!(
        (hang.kind, hang.failed.place.line),
        (ErrorPathKind::Hang, Some(59))
    );
}

#[test]
fn where_time_is_short_each_place_is_tried_before_another_block_of_one() {
    let (_, summary) = run("--iters 100000 --budget 2", "./work lose {iters}");
    let (paths, findings) = found(&summary);
    assert!(!paths.every);
    assert_eq!((paths.call_stacks, paths.call_stacks_tried), (3, 3));
    assert_eq!(findings.len(), 2);
    assert_eq!(findings[0].failed.number, 1, "of its stack");
}

#[test]
fn the_program_that_the_command_becomes_is_the_one_whose_allocations_fail() {
    let (_, summary) = run("", "env ./work crash {iters}");
    let (paths, findings) = found(&summary);
    assert_eq!((paths.allocations, paths.runs), (2, 2));
    assert_eq!(findings[0].place.line, Some(53));
}

#[test]
fn several_counts_are_wrong_use() {
    let place = Place::new();
    let mut command = place.command("run --fail-allocations --iters 1,2,3 -- true");
    let ended = Ended::from(command.output().unwrap());
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("give --iters one number"),
        "{}",
        ended.stderr
    );
}
