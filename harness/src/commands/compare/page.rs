//! The comparison as a page: the conclusion, both runs' memory in one plot, and the tables of the terminal.

use super::Comparison;
use super::terminal::{figures, sites};
use crate::report::DrawingFailed;
use crate::report::chart::Chart;
use crate::report::html::escape;
use crate::report::html::plot::plots;
use crate::report::html::shell::{Badge, Page};
use harness_model::Outcome;

/// The whole page. `line` says what was compared.
pub(super) fn page(
    comparison: &Comparison,
    line: &str,
    charts: &[Chart],
) -> Result<String, DrawingFailed> {
    let outcome = match comparison.exit_code {
        0 => Outcome::Pass,
        1 => Outcome::Leak,
        _ => Outcome::Inconclusive,
    };
    let badge = Badge::of(outcome, "Worse");
    let mut page = Page::new(badge, &comparison.sentence);
    let [a, b] = &comparison.verdicts;
    page.tell(&[
        ("run A".to_owned(), escape(a)),
        ("run B".to_owned(), escape(b)),
    ]);
    page.ran(line);
    page.list("Why they cannot be compared", &comparison.differing);
    if !charts.is_empty() {
        page.section("Both runs over the iterations");
        plots(&mut page.body, charts)?;
    }
    page.section("What grows, site by site");
    let sites = sites(comparison);
    if sites.is_empty() {
        page.say("No call site grows in either run.");
    } else {
        page.table(&sites);
    }
    page.section("The figures");
    page.table(&figures(comparison));
    Ok(page.document())
}
