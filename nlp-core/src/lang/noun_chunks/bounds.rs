//! Noun chunks by their bounds, in Danish and Latin: from a noun's first child in one of some roles to the last that
//! can be reached through children behind, unless a verb or punctuation is in between.

use super::children::Children;
use super::tree::{Labels, Tree, is_nominal};
use crate::pos::Pos;
use crate::symbols::string_id;

/// The roles of children that belong to a chunk.
pub(in crate::lang) struct BoundRule {
    left: &'static [&'static str],
    right: &'static [&'static str],
}

impl BoundRule {
    pub(in crate::lang) const DANISH: BoundRule = BoundRule {
        left: &[
            "det",
            "fixed",
            "nmod:poss",
            "amod",
            "flat",
            "goeswith",
            "nummod",
            "appos",
        ],
        right: &[
            "fixed",
            "nmod:poss",
            "amod",
            "flat",
            "goeswith",
            "nummod",
            "appos",
        ],
    };

    pub(in crate::lang) const LATIN: BoundRule = BoundRule {
        right: &[
            "fixed",
            "nmod:poss",
            "amod",
            "flat",
            "goeswith",
            "nummod",
            "appos",
            "nmod",
            "det",
        ],
        ..BoundRule::DANISH
    };

    /// The chunks of `tree`.
    pub(super) fn chunks(&self, tree: &impl Tree) -> Vec<(usize, usize)> {
        let left = Labels::new(self.left);
        let children = Children::of(tree);
        let right_bounds = right_bounds(tree, &children, &Labels::new(self.right));
        let mut chunks = Vec::new();
        let mut free = 0;
        for token in (0..tree.len()).filter(|&i| is_nominal(tree.pos(i))) {
            let start = children
                .lefts(token)
                .find(|&child| left.contains(tree.dep(child)))
                .unwrap_or(token);
            if start >= free {
                free = right_bounds[token] + 1;
                chunks.push((start, free));
            }
        }
        chunks
    }
}

/// The last token of the chunk of each token.
///
/// A token's bound is made from those of its children behind it, so they are found from the last token to the first.
fn right_bounds(tree: &impl Tree, children: &Children, labels: &Labels) -> Vec<usize> {
    let barriers = barriers_before(tree);
    let mut bounds: Vec<usize> = (0..tree.len()).collect();
    for token in (0..tree.len()).rev() {
        for child in children
            .rights(token)
            .filter(|&child| labels.contains(tree.dep(child)))
        {
            let bound = bounds[child];
            if barriers[bound] > barriers[token] {
                break;
            }
            bounds[token] = bound;
        }
    }
    bounds
}

/// For each token how many tokens before it no chunk reaches across: verbs and punctuation.
fn barriers_before(tree: &impl Tree) -> Vec<usize> {
    let punct = string_id("punct");
    let mut before = Vec::with_capacity(tree.len());
    let mut count = 0;
    for token in 0..tree.len() {
        before.push(count);
        count += usize::from(
            matches!(tree.pos(token), Pos::Verb | Pos::Aux) || tree.dep(token) == punct,
        );
    }
    before
}
