//! `harness factorial`, small.

use crate::place::Place;
use harness::child::zones::orders::{Memory, Words};
use harness::commands::factorial::summary::{Cell, FactorialSummary, SCHEMA_VERSION};
use harness::workload::Zones;
use harness_model::Outcome;

#[test]
fn the_eight_cells_say_that_only_new_words_without_zones_make_memory_grow() {
    let place = Place::new();
    let ended = place.run("factorial --words 6000 --words-per-block 200 --work mixed");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let summary: FactorialSummary = place.document();
    assert_eq!(summary.schema_version, SCHEMA_VERSION);
    assert_eq!(summary.verdict.outcome, Outcome::Pass);
    assert_eq!(summary.cells.len(), 8);
    for cell in &summary.cells {
        let grows = (cell.zones, cell.words) == (Zones::Off, Words::Novel);
        assert_eq!(cell.run.growth.live_bytes > 0, grows, "{}", cell.phrase());
        assert_eq!(cell.run.words, 6_000);
    }
    // What is given back to the system was not live: the same bytes grow, and fewer are resident.
    let find = |memory| {
        let settings = (Zones::Off, Words::Novel, memory);
        let same = |cell: &&Cell| (cell.zones, cell.words, cell.memory) == settings;
        &summary.cells.iter().find(same).unwrap().run
    };
    let (kept, returned) = (find(Memory::Kept), find(Memory::Returned));
    assert_eq!(kept.growth.live_bytes, returned.growth.live_bytes);
    assert!(kept.rss.unwrap().last > returned.rss.unwrap().last);
    assert!(
        ended
            .stdout
            .contains("Memory grows only where words are new"),
        "{}",
        ended.stdout
    );
    for file in [
        "factorial.svg",
        "factorial.png",
        "report.html",
        "tools/on-novel-kept.jsonl",
    ] {
        assert!(place.path("out").join(file).exists(), "{file}");
    }
}

#[test]
fn a_cache_that_no_zone_empties_fails_the_cells_with_zones() {
    let place = Place::new();
    let ended = place.run(
        "factorial --words 2000 --words-per-block 100 --work tokenize --inject unregistered-cache --json",
    );
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let printed: FactorialSummary = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(printed, place.document());
    let failed = &printed.verdict.failed;
    assert!(
        failed
            .iter()
            .any(|check| check.message.starts_with("with zones, new words")),
        "{failed:?}"
    );
    assert!(printed.verdict.sentence.contains("no registered store"));
}

#[test]
fn wrong_use_exits_with_2_and_leaves_no_report_behind() {
    let place = Place::new();
    for (arguments, says) in [
        ("factorial --model nowhere", "nowhere"),
        ("factorial --words 0", "words"),
    ] {
        let ended = place.run(arguments);
        assert_eq!(ended.code, Some(2), "{arguments}: {ended:?}");
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
        assert!(!place.path("out").exists());
    }
}
