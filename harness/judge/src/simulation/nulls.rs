//! Series of healthy programs: whatever they do, they do not grow.
//!
//! Each is a course (steps, a cache that fills, teeth, …) under noise of some kind, with all its numbers drawn at
//! random; and, for the courses that an exact counter can take, the same without the noise.

use super::noise::{Noise, PAGE};
use super::random::Random;
use crate::shape::Kind;

/// What a healthy program's memory may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Null {
    /// Independent noise around a level.
    White,
    /// Noise whose neighbours are much alike, as a resident set's are: an autoregressive process of order 1.
    Wandering,
    /// Pages that come and go.
    Pages,
    /// A cache that empties itself whenever it is full.
    Sawtooth,
    /// A cache that fills.
    Filling,
    /// One step.
    Step,
    /// Up to five steps, up or down.
    Steps,
    /// A table that doubles, and stops filling by the middle of the run.
    Doubling,
    /// A drift that stops by the middle of the run, or begins and stops within it.
    Stopping,
    /// Bursts that are given back.
    Bursts,
    /// A first part that is slow to settle.
    SlowStart,
    /// The same work over and over: a pattern that comes round again.
    Pattern,
}

impl Null {
    /// All of them.
    pub const ALL: [Null; 12] = [
        Null::White,
        Null::Wandering,
        Null::Pages,
        Null::Sawtooth,
        Null::Filling,
        Null::Step,
        Null::Steps,
        Null::Doubling,
        Null::Stopping,
        Null::Bursts,
        Null::SlowStart,
        Null::Pattern,
    ];

    /// In words for a table.
    pub fn name(self) -> &'static str {
        match self {
            Null::White => "independent noise",
            Null::Wandering => "noise that wanders",
            Null::Pages => "pages that come and go",
            Null::Sawtooth => "a cache that empties itself",
            Null::Filling => "a cache that fills",
            Null::Step => "one step",
            Null::Steps => "several steps",
            Null::Doubling => "a table that doubled",
            Null::Stopping => "a drift that stops",
            Null::Bursts => "bursts",
            Null::SlowStart => "a slow start",
            Null::Pattern => "a pattern that repeats",
        }
    }
}

/// A simulated series.
pub struct Simulated {
    /// Its values: where the measured iterations begin, and after each.
    pub values: Vec<u64>,
    /// Whether they are exact.
    pub kind: Kind,
}

/// Where every simulated series begins.
const BASE: f64 = 1024.0 * 1024.0 * 1024.0;

/// A series of `iterations` iterations.
pub fn simulate(null: Null, iterations: usize, random: &mut Random) -> Simulated {
    let exact = match null {
        Null::White | Null::Wandering | Null::Pages | Null::SlowStart => false,
        Null::Pattern => true,
        _ => random.unit() < 0.5,
    };
    let size = random.magnitude(64.0, 16.0 * 1024.0 * 1024.0);
    let mut course = course(null, iterations, size, random);
    if exact {
        let cycle = (iterations / 4).max(1) as u64;
        let cycle = [1, cycle, 1 + random.below(cycle)][random.below(3) as usize];
        let values: Vec<u64> = course
            .iter()
            .map(|value| (BASE + value.round()) as u64)
            .collect();
        return Simulated {
            values,
            kind: Kind::Exact { cycle },
        };
    }
    let noise = match null {
        Null::White => Noise::independent(size),
        Null::Wandering => Noise::wandering(size, random),
        Null::Pages => Noise::pages(size, random),
        // From none to speak of to several times the course.
        _ => Noise::any(size * random.magnitude(0.001, 3.0), random),
    };
    noise.add(&mut course, random);
    Simulated {
        values: in_pages(&course),
        kind: Kind::Noisy,
    }
}

/// As a resident set has it.
fn in_pages(course: &[f64]) -> Vec<u64> {
    let page = |value: &f64| (BASE + (value / PAGE).round() * PAGE).max(0.0) as u64;
    course.iter().map(page).collect()
}

/// Two series of the same noise, alike but for chance.
pub fn twins(noise: &Noise, iterations: usize, random: &mut Random) -> [Vec<u64>; 2] {
    [(); 2].map(|()| {
        let mut course = vec![0.0; iterations + 1];
        noise.add(&mut course, random);
        in_pages(&course)
    })
}

