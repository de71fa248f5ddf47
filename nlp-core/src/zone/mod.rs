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
use crate::limits::Limits;
use crate::memory_report::{MemoryReport, OnClose, Owner};
use crate::vocab::{Keep, Key, Layer, Lexeme, LexemeEntry, Scope, StringEntry, Vocab};

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
    held: RefCell<Held>,
}

/// What a zone holds of its own.
#[derive(Default)]
struct Held {
    layer: Layer,
    /// What a text may take in this zone, if that is not what the pipeline says.
    limits: Option<Limits>,
    /// Whether something panicked while it worked in this zone.
    spoiled: bool,
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
        let held = Held {
            layer,
            ..Held::default()
        };
        Zone {
            nlp,
            outer: None,
            held: RefCell::new(held),
        }
    }

    /// Annotates `text` with every component of the pipeline. The document borrows the zone.
    ///
    /// # Errors
    /// If the text takes more than the [limits](Zone::limits) allow, or a component panics.
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
        self.find_string(Key::new(text)).is_some() || self.vocab().contains(text)
    }

    /// The string with this id, if it is in this zone, in a zone around it, or in the vocabulary. spaCy's ids are not
    /// unique: of strings that share the id, the pipeline's own is returned, or else one of the zones'.
    pub fn string(&self, id: u64) -> Option<&str> {
        let own = self.vocab().permanent_string(id);
        let found = own.or_else(|| self.find(|layer| layer.string_with_id(id).map(erased)));
        match found {
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
        let layer = &mut self.held.get_mut().layer;
        layer.reset(keep);
        layer.splits.reset(keep);
    }

    /// Size and bound of each store of this zone, without those of zones around it or in it.
    pub fn memory_report(&self) -> MemoryReport {
        let mut report = MemoryReport::default();
        let held = self.held.borrow();
        held.layer
            .register(&mut report, Owner::Zone, OnClose::Freed, OnClose::Freed);
        report
    }

    /// What a text may take in this zone: what the pipeline says, or what was set for this zone or the one around it when
    /// this one was opened.
    pub fn limits(&self) -> Limits {
        self.own_limits().unwrap_or(self.nlp.limits())
    }

    /// Sets what a text may take in this zone: see [`Limits`].
    pub fn set_limits(&self, limits: Limits) {
        self.held.borrow_mut().limits = Some(limits);
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

    pub(crate) fn own_limits(&self) -> Option<Limits> {
        self.held.borrow().limits
    }

    /// Notes that something panicked while it worked in this zone. What is in it stays good to read, as entries are found
    /// only once they are whole, but neither it nor the zones around it go back to a pool.
    pub(crate) fn spoil(&self) {
        let mut zone = Some(self);
        while let Some(inner) = zone {
            inner.held.borrow_mut().spoiled = true;
            zone = inner.outer;
        }
    }

    pub(crate) fn layer_mut(&self) -> RefMut<'_, Layer> {
        RefMut::map(self.held.borrow_mut(), |held| &mut held.layer)
    }

    /// The entry of this text in this zone or in one around it.
    pub(crate) fn find_string(&self, key: Key<'_>) -> Option<&StringEntry<'_>> {
        self.find(|layer| layer.string(key).map(erased))
    }

    /// The lexeme of this text in this zone or in one around it.
    pub(crate) fn find_lexeme(&self, key: Key<'_>) -> Option<&LexemeEntry<'_>> {
        self.find(|layer| {
            layer
                .lexeme(key)
                .map(|entry| (entry as *const LexemeEntry).cast())
        })
    }

    /// What `in_layer` finds in this zone, or else in one around it. `in_layer` points to an entry of the layer that it
    /// was given.
    fn find<T>(&self, in_layer: impl Fn(&Layer) -> Option<*const T>) -> Option<&T> {
        let mut zone = Some(self);
        while let Some(inner) = zone {
            if let Some(entry) = in_layer(&inner.held.borrow().layer) {
                // SAFETY: entries never move, and stay until their layer is reset or dropped, which takes its zone
                // exclusively: this zone is borrowed, and those around it outlive it.
                return Some(unsafe { &*entry });
            }
            zone = inner.outer;
        }
        None
    }
}

/// A pointer to an entry of a layer, without the layer's borrow.
fn erased<'v>(entry: &StringEntry<'_>) -> *const StringEntry<'v> {
    (entry as *const StringEntry).cast()
}

impl std::fmt::Debug for Zone<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Zone")
            .field("memory", &self.memory_report())
            .finish_non_exhaustive()
    }
}
