//! Simulated programs, healthy and leaking, of every kind: what they are taken for.

use super::summary::{Alarm, Healthy, Leaks, Point, Power, count_shape};
use harness_judge::simulation::judges::Judge;
use harness_judge::simulation::leaks;
use harness_judge::simulation::leaks::Leak;
use harness_judge::simulation::programs;
use harness_judge::simulation::programs::{EARLY, LATE};
use harness_judge::simulation::random::Random;
use harness_model::Shape;
use std::sync::atomic::{AtomicBool, Ordering};

/// Lengths of the simulated runs, in iterations.
const LENGTHS: [usize; 4] = [40, 200, 1_000, 5_000];
/// Lengths by which the power is told.
const POWER_LENGTHS: [usize; 3] = [40, 200, 1_000];
/// What a leak gains over the run, in deviations of the noise.
const STRENGTHS: [f64; 6] = [3.0, 10.0, 30.0, 60.0, 100.0, 300.0];
/// Curves of power that are measured.
pub const CURVES: u64 = (Leak::ALL.len() * POWER_LENGTHS.len()) as u64;

/// Judges healthy programs: as many of every kind and end, half of them exact, over runs of several lengths.
pub fn healthy(
    count: u64,
    seed: u64,
    judge: Judge,
    interrupted: &AtomicBool,
    mut step: impl FnMut(),
) -> Vec<Healthy> {
    let kinds = programs::Healthy::ALL;
    let early = kinds.iter().map(|what| (*what, false));
    let late = kinds
        .iter()
        .filter(|what| !what.is_steady())
        .map(|what| (*what, true));
    let kinds: Vec<(programs::Healthy, bool)> = early.chain(late).collect();
    let mut rows: Vec<Healthy> = kinds
        .iter()
        .map(|(what, late)| empty(what.name(), *late))
        .collect();
    let mut random = Random::new(seed);
    for number in 0..count {
        if interrupted.load(Ordering::Relaxed) {
            break;
        }
        let at = (number % rows.len() as u64) as usize;
        let (what, late) = kinds[at];
        let iterations = LENGTHS[random.below(LENGTHS.len() as u64) as usize];
        let exact = random.unit() < 0.5;
        let ends = if late { LATE } else { EARLY };
        let series = programs::healthy(what, iterations, exact, ends, &mut random);
        let shape = judge.shape(&series.values, series.kind);
        let row = &mut rows[at];
        count_shape(&mut row.shapes, shape);
        if shape == Shape::Growing {
            row.alarms.push(Alarm {
                program: row.programs,
                series: "memory".to_owned(),
                iterations: iterations as u64,
            });
        }
        row.programs += 1;
        row.series += 1;
        step();
    }
    rows
}

fn empty(kind: &str, late: bool) -> Healthy {
    Healthy {
        kind: kind.to_owned(),
        real: false,
        late,
        programs: 0,
        series: 0,
        shapes: Default::default(),
        alarms: Vec::new(),
        bound: 1.0,
    }
}

/// Judges leaks that are large enough to be asked for: so many of every kind, half of them exact.
pub fn leaks(each: u64, judge: Judge, random: &mut Random, mut step: impl FnMut()) -> Vec<Leaks> {
    let mut row = |what: Leak| {
        let mut row = Leaks {
            kind: what.name().to_owned(),
            leaks: each,
            found: 0,
            open: 0,
            wrong: 0,
            to_be_found: what.is_to_be_found(),
        };
        for number in 0..each {
            let iterations = LENGTHS[(number / 2) as usize % LENGTHS.len()];
            let series = leaks::leak(what, iterations, number % 2 == 0, random);
            match judge.shape(&series.values, series.kind) {
                Shape::Growing => row.found += 1,
                shape if shape.is_open() => row.open += 1,
                _ => row.wrong += 1,
            }
            step();
        }
        row
    };
    Leak::ALL.map(&mut row).into()
}

/// Judges noisy leaks of every kind by how far they rise above the noise, so many at each point.
pub fn power(each: u64, judge: Judge, random: &mut Random, mut step: impl FnMut()) -> Vec<Power> {
    let mut rows = Vec::new();
    for what in Leak::ALL {
        for iterations in POWER_LENGTHS {
            let mut point = |deviations: f64| {
                let mut series = || leaks::leak_of(what, iterations, false, deviations, random);
                let found = (0..each).filter(|_| {
                    let series = series();
                    judge.alarms(&series.values, series.kind)
                });
                Point {
                    rate: deviations,
                    planted: each,
                    found: found.count() as u64,
                }
            };
            rows.push(Power {
                kind: what.name().to_owned(),
                iterations: iterations as u64,
                points: STRENGTHS.map(&mut point).into(),
            });
            step();
        }
    }
    rows
}
