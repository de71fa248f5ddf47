//! report.html.

use super::terminal::table;
use crate::commands::factorial::summary::FactorialSummary;
use crate::report::html::cells::cells;
use crate::report::html::escape;
use crate::report::html::plot;
use crate::report::html::shell::{Badge, definitions, document, given, header, list, machine, put};
use crate::report::panels::Panels;
use crate::report::{DrawingFailed, SUMMARY_FILE};
use harness_model::units;

/// The whole page.
pub(super) fn page(summary: &FactorialSummary, panels: &Panels) -> Result<String, DrawingFailed> {
    let verdict = &summary.verdict;
    let mut body = String::new();
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
    header(&mut body, badge, &verdict.sentence, &line);
    list(&mut body, "What each does", &verdict.statements);
    let failed: Vec<String> = verdict
        .failed
        .iter()
        .map(|check| check.message.clone())
        .collect();
    list(&mut body, "What does not hold", &failed);
    multiples(&mut body, panels)?;
    body.push_str("<h2>The figures</h2>\n");
    cells(&mut body, &table(summary));
    environment(&mut body, summary);
    Ok(document(badge, &verdict.sentence, &body))
}

/// The panels, two side by side where there is room.
fn multiples(body: &mut String, panels: &Panels) -> Result<(), DrawingFailed> {
    put(
        body,
        format_args!(
            "<h2>{}</h2>\n<p class=\"faint\">{}</p>\n{}<div class=\"legend\">",
            escape(&panels.title),
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

fn environment(body: &mut String, summary: &FactorialSummary) {
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
    definitions(body, &rows, &files, &options.command);
}
