//! report.html.

use super::terminal;
use crate::commands::zones::summary::{Check, CheckKind, StoreChange, ZonesSummary};
use crate::engine::place::SAMPLES_FILE;
use crate::report::chart::Chart;
use crate::report::html::plot::plots;
use crate::report::html::shell::{Badge, Page, given, machine};
use crate::report::html::{escape, put};
use crate::report::table::{Align, Table};
use crate::report::{DrawingFailed, SUMMARY_FILE};
use harness_model::{Outcome, units};

/// The whole page.
pub(super) fn page(summary: &ZonesSummary, charts: &[Chart]) -> Result<String, DrawingFailed> {
    let verdict = &summary.verdict;
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
    let mut page = Page::new(badge(summary), &verdict.sentence);
    page.ran(&line);
    page.section("What was checked");
    page.body.push_str("<ul class=\"checks\">\n");
    for check in &verdict.checks {
        let is_control = check.kind == CheckKind::Accounting;
        let (class, result) = match (check.holds, is_control) {
            (true, true) => ("control", "as it should: "),
            (true, false) => ("holds", "holds: "),
            (false, _) => ("fails", "fails: "),
        };
        put(
            &mut page.body,
            format_args!(
                "<li class=\"{class}\"><b>{result}</b>{}</li>\n",
                escape(&check.message)
            ),
        );
    }
    page.body.push_str("</ul>\n");
    if !charts.is_empty() {
        page.section("Memory over the words");
        plots(&mut page.body, charts)?;
    }
    page.section("The figures");
    page.table(&terminal::figures(summary));
    page.section("The stores");
    page.explain("After the first round, and after the last where that is another figure.");
    page.table(&stores(&summary.run.stores));
    page.list("What this run could not have seen", &verdict.blind_spots);
    environment(&mut page, summary);
    Ok(page.document())
}

/// Without zones the growth is what is to be shown: a control, neither good nor bad.
fn badge(summary: &ZonesSummary) -> Badge {
    let verdict = &summary.verdict;
    let grows = summary.run.growth.live_bytes > 0;
    match verdict.outcome {
        Outcome::Pass if grows && !summary.options.zones.has_zones() => {
            Badge::control("Control: grows, as it should")
        }
        Outcome::Leak if summary.options.inject.is_some() => Badge::control("Planted, found"),
        outcome => Badge::of(outcome, failed(&verdict.checks)),
    }
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
fn stores(stores: &[StoreChange]) -> Table {
    let mut table = Table::new(&[
        ("store", Align::Left),
        ("of the", Align::Left),
        ("at a zone's end", Align::Left),
        ("entries", Align::Right),
        ("capacity", Align::Right),
        ("bytes", Align::Right),
        ("bytes a new word", Align::Right),
    ]);
    for store in stores {
        table.row([
            units::words(&store.name),
            store.owner.clone(),
            store.on_close.clone(),
            terminal::change(store.entries),
            terminal::change(store.capacity),
            terminal::change(store.bytes),
            units::figure(store.bytes_per_word),
        ]);
    }
    table
}

fn environment(page: &mut Page, summary: &ZonesSummary) {
    let options = &summary.options;
    let mut rows = machine(&summary.started_at, &summary.tool, &summary.environment);
    rows.push(("seed", options.seed.to_string()));
    rows.extend(given(&options.inject, &options.corpus, &options.model));
    page.definitions(&rows, &[SAMPLES_FILE, SUMMARY_FILE], &options.command);
}
