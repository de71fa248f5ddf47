//! The verdict first, then what grows with its lines, then every call site, then what was not seen.

use super::tables::{captures, sites};
use crate::commands::run::tell;
use crate::report::answer::conclude;
use harness_model::captures::CapturesSummary;
use harness_model::program::Work;
use harness_model::units::{bytes, count, several, words};
use printable::Text;

/// Rows of the table of call sites.
const MOST_ROWS: usize = 12;
/// Explanations that are told.
const MOST_EXPLAINED: usize = 5;

/// The whole of it.
pub(in crate::commands::judge::captures) fn terminal(summary: &CapturesSummary) -> Text {
    let verdict = &summary.verdict;
    let mut text = Text::new();
    conclude(&mut text, verdict.outcome, &verdict.sentence);
    tell(&mut text, verdict, Work::Iterations, |_| why(summary));
    text.line("");
    text.block(&captures(summary).render());
    let table = sites(summary, MOST_ROWS, true);
    if !table.is_empty() {
        text.block(&table.render());
        if summary.sites_seen > MOST_ROWS as u64 {
            text.line(format_args!(
                "{} call sites in all; the page has the first hundred.",
                count(summary.sites_seen)
            ));
        }
    }
    if !verdict.explained.is_empty() {
        text.line("Explained, and no growth:");
        for one in verdict.explained.iter().take(MOST_EXPLAINED) {
            let site = one.site.as_ref();
            let at = site.map_or_else(String::new, |site| format!(", {site}"));
            text.line(format_args!(
                "  {}: {}{at}. {}",
                words(one.kind.name()),
                bytes(one.bytes as f64),
                one.note
            ));
        }
    }
    if !verdict.blind_spots.is_empty() {
        text.line("Not seen:");
        for line in &verdict.blind_spots {
            text.line(format_args!("  {line}"));
        }
    }
    text
}

/// Why what grows is believed to: it is the difference of what was written at two counts.
fn why(summary: &CapturesSummary) -> Option<String> {
    let (first, last) = (summary.captures.first()?, summary.captures.last()?);
    let (first, last) = (first.iterations?, last.iterations?);
    Some(format!(
        "what is there after {} and was not after {}, by the iteration",
        several(last, "iteration"),
        count(first)
    ))
}
