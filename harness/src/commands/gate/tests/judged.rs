//! Everything that the gate says of measurements of every kind, word by word and figure by figure.
//!
//! A line that changes here is a gate that judges otherwise: look at the difference, and write the file again with
//! UPDATE_JUDGEMENTS=1.

use super::{baseline_of, config};
use crate::commands::gate::baseline::Baseline;
use crate::commands::gate::config::{Budget, Config};
use crate::commands::gate::judge::{Measured, judge, sensitivity};
use crate::commands::gate::outcome::Check;
use crate::commands::gate::testing::{pairs, set_growing, site, stacks, summary};
use crate::commands::main::spec::ZonesChoice;
use crate::workload::Zones;
use harness_model::testing::assert_pinned;
use harness_model::{
    Finding, FindingKind, Hidden, Instrument, LeakKind, Outcome, Place, Probe, Shape, Summary,
};
use std::fmt::Write;

const SAID: &str = include_str!("judged.txt");

/// What is judged, by what, and against what.
struct Case {
    name: &'static str,
    summary: Summary,
    config: Config,
    baseline: Baseline,
}

/// A run like its baseline, which knows three of its sites.
fn like_its_baseline(name: &'static str) -> Case {
    let mut summary = summary("parse");
    let growing = vec![site("take", 100.0), site("keep", 40.0), site("hold", 8.0)];
    set_growing(&mut summary, Instrument::Dhat, Zones::Off.phrase(), growing);
    let config = config(Budget::default());
    let baseline = baseline_of(&summary, &config);
    Case {
        name,
        summary,
        config,
        baseline,
    }
}

/// The same, of which something was changed.
fn but(name: &'static str, change: impl FnOnce(&mut Case)) -> Case {
    let mut case = like_its_baseline(name);
    change(&mut case);
    case
}

fn dhat_without_zones(case: &mut Case) -> &mut Vec<harness_model::GrowingSite> {
    &mut pairs(stacks(&mut case.summary, Instrument::Dhat))[0].growing
}

fn of_sites() -> Vec<Case> {
    vec![
        like_its_baseline("like its baseline"),
        but("one known site", |case| {
            dhat_without_zones(case).truncate(1)
        }),
        but("no site", |case| dhat_without_zones(case).clear()),
        but("more bytes, fewer, and as many as may be", |case| {
            let growing = dhat_without_zones(case);
            growing[0].bytes_per_iteration = 102.5;
            growing[1].bytes_per_iteration = 1.0;
            growing[2].bytes_per_iteration = 8.16;
        }),
        but("more blocks", |case| {
            dhat_without_zones(case)[1].blocks_per_iteration = 1.03;
        }),
        but("a new site beside known ones", |case| {
            dhat_without_zones(case).push(site("remember", 0.5));
        }),
        but("a known site with zones", |case| {
            pairs(stacks(&mut case.summary, Instrument::Dhat))[1].growing =
                vec![site("take", 100.0)];
        }),
        but("two stacks of one function", |case| {
            let growing = dhat_without_zones(case);
            let again = growing[0].clone();
            growing.push(again);
        }),
    ]
}

fn of_figures() -> Vec<Case> {
    vec![
        but(
            "figures above their best, and within what they may vary by",
            |case| {
                let run = &mut case.summary.runs[0];
                run.stores[0].bytes_per_iteration += 10.0;
                run.live_bytes.last += run.live_bytes.last / 100;
                if let Some(most) = &mut run.anonymous_peak_bytes {
                    *most += *most / 2;
                }
                if let Some(most) = &mut case.summary.runs[1].anonymous_peak_bytes {
                    *most += *most / 20;
                }
            },
        ),
        but("figures that the baseline does not know", |case| {
            let known = &mut case.baseline.workloads[0];
            known
                .figures
                .retain(|best| !best.name.contains("in strings") && best.best > 0.0);
        }),
        but("a figure that was not measured", |case| {
            case.summary.runs.remove(0);
            case.config.workloads[0].spec.zones = ZonesChoice::On;
        }),
        but("other options than the baseline's", |case| {
            case.config.workloads[0].settings.clear();
        }),
        but("no baseline", |case| case.baseline = Baseline::empty()),
        but("within its budgets", |case| {
            budget(
                case,
                "with_zones = 0.5\nrss_mib = 4096\nrss_per_iteration = 1e6",
            )
        }),
        but("beyond its budgets", |case| {
            budget(
                case,
                "rss_mib = 1.5\nwithout_zones = { strings = 1, unaccounted = 0.25 }",
            );
        }),
        but("a budget for what was not measured", |case| {
            budget(
                case,
                "without_zones = { tables = 1 }\nrss_per_iteration = 1",
            );
            case.summary.runs[1].rss_bytes = None;
            case.summary.runs[1].anonymous_peak_bytes = None;
        }),
    ]
}

