//! The moves of the entity recogniser: each token Begins, continues (In), ends (Last) or is (Unit) an entity, or is
//! Out of any (`_parser_internals/ner.pyx`).

use super::lists::{List, Lists, Plain};
use super::moves::{Action, MoveKinds};
use super::system::{State, TransitionSystem};
use crate::frozen::frozen;
use std::collections::HashSet;

/// How [`NerInput::ent_iob`] says that nothing is known of a token, that it goes on with an entity, that it is in
/// none, and that it begins one (or, with no type, that it must not be in any).
pub(crate) const MISSING: u8 = 0;
pub(crate) const INSIDE: u8 = 1;
pub(crate) const OUTSIDE: u8 = 2;
pub(crate) const BEGINS: u8 = 3;

/// A kind of move; its number is the one in the `moves` file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Move {
    /// A placeholder of training data, which is no action.
    Missing,
    Begin,
    In,
    Last,
    Unit,
    Out,
}

frozen!(hash Move);

impl MoveKinds for Move {
    fn from_number(number: usize) -> Option<Self> {
        [
            Move::Missing,
            Move::Begin,
            Move::In,
            Move::Last,
            Move::Unit,
            Move::Out,
        ]
        .get(number)
        .copied()
    }

    fn is_usable(self, label: &str) -> bool {
        match self {
            Move::Missing => false,
            Move::Out => label.is_empty(),
            _ => true,
        }
    }
}

/// What the recogniser is told of one document: its tokens, and what was said of them before.
///
/// All slices are as long as the document.
#[derive(Debug, Clone, Copy)]
pub struct NerInput<'a> {
    /// Whether a token is white space: an entity does not start there unless it was preset.
    pub is_space: &'a [bool],
    /// 1 where a sentence starts; anything else where none does or where that is not known. An entity does not go on
    /// over the start of a sentence unless it was preset.
    pub sent_start: &'a [i8],
    /// What was said of entities before, as spaCy numbers it: 0 nothing, 1 inside, 2 outside, 3 begins (with type 0:
    /// blocked, so that no entity may be there).
    pub ent_iob: &'a [u8],
    /// The string id of the preset entity's label, 0 for none.
    pub ent_type: &'a [u64],
}

impl NerInput<'_> {
    /// How many tokens the document has.
    pub(crate) fn len(&self) -> usize {
        self.is_space.len()
    }
}

/// An entity: tokens `start..end` of the document, and the string id of its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntitySpan {
    /// The first token.
    pub start: usize,
    /// The token after the last.
    pub end: usize,
    /// The string id of the label.
    pub label: u64,
}

/// How far the recogniser has come in one document.
#[derive(Debug, Clone)]
pub(crate) struct EntityState<'a, L: Lists = Plain> {
    input: NerInput<'a>,
    /// The first token that no move was made for.
    next: usize,
    /// Where the entity that is open starts, and its label.
    open: Option<(usize, u64)>,
    /// Entities that were closed. One that still is open when another begins, or at the end, is lost.
    closed: L::Of<EntitySpan>,
}

impl<'a> EntityState<'a> {
    pub(crate) fn new(input: NerInput<'a>) -> Self {
        EntityState::start(input)
    }
}

impl<'a, L: Lists> EntityState<'a, L> {
    /// As [`EntityState::new`], made of lists of any kind.
    pub(crate) fn start(input: NerInput<'a>) -> Self {
        EntityState {
            input,
            next: 0,
            open: None,
            closed: Default::default(),
        }
    }

    pub(crate) fn entities(&self) -> Vec<EntitySpan> {
        let all = 0..self.closed.len();
        all.filter_map(|i| self.closed.get(i).copied()).collect()
    }

    /// What was said before of the `i`th token ahead, as `ent_iob` and `ent_type`; beyond the end, nothing.
    fn preset(&self, i: usize) -> (u8, u64) {
        let at = self.next + i;
        match self.input.ent_iob.get(at) {
            Some(&iob) => (iob, self.input.ent_type[at]),
            None => (MISSING, 0),
        }
    }

