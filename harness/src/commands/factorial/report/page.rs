//! report.html.

use super::terminal::table;
use crate::commands::factorial::summary::FactorialSummary;
use crate::report::html::plot;
use crate::report::html::shell::{Badge, Page, given, machine};
use crate::report::html::{escape, put};
use crate::report::panels::Panels;
use crate::report::{DrawingFailed, SUMMARY_FILE};
use harness_model::units;

/// The whole page.
pub(super) fn page(summary: &FactorialSummary, panels: &Panels) -> Result<String, DrawingFailed> {
    let verdict = &summary.verdict;
    let line = format!(
        "{}: eight processes, {} words each; {}. {}{}",
        summary.subject,
        units::count(summary.options.words),
        summary.options.work.phrase(),
        units::seconds(summary.seconds),
        if summary.interrupted {
            ", stopped before its end; what had been measured is here."
        } else {
            "."
        }
    );
    let badge = Badge::of(verdict.outcome, "Fails");
    let mut page = Page::new(badge, &verdict.sentence);
    page.ran(&line);
    page.list("What each does", &verdict.statements);
    let failed: Vec<String> = verdict
        .failed
        .iter()
        .map(|check| check.message.clone())
        .collect();
    page.list("What does not hold", &failed);
    multiples(&mut page, panels)?;
    page.section("The figures");
    page.table(&table(summary));
    environment(&mut page, summary);
    Ok(page.document())
}

/// The panels, two side by side where there is room.
fn multiples(page: &mut Page, panels: &Panels) -> Result<(), DrawingFailed> {
    page.section(&panels.title);
    let body = &mut page.body;
    put(
        body,
        format_args!(
            "<p class=\"faint\">{}</p>\n{}<div class=\"legend\">",
            escape(&panels.subtitle),
            plot::HINT
        ),
    );
    for (name, colour) in &panels.legend {
        plot::swatch(body, name, *colour);
    }
    body.push_str("</div>\n<div class=\"panels\">\n");
    for (at, chart) in panels.charts.iter().enumerate() {
        plot::panel(body, chart, &format!("panel{at}"))?;
    }
    body.push_str("</div>\n");
    Ok(())
}

fn environment(page: &mut Page, summary: &FactorialSummary) {
    let options = &summary.options;
    let mut rows = machine(&summary.started_at, &summary.tool, &summary.environment);
    rows.push(("seed", options.seed.to_string()));
    rows.extend(given(&options.inject, &options.corpus, &options.model));
    let mut files: Vec<&str> = summary
        .cells
        .iter()
        .map(|cell| cell.run.samples_file.as_str())
        .collect();
    files.push(SUMMARY_FILE);
    page.definitions(&rows, &files, &options.command);
}
