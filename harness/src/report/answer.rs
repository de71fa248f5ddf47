//! The answer, before anything else: what leaks, where, since when, why we believe it, and what to do.

use super::places::{GrowingPlace, places};
use harness_judge::amount;
use harness_judge::root_causes::{RootCause, root_causes};
use harness_model::units::{count, plural};
use harness_model::{Cause, Finding, FindingKind, Outcome, Place, Summary};
use printable::{Style, Text};
use std::fmt::Display;

/// Root causes that are told; the rest is in the page.
const MOST_CAUSES: usize = 3;
/// Figures are the same where they differ by no more than this share.
const SAME: f64 = 0.05;

/// A root cause as it is told.
pub(crate) struct Told {
    /// How much, in a sentence without its end: `64 bytes in 1 block an iteration are lost, with zones`.
    pub amount: String,
    /// Where, where that was seen, with the lines that grow.
    pub place: Option<(Place, Vec<u32>)>,
    /// What is said of it: since when, why that is believed, and what to do next.
    pub rows: Vec<(&'static str, String)>,
}

/// Where no call was seen.
pub(crate) const NO_CALL: &str = "no call that was seen: run the tools too (--probes)";

/// The root causes of what leaks, the worst first. There is none where nothing leaks.
pub(crate) fn told(summary: &Summary) -> Vec<Told> {
    if summary.verdict.outcome != Outcome::Leak {
        return Vec::new();
    }
    let all = places(summary);
    let causes = root_causes(&summary.verdict.findings);
    causes
        .iter()
        .map(|cause| told_of(summary, cause, &all))
        .collect()
}

/// The answer of a run.
pub fn answer(summary: &Summary) -> Text {
    let mut text = Text::new();
    let verdict = &summary.verdict;
    let causes = told(summary);
    if causes.is_empty() {
        conclude(&mut text, verdict.outcome, &verdict.sentence);
        return text;
    }
    for (number, cause) in causes.iter().take(MOST_CAUSES).enumerate() {
        if number > 0 {
            text.line("");
        }
        tell(&mut text, cause);
    }
    if causes.len() > MOST_CAUSES {
        text.line(format_args!(
            "      and {} more, in the page",
            causes.len() - MOST_CAUSES
        ));
    }
    text
}

/// A conclusion, with its word in front in place of the one that the sentence may begin with.
pub fn conclude(text: &mut Text, outcome: Outcome, sentence: &str) {
    let (style, word) = heading(outcome);
    let said = bare(sentence);
    text.hanging(LABEL, &[(Some(style), &word), (None, &"  "), (None, &said)]);
}

/// A sentence without the word that it may begin with, which stands before it anyway.
pub fn bare(sentence: &str) -> &str {
    let mut begins = ["Leak: ", "Inconclusive: "].iter();
    begins
        .find_map(|begins| sentence.strip_prefix(begins))
        .unwrap_or(sentence)
}

/// The word that stands before everything, and how it stands out.
pub fn heading(outcome: Outcome) -> (Style, &'static str) {
    match outcome {
        Outcome::Pass => (Style::Good, "PASS"),
        Outcome::Leak => (Style::Bad, "LEAK"),
        Outcome::Inconclusive => (Style::Doubtful, "INCONCLUSIVE"),
    }
}

/// Columns of what a line of an answer is about.
const LABEL: usize = 6;

/// One line of an answer: what it is about, and what is said.
pub fn about(text: &mut Text, what: &str, said: &dyn Display) {
    let what = format!("{what:<LABEL$}");
    text.hanging(LABEL, &[(Some(Style::Faint), &what), (None, said)]);
}

fn tell(text: &mut Text, cause: &Told) {
    let (style, word) = heading(Outcome::Leak);
    let amount: (_, &dyn Display) = (Some(Style::Strong), &cause.amount);
    text.hanging(LABEL, &[(Some(style), &word), (None, &"  "), amount]);
    match &cause.place {
        Some((place, lines)) => about(text, "in", &place.with_lines(lines)),
        None => about(text, "in", &NO_CALL),
    }
    for (what, said) in &cause.rows {
        about(text, what, said);
    }
}

fn told_of(summary: &Summary, cause: &RootCause<'_>, all: &[GrowingPlace<'_>]) -> Told {
    let worst = cause.worst();
    let amount = match worst.blocks_per_iteration {
        Some(blocks) => amount(worst.bytes_per_iteration, blocks),
        None => format!("{} an iteration", plural(worst.bytes_per_iteration, "byte")),
    };
    let does = if cause.is_lost() {
        "are lost"
    } else {
        "are kept"
    };
    let place = cause.place();
    let seen = place.as_ref().and_then(|place| {
        let mut all = all.iter();
        all.find(|one| one.is_at(place))
    });
    let rows = vec![
        ("since", since(summary, cause)),
        ("why", why(summary, cause, seen)),
        ("next", next(summary, cause).to_owned()),
    ];
    Told {
        amount: format!("{amount} {does}{}", in_loops(summary, cause)),
        place: match seen {
            Some(seen) => Some(seen.place_and_lines()),
            None => place.map(|place| {
                let lines = place.line.into_iter().collect();
                (place, lines)
            }),
        },
        rows,
    }
}

/// The loops in which it was found.
fn in_loops(summary: &Summary, cause: &RootCause<'_>) -> String {
    let names: Vec<&str> = cause
        .conditions()
        .into_iter()
        .filter(|name| !name.is_empty())
        .collect();
    match names[..] {
        [] => String::new(),
        [one] => format!(", {one}"),
        _ if names.len() == 2 && summary.runs.len() == 2 => {
            format!(", {} and {}", names[0], names[1])
        }
        _ => format!(", {}", names.join(", ")),
    }
}

