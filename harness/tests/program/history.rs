//! The history of runs, through the real program.

use super::place::{Ended, Place};
use std::process::Command;

fn history(place: &Place, arguments: &str) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
    command.arg("history").args(arguments.split_whitespace());
    Ended::from(command.current_dir(place.path("")).output().unwrap())
}

#[test]
fn every_run_adds_a_line_and_a_line_cut_short_costs_no_other() {
    let place = Place::new();
    let run = || {
        let ended = place
            .run("--workload words --iters 12 --zones on --probes heap --history past/runs.jsonl");
        assert_eq!(ended.code, Some(0), "{ended:?}");
    };
    let text = || std::fs::read_to_string(place.path("past/runs.jsonl")).unwrap();
    run();
    run();
    assert_eq!(text().lines().count(), 2);
    // A full disk.
    let whole = text();
    std::fs::write(place.path("past/runs.jsonl"), &whole[..whole.len() - 20]).unwrap();
    run();
    assert_eq!(text().lines().count(), 3);
    assert!(text().starts_with(&whole[..whole.len() - 20]));
    let shown = history(&place, "past/runs.jsonl --out drawn");
    assert_eq!(shown.code, Some(0), "{shown:?}");
    // The day stands in the line of every run that can be read.
    let day = &place.summary().started_at[..10];
    let rows = shown.stdout.lines().filter(|line| line.contains(day));
    assert_eq!(rows.count(), 2, "{shown:?}");
    let said = format!("{}{}", shown.stdout, shown.stderr);
    assert!(said.contains("1 line of past/runs.jsonl"), "{shown:?}");
    let plots = std::fs::read_dir(place.path("drawn")).unwrap().count();
    assert!(plots > 0);
}

#[test]
fn a_history_without_a_run_is_wrong_use() {
    let place = Place::new();
    std::fs::write(place.path("empty.jsonl"), "").unwrap();
    std::fs::write(place.path("other.jsonl"), "{\"a\": 1}\nnot even JSON\n").unwrap();
    for file in ["empty.jsonl", "other.jsonl", "missing.jsonl"] {
        let ended = history(&place, file);
        assert_eq!(ended.code, Some(2), "{file}: {ended:?}");
        assert!(ended.stderr.contains(file), "{ended:?}");
    }
}
