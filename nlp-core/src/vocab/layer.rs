//! One layer of a vocabulary: strings and lexemes in an arena, found by their ids.
//!
//! The same type holds what was loaded with a pipeline (frozen), what grows when documents are made without a zone
//! (behind a lock), and what a zone adds (owned by the zone). A layer never gives up a part of what it holds: it is
//! dropped or [reset](Layer::reset) as a whole, which is why closing a zone costs the same for ten documents or ten
//! thousand.
//!
//! Inside the layer, references to entries have a lifetime that is written `'static` and is really "until the layer is
//! reset or dropped": both need the layer exclusively, and every way out shortens it to a borrow of the layer.

use std::alloc::Layout;

use hashbrown::HashTable;

use super::arena::Arena;
use super::entry::{LexemeEntry, StringEntry};
use super::splits::Splits;
use crate::frozen::{Frozen, Walk};
use crate::memory_report::{MemoryReport, OnClose, Owner, Store};

/// Strings, lexemes and tokenizer cache of one owner.
#[derive(Default)]
pub(crate) struct Layer {
    // The tables stand before the arena, so they are dropped first: nothing ever refers to freed memory.
    strings: HashTable<&'static StringEntry<'static>>,
    lexemes: HashTable<&'static LexemeEntry<'static>>,
    arena: Arena,
    string_bytes: usize,
    lexeme_bytes: usize,
    /// How chunks of text were cut. It refers to nothing in the arena.
    pub splits: Splits,
}

/// How much of its capacity a zone keeps when it is emptied, in bytes. What it has beyond that goes back to the
/// allocator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Bytes of arena chunks, which hold strings and lexemes.
    pub arena: usize,
    /// Bytes of each table.
    pub table: usize,
}

impl Keep {
    /// Keeps nothing: all memory goes back to the allocator.
    pub const NOTHING: Keep = Keep { arena: 0, table: 0 };
}

impl Default for Keep {
    /// Room for some 700 words that the pipeline has never seen, which is a document of several thousand words.
    fn default() -> Self {
        Keep {
            arena: 256 << 10,
            table: 40 << 10,
        }
    }
}

/// Empties a table, and brings it to the largest size within `bytes` if it is over that. The cost depends on the
/// table's size, not on what is in it.
pub(super) fn table_within<T>(table: &mut HashTable<T>, bytes: usize) {
    if table.allocation_size() <= bytes {
        table.clear();
    } else {
        *table = largest_table(bytes);
    }
}

