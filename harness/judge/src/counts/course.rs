//! What one call site does as the count grows.

use super::trend::{Line, Point, Trend, steps, trend};
use super::{Figures, Trust};

/// Of what grows, a part of one kind below this share is what a stale pointer on a stack makes of another.
const PART: f64 = 0.02;
/// A few blocks that took the place of smaller ones are a high-water mark from so many bytes on: smaller tables are many.
const LARGE: u64 = 64 << 10;
/// So few blocks are no cache.
const FEW: u64 = 5;
/// Blocks that live, fewer than were taken by this share, where all lived before: it frees by now.
const FREES: f64 = 0.05;

/// What is gained an iteration.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate {
    /// Bytes.
    pub bytes: f64,
    /// Blocks.
    pub blocks: f64,
}

/// Why what grows stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Nothing points to it.
    Lost,
    /// It is pointed to at its inside alone, or seems lost by a scan that can be doubted.
    PossiblyLost,
    /// Something points to it.
    Held,
    /// Nobody looked.
    Unknown,
}

/// Growth of a call site.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// What it gains an iteration.
    pub rate: Rate,
    /// Why that stays, by parts of the rate; the greatest first.
    pub parts: Vec<(Kept, Rate)>,
    /// Along which line it grows.
    pub line: Line,
    /// Some of it is pointed to at its inside alone, which memcheck calls possibly lost.
    pub inside: bool,
    /// Bytes are those of a table that doubles: what an iteration needs of it.
    pub amortised: bool,
    /// It grew while the program lived, and was freed before its end.
    pub freed_at_end: bool,
}

/// What a call site does as the count of iterations grows.
#[derive(Clone, Debug, PartialEq)]
pub enum Course {
    /// It holds nothing, or ever less.
    Nothing,
    /// It holds the same, or some that it took once.
    OneOff {
        /// How many bytes.
        bytes: u64,
        /// It took as many blocks at every count, but their size went with the count.
        sized_by_count: bool,
    },
    /// It holds a few blocks whose size is that of the largest thing that they met.
    HighWater {
        /// How many bytes.
        bytes: u64,
    },
    /// It stopped growing.
    Bounded {
        /// How many bytes it holds at the most.
        bytes: u64,
        /// The least count at which it had stopped.
        by: u64,
    },
    /// It fills and is emptied.
    Sawtooth {
        /// How many bytes it holds at the most.
        bytes: u64,
    },
    /// It grows.
    Grows(Growth),
    /// It may grow: these runs do not tell.
    Unsure {
        /// Bytes an iteration, if it does, over the last two counts.
        bytes: f64,
        /// Blocks, in the same way.
        blocks: f64,
        /// Why that cannot be said, as a clause behind a comma or a colon.
        why: &'static str,
    },
}

/// What a call site does: a figure for each run, in any order.
pub fn course(figures: &[Figures]) -> Course {
    let most = |of: fn(&Figures) -> u64| figures.iter().map(of).max().unwrap_or(0);
    let end_bytes = most(|one| one.end.bytes);
    let peak_bytes = most(|one| one.peak.bytes).max(end_bytes);
    let taken = trend(&points(figures, |one| one.taken), 1.0);
    let rises = |trend: &Trend| !matches!(trend, Trend::Nothing | Trend::Constant | Trend::Varies);
    if !rises(&taken) {
        // Who takes no more blocks for more iterations cannot keep one more for each.
        return without_growth(figures, end_bytes);
    }
    if starts_to_free(figures) {
        return stopped(figures, peak_bytes);
    }
    if let Some(growth) = grows(figures, false) {
        return Course::Grows(growth);
    }
    let at_end = amounts(figures, false);
    // What is freed at the end grew all the same while the program lived.
    if !may_grow(&at_end)
        && let Some(growth) = grows(figures, true)
    {
        return Course::Grows(growth);
    }
    doubtful(figures, &at_end)
}

/// The trends of blocks and of bytes.
struct Amounts {
    blocks: Trend,
    bytes: Trend,
}

