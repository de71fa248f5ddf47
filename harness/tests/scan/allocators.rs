//! Other allocators: what is lost under them is what is lost without them.

use crate::program::{Losses, Program};
use harness_preload::record::Scan;

/// Those whose ways are known, by their libraries.
const KNOWN: [&str; 3] = [
    "libjemalloc.so.2",
    "libtcmalloc_minimal.so.4",
    "libmimalloc.so.2",
];

/// Runs a program under each allocator that is installed, and wants what it loses without them.
fn as_without(program: &Program, arguments: &[&str]) {
    let own = program.run(arguments);
    assert_eq!(own.scan, Scan::DONE, "{own:?}");
    for allocator in KNOWN {
        let ended = program.run_with(arguments, &[allocator]);
        if ended.output.contains("cannot be preloaded") {
            eprintln!("SKIPPED: {allocator} is not installed");
            continue;
        }
        assert_eq!(ended.code, own.code, "{allocator}: {ended:?}");
        assert_eq!(ended.scan, Scan::DONE, "{allocator}: {ended:?}");
        let told = |losses: &Losses| (losses.definite, losses.indirect, losses.possible.1);
        // The tables of threads' storage, which are possibly lost, grow with the library of the allocator.
        assert_eq!(
            told(&ended.losses),
            told(&own.losses),
            "{allocator}: {ended:?} {own:?}"
        );
    }
}

#[test]
fn lists_rings_and_mappings_are_lost_under_any_allocator() {
    as_without(&Program::c("shapes"), &[]);
}

#[test]
fn memory_of_all_kinds_holds_blocks_under_any_allocator() {
    as_without(&Program::c("ways"), &[]);
    as_without(&Program::c("memory"), &[]);
    as_without(&Program::cpp("usual"), &[]);
}

#[test]
fn caches_of_ended_threads_hold_nothing() {
    as_without(&Program::c("arenas"), &[]);
}

#[test]
fn what_another_allocator_frees_all_the_time_is_never_said_to_be_lost() {
    let program = Program::c("growing");
    for allocator in KNOWN {
        for _ in 0..3 {
            let ended = program.run_with(&["3"], &[allocator]);
            assert_eq!(ended.losses.definite, (0, 0), "{allocator}: {ended:?}");
        }
    }
}

/// A thread of the allocator's own is started within an allocation, where the library works already: the block that this
/// takes is in no list, and holds what it holds.
#[test]
fn threads_of_the_allocators_own_hold_nothing_that_is_lost() {
    let program = Program::c("shapes");
    let own = program.run(&[]);
    let settings = [("MALLOC_CONF", "background_thread:true")];
    let ended = program.run_in(&[], &["libjemalloc.so.2"], &settings);
    if !ended.output.contains("cannot be preloaded") {
        assert_eq!(
            (ended.scan, &ended.losses),
            (Scan::DONE, &own.losses),
            "{ended:?}"
        );
    }
}

/// Of an allocator whose ways are not known nothing can be told free from what is in use: what lies there may hold
/// something, so it does, possibly. What nothing at all points to is lost.
#[test]
fn what_is_free_in_an_unknown_allocator_holds_only_possibly() {
    let allocator = Program::library("allocator");
    let ended = Program::c("shapes").run_with(&[], &[allocator.path()]);
    assert_eq!(ended.scan, Scan::DONE, "{ended:?}");
    let own = Program::c("shapes").run(&[]);
    let held_by_freed = 520;
    assert_eq!(
        ended.losses.definite,
        (
            own.losses.definite.0 - held_by_freed,
            own.losses.definite.1 - 1
        ),
        "{ended:?}"
    );
    assert_eq!(ended.losses.indirect, own.losses.indirect, "{ended:?}");
    assert_eq!(ended.losses.possible, (288 + held_by_freed, 2), "{ended:?}");
}
