//! Memory zones: all that a block of work made, freed at once.

mod idle;
#[cfg(all(test, loom))]
mod interleavings;
mod nested;
mod pool;

pub use nested::NestedZone;
pub use pool::{PoolConfig, PooledZone, ZonePool};

use crate::doc::Doc;
use crate::error::Error;
use crate::language::Language;
use crate::limits::Limits;
use crate::memory_report::{MemoryReport, OnClose, Owner};
use crate::vocab::{Chain, Keep, Key, Layer, Lexeme, Scope, Vocab};

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
    /// Only in a [`NestedZone`] is there something around it.
    chain: Chain<'nlp>,
}

// SAFETY: of the fields only the zone around this one, to which `chain` refers, is tied to a thread, since a zone must not
// be read from two threads at once. There is one in the zone of a `NestedZone` alone, which is not `Send` and lends its
// zone by shared reference only; `Zone` is not `Sync`, so that reference stays in its thread too.
unsafe impl Send for Zone<'_> {}

impl<'nlp> Zone<'nlp> {
    /// A zone over a layer that is empty.
    fn over(nlp: &'nlp Language, layer: Layer) -> Self {
        Zone {
            nlp,
            chain: Chain::new(nlp.vocab(), layer),
        }
    }

    /// Annotates `text` with every component of the pipeline. The document borrows the zone.
    ///
    /// # Errors
    /// If the text takes more than the [limits](Zone::limits) allow, or a component panics.
    pub fn parse(&self, text: &str) -> Result<Doc<'_>, Error> {
        self.nlp.parse_in(self.scope(), text)
    }

    /// Annotates a batch of texts, each component running over all of them at once: see [`Language::parse_batch`].
    pub fn parse_batch<T: AsRef<str>>(&self, texts: &[T]) -> Vec<Result<Doc<'_>, Error>> {
        self.nlp.parse_batch_in(self.scope(), texts)
    }

    /// Splits `text` into tokens and annotates nothing.
    ///
    /// # Errors
    /// As [`Zone::parse`].
    pub fn tokenize(&self, text: &str) -> Result<Doc<'_>, Error> {
        self.nlp.tokenize_in(self.scope(), text)
    }

    /// The lexeme of `text`. Where the pipeline does not have it, it is this zone's, and goes with it.
    pub fn lexeme(&self, text: &str) -> Lexeme<'_> {
        let entry = self.scope().with(|interner| interner.lexeme(text));
        Lexeme::new(self.vocab(), entry)
    }

    /// Whether the string `text` is in this zone, in a zone around it, or in the vocabulary.
    pub fn contains(&self, text: &str) -> bool {
        self.chain.find_string(Key::new(text)).is_some() || self.vocab().contains(text)
    }

    /// The string with this id, if it is in this zone, in a zone around it, or in the vocabulary. spaCy's ids are not
    /// unique: of strings that share the id, the pipeline's own is returned, or else one of the zones'.
    pub fn string(&self, id: u64) -> Option<&str> {
        let own = self.vocab().permanent_string(id);
        let found = own.or_else(|| self.chain.find_string_with_id(id));
        match found {
            Some(entry) => Some(entry.text),
            None => self.vocab().string(id),
        }
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
        let layer = &mut self.chain.held_mut().layer;
        layer.reset(keep);
        layer.splits.reset(keep);
    }

    /// Size and bound of each store of this zone, without those of zones around it or in it.
    pub fn memory_report(&self) -> MemoryReport {
        let mut report = MemoryReport::default();
        self.chain.look(|layer| {
            layer.register(&mut report, Owner::Zone, OnClose::Freed, OnClose::Freed);
        });
        report
    }

    /// What a text may take in this zone: what the pipeline says, or what was set for this zone or the one around it when
    /// this one was opened.
    pub fn limits(&self) -> Limits {
        self.chain.limits().unwrap_or(self.nlp.limits())
    }

    /// Sets what a text may take in this zone: see [`Limits`].
    pub fn set_limits(&self, limits: Limits) {
        self.chain.set_limits(limits);
    }

    /// The pipeline.
    pub fn language(&self) -> &'nlp Language {
        self.nlp
    }

    fn vocab(&self) -> &'nlp Vocab {
        self.nlp.vocab()
    }

    /// Where documents put what they add.
    pub(crate) fn scope(&self) -> Scope<'_> {
        Scope::Chain(&self.chain)
    }
}

impl Language {
    /// Runs `work` with a zone, and frees all that the zone holds at the end, also if `work` panics. Nothing that
    /// borrows the zone can leave:
    ///
    /// ```
    /// let nlp = nlp_core::models::english()?;
    /// let nouns: Vec<String> = nlp.memory_zone(|zone| {
    ///     let doc = zone.parse("A service sees strange wrods every day.")?;
    ///     Ok::<_, nlp_core::Error>(doc.tokens().filter(|t| t.tag() == "NN").map(|t| t.text().to_owned()).collect())
    /// })?;
    /// assert_eq!(nouns[0], "service");
    /// # Ok::<(), nlp_core::Error>(())
    /// ```
    pub fn memory_zone<R>(&self, work: impl FnOnce(&Zone<'_>) -> R) -> R {
        work(&self.zone())
    }

    /// Opens a zone that lives until it is dropped.
    pub fn zone(&self) -> Zone<'_> {
        Zone::over(self, Layer::default())
    }
}

impl std::fmt::Debug for Zone<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Zone")
            .field("memory", &self.memory_report())
            .finish_non_exhaustive()
    }
}
