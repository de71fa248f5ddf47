//! The tokens of a batch of documents: their vectors, which networks read, and themselves, to be annotated.

use crate::attr::Attr;
use crate::doc::{Doc, TokenData};
use crate::limits::{Clock, OutOfTime};
use crate::nn::{Documents, Matrix, Tok2Vec, TokenVectors};

/// The token vectors of a batch, all documents' tokens one after another, from a component's own embedding or from the
/// tensors that an earlier component left.
pub(super) fn token_vectors(
    vectors: &TokenVectors,
    docs: &[Doc<'_>],
    clock: Clock,
) -> Result<Matrix, OutOfTime> {
    match vectors {
        TokenVectors::Own(tok2vec) => embed(tok2vec, docs, clock),
        TokenVectors::Listener { width, .. } => {
            // A document that has had no tensor yet counts as all zeros: see `Tok2VecListener` in spaCy's
            // `pipeline/tok2vec.py`. Where the tensor was dropped, spaCy fails: no such pipeline is loaded.
            let mut data = Vec::with_capacity(docs.iter().map(Doc::len).sum::<usize>() * width);
            for doc in docs {
                let end = data.len() + doc.len() * width;
                if doc.tensor.cols() == *width {
                    data.extend_from_slice(doc.tensor.data());
                }
                data.resize(end, 0.0);
            }
            Ok(Matrix::from_vec(data.len() / width.max(&1), *width, data))
        }
    }
}

/// Tokens whose attributes are read before the clock is looked at again.
const TOKENS_A_LOOK: usize = 4096;

/// Runs an embedding over a batch.
pub(super) fn embed(
    tok2vec: &Tok2Vec,
    docs: &[Doc<'_>],
    clock: Clock,
) -> Result<Matrix, OutOfTime> {
    let lengths: Vec<usize> = docs.iter().map(Doc::len).collect();
    let features = features(tok2vec.attrs(), docs, clock)?;
    tok2vec.predict_within(&features, &lengths, clock)
}

/// A row a token with the values of `attrs`, all documents one after the other.
fn features(attrs: &[Attr], docs: &[Doc<'_>], clock: Clock) -> Result<Vec<u64>, OutOfTime> {
    let tokens: usize = docs.iter().map(Doc::len).sum();
    let mut features = Vec::with_capacity(tokens * attrs.len());
    for doc in docs {
        for i in 0..doc.len() {
            if i % TOKENS_A_LOOK == 0 {
                clock.check()?;
            }
            features.extend(attrs.iter().map(|&attr| doc.attr(i, attr)));
        }
    }
    Ok(features)
}

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

    fn attrs(&self, attrs: &[Attr], clock: Clock) -> Result<Vec<u64>, OutOfTime> {
        features(attrs, self.docs, clock)
    }

    fn vectors(&self, vectors: &TokenVectors, clock: Clock) -> Result<Matrix, OutOfTime> {
        token_vectors(vectors, self.docs, clock)
    }
}

/// The tokens of a batch in order, to set what was predicted for each.
pub(super) fn tokens_mut<'a, 'v>(
    docs: &'a mut [Doc<'v>],
) -> impl Iterator<Item = &'a mut TokenData<'v>> {
    docs.iter_mut().flat_map(|doc| doc.tokens.iter_mut())
}
