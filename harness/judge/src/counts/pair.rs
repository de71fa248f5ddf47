//! What two counts tell of one call site, where there will never be a third: files that somebody else recorded.
//!
//! Two points lie on a line always. What is lost tells by itself: nothing loses less later on. What is held counts as
//! growth where it is in proportion to the iterations, or comes with each of them to the block; a cache that was half
//! full at the first count is neither, and is said to be uncertain.

use super::amounts::{grain, points};
use super::course::{Course, Growth, Kept, Rate};
use super::rising::parts;
use super::trend::Line;
use super::{Amount, Figures, Grain};

/// Rises of at least so many units are told from what came once.
const CLEAR_RISE: f64 = 3.0;
/// What chance adds to samples is about the square root of what was seen: so many of them are none.
const DEVIATIONS: f64 = 4.0;
/// How far from being in proportion to the iterations a figure may be, as a share of it.
const BEND: f64 = 0.1;
/// What has to be gained of the most that ever lived.
const PEAK_BLOCKS: u64 = 16;
const PEAK_BYTES: u64 = 4096;
/// A stale pointer makes so many lost blocks look held, or held ones lost.
const STRAYS: u64 = 2;

/// A count, and what was there at it.
#[derive(Clone, Copy)]
struct At {
    iterations: f64,
    end: Amount,
    lost: Amount,
}

/// What a call site did between two counts.
pub(super) fn pair(figures: &[Figures]) -> Course {
    let Some([few, many]) = both(figures) else {
        let bytes = figures.iter().map(|one| one.end.bytes).max().unwrap_or(0);
        return match bytes {
            0 => Course::Nothing,
            bytes => Course::OneOff {
                bytes,
                sized_by_count: false,
            },
        };
    };
    let more = |of: fn(&At) -> u64| of(&many).saturating_sub(of(&few));
    let (blocks, bytes) = (more(|at| at.end.blocks), more(|at| at.end.bytes));
    let rises = |few: &Amount, many: &Amount| {
        many.blocks > few.blocks || (many.blocks == few.blocks && many.bytes > few.bytes)
    };
    if !rises(&few.end, &many.end) {
        if let Some(growth) = freed_at_end(figures) {
            return Course::Grows(growth);
        }
        return match many.end.bytes.max(few.end.bytes) {
            0 => Course::Nothing,
            // As many, or fewer: whatever it is, it does not grow with the iterations.
            bytes => Course::OneOff {
                bytes,
                sized_by_count: false,
            },
        };
    }
    let grain = grain(figures);
    let is_growth = match grain {
        Grain::Exact => {
            let loses = more(|at| at.lost.blocks) > 0 || more(|at| at.lost.bytes) > 0;
            // Held at the one count and lost at the other.
            let is_stray = more(|at| at.lost.blocks) <= STRAYS && blocks == 0;
            (loses && !is_stray) || comes_with_each(few, many, blocks, bytes)
        }
        _ => is_beyond_chance(few, many, bytes, grain),
    };
    if is_growth {
        return Course::Grows(growth(figures, few, many));
    }
    let between = many.iterations - few.iterations;
    Course::Unsure {
        bytes: bytes as f64 / between,
        blocks: blocks as f64 / between,
        why: match grain {
            Grain::Exact => {
                "it is not in proportion to the iterations, and two counts cannot tell a cache that fills from a line"
            }
            _ => "it is too little to be told from chance in what was sampled or rounded",
        },
    }
}

