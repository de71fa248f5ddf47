//! Healthy programs: whatever they take, there is an end of it, and it is known where.
//!
//! Every course goes from 0 to about 1, whatever it counts; [`healthy`] makes bytes of it, exact or under noise. Their
//! numbers are drawn from ranges that go past whatever the rules of the judge are made for.

use super::noise::{Noise, PAGE};
use super::random::Random;
use crate::shape::Kind;

/// What a healthy program does. Whatever it takes, there is an end of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Healthy {
    /// It stays where it is.
    Level,
    /// The same work over and over: a pattern that comes round again.
    Pattern,
    /// What is taken is given back.
    Bursts,
    /// A day and a night: a cycle of an eighth to a half of the run.
    Season,
    /// One step.
    Step,
    /// Two to five steps of all heights, up or down.
    Steps,
    /// Up to thirty steps of one height, evenly, or at random.
    EqualSteps,
    /// A drift that stops.
    Drift,
    /// A first part that is slow to settle.
    SlowStart,
    /// A cache that fills: what it takes in falls exponentially.
    Filling,
    /// The same, entry by entry.
    Entries,
    /// What it takes in falls with the square of the time.
    Hyperbolic,
    /// It begins slowly, climbs and ends slowly.
    Curve,
    /// A table that doubles whenever it is full.
    Doubling,
    /// A cache that empties itself at a bound.
    Sawtooth,
    /// The same at bounds that vary, some of it kept or not.
    UnevenSawtooth,
    /// A fall, and then a drift that stops, with a cycle on top.
    FallAndDrift,
}

impl Healthy {
    /// All of them.
    pub const ALL: [Healthy; 17] = [
        Healthy::Level,
        Healthy::Pattern,
        Healthy::Bursts,
        Healthy::Season,
        Healthy::Step,
        Healthy::Steps,
        Healthy::EqualSteps,
        Healthy::Drift,
        Healthy::SlowStart,
        Healthy::Filling,
        Healthy::Entries,
        Healthy::Hyperbolic,
        Healthy::Curve,
        Healthy::Doubling,
        Healthy::Sawtooth,
        Healthy::UnevenSawtooth,
        Healthy::FallAndDrift,
    ];

    /// In words for a table.
    pub fn name(self) -> &'static str {
        match self {
            Healthy::Level => "a level",
            Healthy::Pattern => "a pattern that repeats",
            Healthy::Bursts => "bursts",
            Healthy::Season => "a season",
            Healthy::Step => "one step",
            Healthy::Steps => "several steps",
            Healthy::EqualSteps => "equal steps",
            Healthy::Drift => "a drift that stops",
            Healthy::SlowStart => "a slow start",
            Healthy::Filling => "a cache that fills",
            Healthy::Entries => "a cache that fills by entries",
            Healthy::Hyperbolic => "a cache that fills ever slower",
            Healthy::Curve => "an S-curve",
            Healthy::Doubling => "a table that doubled",
            Healthy::Sawtooth => "a cache that empties itself",
            Healthy::UnevenSawtooth => "a cache that empties itself unevenly",
            Healthy::FallAndDrift => "a fall, then a drift",
        }
    }

    /// Whether it has no beginning and no end: it is the same all along.
    pub fn is_steady(self) -> bool {
        matches!(
            self,
            Healthy::Level
                | Healthy::Pattern
                | Healthy::Bursts
                | Healthy::Season
                | Healthy::Sawtooth
                | Healthy::UnevenSawtooth
        )
    }
}

/// Ends in the first three quarters of the run, as shares of it: the last quarter shows that nothing goes on.
pub const EARLY: (f64, f64) = (0.02, 0.75);
/// Later ones.
pub const LATE: (f64, f64) = (0.75, 0.95);

/// Where every simulated series begins, in bytes.
const BASE: f64 = 1024.0 * 1024.0 * 1024.0;

/// A simulated series.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// Its values: where the measured iterations begin, and after each.
    pub values: Vec<u64>,
    /// Whether they are exact.
    pub kind: Kind,
    /// Where in the run it is over, as a share of it; 0 for what is the same all along. 1 for a leak.
    pub end: f64,
    /// What it gains for ever, in bytes; 0 for what is healthy.
    pub gain: f64,
}

