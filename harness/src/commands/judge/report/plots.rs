//! The plots: memory over time with the marks, by process, by call site, and what else moves.

use super::of_all;
use crate::commands::judge::read::Reading;
use crate::report::chart::{Across, Chart, Curve, LAYERS, Values, WITH_ZONES};
use crate::report::lines::range;
use harness_judge::over_time::{Decides, Evidence, Point, Track};
use harness_model::Shape;
use harness_model::record::{Axis, Measure, RecordSummary, Whose};
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
const MEMORY: [(Measure, RGBColor); 7] = [
    (Measure::Resident, LAYERS[3]),
    (Measure::Proportional, LAYERS[1]),
    (Measure::Unique, LAYERS[4]),
    (Measure::Anonymous, LAYERS[2]),
    (Measure::Heap, LAYERS[0]),
    (Measure::Gpu, LAYERS[5]),
    (Measure::Swap, LAYERS[6]),
];

/// Groups that have plots of their own, and series with names of their own that have one.
const MOST_GROUPS: usize = 8;
const MOST_NAMED: usize = 6;

/// All of them.
pub(super) fn charts(summary: &RecordSummary, reading: &Reading) -> Vec<Chart> {
    let mut charts = Vec::new();
    for (number, group) in groups(reading).iter().enumerate().take(MOST_GROUPS) {
        let time = Time::of(reading.axis, &group.evidence);
        let mut own = Vec::new();
        own.extend(memory(summary, group, &time));
        own.extend(processes(reading, &group.evidence, &time));
        own.extend(sites(&group.evidence, &time));
        let things = [
            Measure::HeapBlocks,
            Measure::Descriptors,
            Measure::Threads,
            Measure::Processes,
        ];
        own.extend(
            things
                .into_iter()
                .filter(|one| *one != Measure::HeapBlocks || reading.file.is_some())
                .filter_map(|one| things_of(&group.evidence, one, &time)),
        );
        own.extend(named_of(summary, group, &time));
        if number > 0 {
            own.iter_mut()
                .for_each(|chart| chart.name = format!("{}-{}", chart.name, number + 1));
        }
        if !group.name.is_empty() {
            own.iter_mut()
                .for_each(|chart| chart.title = format!("{}: {}", chart.title, group.name));
        }
        charts.append(&mut own);
    }
    charts
}

/// A group with all of its stretches, one behind the other.
struct Whole {
    name: String,
    evidence: Evidence,
    /// Where it began anew.
    joints: Vec<f64>,
}

fn groups(reading: &Reading) -> Vec<Whole> {
    let mut groups: Vec<Whole> = Vec::new();
    for part in &reading.parts {
        let Some(known) = groups.iter_mut().find(|known| known.name == part.group) else {
            groups.push(Whole {
                name: part.group.clone(),
                evidence: part.evidence.clone(),
                joints: Vec::new(),
            });
            continue;
        };
        let ends = known
            .evidence
            .tracks
            .iter()
            .filter_map(|track| track.points.last());
        let end = ends.map(|point| point.at).fold(0.0, f64::max);
        known.joints.push(end);
        let later = |points: &[Point]| -> Vec<Point> {
            let later = points.iter().map(|point| Point {
                at: point.at + end,
                value: point.value,
            });
            later.collect()
        };
        for track in &part.evidence.tracks {
            let same =
                |known: &&mut Track| (known.measure, &known.name) == (track.measure, &track.name);
            match known.evidence.tracks.iter_mut().find(same) {
                Some(known) => {
                    known.points.extend(later(&track.points));
                    known.peaks.extend(later(&track.peaks));
                }
                None => known.evidence.tracks.push(Track {
                    points: later(&track.points),
                    peaks: later(&track.peaks),
                    ..track.clone()
                }),
            }
        }
    }
    groups
}

/// The points of a track with the peaks between them.
fn drawn(track: &Track) -> Vec<Point> {
    if track.peaks.is_empty() {
        return track.points.clone();
    }
    let mut all: Vec<Point> = track.points.iter().chain(&track.peaks).copied().collect();
    all.sort_by(|a, b| a.at.total_cmp(&b.at));
    all
}

