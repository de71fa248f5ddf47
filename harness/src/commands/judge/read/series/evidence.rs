//! What was read as the judge wants it: a part for each group, and each stretch of it.

use super::asked::Asked;
use super::columns::columns;
use super::cycles::{in_strides, period};
use super::gather::Piece;
use super::plan::{Plan, SeriesPlan};
use super::remarks::Remark;
use super::room;
use super::table::{BETWEEN, Understood};
use super::thinned::Thinned;
use crate::commands::judge::read::Reading;
use harness_judge::over_time::{Decides, Evidence, FEWEST_SAMPLES, Part, Point, Track};
use harness_model::record::{Axis, FileRead, Measure, Recorded, Whose};
use harness_model::units::count;

/// A stretch without samples is told, and left out of the time that is judged, where it is so many usual steps long, and
/// such a share of the whole.
const GAP: f64 = 20.0;
const GAP_SHARE: f64 = 0.05;
/// What falls to less than this share of what it was, and only counts, began anew.
const ANEW: f64 = 0.5;
/// Exact counts that tell something: what is kept shows in each quarter of them.
const FEWEST_COUNTS: usize = 9;
/// A series with fewer points than one in so many of the longest decides nothing.
const SPARSE: usize = 4;
/// Rows in which a cycle is looked for.
const LOOKED_AT: usize = 4_096;

/// A series of a stretch.
struct Course<'p> {
    plan: &'p SeriesPlan,
    points: Vec<Point>,
    peaks: Vec<Point>,
    stride: u64,
}

/// A stretch of a group.
struct Stretch<'p> {
    group: String,
    line: u64,
    rows: u64,
    warm_up: Option<f64>,
    seconds: Option<(f64, f64)>,
    courses: Vec<Course<'p>>,
}

/// What was read, to be judged.
pub(super) fn reading(mut read: Understood, form: &str, shown: &str, asked: &Asked) -> Reading {
    let gathered = std::mem::take(&mut read.gathered);
    let plan = &read.plan;
    let mut dropped = 0;
    let mut stretches: Vec<Stretch<'_>> = Vec::new();
    for group in &gathered.groups {
        dropped += group.dropped;
        for piece in &group.pieces {
            stretches.push(stretch(&group.name, piece, plan));
        }
    }
    if plan.pivot.is_some() {
        stretches = merged(stretches);
    }
    stretches.sort_by_key(|one| one.line);
    let mut groups: Vec<String> = Vec::new();
    for one in &stretches {
        if !groups.contains(&one.group) {
            groups.push(one.group.clone());
        }
    }
    stretches.sort_by_key(|one| groups.iter().position(|group| *group == one.group));
    let is_one = groups.len() == 1;
    let mut notes: Vec<String> = Vec::new();
    let mut parts: Vec<Part> = Vec::new();
    for one in &stretches {
        let of_group: Vec<&Stretch<'_>> = stretches
            .iter()
            .filter(|other| other.group == one.group)
            .collect();
        let number = of_group
            .iter()
            .position(|other| std::ptr::eq(*other, one))
            .map(|at| at as u32 + 1);
        let group = if is_one {
            String::new()
        } else {
            one.group.clone()
        };
        parts.push(Part {
            piece: number.filter(|_| of_group.len() > 1),
            rows: one.rows,
            may_grow: asked.may_grow.contains(&group),
            evidence: evidence(one, plan, asked, &mut notes),
            group,
        });
    }
    if dropped > 0 {
        read.remarks.say(format!(
            "There are more stretches than are told apart: the {dropped} shortest were left out."
        ));
    }
    for wanted in asked
        .may_grow
        .iter()
        .filter(|wanted| !groups.contains(wanted))
    {
        read.remarks.say(format!(
            "There is no {}: these there are: {}.",
            printable::Line(wanted),
            groups
                .iter()
                .map(|group| printable::Line(group).to_string())
                .collect::<Vec<_>>()
                .join(", ")
        ));
    }
    let mut remarks = read.remarks.sentences();
    remarks.extend(notes);
    let bad = read.remarks.bad_rows();
    let seconds = |one: &Stretch<'_>| match plan.axis() {
        Axis::Seconds => {
            let ends = one
                .courses
                .iter()
                .filter_map(|one| Some((one.points.first()?.at, one.points.last()?.at)));
            ends.map(|(from, to)| to - from).fold(0.0, f64::max)
        }
        _ => one.seconds.map_or(0.0, |(from, to)| to - from),
    };
    let file = FileRead {
        form: form.to_owned(),
        rows: read.rows,
        bad_rows: bad,
        along: plan.axes.words(&plan.names),
        columns: columns(plan),
        groups: if is_one { Vec::new() } else { groups },
        pieces: Vec::new(),
        remarks: remarks.clone(),
    };
    // What was left out may have been what was looked for.
    let of_note = [
        Remark::NoPlace,
        Remark::Fields,
        Remark::NoJson,
        Remark::Quote,
        Remark::GroupTooMany,
    ];
    let missed: u64 = of_note
        .iter()
        .map(|remark| read.remarks.count(*remark))
        .sum();
    if missed > 0 {
        let said = format!(
            "{} of {} rows could not be read",
            count(missed),
            count(read.rows + missed)
        );
        let is_much = missed * 4 > read.rows + missed;
        for part in &mut parts {
            match is_much {
                true => part.evidence.doubts.push(said.clone()),
                false => part.evidence.blind_spots.push(format!("{said}.")),
            }
        }
    }
    Reading {
        recorded: Recorded {
            command: vec![shown.to_owned()],
            seconds: stretches.iter().map(seconds).fold(0.0, f64::max),
            samples: read.rows,
            ..Recorded::default()
        },
        axis: plan.axis(),
        file: Some(file),
        lines: stretches.iter().map(|one| one.line).collect(),
        parts,
        ..Reading::default()
    }
}

