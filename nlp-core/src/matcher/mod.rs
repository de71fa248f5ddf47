//! Finds tokens by patterns: spaCy's `Matcher`, compiled.
//!
//! ```
//! use nlp_core::matcher::Matcher;
//! use serde_json::json;
//!
//! let nlp = nlp_core::models::english()?;
//! let mut patterns = Matcher::builder();
//! patterns.add("GREETING", &json!([
//!     [{"LOWER": "hello"}, {"IS_PUNCT": true, "OP": "?"}, {"LOWER": {"FUZZY": "world"}}],
//! ]))?;
//! let matcher = patterns.build();
//! let doc = nlp.parse("Hello, wrold! Hello world!")?;
//! let found: Vec<_> = matcher.find(&doc)?.iter().map(|m| (m.key, m.start, m.end)).collect();
//! assert_eq!(found, [("GREETING", 0, 3), ("GREETING", 4, 6)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is found, and in which order, is what spaCy 3.8 finds; what is different is how long it takes. Patterns that
//! begin alike share a tree, and a token is looked up among all that could begin with it: so it hardly matters how many
//! patterns there are. Optional tokens take time in proportion to their number, where spaCy follows every way to leave
//! some out. Nothing that a match makes stays: a matcher never changes, any number of threads may use it, and what
//! patterns name is in its own tables, not in a vocabulary.
//!
//! Patterns with custom attributes (`_`) are refused: what those are, only Python code knows. There are no callbacks:
//! go through what was found.

mod builder;
mod conditions;
mod dependency;
mod found;
mod greedy;
mod index;
mod levenshtein;
mod operator;
mod phrase;
mod plain;
mod predicate;
mod prospects;
mod read;
mod schema;
mod search;
mod step;
#[cfg(test)]
mod tests;
mod threads;
mod value;
mod values;
mod words;

pub use builder::MatcherBuilder;
pub use dependency::{DependencyMatcher, DependencyMatcherBuilder, TreeMatch};
pub use greedy::Greedy;
pub use phrase::{PhraseError, PhraseMatch, PhraseMatcher, PhraseMatcherBuilder};
pub(crate) use phrase::{PhraseSet, PhraseSetBuilder};

use std::collections::HashMap;
use std::fmt;

use crate::attr::Attr;
use crate::doc::{Doc, Span};
use crate::frozen::{Walk, frozen};
use crate::limits::{Clock, OutOfTime};
use conditions::Conditions;
use found::Found;
use plain::Plain;
use threads::Threads;
pub(crate) use words::{WordTable, Words};

/// Finds tokens in documents by patterns: see the [module](self).
pub struct Matcher {
    /// The keys, by number.
    keys: Words,
    /// How many keys have patterns.
    len: usize,
    /// What is wanted of the matches of each key; empty where that is all, for every key.
    greedy: Vec<Option<Greedy>>,
    /// The key of each pattern.
    rules: Vec<u32>,
    /// For patterns without operators that vary their length: which token of the pattern each token is for, where that
    /// is not its place.
    tokens: HashMap<u32, Box<[u32]>>,
    /// What documents must be annotated with.
    needs: Vec<Attr>,
    /// Whether nothing can be found twice.
    distinct: bool,
    conditions: Conditions,
    plain: Plain,
    threads: Threads,
}

frozen!(Matcher {
    keys,
    len,
    greedy,
    rules,
    tokens,
    needs,
    distinct,
    conditions,
    plain,
    threads
});

/// A pattern was found: tokens `start..end`, counted from the start of what was searched.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Match<'m> {
    /// The key of the pattern.
    pub key: &'m str,
    /// The first token.
    pub start: usize,
    /// The token after the last.
    pub end: usize,
    /// For each token the place of the token in the pattern that it was found for, if that was asked for.
    pub alignments: Option<Vec<usize>>,
}

/// How to search.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FindOptions {
    /// Search documents too that have no tags, say, though a pattern names one: such a pattern is then not found.
    pub allow_missing: bool,
    /// Say which token of the pattern each token was found for. Where there are several ways to see it, spaCy's first.
    pub with_alignments: bool,
}

