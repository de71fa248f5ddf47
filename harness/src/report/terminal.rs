//! What stands in the terminal when a run has ended: the answer, the figures of each loop, and where more is asked for
//! the call sites that grow and what each tool has to say.

use super::places::places;
use super::table::{Align, Table};
use super::{answer, ledger, parts};
use harness_model::condition::behind;
use harness_model::units::{bytes, count, figure, rate, seconds, words};
use harness_model::{LeakKind, Probe, Run, Summary};
use printable::Text;

/// Functions that grow, in the terminal; the rest is in the page.
const MOST_PLACES: usize = 8;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The answer alone.
    Answer,
    /// The answer, and the figures of the loops.
    Figures,
    /// All that is known.
    Details,
}

/// All that is known, lines ended by line feeds. There are no colours in it, and nothing that could not be printed.
pub fn terminal(summary: &Summary) -> String {
    text(summary, Extent::Details).into()
}

/// The answer, and so much more, for the terminal itself.
pub(crate) fn text(summary: &Summary, extent: Extent) -> Text {
    let mut text = answer::answer(summary);
    if extent == Extent::Answer {
        return text;
    }
    text.line("");
    text.block(&figures(summary).render());
    // Whatever could not be asked is said: it may be what somebody came for.
    let stacks = summary.stacks.iter();
    let troubles = stacks.map(|one| trouble(one.instrument.name(), &one.result));
    for line in troubles
        .chain([trouble("groups", &summary.parts)])
        .flatten()
    {
        text.line(line);
    }
    if extent == Extent::Details {
        details(summary, &mut text);
    }
    text
}

/// What each tool saw of each call site, the parts, the ledgers, and whether the tools agree.
fn details(summary: &Summary, text: &mut Text) {
    let mut table = |table: Table| text.block(&table.render());
    let sites = sites(summary, MOST_PLACES);
    if !sites.is_empty() {
        table(sites);
    }
    if let Probe::Ran(report) = &summary.parts {
        parts::tables(report).into_iter().for_each(&mut table);
    }
    for one in &summary.ledgers {
        table(ledger::table(one));
    }
    for line in &summary.verdict.agreement {
        text.line(line);
    }
    for growth in &summary.verdict.causes {
        text.line(format_args!(
            "Cause of growth{}: {}; shape: {}.",
            behind(&growth.condition),
            growth.cause.phrase(),
            words(growth.shape.name())
        ));
    }
    for finding in &summary.verdict.findings {
        let word = if finding.fails { "LEAK" } else { "Found" };
        text.line(format_args!("{word}: {}", finding.message));
    }
    for line in &summary.verdict.blind_spots {
        text.line(format_args!("Not seen: {line}"));
    }
}

/// One row a figure, one column a loop.
fn rows(summary: &Summary) -> Vec<(String, Vec<String>)> {
    let runs = &summary.runs;
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    let mut add = |name: &str, cell: &dyn Fn(&Run) -> Option<String>| {
        let cells: Vec<Option<String>> = runs.iter().map(cell).collect();
        if cells.iter().any(Option::is_some) {
            rows.push((
                name.to_owned(),
                cells
                    .into_iter()
                    .map(|cell| cell.unwrap_or_else(|| "\u{2013}".to_owned()))
                    .collect(),
            ));
        }
    };
    // What was stopped in its warm-up has no figures of what comes after.
    let measured = |run: &Run, text: String| (run.iterations > 0).then_some(text);
    add("iterations after warm-up", &|run| {
        Some(count(run.iterations))
    });
    add("words per second", &|run| {
        run.words_per_second().map(|speed| count(speed as u64))
    });
    add("live heap after warm-up", &|run| {
        measured(run, bytes(run.live_bytes.first as f64))
    });
    add("live heap at the end", &|run| {
        Some(bytes(run.live_bytes.last as f64))
    });
    add("live blocks per iteration", &|run| {
        measured(run, signed(run.live_blocks.per_iteration))
    });
    add("live bytes per iteration", &|run| {
        measured(run, rate(run.live_bytes.per_iteration))
    });
    let mut names: Vec<&str> = Vec::new();
    for store in runs.iter().flat_map(|run| &run.stores) {
        if store.bytes_last != store.bytes_first && !names.contains(&store.name.as_str()) {
            names.push(&store.name);
        }
    }
    for name in &names {
        add(&format!("  of which {}", words(name)), &|run| {
            let store = run.stores.iter().find(|store| store.name == *name)?;
            measured(run, rate(store.bytes_per_iteration))
        });
    }
    if !names.is_empty() || runs.iter().any(|run| run.unaccounted.per_iteration != 0.0) {
        add("  in no store", &|run| {
            measured(run, rate(run.unaccounted.per_iteration))
        });
    }
    add("RSS after warm-up", &|run| {
        let rss = run.rss_bytes.as_ref()?;
        measured(run, bytes(rss.first as f64))
    });
    add("RSS at the end", &|run| {
        run.rss_bytes.as_ref().map(|rss| bytes(rss.last as f64))
    });
    add("the allocator's, not live", &|run| {
        run.jemalloc
            .as_ref()
            .map(|all| bytes(all.resident.last as f64 - all.allocated.last as f64))
    });
    rows
}

