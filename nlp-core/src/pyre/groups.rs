//! The groups of a pattern, as far as it was read.

use super::ast::Width;
use std::collections::HashMap;

/// What is known of them.
#[derive(Debug, Default)]
pub(super) struct Groups<'p> {
    /// Whether they are kept in the tree.
    pub(super) kept: bool,
    /// How wide each is; `None` while it is open, and always if groups are not kept.
    pub(super) widths: Vec<Option<Width>>,
    pub(super) names: HashMap<&'p str, usize>,
    /// How many groups there were where a look-behind started: it may not refer to its own.
    pub(super) before_look: Option<usize>,
    /// The highest number, from 0 on, that a condition names, and where: the group may come later.
    pub(super) highest: Option<(usize, usize)>,
}

impl Groups<'_> {
    pub(super) fn new(kept: bool) -> Self {
        Groups {
            kept,
            ..Groups::default()
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        self.widths.len() as u32
    }

    /// Notes that a look-behind starts; what this gives is to be given back at its end.
    pub(super) fn look_behind(&mut self) -> Option<usize> {
        let outer = self.before_look;
        self.before_look.get_or_insert(self.widths.len());
        outer
    }

    /// Notes that a look-behind ends.
    pub(super) fn looked_behind(&mut self, outer: Option<usize>) {
        self.before_look = outer;
    }
}
