//! Memory zones: all that a block of work made, freed at once.

use std::cell::{RefCell, RefMut};

use crate::doc::Doc;
use crate::error::Error;
use crate::language::Language;
use crate::vocab::{Keep, Layer, Scope, Store, Vocab};

/// Owns what parsing adds to the vocabulary: strings, lexemes, and the tokenizer's cache.
///
/// Documents made in a zone borrow it, so that using one after its zone is gone does not compile:
///
/// ```compile_fail
/// # let nlp = nlp_core::models::english().unwrap();
/// let zone = nlp.zone();
/// let doc = zone.parse("This document lives in its zone.").unwrap();
/// drop(zone);
/// println!("{}", doc.text());
/// ```
///
/// A zone belongs to one thread at a time; any number may be open at once, on any threads, and they share nothing that
/// locks. Dropping a zone frees everything it holds, also when a panic unwinds through it.
pub struct Zone<'nlp> {
    nlp: &'nlp Language,
    layer: RefCell<Layer>,
}

impl<'nlp> Zone<'nlp> {
    pub(crate) fn open(nlp: &'nlp Language) -> Self {
        Zone {
            nlp,
            layer: RefCell::default(),
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

    /// Frees everything that the zone holds, and keeps at most the capacity that `keep` allows, so that the next work
    /// need not ask the allocator for it again. No document of the zone can be alive: the compiler sees to it.
    ///
    /// ```
    /// # use nlp_core::Keep;
    /// let nlp = nlp_core::models::english()?;
    /// let mut zone = nlp.zone();
    /// for request in ["The first request", "The second request"] {
    ///     println!("{}", zone.parse(request)?.len());
    ///     zone.clear(Keep { arena: 64 << 10, table: 16 << 10 });
    /// }
    /// assert_eq!(zone.stores()[0].entries, 0);
    /// # Ok::<(), nlp_core::Error>(())
    /// ```
    pub fn clear(&mut self, keep: Keep) {
        self.layer.get_mut().reset(keep);
    }

    /// Length and bytes of each store of this zone.
    pub fn stores(&self) -> Vec<Store> {
        self.layer.borrow().stores()
    }

    pub(crate) fn vocab(&self) -> &'nlp Vocab {
        self.nlp.vocab()
    }

    pub(crate) fn layer(&self) -> RefMut<'_, Layer> {
        self.layer.borrow_mut()
    }
}
