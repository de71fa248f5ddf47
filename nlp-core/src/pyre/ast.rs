//! What a pattern says, as a tree.

use super::charset::{Case, RangeSet};
use crate::frozen::frozen;
use std::cell::Cell;
use std::collections::HashMap;

/// A set of characters, kept in [`Sets`].
pub(super) type SetId = u32;

/// No upper limit of a repeat.
pub(super) const UNBOUNDED: u32 = u32::MAX;

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// One character of a set; a literal character is a set of one.
    Set(SetId),
    /// One after the other; an empty list matches the empty string.
    Concat(Vec<Node>),
    /// The first that leads to a match.
    Alt(Vec<Node>),
    /// From `min` to `max` times.
    Repeat {
        node: Box<Node>,
        min: u32,
        max: u32,
        kind: RepeatKind,
    },
    /// A condition on the position.
    At(At),
    /// A condition on what follows, or on the `behind` characters that come before.
    Look {
        behind: Option<u32>,
        negative: bool,
        node: Box<Node>,
    },
    /// A group that, once matched, is not matched in another way.
    Atomic(Box<Node>),
    /// A group whose last match is remembered, by its number from 0 on. A pattern that refers to no group has none.
    Group {
        number: u32,
        width: Width,
        node: Box<Node>,
    },
    /// The text of that group's last match once more; no match if there was none.
    Reference {
        number: u32,
        /// That of the group.
        width: Width,
        case: Case,
    },
    /// The one if that group has matched, else the other.
    Condition {
        number: u32,
        yes: Box<Node>,
        no: Box<Node>,
    },
}

/// The fewest and the most characters that something can match; `None` for no upper limit.
pub(super) type Width = (u32, Option<u32>);

/// Which number of repeats is tried first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum RepeatKind {
    /// The most, then fewer.
    Greedy,
    /// The least, then more.
    Lazy,
    /// The most, and nothing else.
    Possessive,
}

frozen!(hash RepeatKind);

/// A condition on the position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum At {
    /// At the start of the text: `^`, `\A`.
    Start,
    /// At the start of a line: `^` in a pattern of several lines.
    LineStart,
    /// At the end of the text, or before a newline that ends it: `$`.
    End,
    /// At the end of a line: `$` in a pattern of several lines.
    LineEnd,
    /// At the very end of the text: `\Z`.
    TextEnd,
    /// Between a word character and another; never in an empty text.
    WordBoundary { word: SetId, negative: bool },
}

/// The most that the sets of one pattern may take, in units of a range: some 130 MB once they are bitmaps. Three
/// characters, such as `\w` and another in brackets, can stand for seven hundred ranges.
const MOST_RANGES: usize = 1 << 24;
/// A set of more ranges than this becomes a bitmap, which takes as much as so many ranges.
const LARGE: usize = 8;
const RANGES_A_BITMAP: usize = 1 << 10;

/// The sets of a pattern, each kept once.
#[derive(Debug, Default)]
pub(super) struct Sets {
    sets: Vec<RangeSet>,
    ids: HashMap<RangeSet, SetId>,
    /// What they take.
    ranges: usize,
    /// The ranges of all sets that were looked at: what that took.
    looked_at: Cell<usize>,
}

impl Sets {
    /// The number of `set`, which is kept if it is new.
    pub(super) fn intern(&mut self, set: RangeSet) -> SetId {
        if let Some(&id) = self.ids.get(&set) {
            return id;
        }
        let id = self.sets.len() as SetId;
        let ranges = set.ranges().len();
        self.ranges += 2 * ranges + if ranges > LARGE { RANGES_A_BITMAP } else { 0 };
        self.sets.push(set.clone());
        self.ids.insert(set, id);
        id
    }

    /// The set that has the number `id`.
    pub(super) fn get(&self, id: SetId) -> &RangeSet {
        let set = &self.sets[id as usize];
        self.looked_at
            .set(self.looked_at.get() + set.ranges().len());
        set
    }

    /// Whether they take more than the sets of any pattern that is meant well.
    pub(super) fn are_too_large(&self) -> bool {
        self.ranges > MOST_RANGES
    }

    /// How many ranges were looked at so far.
    pub(super) fn looked_at(&self) -> usize {
        self.looked_at.get()
    }
}
