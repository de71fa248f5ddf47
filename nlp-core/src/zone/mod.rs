//! Memory zones: all that a block of work made, freed at once.

mod idle;
#[cfg(all(test, loom))]
mod interleavings;
mod nested;
mod pool;

pub use nested::NestedZone;
pub use pool::{PoolConfig, PooledZone, ZonePool};

use std::cell::{RefCell, RefMut};

use crate::doc::Doc;
use crate::error::Error;
use crate::language::Language;
use crate::memory_report::{MemoryReport, OnClose, Owner};
use crate::symbols::string_id;
use crate::vocab::{Keep, Layer, Lexeme, LexemeEntry, Scope, StringEntry, Vocab};

/// Owns what parsing adds to the vocabulary: strings, lexemes, and the tokenizer's cache.
///
/// Documents made in a zone borrow it, so that using one after its zone is gone does not compile:
///
/// ```compile_fail,E0505
/// # let nlp = nlp_core::models::english().unwrap();
/// let zone = nlp.zone();
/// let doc = zone.parse("This document lives in its zone.").unwrap();
/// drop(zone);
/// println!("{}", doc.text());
/// ```
///
/// What should live on is exported: see [`Doc::to_owned`](crate::Doc::to_owned) and
/// [`Vocab::intern_permanent`].
///
/// A zone belongs to one thread at a time; any number may be open at once, on any threads, and they share nothing that
/// locks. Dropping a zone frees everything it holds, also when a panic unwinds through it. A service that opens one for
/// every request takes it from a [`ZonePool`].
pub struct Zone<'nlp> {
    nlp: &'nlp Language,
    /// The zone around this one: only a [`NestedZone`] has a zone in it with something here.
    outer: Option<&'nlp Zone<'nlp>>,
    layer: RefCell<Layer>,
}

// SAFETY: of the fields only `outer` is tied to a thread, since a zone must not be read from two threads at once. It is
// set in the zone of a `NestedZone` alone, which is not `Send` and lends its zone by shared reference only; `Zone` is not
// `Sync`, so that reference stays in its thread too.
unsafe impl Send for Zone<'_> {}

impl<'nlp> Zone<'nlp> {
    pub(crate) fn open(nlp: &'nlp Language) -> Self {
        Zone::over(nlp, Layer::default())
    }

    /// A zone over a layer that is empty.
    fn over(nlp: &'nlp Language, layer: Layer) -> Self {
        Zone {
            nlp,
            outer: None,
            layer: RefCell::new(layer),
        }
    }

