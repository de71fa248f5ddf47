//! One layer of a vocabulary: strings and lexemes in an arena, found by their ids and told apart by their texts.
//!
//! The same type holds what was loaded with a pipeline (frozen), what grows when documents are made without a zone
//! (behind a lock), and what a zone adds (owned by the zone). A layer never gives up a part of what it holds: it is
//! dropped or [reset](Layer::reset) as a whole, which is why closing a zone costs the same for ten documents or ten
//! thousand.
//!
//! Inside the layer, references to entries have a lifetime that is written `'static` and is really "until the layer is
//! reset or dropped": both need the layer exclusively, and every way out shortens it to a borrow of the layer.

use std::alloc::Layout;

use super::arena::Arena;
use super::entry::{LexemeEntry, StringEntry};
use super::keep::Keep;
use super::splits::Splits;
use super::table::{Entry, Key, MOST_AT_ONCE, Table};
use crate::frozen::{Frozen, Walk};
use crate::memory_report::{MemoryReport, OnClose, Owner, Store};

/// Strings, lexemes and tokenizer cache of one owner.
#[derive(Default)]
pub(crate) struct Layer {
    // The tables stand before the arena, so they are dropped first: nothing ever refers to freed memory.
    strings: Table<StringEntry<'static>>,
    lexemes: Table<LexemeEntry<'static>>,
    arena: Arena,
    string_bytes: usize,
    lexeme_bytes: usize,
    /// How chunks of text were cut. It refers to nothing in the arena.
    pub splits: Splits,
}

impl Entry for StringEntry<'static> {
    fn id(&self) -> u64 {
        self.id
    }

    fn text(&self) -> &str {
        self.text
    }
}

impl Entry for LexemeEntry<'static> {
    fn id(&self) -> u64 {
        self.orth.id
    }

    fn text(&self) -> &str {
        self.orth.text
    }
}

impl Layer {
    /// An empty layer that has its memory already: exactly what a [reset](Layer::reset) with the same `keep` leaves,
    /// so that the layer holds the same number of bytes after every use. Of a `keep` beyond [`MOST_AT_ONCE`] it has that
    /// much, and the rest when it needs it.
    pub fn whole(keep: Keep, tokenizer_cache: usize) -> Layer {
        Layer {
            strings: Table::whole(keep.table),
            lexemes: Table::whole(keep.table),
            arena: Arena::with_chunk(keep.arena.min(MOST_AT_ONCE)),
            string_bytes: 0,
            lexeme_bytes: 0,
            splits: Splits::whole(tokenizer_cache),
        }
    }

    /// The entry of this text, if this layer holds it.
    pub fn string(&self, key: Key<'_>) -> Option<&StringEntry<'_>> {
        self.strings.get(key).map(|entry| entry as _)
    }

    /// The first string with this id that this layer holds. Other texts can have the same id.
    pub fn string_with_id(&self, id: u64) -> Option<&StringEntry<'_>> {
        self.strings.first(id).map(|entry| entry as _)
    }

    /// The lexeme of this text, if this layer holds it.
    pub fn lexeme(&self, key: Key<'_>) -> Option<&LexemeEntry<'_>> {
        self.lexemes.get(key).map(|entry| entry as _)
    }

    /// Makes room for strings that will be added.
    pub fn expect_strings(&mut self, strings: usize) {
        self.strings.expect(strings);
    }

    /// Keeps texts, those that this layer does not hold yet: faster than one by one, of some tens and more.
    pub fn keep_strings(&mut self, keys: &[Key<'_>]) {
        self.strings.fetch(keys);
        for key in keys {
            self.keep_string(*key);
        }
    }

    /// The entry of a text, which is kept if this layer does not hold it yet.
    pub fn keep_string(&mut self, key: Key<'_>) -> &StringEntry<'_> {
        let Layer {
            strings,
            arena,
            string_bytes,
            ..
        } = self;
        strings.get_or_insert(key, || {
            let before = arena.used();
            let text = copy_str(arena, key.text);
            let entry = place(arena, StringEntry { id: key.id, text });
            *string_bytes += arena.used() - before;
            entry
        })
    }

    /// Keeps a text that this layer does not hold yet.
    pub fn add_string(&mut self, key: Key<'_>) -> &StringEntry<'_> {
        debug_assert!(self.string(key).is_none());
        self.keep_string(key)
    }

    /// Keeps the lexeme of a text that this layer does not hold yet.
    ///
    /// # Safety
    /// The strings that the lexeme refers to must live until this layer is reset or dropped: they are in this layer, or
    /// in one that outlives it.
    pub unsafe fn add_lexeme(&mut self, key: Key<'_>, lexeme: LexemeEntry<'_>) -> &LexemeEntry<'_> {
        // SAFETY: only lifetimes change, and the caller vouches for them.
        let lexeme =
            unsafe { std::mem::transmute::<LexemeEntry<'_>, LexemeEntry<'static>>(lexeme) };
        let before = self.arena.used();
        let entry: &'static LexemeEntry<'static> = place(&mut self.arena, lexeme);
        self.lexeme_bytes += self.arena.used() - before;
        self.lexemes.insert(key, entry);
        entry
    }

    /// Forgets every string and lexeme, and keeps no more capacity than `keep` says. The tokenizer's cache, which refers
    /// to neither, stays: see [`Splits::reset`].
    ///
    /// That this takes the layer exclusively is what makes it sound: no handle to an entry can be alive.
    pub fn reset(&mut self, keep: Keep) {
        self.strings.reset(keep.table);
        self.lexemes.reset(keep.table);
        self.arena.reset(keep.arena);
        (self.string_bytes, self.lexeme_bytes) = (0, 0);
    }

    /// Whether a [reset](Layer::reset) with this `keep` would give no memory back to the allocator.
    pub fn is_within(&self, keep: Keep) -> bool {
        self.arena.capacity() <= keep.arena
            && self.strings.is_within(keep.table)
            && self.lexemes.is_within(keep.table)
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
            name: "strings".into(),
            entries: strings.len(),
            capacity: strings.capacity(),
            bytes: string_bytes + strings.bytes(),
            bound: None,
            on_close,
        });
        report.register(Store {
            owner,
            name: "lexemes".into(),
            entries: lexemes.len(),
            capacity: lexemes.capacity(),
            bytes: lexeme_bytes + lexemes.bytes(),
            bound: None,
            on_close,
        });
        report.register(Store {
            owner,
            name: "tokenizer_cache".into(),
            entries: splits.len(),
            capacity: splits.capacity(),
            bytes: splits.bytes(),
            bound: Some(splits.bound()),
            on_close: cache_on_close,
        });
        report.register(Store {
            owner,
            name: "arena_slack".into(),
            entries: 0,
            capacity: 0,
            bytes: arena.capacity() - arena.used() + arena.overhead(),
            bound: None,
            on_close,
        });
    }
}

/// Keeps a text in an arena for as long as the layer is not reset.
fn copy_str(arena: &mut Arena, text: &str) -> &'static str {
    let piece = arena.allocate(Layout::for_value(text));
    // SAFETY: the piece has room for `text`, is written whole before it is read, holds UTF-8 because `text` does,
    // and lives until the layer is reset or dropped.
    unsafe {
        piece
            .as_ptr()
            .copy_from_nonoverlapping(text.as_ptr(), text.len());
        std::str::from_utf8_unchecked(std::slice::from_raw_parts(piece.as_ptr(), text.len()))
    }
}

