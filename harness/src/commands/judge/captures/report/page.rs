//! report.html: the verdict, what grows with its source and its stacks, and what every call site held.

use super::tables::{captures, gains, sites};
use crate::commands::run::growth::{MOST_SITES, icicle, left_out, next, told};
use crate::commands::run::plot;
use crate::probe::source::SourceLine;
use crate::probe::source::SourceTree;
use crate::report::chart::{Across, Chart, Values, WITHOUT_ZONES};
use crate::report::html::links::Links;
use crate::report::html::plot::plots;
use crate::report::html::shell::{Badge, Page, machine};
use crate::report::html::{escape, put};
use crate::report::{DrawingFailed, SUMMARY_FILE};
use harness_model::captures::CapturesSummary;
use harness_model::program::{ProgramGrowth, Work};
use harness_model::units::{bytes, count, words};

/// Lines of the source above and below the one that allocates.
const AROUND: u32 = 3;

/// What was held by the count of iterations.
pub(super) fn charts(summary: &CapturesSummary) -> Vec<Chart> {
    let points: Vec<(f64, f64)> = summary
        .captures
        .iter()
        .filter_map(|one| Some((one.iterations? as f64, one.held.bytes as f64)))
        .collect();
    let most = points.last().map_or(1.0, |point| point.0);
    if points.len() < 2 {
        return Vec::new();
    }
    let across = Across {
        name: "iterations",
        place: |number| format!("{number} iterations"),
        ..Across::iterations(0.0, most)
    };
    vec![plot(
        (
            "counts",
            "Held or lost, by the count of iterations",
            "a point for each count: a leak is a straight line, a cache bends and goes on level",
        ),
        points,
        WITHOUT_ZONES,
        across,
        Values::Bytes,
    )]
}

/// The whole page.
pub(super) fn page(
    summary: &CapturesSummary,
    charts: &[Chart],
    tree: &SourceTree,
) -> Result<String, DrawingFailed> {
    let verdict = &summary.verdict;
    let files: usize = summary.captures.iter().map(|one| one.files.len()).sum();
    let tool = summary.captures.iter().flat_map(|one| &one.files).next();
    let tool = tool.map_or("", |file| file.tool.as_str());
    let counts: Vec<String> = summary
        .captures
        .iter()
        .filter_map(|one| one.iterations.map(count))
        .collect();
    let line = match counts.is_empty() {
        true => {
            format!("{files} file, written by {tool}, at a count of iterations that was not given.")
        }
        false => format!(
            "{files} {}, written by {tool}, after {} iterations.",
            if files == 1 { "file" } else { "files" },
            in_words(&counts)
        ),
    };
    let badge = Badge::of(verdict.outcome, "Leak");
    let links = Links::new(tree);
    let mut page = Page::new(badge, &verdict.sentence);
    page.tell(&told(&verdict.growth, Work::Iterations, &links));
    page.ran(&line);
    icicle(&verdict.growth, Work::Iterations).put(&mut page);
    for growth in &verdict.growth {
        tell_growth(&mut page, growth, tree, &links);
    }
    if !charts.is_empty() {
        page.section("By the count of iterations");
        plots(&mut page.body, charts)?;
    }
    page.section("The call sites");
    let table = sites(summary, usize::MAX, false);
    match table.is_empty() {
        true => page.say("There is none."),
        false => page.table(&table),
    }
    if summary.sites_seen > summary.sites.len() as u64 {
        let more = count(summary.sites_seen - summary.sites.len() as u64);
        page.explain(&format!("{more} more hold less."));
    }
    page.section("The captures");
    page.table(&captures(summary));
    let explained: Vec<String> = verdict
        .explained
        .iter()
        .map(|one| {
            let site = one.site.as_ref();
            let at = site.map_or_else(String::new, |site| format!(", {site}"));
            format!(
                "{}: {}{at}. {}",
                words(one.kind.name()),
                bytes(one.bytes as f64),
                one.note
            )
        })
        .collect();
    page.list("Explained, and no growth", &explained);
    page.list(
        "What these captures could not have seen",
        &verdict.blind_spots,
    );
    let rows = machine(&summary.judged_at, &summary.tool, &summary.environment);
    page.definitions(&rows, &[SUMMARY_FILE], &summary.command_line);
    Ok(page.document())
}

/// `10, 100 and 1,000`.
fn in_words(counts: &[String]) -> String {
    match counts {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => counts.concat(),
    }
}

fn tell_growth(page: &mut Page, growth: &ProgramGrowth, tree: &SourceTree, links: &Links<'_>) {
    let unit = growth.resource.unit();
    let (what, cause) = (words(growth.resource.name()), words(growth.cause.name()));
    page.section(&format!("{what}, {cause}"));
    page.say(&format!(
        "{} an iteration, up to {} iterations, in the {} process.",
        gains(growth.bytes_per_iteration, growth.count_per_iteration, unit),
        count(growth.seen_up_to),
        growth.process.name(),
    ));
    next(page, growth);
    for (at, site) in growth.sites.iter().take(MOST_SITES).enumerate() {
        let open = if at == 0 { " open" } else { "" };
        put(
            &mut page.body,
            format_args!(
                "<details{open}><summary>{}: <code>{}</code></summary>\n",
                gains(site.bytes_per_iteration, site.blocks_per_iteration, unit),
                escape(&site.place.to_string()),
            ),
        );
        lines(
            &mut page.body,
            site.place.line,
            &tree.lines_at(&site.place, AROUND),
        );
        put(
            &mut page.body,
            format_args!("{}</details>\n", links.stack(&site.stack)),
        );
    }
    left_out(page, growth);
}

/// Lines of a source, the one that allocates marked.
fn lines(body: &mut String, here: Option<u32>, lines: &[SourceLine]) {
    if lines.is_empty() {
        return;
    }
    body.push_str("<pre>");
    for line in lines {
        let text = format!("{:>5}  {}", line.number, escape(&line.text));
        match Some(line.number) == here {
            true => put(body, format_args!("<span class=\"here\">{text}</span>\n")),
            false => put(body, format_args!("{text}\n")),
        }
    }
    body.push_str("</pre>\n");
}