/// A healthy program over so many iterations: `exact`, or under `noise` as high as a `share` of the course.
pub fn healthy(
    what: Healthy,
    iterations: usize,
    exact: bool,
    latest: (f64, f64),
    random: &mut Random,
) -> Simulated {
    let end = match what.is_steady() {
        true => 0.0,
        false => random.between(latest.0, latest.1),
    };
    let course = healthy_course(what, iterations, end, random);
    if exact {
        let size = random.magnitude(1.0, 1e7);
        return counted(course, size, what, iterations, end, 0.0, random);
    }
    let size = random.magnitude(4096.0, 64e6);
    let deviation = size / random.magnitude(0.5, 1_000.0);
    measured(
        course,
        size,
        Noise::any(deviation, random),
        end,
        0.0,
        random,
    )
}

pub(super) fn counted(
    course: Vec<f64>,
    size: f64,
    what: Healthy,
    iterations: usize,
    end: f64,
    gain: f64,
    random: &mut Random,
) -> Simulated {
    let cycle = (iterations / 4).max(1) as u64;
    let cycle = match what {
        Healthy::Pattern => 1,
        _ => [1, cycle, 1 + random.below(cycle)][random.below(3) as usize],
    };
    // What comes and goes within a pass of the inputs.
    let passing: Vec<f64> = (0..cycle).map(|_| (1e4 * random.unit()).round()).collect();
    let passes = cycle > 1 && random.unit() < 0.5 && course.is_sorted();
    let at = |(at, value): (usize, &f64)| {
        let passing = if passes {
            passing[at % cycle as usize]
        } else {
            0.0
        };
        (BASE + (value * size).round() + passing).max(0.0) as u64
    };
    Simulated {
        values: course.iter().enumerate().map(at).collect(),
        kind: Kind::Exact { cycle },
        end,
        gain,
    }
}

pub(super) fn measured(
    mut course: Vec<f64>,
    size: f64,
    noise: Noise,
    end: f64,
    gain: f64,
    random: &mut Random,
) -> Simulated {
    for value in &mut course {
        *value *= size;
    }
    noise.add(&mut course, random);
    // A resident set comes in pages, and what others measure in anything.
    let values = match random.unit() < 0.5 {
        true => in_pages(&course),
        false => course
            .iter()
            .map(|value| (BASE + value).max(0.0).round() as u64)
            .collect(),
    };
    Simulated {
        values,
        kind: Kind::Noisy,
        end,
        gain,
    }
}

