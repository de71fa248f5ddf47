//! The vocabulary: strings and lexemes, in a frozen base and the layers that grow over it.

#[cfg(not(feature = "internals"))]
mod arena;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod arena;
mod batch;
mod chain;
mod entry;
#[cfg(all(test, loom))]
mod interleavings;
mod interner;
mod keep;
mod layer;
mod lexeme;
pub(crate) mod morphology;
mod splits;
mod table;
mod vectors;
mod word_vectors;

pub(crate) use batch::Batch;
pub(crate) use chain::{Chain, Held};
pub(crate) use entry::LexemeEntry;
pub use entry::StringEntry;
pub(crate) use interner::{Interner, Scope};
pub use keep::Keep;
pub(crate) use layer::Layer;
pub use lexeme::Lexeme;
pub use splits::SPLITS_BOUND;
pub(crate) use table::Key;
pub use vectors::Vectors;
pub(crate) use word_vectors::length_of;

use crate::error::FormatError;
use crate::format::lookups;
use crate::frozen::{Frozen, Walk};
use crate::kept::{Kept, Shape};
use crate::lang::Lang;
use crate::memory_report::{MemoryReport, OnClose, Owner};
use crate::symbols;
use crate::sync::{Mutex, MutexGuard, lock};

/// The strings and lexemes of a pipeline.
///
/// What was loaded is frozen in a base that every thread reads without a lock. Documents that are made without a zone
/// add what they need to a shared layer over it, which grows as spaCy's vocabulary does and is never emptied. A
/// [`Zone`](crate::Zone) has a layer of its own and leaves both alone.
pub struct Vocab {
    lang: &'static Lang,
    /// The table `lexeme_norm` of `vocab/lookups.bin`, by string id.
    lexeme_norms: lookups::Table,
    vectors: Vectors,
    base: Layer,
    shared: Mutex<Layer>,
    kept: Kept,
}

impl Vocab {
    /// A vocabulary that holds spaCy's reserved symbols alone.
    pub(crate) fn new(lang: &'static Lang, lexeme_norms: lookups::Table) -> Vocab {
        let mut base = Layer::default();
        for id in 0..symbols::COUNT as u64 {
            if let Some(name) = symbols::symbol_name(id)
                && symbols::string_id(name) == id
            {
                base.add_string(Key::new(name));
            }
        }
        Vocab {
            lang,
            lexeme_norms,
            vectors: Vectors::default(),
            base,
            shared: Mutex::new(Layer::default()),
            kept: Kept::default(),
        }
    }

    /// Adds a string to the base: for what is loaded with the pipeline, before it is frozen.
    pub(crate) fn add_permanent(&mut self, text: &str) {
        self.base.keep_string(Key::new(text));
    }

    /// Gives the vocabulary its word vectors, before it is frozen.
    pub(crate) fn set_vectors(&mut self, vectors: Vectors) {
        self.vectors = vectors;
    }

    /// Adds a label to the base, and returns its id, by which [`Scope::label`] finds it.
    ///
    /// # Errors
    /// If the pipeline has another string with the same id: a label that is set would read as that one.
    pub(crate) fn add_label(&mut self, label: &str) -> Result<u64, FormatError> {
        self.add_permanent(label);
        let id = symbols::string_id(label);
        match self.base.string_with_id(id) {
            Some(entry) if entry.text != label => Err(FormatError::new(format!(
                "the label {label:?} has the id of the string {:?}, {id}: rename it",
                entry.text
            ))),
            _ => Ok(id),
        }
    }

    /// The language whose rules give words their attributes.
    pub fn lang(&self) -> &'static Lang {
        self.lang
    }

    /// The word vectors.
    pub fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// What networks worked out of words.
    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Makes a table for what a network works out of words.
    pub(crate) fn keep_words(&mut self, table: Shape) {
        self.kept.make(table);
    }

    /// A string of the base by its id: reserved symbols, labels, and what `vocab/strings.json` listed. Of strings that
    /// share the id, the first.
    pub fn permanent_string(&self, id: u64) -> Option<&StringEntry<'_>> {
        self.base.string_with_id(id)
    }

    /// Whether the string `text` is there for as long as the vocabulary is: it was loaded, came with a document made
    /// without a zone, or was [made permanent](Vocab::intern_permanent).
    pub fn contains(&self, text: &str) -> bool {
        let key = Key::new(text);
        self.base.string(key).is_some() || self.shared().string(key).is_some()
    }

    /// The string with this id, if it is there for as long as the vocabulary is: see [`Vocab::contains`]. spaCy's ids are
    /// not unique: of strings that share the id, the pipeline's own is returned, or else the one that came first.
    pub fn string(&self, id: u64) -> Option<&str> {
        if let Some(entry) = self.base.string_with_id(id) {
            return Some(entry.text);
        }
        let layer = self.shared();
        let text: *const str = layer.string_with_id(id)?.text;
        // SAFETY: the shared layer is never reset, and is dropped with the vocabulary, which is borrowed.
        Some(unsafe { &*text })
    }

    /// Enters what was loaded with the pipeline, and what documents made without a zone have added, in `report`.
    pub(crate) fn register(&self, report: &mut MemoryReport) {
        self.base
            .register(report, Owner::Pipeline, OnClose::Frozen, OnClose::Frozen);
        self.vectors.register(report);
        self.shared()
            .register(report, Owner::Vocabulary, OnClose::Stays, OnClose::Stays);
        self.kept.register(report);
    }

    /// The norm that the pipeline's lookups give a word. They know words by their ids alone; where the pipeline has
    /// another string with this id, that is the one that is meant.
    fn lookup_norm(&self, key: Key<'_>) -> Option<&str> {
        let norm = self.lexeme_norms.get(key.id)?.as_str()?;
        let meant = self.base.string_with_id(key.id);
        meant
            .is_none_or(|meant| meant.text == key.text)
            .then_some(norm)
    }

    /// The layer that grows without zones. A thread that panicked while it held the lock can have left no half-made
    /// entry: an entry is found only once it is whole.
    fn shared(&self) -> MutexGuard<'_, Layer> {
        lock(&self.shared)
    }
}

impl Frozen for Vocab {
    fn visit(&self, walk: &mut Walk) {
        let Vocab {
            lang,
            lexeme_norms,
            vectors,
            base,
            // What grows without zones is not part of what was loaded.
            shared: _,
            // What networks worked out of words follows from what was loaded: it makes no difference to what they say.
            kept: _,
        } = self;
        // What a language knows is made of constants of the program.
        lang.code().visit(walk);
        lexeme_norms.visit(walk);
        vectors.visit(walk);
        base.visit(walk);
    }
}

impl std::fmt::Debug for Vocab {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vocab")
            .field("lang", &self.lang.code())
            .finish_non_exhaustive()
    }
}
