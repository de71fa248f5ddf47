//! report.html: the verdict, the plots, and every series with its shape and its slope.

use super::terminal::{processes, rates, series};
use crate::probe::source::SourceTree;
use crate::report::answer::bare;
use crate::report::chart::Chart;
use crate::report::html::icicle::{Icicle, View};
use crate::report::html::links::Links;
use crate::report::html::plot::plots;
use crate::report::html::shell::{Badge, Page, machine};
use crate::report::html::{escape, put};
use crate::report::table::{Align, Table};
use crate::report::{DrawingFailed, SUMMARY_FILE};
use harness_model::Outcome;
use harness_model::record::{FileRead, Measure, RecordSummary, SiteOverTime};
use harness_model::units::{count, seconds};

/// Letters of the commands of processes that are told.
const LONG_COMMAND: usize = 120;

/// Sentences about causes in the answer; the rest stands below.
const MOST_CAUSES: usize = 3;
/// Call sites that are told with their stacks.
const MOST_SITES: usize = 40;

/// The whole page.
pub(super) fn page(summary: &RecordSummary, charts: &[Chart]) -> Result<String, DrawingFailed> {
    let (verdict, recorded) = (&summary.verdict, &summary.recorded);
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
    let tree = SourceTree::of_the_user();
    let links = Links::new(tree);
    let mut page = Page::new(badge, bare(&verdict.sentence));
    let first = summary.sites.iter().find(|site| site.grows());
    let mut rows: Vec<(String, String)> = first
        .map(|site| ("in".to_owned(), links.place(&site.place)))
        .into_iter()
        .collect();
    let causes = verdict.causes.iter().take(MOST_CAUSES);
    rows.extend(causes.map(|cause| ("why".to_owned(), escape(cause))));
    if verdict.outcome == Outcome::Leak {
        let next = next(first.is_some(), summary.file.is_some());
        rows.push(("next".to_owned(), escape(next)));
    }
    page.tell(&rows);
    page.ran(&line);
    let more: Vec<String> = verdict.causes.iter().skip(MOST_CAUSES).cloned().collect();
    page.list("Why else", &more);
    growing_sites(&mut page, &summary.sites, &links);
    if !charts.is_empty() {
        page.section("Over time");
        plots(&mut page.body, charts)?;
    }
    page.section("The series");
    for by_marks in [false, true] {
        let table = series(summary, by_marks);
        if !table.is_empty() {
            page.table(&table);
        }
    }
    page.explain(
        "The rate is that of the shape; a rate from the last column on would have been seen in 99 of 100 such recordings.",
    );
    if !summary.processes.is_empty() {
        page.section("The processes");
        page.table(&processes(summary, usize::MAX, LONG_COMMAND));
    }
    if let Some(file) = &summary.file {
        page.section("How the file was read");
        page.say(&format!(
            "{}: {} rows, along {}.",
            file.form,
            count(file.rows),
            file.along
        ));
        page.table(&columns(file));
        page.list("What was wrong with it, or assumed", &file.remarks);
    }
    if !summary.marks.is_empty() {
        let marks = summary
            .marks
            .iter()
            .map(|one| format!("\u{201c}{}\u{201d}: {}", one.text, count(one.count)));
        page.list("The marks", &marks.collect::<Vec<_>>());
    }
    page.list("Explained, and no growth", &verdict.explained);
    page.list(
        "What this recording could not have seen",
        &verdict.blind_spots,
    );
    let started_at = recorded.started_at.as_deref().unwrap_or("");
    let rows = machine(started_at, &summary.tool, &summary.environment);
    page.definitions(&rows, &[SUMMARY_FILE], &summary.command_line);
    Ok(page.document())
}

/// What to do about growth, by what is known of it.
fn next(has_site: bool, is_file: bool) -> &'static str {
    match (has_site, is_file) {
        (true, _) => {
            "Free it, or bound what holds it. harness run, with this work as its iterations, says whether it is lost or held."
        }
        (false, true) => {
            "The file has sums alone. Record the program itself (harness record -- COMMAND) to see which calls grow."
        }
        (false, false) => {
            "No call that grows was seen: it may be outside the heap, or the allocator's. harness run says more of its end."
        }
    }
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

/// What grows: by call stack, and each call site by itself.
fn growing_sites(page: &mut Page, sites: &[SiteOverTime], links: &Links<'_>) {
    let growing: Vec<&SiteOverTime> = sites.iter().filter(|site| site.grows()).collect();
    if growing.is_empty() {
        return;
    }
    let mut icicle = Icicle::default();
    for measure in Measure::ALL {
        let mut view = View::new(
            measure.words(),
            if measure.is_bytes() { "B/s" } else { "/s" },
        );
        for site in growing.iter().filter(|site| site.measure == measure) {
            view.add(&site.place, &site.stack, site.judged.slope);
        }
        icicle.add(view);
    }
    icicle.put(page);
    page.section("The call sites that grow");
    for site in growing.iter().take(MOST_SITES) {
        put(
            &mut page.body,
            format_args!(
                "<details><summary>{}: <code>{}</code></summary>\n{}</details>\n",
                escape(&rates(site)),
                escape(&site.place.to_string()),
                links.stack(&site.stack)
            ),
        );
    }
    if growing.len() > MOST_SITES {
        let more = count((growing.len() - MOST_SITES) as u64);
        page.explain(&format!("and {more} more, in summary.json"));
    }
}
