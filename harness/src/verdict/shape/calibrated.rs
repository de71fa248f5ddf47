//! The judge is the one that was calibrated: what it says of simulated series, figure by figure.
//!
//! How rarely it is wrong was measured by `harness calibrate`, not here. A figure that changes here is a judge that has
//! changed: look at the difference, calibrate it, and write the file again with UPDATE_JUDGEMENTS=1.

use super::{Judgement, Kind, examine};
use crate::calibrate::nulls::{Null, simulate};
use crate::calibrate::random::Random;
use std::fmt::Write;

const SAID: &str = include_str!("judgements.txt");
/// Iterations: few, some, and more than the points whose pairs are all looked at.
const LENGTHS: [usize; 3] = [24, 120, 700];
/// What a leak adds in each iteration, in bytes.
const LEAKS: [f64; 3] = [0.0, 1.0, 5_000.0];

/// Every kind of healthy program, alone and with a leak on top of it.
fn judgements() -> String {
    let mut said = String::new();
    for (seed, null) in Null::ALL.into_iter().enumerate() {
        for length in LENGTHS {
            for leak in LEAKS {
                let seed = (seed * LENGTHS.len() + length) as u64 ^ leak.to_bits();
                let mut series = simulate(null, length, &mut Random::new(seed));
                for (iteration, value) in series.values.iter_mut().enumerate() {
                    *value += (leak * iteration as f64) as u64;
                }
                let judgement = examine(&series.values, series.kind);
                let kind = match series.kind {
                    Kind::Exact { cycle } => format!("exact, cycle {cycle}"),
                    Kind::Noisy => "noisy".to_owned(),
                };
                let name = null.name();
                writeln!(
                    said,
                    "{name}, {length}, +{leak}, {kind}: {}",
                    told(&judgement)
                )
                .unwrap();
            }
        }
    }
    said
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
    if let Some(least) = judgement.detectable_slope {
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
    let now = judgements();
    if std::env::var_os("UPDATE_JUDGEMENTS").is_some() {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/verdict/shape/judgements.txt"
        );
        std::fs::write(file, &now).unwrap();
        return;
    }
    let differs = now
        .lines()
        .zip(SAID.lines())
        .find(|(now, said)| now != said);
    assert_eq!(differs, None, "now, and when it was calibrated");
    assert_eq!(now.lines().count(), SAID.lines().count());
}
