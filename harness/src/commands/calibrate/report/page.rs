//! report.html.

use super::terminal::{healthy, leaks, planted, power};
use crate::commands::calibrate::summary::CalibrationSummary;
use crate::report::html::plot;
use crate::report::html::shell::{Badge, Page, machine};
use crate::report::html::{escape, put};
use crate::report::rates::Rates;
use crate::report::{DrawingFailed, SUMMARY_FILE};
use harness_model::units::{count, seconds};

/// The whole page.
pub(super) fn page(
    summary: &CalibrationSummary,
    plots: &[&Rates],
) -> Result<String, DrawingFailed> {
    let verdict = &summary.verdict;
    let line = format!(
        "{} simulated and {} real programs that keep nothing for ever, judged by the judge \"{}\"; {}.",
        count(summary.options.simulated),
        count(summary.options.real),
        summary.options.judge.name(),
        seconds(summary.seconds),
    );
    let badge = Badge::of(verdict.outcome, "Not to be trusted");
    let mut page = Page::new(badge, &verdict.sentence);
    page.ran(&line);
    page.list("What does not hold", &verdict.failed);
    page.list("What keeps it from a conclusion", &verdict.doubts);
    for (at, rates) in plots
        .iter()
        .enumerate()
        .filter(|(_, rates)| !rates.panels.is_empty())
    {
        curves(&mut page, rates, at)?;
    }
    page.section("What was planted, and what was found");
    page.table(&planted(summary));
    page.section("What leaks were taken for");
    page.table(&leaks(summary));
    page.section("How small a leak is found");
    page.table(&power(summary));
    let promises: Vec<String> = summary
        .promises
        .iter()
        .map(|promise| {
            let (kept, tried) = (count(promise.kept), count(promise.tried));
            format!("{kept} of {tried} times {}.", promise.claim)
        })
        .collect();
    page.list("What judgements promise", &promises);
    page.section("What healthy programs were taken for");
    page.table(&healthy(summary));
    let mut rows = machine(&summary.started_at, &summary.tool, &summary.environment);
    rows.push(("seed", summary.options.seed.to_string()));
    page.definitions(&rows, &[SUMMARY_FILE], &summary.options.command);
    Ok(page.document())
}

/// The panels side by side where there is room.
fn curves(page: &mut Page, rates: &Rates, plot: usize) -> Result<(), DrawingFailed> {
    page.section(&rates.title);
    let body = &mut page.body;
    put(
        body,
        format_args!(
            "<p class=\"faint\">{}</p>\n{}<div class=\"panels\">\n",
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
