//! The main job through the real program, with the tiny workload: every path of the engine in seconds.

use crate::place::{Ended, Place, Running, signal, valgrind_is_there};
use harness::workload::Zones;
use harness_model::Instrument;
use harness_model::{FindingKind, Outcome, Probe, SCHEMA_VERSION, Shape, Summary};
use std::time::{Duration, Instant};

const LOOPS: &str = "--workload words --probes rss,heap";

#[test]
fn both_loops_are_measured_and_only_the_one_without_zones_grows() {
    let place = Place::new();
    let ended = place.run(&format!("{LOOPS} --iters 40"));
    assert_eq!(ended.code, Some(0), "{ended:?}");

    let summary = place.summary();
    assert_eq!(summary.schema_version, SCHEMA_VERSION);
    assert_eq!(summary.verdict.outcome, Outcome::Pass);
    let [off, on] = &summary.runs[..] else {
        panic!("two runs")
    };
    assert_eq!(
        (off.condition.as_str(), on.condition.as_str()),
        (Zones::Off.phrase(), Zones::On.phrase())
    );
    assert_eq!((on.warmup, on.iterations), (10, 40));
    assert_eq!(on.live_bytes.shape, Shape::Flat);
    assert_eq!(
        (on.live_bytes.min, on.live_blocks.min),
        (on.live_bytes.max, on.live_blocks.max)
    );
    assert!(off.live_bytes.per_iteration > 0.0);
    assert_eq!(
        off.stores[0].bytes_per_iteration,
        off.live_bytes.per_iteration
    );
    assert_eq!(off.unaccounted.per_iteration, 0.0);
    assert!(
        ended.stdout.contains("flat to the byte"),
        "{}",
        ended.stdout
    );

    let samples = place.samples();
    assert_eq!(samples.len(), 2 * (1 + 10 + 40));
    assert!(
        samples
            .iter()
            .all(|s| s.rss_bytes.is_some() && s.jemalloc.is_some())
    );
}

#[test]
fn the_same_seed_measures_the_same() {
    let counts = |seed: u32| {
        let place = Place::new();
        place.run(&format!("{LOOPS} --iters 20 --zones off --seed {seed}"));
        let counts = |s: &harness_model::Sample| (s.live_bytes, s.live_blocks);
        place.samples().iter().map(counts).collect::<Vec<_>>()
    };
    assert_eq!(counts(7), counts(7));
    assert_ne!(counts(7), counts(8));
}

#[test]
fn json_alone_is_on_standard_output_when_it_is_asked_for() {
    let place = Place::new();
    let ended = place.run(&format!("{LOOPS} --iters 8 --json"));
    let printed: Summary = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(printed, place.summary());
    assert!(ended.stderr.contains("Report: "), "{}", ended.stderr);
}

#[test]
fn wrong_use_exits_with_2_and_says_what_is_wrong() {
    let place = Place::new();
    std::fs::write(place.path("empty.txt"), "\n").unwrap();
    for (arguments, says) in [
        ("--corpus missing.txt", "missing.txt"),
        ("--corpus empty.txt", "holds no text"),
        ("--novel-words 2", "from 0 to 1"),
        ("--iters 0", "iters"),
        ("--probes luck", "luck"),
        ("--no-such-option", "--no-such-option"),
        ("--workload words --model there", "model"),
        (
            "--workload words --inject activation-leak",
            "activation-leak",
        ),
    ] {
        let ended = place.run(arguments);
        assert_eq!(ended.code, Some(2), "{arguments}: {ended:?}");
        assert!(ended.stderr.contains(says), "{arguments}: {}", ended.stderr);
    }
}

