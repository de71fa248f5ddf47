//! The verdict first, then why, then the series.

use crate::report::answer::conclude;
use crate::report::table::{Align, Table};
use harness_judge::over_time::FEWEST_SAMPLES;
use harness_model::Shape;
use harness_model::record::{
    ColumnRead, FileRead, Judged, Measure, RecordSummary, SeriesOverTime, SiteOverTime, Whose,
};
use harness_model::units::{bytes, count, figure, seconds, words};
use printable::Text;

/// Call sites that are told; the rest is in the page.
const MOST_SITES: usize = 5;
/// Calls of a stack that are told.
const MOST_CALLS: usize = 4;
/// Processes that are told, and letters of their commands.
const MOST_PROCESSES: usize = 8;
/// Columns that are told.
const MOST_COLUMNS: usize = 12;
const SHORT_COMMAND: usize = 20;

/// The whole of it. There are no colours in it.
pub(in crate::commands) fn terminal(summary: &RecordSummary) -> Text {
    let (verdict, recorded) = (&summary.verdict, &summary.recorded);
    let mut text = Text::new();
    conclude(&mut text, verdict.outcome, &verdict.sentence);
    for cause in &verdict.causes {
        text.line(cause);
    }
    let growing = summary.sites.iter();
    let growing = growing.filter(|site| site.grows());
    for site in growing.take(MOST_SITES) {
        tell_site(&mut text, site);
    }
    text.line("");
    if let Some(how) = &recorded.ended {
        text.line(format_args!(
            "The command {how}, after {} and {} samples.",
            seconds(recorded.seconds),
            count(recorded.samples)
        ));
    }
    for by_marks in [false, true] {
        let table = series(summary, by_marks);
        if !table.is_empty() {
            text.block(&table.render());
        }
    }
    if summary.processes.len() > 1 {
        text.block(&processes(summary, MOST_PROCESSES, SHORT_COMMAND).render());
    }
    for line in &verdict.explained {
        text.line(line);
    }
    if let Some(file) = &summary.file {
        tell_file(&mut text, file);
    }
    if !verdict.blind_spots.is_empty() {
        text.line("Not seen:");
        for line in &verdict.blind_spots {
            text.line(format_args!("  {line}"));
        }
    }
    text
}

/// How a file was understood, and what was wrong with it.
fn tell_file(text: &mut Text, file: &FileRead) {
    text.line(format_args!(
        "Read as {}: {} rows, along {}.",
        file.form,
        count(file.rows),
        file.along
    ));
    let (taken, rest): (Vec<&ColumnRead>, Vec<&ColumnRead>) =
        file.columns.iter().partition(|one| one.measure.is_some());
    let column = |one: &ColumnRead| {
        let unit = one.unit.as_ref().map(|unit| format!(", in {unit}"));
        format!(
            "{}: {}{}",
            one.name,
            one.taken_for,
            unit.unwrap_or_default()
        )
    };
    for (columns, begin) in [(taken, "Columns"), (rest, "Beside them")] {
        let told: Vec<String> = columns
            .iter()
            .take(MOST_COLUMNS)
            .map(|one| column(one))
            .collect();
        if told.is_empty() {
            continue;
        }
        let more = match columns.len() > MOST_COLUMNS {
            true => format!("; and {} more", columns.len() - MOST_COLUMNS),
            false => String::new(),
        };
        text.line(format_args!("{begin}: {}{more}.", told.join("; ")));
    }
    for remark in &file.remarks {
        text.line(format_args!("  {remark}"));
    }
}

fn tell_site(text: &mut Text, site: &SiteOverTime) {
    text.line(format_args!("  {}  {}", rates(site), site.place));
    let callers = site
        .stack
        .iter()
        .skip_while(|frame| !frame.place.is_like(&site.place))
        .skip(1);
    for frame in callers.take(MOST_CALLS) {
        text.line(format_args!("      called by {}", frame.place));
    }
}

/// The rates at which a site grows: by the second, by the mark, or both.
pub(super) fn rates(site: &SiteOverTime) -> String {
    let by_second = (site.judged.shape == Shape::Growing)
        .then(|| format!("{} a second", amount(site.measure, site.judged.slope)));
    let by_mark = site.per_mark.as_ref().map(|mark| {
        format!(
            "{} a \u{201c}{}\u{201d}",
            amount(site.measure, mark.slope),
            mark.text
        )
    });
    let rates: Vec<String> = by_second.into_iter().chain(by_mark).collect();
    rates.join(", ")
}

/// What was measured, and what was found of it: by the second, or by the marks. What is nothing all along is left out.
pub(super) fn series(summary: &RecordSummary, by_marks: bool) -> Table {
    let per = match summary.series.iter().find_map(|one| one.mark.as_ref()) {
        Some(mark) if by_marks => format!("a \u{201c}{mark}\u{201d}"),
        _ => summary.axis.per().to_owned(),
    };
    let mut table = Table::new(&[
        ("", Align::Left),
        ("first", Align::Right),
        ("last", Align::Right),
        ("shape", Align::Left),
        (&per, Align::Right),
        ("seen from", Align::Right),
    ]);
    let wanted = summary.series.iter();
    let wanted = wanted.filter(|one| one.mark.is_some() == by_marks && one.judged.max > 0);
    let mut group = None;
    for one in wanted {
        if one.group != group {
            table.heading(one.group.as_deref().unwrap_or(""));
            group.clone_from(&one.group);
        }
        let Judged {
            first,
            last,
            shape,
            slope,
            minimum_detectable_effect,
            samples,
            ..
        } = &one.judged;
        let value = |value: f64| amount(one.measure, value);
        let is_short = *samples < FEWEST_SAMPLES && *shape == Shape::Inconclusive;
        table.row([
            named(one),
            value(one.in_unit(*first)),
            value(one.in_unit(*last)),
            match is_short {
                true => "too few".to_owned(),
                false => words(shape.name()),
            },
            value(*slope),
            minimum_detectable_effect.map_or_else(String::new, value),
        ]);
    }
    table
}

fn named(one: &SeriesOverTime) -> String {
    let words = one.words().trim_end_matches(" memory");
    match one.whose {
        Whose::All if one.piece.is_some() => {
            format!("{words}, part {}", one.piece.unwrap_or_default())
        }
        Whose::All => words.to_owned(),
        Whose::Main => format!("{words}, own"),
        Whose::Started => format!("{words}, started"),
    }
}

/// The processes with the most memory.
pub(super) fn processes(summary: &RecordSummary, most: usize, letters: usize) -> Table {
    let mut table = Table::new(&[
        ("process", Align::Right),
        ("command", Align::Left),
        ("from", Align::Right),
        ("to", Align::Right),
        ("RSS most", Align::Right),
        ("shape", Align::Left),
        ("a second", Align::Right),
    ]);
    for one in summary.processes.iter().take(most) {
        let command: String = one.command.chars().take(letters).collect();
        table.row([
            one.pid.to_string(),
            command,
            seconds(one.from_seconds),
            seconds(one.to_seconds),
            one.resident_peak_bytes
                .map_or_else(String::new, |peak| bytes(peak as f64)),
            one.shape
                .map_or_else(String::new, |shape| words(shape.name())),
            one.bytes_per_second.map_or_else(String::new, bytes),
        ]);
    }
    table
}

fn amount(measure: Measure, value: f64) -> String {
    match measure.is_bytes() {
        true => bytes(value),
        false => figure(value),
    }
}
