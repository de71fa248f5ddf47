//! The tokenizer's cache: how chunks of text were cut, found by the chunk itself.
//!
//! What it remembers depends on the pipeline alone and not on a zone: a pooled zone keeps it from one request to the
//! next. A chunk is known by its text, not by spaCy's id, which other texts have too. The cache is bounded in entries
//! and in bytes. When it is full it forgets everything and starts again, so that a flood of words that are never seen
//! again cannot occupy it for good.

use hashbrown::HashTable;

use super::keep::Keep;
use super::table::{MOST_AT_ONCE, table_within};
use crate::frozen::{Frozen, Walk};
use crate::keyed;
use crate::tokenizer::Cut;

/// How many chunks of text are remembered unless told otherwise: spaCy's `max_cache_size`.
pub const SPLITS_BOUND: usize = 10_000;

/// Room for this many cuts to an entry, on average. English text needs 1.2.
const CUTS_PER_ENTRY: usize = 2;

/// Room for this many bytes of text to an entry, on average. English words need 7.
const BYTES_PER_ENTRY: usize = 16;

/// A chunk that falls into more tokens than this is not remembered: it is not met again, and would crowd out others.
const MOST_CUTS: usize = 16;

/// Nor is one of more bytes than this.
const MOST_BYTES: usize = 128;

/// The most entries that places of 32 bits can tell apart.
const MOST_ENTRIES: usize = u32::MAX as usize / BYTES_PER_ENTRY;

struct Entry {
    /// The text's [keyed hash](keyed::text).
    hash: u64,
    /// Where the text is in `texts`, and where the cuts are in `cuts`.
    text: u32,
    cuts: u32,
    text_len: u8,
    cut_count: u8,
}

/// How chunks were cut. Bounded; see the [module](self).
pub(crate) struct Splits {
    table: HashTable<Entry>,
    texts: Vec<u8>,
    cuts: Vec<Cut>,
    bound: usize,
}

impl Default for Splits {
    fn default() -> Self {
        Splits {
            table: HashTable::new(),
            texts: Vec::new(),
            cuts: Vec::new(),
            bound: SPLITS_BOUND,
        }
    }
}

impl Splits {
    /// A cache of at most `bound` entries, with all the memory that it will ever take: it neither grows nor shrinks.
    /// One of more than [`MOST_AT_ONCE`] bytes gets there as it fills.
    pub fn whole(bound: usize) -> Splits {
        let bound = bound.min(MOST_ENTRIES);
        let entry = size_of::<Entry>() + BYTES_PER_ENTRY + CUTS_PER_ENTRY * size_of::<Cut>();
        let room = bound.min(MOST_AT_ONCE / entry);
        Splits {
            table: HashTable::with_capacity(room),
            texts: Vec::with_capacity(room * BYTES_PER_ENTRY),
            cuts: Vec::with_capacity(room * CUTS_PER_ENTRY),
            bound,
        }
    }

    /// How this chunk was cut, if it is remembered.
    #[inline]
    pub fn get(&self, chunk: &str) -> Option<&[Cut]> {
        if self.table.is_empty() || chunk.len() > MOST_BYTES {
            return None;
        }
        let entry = self.table.find(keyed::text(chunk), |entry| {
            self.texts[entry.text as usize..][..entry.text_len.into()] == *chunk.as_bytes()
        })?;
        Some(&self.cuts[entry.cuts as usize..][..entry.cut_count.into()])
    }

    /// Remembers how a chunk was cut that is not in the cache yet.
    pub fn insert(&mut self, chunk: &str, cuts: &[Cut]) {
        let (most_bytes, most_cuts) = (self.bound * BYTES_PER_ENTRY, self.bound * CUTS_PER_ENTRY);
        if self.bound == 0
            || chunk.len() > MOST_BYTES.min(most_bytes)
            || cuts.len() > MOST_CUTS.min(most_cuts)
        {
            return;
        }
        if self.table.len() == self.bound
            || self.texts.len() + chunk.len() > most_bytes
            || self.cuts.len() + cuts.len() > most_cuts
        {
            self.table.clear();
            self.texts.clear();
            self.cuts.clear();
        }
        let entry = Entry {
            hash: keyed::text(chunk),
            text: self.texts.len() as u32,
            cuts: self.cuts.len() as u32,
            text_len: chunk.len() as u8,
            cut_count: cuts.len() as u8,
        };
        self.texts.extend_from_slice(chunk.as_bytes());
        self.cuts.extend_from_slice(cuts);
        self.table
            .insert_unique(entry.hash, entry, |entry| entry.hash);
    }