#[test]
fn dhat_runs_n_and_10n_iterations_and_agrees_with_the_counters_to_the_byte() {
    let place = Place::new();
    let ended = place.run("--workload words --probes dhat --dhat-iters 5");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let summary = place.summary();
    let pairs = summary.pairs(Instrument::Dhat);
    assert_eq!(pairs.len(), 2);
    assert_eq!(
        (pairs[0].short.iterations, pairs[0].long.iterations),
        (5, 50)
    );
    assert!(pairs[0].growing[0].bytes_per_iteration > 0.0);
    assert!(pairs[1].growing.is_empty());
    let agreed = |sentence: &&String| {
        sentence.starts_with("dhat and the counters of the same runs (5 and 50 iterations) agree")
    };
    assert_eq!(summary.verdict.agreement.iter().filter(agreed).count(), 2);

    let json = std::fs::read_to_string(place.path("out/dhat-heap.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["dhatFileVersion"], 2);
    // The loop that grows, by stacks that begin in the program.
    assert!(report["cmd"].as_str().unwrap().contains(r#""zones":"off""#));
    let frames = report["ftbl"].as_array().unwrap();
    for point in report["pps"].as_array().unwrap() {
        let first = &frames[point["fs"][0].as_u64().unwrap() as usize];
        let first = first.as_str().unwrap();
        assert!(
            !first.contains("__rust_alloc") && !first.contains("dhat::"),
            "{first}"
        );
    }
}

#[test]
fn the_allocators_own_records_agree_with_the_counters_to_the_byte_over_the_whole_loop() {
    let place = Place::new();
    let ended = place.run("--workload words --iters 40 --warmup 4 --probes sites,groups");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let summary = place.summary();
    let pairs = summary.pairs(Instrument::Sites);
    assert_eq!(pairs.len(), 2);
    assert_eq!(pairs[0].long.iterations, 40);
    assert!(pairs[0].growing[0].bytes_per_iteration > 0.0);
    assert!(pairs[0].growing[0].frames.len() > 3, "{pairs:?}");
    for site in &pairs[0].growing {
        // Looked at from the end of the warm-up to the end of the loop, where it says what the records say.
        let last = site.held.last().unwrap();
        assert_eq!((last.iterations, last.bytes), (40, site.long_bytes));
        assert!(site.held.is_sorted_by_key(|at| at.iterations));
        assert!(site.held.len() <= 41);
    }
    assert!(place.path("out/sites.png").is_file());
    assert!(pairs[1].growing.is_empty(), "{:?}", pairs[1].growing);
    let agreed = |sentence: &&String| sentence.contains("agree");
    assert_eq!(
        summary.verdict.agreement.iter().filter(agreed).count(),
        2,
        "{:?}",
        summary.verdict.agreement
    );
    let runs = &summary.parts.ran().expect("the parts were told apart").runs;
    // A hash map has no parts: all of its work is in none.
    let kept: Vec<f64> = runs.iter().map(|run| run.parts[0].live_blocks).collect();
    assert!(kept[0] > 0.0 && kept[1] == 0.0, "{kept:?}");
}

#[test]
fn valgrind_proves_that_it_saw_the_heap_and_finds_nothing_lost() {
    if !valgrind_is_there() {
        return;
    }
    let place = Place::new();
    let ended = place.run("--workload words --probes valgrind --valgrind-iters 1");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let summary = place.summary();
    let pairs = summary.pairs(Instrument::Valgrind);
    assert!(pairs.iter().all(|pair| pair.proof.is_some()));
    assert!(
        summary
            .verdict
            .findings
            .iter()
            .all(|f| f.kind != FindingKind::Lost)
    );
    let agreed = |sentence: &&String| sentence.contains("agree");
    assert_eq!(summary.verdict.agreement.iter().filter(agreed).count(), 2);
}

#[test]
fn without_valgrind_that_part_is_not_run_and_only_a_run_that_requires_it_is_inconclusive() {
    for (require, code) in [("", 0), ("--require valgrind", 3)] {
        let place = Place::new();
        let arguments = format!("--workload words --probes heap,valgrind --iters 8 {require}");
        let output = place.command(&arguments).env("PATH", "").output().unwrap();
        let ended = Ended::from(output);
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(
            ended.stderr.contains("Install valgrind"),
            "{}",
            ended.stderr
        );
        assert!(matches!(
            place.summary().stacks(Instrument::Valgrind),
            Some(Probe::NotRun { .. })
        ));
    }
}

/// Starts a run that would take an hour, and waits until its first samples are on disk.
fn start_long_run(place: &Place) -> Running {
    place.begin(&format!("{LOOPS} --iters 100000000 --warmup 5"), 100)
}

#[test]
fn ctrl_c_ends_the_children_and_keeps_and_reports_what_was_measured() {
    let place = Place::new();
    let run = start_long_run(&place);
    let measured = run.children();
    assert!(!measured.is_empty());
    run.signal(libc::SIGINT);
    let ended = run.ended();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    for child in measured {
        assert!(!std::path::Path::new(&format!("/proc/{child}")).exists());
    }
    let summary = place.summary();
    assert!(summary.interrupted);
    assert_eq!(summary.verdict.outcome, Outcome::Inconclusive);
    assert!(!summary.runs[0].completed);
    assert!(summary.runs[0].iterations > 50);
    assert_eq!(place.samples().len() as u64, summary.runs[0].iterations + 6);
}

#[test]
fn a_child_that_is_killed_loses_nothing_that_it_had_measured() {
    let place = Place::new();
    let run = start_long_run(&place);
    signal(run.children()[0], libc::SIGKILL);
    // The second loop would take as long: it is stopped when it has begun.
    let begun = Instant::now();
    while !place
        .samples_so_far()
        .iter()
        .any(|sample| sample.condition == Zones::On.phrase())
    {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the second loop did not begin"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    run.signal(libc::SIGTERM);
    let ended = run.ended();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let first = &place.summary().runs[0];
    assert!(
        first
            .failure
            .as_ref()
            .unwrap()
            .contains("killed by signal 9")
    );
    assert!(first.iterations > 50);
}
