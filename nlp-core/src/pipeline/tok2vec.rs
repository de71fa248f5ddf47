//! The shared embedding: leaves a vector for each token in the document's tensor, for listeners to read.

use super::component::{Component, Source};
use super::token_vectors::BatchRows;
use crate::doc::Doc;
use crate::error::Error;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::nn::{Matrix, Tok2Vec, TokenRows};
use crate::vocab::Scope;

/// spaCy's `tok2vec` component (`pipeline/tok2vec.py`).
pub(super) struct Tok2VecComponent {
    model: Tok2Vec,
}

frozen!(Tok2VecComponent { model });

impl Tok2VecComponent {
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        Ok(Tok2VecComponent {
            model: source.load_model(Tok2Vec::load)?,
        })
    }
}

impl Component for Tok2VecComponent {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        _scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let width = self.model.width();
        let mut vectors = BatchRows::of_network(&self.model, docs, budget);
        let step = vectors.step();
        let mut tensors = Vec::with_capacity(docs.len());
        let mut end = 0;
        for doc in docs.iter() {
            let mut tensor = Vec::with_capacity(doc.len() * width);
            let start = end;
            end += doc.len();
            for first in (start..end).step_by(step) {
                let rows = vectors.rows(first..end.min(first + step), budget)?;
                tensor.extend_from_slice(rows);
            }
            tensors.push(Matrix::from_vec(doc.len(), width, tensor));
        }
        for (doc, tensor) in docs.iter_mut().zip(tensors) {
            doc.tensor = tensor;
        }
        Ok(())
    }

    fn tensor_width(&self) -> Option<usize> {
        Some(self.model.width())
    }

    fn sees_neighbours(&self) -> bool {
        self.model.sees_neighbours()
    }
}
