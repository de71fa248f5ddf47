//! A view of some tokens in a row.

use super::roots::Roots;
use super::{Doc, Token};
use crate::attr::Attr;
use crate::lang::noun_chunks::{self, NoNounChunks};
use crate::pos::Pos;

/// Tokens `start..end` of a document, with a label: an entity, a sentence, a noun chunk.
#[derive(Clone, Copy)]
pub struct Span<'d> {
    doc: &'d Doc<'d>,
    start: usize,
    end: usize,
    label: &'d str,
    id: &'d str,
    kb_id: &'d str,
}

impl Doc<'_> {
    /// Tokens `start..end` as a span without a label; `None` where that is no range of this document.
    pub fn span(&self, start: usize, end: usize) -> Option<Span<'_>> {
        (start <= end && end <= self.len()).then(|| Span::new(self, start, end, ""))
    }

    /// The sentences, in order. The whole document is one where no component set sentence starts: see
    /// [`Doc::has_annotation`].
    pub fn sents(&self) -> impl Iterator<Item = Span<'_>> {
        let mut start = 0;
        (1..=self.len()).filter_map(move |i| {
            let ends = i == self.len() || self.tokens[i].sent_start == 1;
            ends.then(|| Span::new(self, std::mem::replace(&mut start, i), i, ""))
        })
    }

    /// The base noun phrases, in order.
    ///
    /// # Errors
    /// Where the language has no rules for them, or the document is not annotated with what they are made from.
    pub fn noun_chunks(&self) -> Result<Vec<Span<'_>>, NoNounChunks> {
        let chunks = self.vocab.lang().noun_chunks(&DocTree(self))?;
        let span = |(start, end)| Span::new(self, start, end, "NP");
        Ok(chunks.into_iter().map(span).collect())
    }
}

/// The tree of a document, as the rules for noun chunks read it.
struct DocTree<'d>(&'d Doc<'d>);

impl noun_chunks::Tree for DocTree<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn head(&self, i: usize) -> usize {
        i.wrapping_add_signed(self.0.tokens[i].head as isize)
    }

    fn dep(&self, i: usize) -> u64 {
        self.0.attr(i, Attr::Dep)
    }

    fn pos(&self, i: usize) -> Pos {
        self.0.tokens[i].pos
    }

    fn left_edge(&self, i: usize) -> usize {
        self.0.tokens[i].left_edge as usize
    }

    fn right_edge(&self, i: usize) -> usize {
        self.0.tokens[i].right_edge as usize
    }
}

impl<'d> Span<'d> {
    pub(super) fn new(doc: &'d Doc<'d>, start: usize, end: usize, label: &'d str) -> Self {
        Span {
            doc,
            start,
            end,
            label,
            id: "",
            kb_id: "",
        }
    }

    /// The span with ids: what a ruler calls it, and what it is in a knowledge base.
    pub(super) fn with_ids(self, id: &'d str, kb_id: &'d str) -> Self {
        Span { id, kb_id, ..self }
    }

    /// Tokens `start..end` with a label.
    pub(crate) fn labelled(doc: &'d Doc<'d>, start: usize, end: usize, label: &'d str) -> Self {
        Span::new(doc, start, end, label)
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

    /// What the pattern of a ruler calls the span, `""` where none does.
    pub fn id(&self) -> &'d str {
        self.id
    }

    /// What the span is in a knowledge base, `""` where no linker has said.
    pub fn kb_id(&self) -> &'d str {
        self.kb_id
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
                .next_back()
                .map_or(0, |last| last.idx() + last.len()),
        }
    }

    /// Offset of the span's end in the text, in code points.
    pub fn end_char(&self) -> usize {
        self.tokens()
            .next_back()
            .map_or(self.start_char(), |last| last.idx() + last.len())
    }

    /// The span's text, without the space that may follow it.
    pub fn text(&self) -> &'d str {
        let Some(last) = self.tokens().next_back() else {
            return "";
        };
        let first = Token::new(self.doc, self.start);
        &self.doc.text[first.byte_offset()..last.byte_offset() + last.text().len()]
    }

    /// The token with the shortest path to the root of its sentence, the first of equals; white space and punctuation that
    /// nothing hangs on come last. `None` for an empty span.
    pub fn root(&self) -> Option<Token<'d>> {
        let root = Roots::new(self.doc).of(self.start..self.end)?;
        Some(Token::new(self.doc, root))
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
