//! `harness calibrate` through the real program: the shipped judge passes, and judges of another make do not.

use crate::place::Place;
use harness::commands::calibrate::summary::{CalibrationSummary, PlantedIn};
use harness_model::Outcome;

/// Without real runs: they are the slow part.
const SIMULATED: &str = "calibrate --quick --real 0";

#[test]
fn the_shipped_judge_raises_no_false_alarm_and_finds_what_it_promises() {
    let place = Place::new();
    let ended = place.run("calibrate --quick --simulated 56");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let summary: CalibrationSummary = place.document();
    assert_eq!(summary.verdict.outcome, Outcome::Pass);
    assert_eq!(
        (summary.false_alarms.programs, summary.false_alarms.alarmed),
        (40, 0)
    );
    // 1 - 0.05^(1/40)
    assert!((summary.false_alarms.bound - 0.0722).abs() < 1e-4);
    assert_eq!(summary.late_alarms.programs, 22);
    let real: u64 = summary
        .healthy
        .iter()
        .filter(|row| row.real)
        .map(|row| row.series)
        .sum();
    assert!(real > 40, "{real} series of real runs");
    let found = |planted_in, iterations| {
        let mut rows = summary.detection.iter();
        let row = rows.find(|row| (row.planted_in, row.iterations) == (planted_in, iterations));
        row.and_then(|row| row.surely)
    };
    // One byte in every quarter of the run.
    assert_eq!(found(PlantedIn::Counters, 10_000), Some(0.0004));
    assert!(found(PlantedIn::ResidentSet, 1_000).is_some());
    assert_eq!(summary.promises.len(), 7);
    assert!(
        summary
            .promises
            .iter()
            .all(|promise| promise.kept + 2 >= promise.tried)
    );
    for row in &summary.leaks {
        assert_eq!(row.found + row.open + row.wrong, row.leaks, "{}", row.kind);
    }
    for file in ["detection.svg", "detection.png", "power.svg", "report.html"] {
        let length = std::fs::metadata(place.path("out").join(file))
            .unwrap()
            .len();
        assert!(length > 1_000, "{file}");
    }
    assert!(
        ended
            .stdout
            .contains("0 of 40 healthy programs called growing"),
        "{}",
        ended.stdout
    );
}

#[test]
fn a_judge_that_goes_by_a_threshold_raises_false_alarms_and_fails() {
    let place = Place::new();
    let ended = place.run(&format!("{SIMULATED} --judge threshold"));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let summary: CalibrationSummary = place.document();
    assert!(summary.false_alarms.alarmed * 4 > summary.false_alarms.programs);
    assert!(
        ended.stdout.contains("Called growing, though healthy"),
        "{}",
        ended.stdout
    );
}

#[test]
fn a_judge_that_never_says_growing_finds_no_leak_and_fails() {
    let place = Place::new();
    let ended = place.run(&format!("{SIMULATED} --judge blind"));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let summary: CalibrationSummary = place.document();
    assert_eq!(summary.false_alarms.alarmed, 0);
    assert!(summary.detection.iter().all(|row| row.surely.is_none()));
    assert!(summary.promises.iter().all(|promise| promise.kept == 0));
}

#[test]
fn the_seed_decides_every_simulated_program_and_every_planted_leak() {
    let of = |seed: u64| {
        let place = Place::new();
        let ended = place.run(&format!("{SIMULATED} --simulated 48 --seed {seed}"));
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let summary: CalibrationSummary = place.document();
        (summary.healthy, summary.detection)
    };
    let first = of(5);
    assert_eq!(first, of(5));
    assert_ne!(first, of(6));
}
