//! What the gate concluded, as results.

use super::{Case, CaseStatus, Place, Results};
use crate::gate::control;
use crate::gate::outcome::{Check, GateReport, Status};

impl Results {
    /// The results of a run of the gate that was told by the file `config`.
    pub fn of_gate(report: &GateReport, config: &str) -> Results {
        Results {
            name: "leak gate".to_owned(),
            started_at: report.started_at.clone(),
            seconds: report.seconds,
            sentence: report.sentence.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            exit_code: report.exit_code,
            fallback_file: Some(config.to_owned()),
            cases: report.checks.iter().map(case).collect(),
        }
    }
}

fn case(check: &Check) -> Case {
    Case {
        of: check.of.clone(),
        // Two sites of one workload are two cases: programs know a case by its name.
        name: match &check.function {
            Some(function) => format!("{}: {function}", check.name),
            None => check.name.clone(),
        },
        status: match check.status {
            Status::Pass => CaseStatus::Passed,
            Status::Fail => CaseStatus::Failed,
            Status::Inconclusive => CaseStatus::Inconclusive,
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
        _ if check.of == control::NAME => "control",
        _ if check.of == "suppressions" => "suppression",
        "new site" => "new-site",
        "grown site" => "grown-site",
        "verdict" => "leak",
        name if name.starts_with("budget: ") => "budget",
        _ => "figure",
    }
}
