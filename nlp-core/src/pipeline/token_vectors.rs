//! The vectors of the tokens of a batch, for the networks that read them: from the tensors that an earlier component left,
//! or from a network of the component's own, which then takes the tokens in pieces, so that a long text needs no more
//! memory on its way than [`Limits::scratch`](crate::Limits::scratch) says.

use std::ops::Range;

use crate::doc::Doc;
use crate::limits::{Budget, OutOfTime};
use crate::nn::features::word_bytes;
use crate::nn::{Feature, Matrix, Tok2Vec, TokenRows, TokenVectors, Words};

/// Tokens whose attributes are read before the clock is looked at again.
const TOKENS_A_LOOK: usize = 4096;
/// The fewest tokens of a piece: below that, the tokens to either side that each piece takes along would be most of it.
const FEWEST: usize = 512;

/// All vectors of a batch, where they are needed at once.
pub(super) fn whole(
    vectors: &TokenVectors,
    docs: &[Doc<'_>],
    budget: Budget,
) -> Result<Matrix, OutOfTime> {
    let mut rows = BatchRows::new(vectors, docs, budget);
    let (count, width) = (rows.count(), rows.width());
    let mut all = Vec::with_capacity(count * width);
    let mut next = 0;
    while next < count {
        let end = count.min(next + rows.step);
        all.extend_from_slice(rows.rows(next..end, budget)?);
        next = end;
    }
    Ok(Matrix::from_vec(count, width, all))
}

/// The vectors of the tokens of a batch, all documents one after another.
pub(super) struct BatchRows<'a, 'v> {
    docs: &'a [Doc<'v>],
    /// Where each document begins among the tokens of all, and where the last one ends.
    starts: Vec<usize>,
    width: usize,
    source: Source<'a>,
    /// How many rows are best asked for at a time.
    step: usize,
    /// The tokens whose rows were made last, on the way from the first to the last; and their rows.
    made: Range<usize>,
    rows: Vec<f32>,
    /// Rows that lie nowhere else: those of several documents' tensors, and those that were asked for again when the way
    /// was further already.
    aside: Vec<f32>,
}

/// Where vectors come from.
#[derive(Clone, Copy)]
enum Source<'a> {
    /// The documents' tensors.
    Tensors,
    /// A network, and how many tokens beside one decide on its vector; `None` where those of other documents do too.
    Network(&'a Tok2Vec, Option<usize>),
}

impl<'a, 'v> BatchRows<'a, 'v> {
    /// The vectors of `docs`, none of which is made yet.
    pub fn new(vectors: &'a TokenVectors, docs: &'a [Doc<'v>], budget: Budget) -> Self {
        match vectors {
            TokenVectors::Own(tok2vec) => BatchRows::of_network(tok2vec, docs, budget),
            TokenVectors::Listener { width, .. } => {
                BatchRows::with_source(docs, *width, Source::Tensors, TOKENS_A_LOOK)
            }
        }
    }

    /// The vectors that a network makes.
    pub fn of_network(tok2vec: &'a Tok2Vec, docs: &'a [Doc<'v>], budget: Budget) -> Self {
        let reach = tok2vec.reach();
        // Where a document's vectors depend on the others in the batch, there are no pieces.
        let step = match reach {
            Some(reach) => (budget.scratch / tok2vec.scratch_a_token()).max(FEWEST + 2 * reach),
            None => usize::MAX,
        };
        let source = Source::Network(tok2vec, reach);
        BatchRows::with_source(docs, tok2vec.width(), source, step)
    }

    fn with_source(docs: &'a [Doc<'v>], width: usize, source: Source<'a>, step: usize) -> Self {
        let mut starts = Vec::with_capacity(docs.len() + 1);
        starts.push(0);
        let mut end = 0;
        starts.extend(docs.iter().map(|doc| {
            end += doc.len();
            end
        }));
        BatchRows {
            docs,
            starts,
            width,
            source,
            step: step.min(end.max(1)),
            made: 0..0,
            rows: Vec::new(),
            aside: Vec::new(),
        }
    }

    /// How many rows are best asked for at a time, from the first to the last.
    pub fn step(&self) -> usize {
        self.step
    }

    /// The part of each document that lies in `range`, a range of the tokens of all: the document's place, and its own
    /// tokens.
    fn parts(&self, range: Range<usize>) -> impl Iterator<Item = (usize, Range<usize>)> {
        let first = self.starts.partition_point(|start| *start <= range.start) - 1;
        let docs = self.starts.windows(2).enumerate().skip(first);
        let docs = docs.take_while({
            let end = range.end;
            move |(_, bounds)| bounds[0] < end
        });
        docs.map(move |(doc, bounds)| {
            let start = range.start.max(bounds[0]) - bounds[0];
            let end = range.end.min(bounds[1]) - bounds[0];
            (doc, start..end)
        })
        .filter(|(_, tokens)| !tokens.is_empty())
    }

    /// The rows of `range`, from the documents' tensors. A document that has had no tensor yet counts as all zeros: see
    /// `Tok2VecListener` in spaCy's `pipeline/tok2vec.py`. Where the tensor was dropped, spaCy fails: no such pipeline is
    /// loaded.
    fn gather(&mut self, range: Range<usize>) -> &[f32] {
        let width = self.width;
        let of_doc = |doc: usize| {
            let tensor = &self.docs[doc].tensor;
            (tensor.cols() == width).then_some(tensor.data())
        };
        let mut parts = self.parts(range.clone());
        if let (Some((doc, tokens)), None) = (parts.next(), parts.next())
            && let Some(tensor) = of_doc(doc)
        {
            return &tensor[tokens.start * width..tokens.end * width];
        }
        drop(parts);
        let mut rows = std::mem::take(&mut self.aside);
        rows.clear();
        for (doc, tokens) in self.parts(range) {
            match of_doc(doc) {
                Some(tensor) => {
                    rows.extend_from_slice(&tensor[tokens.start * width..tokens.end * width]);
                }
                None => rows.resize(rows.len() + tokens.len() * width, 0.0),
            }
        }
        self.aside = rows;
        &self.aside
    }

    /// The rows of `range` from the network. Where a document is cut, the tokens beside the cut that decide on a vector's
    /// value go through with it, and what comes out for them is left.
    fn predict(
        &self,
        tok2vec: &Tok2Vec,
        reach: usize,
        range: Range<usize>,
        budget: Budget,
    ) -> Result<Vec<f32>, OutOfTime> {
        let wider = |(doc, tokens): (usize, Range<usize>)| {
            let end = self.docs[doc].len().min(tokens.end.saturating_add(reach));
            let start = tokens.start.saturating_sub(reach);
            (doc, start - start % Tok2Vec::STEP..end)
        };
        let pieces: Vec<_> = self.parts(range.clone()).map(wider).collect();
        let vectors = embed(tok2vec, self.docs, &pieces, budget)?;
        if vectors.rows() == range.len() {
            return Ok(vectors.into_vec());
        }
        let mut kept = Vec::with_capacity(range.len() * self.width);
        let mut first = 0;
        for ((_, tokens), (_, all)) in self.parts(range).zip(&pieces) {
            let start = first + tokens.start - all.start;
            let numbers = start * self.width..(start + tokens.len()) * self.width;
            kept.extend_from_slice(&vectors.data()[numbers]);
            first += all.len();
        }
        Ok(kept)
    }

    /// Makes rows from the first of `range` on, beyond those that were made last; of these stay what `range` asks for too.
    fn go_on(
        &mut self,
        tok2vec: &Tok2Vec,
        reach: usize,
        range: Range<usize>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let rows = std::mem::take(&mut self.rows);
        let made = std::mem::take(&mut self.made);
        let kept = made.end.saturating_sub(range.start);
        let next = range.start + kept;
        let end = self
            .count()
            .min(next.saturating_add(self.step))
            .max(range.end);
        let kept = rows[rows.len() - kept * self.width..].to_vec();
        drop(rows);
        let new = self.predict(tok2vec, reach, next..end, budget)?;
        self.made = range.start..end;
        self.rows = match kept.is_empty() {
            true => new,
            false => [kept, new].concat(),
        };
        Ok(())
    }
}

impl TokenRows for BatchRows<'_, '_> {
    fn count(&self) -> usize {
        self.starts[self.docs.len()]
    }

