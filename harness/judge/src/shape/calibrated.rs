//! The judge is the one that was calibrated: what it says of simulated series, figure by figure.
//!
//! How rarely it is wrong was measured by `harness calibrate`, not here. A figure that changes here is a judge that has
//! changed: look at the difference, calibrate it, and write the file again with UPDATE_JUDGEMENTS=1.

use super::{Judgement, Kind, examine};
use crate::simulation::programs::{EARLY, Healthy, healthy};
use crate::simulation::random::Random;
use harness_model::testing::assert_pinned;
use std::fmt::Write;

const SAID: &str = include_str!("judgements.txt");
/// Iterations: fewer than can be judged, few, some, and more than the points whose pairs are all looked at.
const LENGTHS: [usize; 5] = [3, 9, 24, 120, 700];
/// What a leak adds in each iteration, in bytes.
const LEAKS: [f64; 4] = [0.0, 0.03, 1.0, 5_000.0];

/// Every kind of healthy program and every counter below, alone and with a leak on top of it.
fn judgements() -> String {
    let mut said = String::new();
    for (number, what) in Healthy::ALL.into_iter().enumerate() {
        for (length, leak, seed) in cases(number) {
            for exact in [true, false] {
                let mut random = Random::new(seed);
                let series = healthy(what, length, exact, EARLY, &mut random);
                tell(&mut said, what.name(), leak, series.values, series.kind);
            }
        }
    }
    for (number, (name, next)) in COUNTERS.into_iter().enumerate() {
        for (length, leak, seed) in cases(100 + number) {
            let mut random = Random::new(seed);
            let cycle = [1, 5, (length / 4).max(1) as u64][random.below(3) as usize];
            let mut values = vec![1 << 30];
            for iteration in 1..=length {
                values.push(next(iteration as u64, &values, &mut random));
            }
            tell(&mut said, name, leak, values, Kind::Exact { cycle });
        }
    }
    said
}

/// Lengths and leaks, each with a seed of its own.
fn cases(number: usize) -> impl Iterator<Item = (usize, f64, u64)> {
    LENGTHS.into_iter().flat_map(move |length| {
        LEAKS.into_iter().map(move |leak| {
            let seed = (number * LENGTHS.len() + length) as u64 ^ leak.to_bits();
            (length, leak, seed)
        })
    })
}

/// The value after an iteration, by its number and the values before.
type Next = fn(u64, &[u64], &mut Random) -> u64;

/// Counters that rise in ways of their own. Each begins at 1 GiB.
const COUNTERS: [(&str, Next); 8] = [
    ("a byte now and then", |_, before, random| {
        before[before.len() - 1] + u64::from(random.below(20) == 0)
    }),
    ("blocks of all sizes", |_, before, random| {
        before[before.len() - 1] + [0, 16, 64, 4096][random.below(4) as usize]
    }),
    (
        "words met for the first time",
        |iteration, before, random| {
            before[before.len() - 1] + 64 * u64::from(random.below(8 + iteration) < 8)
        },
    ),
    (
        "all of a hundred things, one by one",
        |_, before, random| {
            let met = before[before.len() - 1] - before[0];
            before[0] + met + u64::from(random.below(100) >= met)
        },
    ),
    ("a table that doubles for ever", |iteration, before, _| {
        before[0] + 48 * iteration.next_power_of_two()
    }),
    ("what comes and goes", |_, before, random| {
        before[0] + 32 * random.below(3)
    }),
    (
        "a cache that is emptied at a bound",
        |iteration, before, random| {
            let filled = before[before.len() - 1] - before[0];
            match filled > 1_000 {
                true => before[0] + iteration / 40,
                false => before[0] + filled + random.below(90),
            }
        },
    ),
    (
        "what comes and goes in fives, and is met anew now and then",
        |iteration, before, random| {
            let met = before[before.len() - 1] - (iteration - 1) % 5 * 48;
            let new = 8 * u64::from(random.below(100 + 8 * iteration) < 100);
            met + new + iteration % 5 * 48
        },
    ),
];

/// Judges a series, and writes what is said of it.
fn tell(said: &mut String, name: &str, leak: f64, mut values: Vec<u64>, kind: Kind) {
    for (iteration, value) in values.iter_mut().enumerate() {
        *value += (leak * iteration as f64) as u64;
    }
    let length = values.len() - 1;
    let kind_of = match kind {
        Kind::Exact { cycle } => format!("exact, cycle {cycle}"),
        Kind::Noisy => "noisy".to_owned(),
    };
    let judgement = told(&examine(&values, kind));
    writeln!(said, "{name}, {length}, +{leak}, {kind_of}: {judgement}").unwrap();
}

/// All that a judgement says. Six figures are the same on every machine: logarithms differ in the sixteenth.
fn told(judgement: &Judgement) -> String {
    let mut text = format!(
        "{} ({:?}), slope {:.5e}",
        judgement.shape.name(),
        judgement.basis,
        judgement.slope
    );
    if let Some(interval) = judgement.slope_interval {
        write!(text, " in {:.5e} to {:.5e}", interval.low, interval.high).unwrap();
    }
    if let Some(least) = judgement.minimum_detectable_effect {
        write!(text, ", told from {least:.5e}").unwrap();
    }
    for step in &judgement.steps {
        write!(text, ", step of {:.5e} at {}", step.height, step.iteration).unwrap();
    }
    if let Some(sawtooth) = &judgement.sawtooth {
        write!(
            text,
            ", {} teeth of {:.5e} every {:.5e}, troughs {:.5e}",
            sawtooth.teeth, sawtooth.amplitude, sawtooth.period, sawtooth.trough_slope
        )
        .unwrap();
    }
    if let Some(level) = judgement.level {
        write!(text, ", to {level:.5e}").unwrap();
    }
    text
}

#[test]
fn every_figure_is_that_of_the_judge_that_was_calibrated() {
    assert_pinned(
        &judgements(),
        SAID,
        concat!(env!("CARGO_MANIFEST_DIR"), "/src/shape/judgements.txt"),
    );
}
