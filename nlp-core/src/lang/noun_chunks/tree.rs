//! The tree that noun chunks are found in, and what all rules ask of it.

use crate::pos::Pos;
use crate::symbols::string_id;

/// A parsed document, as much of it as noun chunks are made from. Tokens are numbered from 0, and following heads leads
/// from every token to a root.
pub trait Tree {
    /// How many tokens there are.
    fn len(&self) -> usize;

    /// The string id of the dependency label of token `i`; 0 where none was assigned.
    fn dep(&self, i: usize) -> u64;

    /// The token that token `i` depends on, even if it has no label: `i` itself for a root.
    fn head(&self, i: usize) -> usize;

    /// The part of speech of token `i`.
    fn pos(&self, i: usize) -> Pos;

    /// The first token of the subtree of token `i`; at most `i`.
    fn left_edge(&self, i: usize) -> usize;

    /// The last token of the subtree of token `i`; at least `i`.
    fn right_edge(&self, i: usize) -> usize;

    /// Whether there are no tokens.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Dependency labels, looked up by id.
pub(super) struct Labels(Vec<u64>);

impl Labels {
    pub fn new(names: &[&str]) -> Labels {
        Labels(names.iter().map(|name| string_id(name)).collect())
    }

    pub fn contains(&self, dep: u64) -> bool {
        self.0.contains(&dep)
    }
}

/// Whether a part of speech is one that most languages take for the head of a noun phrase.
pub(super) fn is_nominal(pos: Pos) -> bool {
    matches!(pos, Pos::Noun | Pos::Propn | Pos::Pron)
}
