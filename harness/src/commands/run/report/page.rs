//! report.html: the verdict, what lived by count and over time, and what grows with its stacks.

use super::plot::plot;
use super::terminal::advice;
use super::{error_paths, held, serving, sums};
use crate::report::chart::{Across, Chart, LAYERS, Values, WITHOUT_ZONES};
use crate::report::html::escape;
use crate::report::html::plot::plots;
use crate::report::html::shell::{Badge, definitions, document, header, list, machine, put, stack};
use crate::report::table::Align;
use crate::report::{DrawingFailed, SUMMARY_FILE};
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
    let mut body = String::new();
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
    let badge = Badge::of(verdict.outcome, "Leak");
    header(&mut body, badge, &verdict.sentence, &line);
    match &summary.error_paths {
        Some(paths) => error_paths::put_page(&mut body, paths),
        None => {
            for growth in &verdict.growth {
                tell_growth(&mut body, growth, summary.work());
            }
        }
    }
    if !charts.is_empty() {
        plots(&mut body, charts)?;
    }
    match (&summary.service, &summary.options.service) {
        (Some(service), Some(options)) => served(&mut body, service, options),
        _ => runs(&mut body, summary),
    }
    explained(&mut body, summary);
    if let Some(run) = sums::of_several(summary) {
        put(
            &mut body,
            format_args!(
                "<h2>The processes</h2>\n<p>{}</p>\n",
                escape(&sums::together(run, summary.work()))
            ),
        );
        table(&mut body, &sums::PROCESSES, &sums::processes(run));
    }
    if !summary.tried.is_empty() {
        put(
            &mut body,
            format_args!(
                "<h2>What settings do</h2>\n<p>{}</p>\n",
                escape(&sums::about_tried(&summary.tried, summary.work()))
            ),
        );
        table(&mut body, &sums::TRIED, &sums::tried(&summary.tried));
    }
    list(&mut body, "Whether figures agree", &verdict.agreement);
    list(
        &mut body,
        "What this run could not have seen",
        &verdict.blind_spots,
    );
    let troubles: Vec<String> = summary
        .processes
        .iter()
        .flat_map(|process| process.troubles.clone())
        .collect();
    list(&mut body, "What was not right with recording", &troubles);
    let rows = machine(&summary.started_at, &summary.tool, &summary.environment);
    definitions(&mut body, &rows, &[SUMMARY_FILE], &summary.options.command);
    Ok(document(badge, &verdict.sentence, &body))
}

/// What a service served, beside what it held.
fn served(body: &mut String, service: &Service, options: &ServiceOptions) {
    body.push_str("<h2>What it served, and what it held</h2>\n");
    for sentence in serving::told(service, options) {
        put(body, format_args!("<p>{}</p>\n", escape(&sentence)));
    }
    if service.requests > 0 {
        table(body, &serving::REQUESTS, &serving::requests(service));
        table(body, &serving::MARKS, &serving::marks(service));
    }
}

fn tell_growth(body: &mut String, growth: &ProgramGrowth, work: Work) {
    let (often, each) = growth.pace(work);
    put(
        body,
        format_args!(
            "<h2>{}, {}</h2>\n<p>{} B and {} {each}, up to {} {}, in the {} process. {}</p>\n",
            escape(&words(growth.resource.name())),
            escape(&words(growth.cause.name())),
            figure(often * growth.bytes_per_iteration),
            figure(often * growth.count_per_iteration),
            count(growth.seen_up_to),
            work.several(),
            growth.process.name(),
            escape(advice(growth)),
        ),
    );
    for note in &growth.notes {
        put(body, format_args!("<p>{}</p>\n", escape(note)));
    }
    for site in &growth.sites {
        put(
            body,
            format_args!(
                "<details><summary>{} B in {}: <code>{}</code></summary>\n",
                figure(often * site.bytes_per_iteration),
                figure(often * site.blocks_per_iteration),
                escape(&site.place.to_string()),
            ),
        );
        for one in &site.through {
            let through = held::through(one, often);
            put(body, format_args!("<p>{}</p>\n", escape(&through)));
        }
        if let Some(held) = held::tell(site) {
            put(body, format_args!("<p>{}</p>\n", escape(&held)));
        }
        stack(body, &site.stack);
        body.push_str("</details>\n");
    }
}

fn runs(body: &mut String, summary: &ProgramSummary) {
    body.push_str(
        "<h2>The runs</h2>\n<div class=\"scroll\"><table>\n<tr><th class=\"figure\">iterations</th>\
         <th class=\"figure\">time</th><th class=\"figure\">processes</th><th>held at the end</th>\
         <th class=\"figure\">resident at most</th><th class=\"figure\">output</th><th>ended</th></tr>\n",
    );
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
        put(
            body,
            format_args!(
                "<tr><td class=\"figure\">{}</td><td class=\"figure\">{}</td><td class=\"figure\">{}</td><td>{}</td>\
                 <td class=\"figure\">{}</td><td class=\"figure\">{}</td><td>{}</td></tr>\n",
                count(run.iterations),
                seconds(run.seconds),
                count(run.processes),
                escape(&held.join("; ")),
                run.resident_peak_bytes
                    .map_or_else(|| "\u{2013}".to_owned(), |peak| bytes(peak as f64)),
                bytes(run.output_bytes as f64),
                escape(&run.ended),
            ),
        );
    }
    body.push_str("</table></div>\n");
}

fn table<const N: usize>(body: &mut String, titles: &[(&str, Align); N], rows: &[[String; N]]) {
    let class = |at: usize| match titles[at].1 {
        Align::Right => " class=\"figure\"",
        Align::Left => "",
    };
    body.push_str("<div class=\"scroll\"><table>\n<tr>");
    for (at, title) in titles.iter().enumerate() {
        put(
            body,
            format_args!("<th{}>{}</th>", class(at), escape(title.0)),
        );
    }
    body.push_str("</tr>\n");
    for row in rows {
        body.push_str("<tr>");
        for (at, cell) in row.iter().enumerate() {
            put(body, format_args!("<td{}>{}</td>", class(at), escape(cell)));
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</table></div>\n");
}

fn explained(body: &mut String, summary: &ProgramSummary) {
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
    list(body, "Explained, and no growth", &sentences);
}
