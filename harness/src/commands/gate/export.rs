//! What the gate concluded, as results.

use crate::commands::gate::outcome::{Check, GateReport};
use crate::export::{Case, Results};
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
        name: match (&check.place.function, &check.seen) {
            (Some(function), Some(seen)) => format!("{}: {function} ({seen})", check.name),
            (Some(function), None) => format!("{}: {function}", check.name),
            (None, _) => check.name.clone(),
        },
        status: check.status,
        rule: check.kind.rule(),
        message: check.message.clone(),
        place: check.place.clone(),
        fingerprint: check.fingerprint.clone(),
    }
}