/// What it does, without noise, about `size` bytes high.
fn course(null: Null, iterations: usize, size: f64, random: &mut Random) -> Vec<f64> {
    let length = iterations as f64;
    let times = (0..=iterations).map(|at| at as f64);
    match null {
        Null::White | Null::Wandering | Null::Pages => vec![0.0; iterations + 1],
        Null::Sawtooth => {
            let period = random.magnitude(5.0_f64.min(length / 4.0), length / 2.0);
            let mut at = random.unit() * period;
            let wander = if random.unit() < 0.5 { 0.0 } else { 0.3 };
            let mut full = period;
            times
                .map(|_| {
                    at += 1.0;
                    if at >= full {
                        at = 0.0;
                        full = period * (1.0 + wander * (random.unit() - 0.5));
                    }
                    size * at / period
                })
                .collect()
        }
        Null::Filling => {
            let constant = random.magnitude(length / 100.0, length / 2.0);
            if random.unit() < 0.5 {
                return times
                    .map(|at| size * (1.0 - (-at / constant).exp()))
                    .collect();
            }
            // Entry by entry: each iteration asks for some that may be known already.
            let entries = random.magnitude(20.0, 20_000.0);
            let share = 1.0 / constant;
            let mut known = 0.0;
            times
                .map(|_| {
                    let new = (entries - known) * share;
                    let new = (new.floor() + f64::from(u8::from(random.unit() < new.fract())))
                        .min(entries - known);
                    known += new;
                    (known * size / entries).round()
                })
                .collect()
        }
        Null::Step => steps(1, iterations, size, random),
        Null::Steps => {
            let count = 2 + random.below(4);
            steps(count, iterations, size, random)
        }
        Null::Doubling => {
            let stop = random.between(0.05, 0.5) * length;
            let origin = -random.between(0.0, 0.5) * length;
            let first = random.magnitude(1.0, (stop - origin) / 2.0);
            let entry = size / (stop - origin).max(1.0);
            let room = |at: f64| {
                let filled = (at.min(stop) - origin).max(first);
                first * 2.0_f64.powf((filled / first).log2().floor())
            };
            times.map(|at| (room(at) - room(0.0)) * entry).collect()
        }
        Null::Stopping => {
            let stop = random.between(0.1, 0.5) * length;
            let start = if random.unit() < 0.5 {
                0.0
            } else {
                random.unit() * stop
            };
            times
                .map(|at| size * (at.clamp(start, stop) - start) / (stop - start).max(1.0))
                .collect()
        }
        Null::Bursts => {
            let rate = random.magnitude(1.0, 30.0) / length;
            let decay = random.magnitude(0.05, 10.0);
            let mut height = 0.0;
            times
                .map(|_| {
                    height *= (-1.0 / decay).exp();
                    if random.unit() < rate {
                        height += size * random.unit();
                    }
                    height.round()
                })
                .collect()
        }
        Null::SlowStart => {
            let end = random.between(0.05, 0.5) * length;
            let bent = random.magnitude(0.3, 3.0);
            times
                .map(|at| size * ((at / end).min(1.0)).powf(bent))
                .collect()
        }
        Null::Pattern => {
            let period = 2 + random.below(iterations as u64 / 3) as usize;
            let pattern: Vec<f64> = (0..period)
                .map(|_| (size * random.unit()).round())
                .collect();
            (0..=iterations).map(|at| pattern[at % period]).collect()
        }
    }
}

fn steps(count: u64, iterations: usize, size: f64, random: &mut Random) -> Vec<f64> {
    let steps: Vec<(f64, f64)> = (0..count)
        .map(|_| {
            let up = if random.unit() < 0.85 { 1.0 } else { -1.0 };
            (
                random.unit() * iterations as f64,
                up * (size * random.magnitude(0.05, 1.0)).round(),
            )
        })
        .collect();
    let at = |at: usize| {
        steps
            .iter()
            .filter(|step| step.0 < at as f64)
            .map(|step| step.1)
            .sum::<f64>()
    };
    (0..=iterations).map(at).collect()
}
