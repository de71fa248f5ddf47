//! The gate's judgement on measurements as values: good ones, bad ones, and none.

mod conclusion;
mod judged;

use super::baseline::Baseline;
use super::conclusion::conclude;
use super::config::{Budget, Config, Tolerance, Workload};
use super::judge::{Measured, judge};
use super::outcome::{Check, CheckKind, Status};
use super::ratchet::seen;
use super::{control, judge, testing};
use crate::commands::main::spec::LoopSpec;
use crate::workload::Zones;
use harness_model::{Finding, FindingKind, Instrument, Interval, Outcome, Probe, Shape, Summary};

fn workload(budget: Budget) -> Workload {
    Workload {
        name: "parse".to_owned(),
        spec: LoopSpec {
            iters: 24,
            require: vec![Instrument::Valgrind],
            ..LoopSpec::default()
        },
        settings: "--iters=24".to_owned(),
        budget,
    }
}

fn config(budget: Budget) -> Config {
    Config {
        baseline: "b.json".into(),
        tolerance: Tolerance {
            exact: 0.02,
            rss: 0.1,
        },
        workloads: vec![workload(budget)],
        commands: Vec::new(),
    }
}

fn baseline_of(summary: &Summary, config: &Config) -> Baseline {
    let mut baseline = Baseline::empty();
    let measured = Measured {
        workload: &config.workloads[0],
        summary,
    };
    baseline.accept(&seen(&measured).borrow(), "first", "2026-01-01");
    baseline
}

/// Everything that a run of this summary concludes, with a control that is well.
fn gate(summary: &Summary, config: &Config, baseline: &Baseline) -> (Outcome, Vec<Check>, String) {
    let (leak, twin) = testing::control();
    let mut checks = control::judge(&leak, &twin, &config.instruments());
    let measured = Measured {
        workload: &config.workloads[0],
        summary,
    };
    checks.extend(judge(&measured, config, baseline));
    let sensitivity = judge::sensitivity(&measured, config, baseline);
    let (outcome, sentence) = conclude(&checks, &sensitivity, false);
    (outcome, checks, sentence)
}

fn against_itself(summary: &Summary, budget: Budget) -> (Outcome, Vec<Check>, String) {
    let config = config(budget);
    gate(summary, &config, &baseline_of(summary, &config))
}

fn grown(function: &str, bytes: f64) -> Summary {
    let mut summary = testing::summary("parse");
    let site = testing::site(function, bytes);
    testing::set_growing(
        &mut summary,
        Instrument::Dhat,
        Zones::Off.phrase(),
        vec![site],
    );
    summary
}

#[test]
fn a_run_like_its_baseline_passes_and_says_what_it_would_have_caught() {
    let budget = Budget {
        with_zones: Some(0.0),
        ..Budget::default()
    };
    let (outcome, checks, sentence) = against_itself(&testing::summary("parse"), budget);
    assert_eq!(outcome, Outcome::Pass, "{sentence}");
    assert!(checks.iter().all(|check| check.status == Status::Pass));
    // 24 iterations: a byte in each quarter of 6.
    let caught = "would have caught 0.167 bytes per iteration or more without zones (parse), \
                  0.167 bytes per iteration or more with zones (parse)";
    assert!(sentence.contains(caught), "{sentence}");
}

#[test]
fn a_new_site_fails_and_is_named() {
    let config = config(Budget::default());
    let baseline = baseline_of(&testing::summary("parse"), &config);
    let (outcome, _, sentence) = gate(&grown("remember", 8.0), &config, &baseline);
    assert_eq!(outcome, Outcome::Leak);
    assert!(sentence.contains("new site: remember"), "{sentence}");
    assert!(sentence.contains("8 bytes"), "{sentence}");
}

#[test]
fn a_known_site_may_stay_as_it_is_and_not_grow() {
    let config = config(Budget::default());
    let baseline = baseline_of(&grown("remember", 100.0), &config);
    for (bytes, expected) in [
        (100.0, Outcome::Pass),
        (101.9, Outcome::Pass),
        (103.0, Outcome::Leak),
    ] {
        let (outcome, _, sentence) = gate(&grown("remember", bytes), &config, &baseline);
        assert_eq!(outcome, expected, "{sentence}");
    }
    let (outcome, ..) = gate(&testing::summary("parse"), &config, &baseline);
    assert_eq!(outcome, Outcome::Pass, "a site that is gone is no failure");
}

