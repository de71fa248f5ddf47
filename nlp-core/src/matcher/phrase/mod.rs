//! Looks for phrases in documents: spaCy's `PhraseMatcher` (`matcher/phrasematcher.pyx`), for any number of phrases.

mod filter;
mod preshed;
mod seen;
mod texts;
mod trie;
mod values;
mod walks;

use std::fmt;
use std::ops::Range;

use super::words::WordTable;
use crate::attr::Attr;
use crate::doc::{Doc, Span};
use crate::error::Error;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::symbols::string_id;
use trie::{Phrases, TooMany, Trie};
use values::Values;

/// Finds phrases that are given as documents: runs of tokens with the same values of one attribute.
///
/// It is built once and then never changes; any number of threads may use it. It belongs to no pipeline, as it knows
/// words by their texts. What a token costs hardly depends on the number of phrases, and a phrase takes a few dozen
/// bytes: see [`PhraseMatcher::bytes`].
///
/// ```
/// use nlp_core::Attr;
/// use nlp_core::matcher::PhraseMatcher;
///
/// let nlp = nlp_core::models::english()?;
/// let mut phrases = PhraseMatcher::builder(Attr::Lower);
/// phrases.add_texts("PERSON", &["ada lovelace", "grace hopper"], &nlp)?;
/// phrases.add("ROLE", &nlp.tokenize("Countess of Lovelace")?)?;
/// let matcher = phrases.build();
///
/// let doc = nlp.tokenize("ADA LOVELACE, the countess of Lovelace")?;
/// let found: Vec<_> = matcher.as_spans(&doc).iter().map(|s| (s.label(), s.text())).collect();
/// assert_eq!(found, [("PERSON", "ADA LOVELACE"), ("ROLE", "countess of Lovelace")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct PhraseMatcher {
    phrases: PhraseSet,
    keys: Keys,
}

frozen!(PhraseMatcher { phrases, keys });

/// Collects the phrases of a [`PhraseMatcher`].
#[derive(Debug, Clone)]
pub struct PhraseMatcherBuilder {
    phrases: PhraseSetBuilder,
    keys: Keys,
}

/// A phrase that stands in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PhraseMatch<'m> {
    /// The key that the phrase was added with.
    pub key: &'m str,
    /// The first token.
    pub start: usize,
    /// The token after the last.
    pub end: usize,
}

impl PhraseMatch<'_> {
    /// spaCy's `match_id`: the id of the key.
    pub fn match_id(&self) -> u64 {
        string_id(self.key)
    }
}

/// Why a phrase cannot be looked for.
#[derive(Debug)]
#[non_exhaustive]
pub enum PhraseError {
    /// The attribute is one that components set, and the phrase's document has it nowhere.
    NotAnnotated {
        /// The attribute.
        attr: Attr,
    },
    /// There are more phrases, or words in them, than the matcher has numbers for: some thousand million.
    TooMany,
    /// The phrase's text cannot be tokenized.
    Text(Error),
}

impl fmt::Display for PhraseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PhraseError::NotAnnotated { attr } => {
                let (name, who) = match attr {
                    Attr::Tag => ("TAG", "a tagger"),
                    Attr::Pos => ("POS", "a morphologizer, or a tagger and an attribute_ruler"),
                    Attr::Morph => (
                        "MORPH",
                        "a morphologizer, or a tagger and an attribute_ruler",
                    ),
                    Attr::Lemma => ("LEMMA", "a lemmatizer"),
                    _ => ("DEP", "a parser"),
                };
                write!(
                    f,
                    "phrases are matched on {name}, which no token of this one has: it needs {who} to run over it first"
                )
            }
            PhraseError::TooMany => f.write_str("more phrases than a matcher holds: use several"),
            PhraseError::Text(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PhraseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            PhraseError::Text(error) => Some(error),
            _ => None,
        }
    }
}

impl PhraseMatcher {
    /// Begins a matcher that compares `attr` of the tokens: spaCy's default is [`Attr::Orth`].
    pub fn builder(attr: Attr) -> PhraseMatcherBuilder {
        PhraseMatcherBuilder {
            phrases: PhraseSetBuilder::new(attr),
            keys: Keys::default(),
        }
    }

    /// The attribute that is compared.
    pub fn attr(&self) -> Attr {
        self.phrases.values.attr
    }

    /// How many keys there are: spaCy's `len`.
    pub fn len(&self) -> usize {
        self.keys().count()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether phrases were added with this key, and not removed.
    pub fn contains(&self, key: &str) -> bool {
        self.keys.get(key).is_some()
    }

    /// The keys, in the order in which they were added first.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter()
    }

    /// The bytes that it holds on the heap.
    pub fn bytes(&self) -> usize {
        crate::frozen::Walk::measure(self)
    }

    /// The phrases in a document, all of them, in spaCy's order: those that begin first come first, of these the
    /// shortest, and where a phrase has several keys, spaCy's hash table of them says which is first.
    pub fn matches(&self, doc: &Doc<'_>) -> Vec<PhraseMatch<'_>> {
        self.within(doc, 0..doc.len())
    }

    /// The phrases in a span; their positions are those of the tokens in the document.
    pub fn matches_in(&self, span: Span<'_>) -> Vec<PhraseMatch<'_>> {
        self.within(span.doc(), span.start()..span.end())
    }

    /// The phrases in a document as spans that have the keys for labels.
    pub fn as_spans<'d>(&'d self, doc: &'d Doc<'d>) -> Vec<Span<'d>> {
        let spans = self.matches(doc).into_iter();
        spans
            .map(|found| Span::labelled(doc, found.start, found.end, found.key))
            .collect()
    }

