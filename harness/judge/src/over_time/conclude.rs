//! The conclusion of a recording: what grows, how fast, and what can be said of why.

use super::causes::{causes, explained};
use super::evidence::{Decides, Evidence, Marks, Track};
use super::judged::{FEWEST_SAMPLES, judge_quickly};
use super::rates::{along, amount, by_mark, by_time, rate};
use super::sites::sites;
use super::track::judge_track;
use crate::sentence::{list, sentence_of};
use harness_model::record::{
    Axis, Judged, Measure, RecordVerdict, SeriesOverTime, SiteOverTime, Whose,
};
use harness_model::units::count;
use harness_model::{Outcome, Shape};

/// What tells growth of memory: the first of these that is known and grows is named.
const MEMORY: [Measure; 6] = [
    Measure::Heap,
    Measure::Mapped,
    Measure::Anonymous,
    Measure::Shared,
    Measure::Gpu,
    Measure::Swap,
];
/// The pages that blocks and mappings of the program lie in.
const PAGES: [Measure; 6] = [
    Measure::Anonymous,
    Measure::Shared,
    Measure::Unique,
    Measure::Proportional,
    Measure::Resident,
    Measure::Swap,
];
/// What tells growth of other things.
const THINGS: [Measure; 3] = [Measure::Descriptors, Measure::Threads, Measure::Processes];
/// What the recording itself takes for each descriptor that is open, in bytes, at the most.
const OF_A_DESCRIPTOR: f64 = 64.0;
/// Series that are listed by name where nothing grows.
const MOST_LISTED: usize = 6;
/// Fewer marks than this tell nothing by themselves.
const FEWEST_MARKS: u64 = 32;

/// A recording, judged.
#[derive(Clone, Debug)]
pub struct Conclusion {
    /// What was found of each series.
    pub series: Vec<SeriesOverTime>,
    /// What was found of each process, in their order.
    pub processes: Vec<Option<Judged>>,
    /// The call sites that are told.
    pub sites: Vec<SiteOverTime>,
    /// The conclusion.
    pub verdict: RecordVerdict,
}

/// Concludes.
pub fn conclude(evidence: &Evidence) -> Conclusion {
    let deciding = deciding(evidence);
    let mut series: Vec<SeriesOverTime> = evidence
        .tracks
        .iter()
        .filter_map(|track| by_seconds(track, &deciding, evidence.warm_up))
        .collect();
    let marks = evidence
        .marks
        .first()
        .filter(|marks| marks.count() >= FEWEST_MARKS);
    let by_marks: Vec<SeriesOverTime> = marks
        .into_iter()
        .flat_map(|marks| {
            series
                .iter()
                .filter_map(|one| by_marks(one, evidence, marks))
        })
        .collect();
    series.extend(by_marks);
    let processes: Vec<Option<Judged>> = evidence
        .processes
        .iter()
        .map(|process| judge_quickly(&process.points))
        .collect();
    let sites = sites(&evidence.sites, marks);
    let growing: Vec<&SeriesOverTime> = deciding
        .iter()
        .filter_map(|track| growing(&series, track))
        .collect();
    let growing = named(growing, &series);
    let growing_sites: Vec<&SiteOverTime> = sites.iter().filter(|site| site.grows()).collect();
    let mut doubts = evidence.doubts.clone();
    doubts.extend(doubts_of(evidence, &series, &deciding));
    let outcome = if !growing.is_empty() || !growing_sites.is_empty() {
        Outcome::Leak
    } else if doubts.is_empty() {
        Outcome::Pass
    } else {
        Outcome::Inconclusive
    };
    let sentence = match outcome {
        Outcome::Leak => grows(evidence.axis, &growing, &growing_sites, &series),
        Outcome::Pass => flat(evidence.axis, &series, &deciding),
        Outcome::Inconclusive => {
            sentence_of(&[format!("inconclusive, because {}", doubts.join(", and "))])
        }
    };
    let causes = causes(evidence, &series, &processes, &growing);
    let explained = explained(evidence.axis, &series, &deciding);
    Conclusion {
        verdict: RecordVerdict {
            outcome,
            exit_code: outcome.exit_code(),
            sentence,
            causes,
            explained,
            blind_spots: evidence.blind_spots.clone(),
        },
        series,
        processes,
        sites,
    }
}

