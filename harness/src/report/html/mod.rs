//! report.html: one page that holds everything, without scripts and without the network.

pub(crate) mod cells;
mod escape;
mod figures;
pub(crate) mod plot;
pub(crate) mod shell;
mod sites;

use super::chart::Chart;
use super::picture::DrawingFailed;
use crate::probe::source::SourceTree;
pub(crate) use escape::escape;
use harness_model::Summary;
use harness_model::condition::behind;
use harness_model::units;
use plot::plots;
use shell::{Badge, definitions, document, given, header, list, machine, put};

/// The whole page.
pub(super) fn page(
    summary: &Summary,
    charts: &[Chart],
    tree: &SourceTree,
) -> Result<String, DrawingFailed> {
    let verdict = &summary.verdict;
    let badge = Badge::of(verdict.outcome, "Leak");
    let mut body = String::new();
    head(&mut body, badge, summary);
    findings(&mut body, summary);
    plots(&mut body, charts)?;
    body.push_str("<h2>The figures</h2>\n");
    figures::table(&mut body, summary);
    figures::ledgers(&mut body, summary);
    sites::section(&mut body, summary, tree);
    figures::stores(&mut body, summary);
    figures::parts(&mut body, summary);
    list(&mut body, "Do the tools agree?", &verdict.agreement);
    list(
        &mut body,
        "What this run could not have seen",
        &verdict.blind_spots,
    );
    environment(&mut body, summary);
    Ok(document(badge, &verdict.sentence, &body))
}

fn head(body: &mut String, badge: Badge, summary: &Summary) {
    let loops: Vec<String> = summary
        .runs
        .iter()
        .map(|run| {
            format!(
                "{} iterations{}",
                units::count(run.iterations),
                behind(&run.condition)
            )
        })
        .collect();
    let interrupted = if summary.interrupted {
        " It was stopped before its end; what had been measured is here."
    } else {
        ""
    };
    let line = format!(
        "{}: {}. {}, in {}.{interrupted}",
        summary.workload.subject,
        summary.workload.description,
        loops.join(", "),
        units::seconds(summary.seconds),
    );
    header(body, badge, &summary.verdict.sentence, &line);
}

fn findings(body: &mut String, summary: &Summary) {
    for finding in &summary.verdict.findings {
        let place = finding.place.known().map_or_else(String::new, |place| {
            format!("<p><code>{}</code></p>", escape(&place.to_string()))
        });
        let fails = if finding.fails { " fails" } else { "" };
        let blocks = finding
            .blocks_per_iteration
            .map_or_else(String::new, |blocks| {
                format!(" and {}", units::plural(blocks, "block"))
            });
        put(
            body,
            format_args!(
                "<div class=\"finding{fails}\"><p>{}</p>{place}<p class=\"faint\">{}{blocks} an iteration{}</p></div>\n",
                escape(&finding.message),
                units::rate(finding.bytes_per_iteration).trim_start_matches('+'),
                escape(&behind(&finding.condition)),
            ),
        );
    }
}

fn environment(body: &mut String, summary: &Summary) {
    let (environment, options, tool) = (&summary.environment, &summary.options, &summary.tool);
    let mut files: Vec<&str> = summary
        .runs
        .iter()
        .map(|run| run.samples_file.as_str())
        .collect();
    files.push(super::SUMMARY_FILE);
    files.sort_unstable();
    files.dedup();
    let mut rows = machine(&summary.started_at, tool, environment);
    rows.extend([
        (
            "valgrind",
            environment
                .valgrind
                .clone()
                .unwrap_or_else(|| "not found".to_owned()),
        ),
        (
            "iterations",
            format!(
                "{} after {} of warm-up; the texts come round every {}",
                units::count(options.iterations),
                units::count(options.warmup),
                units::count(summary.workload.cycle)
            ),
        ),
        (
            "words never seen before",
            format!("{}%", units::figure(options.novel_words * 100.0)),
        ),
        ("seed", options.seed.to_string()),
        ("probes", options.probes.join(", ")),
    ]);
    rows.extend(given(&options.inject, &options.corpus, &options.model));
    definitions(body, &rows, &files, &options.command);
}