fn budget(case: &mut Case, toml: &str) {
    case.config.workloads[0].budget = toml::from_str(toml).unwrap();
}

fn of_findings() -> Vec<Case> {
    let kinds = [
        FindingKind::Lost,
        FindingKind::Growth,
        FindingKind::StoreGrowth,
        FindingKind::Unaccounted,
        FindingKind::OneOff,
    ];
    // The baseline knows `take` as live without zones, and `lose` as lost with zones.
    let lost = |case: &mut Case| {
        let mut lose = site("lose", 24.0);
        lose.leak_kind = Some(LeakKind::DefinitelyLost);
        set_growing(
            &mut case.summary,
            Instrument::Valgrind,
            Zones::On.phrase(),
            vec![lose],
        );
        case.baseline = baseline_of(&case.summary, &case.config);
    };
    let found = move |name, findings: &[(FindingKind, Zones, Option<&str>)]| {
        but(name, |case| {
            lost(case);
            let file = case.baseline.workloads[0].sites[0].file.clone();
            let finding = |(kind, zones, function): &(FindingKind, Zones, Option<&str>)| Finding {
                kind: *kind,
                fails: *kind != FindingKind::OneOff,
                condition: zones.phrase().to_owned(),
                evidence: Instrument::Valgrind,
                message: format!("{} grows", function.unwrap_or("something")),
                place: Place {
                    function: function.map(str::to_owned),
                    file: file.clone(),
                    line: Some(9),
                },
                bytes_per_iteration: 24.0,
                blocks_per_iteration: Some(1.0),
                frames: Vec::new(),
            };
            case.summary.verdict.findings = findings.iter().map(finding).collect();
            case.summary.verdict.outcome = Outcome::Leak;
        })
    };
    let every = |function| kinds.map(|kind| (kind, Zones::Off, function));
    let elsewhere = |name| {
        let mut case = found(
            name,
            &[(FindingKind::StoreGrowth, Zones::Off, Some("take"))],
        );
        case.summary.verdict.findings[0].place.file = Some("elsewhere.rs".to_owned());
        case
    };
    vec![
        found("findings of every kind, unknown", &every(Some("forget"))),
        found(
            "findings of every kind, known as live",
            &every(Some("take")),
        ),
        found("findings of every kind, of no function", &every(None)),
        found(
            "lost in the loop in which it is known, and in the other",
            &[
                (FindingKind::Lost, Zones::On, Some("lose")),
                (FindingKind::Lost, Zones::Off, Some("lose")),
            ],
        ),
        elsewhere("a function of the same name in another file"),
        but("a leak without a finding", |case| {
            case.summary.verdict.outcome = Outcome::Leak;
        }),
        but("what suppressions hid", |case| {
            pairs(stacks(&mut case.summary, Instrument::Valgrind))[0].hidden = vec![Hidden {
                name: "locales".to_owned(),
                file: "suppressions/libc.supp".to_owned(),
                line: 7,
                reason: Some("the C library's table".to_owned()),
                expires: Some("2027-01-31".to_owned()),
                bytes_per_iteration: 12.0,
                blocks_per_iteration: 0.5,
                long_bytes: 240,
                long_blocks: 10,
            }];
        }),
    ]
}

