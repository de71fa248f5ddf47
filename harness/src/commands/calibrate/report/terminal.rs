//! A row for each kind of healthy program and for each curve of detection, and the verdict.

use crate::commands::calibrate::summary::{CalibrationSummary, Detection, Healthy, PlantedIn};
use crate::commands::calibrate::verdict::place;
use crate::report::table::{Align, Table};
use harness_model::Shape;
use harness_model::units::{count, figure};
use printable::Text;

const HEALTHY: [(&str, Align); 11] = [
    ("healthy programs", Align::Left),
    ("programs", Align::Right),
    ("series", Align::Right),
    ("growing", Align::Right),
    ("below", Align::Right),
    ("flat", Align::Right),
    ("one-off", Align::Right),
    ("saturating", Align::Right),
    ("slowing", Align::Right),
    ("sawtooth", Align::Right),
    ("inconclusive", Align::Right),
];

const LEAKS: [(&str, Align); 5] = [
    ("simulated leaks", Align::Left),
    ("leaks", Align::Right),
    ("found", Align::Right),
    ("left open", Align::Right),
    ("called healthy", Align::Right),
];

const PLANTED: [(&str, Align); 4] = [
    ("leaks found", Align::Left),
    ("iterations", Align::Right),
    ("half from", Align::Right),
    ("99 of 100 from", Align::Right),
];

/// The whole of it. There are no colours in it.
pub(crate) fn terminal(summary: &CalibrationSummary) -> Text {
    let mut text = Text::new();
    text.block(&healthy(summary).render());
    if !summary.leaks.is_empty() {
        text.block(&leaks(summary).render());
    }
    text.block(&planted(summary).render());
    for promise in &summary.promises {
        text.line(format_args!(
            "{} of {} times {}.",
            count(promise.kept),
            count(promise.tried),
            promise.claim
        ));
    }
    for failed in &summary.verdict.failed {
        text.line(format_args!("FAIL  {failed}"));
    }
    for doubt in &summary.verdict.doubts {
        text.line(format_args!("INCONCLUSIVE  {doubt}"));
    }
    text.line("");
    text.line(&summary.verdict.sentence);
    text
}

/// What healthy programs were taken for, a row for each kind.
pub(super) fn healthy(summary: &CalibrationSummary) -> Table {
    let mut table = Table::new(&HEALTHY);
    for row in &summary.healthy {
        table.row(healthy_row(row));
    }
    table
}

/// From where on leaks are found, a row for each length of run.
pub(super) fn planted(summary: &CalibrationSummary) -> Table {
    let mut table = Table::new(&PLANTED);
    for row in &summary.detection {
        table.row(planted_row(row));
    }
    table
}

/// What simulated leaks were taken for, a row for each kind.
pub(super) fn leaks(summary: &CalibrationSummary) -> Table {
    let mut table = Table::new(&LEAKS);
    for row in &summary.leaks {
        let percent = |part: u64| {
            let share = part as f64 / row.leaks.max(1) as f64;
            format!("{}%", figure((share * 1_000.0).round() / 10.0))
        };
        table.row([
            row.kind.clone(),
            count(row.leaks),
            percent(row.found),
            percent(row.open),
            percent(row.wrong),
        ]);
    }
    table
}

/// The power: a row for each kind of leak and length of run, a column for each strength.
pub(super) fn power(summary: &CalibrationSummary) -> Table {
    let strengths = summary.power.first().map(|row| &*row.points);
    let mut columns = vec![("leaks found", Align::Left), ("iterations", Align::Right)];
    let names: Vec<String> = strengths
        .into_iter()
        .flatten()
        .map(|point| format!("at {} deviations", figure(point.rate)))
        .collect();
    columns.extend(names.iter().map(|name| (&**name, Align::Right)));
    let mut table = Table::new(&columns);
    for row in &summary.power {
        let shares = row.points.iter();
        let shares = shares.map(|point| format!("{}%", figure((point.share() * 100.0).round())));
        table.row(
            [row.kind.clone(), count(row.iterations)]
                .into_iter()
                .chain(shares),
        );
    }
    table
}

fn healthy_row(row: &Healthy) -> [String; HEALTHY.len()] {
    let of = |shape: Shape| count(row.shapes.get(shape.name()).copied().unwrap_or(0));
    let real = if row.real { "real: " } else { "" };
    let late = if row.late { ", ends late" } else { "" };
    [
        format!("{real}{}{late}", row.kind),
        count(row.programs),
        count(row.series),
        of(Shape::Growing),
        // Rounded up: it is a bound.
        format!("{}%", figure((row.bound * 10_000.0).ceil() / 100.0)),
        of(Shape::Flat),
        of(Shape::OneOff),
        of(Shape::Saturating),
        of(Shape::Slowing),
        of(Shape::Sawtooth),
        of(Shape::Inconclusive),
    ]
}

fn planted_row(row: &Detection) -> [String; PLANTED.len()] {
    let rate = |rate: Option<f64>| rate.map_or("\u{2013}".to_owned(), |rate| said(row, rate));
    [
        place(row.planted_in).to_owned(),
        count(row.iterations),
        rate(row.half),
        rate(row.surely),
    ]
}

/// A rate in words: bytes that are kept one by one are told by how often.
fn said(row: &Detection, rate: f64) -> String {
    match row.planted_in {
        PlantedIn::ResidentSet => format!("{} B an iteration", count(rate.round() as u64)),
        PlantedIn::Counters | PlantedIn::CountersAtRandom => {
            let every = 1.0 / rate;
            if every <= 1.0 {
                "1 B an iteration".to_owned()
            } else {
                format!("1 B in {} iterations", figure(every))
            }
        }
    }
}