    /// Annotates `text` with every component of the pipeline. The document borrows the zone.
    ///
    /// # Errors
    /// If the text is longer than the pipeline's limit: see [`Language::max_length`].
    pub fn parse(&self, text: &str) -> Result<Doc<'_>, Error> {
        self.nlp.parse_in(Scope::Zone(self), text)
    }

    /// Annotates a batch of texts, each component running over all of them at once: see [`Language::parse_batch`].
    pub fn parse_batch<T: AsRef<str>>(&self, texts: &[T]) -> Vec<Result<Doc<'_>, Error>> {
        self.nlp.parse_batch_in(Scope::Zone(self), texts)
    }

    /// Splits `text` into tokens and annotates nothing.
    ///
    /// # Errors
    /// As [`Zone::parse`].
    pub fn tokenize(&self, text: &str) -> Result<Doc<'_>, Error> {
        self.nlp.tokenize_in(Scope::Zone(self), text)
    }

    /// The lexeme of `text`. Where the pipeline does not have it, it is this zone's, and goes with it.
    pub fn lexeme(&self, text: &str) -> Lexeme<'_> {
        Lexeme(Scope::Zone(self).with(|interner| interner.lexeme(text)))
    }

    /// Whether the string `text` is in this zone, in a zone around it, or in the vocabulary.
    pub fn contains(&self, text: &str) -> bool {
        self.string(string_id(text)).is_some()
    }

    /// The string with this id, if it is in this zone, in a zone around it, or in the vocabulary.
    pub fn string(&self, id: u64) -> Option<&str> {
        match self.find_string(id) {
            Some(entry) => Some(entry.text),
            None => self.vocab().string(id),
        }
    }

    /// Opens a zone inside this one. It sees the words of this zone, which costs it nothing, and what it adds is gone
    /// when it closes; this zone and its documents are left as they were.
    ///
    /// ```
    /// let nlp = nlp_core::models::english()?;
    /// let request = nlp.zone();
    /// let letter = request.parse("Dear Mr. Snodgrass,")?;
    /// for line in ["We are out of widgets.", "Yours, Weatherbottom."] {
    ///     let inner = request.zone();
    ///     println!("{}", inner.parse(line)?.len());
    ///     assert!(inner.contains("Snodgrass"));
    /// }
    /// assert!(!request.contains("Weatherbottom"));
    /// assert_eq!(letter.token(2).text(), "Snodgrass");
    /// # Ok::<(), nlp_core::Error>(())
    /// ```
    pub fn zone(&self) -> NestedZone<'_> {
        NestedZone::open(self)
    }

    /// Runs `work` with a zone inside this one: see [`Zone::zone`] and [`Language::memory_zone`].
    pub fn memory_zone<R>(&self, work: impl FnOnce(&Zone<'_>) -> R) -> R {
        work(&self.zone())
    }

    /// Frees everything that the zone holds, and keeps at most the capacity that `keep` allows, so that the next work
    /// need not ask the allocator for it again. No document of the zone can be alive: the compiler sees to it.
    ///
    /// ```
    /// # use nlp_core::{Keep, Owner};
    /// let nlp = nlp_core::models::english()?;
    /// let mut zone = nlp.zone();
    /// for request in ["The first request", "The second request"] {
    ///     println!("{}", zone.parse(request)?.len());
    ///     zone.clear(Keep { arena: 64 << 10, table: 16 << 10 });
    /// }
    /// assert_eq!(zone.memory_report().get(Owner::Zone, "strings").unwrap().entries, 0);
    /// # Ok::<(), nlp_core::Error>(())
    /// ```
    pub fn clear(&mut self, keep: Keep) {
        let layer = self.layer.get_mut();
        layer.reset(keep);
        layer.splits.reset(keep);
    }

    /// Size and bound of each store of this zone, without those of zones around it or in it.
    pub fn memory_report(&self) -> MemoryReport {
        let mut report = MemoryReport::default();
        let layer = self.layer.borrow();
        layer.register(&mut report, Owner::Zone, OnClose::Freed, OnClose::Freed);
        report
    }

    /// The pipeline.
    pub fn language(&self) -> &'nlp Language {
        self.nlp
    }

    pub(crate) fn vocab(&self) -> &'nlp Vocab {
        self.nlp.vocab()
    }

    pub(crate) fn outer(&self) -> Option<&'nlp Zone<'nlp>> {
        self.outer
    }

    pub(crate) fn layer_mut(&self) -> RefMut<'_, Layer> {
        self.layer.borrow_mut()
    }

    /// The string with this id in this zone or in one around it.
    pub(crate) fn find_string(&self, id: u64) -> Option<&StringEntry<'_>> {
        self.find(|layer| {
            layer
                .string(id)
                .map(|entry| (entry as *const StringEntry).cast())
        })
        // SAFETY: entries never move, and stay until their layer is reset or dropped, which takes its zone
        // exclusively: this zone is borrowed, and those around it outlive it.
        .map(|entry| unsafe { &*entry })
    }

    /// The lexeme of the string with this id in this zone or in one around it.
    pub(crate) fn find_lexeme(&self, id: u64) -> Option<&LexemeEntry<'_>> {
        self.find(|layer| {
            layer
                .lexeme(id)
                .map(|entry| (entry as *const LexemeEntry).cast())
        })
        // SAFETY: as in `find_string`.
        .map(|entry| unsafe { &*entry })
    }

    fn find<T>(&self, in_layer: impl Fn(&Layer) -> Option<*const T>) -> Option<*const T> {
        let mut zone = Some(self);
        while let Some(inner) = zone {
            if let Some(entry) = in_layer(&inner.layer.borrow()) {
                return Some(entry);
            }
            zone = inner.outer;
        }
        None
    }
}

impl std::fmt::Debug for Zone<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Zone")
            .field("memory", &self.memory_report())
            .finish_non_exhaustive()
    }
}
