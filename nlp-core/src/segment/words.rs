//! From words to tokens: where white space goes.

use std::ops::Range;

use crate::lang::is_space;
use crate::limits::{Budget, OutOfTime};
use crate::tokenizer::{Bounds, Piece, Stopped};

/// Characters that are looked at before the clock is.
pub(super) const CHARS_A_LOOK: usize = 1024;

/// Words that are taken before the clock is looked at again.
const WORDS_A_LOOK: usize = 1024;

/// Takes the words of a text in their order, and makes tokens of them and of the white space between them.
pub(super) struct Words<'t> {
    text: &'t str,
    out: &'t mut Vec<Piece>,
    bounds: Bounds,
    /// Where the text goes on that is in no token yet.
    at: usize,
    taken: usize,
}

impl<'t> Words<'t> {
    pub fn new(text: &'t str, out: &'t mut Vec<Piece>, bounds: Bounds) -> Self {
        Words {
            text,
            out,
            bounds,
            at: 0,
            taken: 0,
        }
    }

    /// When the text has to be done.
    pub fn budget(&self) -> Budget {
        self.bounds.budget
    }

    /// Takes the word at bytes `start..end`. White space is passed over.
    pub fn push(&mut self, start: usize, end: usize) -> Result<(), Stopped> {
        self.taken += 1;
        if self.taken.is_multiple_of(WORDS_A_LOOK) {
            self.bounds.budget.check().map_err(out_of_time)?;
        }
        if self.text[start..end].chars().all(is_space) {
            return Ok(());
        }
        if start > self.at {
            self.piece(self.at, start, false)?;
        }
        let space = self.text.as_bytes().get(end) == Some(&b' ');
        self.piece(start, end, space)?;
        self.at = end + usize::from(space);
        Ok(())
    }

    /// Takes what is left of the text.
    pub fn finish(&mut self) -> Result<(), Stopped> {
        match self.at < self.text.len() {
            true => self.piece(self.at, self.text.len(), false),
            false => Ok(()),
        }
    }

    fn piece(&mut self, start: usize, end: usize, space: bool) -> Result<(), Stopped> {
        if self.out.len() >= self.bounds.tokens {
            return Err(Stopped::TooManyTokens);
        }
        self.out.push(Piece {
            start: start as u32,
            end: end as u32,
            space,
            norm: None,
            rewritten: false,
        });
        Ok(())
    }
}

/// What stands between white space, as Python's `str.split` finds it.
pub(super) fn split(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        let start = at + rest.find(|c| !is_space(c))?;
        let end = text[start..].find(is_space);
        at = end.map_or(text.len(), |end| start + end);
        Some(start..at)
    })
}

/// For `map_err`.
pub(super) fn out_of_time(_: OutOfTime) -> Stopped {
    Stopped::OutOfTime
}
