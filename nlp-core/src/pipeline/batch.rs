//! The tokens of a batch of documents as networks read them, and themselves, to be annotated.

use super::token_vectors::{features, whole};
use crate::attr::Attr;
use crate::doc::{Doc, TokenData};
use crate::limits::{Budget, OutOfTime};
use crate::nn::{Documents, Feature, Matrix, TokenVectors};

/// The documents of a batch as a network reads them that asks for more than vectors.
pub(super) struct Batch<'a, 'v> {
    docs: &'a [Doc<'v>],
    lengths: Vec<usize>,
}

impl<'a, 'v> Batch<'a, 'v> {
    pub fn new(docs: &'a [Doc<'v>]) -> Self {
        let lengths = docs.iter().map(Doc::len).collect();
        Batch { docs, lengths }
    }
}

impl Documents for Batch<'_, '_> {
    fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    fn attrs(&self, attrs: &[Attr], budget: Budget) -> Result<Vec<u64>, OutOfTime> {
        let attrs: Vec<Feature> = attrs.iter().copied().map(Feature::Attr).collect();
        let mut rows = Vec::with_capacity(self.lengths.iter().sum::<usize>() * attrs.len());
        for doc in self.docs {
            features(&attrs, doc, 0..doc.len(), &mut rows, budget)?;
        }
        Ok(rows)
    }

    fn vectors(&self, vectors: &TokenVectors, budget: Budget) -> Result<Matrix, OutOfTime> {
        whole(vectors, self.docs, budget)
    }
}

/// The tokens of a batch in order, to set what was predicted for each.
pub(super) fn tokens_mut<'a, 'v>(
    docs: &'a mut [Doc<'v>],
) -> impl Iterator<Item = &'a mut TokenData<'v>> {
    docs.iter_mut().flat_map(|doc| doc.tokens.iter_mut())
}
