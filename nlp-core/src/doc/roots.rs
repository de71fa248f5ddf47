//! The roots of spans: the token of each with the shortest way to the root of its sentence.

use std::cell::OnceCell;
use std::ops::Range;

use super::{Doc, Token};
use crate::attr::Attr;

/// Finds the roots of spans of one document. What takes as long as the document is long is done once for all of them.
pub(super) struct Roots<'a, 'v> {
    doc: &'a Doc<'v>,
    depths: OnceCell<Vec<usize>>,
}

impl<'a, 'v> Roots<'a, 'v> {
    pub fn new(doc: &'a Doc<'v>) -> Self {
        Roots {
            doc,
            depths: OnceCell::new(),
        }
    }

    /// The token with the shortest path to the root of its sentence, the first of equals; `None` for an empty span. White
    /// space and punctuation that nothing hangs on come last, unless they are the root of a sentence.
    pub fn of(&self, span: Range<usize>) -> Option<usize> {
        let head = |&i: &usize| Token::new(self.doc, i).head().i();
        if let Some(root) = span.clone().find(|i| head(i) == *i) {
            return Some(root);
        }
        let outside = |i: &usize| !span.contains(&head(i));
        let mut tops = span.clone().filter(outside);
        match (tops.next(), tops.next()) {
            // There is nothing to compare.
            (Some(top), None) => Some(top),
            (None, _) => span.clone().next(),
            _ => {
                let depths = self.depths.get_or_init(|| self.doc.depths());
                let rank = |&i: &usize| match self.is_aside(i) {
                    true => self.doc.len() - 1,
                    false => depths[i],
                };
                span.clone().filter(outside).min_by_key(rank)
            }
        }
    }

    /// Whether a token is white space or punctuation without children.
    fn is_aside(&self, i: usize) -> bool {
        let token = &self.doc.tokens[i];
        let flag = |attr| token.lexeme.flag(attr);
        token.left_kids == 0
            && token.right_kids == 0
            && (flag(Attr::IsSpace) || flag(Attr::IsPunct))
    }
}

impl Doc<'_> {
    /// How many ancestors each token has: see [`Token::ancestors`].
    fn depths(&self) -> Vec<usize> {
        const UNKNOWN: usize = usize::MAX;
        const ON_PATH: usize = usize::MAX - 1;
        let mut depths = vec![UNKNOWN; self.len()];
        let mut path = Vec::new();
        for i in 0..self.len() {
            let mut at = i;
            while depths[at] == UNKNOWN && self.tokens[at].head != 0 {
                depths[at] = ON_PATH;
                path.push(at);
                at = Token::new(self, at).head().i();
            }
            let mut depth = match depths[at] {
                UNKNOWN => 0,
                // Heads that were set by others may go in a circle, which has no end.
                ON_PATH => self.len(),
                known => known,
            };
            depths[at] = depth;
            for on_path in path.drain(..).rev() {
                depth = (depth + 1).min(self.len());
                depths[on_path] = depth;
            }
        }
        depths
    }
}
