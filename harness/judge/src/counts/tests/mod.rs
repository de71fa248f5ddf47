//! What the judgement over counts claims.

mod courses;
mod garbage;
mod pair;
mod planner;
mod service;
mod whole;

use super::trend::Point;
use super::*;

const TENS: [u64; 5] = [10, 100, 1_000, 10_000, 100_000];

fn points(counts: &[u64], value: impl Fn(u64) -> f64) -> Vec<Point> {
    counts
        .iter()
        .map(|&iterations| Point {
            iterations,
            value: value(iterations),
        })
        .collect()
}

fn figures(iterations: u64, taken: u64, blocks: u64, size: u64) -> Figures {
    let end = Amount {
        bytes: blocks * size,
        blocks,
    };
    Figures {
        iterations,
        taken,
        end,
        peak: end,
        trust: Trust::Scanned,
        ..Figures::default()
    }
}

/// What a site holds at each count, in blocks of `size`, of which it takes one an iteration.
fn held(counts: &[u64], size: u64, blocks: impl Fn(u64) -> u64) -> Vec<Figures> {
    counts
        .iter()
        .map(|&n| figures(n, n, blocks(n), size))
        .collect()
}

fn lost(counts: &[u64], size: u64, blocks: impl Fn(u64) -> u64) -> Vec<Figures> {
    let mut all = held(counts, size, blocks);
    all.iter_mut().for_each(|one| one.lost = one.end);
    all
}

fn rate_of(figures: &[Figures]) -> Option<Growth> {
    match course(figures) {
        Course::Grows(growth) => Some(growth),
        _ => None,
    }
}
