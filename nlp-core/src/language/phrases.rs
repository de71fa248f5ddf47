//! Texts as phrases: tokenized by a pipeline.

use super::Language;
use crate::matcher::{PhraseError, PhraseMatcherBuilder};
use crate::vocab::Keep;

/// Texts that are tokenized in one zone.
const TEXTS_A_ZONE: usize = 4096;

impl PhraseMatcherBuilder {
    /// Adds each of `texts` as a phrase with `key`, as the pipeline's tokenizer splits it; no component runs, so that this
    /// is for attributes that follow from the text. Nothing of it stays in the vocabulary.
    ///
    /// # Errors
    /// If a text cannot be tokenized within the pipeline's limits, or the attribute is one that components set: then
    /// [`add`](PhraseMatcherBuilder::add) documents on which they ran.
    pub fn add_texts<T: AsRef<str>>(
        &mut self,
        key: &str,
        texts: &[T],
        nlp: &Language,
    ) -> Result<&mut Self, PhraseError> {
        let mut zone = nlp.zone();
        for texts in texts.chunks(TEXTS_A_ZONE) {
            for text in texts {
                let doc = zone.tokenize(text.as_ref()).map_err(PhraseError::Text)?;
                self.add(key, &doc)?;
            }
            zone.clear(Keep::default());
        }
        Ok(self)
    }
}
