//! What stands in the terminal when two runs were compared.

use super::{Change, Comparison, FigureChange};
use crate::report::table::{Align, Table};
use crate::report::units::{bytes, figure, words};

/// The whole of it, without a line feed at its end.
pub fn terminal(comparison: &Comparison) -> String {
    let mut figures = Table::new(&[
        ("figure", Align::Left),
        ("A", Align::Right),
        ("B", Align::Right),
        ("change", Align::Right),
    ]);
    for change in &comparison.figures {
        figures.row([
            words(&change.name),
            shown(change.a, change),
            shown(change.b, change),
            by(change),
        ]);
    }
    let mut sites = Table::new(&[
        ("what grows, in bytes per iteration", Align::Left),
        ("A", Align::Right),
        ("B", Align::Right),
        ("change", Align::Right),
    ]);
    for site in &comparison.sites {
        let cell = |value: f64, missing: bool| {
            if missing {
                "\u{2013}".to_owned()
            } else {
                figure(value)
            }
        };
        sites.heading(&site.place);
        sites.row([
            format!("  {} by {}, {}", site.held.name(), site.seen_by, site.zones),
            cell(site.a, site.change == Change::New),
            cell(site.b, site.change == Change::Gone),
            site.change.name().to_owned(),
        ]);
    }
    let mut text = figures.render();
    if sites.is_empty() {
        text.push_str("No call site grows in either run.\n");
    } else {
        text.push_str(&sites.render());
    }
    let [a, b] = &comparison.verdicts;
    text.push_str(&format!("A: {a}\nB: {b}\n\n{}", comparison.sentence));
    text
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
