//! Taking the best move again and again, for a batch of documents at once (`greedy_parse` in
//! `pipeline/transition_parser.pyx`).

use super::activations::{Activations, Placed, Single, Sizes, best_valid, predict_states};
use super::precomputed::{HELD_TOKENS, Precomputed};
use super::system::{State, TransitionSystem};
use crate::limits::{Budget, OutOfTime};
use crate::nn::{TokenRows, TransitionModel};
use crate::sizes::sum;
use std::ops::Range;

/// Steps of a batch before the clock is looked at again.
const STEPS_A_LOOK: usize = 64;

/// Brings `states`, one for each document, to their ends. `tokvecs` holds the documents' token vectors one after
/// the other, `lens` how many there are of each.
///
/// # Errors
/// If the time is up.
///
/// # Panics
/// If `tokvecs` has not one row a token of the width that `model` takes, or `system` has fewer moves than `model`
/// scores.
pub(crate) fn run<S: State, T: TransitionSystem<S>>(
    system: &T,
    model: &TransitionModel,
    tokvecs: &mut dyn TokenRows,
    lens: &[usize],
    states: Vec<S>,
    budget: Budget,
) -> Result<Vec<S>, OutOfTime> {
    assert_eq!(lens.len(), states.len());
    assert_eq!(tokvecs.count(), sum(lens));
    assert!(tokvecs.count() == 0 || tokvecs.width() == model.linear.inputs());
    assert!(system.action_count() >= model.classes());
    let mut states = states.into_iter();
    let mut finished = Vec::with_capacity(lens.len());
    let mut first_row = 0;
    for docs in batches(lens) {
        let lens = &lens[docs];
        let mut offset = 0_i32;
        let mut batch: Vec<Placed<S>> = Vec::with_capacity(lens.len());
        // The lengths come first: where they end, no state may have been taken yet.
        for (len, state) in lens.iter().zip(states.by_ref()) {
            batch.push(Placed { state, offset });
            offset = i32::try_from(*len)
                .ok()
                .and_then(|len| offset.checked_add(len))
                .expect("fewer tokens than 2^31");
        }
        let rows = first_row..first_row + offset as usize;
        first_row = rows.end;
        run_batch(system, model, (tokvecs, rows), &mut batch, budget)?;
        finished.extend(batch.into_iter().map(|placed| placed.state));
    }
    Ok(finished)
}

/// Parts documents of the given lengths into runs of at most [`HELD_TOKENS`] tokens, or of one document that has more.
fn batches(lens: &[usize]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let mut tokens = *lens.get(start)?;
        let mut end = start + 1;
        while end < lens.len() && tokens + lens[end] <= HELD_TOKENS {
            tokens += lens[end];
            end += 1;
        }
        let batch = start..end;
        start = end;
        Some(batch)
    })
}

fn run_batch<S: State, T: TransitionSystem<S>>(
    system: &T,
    model: &TransitionModel,
    (tokvecs, rows): (&mut dyn TokenRows, Range<usize>),
    batch: &mut [Placed<S>],
    budget: Budget,
) -> Result<(), OutOfTime> {
    let mut unfinished: Vec<u32> = (0..batch.len() as u32)
        .filter(|&at| !batch[at as usize].state.is_final())
        .collect();
    if unfinished.is_empty() {
        return Ok(());
    }
    let mut precomputed = Precomputed::new(model, tokvecs, rows, budget)?;
    let mut activations = Activations::default();
    let mut sizes = Sizes {
        states: unfinished.len(),
        classes: system.action_count(),
        hiddens: model.lower.outputs(),
        pieces: model.lower.pieces(),
        features: model.lower.features(),
    };
    let mut steps = 0;
    while !unfinished.is_empty() {
        if steps % STEPS_A_LOOK == 0 {
            budget.check()?;
        }
        steps += 1;
        sizes.states = unfinished.len();
        predict_states(
            &mut activations,
            batch,
            &unfinished,
            model,
            &mut precomputed,
            sizes,
            Single::Plain,
        )?;
        let rows = activations
            .scores
            .chunks_exact(sizes.classes)
            .zip(activations.is_valid.chunks_exact_mut(sizes.classes));
        for ((scores, is_valid), &at) in rows.zip(&unfinished) {
            let state = &mut batch[at as usize].state;
            system.set_valid(state, is_valid);
            match best_valid(scores, is_valid) {
                Some(action) => system.apply(state, action),
                None => state.force_final(),
            }
        }
        unfinished.retain(|&at| !batch[at as usize].state.is_final());
    }
    Ok(())
}
