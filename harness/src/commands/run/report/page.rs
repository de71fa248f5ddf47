//! report.html: the verdict, what lived by count and over time, and what grows with its stacks.

use super::growth::{MOST_SITES, icicle, left_out, next, told};
use super::plot::plot;
use super::{error_paths, held, serving, sums};
use crate::child::planted::SUBCOMMAND;
use crate::probe::source::SourceTree;
use crate::report::answer::bare;
use crate::report::by_site;
use crate::report::chart::{Across, Chart, LAYERS, Values, WITHOUT_ZONES};
use crate::report::html::links::Links;
use crate::report::html::plot::plots;
use crate::report::html::shell::{Badge, Page, machine};
use crate::report::html::{escape, put};
use crate::report::table::{Align, Table};
use crate::report::{DrawingFailed, SUMMARY_FILE};
use harness_model::Outcome;
use harness_model::program::{
    CountRun, ProgramGrowth, ProgramSummary, Resource, Service, ServiceOptions, Work,
};
use harness_model::units::{bytes, count, figure, seconds, several, words};

/// What lived at the end by the count, and what lived over time in the longest run.
pub(super) fn charts(summary: &ProgramSummary) -> Vec<Chart> {
    let mut charts = summary
        .service
        .as_ref()
        .map(serving::charts)
        .unwrap_or_default();
    let mut runs: Vec<&CountRun> = summary.counts.iter().collect();
    runs.sort_by_key(|run| run.iterations);
    let heap = |run: &CountRun| {
        run.totals
            .iter()
            .find(|one| one.resource == Resource::Heap)
            .copied()
    };
    let at_end: Vec<(f64, f64)> = runs
        .iter()
        .filter_map(|run| Some((run.iterations as f64, heap(run)?.end_bytes as f64)))
        .collect();
    let resident: Vec<(f64, f64)> = runs
        .iter()
        .filter_map(|run| Some((run.iterations as f64, run.resident_peak_bytes? as f64)))
        .collect();
    let most = runs.last().map_or(1.0, |run| run.iterations as f64);
    for (name, title, points, colour) in [
        (
            "counts",
            "Live heap at the end, by the count of iterations",
            at_end,
            WITHOUT_ZONES,
        ),
        (
            "resident",
            "Resident memory at its most, by the count of iterations",
            resident,
            LAYERS[3],
        ),
    ] {
        let distinct = points.iter().any(|point| point.0 != most);
        if !distinct || summary.options.repeat || summary.service.is_some() {
            continue;
        }
        let subtitle =
            "a point for each run: a leak is a straight line, a cache bends and goes on level";
        charts.push(plot(
            (name, title, subtitle),
            points,
            colour,
            Across {
                name: "iterations",
                place: |number| format!("{number} iterations"),
                ..Across::iterations(0.0, most)
            },
            Values::Bytes,
        ));
    }
    if !summary.options.repeat {
        let (name, place): (_, fn(&str) -> String) = match summary.work() {
            Work::Requests => ("requests", |number| format!("after {number} requests")),
            Work::Iterations => ("iterations", |number| format!("{number} iterations")),
        };
        let across = Across {
            name,
            place,
            ..Across::iterations(0.0, most)
        };
        let sites = by_site::of_program(&summary.verdict.growth);
        charts.extend(by_site::chart(sites, "", across));
    }
    if let Some(longest) = runs.last().filter(|run| run.timeline.len() > 2) {
        let points: Vec<(f64, f64)> = longest
            .timeline
            .iter()
            .map(|moment| (moment.seconds, moment.live_bytes as f64))
            .collect();
        let last = points.last().map_or(1.0, |point| point.0);
        let subtitle = format!(
            "all its processes together, with {} {}",
            count(longest.iterations),
            summary.work().several()
        );
        charts.push(plot(
            ("time", "Live heap while it ran", &subtitle),
            points,
            LAYERS[2],
            Across {
                name: "seconds",
                place: |number| format!("after {number} s"),
                ..Across::iterations(0.0, last)
            },
            Values::Bytes,
        ));
    }
    charts
}

/// The whole page.
pub(super) fn page(summary: &ProgramSummary, charts: &[Chart]) -> Result<String, DrawingFailed> {
    let verdict = &summary.verdict;
    let work = summary.work();
    let tree = SourceTree::of_the_user();
    let links = Links::new(tree);
    let times = match &summary.service {
        Some(service) => several(service.requests, "request"),
        None => several(summary.counts.len() as u64, "run"),
    };
    let line = format!(
        "{}; {times}, {}{}",
        summary.command.join(" "),
        seconds(summary.seconds),
        if summary.interrupted {
            ", stopped before its end."
        } else {
            "."
        }
    );
    let mut page = Page::new(badge(summary), bare(&verdict.sentence));
    if summary.error_paths.is_none() {
        page.tell(&told(&verdict.growth, work, &links));
    }
    page.ran(&line);
    match &summary.error_paths {
        Some(paths) => error_paths::put_page(&mut page, paths, &links),
        None => {
            icicle(&verdict.growth, work).put(&mut page);
            if !verdict.growth.is_empty() {
                page.section("What grows, and what to do");
            }
            for growth in &verdict.growth {
                tell_growth(&mut page, growth, work, &links);
            }
            let sites = sites(&verdict.growth, work);
            if !sites.is_empty() {
                page.section("Every call site that grows");
                page.table(&sites);
            }
        }
    }
    if !charts.is_empty() {
        page.section("What it held");
        plots(&mut page.body, charts)?;
    }
    match (&summary.service, &summary.options.service) {
        (Some(service), Some(options)) => served(&mut page, service, options),
        _ => runs(&mut page, summary),
    }
    explained(&mut page, summary);
    if let Some(run) = sums::of_several(summary) {
        page.section("The processes");
        page.say(&sums::together(run, work));
        page.table(&sums::table(&sums::PROCESSES, sums::processes(run)));
    }
    if !summary.tried.is_empty() {
        page.section("What settings do");
        page.say(&sums::about_tried(&summary.tried, work));
        page.table(&sums::table(&sums::TRIED, sums::tried(&summary.tried)));
    }
    page.list("Whether figures agree", &verdict.agreement);
    page.list("What this run could not have seen", &verdict.blind_spots);
    let troubles: Vec<String> = summary
        .processes
        .iter()
        .flat_map(|process| process.troubles.clone())
        .collect();
    page.list("What was not right with recording", &troubles);
    let rows = machine(&summary.started_at, &summary.tool, &summary.environment);
    page.definitions(&rows, &[SUMMARY_FILE], &summary.options.command);
    Ok(page.document())
}

