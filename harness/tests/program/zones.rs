//! `harness zones`, small: what is flat, what grows, and what is found.

use crate::place::Place;
use harness::child::zones::orders::{ZoneMode, ZonesSample};
use harness::commands::zones::summary::{CheckKind, SCHEMA_VERSION, ZonesSummary};
use harness_model::Outcome;

fn failed(summary: &ZonesSummary) -> Vec<CheckKind> {
    let failed = summary.verdict.checks.iter().filter(|check| !check.holds);
    failed.map(|check| check.kind).collect()
}

#[test]
fn in_zones_of_every_kind_memory_is_flat_to_the_byte_and_every_text_reads_back() {
    for (mode, documents) in [("per-document", 1), ("per-batch", 0), ("per-request", 4)] {
        let place = Place::new();
        let ended = place.run(&format!(
            "zones --zones {mode} --distinct-words 9000 --words-per-zone 100 --threads 3 --samples 10"
        ));
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(
            ended.stdout.contains("flat to the byte"),
            "{}",
            ended.stdout
        );

        let summary: ZonesSummary = place.document();
        assert_eq!(summary.schema_version, SCHEMA_VERSION);
        assert_eq!(summary.verdict.outcome, Outcome::Pass);
        let run = &summary.run;
        assert_eq!((run.words, run.zones, run.rounds), (9_000, 90, 30));
        assert_eq!(run.live_bytes.first, run.live_bytes.last);
        assert_eq!(run.live_blocks.first, run.live_blocks.last);
        assert!(
            run.live_bytes.min == run.live_bytes.max,
            "{:?}",
            run.live_bytes
        );
        assert!(
            run.stores
                .iter()
                .all(|s| s.capacity.first == s.capacity.last)
        );
        assert_eq!((run.wrong_texts, run.errors, run.panics), (0, 0, 0));
        assert_eq!(run.permanent_added, 0);
        assert!(run.zone_bytes.last > 1_000, "{:?}", run.zone_bytes);
        if documents > 0 {
            assert_eq!(run.documents, 90 * documents);
        }
        // Before the first round, after it, and ten times more.
        let samples: Vec<ZonesSample> = place.lines();
        assert!((11..=12).contains(&samples.len()), "{}", samples.len());
        let pooled = samples.last().unwrap().stores.iter();
        let pooled = pooled.filter(|store| store.owner == "pool" && store.capacity > 0);
        // Three zones were open at once, so the pool has three; without it a zone leaves nothing.
        assert_eq!(pooled.count() > 1, mode == "per-request");
    }
}

#[test]
fn without_zones_growth_is_named_and_the_stores_say_what_the_counters_say() {
    let place = Place::new();
    let ended = place.run("zones --zones off --distinct-words 20000 --threads 2");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.stdout.contains("emory grows without zones"),
        "{}",
        ended.stdout
    );
    let summary: ZonesSummary = place.document();
    assert_eq!(summary.options.zones, ZoneMode::Off);
    let growth = &summary.run.growth;
    assert_eq!(growth.words, 19_000);
    assert!(growth.bytes_per_word > 50.0, "{growth:?}");
    assert!(growth.difference_percent.unwrap().abs() < 5.0, "{growth:?}");
    for name in ["strings", "lexemes"] {
        let store = summary.run.stores.iter();
        let mut store = store.filter(|store| store.owner == "vocabulary" && store.name == name);
        let entries = store.next().unwrap().entries;
        // Each new word is a string and a lexeme; its lower case, its lemma and its affixes are strings too.
        assert!(
            entries.last - entries.first >= growth.words,
            "{name}: {entries:?}"
        );
        assert!(
            summary.verdict.sentence.contains(name),
            "{}",
            summary.verdict.sentence
        );
    }
    assert_eq!(summary.run.zones, 0);
}

#[test]
fn a_store_that_is_not_registered_is_found_and_said_to_be_in_no_registered_store() {
    for (mode, kind) in [
        ("per-batch", CheckKind::LiveMemory),
        ("off", CheckKind::Accounting),
    ] {
        let place = Place::new();
        let ended = place.run(&format!(
            "zones --zones {mode} --distinct-words 20000 --work tokenize --inject unregistered-cache"
        ));
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(
            ended.stdout.contains("no registered store"),
            "{}",
            ended.stdout
        );
        let summary: ZonesSummary = place.document();
        assert_eq!(summary.verdict.outcome, Outcome::Leak);
        assert!(
            failed(&summary).contains(&kind),
            "{:?}",
            summary.verdict.checks
        );
        let growth = &summary.run.growth;
        // Each word is kept once more: its letters, and the place in a list that refers to them.
        let unaccounted = growth.unaccounted as f64 / growth.words as f64;
        assert!((16.0..64.0).contains(&unaccounted), "{growth:?}");
    }
}

