//! Where the strings and lexemes of a document go: the layer of a zone, or the vocabulary's shared one.

use super::chain::Chain;
use super::entry::{LexemeEntry, StringEntry};
use super::layer::Layer;
use super::table::Key;
use super::{Lexeme, Vocab};
use crate::lang;
use crate::limits::Limits;
use crate::tokenizer::{Cut, SplitCache};

/// The owner of what a document adds: documents borrow it for `'v`.
#[derive(Clone, Copy)]
pub(crate) enum Scope<'v> {
    /// The vocabulary itself: it grows, as spaCy's does.
    Shared(&'v Vocab),
    /// The innermost layer of a chain, a zone's: what is added dies with it.
    Chain(&'v Chain<'v>),
}

impl<'v> Scope<'v> {
    /// The vocabulary under this scope.
    pub fn vocab(self) -> &'v Vocab {
        match self {
            Scope::Shared(vocab) => vocab,
            Scope::Chain(chain) => chain.vocab(),
        }
    }

    /// The limits of the zone, if it has its own.
    pub fn limits(self) -> Option<Limits> {
        match self {
            Scope::Shared(_) => None,
            Scope::Chain(chain) => chain.limits(),
        }
    }

    /// Notes that work in this scope panicked: a zone is then not used for other work.
    pub fn spoil(self) {
        if let Scope::Chain(chain) = self {
            chain.spoil();
        }
    }

    /// The string of a label, by its id; `None` for the empty one.
    ///
    /// # Panics
    /// If the base does not hold it: components add their labels to the base when they are loaded.
    pub fn label(self, id: u64) -> Option<&'v StringEntry<'v>> {
        self.vocab()
            .permanent_string(id)
            .expect("labels are in the base")
            .non_empty()
    }

    /// Runs `work` with the layer that grows: locked if it is shared, and only for as long as `work` takes.
    pub fn with<R>(self, work: impl FnOnce(&mut Interner<'v, '_>) -> R) -> R {
        let vocab = self.vocab();
        match self {
            Scope::Shared(_) => {
                let mut layer = vocab.shared();
                // SAFETY: the shared layer lives in `vocab`, which is borrowed for `'v`, and is never reset.
                work(&mut unsafe { Interner::new(vocab, None, &mut layer) })
            }
            Scope::Chain(chain) => {
                let _watch = Watch(chain);
                let mut layer = chain.layer_mut();
                // SAFETY: the chain is borrowed for `'v`, and its layer is reset or dropped only by whoever has the chain
                // exclusively.
                work(&mut unsafe { Interner::new(vocab, chain.outer(), &mut layer) })
            }
        }
    }
}

/// Stands by while something is added to a zone's layer: if it panics, the zone is not used by others after.
struct Watch<'c>(&'c Chain<'c>);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.spoil();
        }
    }
}

impl Vocab {
    /// Adds a lexeme to the base: for special cases of the tokenizer, before the base is frozen.
    pub(crate) fn add_permanent_lexeme(&mut self, text: &str) {
        let mut base = std::mem::take(&mut self.base);
        // SAFETY: the layer that is added to becomes the base again at once, and no handle to what was added leaves.
        unsafe { Interner::new(self, None, &mut base) }.lexeme(text);
        self.base = base;
    }

    /// Keeps `text` for as long as the vocabulary lives, and returns it with its id. This is how a string is made to
    /// outlive a zone on purpose; whether the zone has seen it before makes no difference:
    ///
    /// ```
    /// let nlp = nlp_core::models::english()?;
    /// let kept = nlp.memory_zone(|zone| {
    ///     let word = zone.lexeme("frabjous");
    ///     nlp.vocab().intern_permanent(word.text())
    /// });
    /// assert_eq!(kept.text(), "frabjous");
    /// assert!(nlp.vocab().contains("frabjous"));
    /// # Ok::<(), nlp_core::Error>(())
    /// ```
    pub fn intern_permanent(&self, text: &str) -> &StringEntry<'_> {
        Scope::Shared(self).with(|interner| interner.string(text))
    }

    /// The lexeme of `text`, kept for as long as the vocabulary lives.
    pub fn lexeme(&self, text: &str) -> Lexeme<'_> {
        let entry = Scope::Shared(self).with(|interner| interner.lexeme(text));
        Lexeme::new(self, entry)
    }
}

/// Finds strings and lexemes in the base, in one growing layer, and in the layers around that; adds what is in none of
/// them to the growing layer.
pub(crate) struct Interner<'v, 'l> {
    vocab: &'v Vocab,
    outer: Option<&'v Chain<'v>>,
    layer: &'l mut Layer,
}

impl<'v, 'l> Interner<'v, 'l> {
    /// # Safety
    /// `layer` must be neither reset nor dropped during `'v`: what is found in it is handed out for that long.
    pub unsafe fn new(
        vocab: &'v Vocab,
        outer: Option<&'v Chain<'v>>,
        layer: &'l mut Layer,
    ) -> Self {
        Interner {
            vocab,
            outer,
            layer,
        }
    }

    /// The entry of `text`.
    pub fn string(&mut self, text: &str) -> &'v StringEntry<'v> {
        self.string_of(Key::new(text))
    }

    fn string_of(&mut self, key: Key<'_>) -> &'v StringEntry<'v> {
        if let Some(entry) = self.vocab.base.string(key) {
            return entry;
        }
        let entry: *const StringEntry = match self.layer.string(key) {
            Some(entry) => entry,
            None => {
                if let Some(entry) = self.outer.and_then(|chain| chain.find_string(key)) {
                    return entry;
                }
                self.layer.add_string(key)
            }
        };
        // SAFETY: entries never move, and the layer keeps them during `'v`, as whoever made this interner promised.
        unsafe { &*entry.cast() }
    }

    /// The lexeme of `text`, with the attributes that the language gives it.
    pub fn lexeme(&mut self, text: &str) -> &'v LexemeEntry<'v> {
        let key = Key::new(text);
        if let Some(entry) = self.vocab.base.lexeme(key) {
            return entry;
        }
        if let Some(entry) = self.layer.lexeme(key) {
            // SAFETY: as in `string_of`.
            return unsafe { &*(entry as *const LexemeEntry).cast() };
        }
        if let Some(entry) = self.outer.and_then(|chain| chain.find_lexeme(key)) {
            return entry;
        }
        #[cfg(feature = "faults")]
        crate::faults::see_new_word(text);
        let vocab = self.vocab;
        let mut shape = String::new();
        lang::shape_into(text, &mut shape);
        let lower = lang::lower(text);
        let lexeme = LexemeEntry {
            orth: self.string_of(key),
            lower: self.string(&lower),
            norm: self.string(&vocab.lang.norm(text, |_| vocab.lookup_norm(key))),
            shape: self.string(&shape),
            prefix: self.string(lang::prefix(text)),
            suffix: self.string(lang::suffix(text)),
            flags: vocab.lang.flags_given_lower(text, &lower),
            length: lang::length(text) as u32,
        };
        // SAFETY: the strings are in the base or in a layer around this one, which outlive every layer over them, or in
        // this very layer.
        let entry: *const LexemeEntry = unsafe { self.layer.add_lexeme(key, lexeme) };
        // SAFETY: as in `string_of`.
        unsafe { &*entry.cast() }
    }
}

impl SplitCache for Interner<'_, '_> {
    fn get(&mut self, chunk: &str) -> Option<&[Cut]> {
        self.layer.splits.get(chunk)
    }

    fn insert(&mut self, chunk: &str, cuts: &[Cut]) {
        self.layer.splits.insert(chunk, cuts);
    }
}
