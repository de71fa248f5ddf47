//! report.html: the verdict, the plots, and every series with its shape and its slope.

use super::terminal::{processes, rates, series};
use crate::report::chart::Chart;
use crate::report::html::cells::cells;
use crate::report::html::escape;
use crate::report::html::plot::plots;
use crate::report::html::shell::{Badge, definitions, document, header, list, machine, put, stack};
use crate::report::{DrawingFailed, SUMMARY_FILE};
use harness_model::record::{RecordSummary, SiteOverTime};
use harness_model::units::{count, seconds};

/// Letters of the commands of processes that are told.
const LONG_COMMAND: usize = 120;

/// The whole page.
pub(super) fn page(summary: &RecordSummary, charts: &[Chart]) -> Result<String, DrawingFailed> {
    let (verdict, recorded) = (&summary.verdict, &summary.recorded);
    let mut body = String::new();
    let badge = Badge::of(verdict.outcome, "Grows");
    let ended = match &recorded.ended {
        Some(how) => format!("; the command {how}"),
        None => String::new(),
    };
    let line = format!(
        "{}; {} samples in {}{ended}.",
        recorded.command.join(" "),
        count(recorded.samples),
        seconds(recorded.seconds)
    );
    header(&mut body, badge, &verdict.sentence, &line);
    list(&mut body, "Why", &verdict.causes);
    growing_sites(&mut body, &summary.sites);
    plots(&mut body, charts)?;
    body.push_str("<h2>The series</h2>\n");
    for by_marks in [false, true] {
        let table = series(summary, by_marks);
        if !table.is_empty() {
            cells(&mut body, &table);
        }
    }
    body.push_str(
        "<p class=\"faint\">The rate is that of the shape; a rate from the last column on would have been seen in 99 of 100 \
         such recordings.</p>\n",
    );
    if !summary.processes.is_empty() {
        body.push_str("<h2>The processes</h2>\n");
        cells(&mut body, &processes(summary, usize::MAX, LONG_COMMAND));
    }
    if !summary.marks.is_empty() {
        let marks = summary
            .marks
            .iter()
            .map(|one| format!("\u{201c}{}\u{201d}: {}", one.text, count(one.count)));
        list(&mut body, "The marks", &marks.collect::<Vec<_>>());
    }
    list(&mut body, "Explained, and no growth", &verdict.explained);
    list(
        &mut body,
        "What this recording could not have seen",
        &verdict.blind_spots,
    );
    let started_at = recorded.started_at.as_deref().unwrap_or("");
    let rows = machine(started_at, &summary.tool, &summary.environment);
    definitions(&mut body, &rows, &[SUMMARY_FILE], &summary.command_line);
    Ok(document(badge, &verdict.sentence, &body))
}

/// What grows, with its stacks.
fn growing_sites(body: &mut String, sites: &[SiteOverTime]) {
    for site in sites.iter().filter(|site| site.grows()) {
        put(
            body,
            format_args!(
                "<details><summary>{}: <code>{}</code></summary>\n",
                escape(&rates(site)),
                escape(&site.place.to_string()),
            ),
        );
        stack(body, &site.stack);
        body.push_str("</details>\n");
    }
}
