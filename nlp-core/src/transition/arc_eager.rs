//! The moves of the dependency parser: arc-eager parsing with non-monotonic repairs and sentence breaks
//! (`_parser_internals/arc_eager.pyx`).
//!
//! Nivre (2003), An Efficient Algorithm for Projective Dependency Parsing; Honnibal and Johnson (2015), An Improved
//! Non-monotonic Transition System for Dependency Parsing.

use super::lists::Lists;
use super::moves::{Action, MoveKinds};
use super::state::ParseState;
use super::system::TransitionSystem;
use crate::frozen::frozen;
use crate::symbols::string_id;

/// A kind of move; its number is the one in the `moves` file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Move {
    /// B0 goes to the stack.
    Shift,
    /// S0 leaves the stack, or returns to the buffer if it has no head while others are below it.
    Reduce,
    /// B0 becomes the head of S0, which leaves the stack.
    Left,
    /// S0 becomes the head of B0, which goes to the stack.
    Right,
    /// A sentence starts at B1.
    Break,
}

frozen!(hash Move);

impl MoveKinds for Move {
    fn from_number(number: usize) -> Option<Self> {
        [
            Move::Shift,
            Move::Reduce,
            Move::Left,
            Move::Right,
            Move::Break,
        ]
        .get(number)
        .copied()
    }

    fn is_usable(self, _label: &str) -> bool {
        true
    }
}

/// The numbered actions of a parser.
#[derive(Debug, Clone)]
pub(crate) struct ArcEager {
    actions: Vec<Action<Move>>,
    /// The label of arcs inside a word that was split: between neighbours only.
    subtoken: u64,
}

frozen!(ArcEager { actions, subtoken });

impl ArcEager {
    pub(crate) fn new(actions: Vec<Action<Move>>) -> Self {
        ArcEager {
            actions,
            subtoken: string_id("subtok"),
        }
    }

    /// Whether `state` allows moves of `kind`, whatever their label (but for [`ArcEager::allows_subtoken`]).
    fn allows<L: Lists>(kind: Move, state: &ParseState<L>) -> bool {
        let b0 = state.buffer(0);
        match kind {
            Move::Shift => {
                state.stack_depth() == 0
                    || (state.buffer_length() >= 2
                        && !state.is_sent_start(b0)
                        && !state.is_unshiftable(b0))
            }
            Move::Reduce => match state.stack_depth() {
                0 => false,
                1 => state.buffer_length() == 0 || !state.cannot_sent_start(b0),
                _ => true,
            },
            Move::Left | Move::Right => {
                state.stack_depth() > 0 && state.buffer_length() > 0 && !state.is_sent_start(b0)
            }
            Move::Break => {
                let b1 = state.buffer(1);
                state.buffer_length() >= 2
                    && b1 == b0 + 1
                    && !state.is_sent_start(b1)
                    && !state.cannot_sent_start(b1)
            }
        }
    }

    fn allows_subtoken<L: Lists>(kind: Move, state: &ParseState<L>) -> bool {
        !matches!(kind, Move::Left | Move::Right) || state.stack(0) == state.buffer(0) - 1
    }
}

impl<L: Lists> TransitionSystem<ParseState<L>> for ArcEager {
    fn action_count(&self) -> usize {
        self.actions.len()
    }

    fn set_valid(&self, state: &ParseState<L>, valid: &mut [bool]) {
        let kinds = [
            Move::Shift,
            Move::Reduce,
            Move::Left,
            Move::Right,
            Move::Break,
        ]
        .map(|kind| Self::allows(kind, state));
        for (valid, action) in valid.iter_mut().zip(&self.actions) {
            *valid = kinds[action.kind as usize]
                && (action.label != self.subtoken || Self::allows_subtoken(action.kind, state));
        }
    }

    fn apply(&self, state: &mut ParseState<L>, action: usize) {
        let Action { kind, label } = self.actions[action];
        let (s0, b0) = (state.stack(0), state.buffer(0));
        match kind {
            Move::Shift => state.push(),
            Move::Reduce => {
                if state.has_head(s0) || state.stack_depth() == 1 {
                    state.pop();
                } else {
                    state.unshift();
                }
            }
            Move::Left => {
                state.add_arc(b0, s0, label);
                // The stack gets smaller for good, so that shifting again cannot go on for ever.
                state.set_reshiftable(b0);
                state.pop();
            }
            Move::Right => {
                state.add_arc(s0, b0, label);
                state.push();
            }
            Move::Break => state.set_sent_start(state.buffer(1)),
        }
    }
}
