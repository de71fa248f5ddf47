//! A table of entries that are found by their id and told apart by their text.
//!
//! Ids are spaCy's, and so not unique: any word has twins, other words with the same id, and they are easily made. The
//! first entry of an id is found by it, as in spaCy. Its twins, of which texts that nobody crafted have none, are found by
//! their text. No word is ever taken for another.

use std::hint::black_box;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry as Place;

use crate::frozen::{Frozen, Walk};
use crate::keyed;
use crate::symbols::string_id;

/// A text and what it is looked up by, worked out once for all tables that are asked.
#[derive(Clone, Copy)]
pub(crate) struct Key<'t> {
    pub text: &'t str,
    /// spaCy's id of the text.
    pub id: u64,
    /// The id's place in tables, which only this process knows.
    hash: u64,
}

impl<'t> Key<'t> {
    #[inline]
    pub fn new(text: &'t str) -> Self {
        let id = string_id(text);
        let hash = keyed::id(id);
        Key { text, id, hash }
    }
}

/// An entry of a [`Table`].
pub(super) trait Entry {
    fn id(&self) -> u64;
    fn text(&self) -> &str;
}

/// Entries by id and text; see the [module](self).
pub(super) struct Table<E: 'static> {
    /// The first entry of each id.
    firsts: HashTable<&'static E>,
    /// The others, by their text.
    twins: HashTable<&'static E>,
}

impl<E> Default for Table<E> {
    fn default() -> Self {
        Table {
            firsts: HashTable::new(),
            twins: HashTable::new(),
        }
    }
}

impl<E: Entry> Table<E> {
    /// An empty table that has the most memory that fits in `bytes` already.
    pub fn whole(bytes: usize) -> Self {
        Table {
            firsts: largest_within(bytes),
            twins: HashTable::new(),
        }
    }

    /// Makes room for entries that will be added.
    pub fn expect(&mut self, entries: usize) {
        let hash = |entry: &&E| keyed::id(entry.id());
        self.firsts.reserve(entries, hash);
    }

    /// Looks at the place of each key, and at nothing else: the processor fetches many places from memory at the same time,
    /// and finds them near when entries are added one by one.
    pub fn fetch(&self, keys: &[Key<'_>]) {
        for key in keys {
            black_box(self.firsts.find(key.hash, |_| false).is_none());
        }
    }

    /// The entry of this text.
    #[inline]
    pub fn get(&self, key: Key<'_>) -> Option<&'static E> {
        let first = *self.firsts.find(key.hash, |entry| entry.id() == key.id)?;
        if first.text() == key.text {
            return Some(first);
        }
        let is = |entry: &&E| entry.text() == key.text;
        self.twins.find(keyed::text(key.text), is).copied()
    }

    /// The first entry with this id.
    #[inline]
    pub fn first(&self, id: u64) -> Option<&'static E> {
        let is = |entry: &&E| entry.id() == id;
        self.firsts.find(keyed::id(id), is).copied()
    }

    /// Adds the entry of a text that is not in the table yet.
    pub fn insert(&mut self, key: Key<'_>, entry: &'static E) {
        debug_assert!(self.get(key).is_none() && entry.text() == key.text);
        self.get_or_insert(key, || entry);
    }

    /// The entry of this text, or the one that `make` makes of it. Never put into its callers, so that every tool and every
    /// build has one name for where tables grow.
    #[inline(never)]
    pub fn get_or_insert(&mut self, key: Key<'_>, make: impl FnOnce() -> &'static E) -> &'static E {
        let is = |entry: &&E| entry.id() == key.id;
        let hash = |entry: &&E| keyed::id(entry.id());
        let first = match self.firsts.entry(key.hash, is, hash) {
            Place::Vacant(place) => return place.insert(make()).get(),
            Place::Occupied(place) => *place.get(),
        };
        if first.text() == key.text {
            return first;
        }
        let is = |entry: &&E| entry.text() == key.text;
        let hash = |entry: &&E| keyed::text(entry.text());
        let twin = self.twins.entry(keyed::text(key.text), is, hash);
        twin.or_insert_with(make).get()
    }

    /// Forgets all entries, and keeps no more than `bytes` of memory. The cost depends on the table's size, not on what
    /// is in it. Nothing is kept for twins: nobody who has some deserves it.
    pub fn reset(&mut self, bytes: usize) {
        table_within(&mut self.firsts, bytes);
        self.twins = HashTable::new();
    }

    /// Whether a [reset](Table::reset) to `bytes` would give no memory back.
    pub fn is_within(&self, bytes: usize) -> bool {
        self.firsts.allocation_size() <= bytes && self.twins.allocation_size() == 0
    }

    pub fn len(&self) -> usize {
        self.firsts.len() + self.twins.len()
    }

    /// Entries that fit before it grows.
    pub fn capacity(&self) -> usize {
        self.firsts.capacity() + self.twins.capacity()
    }

    /// Bytes held from the allocator for the table itself.
    pub fn bytes(&self) -> usize {
        self.firsts.allocation_size() + self.twins.allocation_size()
    }
}

impl<E: Frozen> Frozen for Table<E> {
    fn visit(&self, walk: &mut Walk) {
        let Table { firsts, twins } = self;
        firsts.visit(walk);
        twins.visit(walk);
    }
}

/// The most that is taken from the allocator for a table, or an arena, before anything is in it. Whoever asks for more
/// to be kept, or for all, gets it once it was needed.
pub(super) const MOST_AT_ONCE: usize = 16 << 20;

/// Empties a table, and brings it to the largest size within `bytes` if it is over that. The cost depends on the
/// table's size, not on what is in it.
pub(super) fn table_within<T>(table: &mut HashTable<T>, bytes: usize) {
    if table.allocation_size() <= bytes {
        table.clear();
    } else {
        *table = largest_within(bytes);
    }
}

/// The largest table that takes no more than `bytes` from the allocator, nor more than [`MOST_AT_ONCE`].
fn largest_within<T>(bytes: usize) -> HashTable<T> {
    let bytes = bytes.min(MOST_AT_ONCE);
    // A table has a power of two of cells, seven in eight of which may be used, and a byte of its own for each cell.
    let mut cells = bytes / (size_of::<T>() + 1);
    while cells >= 4 {
        cells = 1 << cells.ilog2();
        let table = HashTable::with_capacity(cells * 7 / 8);
        if table.allocation_size() <= bytes {
            return table;
        }
        cells /= 2;
    }
    HashTable::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_table_within_a_bound_is_over_half_of_it() {
        for bound in [64, 100, 1000, 4096, 40 << 10, 1 << 20] {
            let table: HashTable<u64> = largest_within(bound);
            let bytes = table.allocation_size();
            assert!(
                bytes <= bound && bytes * 5 / 2 >= bound,
                "{bytes} of {bound}"
            );
        }
        assert_eq!(largest_within::<u64>(10).allocation_size(), 0);
    }

    #[test]
    fn no_bound_is_too_large_to_begin_with() {
        let table: HashTable<u64> = largest_within(usize::MAX);
        assert!((1..=MOST_AT_ONCE).contains(&table.allocation_size()));
    }
}
