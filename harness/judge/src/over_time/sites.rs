//! Which call sites grow over time.
//!
//! There are thousands of them, so that a rare false alarm of each would be a common one of all. So a site has to do more
//! than a sum: beside the shape of growth, what it holds rises all along, and by more than a few blocks.

use super::evidence::{Marks, SiteTrack};
use super::judged::{judge, judge_quickly};
use super::points::Point;
use harness_model::Shape;
use harness_model::record::{Judged, MarkRate, SiteOverTime};

/// Parts of the series in each of which a site has to hold more than in the one before.
const PARTS: usize = 8;
/// What it has to gain at the least: this many blocks, or pieces of whatever it takes.
const FEWEST_GAINED: u64 = 16;
/// Sites that are told.
const MOST_TOLD: usize = 50;

/// The sites as they are told, those that grow first, and of these those that gained the most.
pub(super) fn sites(tracks: &[SiteTrack], marks: Option<&Marks>) -> Vec<SiteOverTime> {
    let mut judged: Vec<(&SiteTrack, Judged)> = tracks
        .iter()
        .filter_map(|track| {
            let mut judged = judge_quickly(track.amounts())?;
            if judged.shape == Shape::Growing && !rises_all_along(track, judged.warm_up) {
                judged.shape = Shape::Inconclusive;
            }
            Some((track, judged))
        })
        .collect();
    judged.sort_by_key(|(track, judged)| {
        let gained = i128::from(judged.last) - i128::from(judged.first);
        (
            judged.shape != Shape::Growing,
            !track.measure.is_bytes(),
            -gained,
        )
    });
    judged.truncate(MOST_TOLD);
    judged
        .into_iter()
        .map(|(track, judged)| told(track, judged, marks))
        .collect()
}

fn told(track: &SiteTrack, judged: Judged, marks: Option<&Marks>) -> SiteOverTime {
    let grows = judged.shape == Shape::Growing;
    let blocks = judge_quickly(&track.blocks).map_or(0.0, |blocks| blocks.slope);
    let per_mark = marks.filter(|_| grows).and_then(|marks| {
        let by_marks = judge_quickly(&marks.against(track.amounts()))?;
        (by_marks.shape == Shape::Growing).then(|| MarkRate {
            text: marks.text.clone(),
            slope: by_marks.slope,
        })
    });
    // What it could have shown is worth its time for the few that are told.
    let judged = match grows {
        true => judge(track.amounts()).unwrap_or(judged),
        false => judged,
    };
    SiteOverTime {
        measure: track.measure,
        command: track.command.clone(),
        place: track.place.clone(),
        stack: track.stack.clone(),
        judged,
        blocks_per_second: blocks,
        per_mark,
    }
}

/// Whether each part of the series after its warm-up ends with more than the one before, and all of it with more than a
/// few blocks more.
fn rises_all_along(track: &SiteTrack, warm_up: f64) -> bool {
    let rest = |points: &'_ [Point]| -> Vec<u64> {
        let begins = points.first().map_or(0.0, |first| first.at) + warm_up;
        let rest = points.iter().filter(|point| point.at >= begins);
        rest.map(|point| point.value).collect()
    };
    let (amounts, blocks) = (rest(track.amounts()), rest(&track.blocks));
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
        return false;
    };
    // One block may grow too: then its bytes have to come to as much.
    let gained = last.saturating_sub(*first);
    let bytes = match (track.bytes.first(), track.bytes.last()) {
        (Some(first), Some(last)) => last.value.saturating_sub(first.value),
        _ => 0,
    };
    if gained < FEWEST_GAINED && bytes < FEWEST_GAINED * 4096 {
        return false;
    }
    let middle = |part: &[u64]| {
        let mut part = part.to_vec();
        part.sort_unstable();
        part.get(part.len() / 2).copied().unwrap_or(0)
    };
    let width = (amounts.len() / PARTS).max(1);
    let parts: Vec<u64> = amounts.chunks_exact(width).map(middle).collect();
    parts.len() >= PARTS && parts.windows(2).all(|pair| pair[1] > pair[0])
}