/// Keeps a value in an arena for as long as the layer is not reset.
fn place<T>(arena: &mut Arena, value: T) -> &'static T {
    const { assert!(!std::mem::needs_drop::<T>()) };
    let piece = arena.allocate(Layout::new::<T>()).cast::<T>();
    // SAFETY: the piece has the size and alignment of `T`, is written before it is read, and lives until the layer
    // is reset or dropped; nothing needs to be dropped, as asserted.
    unsafe {
        piece.as_ptr().write(value);
        piece.as_ref()
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
    fn what_was_added_is_found_by_its_text_and_by_its_id() {
        let mut layer = Layer::default();
        for i in 1..5000 {
            let text = format!("word{i}");
            assert_eq!(layer.add_string(Key::new(&text)).text(), text);
        }
        let id = layer.string(Key::new("word7")).unwrap().id();
        assert_eq!(layer.string_with_id(id).unwrap().text(), "word7");
        assert!(layer.string(Key::new("word5000")).is_none());
        assert!(layer.string_with_id(7).is_none());
    }

    #[test]
    fn a_text_with_the_id_of_another_has_an_entry_of_its_own() {
        let (word, twin) = ("hospital", "iomcoedm1tM2mF4i");
        for (first, second) in [(word, twin), (twin, word)] {
            let mut layer = Layer::default();
            let id = layer.add_string(Key::new(first)).id();
            assert!(layer.string(Key::new(second)).is_none());
            assert_eq!(layer.add_string(Key::new(second)).id(), id);
            assert_eq!(layer.string(Key::new(first)).unwrap().text(), first);
            assert_eq!(layer.string(Key::new(second)).unwrap().text(), second);
            assert_eq!(layer.string_with_id(id).unwrap().text(), first);
            layer.reset(Keep::default());
            assert!(layer.string(Key::new(second)).is_none());
        }
    }

    fn bytes(layer: &Layer) -> usize {
        let mut report = MemoryReport::default();
        layer.register(&mut report, Owner::Zone, OnClose::Freed, OnClose::Freed);
        report.total_bytes()
    }

    fn fill(layer: &mut Layer, strings: u64) {
        for i in 1..=strings {
            layer.add_string(Key::new(&format!("some text of a word {i}")));
        }
        layer.add_string(Key::new("hospital"));
        // Its twin, so that there is something to give back of what twins take too.
        layer.add_string(Key::new("iomcoedm1tM2mF4i"));
        let key = Key::new("some text of a word 1");
        let word: *const StringEntry = layer.string(key).unwrap();
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
        unsafe { layer.add_lexeme(key, lexeme) };
    }

    #[test]
    fn a_reset_layer_holds_nothing_and_no_more_memory_than_it_may() {
        let mut layer = Layer::default();
        fill(&mut layer, 5000);
        let key = Key::new("some text of a word 1");
        assert!(layer.string(key).is_some() && layer.lexeme(key).is_some());
        layer.reset(Keep {
            arena: 8192,
            table: 1024,
        });
        assert!(layer.string(key).is_none() && layer.lexeme(key).is_none());
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
        assert!((16 << 10..32 << 10).contains(&whole), "{whole}");
        for strings in [1, 100, 20_000, 3, 500] {
            fill(&mut layer, strings);
            layer.reset(keep);
            assert_eq!(bytes(&layer), whole);
        }
    }
}