fn amounts(figures: &[Figures], peak: bool) -> Amounts {
    let of = move |one: &Figures| if peak { one.peak } else { one.end };
    Amounts {
        blocks: trend(&points(figures, move |one| of(one).blocks), 1.0),
        bytes: trend(
            &points(figures, move |one| of(one).bytes),
            block_size(figures, of),
        ),
    }
}

fn may_grow(amounts: &Amounts) -> bool {
    let may = |trend: &Trend| {
        trend.line().is_some() || matches!(trend, Trend::Unsure | Trend::Fading { .. })
    };
    may(&amounts.blocks) || may(&amounts.bytes)
}

/// The bytes of a block: of those that came between the least and the greatest count.
fn block_size(figures: &[Figures], of: impl Fn(&Figures) -> super::Amount) -> f64 {
    let least = figures.iter().min_by_key(|one| one.iterations).map(&of);
    let most = figures.iter().max_by_key(|one| one.iterations).map(&of);
    let (Some(least), Some(most)) = (least, most) else {
        return 1.0;
    };
    let blocks = most.blocks.saturating_sub(least.blocks);
    let bytes = most.bytes.saturating_sub(least.bytes);
    match blocks {
        0 => 1.0,
        blocks => bytes as f64 / blocks as f64,
    }
}

fn grows(figures: &[Figures], peak: bool) -> Option<Growth> {
    let Amounts { blocks, bytes } = amounts(figures, peak);
    let of = move |one: &Figures| if peak { one.peak } else { one.end };
    let (line, rate, amortised) = match (blocks.line(), bytes.line()) {
        (Some(line), of_bytes) => {
            let straight = of_bytes.filter(|of_bytes| of_bytes.from == line.from);
            let slope = match straight {
                Some(of_bytes) => of_bytes.slope,
                None => slope_from(&points(figures, move |one| of(one).bytes), line.from),
            };
            (
                *line,
                Rate {
                    bytes: slope,
                    blocks: line.slope,
                },
                false,
            )
        }
        // The same blocks become larger: a text that is added to.
        (None, Some(line)) if line.exact && !may(&blocks) => (
            *line,
            Rate {
                bytes: line.slope,
                blocks: 0.0,
            },
            false,
        ),
        _ if !may(&blocks) || few_and_ever_larger(figures, of) => {
            let line = steps(&points(figures, move |one| of(one).bytes))?;
            (
                line,
                Rate {
                    bytes: line.slope,
                    blocks: 0.0,
                },
                true,
            )
        }
        _ => return None,
    };
    if rate.bytes < 0.0 || (rate.bytes == 0.0 && rate.blocks <= 0.0) {
        return None;
    }
    let (parts, inside) = if peak {
        (vec![(Kept::Held, rate)], false)
    } else {
        parts(figures, &line, rate)
    };
    Some(Growth {
        rate,
        parts,
        line,
        inside,
        amortised,
        freed_at_end: peak,
    })
}

/// Whether there are a few blocks more for ten times the iterations, as where each is larger than the one before by a share
/// of it: an arena that takes its next piece half as large again.
fn few_and_ever_larger(figures: &[Figures], of: impl Fn(&Figures) -> super::Amount) -> bool {
    figures.iter().all(|one| {
        let doublings = (one.iterations.max(2) as f64).log2();
        of(one).blocks as f64 <= 4.0 * doublings
    })
}

fn may(trend: &Trend) -> bool {
    matches!(
        trend,
        Trend::Unsure | Trend::Fading { .. } | Trend::Bounded { .. }
    )
}

/// The slope of what lies at this count and beyond.
fn slope_from(points: &[Point], from: u64) -> f64 {
    let ends = points.iter().filter(|point| point.iterations >= from);
    let first = ends.clone().min_by_key(|point| point.iterations);
    let last = ends.max_by_key(|point| point.iterations);
    match (first, last) {
        (Some(first), Some(last)) if last.iterations > first.iterations => {
            (last.value - first.value) / (last.iterations - first.iterations) as f64
        }
        _ => 0.0,
    }
}

