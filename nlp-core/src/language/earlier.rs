//! What stands before a component while a pipeline is loaded, at work: patterns that are texts become documents.

use super::Step;
use super::run::Works;
use super::splitter::Splitter;
use crate::doc::Doc;
use crate::error::{Error, FormatError};
use crate::limits::Limits;
use crate::parts::Observed;
use crate::pipeline::Earlier;
use crate::vocab::{Chain, Layer, Scope, Vocab};

/// The tokenizer, and the components that have been loaded.
pub(super) struct Before<'a> {
    pub tokenizer: &'a Splitter,
    pub steps: &'a [Step],
    /// How many texts make a batch.
    pub batch_size: usize,
}

impl Earlier for Before<'_> {
    fn batch_size(&self) -> usize {
        self.batch_size
    }

    fn changes_tokens(&self) -> bool {
        let mut enabled = self.steps.iter().filter(|step| step.enabled);
        enabled.any(|step| !step.factory.only_annotates() || step.component.changes_tokens())
    }

    fn docs(
        &self,
        vocab: &Vocab,
        texts: &[&str],
        annotate: bool,
        each: &mut dyn FnMut(usize, Result<&Doc<'_>, Error>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let works = Works {
            vocab,
            tokenizer: self.tokenizer,
            steps: self.steps,
            limits: Limits::default(),
            observed: &Observed::default(),
        };
        let chain = Chain::new(vocab, Layer::default());
        let scope = Scope::Chain(&chain);
        if annotate {
            let docs = works.parse_batch_in(scope, texts).into_iter();
            return docs.enumerate().try_for_each(|(i, doc)| match doc {
                Ok(doc) => each(i, Ok(&doc)),
                Err(error) => each(i, Err(error)),
            });
        }
        texts
            .iter()
            .enumerate()
            .try_for_each(|(i, text)| match works.tokenize_in(scope, text) {
                Ok(doc) => each(i, Ok(&doc)),
                Err(error) => each(i, Err(error)),
            })
    }
}
