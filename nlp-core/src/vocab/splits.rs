//! The tokenizer's cache: how chunks of text were cut, found by the chunk's hash.
//!
//! It holds no text, only offsets, so what it remembers depends on the pipeline alone and not on a zone: a pooled zone
//! keeps it from one request to the next. It is bounded in entries and in bytes. When it is full it forgets everything
//! and starts again, so that a flood of words that are never seen again cannot occupy it for good.

use hashbrown::HashTable;

use super::Keep;
use super::layer::table_within;
use crate::frozen::frozen;
use crate::tokenizer::Cut;

/// How many chunks of text are remembered unless told otherwise: spaCy's `max_cache_size`.
pub const SPLITS_BOUND: usize = 10_000;

/// Room for this many cuts to an entry, on average. English text needs 1.2.
const CUTS_PER_ENTRY: usize = 2;

/// A chunk that falls into more tokens than this is not remembered: it is not met again, and would crowd out others.
const MOST_CUTS: usize = 16;

struct Entry {
    key: u64,
    start: u32,
    len: u32,
}

/// How chunks were cut. Bounded; see the [module](self).
pub(crate) struct Splits {
    table: HashTable<Entry>,
    cuts: Vec<Cut>,
    bound: usize,
}

impl Default for Splits {
    fn default() -> Self {
        Splits {
            table: HashTable::new(),
            cuts: Vec::new(),
            bound: SPLITS_BOUND,
        }
    }
}

impl Splits {
    /// A cache of at most `bound` entries, with all the memory that it will ever take: it neither grows nor shrinks.
    pub fn whole(bound: usize) -> Splits {
        Splits {
            table: HashTable::with_capacity(bound),
            cuts: Vec::with_capacity(bound * CUTS_PER_ENTRY),
            bound,
        }
    }

    /// How the chunk with this hash was cut, if it is remembered.
    pub fn get(&self, key: u64) -> Option<&[Cut]> {
        let entry = self.table.find(key, |entry| entry.key == key)?;
        Some(&self.cuts[entry.start as usize..][..entry.len as usize])
    }

    /// Remembers how a chunk was cut that is not in the cache yet.
    pub fn insert(&mut self, key: u64, cuts: &[Cut]) {
        let most_cuts = self.bound * CUTS_PER_ENTRY;
        if self.bound == 0 || cuts.len() > MOST_CUTS.min(most_cuts) {
            return;
        }
        if self.table.len() == self.bound || self.cuts.len() + cuts.len() > most_cuts {
            self.table.clear();
            self.cuts.clear();
        }
        let (start, len) = (self.cuts.len() as u32, cuts.len() as u32);
        self.cuts.extend_from_slice(cuts);
        self.table
            .insert_unique(key, Entry { key, start, len }, |entry| entry.key);
    }

    /// Forgets everything, and keeps no more than `keep` says of the memory.
    pub fn reset(&mut self, keep: Keep) {
        table_within(&mut self.table, keep.table);
        self.cuts.clear();
        self.cuts.shrink_to(keep.table / size_of::<Cut>());
    }

    /// Entries remembered.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Entries that fit before it has to grow or to forget.
    pub fn capacity(&self) -> usize {
        self.table.capacity().min(self.bound)
    }

    /// Entries that it never exceeds.
    pub fn bound(&self) -> usize {
        self.bound
    }

    /// Bytes held from the allocator.
    pub fn bytes(&self) -> usize {
        self.table.allocation_size() + self.cuts.capacity() * size_of::<Cut>()
    }
}

frozen!(Entry { key, start, len });
frozen!(Splits { table, cuts, bound });

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(end: u32) -> Cut {
        Cut { end, norm: None }
    }

    #[test]
    fn what_was_remembered_is_found() {
        let mut splits = Splits::default();
        for key in 0..1000u64 {
            splits.insert(key, &[cut(key as u32), cut(key as u32 + 1)]);
        }
        assert_eq!(splits.get(77), Some(&[cut(77), cut(78)][..]));
        assert_eq!(splits.get(1000), None);
    }

    #[test]
    fn a_flood_of_new_chunks_neither_exceeds_the_bound_nor_occupies_it_for_good() {
        let mut splits = Splits::default();
        for key in 0..25_000u64 {
            splits.insert(key, &[cut(1)]);
            assert!(splits.len() <= SPLITS_BOUND);
        }
        splits.insert(25_000, &[cut(9)]);
        assert_eq!(splits.get(25_000), Some(&[cut(9)][..]));
    }

    #[test]
    fn a_whole_cache_holds_the_same_bytes_whatever_goes_through_it() {
        let mut splits = Splits::whole(300);
        let bytes = splits.bytes();
        assert!(bytes > 0);
        for key in 0..10_000u64 {
            splits.insert(key, &vec![cut(1); (key % 40) as usize]);
            assert_eq!(splits.bytes(), bytes);
        }
        assert!(splits.len() > 0);
    }

    #[test]
    fn a_cache_without_room_remembers_nothing() {
        let mut splits = Splits::whole(0);
        splits.insert(1, &[cut(1)]);
        assert_eq!((splits.len(), splits.bytes()), (0, 0));
    }

    #[test]
    fn a_reset_forgets_and_keeps_no_more_than_it_may() {
        let mut splits = Splits::default();
        for key in 0..9000u64 {
            splits.insert(key, &[cut(1)]);
        }
        splits.reset(Keep {
            arena: 0,
            table: 4096,
        });
        assert_eq!(splits.len(), 0);
        assert_eq!(splits.get(8999), None);
        assert!(splits.bytes() <= 2 * 4096, "{}", splits.bytes());
    }
}
