//! The network's activations while a batch of states is stepped (`ml/parser_model.pyx`).
//!
//! These buffers are the memory that spaCy once lost with every batch. They are set aside when a batch begins, in
//! [`resize_activations`] and nowhere else, and given back when it ends.

use super::precomputed::Precomputed;
use super::system::State;
use crate::limits::OutOfTime;
use crate::nn::TransitionModel;
use crate::sizes::product;

/// How much room one batch needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// States stepped at once.
    pub(crate) states: usize,
    /// Scores for each state: a move each.
    pub(crate) classes: usize,
    /// Units of the lower layer.
    pub(crate) hiddens: usize,
    /// Values each unit takes the largest of.
    pub(crate) pieces: usize,
    /// Tokens that are looked at for each state.
    pub(crate) features: usize,
}

/// The buffers. They are as long as the largest batch needed them to be; the first `curr_size` states are in use.
#[derive(Debug, Default)]
pub(crate) struct Activations {
    /// (states, features): rows of the precomputed features, -1 for a token that is not there.
    pub(crate) token_ids: Vec<i32>,
    /// (states, classes).
    pub(crate) scores: Vec<f32>,
    /// (states, hiddens, pieces): the lower layer before the largest piece is taken.
    pub(crate) unmaxed: Vec<f32>,
    /// (states, hiddens).
    pub(crate) hiddens: Vec<f32>,
    /// (states, classes): the moves that the states allow.
    pub(crate) is_valid: Vec<bool>,
    curr_size: usize,
    max_size: usize,
}

/// With the fault planted the buffers are forgotten where they should be freed: when larger ones take their place,
/// and at the end of a batch.
#[cfg(feature = "faults")]
impl Drop for Activations {
    fn drop(&mut self) {
        use crate::faults::{Fault, is_planted};
        if is_planted(Fault::ActivationLeak) {
            std::mem::forget(std::mem::take(&mut self.token_ids));
            std::mem::forget(std::mem::take(&mut self.scores));
            std::mem::forget(std::mem::take(&mut self.unmaxed));
            std::mem::forget(std::mem::take(&mut self.hiddens));
            std::mem::forget(std::mem::take(&mut self.is_valid));
        }
    }
}

/// Makes room for a batch of `sizes`. What the buffers held is gone if they had to grow.
///
/// Kept out of line, as [`predict_states`] is, so that a stack names it and the line that allocated.
#[inline(never)]
pub(crate) fn resize_activations(activations: &mut Activations, sizes: Sizes) {
    if sizes.states > activations.max_size {
        *activations = Activations {
            token_ids: vec![0; product(&[sizes.states, sizes.features])],
            scores: vec![0.0; product(&[sizes.states, sizes.classes])],
            unmaxed: vec![0.0; product(&[sizes.states, sizes.hiddens, sizes.pieces])],
            hiddens: vec![0.0; product(&[sizes.states, sizes.hiddens])],
            is_valid: vec![false; product(&[sizes.states, sizes.classes])],
            curr_size: 0,
            max_size: sizes.states,
        };
    }
    activations.curr_size = sizes.states;
}

/// A document's state, and the row of its first token among those of the batch.
#[derive(Debug)]
pub(crate) struct Placed<S> {
    pub(crate) state: S,
    pub(crate) offset: i32,
}

/// What becomes of a hidden unit that takes the largest of a single piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Single {
    /// It is taken as it is: by spaCy's greedy parser, with an upper layer or without.
    Plain,
    /// It is 0 where it is negative: by spaCy's beam.
    Rectified,
}

/// Scores the moves of the states whose places in `states` are listed in `unfinished`.
///
/// # Errors
/// If the time is up.
#[inline(never)]
pub(crate) fn predict_states<S: State>(
    activations: &mut Activations,
    states: &[Placed<S>],
    unfinished: &[u32],
    model: &TransitionModel,
    precomputed: &mut Precomputed<'_>,
    sizes: Sizes,
    single: Single,
) -> Result<(), OutOfTime> {
    resize_activations(activations, sizes);
    let n = activations.curr_size;
    let token_ids = &mut activations.token_ids[..n * sizes.features];
    for (ids, &at) in token_ids.chunks_exact_mut(sizes.features).zip(unfinished) {
        let Placed { state, offset } = &states[at as usize];
        state.context_tokens(ids);
        for id in ids {
            *id = if *id < 0 { -1 } else { *id + offset };
        }
    }
    let unmaxed = &mut activations.unmaxed[..n * sizes.hiddens * sizes.pieces];
    sum_state_features(unmaxed, precomputed, token_ids, sizes)?;
    let hiddens = &mut activations.hiddens[..n * sizes.hiddens];
    take_largest_pieces(hiddens, unmaxed, &model.lower.bias, sizes.pieces);
    if sizes.pieces == 1 && single == Single::Rectified {
        rectify(hiddens);
    }
    let known = model.classes();
    let scores = &mut activations.scores[..n * sizes.classes];
    match &model.upper {
        Some(upper) => upper.apply_into(hiddens, n, &mut scores[..n * known]),
        None => scores[..n * known].copy_from_slice(hiddens),
    }
    if sizes.classes > known {
        widen_rows(scores, known, sizes.classes);
    }
    set_unseen_to_minimum(scores, &model.unseen_classes, known, sizes.classes);
    Ok(())
}