fn stretch<'p>(group: &str, piece: &Piece, plan: &'p Plan) -> Stretch<'p> {
    let of_pivot = |name: &str| {
        let metric = name.rsplit(BETWEEN).next().unwrap_or(name);
        plan.series.iter().find(|series| series.name == metric)
    };
    let course = |series: &Thinned, plan_of: &'p SeriesPlan| {
        let is_exact = plan.axis() == Axis::Iterations && plan_of.may_be_exact;
        Course {
            plan: plan_of,
            points: series.points(is_exact),
            peaks: series.peaks(),
            stride: series.stride(),
        }
    };
    let courses = match plan.pivot {
        Some(_) => {
            let of_it = of_pivot(group).zip(piece.series.first());
            of_it
                .map(|(plan, series)| course(series, plan))
                .into_iter()
                .collect()
        }
        None => {
            let both = piece.series.iter().zip(&plan.series);
            both.filter(|(series, _)| !series.is_empty())
                .map(|(series, plan)| course(series, plan))
                .collect()
        }
    };
    let group = match plan.pivot {
        Some(_) => group.rsplit_once(BETWEEN).map_or(group, |parts| parts.0),
        None => group,
    };
    Stretch {
        group: group.to_owned(),
        line: piece.line,
        rows: piece.rows,
        warm_up: piece.warm_up,
        seconds: piece.seconds,
        courses,
    }
}

