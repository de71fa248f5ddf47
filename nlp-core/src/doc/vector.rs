//! The vectors of tokens, spans and documents: from the vocabulary's table, or, where it has none, from the tensor
//! (`vector` in spaCy's `tokens`).

use super::{Doc, Span, Token};
use crate::vocab::{StringEntry, length_of};

impl Doc<'_> {
    /// Whether the vectors of tokens come from the tensor.
    fn vectors_are_in_tensor(&self) -> bool {
        self.vocab.vectors().is_empty() && !self.tensor.data().is_empty()
    }

    /// The word by whose vector that of token `i` is looked up.
    fn vector_word(&self, i: usize) -> Option<&StringEntry<'_>> {
        self.string(i, self.vocab.vectors().attr())
    }

    fn token_has_vector(&self, i: usize) -> bool {
        self.vectors_are_in_tensor()
            || match self.vector_word(i) {
                Some(word) => self.vocab.entry_has_vector(word),
                None => self.vocab.has_vector(""),
            }
    }

    fn token_vector(&self, i: usize) -> Vec<f32> {
        if self.vectors_are_in_tensor() {
            return self.tensor.row(i).to_vec();
        }
        match self.vector_word(i) {
            Some(word) => self.vocab.entry_vector(word),
            None => self.vocab.vector(""),
        }
    }

    /// The mean of the vectors of some tokens, added up in single precision in their order; zeros where there is none.
    fn mean_vector(&self, tokens: impl ExactSizeIterator<Item = usize>) -> Vec<f32> {
        let count = tokens.len() as f32;
        let mut sum: Vec<f32> = Vec::new();
        for i in tokens {
            let vector = self.token_vector(i);
            if sum.is_empty() {
                sum = vector;
            } else {
                sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
            }
        }
        if sum.is_empty() {
            return vec![0.0; self.vocab.vectors().width()];
        }
        sum.iter_mut().for_each(|x| *x /= count);
        sum
    }

    /// Whether any token has a vector, or the document has a tensor in place of them.
    pub fn has_vector(&self) -> bool {
        match self.vocab.vectors().is_empty() {
            true => !self.tensor.data().is_empty(),
            false => (0..self.len()).any(|i| self.token_has_vector(i)),
        }
    }

    /// The mean of the tokens' vectors: see [`Token::vector`].
    pub fn vector(&self) -> Vec<f32> {
        self.mean_vector(0..self.len())
    }

    /// The length of the vector.
    pub fn vector_norm(&self) -> f32 {
        length_of(&self.vector())
    }
}

impl Token<'_> {
    /// Whether the token's word has a vector, or the document has a tensor in place of them.
    pub fn has_vector(&self) -> bool {
        self.doc().token_has_vector(self.i())
    }

    /// The vector of the token's word: zeros where it has none. Where the pipeline has no word vectors, the token's row
    /// of the [tensor](Doc::tensor), if there is one.
    ///
    /// ```
    /// let nlp = nlp_core::models::english()?;
    /// let doc = nlp.parse("Vectors of words, or of words in their context?")?;
    /// // The pipeline that is built in has no word vectors: these are of its `tok2vec`.
    /// assert_eq!(doc.token(2).vector(), doc.tensor().row(2));
    /// assert!(doc.token(2).similarity(&doc.token(6)) == 1.0); // "words" is "words"
    /// # Ok::<(), nlp_core::Error>(())
    /// ```
    pub fn vector(&self) -> Vec<f32> {
        self.doc().token_vector(self.i())
    }

    /// The length of the vector.
    pub fn vector_norm(&self) -> f32 {
        length_of(&self.vector())
    }
}

impl Span<'_> {
    /// Whether any token has a vector, or the document has a tensor in place of them.
    pub fn has_vector(&self) -> bool {
        match self.doc().vocab.vectors().is_empty() {
            true => !self.doc().tensor.data().is_empty(),
            false => (self.start()..self.end()).any(|i| self.doc().token_has_vector(i)),
        }
    }

    /// The mean of the tokens' vectors: see [`Token::vector`].
    pub fn vector(&self) -> Vec<f32> {
        self.doc().mean_vector(self.start()..self.end())
    }

    /// The length of the vector.
    pub fn vector_norm(&self) -> f32 {
        length_of(&self.vector())
    }
}
