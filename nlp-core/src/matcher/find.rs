//! What is asked of a matcher.

use super::compiled::Matcher;
use super::found::{FindError, FindOptions, Found, Match};
use super::search;
use crate::doc::{Doc, Span};
use crate::limits::{Budget, OutOfTime};

impl Matcher {
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
        let budget = Budget::UNLIMITED;
        let found = match options.with_alignments {
            true => search::search(self, span, budget).map(|found| self.shown(found, Some)),
            false => search::search(self, span, budget).map(|found| self.shown(found, |()| None)),
        };
        found.map_err(|OutOfTime| FindError::TooHard)
    }

    /// Whether the document has what the patterns name.
    pub(super) fn check(&self, doc: &Doc<'_>) -> Result<(), FindError> {
        match self.needs.iter().find(|attr| !doc.has_annotation(**attr)) {
            Some(&attr) => Err(FindError::NotAnnotated(attr)),
            None => Ok(()),
        }
    }

    fn shown<A>(
        &self,
        found: Vec<Found<A>>,
        alignments: impl Fn(A) -> Option<Vec<usize>>,
    ) -> Vec<Match<'_>> {
        let shown = found.into_iter().map(|found| Match {
            key: self.keys.get(found.rule),
            start: found.start as usize,
            end: found.end as usize,
            alignments: alignments(found.alignments),
        });
        shown.collect()
    }

    /// What the patterns find, whatever the document is annotated with: the number of the key, in the order in which keys
    /// were added, and the first token and the one after the last.
    ///
    /// # Errors
    /// If the time is up, or a regular expression takes too much memory.
    pub(crate) fn find_numbers<'d>(
        &self,
        within: impl Into<Span<'d>>,
        budget: Budget,
    ) -> Result<Vec<(u32, u32, u32)>, OutOfTime> {
        let found: Vec<Found<()>> = search::search(self, within.into(), budget)?;
        let numbers = found.into_iter().map(|f| (f.rule, f.start, f.end));
        Ok(numbers.collect())
    }
}

impl<'d, 'v: 'd> From<&'d Doc<'v>> for Span<'d> {
    /// All of the document.
    fn from(doc: &'d Doc<'v>) -> Span<'d> {
        doc.span(0, doc.len())
            .expect("a document has all its tokens")
    }
}
