//! Documents: tokens with their annotations, and the views of them that users read.

#[cfg(test)]
mod deep_tests;
mod json;
mod memory;
mod owned;
mod span;
mod token;

pub use owned::{OwnedDoc, OwnedSpan, OwnedToken};
pub use span::Span;
pub use token::{EntIob, Token};

use std::collections::BTreeMap;

use crate::attr::Attr;
use crate::nn::Matrix;
use crate::pos::Pos;
use crate::vocab::{LexemeEntry, StringEntry, Vocab};

/// What is known of one token: `TokenC` in spaCy's `structs.pxd`. `None` is an attribute that is not set.
#[derive(Debug, Clone)]
pub(crate) struct TokenData<'v> {
    pub lexeme: &'v LexemeEntry<'v>,
    pub norm: Option<&'v StringEntry<'v>>,
    pub tag: Option<&'v StringEntry<'v>>,
    pub morph: Option<&'v StringEntry<'v>>,
    pub lemma: Option<&'v StringEntry<'v>>,
    pub dep: Option<&'v StringEntry<'v>>,
    pub ent_type: Option<&'v StringEntry<'v>>,
    /// Offset of the token in the text, in code points.
    pub idx: u32,
    /// Offset of the token in the text, in bytes.
    pub start: u32,
    /// Position of the head less the token's own; 0 for a root.
    pub head: i32,
    pub left_kids: u32,
    pub right_kids: u32,
    pub left_edge: u32,
    pub right_edge: u32,
    /// [`Pos::NoTag`] where none is set.
    pub pos: Pos,
    pub space: bool,
    /// 1: starts a sentence; -1: does not; 0: not known.
    pub sent_start: i8,
    /// 0: not known; 1: inside an entity; 2: outside; 3: begins one.
    pub ent_iob: u8,
}

/// A text with its tokens and their annotations. It borrows the vocabulary or the zone it was made in.
#[derive(Debug, Clone)]
pub struct Doc<'v> {
    vocab: &'v Vocab,
    text: Box<str>,
    pub(crate) tokens: Vec<TokenData<'v>>,
    pub(crate) tensor: Matrix,
    /// Whatever the user attaches to the document.
    pub user_data: BTreeMap<String, serde_json::Value>,
}

impl<'v> Doc<'v> {
    pub(crate) fn new(vocab: &'v Vocab, text: &str, tokens: Vec<TokenData<'v>>) -> Self {
        Doc {
            vocab,
            text: text.into(),
            tokens,
            tensor: Matrix::default(),
            user_data: BTreeMap::new(),
        }
    }

    /// The text, as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number of tokens.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Whether any token has the attribute set: spaCy's `Doc.has_annotation`. Documents without tokens count as
    /// annotated, and documents of one token as split into sentences.
    pub fn has_annotation(&self, attr: Attr) -> bool {
        if self.is_empty() {
            return true;
        }
        match attr {
            Attr::Head => self.has_annotation(Attr::Dep),
            Attr::SentStart => {
                self.len() == 1 || self.tokens[1..].iter().any(|token| token.sent_start != 0)
            }
            _ => (0..self.len()).any(|i| self.is_set(i, attr)),
        }
    }

    /// Whether token `i` has the attribute set. An id does not tell: that of some words is 0.
    fn is_set(&self, i: usize, attr: Attr) -> bool {
        let token = &self.tokens[i];
        match attr {
            Attr::Lemma => token.lemma.is_some(),
            Attr::Tag => token.tag.is_some(),
            Attr::Dep => token.dep.is_some(),
            Attr::Morph => token.morph.is_some(),
            Attr::EntType => token.ent_type.is_some(),
            Attr::Orth | Attr::Lower | Attr::Norm | Attr::Shape | Attr::Prefix | Attr::Suffix => {
                true
            }
            _ => self.attr(i, attr) != 0,
        }
    }

    /// An attribute of token `i` as the number that spaCy's `Doc.to_array` gives: ids of strings, counts, flags.
    pub fn attr(&self, i: usize, attr: Attr) -> u64 {
        let id = |entry: Option<&StringEntry<'_>>| entry.map_or(0, |entry| entry.id);
        let token = &self.tokens[i];
        let lexeme = token.lexeme;
        match attr {
            Attr::Norm => token.norm.unwrap_or(lexeme.norm).id,
            Attr::Orth => lexeme.orth.id,
            Attr::Lower => lexeme.lower.id,
            Attr::Shape => lexeme.shape.id,
            Attr::Prefix => lexeme.prefix.id,
            Attr::Suffix => lexeme.suffix.id,
            Attr::Length => lexeme.length.into(),
            Attr::Id => u64::MAX,
            Attr::Lang => crate::symbols::string_id(self.vocab.lang().code()),
            Attr::Lemma => id(token.lemma),
            Attr::Tag => id(token.tag),
            Attr::Dep => id(token.dep),
            Attr::Morph => id(token.morph),
            Attr::EntType => id(token.ent_type),
            Attr::EntIob => token.ent_iob.into(),
            Attr::Pos => token.pos.id(),
            Attr::Head => token.head as i64 as u64,
            Attr::SentStart => i64::from(token.sent_start) as u64,
            Attr::Spacy => token.space.into(),
            _ => lexeme.flag(attr).into(),
        }
    }

    /// The token vectors that the pipeline's `tok2vec` left, one row a token; without rows where it did not run or was
    /// cleaned away.
    pub fn tensor(&self) -> &Matrix {
        &self.tensor
    }

    /// The vocabulary under the document.
    pub fn vocab(&self) -> &'v Vocab {
        self.vocab
    }
}
