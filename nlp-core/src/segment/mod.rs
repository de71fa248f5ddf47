//! Splits text into words that no white space separates: the tokenizers of spaCy that are not made of rules.
//!
//! Each finds words between white space; what white space there is becomes tokens, or the space after one, in the same
//! way for all of them (`get_words_and_spaces` in spaCy's `util.py`).

mod chinese;
mod jieba;
mod literal;
mod pkuseg;
#[cfg(test)]
mod tests;
mod trie;
mod words;

pub(crate) use chinese::load as load_chinese;

use self::jieba::Jieba;
use self::pkuseg::Pkuseg;
use self::words::{Words, split};
use crate::error::TokenizeError;
use crate::frozen::{Frozen, Walk};
use crate::tokenizer::{Bounds, Piece, Stopped};

/// How words are found.
pub(crate) enum Segmenter {
    /// Each character is one.
    Characters,
    /// White space separates them.
    Spaces,
    /// As the Python package jieba does.
    Jieba(Box<Jieba>),
    /// As the Python package spacy-pkuseg does.
    Pkuseg(Box<Pkuseg>),
}

impl Frozen for Segmenter {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Segmenter::Characters => walk.word(0),
            Segmenter::Spaces => walk.word(1),
            Segmenter::Jieba(jieba) => {
                walk.word(2);
                jieba.visit(walk);
            }
            Segmenter::Pkuseg(pkuseg) => {
                walk.word(3);
                pkuseg.visit(walk);
            }
        }
    }
}

impl Segmenter {
    /// Splits `text` into tokens, no further than `bounds` allow: `out` gets them, and loses what it held. The tokens, each
    /// with its space, add up to the text.
    pub fn tokenize_within(
        &self,
        text: &str,
        out: &mut Vec<Piece>,
        bounds: Bounds,
    ) -> Result<(), Stopped> {
        out.clear();
        if u32::try_from(text.len()).is_err() {
            return Err(Stopped::Fault(TokenizeError::TooLong { bytes: text.len() }));
        }
        let mut words = Words::new(text, out, bounds);
        match self {
            Segmenter::Characters => {
                for (start, c) in text.char_indices() {
                    words.push(start, start + c.len_utf8())?;
                }
            }
            Segmenter::Spaces => {
                for range in split(text) {
                    words.push(range.start, range.end)?;
                }
            }
            Segmenter::Jieba(jieba) => jieba.cut(text, &mut words)?,
            Segmenter::Pkuseg(pkuseg) => {
                for range in split(text) {
                    pkuseg.cut(&text[range.clone()], range.start, &mut words)?;
                }
            }
        }
        words.finish()
    }
}
