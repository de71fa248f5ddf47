//! What the main job concluded, as results.

use crate::export::{Case, Results, Rule, Status};
use harness_judge::root_causes::root_causes;
use harness_model::units::several;
use harness_model::{Finding, FindingKind, Outcome, Place, Probe, SiteReport, Summary};
use std::path::Path;

impl Results {
    /// The results of a run of the main job, whose page is at `page`.
    pub fn of_summary(summary: &Summary, page: &Path) -> Results {
        let mut cases: Vec<Case> = summary.runs.iter().map(of_loop).collect();
        let stacks = summary.stacks.iter();
        cases.extend(stacks.map(|one| of_probe(one.instrument.name(), &one.result)));
        cases.extend(of_findings(summary));
        cases.extend(of_hidden(summary));
        cases.extend(of_verdict(summary));
        let results = Results {
            name: format!("harness: {}", summary.workload.name),
            started_at: summary.started_at.clone(),
            seconds: summary.seconds,
            sentence: summary.verdict.sentence.clone(),
            version: summary.tool.version.clone(),
            exit_code: summary.verdict.exit_code,
            fallback_file: crate::export::from_here(page),
            cases,
        };
        results.told_apart()
    }
}

fn case(of: &str, name: &str, status: Status, rule: Rule, message: String) -> Case {
    Case {
        of: of.to_owned(),
        name: name.to_owned(),
        status,
        rule,
        message,
        place: Place::default(),
        fingerprint: None,
    }
}

fn of_loop(run: &harness_model::Run) -> Case {
    let (status, message) = match &run.failure {
        None if run.completed => (
            Status::Pass,
            format!("{} measured", several(run.iterations, "iteration")),
        ),
        failure => (
            Status::Inconclusive,
            failure
                .clone()
                .unwrap_or_else(|| "did not come to its end".to_owned()),
        ),
    };
    case("loops", &run.condition, status, Rule::Measured, message)
}

fn of_probe(name: &str, probe: &Probe<SiteReport>) -> Case {
    let (status, message) = match probe {
        Probe::Ran(report) => {
            let growing: usize = report.pairs.iter().map(|pair| pair.growing.len()).sum();
            (Status::Pass, format!("ran; {growing} call sites grow"))
        }
        Probe::NotRun { reason, .. } => (Status::Skipped, reason.clone()),
        Probe::Failed { reason, .. } => (Status::Inconclusive, reason.clone()),
    };
    case("tools", name, status, Rule::Measured, message)
}

/// A case for each root cause, with what its findings say, and for each finding that fails nothing.
fn of_findings(summary: &Summary) -> Vec<Case> {
    let findings = &summary.verdict.findings;
    let causes = root_causes(findings);
    let mut cases: Vec<Case> = causes
        .iter()
        .map(|cause| {
            let messages: Vec<&str> = cause
                .findings
                .iter()
                .map(|finding| finding.message.as_str())
                .collect();
            of_finding(cause.worst(), Status::Fail, messages.join("; "))
        })
        .collect();
    let others = findings.iter().filter(|finding| !finding.fails);
    cases.extend(others.map(|finding| of_finding(finding, Status::Pass, finding.message.clone())));
    cases
}

fn of_finding(finding: &Finding, status: Status, message: String) -> Case {
    let what = match finding.kind {
        FindingKind::Lost => "lost",
        FindingKind::Growth => "growth",
        FindingKind::StoreGrowth => "growth of the stores",
        FindingKind::Unaccounted => "growth in no store",
        FindingKind::OneOff => "gained once",
    };
    let name = match &finding.place.function {
        Some(function) => format!("{what}: {function}"),
        None => what.to_owned(),
    };
    Case {
        place: finding.place.clone(),
        ..case(&finding.condition, &name, status, Rule::Leak, message)
    }
}

/// What suppressions hid.
fn of_hidden(summary: &Summary) -> Vec<Case> {
    let reports = summary.stacks.iter().filter_map(|one| one.result.ran());
    let cases = reports
        .flat_map(SiteReport::hidden)
        .map(|(condition, hidden)| {
            let name = format!("hidden: {}", hidden.name);
            Case {
                place: Place::of_line(&hidden.file, hidden.line),
                ..case(
                    condition,
                    &name,
                    Status::Hidden,
                    Rule::Hidden,
                    hidden.describe(),
                )
            }
        });
    cases.collect()
}

/// The verdict itself, where no finding says it already.
fn of_verdict(summary: &Summary) -> Option<Case> {
    let verdict = &summary.verdict;
    let status = match verdict.outcome {
        Outcome::Leak if verdict.findings.iter().any(|finding| finding.fails) => return None,
        Outcome::Leak => Status::Fail,
        Outcome::Pass => Status::Pass,
        Outcome::Inconclusive => Status::Inconclusive,
    };
    Some(case(
        "verdict",
        "verdict",
        status,
        Rule::Leak,
        verdict.sentence.clone(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::gate::testing;

    #[test]
    fn a_run_that_passes_has_no_failed_case_and_a_leak_has_its_place() {
        let troubles = |summary: &Summary| -> Vec<Case> {
            Results::of_summary(summary, Path::new("report.html"))
                .troubles()
                .cloned()
                .collect()
        };
        assert_eq!(troubles(&testing::summary("parse")), []);
        let leaking: Summary =
            serde_json::from_str(include_str!("../../../tests/data/report/summary.json")).unwrap();
        let troubles = troubles(&leaking);
        assert_eq!(troubles.len(), 1, "one leak, in both loops: {troubles:?}");
        assert!(
            troubles.iter().any(|case| {
                case.status == Status::Fail
                    && case
                        .place
                        .file
                        .as_ref()
                        .is_some_and(|file| file.ends_with("activations.rs"))
            }),
            "{troubles:?}"
        );
    }
}
