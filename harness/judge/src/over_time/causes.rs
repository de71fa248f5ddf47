//! What the evidence says of why something grows, and what moves and is no growth.

use super::beside::{beside, parts_of_it};
use super::drive::{Drive, drive};
use super::evidence::{Evidence, ProcessTrack, Track};
use super::rates::{along, amount, by_time, capital};
use harness_model::Shape;
use harness_model::record::{Axis, Judged, Measure, SeriesOverTime, Whose};

/// A warm-up below this is not worth a word, in seconds.
const WORTH_TELLING: f64 = 0.5;
/// A rise that came to an end is told from this share of the whole on.
const WORTH_NAMING: f64 = 0.01;
/// Processes that are named.
const MOST_NAMED: usize = 3;

/// What can be said of causes, a sentence each.
pub(super) fn causes(
    evidence: &Evidence,
    series: &[SeriesOverTime],
    processes: &[Option<Judged>],
    growing: &[&SeriesOverTime],
) -> Vec<String> {
    let mut causes = Vec::new();
    causes.extend(growing.first().and_then(|one| driven(evidence, one)));
    let memory_grows = growing.iter().any(|one| one.measure.is_bytes());
    if memory_grows {
        causes.extend(whose(evidence, series, processes, growing));
        causes.extend(beside_the_heap(evidence, series));
        causes.extend(parts_of_it(evidence.axis, series, growing));
        causes.extend(beside(evidence.axis, series, growing));
    }
    if let Some(more) = growing.iter().find(|one| one.measure == Measure::Processes) {
        causes.push(format!(
            "There are more and more processes, {} at the end: they are started and do not end.",
            more.judged.last
        ));
    }
    let is_memory_known = series.iter().any(|one| one.measure.is_bytes());
    if growing.iter().all(|one| !one.measure.is_bytes()) && !growing.is_empty() && is_memory_known {
        causes.push("Memory does not show it.".to_owned());
    }
    causes
}

/// Whether it goes with the marks or with the time.
fn driven(evidence: &Evidence, one: &SeriesOverTime) -> Option<String> {
    let marks = evidence.marks.first()?;
    let of_it = |track: &&Track| track.measure == one.measure && track.whose == Whose::All;
    let track = evidence.tracks.iter().find(of_it)?;
    let from = track.points.first()?.at
        + if one.mark.is_none() {
            one.judged.warm_up
        } else {
            0.0
        };
    let begins = track.points.partition_point(|point| point.at < from);
    let mark = &marks.text;
    Some(match drive(&track.points[begins..], marks)? {
        Drive::Marks => format!(
            "It goes with the marks \u{201c}{mark}\u{201d}, and not with the time: where there are none it stands still."
        ),
        Drive::Time => format!(
            "It goes with the time, and not with the marks \u{201c}{mark}\u{201d}: something else is done all along."
        ),
        Drive::Alike => format!(
            "The marks \u{201c}{mark}\u{201d} passed as the time did, so that nobody can tell which of the two it goes with."
        ),
    })
}

/// In which processes it grows.
fn whose(
    evidence: &Evidence,
    series: &[SeriesOverTime],
    processes: &[Option<Judged>],
    growing: &[&SeriesOverTime],
) -> Option<String> {
    if evidence.processes.len() < 2 {
        return None;
    }
    let measure = growing.iter().find(|one| one.measure.is_bytes())?.measure;
    let shape = |whose: Whose| {
        let of = |one: &&SeriesOverTime| {
            one.measure == measure && one.whose == whose && one.mark.is_none()
        };
        series.iter().find(of).map(|one| one.judged.shape)
    };
    let grown = evidence.processes.iter().zip(processes);
    let mut grown: Vec<(&ProcessTrack, &Judged)> = grown
        .filter_map(|(process, judged)| Some((process, judged.as_ref()?)))
        .filter(|(_, judged)| judged.shape == Shape::Growing)
        .collect();
    grown.sort_by(|a, b| b.1.slope.total_cmp(&a.1.slope));
    let names: Vec<String> = grown
        .iter()
        .filter(|(process, _)| !process.is_main)
        .take(MOST_NAMED)
        .map(|(process, judged)| {
            format!(
                "{} ({}): {}",
                process.pid,
                process.command,
                by_time(process.measure, judged.slope)
            )
        })
        .collect();
    let named = match names.is_empty() {
        true => String::new(),
        false => format!(" ({})", names.join("; ")),
    };
    let main_grows = shape(Whose::Main) == Some(Shape::Growing);
    let started_grow = shape(Whose::Started) == Some(Shape::Growing) || !names.is_empty();
    match (main_grows, started_grow) {
        (true, true) => Some(format!(
            "It grows in the command's own process, and in those that it started{named}."
        )),
        (true, false) => Some(
            "It grows in the command's own process, and not in those that it started.".to_owned(),
        ),
        (false, true) => Some(format!(
            "It grows in processes that the command started{named}, and not in its own."
        )),
        (false, false) => None,
    }
}