    fn width(&self) -> usize {
        self.width
    }

    fn rows(&mut self, range: Range<usize>, budget: Budget) -> Result<&[f32], OutOfTime> {
        if range.is_empty() {
            return Ok(&[]);
        }
        let (tok2vec, reach) = match self.source {
            Source::Tensors => return Ok(self.gather(range)),
            Source::Network(tok2vec, reach) => (tok2vec, reach.unwrap_or(0)),
        };
        if range.start < self.made.start {
            self.aside = self.predict(tok2vec, reach, range, budget)?;
            return Ok(&self.aside);
        }
        if range.end > self.made.end {
            self.go_on(tok2vec, reach, range.clone(), budget)?;
        }
        let start = (range.start - self.made.start) * self.width;
        Ok(&self.rows[start..start + range.len() * self.width])
    }
}

/// Runs an embedding over pieces of documents: of each the place of its document and the tokens.
fn embed(
    tok2vec: &Tok2Vec,
    docs: &[Doc<'_>],
    pieces: &[(usize, Range<usize>)],
    budget: Budget,
) -> Result<Matrix, OutOfTime> {
    let lengths: Vec<usize> = pieces.iter().map(|(_, tokens)| tokens.len()).collect();
    let wanted = tok2vec.features();
    let mut rows = Vec::with_capacity(lengths.iter().sum::<usize>() * wanted.len());
    for (doc, tokens) in pieces {
        features(wanted, &docs[*doc], tokens.clone(), &mut rows, budget)?;
    }
    let Some(first) = docs.first() else {
        return Ok(Matrix::zeros(0, tok2vec.width()));
    };
    // Where each piece begins among the tokens of all.
    let starts = lengths.iter().scan(0, |start, length| {
        let begins = *start;
        *start += length;
        Some(begins)
    });
    let starts: Vec<usize> = starts.collect();
    let looked_up_by = wanted.iter().find_map(|feature| match feature {
        Feature::Word(attr) => Some(*attr),
        _ => None,
    });
    let text = |token: usize| {
        let which = starts.partition_point(|start| *start <= token) - 1;
        let (doc, tokens) = &pieces[which];
        let token = tokens.start + token - starts[which];
        let entry = looked_up_by.and_then(|attr| docs[*doc].string(token, attr));
        entry.map_or("", |entry| entry.text)
    };
    let words = Words {
        vectors: first.vocab().vectors(),
        text: &text,
    };
    let kept = Some(first.vocab().kept());
    tok2vec.predict_within(&rows, &lengths, &words, kept, budget)
}

/// Adds what a network reads of some tokens of a document to `rows`: a row a token.
pub(super) fn features(
    features: &[Feature],
    doc: &Doc<'_>,
    tokens: Range<usize>,
    rows: &mut Vec<u64>,
    budget: Budget,
) -> Result<(), OutOfTime> {
    let vectors = doc.vocab().vectors();
    for i in tokens {
        if i % TOKENS_A_LOOK == 0 {
            budget.check()?;
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
    Ok(())
}
