//! The conclusion as a person would say it.

use super::Evidence;
use super::findings::number;
use crate::summary::{Finding, FindingKind, Outcome, Probe, Run, Shape, StoreGrowth, Zones};

/// Shares of growth below this are not worth a name.
const WORTH_NAMING: f64 = 0.02;

/// One sentence.
pub fn sentence(
    evidence: &Evidence<'_>,
    findings: &[Finding],
    doubts: &[String],
    outcome: Outcome,
) -> String {
    let mut clauses = Vec::new();
    if outcome == Outcome::Inconclusive {
        clauses.push(format!("inconclusive, because {}", doubts.join(", and ")));
    }
    let lost: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.kind == FindingKind::Lost)
        .collect();
    let worst_of = |zones| lost.iter().find(|finding| finding.zones == zones);
    match (worst_of(Zones::Off), worst_of(Zones::On)) {
        // The same loss in both loops is said once.
        (Some(off), Some(on)) if off.function == on.function => {
            clauses.push(format!("a leak: {}", in_both(on)));
        }
        (off, on) => {
            let lost = off.into_iter().chain(on);
            clauses.extend(lost.map(|finding| format!("a leak: {}", finding.message)));
        }
    }
    for run in evidence.runs {
        match run.zones {
            Zones::Off => clauses.push(without_zones(run)),
            Zones::On => clauses.push(with_zones(run, findings, !lost.is_empty())),
        }
    }
    if lost.is_empty() {
        clauses.push(match evidence.valgrind {
            Probe::Ran(_) => "nothing is lost".to_owned(),
            Probe::NotRun { reason, .. } => {
                format!("whether anything is lost is not known (valgrind: {reason})")
            }
            Probe::Failed { .. } => {
                "whether anything is lost is not known (valgrind failed)".to_owned()
            }
        });
    }
    sentence_of(&clauses)
}

/// Clauses put together to one sentence, with its capital and its full stop.
pub(crate) fn sentence_of(clauses: &[String]) -> String {
    let text = clauses.join("; ");
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// A loss that both loops have, without naming one of them.
fn in_both(finding: &Finding) -> String {
    let phrase = format!(" {}", finding.zones.phrase());
    let message = finding
        .message
        .strip_suffix(&phrase)
        .unwrap_or(&finding.message);
    format!("{message} in both loops")
}

fn without_zones(run: &Run) -> String {
    let growth = run.live_bytes.per_iteration;
    if growth <= 0.0 {
        return "without zones live memory does not grow".to_owned();
    }
    let mut grown: Vec<&StoreGrowth> = run
        .stores
        .iter()
        .filter(|store| store.bytes_per_iteration > growth * WORTH_NAMING)
        .collect();
    grown.sort_by(|a, b| b.bytes_per_iteration.total_cmp(&a.bytes_per_iteration));
    let held: f64 = run
        .stores
        .iter()
        .map(|store| store.bytes_per_iteration)
        .sum();
    if held < growth / 2.0 {
        return format!(
            "without zones live memory grows by {} bytes an iteration, {} of them in the vocabulary",
            number(growth),
            number(held)
        );
    }
    // Names of stores are identifiers; a sentence has words.
    let names: Vec<String> = grown
        .iter()
        .map(|store| store.name.replace('_', " "))
        .collect();
    let share = held / growth;
    let where_to = if run.unaccounted.shape != Shape::Growing || share > 0.9995 {
        format!("all of it {}", list(&names))
    } else {
        let percent = (share * 100.0).floor();
        format!("{percent}% of it {}, the rest in no store", list(&names))
    };
    format!(
        "without zones the vocabulary grows by {} bytes an iteration, {where_to}",
        number(growth)
    )
}

/// `named` says that the function behind the growth has been named already.
fn with_zones(run: &Run, findings: &[Finding], named: bool) -> String {
    let found = findings.iter().find(|finding| {
        finding.zones == Zones::On
            && matches!(
                finding.kind,
                FindingKind::GrowthInZones | FindingKind::OneOff
            )
    });
    match found {
        Some(finding) if finding.kind == FindingKind::GrowthInZones && named => format!(
            "with zones live memory grows by {} bytes an iteration",
            number(finding.bytes_per_iteration)
        ),
        Some(finding) => finding.message.clone(),
        None if run.live_bytes.max == run.live_bytes.min => {
            "with zones live memory is flat to the byte".to_owned()
        }
        None => format!(
            "with zones live memory ends {} it began, to the byte",
            match run.live_bytes.last.cmp(&run.live_bytes.first) {
                std::cmp::Ordering::Less => "below where",
                std::cmp::Ordering::Equal => "where",
                std::cmp::Ordering::Greater => "above where",
            }
        ),
    }
}

/// `strings, lexemes and shapes`.
pub(crate) fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