/// Series with names of their own that decide, or that grow.
fn named_of(summary: &RecordSummary, group: &Whole, time: &Time) -> Vec<Chart> {
    let decides = |track: &Track| {
        let file = summary.file.as_ref();
        let columns = file.map_or(&[][..], |file| &file.columns);
        columns
            .iter()
            .any(|column| column.decides && Some(&column.name) == track.name.as_ref())
    };
    let only_these = !group
        .evidence
        .tracks
        .iter()
        .any(|track| !track.measure.is_other());
    let tracks = group.evidence.tracks.iter().filter(|track| {
        track.measure.is_other()
            && (only_these || decides(track) || grows(summary, group, track))
            && track.decides != Decides::Never
    });
    let chart = |(number, track): (usize, &Track)| {
        let points: Vec<(f64, f64)> = drawn(track)
            .iter()
            .map(|point| (point.at / time.unit, point.value as f64 / track.scale))
            .collect();
        let last = points.last()?.1;
        let said = match track.measure.is_bytes() {
            true => bytes(last),
            false => figure(last),
        };
        let name = track.words();
        let curves = vec![Curve {
            name: name.to_owned(),
            label: format!("{name}: {said} at the end"),
            end: said,
            colour: WITH_ZONES,
            points,
        }];
        let least = if track.measure.is_bytes() {
            LEAST_SPAN
        } else {
            1e-6
        };
        Some(Chart {
            name: format!("series-{}", number + 1),
            title: format!("{name} over {}", time.over),
            subtitle: "as it was measured".to_owned(),
            range: range(&curves, 0.0, least, None),
            curves,
            stacked: false,
            values: match track.measure.is_bytes() {
                true => Values::Bytes,
                false => Values::Count(""),
            },
            across: time.across(0.0, group.joints.clone()),
        })
    };
    tracks
        .take(MOST_NAMED)
        .enumerate()
        .filter_map(chart)
        .collect()
}

fn grows(summary: &RecordSummary, group: &Whole, track: &Track) -> bool {
    summary.series.iter().any(|one| {
        one.judged.shape == Shape::Growing
            && (one.measure, &one.name) == (track.measure, &track.name)
            && one.group.as_deref().unwrap_or("") == group.name
    })
}

/// The axis: its unit, and where the recording lies on it.
struct Time {
    unit: f64,
    name: &'static str,
    /// What a title says that it goes over.
    over: &'static str,
    place: fn(&str) -> String,
    last: f64,
}

impl Time {
    fn of(axis: Axis, evidence: &Evidence) -> Time {
        let ends = evidence
            .tracks
            .iter()
            .filter_map(|track| track.points.last());
        let last = ends.map(|point| point.at).fold(0.0, f64::max);
        let (unit, name, place): (f64, _, fn(&str) -> String) = match axis {
            Axis::Iterations => (1.0, "iteration", |number| format!("iteration {number}")),
            Axis::Samples => (1.0, "sample", |number| format!("sample {number}")),
            Axis::Seconds if last > 36_000.0 => {
                (3_600.0, "hours", |number| format!("after {number} h"))
            }
            Axis::Seconds if last > 900.0 => {
                (60.0, "minutes", |number| format!("after {number} min"))
            }
            Axis::Seconds => (1.0, "seconds", |number| format!("after {number} s")),
        };
        Time {
            unit,
            name,
            over: match axis {
                Axis::Seconds => "time",
                Axis::Iterations => "iterations",
                Axis::Samples => "samples",
            },
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

/// The same with the peaks between them.
fn all_of(evidence: &Evidence, measure: Measure) -> Option<Vec<Point>> {
    let mut tracks = evidence.tracks.iter();
    let track = tracks.find(|track| track.measure == measure && track.whose == Whose::All)?;
    Some(drawn(track))
}

fn of_all_processes(evidence: &Evidence, measure: Measure) -> Option<&[Point]> {
    let mut tracks = evidence.tracks.iter();
    let track = tracks.find(|track| track.measure == measure && track.whose == Whose::All)?;
    (!track.points.is_empty()).then_some(track.points.as_slice())
}

fn memory(summary: &RecordSummary, group: &Whole, time: &Time) -> Option<Chart> {
    let evidence = &group.evidence;
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
                points: time.line(&all_of(evidence, measure)?),
            })
        })
        .collect();
    if curves.is_empty() {
        return None;
    }
    let shown = [Measure::Heap, Measure::Anonymous, Measure::Resident];
    let warm_up = shown
        .into_iter()
        .filter(|_| group.joints.is_empty())
        .find_map(|measure| {
            let mut of_group =
                of_all(summary).filter(|one| one.group.as_deref().unwrap_or("") == group.name);
            let series = of_group.find(|one| one.measure == measure)?;
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
        0 if !group.joints.is_empty() => "the strokes at the foot: it began anew",
        0 if summary.file.is_some() => "as it was measured",
        0 | 1 => "one process",
        _ => "all processes together",
    };
    let strokes: Vec<f64> = strokes.into_iter().chain(group.joints.clone()).collect();
    Some(Chart {
        name: "memory".to_owned(),
        title: format!("Memory over {}", time.over),
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

fn processes(reading: &Reading, evidence: &Evidence, time: &Time) -> Option<Chart> {
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
    let at = of_all_processes(evidence, Measure::Resident)?;
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
        title: format!(
            "{}{} over {}",
            words[..1].to_uppercase(),
            &words[1..],
            time.over
        ),
        subtitle: "all of them together".to_owned(),
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
