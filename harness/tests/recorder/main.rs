//! What the library records of real programs: every stack is the one that libgcc's unwinder finds, counts are exact, and
//! the programs behave as without it.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests write where they like"
)]

mod places;
mod python;
mod python_frames;

use harness::preloaded;
use harness::recording::{self, AllocatorKind, Amount, Kind, Recording};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with the library in it, and room for programs and records.
struct Bench {
    folder: tempfile::TempDir,
    library: PathBuf,
}

impl Bench {
    /// `None` on a machine for which there is no library, or without a compiler.
    fn new() -> Option<Bench> {
        if !preloaded::is_supported() || Command::new("cc").arg("--version").output().is_err() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let library = preloaded::write_into(folder.path()).unwrap();
        Some(Bench { folder, library })
    }

    fn compile(&self, source: &str) -> PathBuf {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorder");
        let program = self.folder.path().join(source.trim_end_matches(".c"));
        let done = Command::new("cc")
            .args([
                "-g",
                "-O1",
                "-fno-builtin",
                "-fno-optimize-sibling-calls",
                "-pthread",
                "-o",
            ])
            .arg(&program)
            .arg(sources.join(source))
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        program
    }

    /// Runs a command under the library, and reads what was recorded of it and its children.
    fn record(&self, wishes: &str, command: &mut Command) -> (Output, Vec<Recording>) {
        let records = tempfile::tempdir_in(self.folder.path()).unwrap();
        command.env("LD_PRELOAD", &self.library);
        command
            .env("HARNESS_RECORD_DIR", records.path())
            .env("HARNESS_RECORD", wishes);
        let output = command.output().unwrap();
        let (recordings, complaints) = recording::read_folder(records.path());
        assert_eq!(complaints, Vec::<String>::new());
        (output, recordings)
    }
}

/// The process that was started first.
fn first(recordings: &[Recording]) -> &Recording {
    recordings
        .iter()
        .min_by_key(|recording| recording.begun_ns)
        .unwrap()
}

/// Of each kind of thing: how many live at the end, and their bytes.
fn at_end(recording: &Recording, kind: Kind) -> (u64, u64) {
    let sites = recording.sites.iter().filter(|site| site.kind == kind);
    sites.fold((0, 0), |(blocks, bytes), site| {
        (blocks + site.end.blocks, bytes + site.end.bytes)
    })
}

/// Compares each stack of a program with libgcc's; how many were compared, and what was recorded. Nothing is compared where
/// libgcc's unwinder is not installed.
fn compared(bench: &Bench, program: &str) -> (u64, Vec<Recording>) {
    let program = bench.compile(program);
    let (output, recordings) = bench.record("check", &mut Command::new(program));
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "done\n");
    let sum = |of: fn(&Recording) -> u64| recordings.iter().map(of).sum::<u64>();
    assert_eq!(sum(|recording| recording.different), 0);
    (sum(|recording| recording.checked), recordings)
}

#[test]
fn every_stack_is_the_one_that_libgcc_finds() {
    let Some(bench) = Bench::new() else { return };
    let (compared, recordings) = compared(&bench, "twists.c");
    assert!(compared > 5_000 || compared == 0, "{compared}");
    assert_eq!(recordings.len(), 11);
}

#[test]
fn a_way_that_was_gone_before_is_not_taken_for_another_one() {
    let Some(bench) = Bench::new() else { return };
    let (compared, _) = compared(&bench, "turns.c");
    assert!(compared >= 60_000 || compared == 0, "{compared}");
}

#[test]
fn what_threads_take_by_one_stack_is_one_site_and_exact() {
    let Some(bench) = Bench::new() else { return };
    let program = bench.compile("together.c");
    let (output, recordings) = bench.record("", &mut Command::new(program));
    assert!(output.status.success());
    let own = first(&recordings);
    let sites = own.sites.iter().filter(|site| site.taken >= 10_000);
    let [site] = sites.collect::<Vec<_>>()[..] else {
        panic!("{:?}", own.sites);
    };
    assert_eq!(site.taken, 400_000);
    let kept = Amount {
        bytes: 40_000 * 40,
        blocks: 40_000,
    };
    assert_eq!((site.end, site.live), (kept, kept));
    // The most of each part was not at one time, and is no less than what was.
    assert!(site.peak.blocks >= 40_000 && site.peak.blocks <= 40_000 + 4 * 4 * 64);
}