/// Why what grows stays, by how much of the rate; and whether some of it is pointed to at its inside alone. Where everything
/// was scanned, that is held: a pointer that is there by chance is not there once more with every iteration.
pub(super) fn parts(
    figures: &[Figures],
    line: &Line,
    rate: Rate,
) -> (Vec<(Kept, Rate)>, bool) {
    let trust = figures
        .iter()
        .filter(|one| one.iterations >= line.from)
        .map(|one| one.trust)
        .min()
        .unwrap_or_default();
    if trust == Trust::Unknown {
        return (vec![(Kept::Unknown, rate)], false);
    }
    let slope = |of: fn(&Figures) -> u64| slope_from(&points(figures, of), line.from).max(0.0);
    let within = |part: Rate, whole: Rate| Rate {
        bytes: part.bytes.min(whole.bytes),
        blocks: part.blocks.min(whole.blocks),
    };
    let less = |whole: Rate, part: Rate| Rate {
        bytes: whole.bytes - part.bytes,
        blocks: whole.blocks - part.blocks,
    };
    let lost = Rate {
        bytes: slope(|one| one.lost.bytes),
        blocks: slope(|one| one.lost.blocks),
    };
    let lost = within(lost, rate);
    let rest = less(rate, lost);
    let possible = Rate {
        bytes: slope(|one| one.possible.bytes),
        blocks: slope(|one| one.possible.blocks),
    };
    let possible = within(possible, rest);
    let held = less(rest, possible);
    let (seems_lost, at_inside) = match trust {
        Trust::Scanned => (Kept::Lost, Kept::Held),
        _ => (Kept::PossiblyLost, Kept::PossiblyLost),
    };
    let inside = possible.bytes > PART * rate.bytes;
    let mut parts = vec![
        (seems_lost, lost),
        (at_inside, possible),
        (Kept::Held, held),
    ];
    let greater = |a: &(Kept, Rate), b: &(Kept, Rate)| {
        let bytes = b.1.bytes.total_cmp(&a.1.bytes);
        bytes.then(b.1.blocks.total_cmp(&a.1.blocks))
    };
    parts.sort_by(greater);
    // What is left over of each is the last block or two, that something stale points to.
    let greatest = parts[0].0;
    let (mut kept, mut whole): (Vec<(Kept, Rate)>, Rate) = (Vec::new(), Rate::default());
    for (why, part) in parts {
        // Blocks of no bytes are told apart by their number.
        let is_little = match rate.bytes > 0.0 {
            true => part.bytes < PART * rate.bytes,
            false => part.blocks < PART * rate.blocks,
        };
        let whose = if is_little { greatest } else { why };
        whole = Rate {
            bytes: whole.bytes + part.bytes,
            blocks: whole.blocks + part.blocks,
        };
        match kept.iter_mut().find(|(known, _)| *known == whose) {
            Some((_, sum)) => {
                *sum = Rate {
                    bytes: sum.bytes + part.bytes,
                    blocks: sum.blocks + part.blocks,
                };
            }
            None => kept.push((whose, part)),
        }
    }
    kept.sort_by(greater);
    (kept, inside)
}

/// Whether all that was taken lived at the smaller counts, and clearly less does at the greatest: then it frees by now,
/// and what the counts before tell of its growth is over.
fn starts_to_free(figures: &[Figures]) -> bool {
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
fn stopped(figures: &[Figures], bytes: u64) -> Course {
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
fn without_growth(figures: &[Figures], bytes: u64) -> Course {
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
fn doubtful(figures: &[Figures], at_end: &Amounts) -> Course {
    let most = |of: fn(&Figures) -> u64| figures.iter().map(of).max().unwrap_or(0);
    let (end, peak) = (most(|one| one.end.bytes), most(|one| one.peak.bytes));
    let peaks = amounts(figures, true);
    let unsure = |why| Course::Unsure {
        bytes: last_slope(figures, |one| one.end.bytes),
        blocks: last_slope(figures, |one| one.end.blocks),
        why,
    };
    if end == 0 && !may_grow(&peaks) {
        return Course::Nothing;
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

fn points(figures: &[Figures], of: impl Fn(&Figures) -> u64) -> Vec<Point> {
    let point = |one: &Figures| Point {
        iterations: one.iterations,
        value: of(one) as f64,
    };
    figures.iter().map(point).collect()
}