/// Why a document could not be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindError {
    /// A pattern names a value of this attribute, and no token of the document has one: the pipeline lacks what sets it.
    NotAnnotated(Attr),
    /// A regular expression takes too much memory on a token.
    TooHard,
}

impl Matcher {
    /// A builder, to add patterns to.
    pub fn builder() -> MatcherBuilder {
        MatcherBuilder::new()
    }

    /// What the patterns find in a document or span, in spaCy's order.
    ///
    /// # Errors
    /// As [`Matcher::find_with`].
    pub fn find<'d>(&self, within: impl Into<Span<'d>>) -> Result<Vec<Match<'_>>, FindError> {
        self.find_with(within, FindOptions::default())
    }

    /// What the patterns find in a document or span.
    ///
    /// # Errors
    /// If the document lacks what a pattern names, unless that is allowed, or a regular expression takes too much memory.
    pub fn find_with<'d>(
        &self,
        within: impl Into<Span<'d>>,
        options: FindOptions,
    ) -> Result<Vec<Match<'_>>, FindError> {
        let span = within.into();
        if !options.allow_missing {
            self.check(span.doc())?;
        }
        let found = search::search(self, span, options.with_alignments, Clock::UNLIMITED);
        let found = found.map_err(|OutOfTime| FindError::TooHard)?;
        Ok(found.into_iter().map(|found| self.shown(found)).collect())
    }

    /// Whether the document has what the patterns name.
    fn check(&self, doc: &Doc<'_>) -> Result<(), FindError> {
        match self.needs.iter().find(|attr| !doc.has_annotation(**attr)) {
            Some(&attr) => Err(FindError::NotAnnotated(attr)),
            None => Ok(()),
        }
    }

    fn shown(&self, found: Found) -> Match<'_> {
        Match {
            key: self.keys.get(found.rule),
            start: found.start as usize,
            end: found.end as usize,
            alignments: found.alignments,
        }
    }

    /// What the patterns find, whatever the document is annotated with: the number of the key, in the order in which keys
    /// were added, and the first token and the one after the last.
    ///
    /// # Errors
    /// If `clock` runs out, or a regular expression takes too much memory.
    pub(crate) fn find_numbers<'d>(
        &self,
        within: impl Into<Span<'d>>,
        clock: Clock,
    ) -> Result<Vec<(u32, u32, u32)>, OutOfTime> {
        let found = search::search(self, within.into(), false, clock)?;
        Ok(found.iter().map(|f| (f.rule, f.start, f.end)).collect())
    }

    /// How many keys have patterns.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes that the matcher holds from the allocator. Exact but for hash tables, whose layout is not public.
    pub fn heap_bytes(&self) -> usize {
        Walk::measure(self)
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matcher")
            .field("keys", &self.len)
            .field("patterns", &self.rules.len())
            .finish_non_exhaustive()
    }
}

impl<'d, 'v: 'd> From<&'d Doc<'v>> for Span<'d> {
    /// All of the document.
    fn from(doc: &'d Doc<'v>) -> Span<'d> {
        doc.span(0, doc.len())
            .expect("a document has all its tokens")
    }
}

impl fmt::Display for FindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FindError::NotAnnotated(attr) => {
                let (name, pipe) = match attr {
                    Attr::Tag => ("TAG", "a tagger"),
                    Attr::Pos => ("POS", "a morphologizer, or a tagger and an attribute_ruler"),
                    Attr::Morph => ("MORPH", "a morphologizer, or a tagger and an attribute_ruler"),
                    Attr::Lemma => ("LEMMA", "a lemmatizer"),
                    _ => ("DEP", "a parser"),
                };
                write!(
                    f,
                    "a pattern names a value of {name}, which the document has no token with: parse it with {pipe}, or \
                     search with allow_missing"
                )
            }
            FindError::TooHard => f.write_str(
                "a regular expression of a pattern takes too much memory on a token: write it simpler",
            ),
        }
    }
}

impl std::error::Error for FindError {}