/// The largest table that takes no more than `bytes` from the allocator.
fn largest_table<T>(bytes: usize) -> HashTable<T> {
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

impl Layer {
    /// An empty layer that has its memory already: exactly what a [reset](Layer::reset) with the same `keep` leaves,
    /// so that the layer holds the same number of bytes after every use.
    pub fn whole(keep: Keep, tokenizer_cache: usize) -> Layer {
        Layer {
            strings: largest_table(keep.table),
            lexemes: largest_table(keep.table),
            arena: Arena::with_chunk(keep.arena),
            string_bytes: 0,
            lexeme_bytes: 0,
            splits: Splits::whole(tokenizer_cache),
        }
    }

    /// The string with this id, if this layer holds it.
    pub fn string(&self, id: u64) -> Option<&StringEntry<'_>> {
        self.strings.find(id, |entry| entry.id == id).copied()
    }

    /// The lexeme of the string with this id, if this layer holds it.
    pub fn lexeme(&self, id: u64) -> Option<&LexemeEntry<'_>> {
        self.lexemes.find(id, |entry| entry.orth.id == id).copied()
    }

    /// Keeps `text` under `id`, which this layer does not hold yet.
    pub fn add_string(&mut self, id: u64, text: &str) -> &StringEntry<'_> {
        let before = self.arena.used();
        let copy = self.copy_str(text);
        let entry: &'static StringEntry<'static> = self.place(StringEntry { id, text: copy });
        self.string_bytes += self.arena.used() - before;
        self.strings.insert_unique(id, entry, |entry| entry.id);
        entry
    }

    /// Keeps a lexeme that this layer does not hold yet.
    ///
    /// # Safety
    /// The strings that the lexeme refers to must live until this layer is reset or dropped: they are in this layer, or
    /// in one that outlives it.
    pub unsafe fn add_lexeme(&mut self, lexeme: LexemeEntry<'_>) -> &LexemeEntry<'_> {
        // SAFETY: only lifetimes change, and the caller vouches for them.
        let lexeme =
            unsafe { std::mem::transmute::<LexemeEntry<'_>, LexemeEntry<'static>>(lexeme) };
        let before = self.arena.used();
        let entry: &'static LexemeEntry<'static> = self.place(lexeme);
        self.lexeme_bytes += self.arena.used() - before;
        self.lexemes
            .insert_unique(entry.orth.id, entry, |entry| entry.orth.id);
        entry
    }

    /// Forgets every string and lexeme, and keeps no more capacity than `keep` says. The tokenizer's cache, which refers
    /// to neither, stays: see [`Splits::reset`].
    ///
    /// That this takes the layer exclusively is what makes it sound: no handle to an entry can be alive.
    pub fn reset(&mut self, keep: Keep) {
        table_within(&mut self.strings, keep.table);
        table_within(&mut self.lexemes, keep.table);
        self.arena.reset(keep.arena);
        (self.string_bytes, self.lexeme_bytes) = (0, 0);
    }

    /// Whether a [reset](Layer::reset) with this `keep` would give no memory back to the allocator.
    pub fn is_within(&self, keep: Keep) -> bool {
        self.arena.capacity() <= keep.arena
            && self.strings.allocation_size() <= keep.table
            && self.lexemes.allocation_size() <= keep.table
    }

    /// Enters every store of this layer in `report`, and the room in the arena that none of them uses.
    /// `cache_on_close` is what becomes of the tokenizer's cache, `on_close` of all else.
    pub fn register(
        &self,
        report: &mut MemoryReport,
        owner: Owner,
        on_close: OnClose,
        cache_on_close: OnClose,
    ) {
        let Layer {
            strings,
            lexemes,
            arena,
            string_bytes,
            lexeme_bytes,
            splits,
        } = self;
        report.register(Store {
            owner,
            name: "strings",
            entries: strings.len(),
            capacity: strings.capacity(),
            bytes: string_bytes + strings.allocation_size(),
            bound: None,
            on_close,
        });
        report.register(Store {
            owner,
            name: "lexemes",
            entries: lexemes.len(),
            capacity: lexemes.capacity(),
            bytes: lexeme_bytes + lexemes.allocation_size(),
            bound: None,
            on_close,
        });
        report.register(Store {
            owner,
            name: "tokenizer_cache",
            entries: splits.len(),
            capacity: splits.capacity(),
            bytes: splits.bytes(),
            bound: Some(splits.bound()),
            on_close: cache_on_close,
        });
        report.register(Store {
            owner,
            name: "arena_slack",
            entries: 0,
            capacity: 0,
            bytes: arena.capacity() - arena.used() + arena.overhead(),
            bound: None,
            on_close,
        });
    }

    fn copy_str(&mut self, text: &str) -> &'static str {
        let piece = self.arena.allocate(Layout::for_value(text));
        // SAFETY: the piece has room for `text`, is written whole before it is read, holds UTF-8 because `text` does,
        // and lives until the layer is reset or dropped.
        unsafe {
            piece
                .as_ptr()
                .copy_from_nonoverlapping(text.as_ptr(), text.len());
            std::str::from_utf8_unchecked(std::slice::from_raw_parts(piece.as_ptr(), text.len()))
        }
    }

    fn place<T>(&mut self, value: T) -> &'static T {
        const { assert!(!std::mem::needs_drop::<T>()) };
        let piece = self.arena.allocate(Layout::new::<T>()).cast::<T>();
        // SAFETY: the piece has the size and alignment of `T`, is written before it is read, and lives until the layer
        // is reset or dropped; nothing needs to be dropped, as asserted.
        unsafe {
            piece.as_ptr().write(value);
            piece.as_ref()
        }
    }
}

