//! The leak scan of the library that is preloaded, on programs whose losses are known: what is lost, and lost with it,
//! to the byte and block as valgrind's memcheck says where it is installed.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests write where they like"
)]
#![cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]

mod allocators;
mod program;

use harness_preload::record::Scan;
use program::{Losses, Program, memcheck};

/// Runs it both ways, and wants the same definite and indirect losses; hands on those of the scan.
fn as_memcheck(program: &Program, arguments: &[&str]) -> Losses {
    let ended = program.run(arguments);
    assert_eq!(ended.scan, Scan::DONE, "{ended:?}");
    if let Some(theirs) = memcheck(program, arguments) {
        assert_eq!(ended.losses.definite, theirs.definite, "{ended:?}");
        assert_eq!(ended.losses.indirect, theirs.indirect, "{ended:?}");
        // A thread's table of thread-local storage is possibly lost to both. The library's own storage makes each such
        // table 16 bytes larger.
        assert!(
            ended.losses.possible.1.abs_diff(theirs.possible.1) <= 1,
            "{ended:?} {theirs:?}"
        );
    }
    ended.losses
}

#[test]
fn lists_rings_and_mappings_are_lost_as_memcheck_says() {
    let losses = as_memcheck(&Program::c("shapes"), &[]);
    // 7 plain ones, the heads of a list and a ring, a mapping, two aligned ones, one that moved, one of no bytes, a
    // table, one whose address is masked and one that only freed blocks point to.
    assert_eq!(losses.definite.1, 17);
    let plain = 7 * 100 + 21;
    let aligned = 1000 + (300 << 10);
    assert_eq!(
        losses.definite.0,
        plain + 2 * 48 + (5 << 20) + aligned + 300 + 128 + 77 + 520
    );
    assert_eq!(losses.indirect, ((39 + 19) * 48 + 16 * 24, 39 + 19 + 16));
    assert_eq!(losses.possible, (288, 1));
}

#[test]
fn registers_stacks_and_thread_local_storage_hold_blocks() {
    let losses = as_memcheck(&Program::c("ways"), &[]);
    // What ended threads left behind, and what a waiting one dropped.
    assert_eq!(losses.definite, (64 * 60 + 61 + 333, 66));
    assert_eq!(losses.indirect, (0, 0));
    // The tables of the three threads that run.
    assert_eq!(losses.possible.1, 3);
}

#[test]
fn heaps_of_eight_threads_are_looked_through() {
    let losses = as_memcheck(&Program::c("arenas"), &[]);
    let plain: u64 = (0..64).map(|i| 8 + 5 * i).sum();
    assert_eq!(losses.definite, (8 * (plain + 32), 8 * 65));
    assert_eq!(losses.indirect, (8 * 9 * 32, 8 * 9));
}

#[test]
fn thread_local_storage_of_an_opened_library_holds_blocks() {
    let library = Program::library("dynamic_library");
    let losses = as_memcheck(&Program::c("dynamic"), &[library.path()]);
    assert_eq!(losses.definite, (3333, 1));
}

#[test]
fn pointers_to_the_inside_that_are_usual_hold_blocks() {
    let losses = as_memcheck(&Program::cpp("usual"), &[]);
    // Neither a string nor a size lies before what the two last pointers point to.
    assert_eq!(losses.possible, (75 + 98, 2));
}

#[test]
fn memory_of_all_kinds_holds_blocks() {
    let ended = Program::c("memory").run(&[]);
    assert_eq!((ended.code, ended.scan), (Some(0), Scan::DONE), "{ended:?}");
    assert_eq!(ended.losses.definite, (60 + 400, 2), "{ended:?}");
    assert_eq!(ended.losses.indirect, (0, 0), "{ended:?}");
}

#[test]
fn what_frees_blocks_all_the_time_is_never_said_to_lose_them() {
    let program = Program::c("growing");
    for _ in 0..10 {
        let ended = program.run(&["3"]);
        assert_eq!(ended.scan, Scan::DONE, "{ended:?}");
        assert_eq!(ended.losses.definite, (0, 0), "{ended:?}");
    }
}

/// What the library reserves is far more than it uses: none of that counts as the program's.
#[test]
fn a_program_that_locks_all_its_memory_locks_no_more_than_without_the_library() {
    let program = Program::c("locks");
    let alone = std::process::Command::new(program.path()).output().unwrap();
    let ended = program.run(&[]);
    assert_eq!((ended.code, ended.scan), (Some(0), Scan::DONE), "{ended:?}");
    assert_eq!(ended.output.as_bytes(), alone.stdout, "{ended:?}");
    assert_eq!(ended.losses.definite, (40_000, 1_000), "{ended:?}");
}

/// Calls that wait go on waiting, handlers of the program's are not called, and no child is seen.
#[test]
fn a_program_does_not_notice_that_it_is_scanned() {
    let program = Program::c("waiting");
    for how in [
        "calls", "blocked", "handlers", "sigwait", "child", "leader", "hidden",
    ] {
        let ended = program.run(&[how]);
        assert_eq!(ended.scan, Scan::DONE, "{how}: {ended:?}");
        assert_eq!(
            (ended.code, ended.output.as_str()),
            (Some(7), "at its end\n"),
            "{how}: {ended:?}"
        );
        assert_eq!(ended.losses.definite, (60, 1), "{how}: {ended:?}");
    }
}

#[test]
fn a_thread_that_cannot_be_stopped_makes_the_scan_doubtful() {
    let program = Program::c("waiting");
    for how in ["deaf", "small"] {
        let ended = program.run(&[how]);
        assert_eq!(ended.scan, Scan::DOUBTFUL, "{how}: {ended:?}");
        assert_eq!(ended.unstopped, 1, "{how}: {ended:?}");
        assert_eq!(
            (ended.code, ended.output.as_str()),
            (Some(7), "at its end\n")
        );
    }
}