    fn remaining(&self) -> usize {
        self.input.len() - self.next
    }

    fn close(&mut self) {
        if let Some((start, label)) = self.open.take() {
            self.closed.push(EntitySpan {
                start,
                end: self.next + 1,
                label,
            });
        }
    }
}

impl<L: Lists> State for EntityState<'_, L> {
    fn context_tokens(&self, ids: &mut [i32]) {
        ids.fill(-1);
        if self.is_final() {
            return;
        }
        ids[0] = self.next as i32;
        match (ids.len(), self.open) {
            (3, Some((start, _))) => {
                ids[1] = start as i32;
                ids[2] = self.next as i32 - 1;
            }
            (6, Some((start, _))) => {
                for (id, token) in ids[1..].iter_mut().zip(start..self.next) {
                    *id = token as i32;
                }
            }
            // The features of a parser, whose stack is always empty here.
            (8 | 13, _) if self.remaining() > 1 => ids[1] = self.next as i32 + 1,
            _ => {}
        }
    }

    fn is_final(&self) -> bool {
        self.remaining() == 0
    }

    fn force_final(&mut self) {
        self.next = self.input.len();
    }
}

/// Which labels a kind of move may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Labels {
    None,
    /// This one, unless it is 0.
    Only(u64),
    /// All but the empty one.
    Any,
}

impl Labels {
    fn allow(self, label: u64) -> bool {
        label != 0
            && match self {
                Labels::None => false,
                Labels::Only(only) => label == only,
                Labels::Any => true,
            }
    }
}

/// What a state allows.
#[derive(Debug, PartialEq, Eq)]
struct Allowed {
    begin: Labels,
    inside: Labels,
    last: Labels,
    unit: Labels,
    /// The unit without a label, which passes over a blocked token.
    blocked_unit: bool,
    out: bool,
}

impl Allowed {
    fn by<L: Lists>(state: &EntityState<'_, L>) -> Self {
        let (iob, label) = state.preset(0);
        let (next_iob, _) = state.preset(1);
        let here = state.next;
        let at_end = state.remaining() < 2;
        let sentence_ends = !at_end && state.input.sent_start[here + 1] == 1;
        let blocked_unit = iob == BEGINS && label == 0;
        match state.open {
            Some((_, open)) => Allowed {
                begin: Labels::None,
                inside: Self::inside(iob, label, next_iob, at_end, sentence_ends, open),
                last: if iob == INSIDE && next_iob != INSIDE {
                    // The preset entity ends here, so what is open is closed, by the move that has the preset label.
                    Labels::Only(label)
                } else if next_iob == INSIDE {
                    Labels::None
                } else {
                    Labels::Only(open)
                },
                unit: Labels::None,
                blocked_unit,
                out: false,
            },
            None => Allowed {
                begin: if at_end || iob == INSIDE {
                    Labels::None
                } else if iob == BEGINS {
                    if next_iob == INSIDE {
                        Labels::Only(label)
                    } else {
                        Labels::None
                    }
                } else if next_iob == BEGINS || sentence_ends || state.input.is_space[here] {
                    Labels::None
                } else {
                    Labels::Any
                },
                inside: Labels::None,
                last: Labels::None,
                unit: if next_iob == INSIDE {
                    Labels::None
                } else if iob == BEGINS {
                    Labels::Only(label)
                } else if state.input.is_space[here] {
                    Labels::None
                } else {
                    Labels::Any
                },
                blocked_unit,
                out: iob != BEGINS && iob != INSIDE,
            },
        }
    }

    fn inside(
        iob: u8,
        label: u64,
        next_iob: u8,
        at_end: bool,
        sentence_ends: bool,
        open: u64,
    ) -> Labels {
        if at_end || iob == BEGINS || next_iob == BEGINS {
            Labels::None
        } else if iob == INSIDE {
            // Inside a preset entity, which goes on if the next token is inside as well, whatever else is there.
            if next_iob == MISSING || next_iob == OUTSIDE || label != open {
                Labels::None
            } else {
                Labels::Only(open)
            }
        } else if sentence_ends {
            Labels::None
        } else {
            Labels::Only(open)
        }
    }