/// Adds up the features of each state. `token_ids` holds a row of ids for each row of `output`.
fn sum_state_features(
    output: &mut [f32],
    precomputed: &mut Precomputed<'_>,
    token_ids: &[i32],
    sizes: Sizes,
) -> Result<(), OutOfTime> {
    let rows = output.chunks_exact_mut(sizes.hiddens * sizes.pieces);
    for (row, ids) in rows.zip(token_ids.chunks_exact(sizes.features)) {
        precomputed.sum(ids, row)?;
    }
    Ok(())
}

fn rectify(hiddens: &mut [f32]) {
    for hidden in hiddens {
        if *hidden < 0.0 {
            *hidden = 0.0;
        }
    }
}

/// Adds the bias to each unit's pieces and takes the largest. A single piece is taken as it is.
fn take_largest_pieces(hiddens: &mut [f32], unmaxed: &mut [f32], bias: &[f32], pieces: usize) {
    for row in unmaxed.chunks_exact_mut(bias.len()) {
        for (x, bias) in row.iter_mut().zip(bias) {
            *x += bias;
        }
    }
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    match pieces {
        1 => hiddens.copy_from_slice(unmaxed),
        2 => {
            for (hidden, unit) in hiddens.iter_mut().zip(unmaxed.chunks_exact(2)) {
                *hidden = larger(unit[0], unit[1]);
            }
        }
        _ => {
            for (hidden, unit) in hiddens.iter_mut().zip(unmaxed.chunks_exact(pieces)) {
                *hidden = unit[1..].iter().fold(unit[0], |a, &b| larger(a, b));
            }
        }
    }
}

/// Spreads rows of `from` scores to rows of `to`, with zeros after them: moves that the network has no weights for.
fn widen_rows(scores: &mut [f32], from: usize, to: usize) {
    for row in (0..scores.len() / to).rev() {
        scores.copy_within(row * from..(row + 1) * from, row * to);
        scores[row * to + from..(row + 1) * to].fill(0.0);
    }
}

/// Gives the moves that were never taught, and those from `known` on, the lowest score of the whole batch.
fn set_unseen_to_minimum(scores: &mut [f32], unseen: &[usize], known: usize, classes: usize) {
    if unseen.is_empty() && known == classes {
        return;
    }
    let minimum = scores[1..]
        .iter()
        .fold(scores[0], |a, &b| if b < a { b } else { a });
    for row in scores.chunks_exact_mut(classes) {
        for &class in unseen {
            row[class] = minimum;
        }
        row[known..].fill(minimum);
    }
}

/// The valid move with the highest score, the first of equals; `None` if none is valid.
pub(crate) fn best_valid(scores: &[f32], is_valid: &[bool]) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (class, (&score, &valid)) in scores.iter().zip(is_valid).enumerate() {
        if valid && best.is_none_or(|(_, highest)| score > highest) {
            best = Some((class, score));
        }
    }
    best.map(|(class, _)| class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equal_scores_is_taken_among_the_valid() {
        let scores = [9.0, 1.0, 3.0, 3.0, f32::NAN];
        let valid = [false, true, true, true, true];
        assert_eq!(best_valid(&scores, &valid), Some(2));
        assert_eq!(best_valid(&scores, &[false; 5]), None);
    }

    #[test]
    fn one_piece_is_not_rectified() {
        let mut hiddens = [0.0; 2];
        take_largest_pieces(&mut hiddens, &mut [-3.0, 2.0], &[1.0, 1.0], 1);
        assert_eq!(hiddens, [-2.0, 3.0]);
    }

    #[test]
    fn the_largest_piece_is_taken_after_the_bias() {
        let mut hiddens = [0.0; 2];
        let mut unmaxed = [1.0, 2.0, 3.0, -1.0, -2.0, -3.0];
        let bias = [5.0, 0.0, 0.0, 0.0, 0.0, 2.5];
        take_largest_pieces(&mut hiddens, &mut unmaxed, &bias, 3);
        assert_eq!(hiddens, [6.0, -0.5]);
    }

    #[test]
    fn moves_that_were_never_taught_score_least_in_the_batch() {
        let mut scores = [5.0, 6.0, 7.0, 2.0, 9.0, 8.0];
        set_unseen_to_minimum(&mut scores, &[1], 3, 3);
        assert_eq!(scores, [5.0, 2.0, 7.0, 2.0, 2.0, 8.0]);
    }

    #[test]
    fn moves_without_weights_count_as_zero_in_the_minimum() {
        let mut scores = [1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0];
        widen_rows(&mut scores, 2, 4);
        assert_eq!(scores, [1.0, 2.0, 0.0, 0.0, 3.0, 4.0, 0.0, 0.0]);
        let mut scores = scores.map(|score| score - 1.0);
        set_unseen_to_minimum(&mut scores, &[], 2, 4);
        assert_eq!(scores, [0.0, 1.0, -1.0, -1.0, 2.0, 3.0, -1.0, -1.0]);
    }
}
