//! What does not grow for certain: what was taken once, what is full, what is emptied, and what cannot be told.

use super::Figures;
use super::amounts::{Amounts, amounts, points};
use super::course::Course;
use super::trend::{Trend, trend};

/// A few blocks that took the place of smaller ones are a high-water mark from so many bytes on: smaller tables are many.
const LARGE: u64 = 64 << 10;
/// So few blocks are no cache.
const FEW: u64 = 5;
/// Blocks that live, fewer than were taken by this share, where all lived before: it frees by now.
const FREES: f64 = 0.05;

/// Whether all that was taken lived at the smaller counts, and clearly less does at the greatest: then it frees by now,
/// and what the counts before tell of its growth is over.
pub(super) fn starts_to_free(figures: &[Figures]) -> bool {
    let mut sorted: Vec<&Figures> = figures.iter().collect();
    sorted.sort_by_key(|one| one.iterations);
    let Some(last) = sorted.last() else {
        return false;
    };
    let freed = |one: &Figures| one.taken.saturating_sub(one.peak.blocks);
    let smaller: Vec<&&Figures> = sorted
        .iter()
        .filter(|one| one.iterations < last.iterations)
        .collect();
    let Some(before) = smaller.iter().map(|one| freed(one)).max() else {
        return false;
    };
    let all_lived = smaller.iter().all(|one| freed(one) <= 1);
    all_lived
        && before <= 1
        && freed(last) as f64 > (FREES * last.taken as f64).max(8.0)
        && smaller.len() >= 2
}

/// What it holds once it has begun to free.
pub(super) fn stopped(figures: &[Figures], bytes: u64) -> Course {
    let at_end = amounts(figures, false);
    let peaks = amounts(figures, true);
    let by = figures.iter().map(|one| one.iterations).max().unwrap_or(0);
    match peaks.blocks {
        // It still rises, freeing or not.
        Trend::Line(line) if line.sure && !line.exact => doubtful(figures, &at_end),
        Trend::Fading { share, .. } if share > 0.5 => doubtful(figures, &at_end),
        _ => Course::Bounded { bytes, by },
    }
}

/// Where as many blocks are taken at every count.
pub(super) fn without_growth(figures: &[Figures], bytes: u64) -> Course {
    if bytes == 0 {
        return Course::Nothing;
    }
    let sized_by_count = trend(&points(figures, |one| one.end.bytes), 1.0)
        .line()
        .is_some();
    let replaced = |one: &Figures| one.taken > one.end.blocks && one.end.blocks <= 2;
    if !sized_by_count && bytes >= LARGE && figures.iter().all(replaced) {
        return Course::HighWater { bytes };
    }
    Course::OneOff {
        bytes,
        sized_by_count,
    }
}

/// What does not grow for certain.
pub(super) fn doubtful(figures: &[Figures], at_end: &Amounts) -> Course {
    let most = |of: fn(&Figures) -> u64| figures.iter().map(of).max().unwrap_or(0);
    let (end, peak) = (most(|one| one.end.bytes), most(|one| one.peak.bytes));
    let peaks = amounts(figures, true);
    let unsure = |why| Course::Unsure {
        bytes: last_slope(figures, |one| one.end.bytes),
        blocks: last_slope(figures, |one| one.end.blocks),
        why,
    };
    if end == 0 && matches!(at_end.blocks, Trend::Nothing) {
        return freed_before_the_end(figures, &peaks, peak);
    }
    // A few that were taken when they were first needed, and no more of them since.
    if most(|one| one.taken) <= FEW && matches!(at_end.blocks, Trend::Bounded { .. }) {
        return Course::OneOff {
            bytes: end,
            sized_by_count: false,
        };
    }
    match (&at_end.blocks, &at_end.bytes) {
        (Trend::Bounded { by, .. }, _) => Course::Bounded {
            bytes: end,
            by: *by,
        },
        (Trend::Fading { share, broke: true }, _) if *share <= 0.5 || !is_shortest(figures) => {
            Course::Bounded {
                bytes: end,
                by: figures.iter().map(|one| one.iterations).max().unwrap_or(0),
            }
        }
        (Trend::Fading { .. }, _) => unsure("it grows less and less"),
        (Trend::Unsure, _) => unsure(why_unsure(figures)),
        (Trend::Varies, _) => match peaks.blocks {
            Trend::Constant | Trend::Bounded { .. } | Trend::Varies => Course::Sawtooth {
                bytes: peak.max(end),
            },
            Trend::Unsure | Trend::Fading { .. } => {
                unsure("what it holds at its most grows, and not at its end")
            }
            _ => Course::Sawtooth {
                bytes: peak.max(end),
            },
        },
        (Trend::Late { .. }, _) => Course::OneOff {
            bytes: end,
            sized_by_count: false,
        },
        // As many blocks at every count, or none: it is their size that changes.
        (_, Trend::Nothing) => Course::Nothing,
        (_, Trend::Constant) => Course::OneOff {
            bytes: end,
            sized_by_count: false,
        },
        (_, Trend::Unsure) if is_short(figures) => unsure(why_unsure(figures)),
        // A table that has doubled so far as it was looked at.
        (_, _) if doubles(figures) => {
            unsure("a table doubles, and fewer than four counts cannot tell whether it will again")
        }
        (_, _) => Course::HighWater { bytes: end },
    }
}