    /// Forgets everything, and keeps no more than `keep` says of the memory.
    pub fn reset(&mut self, keep: Keep) {
        table_within(&mut self.table, keep.table);
        self.texts.clear();
        self.texts.shrink_to(keep.table);
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
        self.table.allocation_size()
            + self.texts.capacity()
            + self.cuts.capacity() * size_of::<Cut>()
    }
}

impl Frozen for Splits {
    fn visit(&self, walk: &mut Walk) {
        let Splits {
            table,
            texts,
            cuts,
            bound,
        } = self;
        // Where entries are is a matter of the process's key, and what they are is in the other two.
        walk.word(table.len() as u64);
        texts.visit(walk);
        cuts.visit(walk);
        bound.visit(walk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(end: u32) -> Cut {
        Cut { end, norm: None }
    }

    fn insert(splits: &mut Splits, number: usize, cuts: &[Cut]) {
        splits.insert(&number.to_string(), cuts);
    }

    #[test]
    fn what_was_remembered_is_found() {
        let mut splits = Splits::default();
        for n in 0..1000 {
            insert(&mut splits, n, &[cut(n as u32), cut(n as u32 + 1)]);
        }
        assert_eq!(splits.get("77"), Some(&[cut(77), cut(78)][..]));
        assert_eq!(splits.get("1000"), None);
    }

    #[test]
    fn a_chunk_with_the_id_of_another_is_another() {
        let mut splits = Splits::default();
        splits.insert("iomcoedm1tM2mF4i", &[cut(16)]);
        assert_eq!(splits.get("hospital"), None);
        splits.insert("hospital", &[cut(8)]);
        assert_eq!(splits.get("iomcoedm1tM2mF4i"), Some(&[cut(16)][..]));
        assert_eq!(splits.get("hospital"), Some(&[cut(8)][..]));
    }

    #[test]
    fn a_flood_of_new_chunks_neither_exceeds_the_bound_nor_occupies_it_for_good() {
        let mut splits = Splits::default();
        for n in 0..25_000 {
            insert(&mut splits, n, &[cut(1)]);
            assert!(splits.len() <= SPLITS_BOUND);
        }
        insert(&mut splits, 25_000, &[cut(9)]);
        assert_eq!(splits.get("25000"), Some(&[cut(9)][..]));
    }

    #[test]
    fn long_chunks_take_no_more_memory_than_short_ones() {
        let mut splits = Splits::whole(300);
        let bytes = splits.bytes();
        for n in 0..2000 {
            let chunk = format!("{n:0>width$}", width = 5 + n % 200);
            splits.insert(&chunk, &[cut(1)]);
            assert_eq!(splits.bytes(), bytes);
            assert_eq!(splits.get(&chunk).is_some(), chunk.len() <= MOST_BYTES);
        }
    }

    #[test]
    fn a_whole_cache_holds_the_same_bytes_whatever_goes_through_it() {
        let mut splits = Splits::whole(300);
        let bytes = splits.bytes();
        assert!(bytes > 0);
        for n in 0..10_000 {
            insert(&mut splits, n, &vec![cut(1); n % 40]);
            assert_eq!(splits.bytes(), bytes);
        }
        assert!(splits.len() > 0);
    }

    #[test]
    fn a_cache_without_room_remembers_nothing() {
        let mut splits = Splits::whole(0);
        insert(&mut splits, 1, &[cut(1)]);
        splits.insert("", &[]);
        assert_eq!((splits.len(), splits.bytes()), (0, 0));
    }

    #[test]
    fn a_cache_without_a_bound_begins_small_and_works() {
        let mut splits = Splits::whole(usize::MAX);
        assert!(splits.bytes() <= 2 * MOST_AT_ONCE, "{}", splits.bytes());
        insert(&mut splits, 1, &[cut(1)]);
        assert_eq!(splits.get("1"), Some(&[cut(1)][..]));
    }

    #[test]
    fn a_reset_forgets_and_keeps_no_more_than_it_may() {
        let mut splits = Splits::default();
        for n in 0..9000 {
            insert(&mut splits, n, &[cut(1)]);
        }
        splits.reset(Keep {
            arena: 0,
            table: 4096,
        });
        assert_eq!(splits.len(), 0);
        assert_eq!(splits.get("8999"), None);
        assert!(splits.bytes() <= 3 * 4096, "{}", splits.bytes());
    }
}