/// From which iteration on.
fn since(summary: &Summary, cause: &RootCause<'_>) -> String {
    let condition = cause.worst().condition.as_str();
    let run = summary.run(condition);
    let Some(run) = run.filter(|run| run.iterations > 0) else {
        return "the tools' own runs: no loop was measured".to_owned();
    };
    match run.live_bytes.begins {
        Some(begins) => format!(
            "about iteration {} of {}, and level before",
            count(begins),
            count(run.iterations)
        ),
        None => format!(
            "the end of the warm-up, in {}",
            match run.iterations {
                1 => "its one iteration".to_owned(),
                all => format!("all {} iterations", count(all)),
            }
        ),
    }
}

/// Who says so.
fn why(summary: &Summary, cause: &RootCause<'_>, seen: Option<&GrowingPlace<'_>>) -> String {
    let worst = cause.worst();
    let mut witnesses: Vec<(String, f64)> = Vec::new();
    for one in seen.into_iter().flat_map(|seen| &seen.seen) {
        if one.pair.condition == worst.condition {
            let title = one.instrument.title().to_owned();
            let bytes = one.function.bytes_per_iteration;
            match witnesses.iter_mut().find(|(name, _)| *name == title) {
                Some((_, sum)) => *sum += bytes,
                None => witnesses.push((title, bytes)),
            }
        }
    }
    let run = summary.run(&worst.condition);
    let counted = run.filter(|run| run.iterations > 0);
    witnesses.extend(counted.map(|run| ("the counters".to_owned(), run.live_bytes.per_iteration)));
    let alike = |bytes: f64| (bytes / worst.bytes_per_iteration - 1.0).abs() <= SAME;
    let (same, others): (Vec<_>, Vec<_>) = witnesses.iter().partition(|(_, bytes)| alike(*bytes));
    let mut said = match same.len() {
        0 => String::new(),
        1 => format!("by {}", same[0].0),
        _ => {
            let names: Vec<&str> = same.iter().map(|(name, _)| name.as_str()).collect();
            format!("the same figure by {}", listed(&names))
        }
    };
    for (name, bytes) in others {
        let separator = if said.is_empty() { "" } else { "; " };
        said.push_str(&format!("{separator}{} by {name}", plural(*bytes, "byte")));
    }
    if cause.is_lost() {
        said.push_str("; nothing points to the blocks any more");
    }
    said
}

/// `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

/// What to do.
fn next(summary: &Summary, cause: &RootCause<'_>) -> &'static str {
    next_of(summary, cause.worst())
}

/// What to do about a finding.
pub(crate) fn next_of(summary: &Summary, finding: &Finding) -> &'static str {
    match finding.kind {
        FindingKind::Lost => return advice(Cause::Unreachable),
        FindingKind::StoreGrowth => return advice(Cause::InStore),
        FindingKind::OneOff => return "Nothing, where it is meant to be made once.",
        FindingKind::Growth | FindingKind::Unaccounted => {}
    }
    let mut causes = summary.verdict.causes.iter();
    let of = causes.find(|one| one.condition == finding.condition);
    advice(of.map_or(Cause::Unknown, |one| one.cause))
}

/// What to do about growth of this cause.
pub fn advice(cause: Cause) -> &'static str {
    match cause {
        Cause::Unreachable => {
            "Free it, or give it back to what reuses it, before its last pointer goes."
        }
        Cause::InNoStore => {
            "Something still points to it: bound what holds it, empty it, or make it in the zone. A cache that is meant to \
             stay belongs into the memory report."
        }
        Cause::InStore => "A cache with a name: bound it, or work in a zone.",
        Cause::Slack => {
            "It is held and not used: make it as large as it has to be, or give it back now and then."
        }
        Cause::Allocator => {
            "The allocator keeps it: `harness factorial` says what another allocator or its settings do."
        }
        Cause::OutsideTheHeap => "Unmap it, join the threads: it is none of the heap's.",
        Cause::ReachabilityUnknown => {
            "Run with valgrind (--require valgrind): it says whether anything still points to it."
        }
        Cause::Nothing | Cause::Unknown => {
            "Look at the call sites that grow (--details, or the page)."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::testing;

    fn said(summary: &Summary) -> String {
        answer(summary).as_str().to_owned()
    }

    #[test]
    fn one_leak_is_told_once_with_its_lines_and_what_to_do() {
        let text = said(&testing::example());
        assert_eq!(text.matches("LEAK").count(), 1, "{text}");
        assert_eq!(text.matches("resize_activations").count(), 1, "{text}");
        for word in [
            "in    ",
            "since ",
            "why   ",
            "next  ",
            "valgrind",
            "the counters",
        ] {
            assert!(text.contains(word), "{word}: {text}");
        }
    }

    #[test]
    fn a_leak_that_begins_late_is_said_to() {
        let mut summary = testing::example();
        for run in &mut summary.runs {
            run.live_bytes.begins = Some(1_200);
        }
        assert!(said(&summary).contains("about iteration 1,200 of"));
    }

    #[test]
    fn what_passes_is_one_sentence() {
        let mut summary = testing::summary("words");
        summary.verdict.sentence = "With zones memory is flat.".to_owned();
        assert_eq!(said(&summary), "PASS  With zones memory is flat.\n");
        summary.verdict.outcome = Outcome::Inconclusive;
        assert!(said(&summary).starts_with("INCONCLUSIVE  With"));
    }

    #[test]
    fn names_are_listed_as_people_do() {
        assert_eq!(listed(&["a"]), "a");
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
    }
}
