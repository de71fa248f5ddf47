//! The plots: memory over time with the marks, by process, by call site, and what else moves.

use super::of_all;
use crate::commands::judge::read::Reading;
use crate::report::chart::{Across, Chart, Curve, LAYERS, Values, WITH_ZONES};
use crate::report::lines::range;
use harness_judge::over_time::{Evidence, Point};
use harness_model::record::{Measure, RecordSummary, Whose};
use harness_model::units::{bytes, count, figure};
use plotters::style::RGBColor;
use std::collections::BTreeMap;

/// The least span of a plot of bytes: less is a line.
const LEAST_SPAN: f64 = 64.0 * 1024.0;
/// Layers of a stack but for the one of all others.
const MOST_LAYERS: usize = 6;
/// More marks than this are no strokes any more.
const MOST_MARKS: usize = 200;

/// What is drawn of memory, from the greatest to the least.
const MEMORY: [(Measure, RGBColor); 6] = [
    (Measure::Resident, LAYERS[3]),
    (Measure::Proportional, LAYERS[1]),
    (Measure::Unique, LAYERS[4]),
    (Measure::Anonymous, LAYERS[2]),
    (Measure::Heap, LAYERS[0]),
    (Measure::Gpu, LAYERS[5]),
];

/// All of them.
pub(super) fn charts(summary: &RecordSummary, reading: &Reading) -> Vec<Chart> {
    let evidence = &reading.evidence;
    let time = Time::of(evidence);
    let mut charts = Vec::new();
    charts.extend(memory(summary, evidence, &time));
    charts.extend(processes(reading, &time));
    charts.extend(sites(evidence, &time));
    let things = [Measure::Descriptors, Measure::Threads, Measure::Processes];
    charts.extend(
        things
            .into_iter()
            .filter_map(|one| things_of(evidence, one, &time)),
    );
    charts
}

/// The axis of time: its unit, and where the recording lies on it.
struct Time {
    unit: f64,
    name: &'static str,
    place: fn(&str) -> String,
    last: f64,
}

impl Time {
    fn of(evidence: &Evidence) -> Time {
        let ends = evidence
            .tracks
            .iter()
            .filter_map(|track| track.points.last());
        let last = ends.map(|point| point.at).fold(0.0, f64::max);
        let (unit, name, place): (f64, _, fn(&str) -> String) = if last > 36_000.0 {
            (3_600.0, "hours", |number| format!("after {number} h"))
        } else if last > 900.0 {
            (60.0, "minutes", |number| format!("after {number} min"))
        } else {
            (1.0, "seconds", |number| format!("after {number} s"))
        };
        Time {
            unit,
            name,
            place,
            last: last / unit,
        }
    }

    fn line(&self, points: &[Point]) -> Vec<(f64, f64)> {
        points
            .iter()
            .map(|point| (point.at / self.unit, point.value as f64))
            .collect()
    }

    fn across(&self, warm_up: f64, marks: Vec<f64>) -> Across {
        Across {
            name: self.name,
            place: self.place,
            marks: marks.into_iter().map(|at| at / self.unit).collect(),
            ..Across::iterations(warm_up / self.unit, self.last)
        }
    }
}

fn of_all_processes(evidence: &Evidence, measure: Measure) -> Option<&[Point]> {
    let mut tracks = evidence.tracks.iter();
    let track = tracks.find(|track| track.measure == measure && track.whose == Whose::All)?;
    (!track.points.is_empty()).then_some(track.points.as_slice())
}

fn memory(summary: &RecordSummary, evidence: &Evidence, time: &Time) -> Option<Chart> {
    let curves: Vec<Curve> = MEMORY
        .into_iter()
        .filter_map(|(measure, colour)| {
            let points = of_all_processes(evidence, measure)?;
            let last = points.last()?.value as f64;
            Some(Curve {
                name: measure.words().to_owned(),
                label: format!("{}: {}", measure.words(), bytes(last)),
                end: bytes(last),
                colour,
                points: time.line(points),
            })
        })
        .collect();
    if curves.is_empty() {
        return None;
    }
    let shown = [Measure::Heap, Measure::Anonymous, Measure::Resident];
    let warm_up = shown.into_iter().find_map(|measure| {
        let series = of_all(summary).find(|one| one.measure == measure)?;
        Some(of_all_processes(evidence, measure)?.first()?.at + series.judged.warm_up)
    });
    let strokes: Vec<f64> = evidence
        .marks
        .iter()
        .flat_map(|marks| marks.points.iter().map(|point| point.at))
        .collect();
    let marks = match evidence.marks.first() {
        None => String::new(),
        Some(most) => {
            let strokes = match strokes.len() <= MOST_MARKS {
                true => ", the strokes at the foot",
                false => "",
            };
            format!(
                "; {} marks \u{201c}{}\u{201d}{strokes}",
                count(most.count()),
                most.text
            )
        }
    };
    let processes = match evidence.processes.len() {
        0 | 1 => "one process",
        _ => "all processes together",
    };
    Some(Chart {
        name: "memory".to_owned(),
        title: "Memory over time".to_owned(),
        subtitle: format!("{processes}{marks}"),
        range: range(&curves, 0.0, LEAST_SPAN, Some(0.0)),
        curves,
        stacked: false,
        values: Values::Bytes,
        across: time.across(
            warm_up.filter(|at| *at > 0.05 * time.unit).unwrap_or(0.0),
            match strokes.len() <= MOST_MARKS {
                true => strokes,
                false => Vec::new(),
            },
        ),
    })
}

