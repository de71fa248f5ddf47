//! The verdict first, then what grows with its lines, what is explained, and what could not be seen.

use super::{error_paths, held, serving, sums};
use crate::report::answer::conclude;
use crate::report::table::{Align, Table};
use harness_model::program::{
    ProgramCause, ProgramGrowth, ProgramSite, ProgramSummary, Resource, Work,
};
use harness_model::units::{bytes, count, figure, seconds, words};
use printable::Text;

/// Call sites of one growth that are told; the rest is in the page.
const MOST_SITES: usize = 5;
/// Calls of a stack that are told.
const MOST_CALLS: usize = 4;
/// Calls of compiled code that are told of a line.
const MOST_THROUGH: usize = 4;
/// Explanations that are told.
const MOST_EXPLAINED: usize = 5;

const RUNS: [(&str, Align); 6] = [
    ("iterations", Align::Right),
    ("time", Align::Right),
    ("live heap at the end", Align::Right),
    ("blocks", Align::Right),
    ("resident at most", Align::Right),
    ("ended", Align::Left),
];

/// The answer: whether something grows, what, where, and what to do.
pub(crate) fn answer(summary: &ProgramSummary) -> Text {
    let verdict = &summary.verdict;
    let mut text = Text::new();
    conclude(&mut text, verdict.outcome, &verdict.sentence);
    match &summary.error_paths {
        Some(paths) => error_paths::tell(&mut text, paths),
        None => {
            for growth in &verdict.growth {
                text.line("");
                tell_growth(&mut text, growth, summary.work());
            }
        }
    }
    text
}

/// What it rests on: the runs, what is explained, and what could not be seen.
pub(crate) fn details(summary: &ProgramSummary) -> Text {
    let verdict = &summary.verdict;
    let mut text = Text::of_line("");
    match (&summary.service, &summary.options.service) {
        (Some(service), Some(options)) => {
            for sentence in serving::told(service, options) {
                text.line(sentence);
            }
            if service.requests > 0 {
                text.block(&sums::table(&serving::REQUESTS, serving::requests(service)).render());
                text.block(&sums::table(&serving::MARKS, serving::marks(service)).render());
            }
        }
        _ => text.block(&runs(summary).render()),
    }
    if !verdict.explained.is_empty() {
        text.line("Explained, and no growth:");
        for one in verdict.explained.iter().take(MOST_EXPLAINED) {
            let at = one
                .site
                .as_ref()
                .map(|site| format!(", {site}"))
                .unwrap_or_default();
            let kind = words(one.kind.name());
            text.line(format_args!(
                "  {kind}: {}{at}. {}",
                bytes(one.bytes as f64),
                one.note
            ));
        }
    }
    for one in &verdict.hidden {
        text.line(format_args!("Hidden: {}", one.describe()));
    }
    if let Some(run) = sums::of_several(summary) {
        text.line(sums::together(run, summary.work()));
        text.block(&sums::table(&sums::PROCESSES, sums::processes(run)).render());
    }
    if !summary.tried.is_empty() {
        text.line(sums::about_tried(&summary.tried, summary.work()));
        text.block(&sums::table(&sums::TRIED, sums::tried(&summary.tried)).render());
    } else if !summary.options.try_settings
        && verdict.explained.iter().any(|one| !one.settings.is_empty())
    {
        text.line(
            "With --try these settings are tried, and what they do to memory and time is told.",
        );
    }
    for line in &verdict.agreement {
        text.line(line);
    }
    if !verdict.blind_spots.is_empty() {
        text.line("Not seen:");
        for line in &verdict.blind_spots {
            text.line(format_args!("  {line}"));
        }
    }
    // Of several processes much is the same.
    let mut told: Vec<&String> = Vec::new();
    for trouble in summary.processes.iter().flat_map(|one| &one.troubles) {
        if !told.contains(&trouble) {
            text.line(format_args!("  {trouble}"));
            told.push(trouble);
        }
    }
    text
}

