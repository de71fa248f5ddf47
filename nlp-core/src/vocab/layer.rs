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
use crate::frozen::{Frozen, Walk, frozen};
use crate::tokenizer::Cut;

/// How many chunks of text a layer remembers the tokens of: spaCy's `max_cache_size`.
pub const SPLITS_BOUND: usize = 10_000;

/// How a chunk of text between spaces was split, kept so that the next one like it need not be.
struct SplitEntry {
    key: u64,
    cuts: &'static [Cut],
}

/// Strings, lexemes and tokenizer cache of one owner.
#[derive(Default)]
pub(crate) struct Layer {
    // The tables stand before the arena, so they are dropped first: nothing ever refers to freed memory.
    strings: HashTable<&'static StringEntry<'static>>,
    lexemes: HashTable<&'static LexemeEntry<'static>>,
    splits: HashTable<SplitEntry>,
    arena: Arena,
    string_bytes: usize,
    lexeme_bytes: usize,
    split_bytes: usize,
}

/// How much of its capacity a layer keeps when it is emptied, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Bytes of arena chunks.
    pub arena: usize,
    /// Bytes of each table.
    pub table: usize,
}

impl Layer {
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

    /// How the chunk with this hash was split, if it is remembered.
    pub fn split(&self, key: u64) -> Option<&[Cut]> {
        self.splits
            .find(key, |entry| entry.key == key)
            .map(|entry| entry.cuts)
    }

    /// Remembers how a chunk was split, unless the bound is reached.
    pub fn add_split(&mut self, key: u64, cuts: &[Cut]) {
        if self.splits.len() >= SPLITS_BOUND {
            return;
        }
        let before = self.arena.used();
        let piece = self.arena.allocate(Layout::for_value(cuts)).cast::<Cut>();
        // SAFETY: the piece has the size and alignment of `cuts`, is written whole before it is read, and lives until
        // the layer is reset or dropped; `Cut` is `Copy`.
        let copy: &'static [Cut] = unsafe {
            piece
                .as_ptr()
                .copy_from_nonoverlapping(cuts.as_ptr(), cuts.len());
            std::slice::from_raw_parts(piece.as_ptr(), cuts.len())
        };
        self.split_bytes += self.arena.used() - before;
        self.splits
            .insert_unique(key, SplitEntry { key, cuts: copy }, |entry| entry.key);
    }

    /// Forgets everything, and keeps no more capacity than `keep` says.
    ///
    /// That this takes the layer exclusively is what makes it sound: no handle to an entry can be alive.
    pub fn reset(&mut self, keep: Keep) {
        fn empty<T>(table: &mut HashTable<T>, keep: usize) {
            if table.allocation_size() > keep {
                *table = HashTable::new();
            } else {
                table.clear();
            }
        }
        empty(&mut self.strings, keep.table);
        empty(&mut self.lexemes, keep.table);
        empty(&mut self.splits, keep.table);
        self.arena.reset(keep.arena);
        (self.string_bytes, self.lexeme_bytes, self.split_bytes) = (0, 0, 0);
    }

    /// Length and bytes of each store, and the room in the arena that none of them uses.
    pub fn stores(&self) -> Vec<Store> {
        let store = |name, entries, held, table| Store {
            name,
            entries,
            bytes: held + table,
        };
        vec![
            store(
                "strings",
                self.strings.len(),
                self.string_bytes,
                self.strings.allocation_size(),
            ),
            store(
                "lexemes",
                self.lexemes.len(),
                self.lexeme_bytes,
                self.lexemes.allocation_size(),
            ),
            store(
                "tokenizer_cache",
                self.splits.len(),
                self.split_bytes,
                self.splits.allocation_size(),
            ),
            store(
                "arena_slack",
                0,
                self.arena.capacity() - self.arena.used(),
                0,
            ),
        ]
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

frozen!(SplitEntry { key, cuts });

impl Frozen for Layer {
    fn visit(&self, walk: &mut Walk) {
        let Layer {
            strings,
            lexemes,
            splits,
            arena,
            // These are what `stores` says of the entries.
            string_bytes: _,
            lexeme_bytes: _,
            split_bytes: _,
        } = self;
        strings.visit(walk);
        lexemes.visit(walk);
        splits.visit(walk);
        // What is read of the arena are the entries that the tables refer to.
        walk.holds(arena.capacity());
    }
}

/// How large one of the stores of a vocabulary is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// `strings`, `lexemes` or `tokenizer_cache`; `arena_slack` is what the arena holds beyond them.
    pub name: &'static str,
    /// How many entries it holds.
    pub entries: usize,
    /// Bytes held from the allocator for it: entries and table.
    pub bytes: usize,
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

    #[test]
    fn a_reset_layer_holds_nothing_and_no_more_memory_than_it_may() {
        let mut layer = Layer::default();
        for i in 1..5000u64 {
            layer.add_string(i, "some text of a word");
            layer.add_split(i, &[]);
        }
        layer.reset(Keep {
            arena: 8192,
            table: 1024,
        });
        assert!(layer.string(1).is_none() && layer.split(1).is_none());
        let bytes: usize = layer.stores().iter().map(|store| store.bytes).sum();
        assert!(bytes <= 8192 + 3 * 1024, "{bytes}");
    }

    #[test]
    fn the_tokenizer_cache_is_bounded() {
        let mut layer = Layer::default();
        for key in 0..2 * SPLITS_BOUND as u64 {
            layer.add_split(key, &[]);
        }
        assert_eq!(layer.stores()[2].entries, SPLITS_BOUND);
    }
}
