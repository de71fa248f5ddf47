//! What the gate makes of its checks, of its suppressions, and of a run that is to be its baseline.

use crate::commands::gate::baseline::Baseline;
use crate::commands::gate::conclusion::{conclude, judge_suppressions};
use crate::commands::gate::config::{Budget, Config, Tolerance, Workload};
use crate::commands::gate::judge::Measured;
use crate::commands::gate::options::GateOptions;
use crate::commands::gate::outcome::{Check, CheckKind, Sensitivity, Status};
use crate::commands::gate::ratchet::{Shown, accept, known, seen};
use crate::commands::gate::{control, testing};
use crate::commands::main::spec::{LoopSpec, ZonesChoice};
use crate::engine::console::Failure;
use crate::suppressions::entries::Entry;
use crate::workload::{Fault, Kind};
use clap::{Args, FromArgMatches};
use harness_model::Instrument;
use harness_model::Outcome;

const TODAY: &str = "2026-07-01";

fn workload(name: &str) -> Workload {
    Workload {
        name: name.to_owned(),
        spec: LoopSpec::default(),
        settings: String::new(),
        budget: Budget::default(),
    }
}

fn config(workloads: Vec<Workload>) -> Config {
    Config {
        baseline: "b.json".into(),
        tolerance: Tolerance {
            exact: 0.02,
            rss: 0.1,
        },
        workloads,
        commands: Vec::new(),
    }
}

fn control(status: Status) -> Check {
    Check::control(control::NAME, "dhat: the planted leak", status)
}

fn sensitivity() -> Sensitivity {
    Sensitivity {
        of: "parse".to_owned(),
        condition: "with zones".to_owned(),
        bytes_per_iteration: 0.25,
    }
}

#[test]
fn the_control_tries_what_any_workload_asks_for_or_requires() {
    let mut config = config(vec![workload("a"), workload("b")]);
    config.workloads[0].spec.probes = vec![Instrument::Heap, Instrument::Sites];
    config.workloads[1].spec.probes = vec![Instrument::Heap];
    config.workloads[1].spec.require = vec![Instrument::Valgrind];
    let instruments = config.instruments();
    assert!(instruments.contains(&Instrument::Sites));
    assert!(instruments.contains(&Instrument::Valgrind));
    assert!(!instruments.contains(&Instrument::Dhat));
    let spec = control::spec(Fault::LostBlock, &config.workloads);
    assert_eq!(
        spec.probes,
        [Instrument::Heap, Instrument::Sites, Instrument::Valgrind]
    );
}

#[test]
fn the_control_is_a_small_loop_with_zones_and_the_fault() {
    let spec = control::spec(Fault::FreedBlock, &[]);
    assert_eq!(spec.inject, Some(Fault::FreedBlock));
    assert_eq!(spec.zones, ZonesChoice::On);
    assert_eq!(spec.workload, Kind::Words);
    assert_eq!((spec.iters, spec.texts), (40, 2));
    assert_eq!((spec.dhat_n(), spec.valgrind_n()), (4, 2));
}

#[test]
fn without_a_control_or_a_workload_or_a_sensitivity_nothing_is_concluded() {
    let pass = Check::new(CheckKind::Sites, "parse", "sites", Status::Pass);
    let of = |checks: &[Check], sensitivity: &[Sensitivity]| {
        let (outcome, sentence) = conclude(checks, sensitivity, false);
        assert_eq!(outcome, Outcome::Inconclusive);
        sentence
    };
    assert!(of(std::slice::from_ref(&pass), &[sensitivity()]).contains("control was not run"));
    let no_workload = "no workload was measured";
    assert!(of(&[control(Status::Pass)], &[sensitivity()]).contains(no_workload));
    assert!(of(&[control(Status::Pass), pass], &[]).contains(no_workload));
}

#[test]
fn failures_come_before_doubts_and_the_first_is_told_with_how_many_there_are() {
    let of = |status, message: &str| Check {
        message: message.to_owned(),
        ..Check::new(CheckKind::NewSite, "parse", "new site", status)
    };
    let said = |checks: &[Check]| conclude(checks, &[sensitivity()], false);
    let doubt = of(Status::Inconclusive, "nothing seen");
    let (fails, again) = (of(Status::Fail, "take"), of(Status::Fail, "keep"));
    let well = control(Status::Pass);
    let (outcome, sentence) = said(&[well.clone(), doubt.clone(), fails.clone()]);
    assert_eq!(
        (outcome, sentence.as_str()),
        (Outcome::Leak, "The gate fails: parse, new site: take.")
    );
    assert_eq!(
        said(&[well.clone(), fails, again.clone(), again]).1,
        "The gate fails: parse, new site: take (and 2 more)."
    );
    let (outcome, sentence) = said(&[well.clone(), doubt]);
    assert_eq!(
        (outcome, sentence.as_str()),
        (
            Outcome::Inconclusive,
            "Inconclusive: parse, new site: nothing seen."
        )
    );
    let hidden = of(Status::Hidden, "by locales");
    assert_eq!(
        said(&[well, hidden]),
        (
            Outcome::Pass,
            "The gate passes. It would have caught 0.25 bytes per iteration or more with zones \
             (parse)."
                .to_owned()
        )
    );
}

