//! The children of every token, found in one pass over the heads.

use super::tree::Tree;

/// The children of every token of a tree, those before it and those after it.
pub(super) struct Children(Vec<Links>);

/// Neighbours of a token; [`NONE`] for none.
#[derive(Clone, Copy)]
struct Links {
    first_left: usize,
    first_right: usize,
    /// The next child of the same head on the same side.
    next: usize,
}

const NONE: usize = usize::MAX;

impl Children {
    pub(super) fn of(tree: &impl Tree) -> Children {
        let none = Links {
            first_left: NONE,
            first_right: NONE,
            next: NONE,
        };
        let mut links = vec![none; tree.len()];
        for child in (0..tree.len()).rev() {
            let head = tree.head(child);
            if child < head {
                links[child].next = std::mem::replace(&mut links[head].first_left, child);
            } else if child > head {
                links[child].next = std::mem::replace(&mut links[head].first_right, child);
            }
        }
        Children(links)
    }

    /// The tokens before `token` that depend on it, in order of text.
    pub(super) fn lefts(&self, token: usize) -> impl Iterator<Item = usize> {
        self.from(self.0[token].first_left)
    }

    /// The tokens after `token` that depend on it, in order of text.
    pub(super) fn rights(&self, token: usize) -> impl Iterator<Item = usize> {
        self.from(self.0[token].first_right)
    }

    fn from(&self, first: usize) -> impl Iterator<Item = usize> {
        let some = |token| (token != NONE).then_some(token);
        std::iter::successors(some(first), move |&token| some(self.0[token].next))
    }
}
