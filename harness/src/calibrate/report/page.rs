//! report.html.

use super::terminal::{HEALTHY, PLANTED, healthy_row, planted_row};
use crate::calibrate::summary::CalibrationSummary;
use crate::report::html::escape;
use crate::report::html::plot;
use crate::report::html::shell::{Badge, definitions, document, header, list, machine, put};
use crate::report::rates::Rates;
use crate::report::table::Align;
use crate::report::units::{count, seconds};
use crate::report::{DrawingFailed, SUMMARY_FILE};

/// The whole page.
pub(super) fn page(summary: &CalibrationSummary, rates: &Rates) -> Result<String, DrawingFailed> {
    let verdict = &summary.verdict;
    let mut body = String::new();
    let line = format!(
        "{} simulated and {} real programs that keep nothing for ever, judged by the judge \"{}\"; {}.",
        count(summary.options.simulated),
        count(summary.options.real),
        summary.options.judge.name(),
        seconds(summary.seconds),
    );
    let badge = Badge::of(verdict.outcome, "Not to be trusted");
    header(&mut body, badge, &verdict.sentence, &line);
    list(&mut body, "What does not hold", &verdict.failed);
    list(
        &mut body,
        "What keeps it from a conclusion",
        &verdict.doubts,
    );
    if !rates.panels.is_empty() {
        curves(&mut body, rates)?;
    }
    let rows = summary
        .detection
        .iter()
        .map(|row| planted_row(row).to_vec());
    table(&mut body, &PLANTED, rows);
    let promises: Vec<String> = summary
        .promises
        .iter()
        .map(|promise| {
            let (kept, tried) = (count(promise.kept), count(promise.tried));
            format!("{kept} of {tried} times {}.", promise.claim)
        })
        .collect();
    list(&mut body, "What judgements promise", &promises);
    body.push_str("<h2>What healthy programs were taken for</h2>\n");
    let rows = summary.healthy.iter().map(|row| healthy_row(row).to_vec());
    table(&mut body, &HEALTHY, rows);
    let mut rows = machine(&summary.started_at, &summary.tool, &summary.environment);
    rows.push(("seed", summary.options.seed.to_string()));
    definitions(&mut body, &rows, &[SUMMARY_FILE], &summary.options.command);
    Ok(document(badge, &verdict.sentence, &body))
}

/// The panels side by side where there is room.
fn curves(body: &mut String, rates: &Rates) -> Result<(), DrawingFailed> {
    put(
        body,
        format_args!(
            "<h2>{}</h2>\n<p class=\"faint\">{}</p>\n{}<div class=\"panels\">\n",
            escape(&rates.title),
            escape(&rates.subtitle),
            plot::HINT
        ),
    );
    for (at, panel) in rates.panels.iter().enumerate() {
        plot::rates(body, panel, &format!("rates{at}"))?;
    }
    body.push_str("</div>\n");
    Ok(())
}

fn table(body: &mut String, columns: &[(&str, Align)], rows: impl Iterator<Item = Vec<String>>) {
    let class = |align: Align| match align {
        Align::Right => " class=\"figure\"",
        Align::Left => "",
    };
    body.push_str("<div class=\"scroll\"><table class=\"cells\">\n<tr>");
    for (name, align) in columns {
        put(body, format_args!("<th{}>{name}</th>", class(*align)));
    }
    body.push_str("</tr>\n");
    for row in rows {
        body.push_str("<tr>");
        for (figure, (_, align)) in row.iter().zip(columns) {
            put(
                body,
                format_args!("<td{}>{}</td>", class(*align), escape(figure)),
            );
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</table></div>\n");
}
