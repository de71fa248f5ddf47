//! What is asked of a matcher.

use super::compiled::Matcher;
use super::found::{FindError, FindOptions, Found, Match};
use super::search;
use crate::doc::{Doc, Span};
use crate::limits::{Clock, OutOfTime};

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
        let found = search::search(self, span, options.with_alignments, Clock::UNLIMITED);
        let found = found.map_err(|OutOfTime| FindError::TooHard)?;
        Ok(found.into_iter().map(|found| self.shown(found)).collect())
    }

    /// Whether the document has what the patterns name.
    pub(super) fn check(&self, doc: &Doc<'_>) -> Result<(), FindError> {
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
}

impl<'d, 'v: 'd> From<&'d Doc<'v>> for Span<'d> {
    /// All of the document.
    fn from(doc: &'d Doc<'v>) -> Span<'d> {
        doc.span(0, doc.len())
            .expect("a document has all its tokens")
    }
}