/// Memory that grows though what lives in the heap does not.
fn beside_the_heap(evidence: &Evidence, series: &[SeriesOverTime]) -> Option<String> {
    let of = |measure: Measure| {
        let of = |one: &&SeriesOverTime| {
            one.measure == measure && one.whose == Whose::All && one.mark.is_none()
        };
        series.iter().find(of)
    };
    let heap = of(Measure::Heap)?;
    let pages = [Measure::Anonymous, Measure::Unique, Measure::Resident];
    let pages = pages.into_iter().find_map(of)?;
    if evidence.partial_heap || pages.judged.shape != Shape::Growing {
        return None;
    }
    match heap.judged.shape {
        Shape::Growing if pages.judged.slope > 1.5 * heap.judged.slope.max(0.0) => {
            Some(format!(
                "{} grows by {}, more than live blocks do: the rest is what the allocator keeps between them, \
                 or what is taken without it.",
                capital(pages.words()),
                along(evidence.axis, pages.measure, pages.judged.slope)
            ))
        }
        Shape::Growing => None,
        _ => Some(
            "Live blocks of the heap do not grow: the allocator keeps what was freed (fragmentation, arenas), or the program \
             maps memory by itself."
                .to_owned(),
        ),
    }
}

/// What moves and is no growth.
pub(super) fn explained(axis: Axis, series: &[SeriesOverTime], deciding: &[&Track]) -> Vec<String> {
    let mut told = Vec::new();
    let of_all = || {
        series
            .iter()
            .filter(|one| one.whose == Whose::All && one.mark.is_none())
    };
    let is_deciding = |one: &&SeriesOverTime| deciding.iter().any(|track| track.is_of(one));
    if let Some(main) = of_all()
        .filter(is_deciding)
        .find(|one| one.measure.is_bytes())
        .filter(|one| one.judged.warm_up >= WORTH_TELLING)
    {
        told.push(format!(
            "The first {} are its warm-up: {} came to {}.",
            axis.length(main.judged.warm_up),
            main.words(),
            amount(main.measure, main.judged.first as f64)
        ));
    }
    for one in of_all().filter(is_deciding) {
        let Judged {
            shape,
            first,
            last,
            level,
            sawtooth,
            ..
        } = &one.judged;
        let words = one.words();
        let (first, last) = (one.in_unit(*first), one.in_unit(*last));
        let rose = last - first;
        let is_bounded = matches!(shape, Shape::OneOff | Shape::Saturating);
        if is_bounded && rose < WORTH_NAMING * last {
            continue;
        }
        if let Some(at) = one.judged.restarts.first() {
            told.push(format!(
                "{} fell to where it began after {}, as that of a program does that is started again: what is before and \
                 after is not of one run.",
                capital(words),
                axis.length(*at)
            ));
        }
        match shape {
            Shape::OneOff => told.push(format!(
                "{} rose by {} at once, and then no more.",
                capital(words),
                amount(one.measure, rose)
            )),
            Shape::Saturating => told.push(format!(
                "{} rose less and less, and tends to {}: a cache that fills.",
                capital(words),
                amount(one.measure, level.unwrap_or(last))
            )),
            Shape::Sawtooth => {
                if let Some(teeth) = sawtooth {
                    told.push(format!(
                        "{} fills and empties: {} every {}.",
                        capital(words),
                        amount(one.measure, teeth.amplitude),
                        axis.length(teeth.period)
                    ));
                    told.extend(started_anew(axis, one));
                }
            }
            _ => {}
        }
    }
    told.extend(in_files(axis, of_all()));
    told
}

/// Resident memory that grows beside what is of no file: pages of files, which the kernel takes back when it wants to.
fn in_files<'s>(
    axis: Axis,
    mut of_all: impl Iterator<Item = &'s SeriesOverTime> + Clone,
) -> Option<String> {
    let resident = of_all
        .clone()
        .find(|one| one.measure == Measure::Resident)?;
    let anonymous = of_all.find(|one| one.measure == Measure::Anonymous)?;
    let stays = anonymous.judged.shape != Shape::Growing;
    (stays && resident.judged.shape == Shape::Growing).then(|| {
        format!(
            "RSS grows by {}, and anonymous memory does not: these are pages of files and of shared memory, of which the \
             kernel takes those of files back when it needs them.",
            along(axis, Measure::Resident, resident.judged.slope)
        )
    })
}

/// Resident memory that falls to where it began looks the same where the program is killed and started again.
fn started_anew(axis: Axis, one: &SeriesOverTime) -> Option<String> {
    let pages = [Measure::Resident, Measure::Unique, Measure::Anonymous];
    let judged = &one.judged;
    let falls_far = judged.min as f64 <= 0.5 * judged.max as f64;
    (pages.contains(&one.measure) && falls_far && axis != Axis::Iterations).then(|| {
        format!(
            "A program that is killed and started again looks the same: if it was, {} grows in between.",
            one.words()
        )
    })
}