/// A leak that this program planted itself is a control.
fn badge(summary: &ProgramSummary) -> Badge {
    let is_planted = summary.command.iter().any(|word| word == SUBCOMMAND);
    match summary.verdict.outcome {
        Outcome::Leak if is_planted => Badge::control("Planted leak, found"),
        outcome => Badge::of(outcome, "Leak"),
    }
}

/// What a service served, beside what it held.
fn served(page: &mut Page, service: &Service, options: &ServiceOptions) {
    page.section("What it served, and what it held");
    for sentence in serving::told(service, options) {
        page.say(&sentence);
    }
    if service.requests > 0 {
        page.table(&sums::table(&serving::REQUESTS, serving::requests(service)));
        page.table(&sums::table(&serving::MARKS, serving::marks(service)));
    }
}

fn tell_growth(page: &mut Page, growth: &ProgramGrowth, work: Work, links: &Links<'_>) {
    let (often, each) = growth.pace(work);
    put(
        &mut page.body,
        format_args!(
            "<h3>{}, {}</h3>\n<p>{} B and {} {each}, up to {} {}, in the {} process.</p>\n",
            escape(&words(growth.resource.name())),
            escape(&words(growth.cause.name())),
            figure(often * growth.bytes_per_iteration),
            figure(often * growth.count_per_iteration),
            count(growth.seen_up_to),
            work.several(),
            growth.process.name(),
        ),
    );
    next(page, growth);
    for note in &growth.notes {
        page.say(note);
    }
    for site in growth.sites.iter().take(MOST_SITES) {
        put(
            &mut page.body,
            format_args!(
                "<details><summary>{} B in {}: <code>{}</code></summary>\n",
                figure(often * site.bytes_per_iteration),
                figure(often * site.blocks_per_iteration),
                escape(&site.place.to_string()),
            ),
        );
        for one in &site.through {
            page.say(&held::through(one, often));
        }
        if let Some(held) = held::tell(site) {
            page.say(&held);
        }
        put(
            &mut page.body,
            format_args!("{}</details>\n", links.stack(&site.stack)),
        );
    }
    left_out(page, growth);
}

/// A row for each call site.
fn sites(growth: &[ProgramGrowth], work: Work) -> Table {
    let mut table = Table::new(&[
        ("call site", Align::Left),
        ("what", Align::Left),
        ("why it stays", Align::Left),
        ("bytes", Align::Right),
        ("blocks", Align::Right),
        ("counted", Align::Left),
    ]);
    for one in growth {
        let (often, each) = one.pace(work);
        for site in &one.sites {
            table.row([
                site.place.to_string(),
                words(one.resource.name()),
                words(one.cause.name()),
                figure(often * site.bytes_per_iteration),
                figure(often * site.blocks_per_iteration),
                each.to_owned(),
            ]);
        }
    }
    table
}

fn runs(page: &mut Page, summary: &ProgramSummary) {
    let mut table = Table::new(&[
        ("iterations", Align::Right),
        ("time", Align::Right),
        ("processes", Align::Right),
        ("held at the end", Align::Left),
        ("resident at most", Align::Right),
        ("output", Align::Right),
        ("ended", Align::Left),
    ]);
    for run in &summary.counts {
        let held: Vec<String> = run
            .totals
            .iter()
            .map(|one| {
                format!(
                    "{}: {} in {}",
                    words(one.resource.name()),
                    bytes(one.end_bytes as f64),
                    count(one.end_count)
                )
            })
            .collect();
        table.row([
            count(run.iterations),
            seconds(run.seconds),
            count(run.processes),
            held.join("; "),
            run.resident_peak_bytes
                .map_or_else(|| "\u{2013}".to_owned(), |peak| bytes(peak as f64)),
            bytes(run.output_bytes as f64),
            run.ended.clone(),
        ]);
    }
    page.section("The runs");
    page.table(&table);
}

fn explained(page: &mut Page, summary: &ProgramSummary) {
    let sentences: Vec<String> = summary
        .verdict
        .explained
        .iter()
        .map(|one| {
            let at = one
                .site
                .as_ref()
                .map(|site| format!(", {site}"))
                .unwrap_or_default();
            format!(
                "{}: {}{at}. {}",
                words(one.kind.name()),
                bytes(one.bytes as f64),
                one.note
            )
        })
        .collect();
    page.list("Explained, and no growth", &sentences);
}
