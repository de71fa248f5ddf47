//! The shared embedding: leaves a vector for each token in the document's tensor, for listeners to read.

use super::batch::embed;
use super::component::{Component, Source};
use crate::doc::Doc;
use crate::error::Error;
use crate::frozen::frozen;
use crate::limits::{Clock, OutOfTime};
use crate::nn::{Matrix, Tok2Vec};
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
        clock: Clock,
    ) -> Result<(), OutOfTime> {
        let vectors = embed(&self.model, docs, clock)?;
        let width = vectors.cols();
        let mut rest = vectors.data();
        for doc in docs {
            let (own, others) = rest.split_at(doc.len() * width);
            doc.tensor = Matrix::from_vec(doc.len(), width, own.to_vec());
            rest = others;
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
