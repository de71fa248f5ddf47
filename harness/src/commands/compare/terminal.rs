//! What stands in the terminal when two runs were compared.

use super::{Change, Comparison, FigureChange, SiteChange};
use crate::report::table::{Align, Table};
use harness_model::units::{bytes, figure, words};
use printable::Text;

/// The whole of it.
pub(super) fn terminal(comparison: &Comparison) -> Text {
    let mut text = Text::new();
    text.block(&figures(comparison).render());
    let sites = sites(comparison);
    if sites.is_empty() {
        text.line("No call site grows in either run.");
    } else {
        text.block(&sites.render());
    }
    let [a, b] = &comparison.verdicts;
    text.line(format_args!("A: {a}"));
    text.line(format_args!("B: {b}"));
    text.line("");
    text.line(&comparison.sentence);
    text
}

/// A row for each figure.
pub(super) fn figures(comparison: &Comparison) -> Table {
    let mut table = Table::new(&[
        ("figure", Align::Left),
        ("A", Align::Right),
        ("B", Align::Right),
        ("change", Align::Right),
    ]);
    for change in &comparison.figures {
        table.row([
            words(&change.name),
            shown(change.a, change),
            shown(change.b, change),
            by(change),
        ]);
    }
    table
}

/// The sites with what became of them, those of one place under one heading.
pub(super) fn sites(comparison: &Comparison) -> Table {
    let mut table = Table::new(&[
        ("what grows, in bytes per iteration", Align::Left),
        ("A", Align::Right),
        ("B", Align::Right),
        ("change", Align::Right),
    ]);
    let dash = || "\u{2013}".to_owned();
    let sites = &comparison.sites;
    for (at, first) in sites.iter().enumerate() {
        let is_here = |site: &&SiteChange| site.place == first.place;
        if sites[..at].iter().any(|site| is_here(&site)) {
            continue;
        }
        table.heading(&first.place);
        for site in sites.iter().filter(is_here) {
            let is = |change| site.change == change;
            table.row([
                format!(
                    "  {} by {}, {}",
                    site.held.name(),
                    site.seen_by,
                    site.condition
                ),
                if is(Change::New) {
                    dash()
                } else {
                    figure(site.a)
                },
                if is(Change::Gone) {
                    dash()
                } else {
                    figure(site.b)
                },
                site.change.name().to_owned(),
            ]);
        }
    }
    table
}

fn shown(value: Option<f64>, change: &FigureChange) -> String {
    match value {
        None => "\u{2013}".to_owned(),
        Some(value) if change.unit == "bytes" => bytes(value),
        Some(value) => format!("{} {}", figure(value), change.unit),
    }
}

fn by(change: &FigureChange) -> String {
    match (change.a, change.b) {
        (Some(a), Some(b)) if a == b => "same".to_owned(),
        (Some(a), Some(b)) if a > 0.0 => format!("{:+.1}%", (b / a - 1.0) * 100.0),
        (Some(_), Some(_)) => "new".to_owned(),
        _ => String::new(),
    }
}
