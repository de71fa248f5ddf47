//! The verdict first, then what grows with its lines, what is explained, and what could not be seen.

use super::behind::{self, advice};
use super::{error_paths, held, serving, sums};
use crate::commands::run::how::How;
use crate::export::from_here;
use crate::probe::source::SourceTree;
use crate::report::answer::{about, conclude};
use crate::report::table::{Align, Table};
use harness_judge::attribution::stack::short_path;
use harness_model::Place;
use harness_model::program::{
    ProgramGrowth, ProgramSite, ProgramSummary, ProgramVerdict, Resource, Work,
};
use harness_model::units::{bytes, count, figure, seconds, words};
use printable::Text;
use std::path::Path;

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
        None => told(&mut text, summary),
    }
    text
}

/// What stands below the sentence of a command's verdict.
pub(crate) fn told(text: &mut Text, summary: &ProgramSummary) {
    tell(text, &summary.verdict, summary.work(), |growth| {
        why(growth, summary)
    });
}

/// What stands below the sentence of a verdict: of all that grows where it is taken, by whom it is held, why it is
/// believed, and what to do.
pub(crate) fn tell(
    text: &mut Text,
    verdict: &ProgramVerdict,
    work: Work,
    why: impl Fn(&ProgramGrowth) -> Option<String>,
) {
    if verdict.growth.is_empty() {
        return;
    }
    let tree = SourceTree::of_the_user();
    for (number, growth) in verdict.growth.iter().enumerate() {
        if number > 0 {
            text.line("");
            also(text, growth, work);
        }
        let (often, _) = growth.pace(work);
        tell_sites(text, growth, often, tree);
        if let Some(why) = why(growth) {
            about(text, "why", &why);
        }
        for note in &growth.notes {
            // The sentence has said the first of them.
            if !verdict.sentence.contains(note.as_str()) {
                about(text, "", note);
            }
        }
        about(text, "next", &advice(growth));
    }
}

/// What grows beside what the sentence says.
fn also(text: &mut Text, growth: &ProgramGrowth, work: Work) {
    let (often, each) = growth.pace(work);
    let said = format!(
        "{}, {}: {} B in {} {each}",
        words(growth.resource.name()),
        words(growth.cause.name()),
        figure(often * growth.bytes_per_iteration),
        figure(often * growth.count_per_iteration),
    );
    about(text, "also", &said);
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

/// Where it is taken, and by whom it is held.
fn tell_sites(text: &mut Text, growth: &ProgramGrowth, often: f64, tree: &SourceTree) {
    let functions = growth.functions();
    for (number, function) in functions.iter().take(MOST_SITES).enumerate() {
        let sum = |of: fn(&ProgramSite) -> f64| {
            often * function.sites.iter().map(|site| of(site)).sum::<f64>()
        };
        let place = match functions.len() {
            1 => function.to_string(),
            _ => format!(
                "{function}: {} B in {}",
                figure(sum(|site| site.bytes_per_iteration)),
                figure(sum(|site| site.blocks_per_iteration)),
            ),
        };
        about(text, "in", &place);
        // Of several lines the one that takes most tells who calls it and what holds it.
        let site = function.sites[0];
        if let Some(line) = tree.lines_at(&site.place, 0).first() {
            about(text, "", &format!("{}: {}", line.number, line.text.trim()));
        }
        // Who calls what takes most tells where to look; of all of them it would hide the answer.
        if let Some(callers) = callers(site).filter(|_| number == 0) {
            about(text, "from", &callers);
        }
        for one in site.through.iter().take(MOST_THROUGH) {
            about(text, "", &held::through(one, often));
        }
        if let Some(held) = held::tell(site) {
            about(text, "keeps", &held);
        }
    }
    if functions.len() > MOST_SITES {
        let more = format!("and {} more, in the page", functions.len() - MOST_SITES);
        about(text, "", &more);
    }
}

/// The calls that lead to a site, the nearest first.
fn callers(site: &ProgramSite) -> Option<String> {
    let told: Vec<String> = behind::callers(site)
        .take(MOST_CALLS)
        .map(|frame| near(&frame.place).to_string())
        .collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// A place as it is called from here, or by the end of its path.
fn near(place: &Place) -> Place {
    let file = place.file.as_deref().map(|file| {
        let near = from_here(Path::new(file));
        match near.starts_with('/') {
            true => short_path(file).to_owned(),
            false => near,
        }
    });
    Place {
        file,
        ..place.clone()
    }
}

/// Why it is believed, where the sentence does not say it.
fn why(growth: &ProgramGrowth, summary: &ProgramSummary) -> Option<String> {
    let (first, last) = (summary.counts.first()?, summary.counts.last()?);
    let counted = match growth.resource {
        _ if growth.sites.is_empty() => return None,
        Resource::Heap => "every block is counted",
        _ => "every one is counted",
    };
    let (first, last) = (count(first.iterations), count(last.iterations));
    let work = summary.work().several();
    Some(
        match (growth.iterations_per_second, summary.options.repeat) {
            (Some(_), _) => format!("rises with the time, whether requests come or not; {counted}"),
            (_, true) => format!("each run leaves it at its end; {counted}"),
            _ => format!("rises with the {work}, from {first} to {last}; {counted}"),
        },
    )
}

/// The runs. How each ended is told where one did not end well: else it is nothing that anybody has to read.
fn runs(summary: &ProgramSummary) -> Table {
    let well = How::Exited(0).clause();
    let ended_well = summary.counts.iter().all(|run| run.ended == well);
    let columns = RUNS.len() - usize::from(ended_well);
    let mut table = Table::new(&RUNS[..columns]);
    let none = || "\u{2013}".to_owned();
    for run in &summary.counts {
        let heap = run
            .totals
            .iter()
            .find(|total| total.resource == Resource::Heap);
        let cells = [
            count(run.iterations),
            seconds(run.seconds),
            heap.map_or_else(none, |heap| bytes(heap.end_bytes as f64)),
            heap.map_or_else(none, |heap| count(heap.end_count)),
            run.resident_peak_bytes
                .map_or_else(none, |peak| bytes(peak as f64)),
            run.ended.clone(),
        ];
        table.row(cells.into_iter().take(columns));
    }
    table
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
        tell_sites(&mut text, &growth, 1.0, &SourceTree::default());
        let text = text.as_str();
        assert!(
            text.contains("in    resize (net.c:67-71): 50 B in 5\n"),
            "{text}"
        );
        assert!(
            text.contains("in    other (net.c:90): 10 B in 1\n"),
            "{text}"
        );
    }
}