/// What holds nothing at the end, by the most that it held: that it filled, and was full.
fn freed_before_the_end(figures: &[Figures], peaks: &Amounts, bytes: u64) -> Course {
    let last = figures.iter().map(|one| one.iterations).max().unwrap_or(0);
    match (&peaks.blocks, &peaks.bytes) {
        (Trend::Bounded { by, .. }, _) => Course::Bounded { bytes, by: *by },
        (Trend::Fading { share, broke: true }, _) if *share <= 0.5 || !is_shortest(figures) => {
            Course::Bounded { bytes, by: last }
        }
        // As many blocks at every count, which have become as large as what they met.
        (Trend::Constant, Trend::Bounded { .. }) => Course::HighWater { bytes },
        _ => Course::Nothing,
    }
}

/// Whether its bytes are larger at every count, by about the share that the counts are.
fn doubles(figures: &[Figures]) -> bool {
    let mut sorted: Vec<&Figures> = figures.iter().collect();
    sorted.sort_by_key(|one| one.iterations);
    sorted.dedup_by_key(|one| one.iterations);
    sorted.len() >= 3
        && sorted[sorted.len() - 3..].windows(2).all(|pair| {
            let by = pair[1].iterations as f64 / pair[0].iterations.max(1) as f64;
            let grew = pair[1].end.bytes as f64 / pair[0].end.bytes.max(1) as f64;
            grew >= by / 2.2 && grew <= by * 2.2
        })
}

fn counts(figures: &[Figures]) -> usize {
    let mut counts: Vec<u64> = figures.iter().map(|one| one.iterations).collect();
    counts.sort_unstable();
    counts.dedup();
    counts.len()
}

fn is_short(figures: &[Figures]) -> bool {
    counts(figures) < 3
}

/// Whether there are no more counts than a line needs: any two before the last lie on one.
fn is_shortest(figures: &[Figures]) -> bool {
    counts(figures) <= 3
}

fn why_unsure(figures: &[Figures]) -> &'static str {
    if is_short(figures) {
        "fewer than three counts cannot tell a line from a cache that fills"
    } else {
        "it rises, but along no line"
    }
}

/// What it gained an iteration over the last two counts.
fn last_slope(figures: &[Figures], of: fn(&Figures) -> u64) -> f64 {
    let mut sorted: Vec<&Figures> = figures.iter().collect();
    sorted.sort_by_key(|one| one.iterations);
    let Some((last, rest)) = sorted.split_last() else {
        return 0.0;
    };
    let before = rest
        .iter()
        .rev()
        .find(|one| one.iterations < last.iterations);
    before.map_or(0.0, |before| {
        let gained = of(last) as f64 - of(before) as f64;
        gained / (last.iterations - before.iterations) as f64
    })
}
