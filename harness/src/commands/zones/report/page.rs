//! report.html.

use super::terminal;
use crate::commands::zones::summary::{Check, CheckKind, StoreChange, ZonesSummary};
use crate::engine::place::SAMPLES_FILE;
use crate::report::chart::Chart;
use crate::report::html::escape;
use crate::report::html::plot::plots;
use crate::report::html::shell::{Badge, definitions, document, given, header, list, machine, put};
use crate::report::{DrawingFailed, SUMMARY_FILE};
use harness_model::units;

/// The whole page.
pub(super) fn page(summary: &ZonesSummary, charts: &[Chart]) -> Result<String, DrawingFailed> {
    let verdict = &summary.verdict;
    let mut body = String::new();
    let line = format!(
        "{}: {} on {} threads, {} new words each; {}. {}{}",
        summary.subject,
        summary.options.zones.phrase(),
        summary.options.threads,
        units::count(summary.options.words_per_zone),
        summary.options.work.phrase(),
        units::seconds(summary.seconds),
        if summary.interrupted {
            ", stopped before its end; what had been measured is here."
        } else {
            "."
        }
    );
    let badge = Badge::of(verdict.outcome, failed(&verdict.checks));
    header(&mut body, badge, &verdict.sentence, &line);
    body.push_str("<ul class=\"checks\">\n");
    for check in &verdict.checks {
        let (class, result) = if check.holds {
            ("holds", "holds: ")
        } else {
            ("fails", "fails: ")
        };
        put(
            &mut body,
            format_args!(
                "<li class=\"{class}\"><b>{result}</b>{}</li>\n",
                escape(&check.message)
            ),
        );
    }
    body.push_str("</ul>\n");
    plots(&mut body, charts)?;
    body.push_str("<h2>The figures</h2>\n<div class=\"scroll\"><table>\n");
    for (name, figure) in terminal::rows(summary) {
        let class = if name.starts_with(' ') {
            " class=\"indented\""
        } else {
            ""
        };
        put(
            &mut body,
            format_args!(
                "<tr><td{class}>{}</td><td class=\"figure\">{}</td></tr>\n",
                escape(name.trim()),
                escape(&figure)
            ),
        );
    }
    body.push_str("</table></div>\n");
    stores(&mut body, &summary.run.stores);
    list(
        &mut body,
        "What this run could not have seen",
        &verdict.blind_spots,
    );
    environment(&mut body, summary);
    Ok(document(badge, &verdict.sentence, &body))
}

/// What a run that does not pass is called: what memory does, or, where that holds, that something else is wrong.
fn failed(checks: &[Check]) -> &'static str {
    use CheckKind::{Capacities, LiveMemory, PermanentStrings, ResidentSet};
    let mut failed = checks.iter().filter(|check| !check.holds);
    let grows = failed.any(|check| {
        let memory = [LiveMemory, Capacities, PermanentStrings, ResidentSet];
        memory.contains(&check.kind)
    });
    if grows { "Memory grows" } else { "Fails" }
}

/// Every store, with what a zone does to it.
fn stores(body: &mut String, stores: &[StoreChange]) {
    body.push_str(
        "<h2>The stores</h2>\n<p>After the first round, and after the last where that is another figure.</p>\n\
         <div class=\"scroll\"><table>\n<tr><th>store</th><th>of the</th><th>at a zone's end</th>\
         <th class=\"figure\">entries</th><th class=\"figure\">capacity</th><th class=\"figure\">bytes</th>\
         <th class=\"figure\">bytes a new word</th></tr>\n",
    );
    for store in stores {
        put(
            body,
            format_args!(
                "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"figure\">{}</td><td class=\"figure\">{}</td>\
                 <td class=\"figure\">{}</td><td class=\"figure\">{}</td></tr>\n",
                escape(&units::words(&store.name)),
                escape(&store.owner),
                escape(&store.on_close),
                terminal::change(store.entries),
                terminal::change(store.capacity),
                terminal::change(store.bytes),
                units::figure(store.bytes_per_word),
            ),
        );
    }
    body.push_str("</table></div>\n");
}

fn environment(body: &mut String, summary: &ZonesSummary) {
    let options = &summary.options;
    let mut rows = machine(&summary.started_at, &summary.tool, &summary.environment);
    rows.push(("seed", options.seed.to_string()));
    rows.extend(given(&options.inject, &options.corpus, &options.model));
    definitions(body, &rows, &[SAMPLES_FILE, SUMMARY_FILE], &options.command);
}