/// The series that decide: where it is not known what of resident memory is of files, all of it does; and where nothing is
/// known but series with names of their own, those do.
fn deciding(evidence: &Evidence) -> Vec<&Track> {
    let of_all = || {
        let tracks = evidence.tracks.iter();
        tracks.filter(|track| track.whose == Whose::All && track.points.len() > 1)
    };
    let known = |measure: Measure| {
        of_all().find(|track| track.measure == measure && track.decides != Decides::Never)
    };
    let mut tracks: Vec<&Track> = MEMORY.into_iter().filter_map(known).collect();
    if known(Measure::Anonymous).is_none() {
        let rest = [Measure::Unique, Measure::Proportional, Measure::Resident];
        tracks.extend(rest.into_iter().find_map(known));
    }
    tracks.extend(THINGS.into_iter().filter_map(known));
    if let (true, Some(blocks)) = (tracks.is_empty(), known(Measure::HeapBlocks)) {
        tracks.push(blocks);
    }
    for track in of_all().filter(|track| track.decides == Decides::Always) {
        if !tracks.iter().any(|one| std::ptr::eq(*one, track)) {
            tracks.push(track);
        }
    }
    if tracks.is_empty() {
        let by_measure = || of_all().filter(|track| track.decides == Decides::ByMeasure);
        let has_bytes = by_measure().any(|track| track.measure.is_bytes());
        tracks.extend(by_measure().filter(|track| track.measure.is_bytes() == has_bytes));
    }
    tracks
}

fn by_seconds(track: &Track, deciding: &[&Track], warm_up: Option<f64>) -> Option<SeriesOverTime> {
    let is_deciding = deciding.iter().any(|one| std::ptr::eq(*one, track));
    let is_examined = is_deciding && (track.measure.is_bytes() || track.measure.is_other());
    judge_track(track, warm_up, !is_examined)
}

/// The same series by marks, where it moves by the second.
fn by_marks(series: &SeriesOverTime, evidence: &Evidence, marks: &Marks) -> Option<SeriesOverTime> {
    let moves = series.judged.shape == Shape::Growing || series.judged.shape.is_open();
    if series.whose != Whose::All || !moves {
        return None;
    }
    let of_it = |track: &&Track| track.measure == series.measure && track.whose == Whose::All;
    let track = evidence.tracks.iter().find(of_it)?;
    Some(SeriesOverTime {
        mark: Some(marks.text.clone()),
        judged: judge_quickly(&marks.against(&track.points))?,
        ..series.clone()
    })
}

/// What was found of a series, if it grows: by the second, or by the mark alone.
fn growing<'s>(series: &'s [SeriesOverTime], track: &Track) -> Option<&'s SeriesOverTime> {
    series
        .iter()
        .find(|one| track.is_of(one) && one.judged.shape == Shape::Growing)
}

/// What is worth a name of what grows: pages that blocks or mappings of the program lie in are no growth of their own, and
/// what the recording itself takes is none of the program's.
fn named<'s>(
    growing: Vec<&'s SeriesOverTime>,
    series: &[SeriesOverTime],
) -> Vec<&'s SeriesOverTime> {
    let is_recorded = series.iter().any(|one| one.measure == Measure::Heap);
    let descriptors = series.iter().find(|one| {
        one.measure == Measure::Descriptors && one.whose == Whose::All && one.mark.is_none()
    });
    let own = descriptors
        .filter(|_| is_recorded)
        .map_or(0.0, |one| OF_A_DESCRIPTOR * one.judged.slope);
    let of_the_program =
        |one: &&&SeriesOverTime| matches!(one.measure, Measure::Heap | Measure::Mapped);
    let is_known = growing.iter().any(|one| of_the_program(&one));
    growing
        .into_iter()
        .filter(|one| !(is_known && PAGES.contains(&one.measure)))
        .filter(|one| one.measure != Measure::Anonymous || one.judged.slope > own)
        .collect()
}

