//! Which call sites grow over time.
//!
//! There are thousands of them, so that a rare false alarm of each would be a common one of all. So a site has to do more
//! than a sum: beside the shape of growth, what it holds rises all along, and by more than a few blocks.

use super::evidence::{Marks, SiteTrack};
use super::judged::{judge, judge_quickly};
use super::points::Point;
use super::wind_down::before_the_end;
use harness_model::Shape;
use harness_model::record::{Judged, MarkRate, SiteOverTime};

/// Parts of the series in each of which a site has to hold more than in the one before.
const PARTS: usize = 8;
/// What it has to gain at the least: this many blocks, or pieces of whatever it takes; or as many pages.
const FEWEST_GAINED: u64 = 16;
const PAGE: u64 = 4096;
/// Sites that are told.
const MOST_TOLD: usize = 50;

/// The sites as they are told, those that grow first, and of these those that gained the most.
pub(super) fn sites(tracks: &[SiteTrack], marks: Option<&Marks>) -> Vec<SiteOverTime> {
    let mut judged: Vec<(&SiteTrack, Judged, Option<MarkRate>)> = tracks
        .iter()
        .filter_map(|track| {
            let mut judged = judge_quickly(track.amounts())?;
            if judged.shape == Shape::Growing && !rises_all_along(track, judged.warm_up) {
                judged.shape = Shape::Inconclusive;
            }
            let per_mark = marks.and_then(|marks| by_marks(track, marks));
            Some((track, judged, per_mark))
        })
        .collect();
    judged.sort_by_key(|(track, judged, per_mark)| {
        let gained = i128::from(judged.last) - i128::from(judged.first);
        let grows = judged.shape == Shape::Growing || per_mark.is_some();
        (!grows, !track.measure.is_bytes(), -gained)
    });
    judged.truncate(MOST_TOLD);
    let told = |(track, judged, per_mark): (&SiteTrack, Judged, Option<MarkRate>)| SiteOverTime {
        measure: track.measure,
        command: track.command.clone(),
        place: track.place.clone(),
        stack: track.stack.clone(),
        blocks_per_second: judge_quickly(&track.blocks).map_or(0.0, |blocks| blocks.slope),
        // What it could have shown is worth its time for the few that grow.
        judged: match judged.shape {
            Shape::Growing => judge(track.amounts()).unwrap_or(judged),
            _ => judged,
        },
        per_mark,
    };
    judged.into_iter().map(told).collect()
}

/// By how much a site grows for each mark, if it does: the work may come and go, so that by the second nobody could tell.
fn by_marks(track: &SiteTrack, marks: &Marks) -> Option<MarkRate> {
    let against = SiteTrack {
        bytes: marks.against(&track.bytes),
        blocks: marks.against(&track.blocks),
        ..track.clone()
    };
    let judged = judge_quickly(against.amounts())?;
    let grows = judged.shape == Shape::Growing && rises_all_along(&against, judged.warm_up);
    grows.then(|| MarkRate {
        text: marks.text.clone(),
        slope: judged.slope,
    })
}

/// Whether each part of the seconds or marks after the warm-up ends with more than the one before, and all of it with more
/// than a few blocks more.
fn rises_all_along(track: &SiteTrack, warm_up: f64) -> bool {
    let amounts = rest(track.amounts(), warm_up);
    let gained = |points: &[Point]| {
        let rest = rest(points, warm_up);
        let ends = rest.first().zip(rest.last());
        ends.map_or(0, |(first, last)| last.value.saturating_sub(first.value))
    };
    // One block may grow too: then its bytes have to come to as much.
    if gained(&track.blocks) < FEWEST_GAINED && gained(&track.bytes) < FEWEST_GAINED * PAGE {
        return false;
    }
    let (Some(first), Some(last)) = (amounts.first(), amounts.last()) else {
        return false;
    };
    let part = (last.at - first.at) / PARTS as f64;
    let middle = |number: usize| {
        let from = first.at + part * number as f64;
        let inside = amounts
            .iter()
            .filter(|point| point.at >= from && point.at <= from + part);
        let mut values: Vec<u64> = inside.map(|point| point.value).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied()
    };
    let parts: Option<Vec<u64>> = (0..PARTS).map(middle).collect();
    parts.is_some_and(|parts| parts.windows(2).all(|pair| pair[1] > pair[0]))
}

/// The points after the warm-up, up to where the program goes down.
fn rest(points: &[Point], warm_up: f64) -> &[Point] {
    let points = before_the_end(points);
    let begins = points.first().map_or(0.0, |first| first.at) + warm_up;
    &points[points.partition_point(|point| point.at < begins)..]
}
