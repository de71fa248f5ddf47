//! The tables of captures and of call sites, for the terminal and for the page.

use crate::report::table::{Align, Table};
use harness_model::captures::{Capture, CapturedSite, CapturesSummary, Held, SiteCourse};
use harness_model::units::{bytes, count, figure, plural};

/// Letters of a place that the terminal has room for.
const LONG_PLACE: usize = 60;

/// What was read, a row for each file.
pub(super) fn captures(summary: &CapturesSummary) -> Table {
    let has_lost = summary.captures.iter().any(|one| one.lost.is_some());
    let mut columns = vec![("iterations", Align::Right), ("held or lost", Align::Right)];
    if has_lost {
        columns.push(("of which lost", Align::Right));
    }
    columns.extend([("written by", Align::Left), ("file", Align::Left)]);
    let mut table = Table::new(&columns);
    for capture in &summary.captures {
        for (at, file) in capture.files.iter().enumerate() {
            let figures = match at {
                0 => figures(capture, has_lost),
                _ => vec![String::new(); 2 + usize::from(has_lost)],
            };
            let path = match &file.truncated {
                Some(_) => format!("{} (not whole)", file.path),
                None => file.path.clone(),
            };
            table.row(figures.into_iter().chain([file.tool.clone(), path]));
        }
    }
    table
}

fn figures(capture: &Capture, has_lost: bool) -> Vec<String> {
    let iterations = capture.iterations.map_or_else(|| "?".to_owned(), count);
    let mut cells = vec![iterations, amount(&capture.held)];
    if has_lost {
        cells.push(capture.lost.as_ref().map(amount).unwrap_or_default());
    }
    cells
}

/// `480 B in 10`.
fn amount(held: &Held) -> String {
    match held.blocks {
        Some(blocks) => format!("{} in {}", bytes(held.bytes as f64), count(blocks)),
        None => bytes(held.bytes as f64),
    }
}

/// The call sites: what each held at each count, and what it gains an iteration.
pub(super) fn sites(summary: &CapturesSummary, most: usize, is_short: bool) -> Table {
    let one_count = summary.captures.len() < 2;
    let heads: Vec<String> = summary
        .captures
        .iter()
        .map(|capture| match capture.iterations {
            Some(iterations) => format!("after {}", count(iterations)),
            None => "held or lost".to_owned(),
        })
        .collect();
    let mut columns = vec![("call site", Align::Left)];
    columns.extend(heads.iter().map(|head| (head.as_str(), Align::Right)));
    if one_count {
        columns.push(("of which lost", Align::Right));
    } else {
        columns.extend([("an iteration", Align::Right), ("", Align::Left)]);
    }
    let mut table = Table::new(&columns);
    let shown = summary
        .sites
        .iter()
        .filter(|site| site.course != SiteCourse::Nothing)
        .take(most);
    for site in shown {
        let mut cells = vec![shortened(&site.place.to_string(), is_short)];
        cells.extend(site.held.iter().map(amount));
        match one_count {
            true => cells.push(site.lost.first().map(amount).unwrap_or_default()),
            false => cells.extend([rate(site), site.course.title().to_owned()]),
        }
        table.row(cells);
    }
    table
}

/// `+48 B in 1`.
fn rate(site: &CapturedSite) -> String {
    let Some(bytes) = site.bytes_per_iteration else {
        return "\u{2013}".to_owned();
    };
    match site.blocks_per_iteration {
        Some(blocks) => format!("+{} B in {}", figure(bytes), figure(blocks)),
        None => format!("+{} B", figure(bytes)),
    }
}

/// A place with its middle left out, where it is long.
fn shortened(place: &str, is_short: bool) -> String {
    let letters: Vec<char> = place.chars().collect();
    if !is_short || letters.len() <= LONG_PLACE {
        return place.to_owned();
    }
    let half = LONG_PLACE / 2;
    let begin: String = letters[..half].iter().collect();
    let end: String = letters[letters.len() - half..].iter().collect();
    format!("{begin}\u{2026}{end}")
}

/// What a site of a growth gains: `48 B in 1 block`.
pub(super) fn gains(bytes: f64, blocks: f64, unit: &str) -> String {
    match (bytes > 0.0, blocks > 0.0) {
        (true, true) => format!("{} B in {}", figure(bytes), plural(blocks, unit)),
        (true, false) => format!("{} B", figure(bytes)),
        (false, _) => plural(blocks, unit),
    }
}
