//! What every shape is told by.

mod counts;
mod measurements;
mod properties;

use super::{Judgement, Kind, examine, judge};
use crate::simulation::random::Random;
use harness_model::Shape;

fn exact(values: impl IntoIterator<Item = u64>, cycle: u64) -> Judgement {
    judge(
        &values.into_iter().collect::<Vec<_>>(),
        Kind::Exact { cycle },
    )
}

fn shape_of(values: impl IntoIterator<Item = u64>) -> Shape {
    exact(values, 1).shape
}

fn noisy(values: impl IntoIterator<Item = f64>) -> Judgement {
    let values = values.into_iter().map(|value| (1e8 + value) as u64);
    examine(&values.collect::<Vec<_>>(), Kind::Noisy)
}

/// Noise as a resident set has: it wanders, and is pulled back.
fn wandering(seed: u64, count: usize) -> Vec<f64> {
    let mut random = Random::new(seed);
    let mut at = 0.0;
    let step = |_| {
        at = 0.9 * at + 4096.0 * random.normal();
        at
    };
    (0..count).map(step).collect()
}
