//! What a document holds of the heap, and how to give a part of it back.

use super::{Doc, TokenData};
use crate::frozen::Walk;
use crate::nn::Matrix;

impl Doc<'_> {
    /// The bytes that the document itself holds from the allocator: its text, tokens, tensor, categories, groups of
    /// spans and user data. Exact for all but the last: JSON in user data is estimated. The strings and lexemes are its zone's or the vocabulary's: see
    /// [`Zone::memory_report`](crate::Zone::memory_report).
    ///
    /// ```
    /// let nlp = nlp_core::models::english()?;
    /// let mut doc = nlp.parse("The tensor is most of it.")?;
    /// let before = doc.heap_bytes();
    /// let tensor = doc.tensor().rows() * doc.tensor().cols() * size_of::<f32>();
    /// doc.clear_tensor();
    /// assert_eq!(doc.heap_bytes(), before - tensor);
    /// # Ok::<(), nlp_core::Error>(())
    /// ```
    pub fn heap_bytes(&self) -> usize {
        self.text.len()
            + self.tokens.capacity() * size_of::<TokenData<'_>>()
            + self.tensor.heap_bytes()
            + self.cats.capacity() * size_of::<(&str, f32)>()
            + self.group_bytes()
            + Walk::measure(&self.user_data)
    }

    /// Frees the token vectors: [`Doc::tensor`] has no rows from now on. They are most of a document's memory, and of
    /// no use after the last component, unless you read them. A `doc_cleaner` at the end of the pipeline does the same
    /// for every document.
    pub fn clear_tensor(&mut self) {
        self.tensor = Matrix::default();
    }
}
