//! What a search finds, or why it finds nothing.

use std::fmt;

use crate::attr::Attr;

/// A match: the number of its key, the first token and the one after the last, counted from the start of the search.
#[derive(Debug, Clone)]
pub(super) struct Found<A> {
    pub rule: u32,
    pub start: u32,
    pub end: u32,
    pub alignments: A,
}

/// Whether the token of the pattern is wanted that each token was found for: a long document has a match for every token,
/// and what is not wanted takes no room.
pub(super) trait Alignments {
    /// Whether it is.
    const WANTED: bool;

    /// What `find` finds, if it is wanted.
    fn of(find: impl FnOnce() -> Vec<usize>) -> Self;
}

impl Alignments for () {
    const WANTED: bool = false;

    fn of(_: impl FnOnce() -> Vec<usize>) {}
}

impl Alignments for Vec<usize> {
    const WANTED: bool = true;

    fn of(find: impl FnOnce() -> Vec<usize>) -> Self {
        find()
    }
}

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