fn entry(name: &str, line: u32, expires: &str) -> Entry {
    Entry {
        file: "suppressions/libc.supp".into(),
        line,
        name: name.to_owned(),
        reason: "the C library's table".to_owned(),
        expires: expires.to_owned(),
    }
}

#[test]
fn an_expired_suppression_fails_the_gate_on_the_day_after_its_last_and_shows_its_line() {
    let entries = [
        entry("resolver", 2, "2026-12-31"),
        entry("locales", 7, "2026-06-30"),
    ];
    let check = judge_suppressions(&entries, "2026-06-30");
    assert_eq!(check.status, Status::Pass);
    assert_eq!(check.message, "2 in force, none expired");
    let check = judge_suppressions(&entries, TODAY);
    assert_eq!(check.status, Status::Fail);
    let says = "\"locales\" (suppressions/libc.supp:7) expired on 2026-06-30: remove";
    assert!(check.message.starts_with(says), "{}", check.message);
    assert_eq!(check.place.file.as_deref(), Some("suppressions/libc.supp"));
    assert_eq!(check.place.line, Some(7));
    let (outcome, _) = conclude(&[control(Status::Pass), check], &[], false);
    assert_eq!(outcome, Outcome::Leak);
}

#[test]
fn no_suppressions_at_all_are_said_to_be_none() {
    let check = judge_suppressions(&[], TODAY);
    assert_eq!(
        (check.status, check.message.as_str()),
        (Status::Pass, "there are none")
    );
}

fn gate(arguments: &[&str]) -> GateOptions {
    let command = GateOptions::augment_args(clap::Command::new("gate"));
    let matches = command.get_matches_from(["gate"].iter().chain(arguments));
    GateOptions::from_arg_matches(&matches).unwrap()
}

fn accepting() -> GateOptions {
    gate(&["--accept", "--reason=measured anew"])
}

#[test]
fn only_a_run_that_is_to_make_the_baseline_can_do_without() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(Vec::new());
    config.baseline = folder.path().join("b.json");
    assert!(matches!(known(&accepting(), &config), Ok(none) if none == Baseline::empty()));
    let why = match known(&gate(&[]), &config) {
        Err(Failure::WrongUse(why)) => why,
        _ => panic!("there is no baseline"),
    };
    assert!(why.contains("--accept --reason TEXT"), "{why}");
}

#[test]
fn a_sound_run_is_taken_for_the_baseline_and_what_is_no_more_measured_is_dropped() {
    let summary = testing::summary("parse");
    let workloads = ["parse", "words"].map(workload);
    let of = |workload| Measured {
        workload,
        summary: &summary,
    };
    let well = [control(Status::Pass)];
    let mut baseline = Baseline::empty();
    let mut take = |measured: &[Measured<'_>], control: &[Check], today: &str| {
        let shown: Vec<Shown<'_>> = measured.iter().map(seen).collect();
        let taken = accept(&accepting(), &shown, control, &mut baseline, today);
        (taken, baseline.clone())
    };
    let (taken, baseline) = take(&workloads.each_ref().map(of), &well, TODAY);
    assert!(taken && baseline.workloads.len() == 2);
    assert_eq!(
        baseline.known("words").unwrap().figures[0].reason,
        "measured anew"
    );
    let (taken, baseline) = take(&[of(&workloads[0])], &well, "2026-07-02");
    assert!(taken && baseline.known("words").is_none());
    // What is as it was keeps its day.
    assert_eq!(baseline.known("parse").unwrap().figures[0].date, TODAY);
}

#[test]
fn a_run_that_is_not_sound_is_no_baseline() {
    let workload = workload("parse");
    let mut unsure = testing::summary("parse");
    unsure.verdict.outcome = Outcome::Inconclusive;
    for (summary, status) in [
        (&unsure, Status::Pass),
        (&testing::summary("parse"), Status::Inconclusive),
    ] {
        let measured = Measured {
            workload: &workload,
            summary,
        };
        let mut baseline = Baseline::empty();
        let controls = [control(Status::Pass), control(status)];
        assert!(!accept(
            &accepting(),
            &[seen(&measured)],
            &controls,
            &mut baseline,
            TODAY
        ));
        assert_eq!(baseline, Baseline::empty());
    }
}
