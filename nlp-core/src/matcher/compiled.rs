//! A matcher, compiled: it never changes.

use std::collections::HashMap;
use std::fmt;

use super::conditions::Conditions;
use super::greedy::Greedy;
use super::plain::Plain;
use super::threads::Threads;
use super::words::Words;
use crate::attr::Attr;
use crate::frozen::{Walk, frozen};

/// Finds tokens in documents by patterns: see the [module](super).
pub struct Matcher {
    /// The keys, by number.
    pub(super) keys: Words,
    /// How many keys have patterns.
    pub(super) len: usize,
    /// What is wanted of the matches of each key; empty where that is all, for every key.
    pub(super) greedy: Vec<Option<Greedy>>,
    /// The key of each pattern.
    pub(super) rules: Vec<u32>,
    /// For patterns without operators that vary their length: which token of the pattern each token is for, where that
    /// is not its place.
    pub(super) tokens: HashMap<u32, Box<[u32]>>,
    /// What documents must be annotated with.
    pub(super) needs: Vec<Attr>,
    /// Whether nothing can be found twice.
    pub(super) distinct: bool,
    pub(super) conditions: Conditions,
    pub(super) plain: Plain,
    pub(super) threads: Threads,
}

frozen!(Matcher {
    keys,
    len,
    greedy,
    rules,
    tokens,
    needs,
    distinct,
    conditions,
    plain,
    threads
});

impl Matcher {
    /// How many keys have patterns.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes that the matcher holds from the allocator. Exact but for hash tables, whose layout is not public.
    pub fn heap_bytes(&self) -> usize {
        Walk::measure(self)
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matcher")
            .field("keys", &self.len)
            .field("patterns", &self.rules.len())
            .finish_non_exhaustive()
    }
}
