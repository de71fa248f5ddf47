//! The comparison as a page: the conclusion, both runs' memory in one plot, and the tables of the terminal.

use super::Comparison;
use super::terminal::{figures, sites};
use crate::report::DrawingFailed;
use crate::report::chart::Chart;
use crate::report::html::cells::cells;
use crate::report::html::plot::plots;
use crate::report::html::shell::{Badge, document, header, list};
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
    let mut body = String::new();
    header(&mut body, badge, &comparison.sentence, line);
    list(
        &mut body,
        "Why they cannot be compared",
        &comparison.differing,
    );
    plots(&mut body, charts)?;
    body.push_str("<h2>What grows, site by site</h2>\n");
    let sites = sites(comparison);
    if sites.is_empty() {
        body.push_str("<p>No call site grows in either run.</p>\n");
    } else {
        cells(&mut body, &sites);
    }
    body.push_str("<h2>The figures</h2>\n");
    cells(&mut body, &figures(comparison));
    let [a, b] = &comparison.verdicts;
    list(
        &mut body,
        "The verdict of each run",
        &[format!("A: {a}"), format!("B: {b}")],
    );
    Ok(document(badge, &comparison.sentence, &body))
}
