//! Documents: tokens with their annotations, and the views of them that users read.

#[cfg(test)]
mod deep_tests;
mod ents;
mod groups;
mod json;
mod memory;
mod owned;
mod retokenize;
#[cfg(test)]
mod retokenize_tests;
mod roots;
mod similarity;
mod span;
mod span_data;
mod token;
mod vector;

pub use groups::SpanGroup;
pub use owned::{OwnedDoc, OwnedGroupSpan, OwnedSpan, OwnedToken};
pub(crate) use retokenize::Merge;
pub use similarity::Similar;
pub use span::Span;
pub(crate) use span_data::{Group, SpanData};
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
    /// What a ruler's pattern calls the entity.
    pub ent_id: Option<&'v StringEntry<'v>>,
    /// What the entity is in a knowledge base.
    pub ent_kb_id: Option<&'v StringEntry<'v>>,
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

impl<'v> TokenData<'v> {
    /// Token `i`, which begins at `idx` code points and `start` bytes, before anything annotates it.
    pub fn new(lexeme: &'v LexemeEntry<'v>, i: usize, idx: u32, start: u32) -> Self {
        TokenData {
            lexeme,
            norm: None,
            tag: None,
            morph: None,
            lemma: None,
            dep: None,
            ent_type: None,
            ent_id: None,
            ent_kb_id: None,
            idx,
            start,
            head: 0,
            left_kids: 0,
            right_kids: 0,
            left_edge: i as u32,
            right_edge: i as u32,
            pos: Pos::NoTag,
            space: false,
            sent_start: 0,
            ent_iob: 0,
        }
    }
}

/// A text with its tokens and their annotations. It borrows the vocabulary or the zone it was made in.
#[derive(Debug, Clone)]
pub struct Doc<'v> {
    vocab: &'v Vocab,
    text: Box<str>,
    pub(crate) tokens: Vec<TokenData<'v>>,
    pub(crate) tensor: Matrix,
    /// Score by label, in the order in which they were set.
    cats: Vec<(&'v str, f32)>,
    /// In the order in which they were set.
    groups: Vec<Group<'v>>,
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
            cats: Vec::new(),
            groups: Vec::new(),
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

    /// The categories of the whole text with their scores, in the order in which the pipeline knows them: spaCy's
    /// `Doc.cats`.
    pub fn cats(&self) -> impl ExactSizeIterator<Item = (&'v str, f32)> {
        self.cats.iter().copied()
    }

    /// The score of a category; `None` where no component has said.
    pub fn cat(&self, label: &str) -> Option<f32> {
        let cat = self.cats.iter().find(|(known, _)| *known == label)?;
        Some(cat.1)
    }

    /// Forgets the score of every category.
    pub(crate) fn clear_cats(&mut self) {
        self.cats = Vec::new();
    }

    /// Sets the score of a category, in place of the one it had.
    pub(crate) fn set_cat(&mut self, label: &'v str, score: f32) {
        match self.cats.iter_mut().find(|(known, _)| *known == label) {
            Some(cat) => cat.1 = score,
            None => self.cats.push((label, score)),
        }
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
            _ => (0..self.len()).any(|i| self.value(i, attr).is_some()),
        }
    }

    /// An attribute of token `i` as the number that spaCy's `Doc.to_array` gives: ids of strings, counts, flags.
    pub fn attr(&self, i: usize, attr: Attr) -> u64 {
        self.value(i, attr).unwrap_or(0)
    }

    /// An attribute of token `i` as a number; `None` where it is not set. An id does not tell: that of some words is 0.
    /// Numbers and flags are not set where they are 0.
    fn value(&self, i: usize, attr: Attr) -> Option<u64> {
        let number = |number: u64| (number != 0).then_some(number);
        let token = &self.tokens[i];
        let lexeme = token.lexeme;
        // Without an arm for all else: what is forgotten here does not compile.
        match attr {
            Attr::Norm
            | Attr::Orth
            | Attr::Lower
            | Attr::Shape
            | Attr::Prefix
            | Attr::Suffix
            | Attr::Lemma
            | Attr::Tag
            | Attr::Dep
            | Attr::Morph
            | Attr::EntType
            | Attr::EntId
            | Attr::EntKbId => self.string(i, attr).map(|entry| entry.id),
            Attr::Length => number(lexeme.length.into()),
            Attr::Id => Some(u64::MAX),
            Attr::Lang => number(crate::symbols::string_id(self.vocab.lang().code())),
            Attr::EntIob => number(token.ent_iob.into()),
            Attr::Pos => number(token.pos.id()),
            Attr::Head => number(token.head as i64 as u64),
            Attr::SentStart => number(i64::from(token.sent_start) as u64),
            Attr::Spacy => number(token.space.into()),
            Attr::IsAlpha
            | Attr::IsAscii
            | Attr::IsDigit
            | Attr::IsLower
            | Attr::IsPunct
            | Attr::IsSpace
            | Attr::IsTitle
            | Attr::IsUpper
            | Attr::LikeUrl
            | Attr::LikeNum
            | Attr::LikeEmail
            | Attr::IsStop
            | Attr::IsBracket
            | Attr::IsQuote
            | Attr::IsLeftPunct
            | Attr::IsRightPunct
            | Attr::IsCurrency => number(lexeme.flag(attr).into()),
        }
    }

    /// The string that an attribute of token `i` is the id of; `None` where it is not set, and for attributes that are
    /// no strings.
    pub(crate) fn string(&self, i: usize, attr: Attr) -> Option<&'v StringEntry<'v>> {
        let token = &self.tokens[i];
        let lexeme = token.lexeme;
        match attr {
            Attr::Norm => Some(token.norm.unwrap_or(lexeme.norm)),
            Attr::Orth => Some(lexeme.orth),
            Attr::Lower => Some(lexeme.lower),
            Attr::Shape => Some(lexeme.shape),
            Attr::Prefix => Some(lexeme.prefix),
            Attr::Suffix => Some(lexeme.suffix),
            Attr::Lemma => token.lemma,
            Attr::Tag => token.tag,
            Attr::Dep => token.dep,
            Attr::Morph => token.morph,
            Attr::EntType => token.ent_type,
            Attr::EntId => token.ent_id,
            Attr::EntKbId => token.ent_kb_id,
            _ => None,
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
