//! report.html.

use super::terminal::{healthy, leaks, planted, power};
use crate::commands::calibrate::summary::CalibrationSummary;
use crate::report::html::cells::cells;
use crate::report::html::escape;
use crate::report::html::plot;
use crate::report::html::shell::{Badge, definitions, document, header, list, machine, put};
use crate::report::rates::Rates;
use crate::report::{DrawingFailed, SUMMARY_FILE};
use harness_model::units::{count, seconds};

/// The whole page.
pub(super) fn page(
    summary: &CalibrationSummary,
    plots: &[&Rates],
) -> Result<String, DrawingFailed> {
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
    for (at, rates) in plots
        .iter()
        .enumerate()
        .filter(|(_, rates)| !rates.panels.is_empty())
    {
        curves(&mut body, rates, at)?;
    }
    cells(&mut body, &planted(summary));
    body.push_str("<h2>What leaks were taken for</h2>\n");
    cells(&mut body, &leaks(summary));
    cells(&mut body, &power(summary));
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
    cells(&mut body, &healthy(summary));
    let mut rows = machine(&summary.started_at, &summary.tool, &summary.environment);
    rows.push(("seed", summary.options.seed.to_string()));
    definitions(&mut body, &rows, &[SUMMARY_FILE], &summary.options.command);
    Ok(document(badge, &verdict.sentence, &body))
}

/// The panels side by side where there is room.
fn curves(body: &mut String, rates: &Rates, plot: usize) -> Result<(), DrawingFailed> {
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
        plot::rates(body, panel, &format!("rates{plot}_{at}"))?;
    }
    body.push_str("</div>\n");
    Ok(())
}