#[test]
fn the_leak_of_the_parsers_activations_shows_with_zones_too() {
    let place = Place::new();
    let ended = place.run(
        "zones --distinct-words 2000 --words-per-zone 100 --work parse --threads 2 --inject activation-leak",
    );
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let summary: ZonesSummary = place.document();
    // Two components leave five arrays behind in each of the 18 zones after the first two.
    assert_eq!(summary.run.growth.live_blocks, 18 * 10);
}

#[test]
fn sixty_four_threads_with_their_zones_open_together_do_not_disturb_each_other() {
    let place = Place::new();
    let ended = place.run(
        "zones --threads 64 --zones-per-thread 4 --words-per-zone 20 --zones per-request --work tokenize",
    );
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let run = place.document::<ZonesSummary>().run;
    assert_eq!((run.zones, run.documents), (256, 1_024));
    assert_eq!((run.wrong_texts, run.errors, run.panics), (0, 0, 0));
    assert_eq!(run.permanent_added, 0);
    let idle = run.stores.iter().find(|store| store.name == "idle_zones");
    assert_eq!(idle.unwrap().entries.first, 64);
}

#[test]
fn documents_that_fail_are_counted_and_fail_the_run_and_the_zones_go_on() {
    let place = Place::new();
    // Each document is longer than a pipeline takes.
    let ended = place.run(
        "zones --zones per-document --words-per-zone 100000 --zones-per-thread 3 --threads 2 --work tokenize",
    );
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let summary: ZonesSummary = place.document();
    assert_eq!(failed(&summary), [CheckKind::Errors]);
    assert_eq!((summary.run.errors, summary.run.documents), (6, 6));
    assert!(summary.run.trouble.as_ref().unwrap().len() < 1_000);
}

#[test]
fn the_same_seed_streams_the_same_and_another_other_words() {
    let kept = |seed: u32| {
        let place = Place::new();
        place.run(&format!(
            "zones --zones off --distinct-words 2000 --threads 1 --work tokenize --seed {seed}"
        ));
        let samples: Vec<ZonesSample> = place.lines();
        samples
            .iter()
            .map(|sample| sample.live_bytes)
            .collect::<Vec<_>>()
    };
    assert_eq!(kept(7), kept(7));
    assert_ne!(kept(7), kept(8));
}

#[test]
fn json_alone_is_on_standard_output_when_it_is_asked_for() {
    let place = Place::new();
    let ended = place.run("zones --distinct-words 2000 --work tokenize --json");
    let printed: ZonesSummary = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(printed, place.document());
    assert!(ended.stderr.contains("Report: "), "{}", ended.stderr);
    for file in [
        "heap.svg",
        "heap.png",
        "stores.png",
        "rss.png",
        "report.html",
    ] {
        assert!(place.path("out").join(file).exists(), "{file}");
    }
}

#[test]
fn wrong_use_exits_with_2_and_says_what_is_wrong() {
    let place = Place::new();
    std::fs::write(place.path("dots.txt"), "... !\n").unwrap();
    for (arguments, says) in [
        ("zones --model nowhere", "nowhere"),
        ("zones --corpus dots.txt", "no words"),
        ("zones --zones never", "never"),
        ("zones --threads 0", "threads"),
        (
            "zones --distinct-words 5 --zones-per-thread 5",
            "zones-per-thread",
        ),
        ("zones --max-rss-growth=-1", "MiB"),
    ] {
        let ended = place.run(arguments);
        assert_eq!(ended.code, Some(2), "{arguments}: {ended:?}");
        assert!(ended.stderr.contains(says), "{arguments}: {}", ended.stderr);
        assert!(
            !place.path("out").exists(),
            "{arguments} left a report behind"
        );
    }
}

#[test]
fn ctrl_c_keeps_and_reports_what_was_measured() {
    let place = Place::new();
    let run = place.begin(
        "zones --distinct-words 1000000000 --samples 100000 --work tokenize",
        10,
    );
    run.signal(libc::SIGINT);
    let ended = run.ended();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let summary: ZonesSummary = place.document();
    assert!(summary.interrupted);
    assert_eq!(summary.verdict.outcome, Outcome::Inconclusive);
    assert!(summary.run.words >= 9_000 && !summary.run.completed);
    assert!(
        ended.stdout.contains("the run was stopped"),
        "{}",
        ended.stdout
    );
    assert!(place.path("out/report.html").exists());
}