/// The figures of the loops, which the page shows too.
pub(super) fn figures(summary: &Summary) -> Table {
    let mut columns = vec![("", Align::Left)];
    columns.extend(
        summary
            .runs
            .iter()
            .map(|run| (run.condition.as_str(), Align::Right)),
    );
    let mut table = Table::new(&columns);
    for (name, cells) in rows(summary) {
        table.row(std::iter::once(name).chain(cells));
    }
    table
}

/// The functions that grow, each with what every tool saw of it: what is lost before what is only kept, what was seen
/// over the whole loop before what a few iterations showed, and of each the most bytes first. `most` of them.
pub(super) fn sites(summary: &Summary, most: usize) -> Table {
    let mut table = Table::new(&[
        ("what grows in an iteration", Align::Left),
        ("part", Align::Left),
        ("seen by, over iterations", Align::Left),
        ("bytes", Align::Right),
        ("blocks", Align::Right),
    ]);
    let places = places(summary);
    let left_out = places.len().saturating_sub(most);
    for all in places.into_iter().take(most) {
        table.heading(&all.place());
        for one in all.seen {
            let site = one.function.worst;
            table.row([
                match one.pair.condition.as_str() {
                    "" => format!("  {}", held(site.leak_kind)),
                    condition => format!("  {}, {condition}", held(site.leak_kind)),
                },
                one.function.parts.join(", "),
                one.window(),
                figure(one.function.bytes_per_iteration),
                figure(one.function.blocks_per_iteration),
            ]);
        }
    }
    if left_out > 0 {
        table.heading(&format!("and {left_out} more, in report.html"));
    }
    table
}

/// How the blocks of a site are held, as valgrind calls it.
pub(super) fn held(kind: Option<LeakKind>) -> &'static str {
    match kind {
        Some(LeakKind::DefinitelyLost) => "definitely lost",
        Some(LeakKind::IndirectlyLost) => "indirectly lost",
        // A pointer into the middle of a block holds it: hash tables are held that way.
        Some(LeakKind::PossiblyLost) => "possibly lost",
        Some(LeakKind::StillReachable) => "still reachable",
        None => "live",
    }
}

/// Why a tool has no result, as a line.
pub(super) fn trouble<T>(name: &str, probe: &Probe<T>) -> Option<String> {
    match probe {
        Probe::Ran(_) => None,
        Probe::NotRun { reason, remedy } => {
            let remedy = remedy
                .as_ref()
                .map_or_else(String::new, |remedy| format!(" {remedy}"));
            Some(format!("{name}: not run: {reason}.{remedy}"))
        }
        Probe::Failed { reason, .. } => Some(format!("{name}: failed: {reason}")),
    }
}

/// A figure with its sign, and 0 without.
pub(super) fn signed(value: f64) -> String {
    if value > 0.0 {
        format!("+{}", figure(value))
    } else {
        figure(value)
    }
}

/// How long a pair of runs took.
pub(super) fn pair_seconds(pair: &harness_model::SitePair) -> String {
    seconds(pair.short.seconds + pair.long.seconds)
}