    fn within(&self, doc: &Doc<'_>, tokens: Range<usize>) -> Vec<PhraseMatch<'_>> {
        let mut matches = Vec::new();
        let found = |key: u32, start, end| {
            let key = self.keys.texts.words.get(key);
            matches.push(PhraseMatch { key, start, end });
        };
        let done = self.phrases.each(doc, tokens, Budget::UNLIMITED, found);
        debug_assert!(done.is_ok());
        matches
    }
}

impl PhraseMatcherBuilder {
    /// Adds a phrase with `key`: the tokens of a document, of this pipeline or of another. A document without tokens adds
    /// the key alone. Phrases that are added again change nothing.
    ///
    /// # Errors
    /// If the attribute is one that components set (TAG, POS, MORPH, LEMMA, DEP), and no token has it.
    pub fn add(&mut self, key: &str, doc: &Doc<'_>) -> Result<&mut Self, PhraseError> {
        let key = self.key(key)?;
        self.phrases.add(key, doc)?;
        Ok(self)
    }

    /// Removes the phrases that were added with `key`; the same ones with other keys stay. Whether there was such a key
    /// is returned.
    pub fn remove(&mut self, key: &str) -> bool {
        let Some(number) = self.keys.get(key) else {
            return false;
        };
        self.keys.present[number as usize] = false;
        self.phrases.remove(number);
        true
    }

    /// The matcher of what was added.
    pub fn build(mut self) -> PhraseMatcher {
        self.keys.texts.shrink();
        self.keys.present.shrink_to_fit();
        let texts = &self.keys.texts.words;
        PhraseMatcher {
            phrases: self.phrases.build(|key| string_id(texts.get(key))),
            keys: self.keys,
        }
    }

    fn key(&mut self, key: &str) -> Result<u32, PhraseError> {
        let number = self.keys.texts.intern(key).ok_or(PhraseError::TooMany)?;
        let places = self.keys.texts.words.len();
        self.keys.present.resize(places, false);
        self.keys.present[number as usize] = true;
        Ok(number)
    }
}

/// The keys of a matcher.
#[derive(Debug, Clone, Default)]
struct Keys {
    texts: WordTable,
    /// Which of them were not removed.
    present: Vec<bool>,
}

frozen!(Keys { texts, present });

impl Keys {
    fn get(&self, key: &str) -> Option<u32> {
        let number = self.texts.find(key)?;
        self.present[number as usize].then_some(number)
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let present = self.texts.words.iter().zip(&self.present);
        present.filter(|(_, present)| **present).map(|(key, _)| key)
    }
}

/// Phrases whose keys are numbers: what a [`PhraseMatcher`] is made of, and a ruler too.
#[derive(Debug, Clone)]
pub(crate) struct PhraseSet {
    values: Values,
    trie: Trie,
}

frozen!(PhraseSet { values, trie });

/// Collects the phrases of a [`PhraseSet`].
#[derive(Debug, Clone)]
pub(crate) struct PhraseSetBuilder {
    values: Values,
    phrases: Phrases,
    /// The values of the phrase at hand.
    words: Vec<u32>,
}

/// What only components set: nobody wants a phrase all of whose tokens lack it.
const ANNOTATIONS: [Attr; 5] = [Attr::Tag, Attr::Pos, Attr::Morph, Attr::Lemma, Attr::Dep];

impl PhraseSetBuilder {
    pub fn new(attr: Attr) -> Self {
        PhraseSetBuilder {
            values: Values::of(attr),
            phrases: Phrases::default(),
            words: Vec::new(),
        }
    }

    /// Adds the tokens of a document as a phrase.
    pub fn add(&mut self, key: u32, doc: &Doc<'_>) -> Result<(), PhraseError> {
        let attr = self.values.attr;
        if ANNOTATIONS.contains(&attr) && !doc.has_annotation(attr) {
            return Err(PhraseError::NotAnnotated { attr });
        }
        self.words.clear();
        for i in 0..doc.len() {
            let value = self.values.add(doc, i);
            self.words.push(value.ok_or(PhraseError::TooMany)?);
        }
        Ok(self.phrases.add(&self.words, key)?)
    }

    /// Removes the phrases that have been added with `key`.
    pub fn remove(&mut self, key: u32) {
        self.phrases.remove(key);
    }

    /// Lays the phrases out. `id_of` is spaCy's id of a key.
    pub fn build(mut self, id_of: impl Fn(u32) -> u64) -> PhraseSet {
        self.values.finish();
        PhraseSet {
            trie: self.phrases.build(self.values.len(), id_of),
            values: self.values,
        }
    }
}

impl PhraseSet {
    /// Shows each phrase that stands among `tokens` with its key, its start and its end, in spaCy's order.
    ///
    /// # Errors
    /// If the time is up.
    pub fn each(
        &self,
        doc: &Doc<'_>,
        tokens: Range<usize>,
        budget: Budget,
        mut found: impl FnMut(u32, usize, usize),
    ) -> Result<(), OutOfTime> {
        let first = tokens.start;
        let words = self.values.get(doc, tokens, budget)?;
        self.trie.each(&words, budget, |key, start, end| {
            found(key, first + start, first + end);
        })
    }
}

impl From<TooMany> for PhraseError {
    fn from(_: TooMany) -> Self {
        PhraseError::TooMany
    }
}
