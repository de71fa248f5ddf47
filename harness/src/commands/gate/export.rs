//! What the gate concluded, as results.

use crate::commands::gate::control;
use crate::commands::gate::outcome::{Check, GateReport, Status};
use crate::export::{Case, CaseStatus, HIDDEN, Place, Results};
use std::path::Path;

impl Results {
    /// The results of a run of the gate that was told by the file `config`.
    pub fn of_gate(report: &GateReport, config: &Path) -> Results {
        let results = Results {
            name: "leak gate".to_owned(),
            started_at: report.started_at.clone(),
            seconds: report.seconds,
            sentence: report.sentence.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            exit_code: report.exit_code,
            fallback_file: crate::export::from_here(config),
            cases: report.checks.iter().map(case).collect(),
        };
        results.told_apart()
    }
}

fn case(check: &Check) -> Case {
    Case {
        of: check.of.clone(),
        name: match (&check.function, &check.seen) {
            (Some(function), Some(seen)) => format!("{}: {function} ({seen})", check.name),
            (Some(function), None) => format!("{}: {function}", check.name),
            (None, _) => check.name.clone(),
        },
        status: match check.status {
            Status::Pass => CaseStatus::Passed,
            Status::Fail => CaseStatus::Failed,
            Status::Inconclusive => CaseStatus::Inconclusive,
            Status::Hidden => CaseStatus::Hidden,
        },
        rule: rule(check),
        message: check.message.clone(),
        place: check.file.as_ref().map(|file| Place {
            function: check.function.clone(),
            file: file.clone(),
            line: check.line,
        }),
        fingerprint: check.fingerprint.clone(),
    }
}

fn rule(check: &Check) -> &'static str {
    match check.name.as_str() {
        _ if check.status == Status::Hidden => HIDDEN,
        _ if check.of == control::NAME => "control",
        _ if check.of == "suppressions" => "suppression",
        "new site" => "new-site",
        "grown site" => "grown-site",
        "verdict" => "leak",
        name if name.starts_with("budget: ") => "budget",
        _ => "figure",
    }
}
