//! A view of some tokens in a row.

use super::{Doc, Token};

/// Tokens `start..end` of a document, with a label: an entity, a sentence, a noun chunk.
#[derive(Clone, Copy)]
pub struct Span<'d> {
    doc: &'d Doc<'d>,
    start: usize,
    end: usize,
    label: &'d str,
}

impl<'d> Span<'d> {
    pub(super) fn new(doc: &'d Doc<'d>, start: usize, end: usize, label: &'d str) -> Self {
        Span {
            doc,
            start,
            end,
            label,
        }
    }

    /// The document.
    pub fn doc(&self) -> &'d Doc<'d> {
        self.doc
    }

    /// The first token's position.
    pub fn start(&self) -> usize {
        self.start
    }

    /// The position after the last token.
    pub fn end(&self) -> usize {
        self.end
    }

    /// The number of tokens.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The label, `""` for spans without one.
    pub fn label(&self) -> &'d str {
        self.label
    }

    /// The tokens, in order.
    pub fn tokens(&self) -> impl DoubleEndedIterator<Item = Token<'d>> + ExactSizeIterator {
        let doc = self.doc;
        (self.start..self.end).map(move |i| Token::new(doc, i))
    }

    /// Offset of the span in the text, in code points.
    pub fn start_char(&self) -> usize {
        match self.doc.get(self.start) {
            Some(token) => token.idx(),
            None => self
                .doc
                .tokens()
                .last()
                .map_or(0, |last| last.idx() + last.len()),
        }
    }

    /// Offset of the span's end in the text, in code points.
    pub fn end_char(&self) -> usize {
        self.tokens()
            .last()
            .map_or(self.start_char(), |last| last.idx() + last.len())
    }

    /// The span's text, without the space that may follow it.
    pub fn text(&self) -> &'d str {
        let Some(last) = self.tokens().last() else {
            return "";
        };
        let first = Token::new(self.doc, self.start);
        &self.doc.text[first.byte_offset()..last.byte_offset() + last.text().len()]
    }

    /// The token with the shortest path to the root of its sentence, the first of equals. `None` for an empty span.
    pub fn root(&self) -> Option<Token<'d>> {
        let inside = |token: &Token<'d>| (self.start..self.end).contains(&token.head().i());
        self.tokens()
            .find(|token| token.head().i() == token.i())
            .or_else(|| {
                self.tokens()
                    .filter(|token| !inside(token))
                    .min_by_key(|token| token.ancestors().count())
            })
            .or_else(|| self.tokens().next())
    }

    /// The sentence that the span starts in.
    pub fn sent(&self) -> Span<'d> {
        let starts = |i: &usize| self.doc.tokens[*i].sent_start == 1;
        let last = self.doc.len().saturating_sub(1);
        let start = (0..=self.start.min(last))
            .rev()
            .find(|i| *i == 0 || starts(i))
            .unwrap_or(0);
        let end = (self.start + 1..self.doc.len())
            .find(starts)
            .unwrap_or(self.doc.len());
        Span::new(self.doc, start, end, "")
    }
}

impl std::fmt::Debug for Span<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Span({}..{}, {:?}, {:?})",
            self.start,
            self.end,
            self.label,
            self.text()
        )
    }
}
