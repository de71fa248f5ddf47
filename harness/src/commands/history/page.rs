//! history.html: the trend as plots, and every run.

use super::Line;
use super::conditions;
use super::plot::{when, workloads};
use super::table::rows;
use crate::report::DrawingFailed;
use crate::report::chart::Chart;
use crate::report::html::plot::plots;
use crate::report::html::shell::{Badge, Page};
use harness_model::units::count;

/// The whole page. `note` says what of the file could not be read.
pub(super) fn page(
    lines: &[Line],
    charts: &[Chart],
    note: Option<&str>,
) -> Result<String, DrawingFailed> {
    let Some(last) = lines.last() else {
        return Ok(String::new());
    };
    let badge = Badge::of(last.outcome, "Leak");
    let sentence = format!(
        "{} of {}: the last ended as \u{201c}{}\u{201d}.",
        match lines.len() {
            1 => "One run".to_owned(),
            runs => format!("{} runs", count(runs as u64)),
        },
        workloads(lines).join(", "),
        super::table::verdict(last.outcome),
    );
    let mut page = Page::new(badge, &sentence);
    let mut line = when(lines);
    if let Some(note) = note {
        line = format!("{line}. {note}");
    }
    page.ran(&line);
    if !charts.is_empty() {
        page.section("The trend");
        plots(&mut page.body, charts)?;
    }
    page.section("The runs, the last one first");
    page.table(&rows(lines.iter().rev(), &conditions(lines)));
    Ok(page.document())
}