fn of_doubts() -> Vec<Case> {
    vec![
        but(
            "a loop that ended early, and one that counted no blocks",
            |case| {
                (
                    case.summary.runs[0].completed,
                    case.summary.runs[1].live_blocks.max,
                ) = (false, 0);
            },
        ),
        but("a loop of fewer iterations than were asked for", |case| {
            case.config.workloads[0].spec.iters = case.summary.runs[0].iterations + 1;
        }),
        but("a loop that counted no bytes, and no pages", |case| {
            case.summary.runs[0].live_bytes.max = 0;
            if let Some(rss) = &mut case.summary.runs[0].rss_bytes {
                rss.max = 0;
            }
        }),
        but("pages that nobody asked for were not measured", |case| {
            let spec = &mut case.config.workloads[0].spec;
            spec.probes.retain(|probe| *probe != Instrument::Rss);
            case.summary.runs[0].rss_bytes = None;
            case.summary.runs[0].anonymous_peak_bytes = None;
        }),
        but(
            "a tool that was asked for, and one that was not, did not run",
            |case| {
                let spec = &mut case.config.workloads[0].spec;
                spec.probes.retain(|probe| *probe != Instrument::Valgrind);
                spec.require.clear();
                for instrument in [Instrument::Valgrind, Instrument::Dhat] {
                    let probe = stacks(&mut case.summary, instrument);
                    *probe = Probe::NotRun {
                        reason: "it is not installed".to_owned(),
                        remedy: None,
                    };
                }
            },
        ),
        but("a tool that was required failed", |case| {
            let spec = &mut case.config.workloads[0].spec;
            spec.probes.clear();
            spec.require = vec![Instrument::Valgrind];
            *stacks(&mut case.summary, Instrument::Valgrind) = Probe::Failed {
                reason: "it died".to_owned(),
                files: Vec::new(),
            };
        }),
        but("a tool that saw nothing of one loop", |case| {
            pairs(stacks(&mut case.summary, Instrument::Dhat))[1]
                .long
                .seen_bytes = 0;
        }),
        but("one loop alone", |case| {
            case.config.workloads[0].spec.zones = ZonesChoice::Off;
        }),
        but("too few iterations, and so no verdict", |case| {
            case.summary.runs[1].live_bytes.shape = Shape::Inconclusive;
            case.summary.verdict.outcome = Outcome::Inconclusive;
            case.summary.verdict.sentence = "Inconclusive: nothing was seen.".to_owned();
        }),
    ]
}

fn of_sensitivity() -> Vec<Case> {
    let growing = |case: &mut Case, bytes: f64| {
        let run = &mut case.summary.runs[1];
        (run.live_bytes.shape, run.live_bytes.per_iteration) = (Shape::Growing, bytes);
        case.baseline = baseline_of(&case.summary, &case.config);
    };
    vec![
        but("a budget above what the baseline knows", |case| {
            budget(
                case,
                "with_zones = 64\nwithout_zones = { unaccounted = 32 }",
            );
        }),
        but("a budget above what is kept, and no baseline", |case| {
            budget(
                case,
                "with_zones = 64\nwithout_zones = { unaccounted = 32 }",
            );
            case.baseline = Baseline::empty();
        }),
        but("a baseline with growth", |case| growing(case, 100.0)),
        but("a baseline with growth under a budget", |case| {
            growing(case, 100.0);
            budget(case, "with_zones = 101");
        }),
        but("a series that could show nothing", |case| {
            case.summary.runs[0].unaccounted.minimum_detectable_effect = None;
        }),
    ]
}

/// Every case's lines: of the first all, and of the others those by which they differ from it.
fn said() -> String {
    assert!(
        config(Budget::default()).workloads[0]
            .spec
            .require
            .contains(&Instrument::Valgrind)
    );
    let cases = [
        of_sites(),
        of_figures(),
        of_findings(),
        of_doubts(),
        of_sensitivity(),
    ];
    let mut said = String::new();
    let mut first: Option<Vec<String>> = None;
    for case in cases.into_iter().flatten() {
        let lines = lines(&case);
        writeln!(said, "== {}", case.name).unwrap();
        let usual = first.get_or_insert_default();
        for gone in usual.iter().filter(|line| !lines.contains(line)) {
            writeln!(said, "- {gone}").unwrap();
        }
        for new in lines.iter().filter(|line| !usual.contains(line)) {
            writeln!(said, "+ {new}").unwrap();
        }
        if usual.is_empty() {
            *usual = lines;
        }
    }
    said
}

fn lines(case: &Case) -> Vec<String> {
    let measured = Measured {
        workload: &case.config.workloads[0],
        summary: &case.summary,
    };
    let checks = judge(&measured, &case.config, &case.baseline);
    let caught = sensitivity(&measured, &case.config, &case.baseline);
    let caught = caught.iter().map(|caught| {
        let least = caught.bytes_per_iteration;
        format!("would have caught {least:.4} {}", caught.condition)
    });
    checks.iter().map(line).chain(caught).collect()
}

/// All of a check.
fn line(check: &Check) -> String {
    let mut line = format!("{:?} {}: {}", check.status, check.name, check.message);
    for (name, value) in [("measured", check.measured), ("limit", check.limit)] {
        if let Some(value) = value {
            write!(line, "; {name} {value:.4}").unwrap();
        }
    }
    let place = [
        &check.place.function,
        &check.place.file,
        &check.fingerprint,
        &check.seen,
    ];
    for text in place.into_iter().flatten() {
        write!(line, "; {text}").unwrap();
    }
    if let Some(number) = check.place.line {
        write!(line, "; line {number}").unwrap();
    }
    line
}

#[test]
fn every_check_is_the_one_that_was_read() {
    assert_pinned(
        &said(),
        SAID,
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/commands/gate/tests/judged.txt"
        ),
    );
}