/// The measures of each group together, which were gathered apart; and apart where one of them shows that it began anew.
fn merged(stretches: Vec<Stretch<'_>>) -> Vec<Stretch<'_>> {
    let mut groups: Vec<Stretch<'_>> = Vec::new();
    for one in stretches {
        let Some(known) = groups.iter_mut().find(|known| known.group == one.group) else {
            groups.push(one);
            continue;
        };
        known.rows = known.rows.max(one.rows);
        known.line = known.line.min(one.line);
        for course in one.courses {
            match known
                .courses
                .iter_mut()
                .find(|known| known.plan.name == course.plan.name)
            {
                Some(known) => {
                    known.points.extend(course.points);
                    known.peaks.extend(course.peaks);
                }
                None => known.courses.push(course),
            }
        }
    }
    let mut all = Vec::new();
    for mut group in groups {
        group.courses.sort_by_key(|course| course.plan.rank);
        let mut cuts: Vec<f64> = group
            .courses
            .iter()
            .filter(|course| course.plan.only_rises)
            .flat_map(|course| course.points.windows(2))
            .filter(|pair| (pair[1].value as f64) < ANEW * pair[0].value as f64)
            .map(|pair| pair[1].at)
            .chain(
                group
                    .courses
                    .iter()
                    .filter(|course| {
                        course.plan.only_rises && course.plan.name.contains("start_time")
                    })
                    .flat_map(|course| {
                        let later = course.points.windows(2).filter(|pair| {
                            pair[1].value
                                > pair[0]
                                    .value
                                    .saturating_add((2.0 * course.plan.scale) as u64)
                        });
                        later.map(|pair| pair[1].at)
                    }),
            )
            .collect();
        cuts.sort_by(f64::total_cmp);
        // Two figures of one beginning are seen a scrape apart.
        let step = group
            .courses
            .iter()
            .filter_map(|course| usual_step(&course.points))
            .fold(0.0, f64::max);
        cuts.dedup_by(|a, b| *a - *b <= 2.0 * step);
        cuts.push(f64::INFINITY);
        let mut from = f64::NEG_INFINITY;
        for cut in cuts {
            let within = |points: &[Point]| -> Vec<Point> {
                points
                    .iter()
                    .copied()
                    .filter(|point| point.at >= from && point.at < cut)
                    .collect()
            };
            let courses: Vec<Course<'_>> = group
                .courses
                .iter()
                .map(|course| Course {
                    plan: course.plan,
                    points: within(&course.points),
                    peaks: within(&course.peaks),
                    stride: course.stride,
                })
                .filter(|course| !course.points.is_empty())
                .collect();
            from = cut;
            if courses.is_empty() {
                continue;
            }
            all.push(Stretch {
                group: group.group.clone(),
                line: group.line,
                rows: courses
                    .iter()
                    .map(|course| course.points.len() as u64)
                    .max()
                    .unwrap_or(0),
                warm_up: None,
                seconds: None,
                courses,
            });
        }
    }
    all
}

/// The step in the middle of all.
fn usual_step(points: &[Point]) -> Option<f64> {
    let mut steps: Vec<f64> = points
        .windows(2)
        .map(|pair| pair[1].at - pair[0].at)
        .collect();
    steps.sort_by(f64::total_cmp);
    steps.get(steps.len() / 2).copied()
}

fn evidence(one: &Stretch<'_>, plan: &Plan, asked: &Asked, notes: &mut Vec<String>) -> Evidence {
    let begins = one
        .courses
        .iter()
        .filter_map(|course| Some(course.points.first()?.at));
    let begins = begins.fold(f64::INFINITY, f64::min);
    let gaps = gaps(one, plan.axis());
    for (at, length) in &gaps {
        let whose = if one.group.is_empty() {
            String::new()
        } else {
            format!("\u{201c}{}\u{201d}: ", one.group)
        };
        notes.push(format!(
            "{whose}There is no sample for {}, {} after the first: that time is left out, as if the clock had stood still.",
            plan.axis().length(*length),
            plan.axis().length(at - begins)
        ));
    }
    let place = |point: &Point| {
        // Another series may have points in what is a gap of this one.
        let passed = |gap: &(f64, f64)| (point.at - gap.0).clamp(0.0, gap.1);
        let before: f64 = gaps.iter().map(passed).sum();
        Point {
            at: point.at - begins - before,
            value: point.value,
        }
    };
    let longest = one
        .courses
        .iter()
        .map(|course| course.points.len())
        .max()
        .unwrap_or(0);
    let cycle = cycle(one, plan, asked);
    let mut taken: Vec<Measure> = Vec::new();
    let mut tracks: Vec<Track> = Vec::new();
    for course in &one.courses {
        let series = course.plan;
        let mut measure = series.measure;
        // Of two that measure the same the second has its own name.
        if !measure.is_other() && taken.contains(&measure) {
            measure = match measure.is_bytes() {
                true => Measure::OtherBytes,
                false => Measure::Other,
            };
        }
        taken.push(measure);
        let is_exact =
            plan.axis() == Axis::Iterations && series.may_be_exact && series.measure == measure;
        tracks.push(Track {
            measure,
            whose: Whose::All,
            points: course.points.iter().map(place).collect(),
            name: Some(series.name.clone()),
            scale: series.scale,
            cycle: is_exact.then(|| in_strides(cycle, course.stride)),
            peaks: course.peaks.iter().map(place).collect(),
            // What is known here and there is told, and no more.
            decides: match course.points.len() * SPARSE < longest {
                true => Decides::Never,
                false => series.decides,
            },
        });
    }
    let known = one.courses.iter().filter_map(|course| {
        Some(room::Known {
            room: course.plan.room?,
            name: &course.plan.name,
            points: course.points.iter().map(place).collect(),
        })
    });
    let known: Vec<room::Known<'_>> = known.collect();
    if let Some((sentence, track)) = room::told(&known, &tracks) {
        tracks.extend(track);
        if !notes.contains(&sentence) {
            notes.push(sentence);
        }
    }
    let is_counted = tracks.iter().any(|track| track.cycle.is_some());
    let needed = if is_counted {
        FEWEST_COUNTS
    } else {
        FEWEST_SAMPLES as usize
    };
    let doubts = (longest < needed).then(|| {
        format!(
            "{longest} {} too few: {needed} are needed",
            if longest == 1 { "row is" } else { "rows are" }
        )
    });
    Evidence {
        axis: plan.axis(),
        doubts: doubts.into_iter().collect(),
        warm_up: asked.warm_up.or(one.warm_up.map(|at| at - begins)),
        tracks,
        blind_spots: Vec::new(),
        ..Evidence::default()
    }
}

/// Where nothing was measured for long: the place before it, and how much longer than usual it is.
fn gaps(one: &Stretch<'_>, axis: Axis) -> Vec<(f64, f64)> {
    let Some(longest) = one.courses.iter().max_by_key(|course| course.points.len()) else {
        return Vec::new();
    };
    let (Some(step), Axis::Seconds) = (usual_step(&longest.points), axis) else {
        return Vec::new();
    };
    let whole = longest
        .points
        .last()
        .map_or(0.0, |last| last.at - longest.points[0].at);
    let is_gap = |pair: &&[Point]| {
        let length = pair[1].at - pair[0].at;
        length > GAP * step && length > GAP_SHARE * whole && longest.points.len() > 16
    };
    let gaps = longest.points.windows(2).filter(is_gap);
    gaps.map(|pair| (pair[0].at, pair[1].at - pair[0].at - step))
        .collect()
}

/// Rows after which the inputs come round again: as the user says, or as a column does that counts what an iteration works
/// on. One where nothing says so.
fn cycle(one: &Stretch<'_>, plan: &Plan, asked: &Asked) -> u64 {
    if plan.axis() != Axis::Iterations {
        return 1;
    }
    let step = one
        .courses
        .iter()
        .find_map(|course| usual_step(&course.points))
        .unwrap_or(1.0);
    if let Some(cycle) = asked.cycle {
        let stride = one.courses.first().map_or(1, |course| course.stride);
        return ((cycle as f64 / step.max(1e-9)).round() as u64 * stride).max(1);
    }
    let after = one.warm_up.unwrap_or(f64::NEG_INFINITY);
    let values = |course: &Course<'_>| -> Vec<u64> {
        let measured = course.points.iter().filter(|point| point.at > after);
        measured.take(LOOKED_AT).map(|point| point.value).collect()
    };
    let mut courses: Vec<&Course<'_>> = one
        .courses
        .iter()
        .filter(|course| course.stride == 1)
        .collect();
    // What is no memory says it more surely.
    courses.sort_by_key(|course| course.plan.measure != Measure::Other);
    courses
        .iter()
        .find_map(|course| period(&values(course)))
        .unwrap_or(1)
}
