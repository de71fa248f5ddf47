//! What lives in a Python program before it tears itself down, and who holds it; and that the program does not notice.

use crate::Bench;
use harness::recording::{Held, Kind, Recording, State};
use std::path::Path;
use std::process::{Command, Output};

/// Objects that a program holds.
const COUNT: u64 = 200;
/// Of which at least so many are taken by one call: the interpreter replaces instructions by faster ones after a few turns.
const MOST: u64 = COUNT * 3 / 4;
/// The size of each, in bytes.
const SIZE: u64 = 3000;

/// A bench, and a Python that is no script that looks for one; `None` where there is none.
fn bench() -> Option<(Bench, &'static str)> {
    let python = ["/usr/bin/python3", "/usr/local/bin/python3"];
    let python = python.into_iter().find(|path| Path::new(path).exists());
    if python.is_none() {
        println!("there is no Python 3 here: nothing was tried");
    }
    Bench::new().zip(python)
}

fn command(python: &str, program: &str, arguments: &[&str]) -> Command {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorder");
    let mut command = Command::new(python);
    command.arg(sources.join(program)).args(arguments);
    command
        .env("PYTHONMALLOC", "malloc")
        .env("PYTHONHASHSEED", "1");
    command
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// Runs a program both ways: what was recorded, once it is known that it did and said the same.
fn unnoticed(bench: &Bench, command: impl Fn() -> Command) -> Vec<Recording> {
    let alone = command().output().unwrap();
    let (under, recordings) = bench.record("scan,holders", &mut command());
    assert_eq!(said(&under), said(&alone), "{:?}", command());
    recordings
}

/// What is said of the objects of the most bytes that a program held, of the process that held them.
fn held(recordings: &[Recording]) -> (&Recording, &Held) {
    let sites = recordings.iter().flat_map(|recording| {
        let told = move |stack| Some((recording, recording.held.get(stack)?));
        recording
            .sites
            .iter()
            .filter(|site| site.kind == Kind::Heap && site.end.blocks >= MOST)
            .map(move |site| (site.end.bytes, told(&site.stack)))
    });
    let (bytes, told) = sites.max_by_key(|(bytes, _)| *bytes).unwrap();
    assert!(bytes >= MOST * SIZE, "{bytes}");
    told.unwrap()
}

/// Runs the program that holds objects in a way; what it is said that holds them.
fn chain(bench: &Bench, python: &str, way: &str) -> Vec<String> {
    let count = COUNT.to_string();
    let recordings = unnoticed(bench, || command(python, "holds.py", &[way, &count]));
    let (recording, held) = held(&recordings);
    assert_eq!(recording.state, State::Leaving, "{way}");
    assert_eq!(held.objects[0].0, "bytearray", "{way}");
    assert_eq!(held.held_by[0], "bytearray", "{way}");
    held.held_by[1..].to_vec()
}

#[test]
fn what_holds_objects_is_named_to_its_module() {
    let Some((bench, python)) = bench() else {
        return;
    };
    let chain = |way| chain(&bench, python, way);
    assert_eq!(chain("module"), ["list __main__.KEPT", "module __main__"]);
    assert_eq!(
        chain("cache"),
        [
            "__main__.Client.page",
            "functools._lru_cache_wrapper __main__.Client.total",
            "class __main__.Client",
            "module __main__",
        ]
    );
    assert_eq!(
        chain("attribute"),
        [
            "dict __main__.Registry.items",
            "class __main__.Registry",
            "module __main__",
        ]
    );
    assert_eq!(
        chain("views"),
        ["memoryview", "list __main__.VIEWS", "module __main__"]
    );
    let handlers = chain("handlers");
    assert_eq!(
        handlers[..3],
        [
            "logging.NullHandler.extra",
            "list",
            "logging.Logger.handlers"
        ]
    );
    assert_eq!(handlers.last().unwrap(), "module logging");
}

#[test]
fn what_holds_objects_is_named_to_its_variable() {
    let Some((bench, python)) = bench() else {
        return;
    };
    let chain = |way: &str| chain(&bench, python, way);
    let begins = |way: &str, at: usize, with: &str| {
        let chain = chain(way);
        assert!(chain[at].starts_with(with), "{way}: {chain:?}");
        chain
    };
    let payload = begins("tracebacks", 0, "local variable payload of fail, holds.py:");
    assert_eq!(payload.last().unwrap(), "module __main__");
    let tasks = begins("tasks", 0, "local variable data of ");
    let is_task = |link: &String| link.starts_with("asyncio task of ");
    assert!(tasks.iter().any(is_task), "{tasks:?}");
    assert!(
        tasks.contains(&"set __main__.TASKS".to_owned()),
        "{tasks:?}"
    );
    begins("generators", 0, "local variable line of ");
    begins("closure", 1, "closure variable seen of ");
    let own = chain("own");
    assert!(own.iter().any(|link| link.contains("local")), "{own:?}");
    // Frames that run when the process ends.
    begins("at_once", 1, "local variable keep of at_once, holds.py:");
    begins("deep", 1, "local variable keep of at_once, holds.py:");
    begins("busy", 1, "local variable mine of ");
    begins("raised", 1, "local variable backlog of raised, holds.py:");
    // In a child that leaves at once.
    assert_eq!(chain("child"), ["list __main__.KEPT", "module __main__"]);
}

#[test]
fn what_the_collector_frees_is_not_there_and_what_nobody_collects_is() {
    let Some((bench, python)) = bench() else {
        return;
    };
    let chain = chain(&bench, python, "no_collector");
    assert_eq!(
        chain,
        [
            "__main__.Node.blob",
            "a cycle that only the collector frees"
        ]
    );
    let recordings = unnoticed(&bench, || command(python, "holds.py", &["cycles", "200"]));
    let blobs = recordings.iter().flat_map(|one| &one.sites);
    let blobs = blobs
        .filter(|site| site.peak.blocks >= 10 && site.peak.bytes == site.peak.blocks * (SIZE + 1));
    let left: Vec<u64> = blobs.map(|site| site.end.blocks).collect();
    assert!(
        !left.is_empty() && left.iter().all(|blocks| *blocks == 0),
        "{left:?}"
    );
}

#[test]
fn a_program_ends_as_it_does_alone() {
    let Some((bench, python)) = bench() else {
        return;
    };
    for way in [
        "handlers",
        "code",
        "text",
        "interrupted",
        "modules",
        "stdout",
        "finalizers",
        "callbacks",
        "cleared",
        "called",
        "hooks",
        "pool",
        "threads",
        "raised",
        "killed",
    ] {
        let recordings = unnoticed(&bench, || command(python, "ends.py", &[way]));
        for one in &recordings {
            assert!(one.left_ns.is_some(), "{way}: {:?}", one.state);
        }
    }
}

#[test]
fn handlers_that_are_forgotten_or_run_early_end_nothing() {
    let Some((bench, python)) = bench() else {
        return;
    };
    for way in ["cleared", "called"] {
        let recordings = unnoticed(&bench, || command(python, "ends.py", &[way]));
        let (_, held) = held(&recordings);
        let wanted = ["bytearray", "list __main__.KEPT", "module __main__"];
        assert_eq!(held.held_by, wanted, "{way}");
    }
}

#[test]
fn who_ends_by_a_signal_of_its_own_is_looked_at_before() {
    let Some((bench, python)) = bench() else {
        return;
    };
    for way in ["raised", "killed"] {
        let recordings = unnoticed(&bench, || command(python, "ends.py", &[way]));
        let (recording, held) = held(&recordings);
        let wanted = ["bytearray", "list __main__.KEPT", "module __main__"];
        assert_eq!(held.held_by, wanted, "{way}");
        assert_eq!(recording.exit_code, None, "{way}");
        // What would have been garbage is there: the collector belongs to an end by `exit`.
        assert!(recording.python.is_some_and(|one| !one.collected), "{way}");
    }
}

#[test]
fn without_the_wish_nothing_is_looked_for() {
    let Some((bench, python)) = bench() else {
        return;
    };
    let (_, recordings) = bench.record("", &mut command(python, "holds.py", &["module", "200"]));
    let own = crate::first(&recordings);
    assert!(own.held.is_empty());
    // It was looked at before the modules were torn down all the same.
    let kept = own.sites.iter().filter(|site| site.end.blocks == COUNT);
    assert!(kept.map(|site| site.end.bytes).sum::<u64>() >= COUNT * SIZE);
}
