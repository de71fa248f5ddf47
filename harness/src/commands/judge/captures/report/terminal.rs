//! The verdict first, then what grows with its lines, then every call site, then what was not seen.

use super::source;
use super::tables::{captures, gains, sites};
use crate::commands::run::advice;
use crate::probe::source::SourceTree;
use harness_model::captures::CapturesSummary;
use harness_model::program::{ProgramGrowth, ProgramSite};
use harness_model::units::{bytes, count, words};
use printable::Text;

/// Call sites of one growth that are told; the rest is in the page.
const MOST_SITES: usize = 5;
/// Calls of a stack that are told.
const MOST_CALLS: usize = 4;
/// Rows of the table of call sites.
const MOST_ROWS: usize = 12;
/// Explanations that are told.
const MOST_EXPLAINED: usize = 5;

/// The whole of it. There are no colours in it.
pub(in crate::commands::judge::captures) fn terminal(
    summary: &CapturesSummary,
    tree: &SourceTree,
) -> Text {
    let verdict = &summary.verdict;
    let mut text = Text::new();
    text.line("");
    text.line(&verdict.sentence);
    for growth in &verdict.growth {
        text.line("");
        tell_growth(&mut text, growth, tree);
    }
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

fn tell_growth(text: &mut Text, growth: &ProgramGrowth, tree: &SourceTree) {
    let unit = growth.resource.unit();
    text.line(format_args!(
        "{}, {}: {} an iteration. {}",
        words(growth.resource.name()),
        words(growth.cause.name()),
        gains(growth.bytes_per_iteration, growth.count_per_iteration, unit),
        advice(growth)
    ));
    for site in growth.sites.iter().take(MOST_SITES) {
        text.line(format_args!(
            "  {}  {}",
            gains(site.bytes_per_iteration, site.blocks_per_iteration, unit),
            site.place
        ));
        if let Some(line) = source(&site.place, tree, 0).first() {
            text.line(format_args!("      {}: {}", line.number, line.text.trim()));
        }
        for caller in callers(site).take(MOST_CALLS) {
            text.line(format_args!("      called by {caller}"));
        }
    }
    if growth.sites.len() > MOST_SITES {
        text.line(format_args!(
            "  and {} more",
            growth.sites.len() - MOST_SITES
        ));
    }
}

/// The calls around the one that is answerable, outwards to where the program begins.
fn callers(site: &ProgramSite) -> impl Iterator<Item = &harness_model::Place> {
    let outwards = site
        .stack
        .iter()
        .skip_while(|frame| !frame.place.is_like(&site.place))
        .skip(1);
    let mut ended = is_first(&site.place.function);
    outwards
        .take_while(move |frame| {
            let goes_on = !ended;
            ended |= is_first(&frame.place.function);
            goes_on
        })
        .map(|frame| &frame.place)
}

/// Whether a function is where a program or a thread of it begins: what starts it says nothing of it.
fn is_first(function: &str) -> bool {
    matches!(function, "main" | "main.main" | "start_thread") || function.ends_with("::main")
}