#[test]
fn creep_of_3_percent_a_commit_is_caught_though_every_run_lowers_what_it_can() {
    let mut config = config(Budget::default());
    config.tolerance.exact = 0.1;
    let mut baseline = baseline_of(&grown("remember", 100.0), &config);
    let mut caught = None;
    for commit in 1..=10 {
        let summary = grown("remember", 100.0 * 1.03_f64.powi(commit));
        if gate(&summary, &config, &baseline).0 == Outcome::Leak {
            caught = Some(commit);
            break;
        }
        let measured = Measured {
            workload: &config.workloads[0],
            summary: &summary,
        };
        baseline.lower(&seen(&measured).borrow(), "2026-01-02");
    }
    assert_eq!(caught, Some(4));
}

#[test]
fn a_figure_above_its_best_or_its_budget_fails() {
    let config_without = config(Budget::default());
    let summary = testing::summary("parse");
    let baseline = baseline_of(&summary, &config_without);
    let mut worse = summary.clone();
    worse.runs[1].live_bytes.shape = Shape::Growing;
    worse.runs[1].live_bytes.per_iteration = 0.5;
    let (outcome, _, sentence) = gate(&worse, &config_without, &baseline);
    assert_eq!(outcome, Outcome::Leak);
    assert!(sentence.contains("kept with zones"), "{sentence}");

    let budgets = [
        ("with_zones = 0.4", "kept with zones"),
        ("without_zones = { strings = 1 }", "in strings"),
        ("rss_mib = 1", "resident at most"),
    ];
    for (toml, name) in budgets {
        let (outcome, _, sentence) = against_itself(&worse, toml::from_str(toml).unwrap());
        assert_eq!(outcome, Outcome::Leak, "{toml}");
        assert!(
            sentence.contains("budget") && sentence.contains(name),
            "{sentence}"
        );
    }
}

#[test]
fn resident_growth_fails_only_where_it_is_certain() {
    let budget: Budget = toml::from_str("rss_per_iteration = 100").unwrap();
    for (slope, margin, expected) in [
        (500.0, Some(450.0), Outcome::Pass),
        (500.0, Some(300.0), Outcome::Leak),
        (50.0, Some(0.0), Outcome::Pass),
        (500.0, None, Outcome::Inconclusive),
    ] {
        let mut summary = testing::summary("parse");
        let rss = summary.runs[1].rss_bytes.as_mut().unwrap();
        rss.slope = slope;
        rss.slope_interval = margin.map(|margin: f64| Interval {
            low: slope - margin,
            high: slope + margin,
        });
        let (outcome, _, sentence) = against_itself(&summary, budget.clone());
        assert_eq!(outcome, expected, "{sentence}");
    }
}

#[test]
fn what_the_verdict_fails_fails_the_gate_unless_the_baseline_knows_the_site() {
    let mut summary = testing::summary("parse");
    let mut site = testing::site("lose", 24.0);
    site.leak_kind = Some(harness_model::LeakKind::DefinitelyLost);
    let finding = Finding {
        kind: FindingKind::Lost,
        fails: true,
        condition: crate::workload::Zones::Off.phrase().to_owned(),
        evidence: Instrument::Valgrind,
        message: "lose loses 24 bytes".to_owned(),
        place: site.place.clone().into(),
        bytes_per_iteration: 24.0,
        blocks_per_iteration: Some(1.0),
        frames: Vec::new(),
    };
    testing::set_growing(
        &mut summary,
        Instrument::Valgrind,
        Zones::Off.phrase(),
        vec![site],
    );
    summary.verdict.outcome = Outcome::Leak;
    summary.verdict.findings = vec![finding];
    let config = config(Budget::default());
    let (outcome, ..) = gate(&summary, &config, &baseline_of(&summary, &config));
    assert_eq!(outcome, Outcome::Pass, "the baseline knows it");
    let clean = baseline_of(&testing::summary("parse"), &config);
    let (outcome, _, sentence) = gate(&summary, &config, &clean);
    assert_eq!(outcome, Outcome::Leak, "{sentence}");
    summary.verdict.findings.clear();
    let (outcome, ..) = gate(&summary, &config, &baseline_of(&summary, &config));
    assert_eq!(outcome, Outcome::Leak, "a leak without a finding is a leak");
}

