//! The figures in the terminal, what was checked, and the verdict.

use crate::commands::zones::summary::{FirstLast, ZonesSummary};
use crate::report::table::{Align, Table};
use harness_model::units::{bytes, count, figure, gain, words};
use printable::Text;

/// The whole of it. There are no colours in it.
pub(crate) fn terminal(summary: &ZonesSummary) -> Text {
    let mut text = Text::new();
    text.block(&figures(summary).render());
    text.block(&stores(summary).render());
    for check in &summary.verdict.checks {
        let result = if check.holds { "ok  " } else { "FAIL" };
        text.line(format_args!("{result}  {}", check.message));
    }
    text.line("");
    text.line(&summary.verdict.sentence);
    text
}

/// The figures, which the page shows too.
pub(super) fn figures(summary: &ZonesSummary) -> Table {
    let mut table = Table::new(&[("", Align::Left), (column(summary), Align::Right)]);
    for (name, figure) in rows(summary) {
        table.row([name, figure]);
    }
    table
}

fn column(summary: &ZonesSummary) -> &'static str {
    summary.options.zones.phrase()
}

/// One row a figure.
fn rows(summary: &ZonesSummary) -> Vec<(String, String)> {
    let run = &summary.run;
    let zones = summary.options.zones.has_zones();
    let growth = &run.growth;
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, figure: String| rows.push((name.to_owned(), figure));
    add("distinct new words", count(run.words));
    if zones {
        add("zones", count(run.zones));
    }
    add("threads", count(summary.options.threads));
    add("documents read back", count(run.documents));
    if run.seconds > 0.0 {
        add(
            "tokens per second",
            count((run.tokens as f64 / run.seconds) as u64),
        );
    }
    let (first, last) = if zones {
        ("after the first zones", "after the last zones")
    } else {
        ("after the first round", "at the end")
    };
    add(&format!("live heap {first}"), level(run.live_bytes.first));
    add(&format!("live heap {last}"), level(run.live_bytes.last));
    add(
        &format!("live blocks {first}"),
        count(run.live_blocks.first),
    );
    add(&format!("live blocks {last}"), count(run.live_blocks.last));
    if zones && run.zone_bytes.last > 0 {
        add(
            "held by a zone before it closes",
            bytes(run.zone_bytes.last as f64),
        );
    }
    if growth.live_bytes != 0 {
        add(
            "live bytes a new word, by the counters",
            figure(growth.bytes_per_word),
        );
        add("  of it in stores", figure(growth.store_bytes_per_word));
        add(
            "  in no registered store",
            figure(growth.bytes_per_word - growth.store_bytes_per_word),
        );
    }
    if let Some(rss) = run.rss {
        add(
            &format!("RSS after {} words", count(rss.settled_at)),
            bytes(rss.settled as f64),
        );
        add("RSS at the end", bytes(rss.last as f64));
        add("RSS growth", gain(rss.growth as f64));
        add(
            "RSS at the end, before free pages are given back",
            bytes(rss.unpurged_last as f64),
        );
    }
    if let Some(kept) = run.kept_by_allocator {
        add("kept by jemalloc, not in use", bytes(kept as f64));
    }
    rows
}

/// A level to the byte, and as people read it.
fn level(value: u64) -> String {
    format!("{} ({})", count(value), bytes(value as f64))
}

/// The stores that hold something, with their capacities.
fn stores(summary: &ZonesSummary) -> Table {
    let mut table = Table::new(&[
        ("store", Align::Left),
        ("of the", Align::Left),
        ("entries", Align::Right),
        ("capacity", Align::Right),
        ("bytes", Align::Right),
        ("bytes a new word", Align::Right),
    ]);
    for store in &summary.run.stores {
        table.row([
            words(&store.name),
            store.owner.clone(),
            change(store.entries),
            change(store.capacity),
            change(store.bytes),
            figure(store.bytes_per_word),
        ]);
    }
    table
}

/// "12" where nothing changed, "12 to 14" where it did.
pub(super) fn change(pair: FirstLast) -> String {
    if pair.first == pair.last {
        count(pair.last)
    } else {
        format!("{} to {}", count(pair.first), count(pair.last))
    }
}
