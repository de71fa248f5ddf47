//! How alike the vectors of two things are: the cosine of the angle between them, with spaCy's exceptions.

use super::{Doc, Span, Token};
use crate::attr::Attr;
use crate::vocab::{Key, Lexeme};

/// Documents, spans, tokens and lexemes: what has a vector, and is more or less similar to others.
pub trait Similar: sealed::Compared {}

mod sealed {
    use std::ops::Range;

    use crate::doc::Doc;
    use crate::vocab::Lexeme;

    /// What is compared.
    pub enum Thing<'d> {
        /// A document or a span: tokens in a row.
        Tokens(&'d Doc<'d>, Range<usize>),
        /// One token.
        Token(&'d Doc<'d>, usize),
        /// A word without context.
        Lexeme(Lexeme<'d>),
    }

    /// What can be compared. Nobody else can add to it.
    pub trait Compared {
        fn thing(&self) -> Thing<'_>;
        fn vector(&self) -> Vec<f32>;
        fn vector_norm(&self) -> f32;
    }
}

use sealed::{Compared, Thing};

macro_rules! similar {
    ($type:ident, $self:ident => $thing:expr, $exceptions:literal) => {
        impl Compared for $type<'_> {
            fn thing(&$self) -> Thing<'_> {
                $thing
            }

            fn vector(&self) -> Vec<f32> {
                $type::vector(self)
            }

            fn vector_norm(&self) -> f32 {
                $type::vector_norm(self)
            }
        }

        impl Similar for $type<'_> {}

        impl $type<'_> {
            /// The cosine of the angle between the vectors of both, from -1 to 1; 0 where either has none, or they are
            /// of different pipelines whose vectors are not of one width.
            #[doc = $exceptions]
            pub fn similarity(&self, other: &impl Similar) -> f32 {
                similarity(self, other)
            }
        }
    };
}

similar!(Doc, self => Thing::Tokens(self, 0..self.len()), "It is 1 for the same words in a row.");
similar!(Span, self => Thing::Tokens(self.doc(), self.start()..self.end()), "It is 1 for the same words in a row.");
similar!(Token, self => Thing::Token(self.doc(), self.i()), "It is 1 for the same word.");
similar!(Lexeme, self => Thing::Lexeme(*self), "It is 1 for the same word.");

fn similarity(one: &impl Compared, other: &impl Compared) -> f32 {
    if are_same(&one.thing(), &other.thing()) {
        return 1.0;
    }
    let norms = one.vector_norm() * other.vector_norm();
    let (one, other) = (one.vector(), other.vector());
    if norms == 0.0 || one.len() != other.len() {
        return 0.0;
    }
    let products = one.iter().zip(&other).map(|(x, y)| f64::from(x * y));
    products.sum::<f64>() as f32 / norms
}

/// Whether one is the other, as far as spaCy looks: a token or a word is compared with a document or a span only where
/// that stands first, a word alone with each.
fn are_same(one: &Thing<'_>, other: &Thing<'_>) -> bool {
    let lexeme_is = |lexeme: &Lexeme<'_>, doc: &Doc<'_>, i| {
        let attr = attr_of(doc);
        let value = match attr.is_text() {
            // Whatever needs a context, no word has.
            true => Key::new(&lexeme.vocab().word_attr(lexeme.text(), attr)).id,
            false => 0,
        };
        doc.attr(i, attr) == value
    };
    match (one, other) {
        (Thing::Token(doc, i), Thing::Token(other, j)) => token_is(doc, *i, other, *j),
        (Thing::Token(doc, i), Thing::Lexeme(lexeme)) => lexeme_is(lexeme, doc, *i),
        (Thing::Token(..), Thing::Tokens(..)) => false,
        (Thing::Tokens(doc, tokens), Thing::Token(other, j)) => {
            tokens.len() == 1 && token_is(doc, tokens.start, other, *j)
        }
        (Thing::Tokens(doc, tokens), Thing::Lexeme(lexeme)) => {
            tokens.len() == 1 && lexeme_is(lexeme, doc, tokens.start)
        }
        (Thing::Tokens(doc, tokens), Thing::Tokens(other, others)) => {
            let mut pairs = tokens.clone().zip(others.clone());
            tokens.len() == others.len() && pairs.all(|(i, j)| token_is(doc, i, other, j))
        }
        (Thing::Lexeme(lexeme), Thing::Lexeme(other)) => lexeme.orth() == other.orth(),
        (Thing::Lexeme(lexeme), Thing::Token(doc, i)) => lexeme.orth() == doc.attr(*i, Attr::Orth),
        (Thing::Lexeme(lexeme), Thing::Tokens(doc, tokens)) => {
            tokens.len() == 1 && lexeme.orth() == doc.attr(tokens.start, Attr::Orth)
        }
    }
}

/// The attribute by which a document's tokens are looked up.
fn attr_of(doc: &Doc<'_>) -> Attr {
    doc.vocab().vectors().attr()
}

/// Whether two tokens are the same by the attribute that the first one's vector is looked up by.
fn token_is(doc: &Doc<'_>, i: usize, other: &Doc<'_>, j: usize) -> bool {
    let attr = attr_of(doc);
    doc.attr(i, attr) == other.attr(j, attr)
}