pub(super) fn healthy_course(
    what: Healthy,
    iterations: usize,
    end: f64,
    random: &mut Random,
) -> Vec<f64> {
    let length = iterations as f64;
    let times = (0..=iterations).map(|at| at as f64 / length);
    match what {
        Healthy::Level => vec![0.0; iterations + 1],
        Healthy::Pattern => {
            let period = 2 + random.below(iterations as u64 / 3) as usize;
            let pattern: Vec<f64> = (0..period).map(|_| random.unit()).collect();
            (0..=iterations).map(|at| pattern[at % period]).collect()
        }
        Healthy::Bursts => {
            let rate = random.magnitude(1.0, 30.0) / length;
            let decay = random.magnitude(0.05, 10.0);
            let mut height = 0.0;
            times
                .map(|_| {
                    height *= f64::exp(-1.0 / decay);
                    if random.unit() < rate {
                        height += random.unit();
                    }
                    height
                })
                .collect()
        }
        Healthy::Season => {
            let period = random.magnitude(0.125, 0.5);
            let phase = random.unit();
            times
                .map(|at| 0.5 + 0.5 * (std::f64::consts::TAU * (at / period + phase)).sin())
                .collect()
        }
        Healthy::Step => times.map(|at| f64::from(u8::from(at >= end))).collect(),
        Healthy::Steps => {
            let count = 2 + random.below(4);
            let mut steps: Vec<(f64, f64)> = (1..count)
                .map(|_| {
                    let up = if random.unit() < 0.85 { 1.0 } else { -1.0 };
                    (random.unit() * end, up * random.magnitude(0.05, 1.0))
                })
                .collect();
            steps.push((end, random.magnitude(0.05, 1.0)));
            let at = |at: f64| {
                steps
                    .iter()
                    .filter(|step| step.0 <= at)
                    .map(|step| step.1)
                    .sum()
            };
            times.map(at).collect()
        }
        Healthy::EqualSteps => {
            let count = 3 + random.below(28);
            let even = random.unit() < 0.5;
            let places: Vec<f64> = (1..=count)
                .map(|step| match even {
                    true => end * step as f64 / count as f64,
                    false => end * random.unit(),
                })
                .collect();
            let at =
                |at: f64| places.iter().filter(|place| **place <= at).count() as f64 / count as f64;
            times.map(at).collect()
        }
        Healthy::Drift => {
            let start = if random.unit() < 0.5 {
                0.0
            } else {
                random.unit() * end * 0.9
            };
            times
                .map(|at| (at.clamp(start, end) - start) / (end - start))
                .collect()
        }
        Healthy::SlowStart => {
            let bent = random.magnitude(0.3, 3.0);
            times.map(|at| (at / end).min(1.0).powf(bent)).collect()
        }
        // 98% of it is there at the end.
        Healthy::Filling => {
            let constant = end / 4.0;
            times.map(|at| 1.0 - (-at / constant).exp()).collect()
        }
        Healthy::Entries => {
            let entries = random.magnitude(20.0, 20_000.0).round();
            let share = 4.0 / (end * length);
            let mut known = 0.0;
            times
                .map(|_| {
                    let new = (entries - known) * share;
                    let new = new.floor() + f64::from(u8::from(random.unit() < new.fract()));
                    known = (known + new).min(entries);
                    known / entries
                })
                .collect()
        }
        // 90% of it is there at the end: the rest takes nine times as long.
        Healthy::Hyperbolic => times.map(|at| (at / (at + end / 9.0)).min(1.0)).collect(),
        Healthy::Curve => {
            let middle = end * random.between(0.3, 0.8);
            let width = (end - middle) / 4.0;
            let curve = |at: f64| 1.0 / (1.0 + (-(at - middle) / width).exp());
            times.map(|at| curve(at) - curve(0.0)).collect()
        }
        Healthy::Doubling => {
            let origin = -random.between(0.0, 0.5);
            let first = random.magnitude(1.0 / length, (end - origin) / 2.0);
            let room = |at: f64| {
                let filled = (at.min(end) - origin).max(first);
                first * 2.0_f64.powf((filled / first).log2().floor())
            };
            times
                .map(|at| (room(at) - room(0.0)) / (end - origin))
                .collect()
        }
        Healthy::Sawtooth => sawtooth(iterations, false, random),
        Healthy::UnevenSawtooth => sawtooth(iterations, true, random),
        Healthy::FallAndDrift => {
            let fall = random.between(0.1, 0.5) * end;
            let depth = random.between(0.3, 1.5);
            let swing = random.between(0.0, 0.2);
            let phase = random.unit();
            times
                .map(|at| {
                    let fallen = if at < fall { depth } else { 0.0 };
                    let cycle = swing * (std::f64::consts::TAU * (at / 0.25 + phase)).sin();
                    fallen + (at.clamp(fall, end) - fall) / (end - fall) + cycle
                })
                .collect()
        }
    }
}

pub(super) fn sawtooth(iterations: usize, uneven: bool, random: &mut Random) -> Vec<f64> {
    let length = iterations as f64;
    let period = random.magnitude(5.0_f64.min(length / 4.0), length / 8.0);
    let kept = if uneven {
        random.between(0.0, 0.1)
    } else {
        0.0
    };
    let (mut at, mut full) = (random.unit() * period, period);
    (0..=iterations)
        .map(|_| {
            at += 1.0;
            if at >= full {
                at = 0.0;
                if uneven {
                    at = period * kept * random.unit();
                    full = period * random.between(0.6, 1.4);
                }
            }
            at / period
        })
        .collect()
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
