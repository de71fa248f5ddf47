//! The vectors of words without their context (`Vocab.get_vector` in `spacy/vocab.pyx`).

use std::borrow::Cow;

use super::table::Key;
use super::{Lexeme, StringEntry, Vocab};
use crate::attr::Attr;
use crate::lang;
use crate::limits::Budget;

impl Vocab {
    /// Whether a word has a vector.
    pub fn has_vector(&self, word: &str) -> bool {
        self.vectors.contains(self.looked_up(word).id)
    }

    /// The vector of a word: zeros where it has none.
    ///
    /// ```
    /// let nlp = nlp_core::models::english()?;
    /// // The pipeline that is built in has no table of vectors.
    /// assert_eq!((nlp.vocab().vectors().rows(), nlp.vocab().vectors().width()), (0, 0));
    /// assert!(!nlp.vocab().has_vector("word") && nlp.vocab().vector("word").is_empty());
    /// # Ok::<(), nlp_core::Error>(())
    /// ```
    pub fn vector(&self, word: &str) -> Vec<f32> {
        self.vector_of(self.looked_up(word))
    }

    /// [`Vocab::has_vector`] of a word whose id is known.
    pub(crate) fn entry_has_vector(&self, word: &StringEntry<'_>) -> bool {
        match self.vectors.attr() {
            Attr::Orth => self.vectors.contains(word.id),
            _ => self.has_vector(word.text),
        }
    }

    /// [`Vocab::vector`] of a word whose id is known.
    pub(crate) fn entry_vector(&self, word: &StringEntry<'_>) -> Vec<f32> {
        match self.vectors.attr() {
            Attr::Orth => self.vector_of(LookedUp {
                id: word.id,
                text: word.text.into(),
            }),
            _ => self.vector(word.text),
        }
    }

    fn vector_of(&self, word: LookedUp<'_>) -> Vec<f32> {
        let mut vector = vec![0.0; self.vectors.width()];
        let put = (self.vectors).put(word.id, || &word.text, &mut vector, Budget::UNLIMITED);
        put.expect("the budget has no end");
        vector
    }

    /// What the vector of a word is looked up by.
    fn looked_up<'t>(&self, word: &'t str) -> LookedUp<'t> {
        let attr = self.vectors.attr();
        let text = self.word_attr(word, attr);
        LookedUp {
            id: Key::new(&text).id,
            text,
        }
    }

    /// The text that an attribute of a word says, whatever its context; empty for attributes that need one.
    pub(crate) fn word_attr<'t>(&self, word: &'t str, attr: Attr) -> Cow<'t, str> {
        match attr {
            Attr::Orth => word.into(),
            Attr::Lower => lang::lower(word),
            Attr::Norm => {
                let key = Key::new(word);
                let norm = self.lang.norm(word, |_| self.lookup_norm(key));
                norm.into_owned().into()
            }
            Attr::Shape => {
                let mut shape = String::new();
                lang::shape_into(word, &mut shape);
                shape.into()
            }
            Attr::Prefix => lang::prefix(word).into(),
            Attr::Suffix => lang::suffix(word).into(),
            _ => "".into(),
        }
    }
}

/// The length of a vector.
pub(crate) fn length_of(vector: &[f32]) -> f32 {
    let squares = vector.iter().map(|x| f64::from(*x) * f64::from(*x));
    squares.sum::<f64>().sqrt() as f32
}

/// What a vector is looked up by.
struct LookedUp<'t> {
    id: u64,
    text: Cow<'t, str>,
}

impl Lexeme<'_> {
    /// Whether the word has a vector.
    pub fn has_vector(&self) -> bool {
        self.vocab().entry_has_vector(self.entry().orth)
    }

    /// The word's vector: zeros where it has none.
    pub fn vector(&self) -> Vec<f32> {
        self.vocab().entry_vector(self.entry().orth)
    }

    /// The length of the word's vector.
    pub fn vector_norm(&self) -> f32 {
        length_of(&self.vector())
    }
}