impl Frozen for Layer {
    fn visit(&self, walk: &mut Walk) {
        let Layer {
            strings,
            lexemes,
            splits,
            arena,
            // These are what the report says of the entries.
            string_bytes: _,
            lexeme_bytes: _,
        } = self;
        strings.visit(walk);
        lexemes.visit(walk);
        splits.visit(walk);
        // What is read of the arena are the entries that the tables refer to.
        walk.holds(arena.capacity());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_found_by_its_id() {
        let mut layer = Layer::default();
        for i in 1..5000u64 {
            let text = format!("word{i}");
            assert_eq!(layer.add_string(i << 20 | i, &text).text(), text);
        }
        assert_eq!(layer.string(7 << 20 | 7).unwrap().text(), "word7");
        assert!(layer.string(7).is_none());
    }

    fn bytes(layer: &Layer) -> usize {
        let mut report = MemoryReport::default();
        layer.register(&mut report, Owner::Zone, OnClose::Freed, OnClose::Freed);
        report.total_bytes()
    }

    fn fill(layer: &mut Layer, strings: u64) {
        for i in 1..=strings {
            let (id, text) = (i << 20 | i, format!("some text of a word {i}"));
            layer.add_string(id, &text);
        }
        let word: *const StringEntry = layer.string(1 << 20 | 1).unwrap();
        // SAFETY: entries stay where they are until the layer is reset, and nothing is read after that.
        let word: &StringEntry = unsafe { &*word.cast() };
        let lexeme = LexemeEntry {
            orth: word,
            lower: word,
            norm: word,
            shape: word,
            prefix: word,
            suffix: word,
            flags: 0,
            length: 1,
        };
        // SAFETY: the string is in this layer.
        unsafe { layer.add_lexeme(lexeme) };
    }

    #[test]
    fn a_reset_layer_holds_nothing_and_no_more_memory_than_it_may() {
        let mut layer = Layer::default();
        fill(&mut layer, 5000);
        let id = 1 << 20 | 1;
        assert!(layer.string(id).is_some() && layer.lexeme(id).is_some());
        layer.reset(Keep {
            arena: 8192,
            table: 1024,
        });
        assert!(layer.string(id).is_none() && layer.lexeme(id).is_none());
        assert!(bytes(&layer) <= 8192 + 64 + 2 * 1024, "{}", bytes(&layer));
        layer.reset(Keep::NOTHING);
        assert!(bytes(&layer) <= 64, "{}", bytes(&layer));
    }

    #[test]
    fn a_whole_layer_holds_the_same_bytes_after_every_use() {
        let keep = Keep {
            arena: 16 << 10,
            table: 4 << 10,
        };
        let mut layer = Layer::whole(keep, 100);
        let whole = bytes(&layer);
        assert!((16 << 10..28 << 10).contains(&whole), "{whole}");
        for strings in [1, 100, 20_000, 3, 500] {
            fill(&mut layer, strings);
            layer.reset(keep);
            assert_eq!(bytes(&layer), whole);
        }
    }

    #[test]
    fn the_largest_table_within_a_bound_is_over_half_of_it() {
        for bound in [64, 100, 1000, 4096, 40 << 10, 1 << 20] {
            let table: HashTable<u64> = largest_table(bound);
            let bytes = table.allocation_size();
            assert!(
                bytes <= bound && bytes * 5 / 2 >= bound,
                "{bytes} of {bound}"
            );
        }
        assert_eq!(largest_table::<u64>(10).allocation_size(), 0);
    }
}
