//! Growth of one call site: by how much, along which line, and why what grows stays.

use super::amounts::{Amounts, amounts, points};
use super::course::{Growth, Kept, Rate};
use super::trend::{Line, Point, Trend, steps};
use super::{Figures, Trust};

/// Of what grows, a part of one kind below this share is what a stale pointer on a stack makes of another.
const PART: f64 = 0.02;

/// What has to be gained of the most that ever lived, between the least count and the greatest: how many short-lived blocks
/// live at once is a matter of chance, and may be a few more where there are more of them.
const PEAK_BLOCKS: f64 = 16.0;
const PEAK_BYTES: f64 = 4096.0;

/// Its growth by what lived at the end, or by the most that ever lived; `None` where there is none for certain.
pub(super) fn grows(figures: &[Figures], peak: bool) -> Option<Growth> {
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
    let most = figures.iter().map(|one| one.iterations).max().unwrap_or(0);
    let gained = |rate: f64| rate * most.saturating_sub(line.from) as f64;
    if peak && gained(rate.blocks) < PEAK_BLOCKS && gained(rate.bytes) < PEAK_BYTES {
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
pub(super) fn parts(figures: &[Figures], line: &Line, rate: Rate) -> (Vec<(Kept, Rate)>, bool) {
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