fn tell_growth(text: &mut Text, growth: &ProgramGrowth, work: Work) {
    let name = words(growth.resource.name());
    let (often, each) = growth.pace(work);
    text.line(format_args!(
        "{name}, {}: {} B and {} {each}. {}",
        words(growth.cause.name()),
        figure(often * growth.bytes_per_iteration),
        figure(often * growth.count_per_iteration),
        advice(growth)
    ));
    for note in &growth.notes {
        text.line(format_args!("  {note}"));
    }
    let functions = growth.functions();
    for function in functions.iter().take(MOST_SITES) {
        let sum = |of: fn(&ProgramSite) -> f64| {
            often * function.sites.iter().map(|site| of(site)).sum::<f64>()
        };
        // Of several lines the one that takes most tells who calls it and what holds it.
        let site = function.sites[0];
        text.line(format_args!(
            "  {} B in {}  {}",
            figure(sum(|site| site.bytes_per_iteration)),
            figure(sum(|site| site.blocks_per_iteration)),
            function
        ));
        for one in site.through.iter().take(MOST_THROUGH) {
            text.line(format_args!("      {}", held::through(one, often)));
        }
        if let Some(held) = held::tell(site) {
            text.line(format_args!("      {held}"));
        }
        let callers = site
            .stack
            .iter()
            .skip_while(|frame| !frame.place.is_like(&site.place))
            .skip(1);
        let callers = callers.filter(|_| !is_first(&site.place.function));
        for frame in callers.take(MOST_CALLS) {
            text.line(format_args!("      called by {}", frame.place));
            // What starts every program says nothing of this one.
            if is_first(&frame.place.function) {
                break;
            }
        }
    }
    if functions.len() > MOST_SITES {
        text.line(format_args!("  and {} more", functions.len() - MOST_SITES));
    }
}

/// What to do about it.
pub(crate) fn advice(growth: &ProgramGrowth) -> &'static str {
    match (growth.resource, growth.cause) {
        (Resource::FileDescriptor, _) => "Close what this call opens.",
        (Resource::Thread, _) => "Join the thread, or detach it.",
        (Resource::ChildProcess, _) => "Wait for the child (waitpid), or ignore SIGCHLD.",
        (Resource::Mapping | Resource::SharedMemory, _) => {
            "Unmap it, and remove the name of shared memory."
        }
        (Resource::Kernel, _) => "Read what was written, or close the pipe or socket.",
        (Resource::HugePages, _) => {
            "Little is held in many huge pages: madvise(MADV_NOHUGEPAGE), or free it together."
        }
        (_, ProgramCause::Unreachable) => "Free it: nothing points to it any more.",
        (_, ProgramCause::PossiblyLost) => {
            "Nothing seems to point to it, but not everything could be looked at."
        }
        (_, ProgramCause::Held) if growth.freed_at_end => {
            "It is freed when the work is over, and grows until then: bound the queue, list or cache that holds it."
        }
        (_, ProgramCause::Held) => {
            "Something still points to it: bound the cache or list that holds it, or empty it."
        }
        _ if growth.sites.is_empty() => "No call that could be seen takes it.",
        _ => "Nobody could look whether something still points to it.",
    }
}

fn runs(summary: &ProgramSummary) -> Table {
    let mut table = Table::new(&RUNS);
    let none = || "\u{2013}".to_owned();
    for run in &summary.counts {
        let heap = run
            .totals
            .iter()
            .find(|total| total.resource == Resource::Heap);
        table.row([
            count(run.iterations),
            seconds(run.seconds),
            heap.map_or_else(none, |heap| bytes(heap.end_bytes as f64)),
            heap.map_or_else(none, |heap| count(heap.end_count)),
            run.resident_peak_bytes
                .map_or_else(none, |peak| bytes(peak as f64)),
            run.ended.clone(),
        ]);
    }
    table
}

/// Whether a function is where a program or a thread of it begins.
fn is_first(function: &str) -> bool {
    matches!(function, "main" | "start_thread") || function.ends_with("::main")
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::{Place, testing};

    #[test]
    fn five_lines_of_one_function_are_one_place() {
        let mut growth = testing::program_growth(Resource::Heap, "resize", 48.0);
        let site = growth.sites[0].clone();
        growth.sites = [67, 68, 69, 70, 71, 90]
            .map(|line| {
                let mut site = site.clone();
                let function = if line == 90 { "other" } else { "resize" };
                site.place = Place {
                    function: function.to_owned(),
                    file: Some("net.c".to_owned()),
                    line: Some(line),
                };
                (site.bytes_per_iteration, site.blocks_per_iteration) = (10.0, 1.0);
                site
            })
            .to_vec();
        let mut text = Text::new();
        tell_growth(&mut text, &growth, Work::Iterations);
        let text = text.as_str();
        assert!(
            text.contains("  50 B in 5  resize (net.c:67-71)\n"),
            "{text}"
        );
        assert!(text.contains("  10 B in 1  other (net.c:90)\n"), "{text}");
    }
}
