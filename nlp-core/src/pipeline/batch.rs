//! The tokens of a batch of documents: their vectors, which networks read, and themselves, to be annotated.

use crate::attr::Attr;
use crate::doc::{Doc, TokenData};
use crate::limits::{Clock, OutOfTime};
use crate::nn::features::word_bytes;
use crate::nn::{Documents, Feature, Matrix, Tok2Vec, TokenVectors, Words};

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
    let features = features(tok2vec.features(), docs, clock)?;
    let Some(first) = docs.first() else {
        return Ok(Matrix::zeros(0, tok2vec.width()));
    };
    // Where each document begins among the tokens of all.
    let starts = lengths.iter().scan(0, |start, length| {
        let begins = *start;
        *start += length;
        Some(begins)
    });
    let starts: Vec<usize> = starts.collect();
    let looked_up_by = tok2vec.features().iter().find_map(|feature| match feature {
        Feature::Word(attr) => Some(*attr),
        _ => None,
    });
    let text = |token: usize| {
        let which = starts.partition_point(|start| *start <= token) - 1;
        let entry = looked_up_by.and_then(|attr| docs[which].string(token - starts[which], attr));
        entry.map_or("", |entry| entry.text)
    };
    let words = Words {
        vectors: first.vocab().vectors(),
        text: &text,
    };
    tok2vec.predict_within(&features, &lengths, &words, clock)
}

/// What a network reads of the tokens of a batch: a row a token.
fn features(features: &[Feature], docs: &[Doc<'_>], clock: Clock) -> Result<Vec<u64>, OutOfTime> {
    let tokens: usize = docs.iter().map(Doc::len).sum();
    let mut rows = Vec::with_capacity(tokens * features.len());
    for doc in docs {
        let vectors = doc.vocab().vectors();
        for i in 0..doc.len() {
            if i % TOKENS_A_LOOK == 0 {
                clock.check()?;
            }
            rows.extend(features.iter().map(|feature| match *feature {
                Feature::Attr(attr) => doc.attr(i, attr),
                Feature::Bytes(group) => word_bytes(doc.tokens[i].lexeme.orth.text, group),
                Feature::Word(attr) => match doc.string(i, attr) {
                    Some(entry) => vectors.key(entry.id, entry.text),
                    None => vectors.key(0, ""),
                },
            }));
        }
    }
    Ok(rows)
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
        let attrs: Vec<Feature> = attrs.iter().copied().map(Feature::Attr).collect();
        features(&attrs, self.docs, clock)
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
