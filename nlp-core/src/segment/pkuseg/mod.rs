//! Chinese words as the Python package spacy-pkuseg finds them: words that the user gave stand for themselves, and a
//! conditional random field over characters finds the others; in the end, neighbours that make up a word of a list become
//! one (`spacy_pkuseg/__init__.py`).

mod field;
mod lists;
mod table;

use std::ops::Range;

use self::field::Field;
use self::lists::{Given, Joined};
use super::words::Words;
use crate::error::Error;
use crate::files::{PipelineFiles, zip_member};
use crate::format::msgpack;
use crate::frozen::frozen;
use crate::tokenizer::Stopped;

/// A model, and the lists that go with it.
pub(crate) struct Pkuseg {
    field: Field,
    given: Given,
    joined: Option<Joined>,
}

frozen!(Pkuseg {
    field,
    given,
    joined
});

impl Pkuseg {
    /// Reads what spaCy wrote below `folder`.
    pub fn load(files: &dyn PipelineFiles, folder: &str) -> Result<Self, Error> {
        let name = format!("{folder}/pkuseg_model/weights.npz");
        let path = files.path(&name);
        let archive = files.map(&name)?;
        let sizes = zip_member(&archive, "sizes.npy", &path)?;
        let weights = zip_member(&archive, "w.npy", &path)?;
        let (sizes, weights) =
            field::sizes_and_weights(&sizes, &weights).map_err(|e| e.in_file(&path))?;

        let name = format!("{folder}/pkuseg_model/features.msgpack");
        let path = files.path(&name);
        let features = files.read(&name)?;
        let features = msgpack::read(&features).map_err(|e| e.in_file(&path))?;
        let field = Field::read(&features, sizes, weights).map_err(|e| e.in_file(&path))?;

        let name = format!("{folder}/pkuseg_processors");
        let path = files.path(&name);
        let lists = files.read(&name)?;
        let lists = msgpack::read(&lists).map_err(|e| e.in_file(&path))?;
        let (given, joined) = lists::read(&lists).map_err(|e| e.in_file(&path))?;
        Ok(Pkuseg {
            field,
            given,
            joined,
        })
    }

    /// Finds the words of `part`, which has no white space in it and begins at byte `start` of the text.
    pub(in crate::segment) fn cut(
        &self,
        part: &str,
        start: usize,
        words: &mut Words<'_>,
    ) -> Result<(), Stopped> {
        let mut at = 0;
        while let Some(given) = self.given.next(part, at, words.budget())? {
            self.cut_rest(part, at..given.start, start, words)?;
            words.push(start + given.start, start + given.end)?;
            at = given.end;
        }
        self.cut_rest(part, at..part.len(), start, words)
    }

    /// Finds the words of what is between those that the user gave.
    fn cut_rest(
        &self,
        part: &str,
        range: Range<usize>,
        start: usize,
        words: &mut Words<'_>,
    ) -> Result<(), Stopped> {
        if range.is_empty() {
            return Ok(());
        }
        let text = &part[range.clone()];
        let mut found = self.field.cut(text, words.budget())?;
        if let Some(joined) = &self.joined {
            joined.apply(text, &mut found, words.budget())?;
        }
        let start = start + range.start;
        found
            .into_iter()
            .try_for_each(|word| words.push(start + word.start, start + word.end))
    }
}