fn processes(reading: &Reading, time: &Time) -> Option<Chart> {
    if reading.resident.len() < 2 {
        return None;
    }
    let layers: Vec<(String, Vec<Point>)> = reading
        .resident
        .iter()
        .map(|(pid, points)| {
            let mut known = reading.processes.iter();
            let command = known.find(|one| one.pid == *pid);
            let command = command.map_or("", |one| one.command.as_str());
            (format!("{pid} {}", short(command)), points.clone())
        })
        .collect();
    let at = of_all_processes(&reading.evidence, Measure::Resident)?;
    let subtitle =
        "RSS, one layer upon the other: pages that several share count for each".to_owned();
    stack(
        "processes",
        "Resident memory by process",
        subtitle,
        at,
        layers,
        time,
    )
}

fn sites(evidence: &Evidence, time: &Time) -> Option<Chart> {
    // Several stacks that end in one line are one layer.
    let mut by_place: BTreeMap<String, Vec<Point>> = BTreeMap::new();
    for site in evidence
        .sites
        .iter()
        .filter(|one| one.measure == Measure::Heap)
    {
        let sums = by_place.entry(site.place.to_string()).or_default();
        if sums.is_empty() {
            sums.clone_from(&site.bytes);
            continue;
        }
        for (sum, more) in sums.iter_mut().zip(&site.bytes) {
            sum.value = sum.value.saturating_add(more.value);
        }
    }
    let mut layers: Vec<(String, Vec<Point>)> = by_place.into_iter().collect();
    let most = |layer: &(String, Vec<Point>)| {
        let values = layer.1.iter().map(|point| point.value);
        let first = layer.1.first().map_or(0, |first| first.value);
        std::cmp::Reverse(values.max().unwrap_or(0).saturating_sub(first))
    };
    layers.sort_by_key(most);
    let at = layers.first()?.1.clone();
    let subtitle = "live bytes, those that gained the most at the bottom".to_owned();
    stack(
        "sites",
        "Live heap by call site",
        subtitle,
        &at,
        layers,
        time,
    )
}

/// Layers over the same places; those beyond the first few are one.
fn stack(
    name: &str,
    title: &str,
    subtitle: String,
    at: &[Point],
    layers: Vec<(String, Vec<Point>)>,
    time: &Time,
) -> Option<Chart> {
    let value = |points: &[Point], place: f64| {
        let found = points.binary_search_by(|point| point.at.total_cmp(&place));
        found.map_or(0.0, |found| points[found].value as f64)
    };
    let mut named: Vec<(String, Vec<f64>)> = Vec::new();
    for (layer, points) in layers {
        let values = at.iter().map(|place| value(&points, place.at));
        if named.len() <= MOST_LAYERS {
            let is_rest = named.len() == MOST_LAYERS;
            let layer = if is_rest {
                "all others".to_owned()
            } else {
                layer
            };
            named.push((layer, values.collect()));
        } else {
            let rest = &mut named[MOST_LAYERS].1;
            rest.iter_mut()
                .zip(values)
                .for_each(|(sum, more)| *sum += more);
        }
    }
    let top = (0..at.len())
        .map(|place| named.iter().map(|(_, values)| values[place]).sum())
        .fold(0.0, f64::max);
    let curves = named
        .into_iter()
        .enumerate()
        .map(|(number, (layer, values))| {
            let last = values.last().copied().unwrap_or(0.0);
            let places = at.iter().map(|place| place.at / time.unit);
            Curve {
                label: format!("{layer}: {}", bytes(last)),
                end: bytes(last),
                name: layer,
                colour: LAYERS[number],
                points: places.zip(values).collect(),
            }
        });
    Some(Chart {
        name: name.to_owned(),
        title: title.to_owned(),
        subtitle,
        curves: curves.collect(),
        stacked: true,
        values: Values::Bytes,
        across: time.across(0.0, Vec::new()),
        range: (0.0, top.max(1.0) * 1.05),
    })
}

/// What is counted and changes.
fn things_of(evidence: &Evidence, measure: Measure, time: &Time) -> Option<Chart> {
    let points = of_all_processes(evidence, measure)?;
    let last = points.last()?.value;
    if points.iter().all(|point| point.value == last) {
        return None;
    }
    let words = measure.words();
    let curves = vec![Curve {
        name: words.to_owned(),
        label: format!("{words}: {} at the end", count(last)),
        end: figure(last as f64),
        colour: WITH_ZONES,
        points: time.line(points),
    }];
    Some(Chart {
        name: words.to_owned(),
        title: format!("{}{} over time", words[..1].to_uppercase(), &words[1..]),
        subtitle: "all processes together".to_owned(),
        range: range(&curves, 0.0, 4.0, Some(0.0)),
        curves,
        stacked: false,
        values: Values::Count(words),
        across: time.across(0.0, Vec::new()),
    })
}

/// The beginning of a command line, for a legend.
fn short(command: &str) -> String {
    match command.char_indices().nth(40) {
        Some((end, _)) => format!("{}\u{2026}", &command[..end]),
        None => command.to_owned(),
    }
}