#[test]
fn what_the_allocator_keeps_is_told_by_where_it_lies() {
    let Some(bench) = Bench::new() else { return };
    let program = bench.compile("keeps.c");
    let (blocks, chunk) = (20_000, 1_008);
    let keep = |every: u64| {
        let (output, recordings) = bench.record("", Command::new(&program).arg(every.to_string()));
        assert!(output.status.success());
        let own = first(&recordings);
        assert_eq!(own.arenas, 1);
        assert!(own.at_end.mappings.unwrap() > 10);
        let tables = own.at_end.own_anonymous.unwrap();
        assert!(tables > 0 && tables < own.at_end.own.unwrap());
        own.at_end.allocator.unwrap()
    };
    let near = |found: u64, wanted: u64| found.abs_diff(wanted) < 64 << 10;
    // All live: nothing is free but what the heap has left at its end.
    let all = keep(1);
    assert_eq!(all.kind, AllocatorKind::Glibc);
    assert!(near(all.used, blocks * chunk), "{all:?}");
    assert!(all.free < 256 << 10 && all.pages == 0, "{all:?}");
    // One lives in every four or so pages: some are whole, and the others are pinned.
    let few = keep(16);
    assert!(near(few.used, blocks / 16 * chunk), "{few:?}");
    assert!(near(few.free, blocks / 16 * 15 * chunk), "{few:?}");
    let (least, most) = (few.free / 2, few.free * 9 / 10);
    assert!((least..most).contains(&few.pages), "{few:?}");
    // One in every other: no page is whole.
    let half = keep(2);
    assert!(near(half.used, blocks / 2 * chunk), "{half:?}");
    assert!(
        half.pages == 0 && near(half.free, blocks / 2 * chunk),
        "{half:?}"
    );
}

#[test]
fn what_is_held_beside_the_heap_is_counted_to_the_piece() {
    let Some(bench) = Bench::new() else { return };
    let program = bench.compile("holds.c");
    let held = |n: u32| {
        let (output, recordings) = bench.record("", Command::new(&program).arg(n.to_string()));
        assert!(output.status.success());
        let own = first(&recordings);
        let kinds = [
            Kind::Descriptor,
            Kind::Mapping,
            Kind::Thread,
            Kind::Child,
            Kind::Shared,
        ];
        // The parent, the children that were forked, and two programs without an environment of their own.
        assert_eq!(
            recordings
                .iter()
                .filter(|recording| recording.executable.ends_with("true"))
                .count(),
            2
        );
        kinds.map(|kind| at_end(own, kind))
    };
    let (few, many) = (held(10), held(30));
    let grew: Vec<(u64, u64)> = few
        .iter()
        .zip(many)
        .map(|(few, many)| (many.0 - few.0, many.1 - few.1))
        .collect();
    let [descriptors, mappings, threads, children, shared] = grew[..] else {
        unreachable!()
    };
    // One file and one stream in two, and both ends of each pipe, in which five bytes wait.
    assert_eq!(descriptors, (10 + 10 + 40, 20 * 5));
    // What is left of each mapping, in two parts.
    assert_eq!(mappings, (40, 40 * 4096));
    assert_eq!((threads.0, children.0), (10, 10));
    assert_eq!(shared, (10, 10 * 5000));
}

#[test]
fn a_program_is_left_alone_without_a_folder_for_records() {
    let Some(bench) = Bench::new() else { return };
    let program = bench.compile("holds.c");
    let output = Command::new(program)
        .arg("3")
        .env("LD_PRELOAD", &bench.library)
        .output()
        .unwrap();
    assert_eq!(
        (output.status.code(), output.stdout),
        (Some(0), b"done\n".to_vec())
    );
}

#[test]
fn a_program_that_is_killed_leaves_what_was_recorded() {
    let Some(bench) = Bench::new() else { return };
    let (output, recordings) = bench.record(
        "",
        Command::new("sh").args(["-c", "x=$(printf '%020000d' 1); kill -9 $$"]),
    );
    assert!(!output.status.success());
    let own = first(&recordings);
    assert_eq!(own.state, recording::State::Running);
    let heap = own.sites.iter().filter(|site| site.kind == Kind::Heap);
    assert!(heap.map(|site| site.live.bytes).sum::<u64>() >= 20_000);
}
