//! The gate's judgement on commands, on measurements as values.

use super::*;
use crate::commands::gate::config::Tolerance;
use crate::commands::gate::config::command::CommandBudget;
use crate::commands::gate::control;
use crate::commands::gate::ratchet::seen_of_command;
use crate::commands::gate::{conclusion::conclude, outcome};
use crate::commands::run::options::RunOptions;
use harness_model::program::{ProgramCause, ProgramGrowth};
use harness_model::testing;

fn config(budget: CommandBudget) -> Config {
    Config {
        baseline: "b.json".into(),
        tolerance: Tolerance {
            exact: 0.02,
            rss: 0.1,
        },
        workloads: Vec::new(),
        commands: vec![Watched {
            name: "server".to_owned(),
            options: RunOptions::of_command(vec!["./work".into()]),
            settings: "-- ./work".to_owned(),
            budget,
        }],
    }
}

fn baseline_of(summary: &ProgramSummary, config: &Config) -> Baseline {
    let mut baseline = Baseline::empty();
    let ran = Ran {
        command: &config.commands[0],
        summary,
    };
    baseline.accept(&seen_of_command(&ran).borrow(), "first", "2026-01-01");
    baseline
}

/// What a run of this summary concludes, with a control that is well.
fn gate(summary: &ProgramSummary, config: &Config, baseline: &Baseline) -> (Outcome, String) {
    let ran = Ran {
        command: &config.commands[0],
        summary,
    };
    let mut checks = vec![outcome::Check::control(control::NAME, "run", Status::Pass)];
    checks.extend(judge(&ran, config, baseline));
    let sensitivity: Vec<Sensitivity> = sensitivity(&ran, config, baseline).into_iter().collect();
    conclude(&checks, &sensitivity, false)
}

fn heap(function: &str, bytes: f64) -> ProgramSummary {
    testing::leaking_program(vec![testing::program_growth(
        Resource::Heap,
        function,
        bytes,
    )])
}

#[test]
fn a_command_like_its_baseline_passes_and_says_what_it_would_have_caught() {
    let config = config(CommandBudget::default());
    let summary = testing::program();
    let (outcome, sentence) = gate(&summary, &config, &baseline_of(&summary, &config));
    assert_eq!(outcome, Outcome::Pass, "{sentence}");
    // A block in 90 iterations: one between 10 and 100, and three between 100 and 1,000.
    let caught = "caught 0.267 bytes per iteration or more in blocks of 24 bytes (server)";
    assert!(sentence.contains(caught), "{sentence}");
}

#[test]
fn new_growth_fails_at_its_line_with_its_cause() {
    let config = config(CommandBudget::default());
    let baseline = baseline_of(&testing::program(), &config);
    let ran = Ran {
        command: &config.commands[0],
        summary: &heap("take", 48.0),
    };
    let checks = judge(&ran, &config, &baseline);
    let site = checks
        .iter()
        .find(|check| check.kind == CheckKind::NewSite)
        .unwrap();
    assert_eq!(site.status, Status::Fail);
    assert_eq!(site.place.line, Some(16));
    let says =
        "gains 48 bytes in 1 block an iteration in the heap of the main process (unreachable)";
    assert!(site.message.contains(says), "{}", site.message);
    let descriptor = testing::program_growth(Resource::FileDescriptor, "open_it", 0.0);
    let (outcome, sentence) = gate(
        &testing::leaking_program(vec![descriptor]),
        &config,
        &baseline,
    );
    assert_eq!(outcome, Outcome::Leak);
    let says =
        "open_it (work.c:16) gains 1 descriptor an iteration in descriptors of the main process";
    assert!(sentence.contains(says), "{sentence}");
}

#[test]
fn known_growth_may_shrink_and_not_grow_and_its_cause_may_change() {
    let config = config(CommandBudget::default());
    let mut baseline = baseline_of(&heap("take", 100.0), &config);
    for (bytes, expected) in [
        (100.0, Outcome::Pass),
        (101.9, Outcome::Pass),
        (103.0, Outcome::Leak),
    ] {
        let (outcome, sentence) = gate(&heap("take", bytes), &config, &baseline);
        assert_eq!(outcome, expected, "{sentence}");
    }
    let mut held = heap("take", 100.0);
    held.verdict.growth[0].cause = ProgramCause::Held;
    assert_eq!(gate(&held, &config, &baseline).0, Outcome::Pass);
    assert_eq!(
        gate(&heap("another", 100.0), &config, &baseline).0,
        Outcome::Leak
    );
    let less = heap("take", 50.0);
    let ran = Ran {
        command: &config.commands[0],
        summary: &less,
    };
    let changes = baseline.lower(&seen_of_command(&ran).borrow(), "2026-01-02");
    assert!(
        changes.contains(&"server: heap growth: 50 bytes, was 100".to_owned()),
        "{changes:?}"
    );
    let (outcome, _) = gate(&heap("take", 100.0), &config, &baseline);
    assert_eq!(outcome, Outcome::Leak, "it went down");
}

#[test]
fn growth_that_no_site_accounts_for_is_held_against_the_baseline_too() {
    let config = config(CommandBudget::default());
    let unplaced = |bytes| {
        testing::leaking_program(vec![ProgramGrowth {
            sites: Vec::new(),
            ..testing::program_growth(Resource::Heap, "", bytes)
        }])
    };
    let baseline = baseline_of(&unplaced(4_000.0), &config);
    assert_eq!(
        gate(&unplaced(4_300.0), &config, &baseline).0,
        Outcome::Pass
    );
    assert_eq!(
        gate(&unplaced(4_500.0), &config, &baseline).0,
        Outcome::Leak
    );
}

#[test]
fn a_budget_fails_though_the_baseline_knows() {
    for (toml, name) in [
        ("growth = { heap = 40 }", "budget: heap growth"),
        ("rss_mib = 3", "budget: resident at most"),
    ] {
        let config = config(toml::from_str(toml).unwrap());
        let summary = heap("take", 48.0);
        let (outcome, sentence) = gate(&summary, &config, &baseline_of(&summary, &config));
        assert_eq!(outcome, Outcome::Leak, "{toml}");
        assert!(sentence.contains(name), "{sentence}");
    }
}

#[test]
fn nothing_that_was_not_measured_passes() {
    let config = config(CommandBudget::default());
    let baseline = baseline_of(&testing::program(), &config);
    for spoil in [
        (|summary| summary.counts.clear()) as fn(&mut ProgramSummary),
        |summary| summary.counts.truncate(2),
        |summary| summary.interrupted = true,
        |summary| summary.verdict.outcome = Outcome::Inconclusive,
    ] {
        let mut summary = testing::program();
        spoil(&mut summary);
        let (outcome, sentence) = gate(&summary, &config, &baseline);
        assert_eq!(outcome, Outcome::Inconclusive, "{sentence}");
    }
    let (outcome, _) = gate(&testing::program(), &config, &Baseline::empty());
    assert_eq!(outcome, Outcome::Inconclusive, "an unknown command");
    let mut leak = testing::program();
    leak.verdict.outcome = Outcome::Leak;
    assert_eq!(gate(&leak, &config, &baseline).0, Outcome::Leak);
}
