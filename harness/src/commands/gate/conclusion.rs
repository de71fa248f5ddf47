//! What follows from all that was checked: a pass, a failure, or nothing.

use super::outcome::{Check, CheckKind, Sensitivity, Status};
use crate::suppressions::entries::Entry;
use harness_model::condition::behind;
use harness_model::{Outcome, Place};

/// Whether a suppression is past its day.
pub fn judge_suppressions(entries: &[Entry], today: &str) -> Check {
    let check = |status, message| Check {
        message,
        ..Check::new(CheckKind::Suppressions, "suppressions", "expiry", status)
    };
    let expired: Vec<String> = entries
        .iter()
        .filter(|entry| entry.has_expired(today))
        .map(|entry| {
            let (file, line) = (printable::path(&entry.file), entry.line);
            format!(
                "\"{}\" ({file}:{line}) expired on {}",
                entry.name, entry.expires
            )
        })
        .collect();
    match (expired.len(), entries.len()) {
        (0, 0) => check(Status::Pass, "there are none".to_owned()),
        (0, all) => check(Status::Pass, format!("{all} in force, none expired")),
        _ => {
            let message = format!(
                "{}: remove what was mended, or renew it with its reason",
                expired.join("; ")
            );
            let first = entries.iter().find(|entry| entry.has_expired(today));
            Check {
                place: first.map_or_else(Place::default, |entry| {
                    Place::of_line(entry.file.to_string_lossy(), entry.line)
                }),
                ..check(Status::Fail, message)
            }
        }
    }
}

/// Concludes from all checks.
pub fn conclude(checks: &[Check], sensitivity: &[Sensitivity], stopped: bool) -> (Outcome, String) {
    let of = |status: Status| checks.iter().filter(move |check| check.status == status);
    let said = |check: &Check| format!("{}, {}: {}", check.of, check.name, check.message);
    let controls = checks
        .iter()
        .filter(|check| check.kind == CheckKind::Control)
        .count();
    if stopped {
        return (
            Outcome::Inconclusive,
            "Inconclusive: the gate was stopped before its end.".to_owned(),
        );
    }
    if controls == 0 {
        let sentence = "Inconclusive: the control was not run, so that a pass would prove nothing.";
        return (Outcome::Inconclusive, sentence.to_owned());
    }
    let failed: Vec<String> = of(Status::Inconclusive)
        .filter(|check| check.kind == CheckKind::Control)
        .map(|check| format!("{} ({})", check.name, check.message))
        .collect();
    if !failed.is_empty() {
        let sentence = format!(
            "Inconclusive: the control failed, so that a pass would prove nothing: {}.",
            failed.join("; ")
        );
        return (Outcome::Inconclusive, sentence);
    }
    // A site says where to look; the figure that it raises says it again.
    let is_site = |check: &&Check| matches!(check.kind, CheckKind::NewSite | CheckKind::GrownSite);
    let worst = of(Status::Fail).find(is_site);
    if let Some(worst) = worst.or_else(|| of(Status::Fail).next()) {
        let more = match of(Status::Fail).count() {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        return (
            Outcome::Leak,
            format!("The gate fails: {}{more}.", said(worst)),
        );
    }
    if let Some(doubt) = of(Status::Inconclusive).next() {
        return (
            Outcome::Inconclusive,
            format!("Inconclusive: {}.", said(doubt)),
        );
    }
    if checks.len() == controls || sensitivity.is_empty() {
        let sentence = "Inconclusive: no workload was measured.";
        return (Outcome::Inconclusive, sentence.to_owned());
    }
    let caught: Vec<String> = sensitivity
        .iter()
        .map(|one| {
            let bytes = harness_model::units::figure(one.bytes_per_iteration);
            format!(
                "{bytes} bytes per iteration or more{} ({})",
                behind(&one.condition),
                one.of
            )
        })
        .collect();
    let sentence = format!(
        "The gate passes. It would have caught {}.",
        caught.join(", ")
    );
    (Outcome::Pass, sentence)
}
