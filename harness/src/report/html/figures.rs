//! The figures of the loops, where the growth of the resident set went, and what each store and part gained.

use super::shell::Page;
use crate::report::table::{Align, Table};
use crate::report::{ledger, parts, terminal};
use harness_model::Summary;
use harness_model::condition::behind;
use harness_model::units;

/// One row a figure, one column a loop.
pub(super) fn loops(page: &mut Page, summary: &Summary) {
    page.section("The figures");
    page.table(&terminal::figures(summary));
    for run in &summary.runs {
        if let Some(failure) = &run.failure {
            page.say(&format!(
                "The loop{} did not end well: {failure}",
                behind(&run.condition)
            ));
        }
    }
}

/// What each part of the pipeline allocates, frees and holds: a table a loop.
pub(super) fn parts(page: &mut Page, summary: &Summary) {
    page.section("The parts of the pipeline");
    if let Some(line) = terminal::trouble("groups", &summary.parts) {
        page.say(&line);
    }
    if let Some(report) = summary.parts.ran() {
        page.explain(
            "What a part allocated is freed from its account, whoever frees it: a document is made by one part and dropped by \
             nobody's.",
        );
        for table in parts::tables(report) {
            page.table(&table);
        }
    }
}

/// Where the growth of the resident set went: a table a loop, whose rows sum to the last.
pub(super) fn ledgers(page: &mut Page, summary: &Summary) {
    if summary.ledgers.is_empty() {
        return;
    }
    page.section("Where the growth of the resident set went");
    for one in &summary.ledgers {
        page.table(&ledger::table(one));
    }
}

/// A table a loop that has stores, those that gained first.
pub(super) fn stores(page: &mut Page, summary: &Summary) {
    for run in summary.runs.iter().filter(|run| {
        run.stores
            .iter()
            .any(|store| store.bytes_last != store.bytes_first)
    }) {
        let mut stores: Vec<_> = run
            .stores
            .iter()
            .filter(|store| store.bytes_last > 0 || store.entries_last > 0)
            .collect();
        stores.sort_by(|a, b| b.bytes_per_iteration.total_cmp(&a.bytes_per_iteration));
        let mut table = Table::new(&[
            ("store", Align::Left),
            ("at the end", Align::Right),
            ("entries", Align::Right),
            ("per iteration", Align::Right),
        ]);
        for store in stores {
            table.row([
                units::words(&store.name),
                units::bytes(store.bytes_last as f64),
                units::count(store.entries_last),
                units::rate(store.bytes_per_iteration),
            ]);
        }
        table.row([
            "in no store".to_owned(),
            String::new(),
            String::new(),
            units::rate(run.unaccounted.per_iteration),
        ]);
        page.section(&format!("What grew{}, by store", behind(&run.condition)));
        page.table(&table);
    }
}