    fn allows(&self, action: &Action<Move>) -> bool {
        let labels = match action.kind {
            Move::Missing => return false,
            Move::Out => return self.out,
            Move::Unit if action.label == 0 => return self.blocked_unit,
            Move::Unit => self.unit,
            Move::Begin => self.begin,
            Move::In => self.inside,
            Move::Last => self.last,
        };
        labels.allow(action.label)
    }
}

/// The moves that each label has.
const LABELLED: [Move; 4] = [Move::Begin, Move::In, Move::Last, Move::Unit];

/// The numbered actions of a recogniser.
#[derive(Debug, Clone)]
pub(crate) struct Biluo {
    actions: Vec<Action<Move>>,
}

frozen!(Biluo { actions });

impl Biluo {
    pub(crate) fn new(actions: Vec<Action<Move>>) -> Self {
        Biluo { actions }
    }

    /// The same actions and, after them, those that `labels` lack: entities may be preset with a label that the
    /// network was never taught, and spaCy then adds it (`_ensure_labels_are_added`). `None` if nothing is lacking.
    pub(crate) fn with_labels(&self, labels: &[u64]) -> Option<Self> {
        let mut known = self.known();
        let mut lacking = Vec::new();
        for &label in labels {
            let needed = LABELLED.map(|kind| Action { kind, label });
            lacking.extend(needed.into_iter().filter(|&action| known.insert(action)));
        }
        let actions = || [&self.actions[..], &lacking].concat();
        (!lacking.is_empty()).then(|| Biluo { actions: actions() })
    }

    /// Those of `labels` that no action is lacking for.
    pub(crate) fn complete(&self, labels: impl Iterator<Item = u64>) -> HashSet<u64> {
        let known = self.known();
        let is_known = |&label: &u64| {
            LABELLED
                .iter()
                .all(|&kind| known.contains(&Action { kind, label }))
        };
        labels.filter(is_known).collect()
    }

    fn known(&self) -> HashSet<Action<Move>> {
        self.actions.iter().copied().collect()
    }
}

impl<L: Lists> TransitionSystem<EntityState<'_, L>> for Biluo {
    fn action_count(&self) -> usize {
        self.actions.len()
    }

    fn set_valid(&self, state: &EntityState<'_, L>, valid: &mut [bool]) {
        let allowed = Allowed::by(state);
        for (valid, action) in valid.iter_mut().zip(&self.actions) {
            *valid = allowed.allows(action);
        }
    }

    fn apply(&self, state: &mut EntityState<'_, L>, action: usize) {
        let Action { kind, label } = self.actions[action];
        match kind {
            Move::Begin => state.open = Some((state.next, label)),
            Move::Last => state.close(),
            Move::Unit => {
                state.open = Some((state.next, label));
                state.close();
            }
            Move::In | Move::Out | Move::Missing => {}
        }
        state.next += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_no_action_is_lacking_for_are_found_without_comparing_each_with_each() {
        let labels = 1..=100_000_u64;
        let all = labels.clone();
        let actions = all.flat_map(|label| LABELLED.map(|kind| Action { kind, label }));
        let mut actions: Vec<Action<Move>> = actions.collect();
        actions.pop();
        let system = Biluo::new(actions);
        let complete = system.complete(labels.clone());
        assert_eq!(complete.len(), 99_999);
        assert!(!complete.contains(&100_000));
        let all: Vec<u64> = labels.chain([100_000, 200_000, 200_000]).collect();
        let more = system.with_labels(&all).unwrap();
        let added = &more.actions[system.actions.len()..];
        assert_eq!(added.len(), 1 + LABELLED.len());
        assert_eq!(added[0].kind, Move::Unit);
        assert!(more.with_labels(&all).is_none());
    }
}