/// A way in which a measurement can be missing, and what the doubt says.
type Disabled = (fn(&mut Summary), &'static str);

#[test]
fn no_measurement_that_is_missing_empty_or_broken_passes() {
    let ways: [Disabled; 11] = [
        (|s| s.runs.clear(), "not measured"),
        (|s| drop(s.runs.remove(1)), "with zones was not measured"),
        (|s| s.runs[0].completed = false, "ended after"),
        (|s| s.runs[1].iterations = 5, "5 of 24"),
        (
            |s| (s.runs[0].live_bytes.max, s.runs[0].live_blocks.max) = (0, 0),
            "counted nothing",
        ),
        (
            |s| s.runs[1].rss_bytes = None,
            "resident set was not measured",
        ),
        (
            |s| s.runs[1].live_bytes.shape = Shape::Inconclusive,
            "too few",
        ),
        (
            |s| {
                *testing::stacks(s, Instrument::Valgrind) = Probe::Failed {
                    reason: "the report is not whole".to_owned(),
                    files: Vec::new(),
                }
            },
            "not whole",
        ),
        (
            |s| testing::pairs(testing::stacks(s, Instrument::Valgrind)).clear(),
            "valgrind saw nothing",
        ),
        (
            |s| {
                testing::pairs(testing::stacks(s, Instrument::Dhat))[0]
                    .long
                    .seen_bytes = 0
            },
            "dhat saw nothing",
        ),
        (|s| s.verdict.outcome = Outcome::Inconclusive, ""),
    ];
    let config = config(Budget::default());
    let baseline = baseline_of(&testing::summary("parse"), &config);
    for (disable, says) in ways {
        let mut summary = testing::summary("parse");
        disable(&mut summary);
        let (outcome, checks, sentence) = gate(&summary, &config, &baseline);
        assert_eq!(outcome, Outcome::Inconclusive, "{says}: {sentence}");
        let doubt = checks
            .iter()
            .find(|check| check.name == "measured")
            .unwrap();
        assert_eq!(doubt.status, Status::Inconclusive, "{says}");
        assert!(doubt.message.contains(says), "{says}: {}", doubt.message);
    }
}

#[test]
fn a_workload_that_the_baseline_does_not_know_or_knows_otherwise_is_inconclusive() {
    let mut config = config(Budget::default());
    let summary = testing::summary("parse");
    let baseline = baseline_of(&summary, &config);
    assert_eq!(
        gate(&summary, &config, &Baseline::empty()).0,
        Outcome::Inconclusive
    );
    config.workloads[0].settings = "--iters=99".to_owned();
    let (outcome, _, sentence) = gate(&summary, &config, &baseline);
    assert_eq!(outcome, Outcome::Inconclusive);
    assert!(sentence.contains("other options"), "{sentence}");
}

#[test]
fn a_control_that_failed_or_is_missing_leaves_nothing_to_conclude() {
    let pass = Check::new(CheckKind::Sites, "parse", "sites", Status::Pass);
    let leak = Check::new(CheckKind::NewSite, "parse", "new site", Status::Fail);
    let control = |status| Check::control(control::NAME, "dhat: the planted leak", status);
    let of = |checks: &[Check], stopped| conclude(checks, &[], stopped);
    let (outcome, sentence) = of(&[control(Status::Inconclusive), pass.clone()], false);
    assert_eq!(outcome, Outcome::Inconclusive);
    assert!(sentence.contains("dhat: the planted leak"), "{sentence}");
    assert_eq!(
        of(&[control(Status::Inconclusive), leak.clone()], false).0,
        Outcome::Inconclusive
    );
    assert_eq!(
        of(std::slice::from_ref(&pass), false).0,
        Outcome::Inconclusive,
        "no control"
    );
    assert_eq!(
        of(&[control(Status::Pass)], false).0,
        Outcome::Inconclusive,
        "no workload"
    );
    assert_eq!(of(&[control(Status::Pass), leak], false).0, Outcome::Leak);
    assert_eq!(
        of(&[control(Status::Pass), pass], true).0,
        Outcome::Inconclusive,
        "stopped"
    );
}
