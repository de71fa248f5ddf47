//! report.html: the verdict, the plots, and every series with its shape and its slope.

use super::terminal::{processes, rates, series};
use crate::report::chart::Chart;
use crate::report::html::cells::cells;
use crate::report::html::escape;
use crate::report::html::plot::plots;
use crate::report::html::shell::{Badge, definitions, document, header, list, machine, put, stack};
use crate::report::table::{Align, Table};
use crate::report::{DrawingFailed, SUMMARY_FILE};
use harness_model::record::{FileRead, RecordSummary, SiteOverTime};
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
    let over = match recorded.seconds > 0.0 {
        true => format!(" in {}", seconds(recorded.seconds)),
        false => String::new(),
    };
    let line = format!(
        "{}; {} {}{over}{ended}.",
        recorded.command.join(" "),
        count(recorded.samples),
        if summary.file.is_some() {
            "rows"
        } else {
            "samples"
        },
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
    if let Some(file) = &summary.file {
        body.push_str("<h2>How the file was read</h2>\n");
        put(
            &mut body,
            format_args!(
                "<p>{}: {} rows, along {}.</p>\n",
                escape(&file.form),
                count(file.rows),
                escape(&file.along)
            ),
        );
        cells(&mut body, &columns(file));
        list(
            &mut body,
            "What was wrong with it, or assumed",
            &file.remarks,
        );
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

/// What each column of the file was taken for.
fn columns(file: &FileRead) -> Table {
    let mut table = Table::new(&[
        ("column", Align::Left),
        ("taken for", Align::Left),
        ("unit", Align::Left),
        ("may decide", Align::Left),
    ]);
    for one in &file.columns {
        table.row([
            one.name.clone(),
            one.taken_for.clone(),
            one.unit.clone().unwrap_or_default(),
            if one.decides { "yes" } else { "" }.to_owned(),
        ]);
    }
    table
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