/// What of the series keeps from saying that nothing grows.
fn doubts_of(evidence: &Evidence, series: &[SeriesOverTime], deciding: &[&Track]) -> Vec<String> {
    if deciding.is_empty() {
        return vec!["there are no two samples to compare".to_owned()];
    }
    let is_counted = series.iter().any(|one| {
        one.measure == Measure::Heap && one.basis.is_some() && !one.judged.shape.is_open()
    });
    let open: Vec<&SeriesOverTime> = series
        .iter()
        .filter(|one| {
            one.mark.is_none()
                && deciding.iter().any(|track| track.is_of(one))
                && one.judged.shape.is_open()
        })
        // Where every live byte was counted, pages that may yet move are no doubt.
        .filter(|one| !(is_counted && PAGES.contains(&one.measure)))
        .collect();
    let Some(shortest) = open.iter().map(|one| one.judged.samples).min() else {
        return Vec::new();
    };
    if shortest < FEWEST_SAMPLES {
        let length = evidence
            .tracks
            .iter()
            .filter_map(|track| Some(track.points.last()?.at - track.points.first()?.at))
            .fold(0.0, f64::max);
        return vec![format!(
            "{} is too short: {} samples come after the warm-up, and {FEWEST_SAMPLES} are needed",
            evidence.axis.length(length),
            count(shortest)
        )];
    }
    let told = |slowing: bool, how: &str| {
        let those = open.iter();
        let those = those.filter(|one| (one.judged.shape == Shape::Slowing) == slowing);
        let told: Vec<String> = those
            .map(|one| {
                let rose = one.in_unit(one.judged.last) - one.in_unit(one.judged.first);
                format!(
                    "{} rose by {}",
                    one.words(),
                    amount(one.measure, rose.max(0.0))
                )
            })
            .collect();
        (!told.is_empty()).then(|| format!("{}, {how}", list(&told)))
    };
    // What slows down by the end of a run is over, or goes on, by the end of one that is much longer.
    let slowing = "ever less, and a run four times as long would show whether to an end";
    [told(false, "which may yet stop"), told(true, slowing)]
        .into_iter()
        .flatten()
        .collect()
}

fn grows(
    axis: Axis,
    growing: &[&SeriesOverTime],
    sites: &[&SiteOverTime],
    series: &[SeriesOverTime],
) -> String {
    let mut clauses: Vec<String> = growing
        .iter()
        .map(|one| {
            let is_plural = one.words().ends_with('s') && !one.measure.is_bytes();
            let verb = match is_plural && !one.measure.is_other() {
                true => "grow",
                false if one.measure == Measure::Mapped => "grow",
                false => "grows",
            };
            let mut clause = format!("{} {verb} by {}", one.words(), rate(one, axis));
            let same = |other: &&SeriesOverTime| {
                (other.measure, &other.name) == (one.measure, &one.name)
                    && other.mark.is_some()
                    && one.mark.is_none()
                    && other.judged.shape == Shape::Growing
            };
            if let Some(other) = series.iter().find(same) {
                clause.push_str(&format!(", {}", rate(other, axis)));
            }
            let takes = |site: &&&SiteOverTime| site.measure == one.measure;
            if let Some(site) = sites.iter().find(takes) {
                let share = match (&one.mark, &site.per_mark) {
                    (Some(_), Some(mark)) => mark.slope / one.judged.slope,
                    _ => site.judged.slope / one.judged.slope,
                };
                let whole = share > 0.95;
                clause.push_str(&match whole {
                    true => format!(", taken by {}", site.place),
                    false => format!(", of which {} takes {}", site.place, of_site(site)),
                });
            }
            clause
        })
        .collect();
    // Where the sum hides in its own noise what one line of the program keeps.
    for site in sites {
        if !growing.iter().any(|one| one.measure == site.measure) {
            clauses.push(format!(
                "{} are kept, all along, by {}",
                of_site(site),
                site.place
            ));
            break;
        }
    }
    sentence_of(&clauses)
}

fn of_site(site: &SiteOverTime) -> String {
    let by_time = by_time(site.measure, site.judged.slope);
    let grows_by_time = site.judged.shape == Shape::Growing;
    match &site.per_mark {
        Some(mark) => {
            let by_mark = by_mark(site.measure, mark.slope, &mark.text);
            match grows_by_time {
                true => format!("{by_time}, {by_mark}"),
                false => by_mark,
            }
        }
        None => by_time,
    }
}

fn flat(axis: Axis, series: &[SeriesOverTime], deciding: &[&Track]) -> String {
    let words: Vec<&str> = deciding.iter().map(|track| track.words()).collect();
    let found = |track: &Track| series.iter().find(|one| track.is_of(one));
    let shown = deciding.iter().find_map(|track| {
        let judged = &found(track)?.judged;
        let least = judged.minimum_detectable_effect?;
        Some(format!(
            "; growth of {} by {} would have been seen",
            track.words(),
            along(axis, track.measure, least)
        ))
    });
    let others = format!("{} others", words.len().saturating_sub(MOST_LISTED));
    let mut words = words;
    if words.len() > MOST_LISTED {
        words.truncate(MOST_LISTED);
        words.push(&others);
    }
    let nothing = match words.as_slice() {
        [first @ .., last] if !first.is_empty() => {
            format!("nothing grows: not {} or {last}", first.join(", "))
        }
        all => format!("nothing grows: not {}", all.concat()),
    };
    sentence_of(&[format!("{nothing}{}", shown.unwrap_or_default())])
}