/// Growth by the most that there ever was, of what is not there any more at the end: it grew while the program lived.
fn freed_at_end(figures: &[Figures]) -> Option<Growth> {
    let at_most: Vec<Figures> = figures
        .iter()
        .map(|one| Figures {
            end: one.peak,
            lost: Amount::default(),
            possible: Amount::default(),
            ..*one
        })
        .collect();
    let [few, many] = both(&at_most)?;
    let more = |of: fn(&At) -> u64| of(&many).saturating_sub(of(&few));
    let (blocks, bytes) = (more(|at| at.end.blocks), more(|at| at.end.bytes));
    // How many short-lived blocks live at once is a matter of chance.
    let is_much = blocks >= PEAK_BLOCKS || bytes >= PEAK_BYTES;
    let is_exact = grain(figures) == Grain::Exact;
    if !is_much || !is_exact || !comes_with_each(few, many, blocks, bytes) {
        return None;
    }
    let growth = growth(&at_most, few, many);
    Some(Growth {
        parts: vec![(Kept::Held, growth.rate)],
        inside: false,
        freed_at_end: true,
        ..growth
    })
}

/// What was there at the least count and at the greatest; `None` where there are no two.
fn both(figures: &[Figures]) -> Option<[At; 2]> {
    let few = figures.iter().min_by_key(|one| one.iterations)?;
    let many = figures.iter().max_by_key(|one| one.iterations)?;
    let at = |one: &Figures| At {
        iterations: one.iterations as f64,
        end: one.end,
        lost: one.lost,
    };
    (many.iterations > few.iterations).then(|| [at(few), at(many)])
}

/// Whether what is there is in proportion to the iterations, or came with each of them: as many blocks, or a block in as
/// many iterations.
fn comes_with_each(few: At, many: At, blocks: u64, bytes: u64) -> bool {
    let between = many.iterations - few.iterations;
    let (gained, held) = match blocks {
        // The same blocks are larger.
        0 => (bytes as f64, few.end.bytes as f64),
        blocks => (blocks as f64, few.end.blocks as f64),
    };
    if blocks > 0 && (blocks as f64) < CLEAR_RISE {
        return false;
    }
    let foretold = held / few.iterations.max(1.0) * between;
    let in_proportion = foretold > 0.0 && (gained / foretold - 1.0).abs() <= BEND;
    let with_each = gained >= between && gained % between == 0.0;
    in_proportion || (with_each && blocks > 0)
}

/// Whether what a tool that samples or rounds told is more by more than that gives, and no less than the first count
/// foretells.
fn is_beyond_chance(few: At, many: At, bytes: u64, grain: Grain) -> bool {
    let unit = grain.unit().bytes as f64;
    let slack = |bytes: f64| match grain {
        Grain::Sampled { .. } => (DEVIATIONS * (bytes * unit).sqrt()).max(CLEAR_RISE * unit),
        _ => unit,
    };
    let (held, gained) = (few.end.bytes as f64, bytes as f64);
    let by = (many.iterations - few.iterations) / few.iterations.max(1.0);
    let foretold = (held - slack(held)).max(0.0) * by;
    let least = slack(held).hypot(slack(many.end.bytes as f64));
    gained > least && gained >= (1.0 - BEND) * foretold
}

fn growth(figures: &[Figures], few: At, many: At) -> Growth {
    let between = many.iterations - few.iterations;
    let per = |of: fn(&Figures) -> u64| {
        let points = points(figures, of);
        let of_count = |iterations: f64| {
            let mut at = points.iter();
            at.find(|point| point.iterations as f64 == iterations)
                .map_or(0.0, |point| point.value)
        };
        ((of_count(many.iterations) - of_count(few.iterations)) / between).max(0.0)
    };
    let rate = Rate {
        bytes: per(|one| one.end.bytes),
        blocks: per(|one| one.end.blocks),
    };
    let line = Line {
        slope: rate.blocks,
        from: few.iterations as u64,
        up_to: many.iterations as u64,
        points: 2,
        exact: false,
        sure: false,
    };
    let (parts, inside) = parts(figures, &line, rate);
    Growth {
        rate,
        parts: parts_that_count(parts),
        line,
        inside,
        amortised: false,
        freed_at_end: false,
    }
}

/// The parts of which something is left.
fn parts_that_count(mut parts: Vec<(Kept, Rate)>) -> Vec<(Kept, Rate)> {
    parts.retain(|(_, rate)| rate.bytes > 0.0 || rate.blocks > 0.0);
    parts
}
