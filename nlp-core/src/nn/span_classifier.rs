//! The networks of `spancat`, `spancat_singlelabel` and `span_finder`: `spacy.SpanCategorizer` and `spacy.SpanFinder`
//! (`spacy/ml/models/spancat.py`, `spacy/ml/models/span_finder.py`).

mod reducer;

use self::reducer::{Reducer, ReducerPlan};
use super::Matrix;
use super::layer::{Layer, LayerPlan};
use super::rows::TokenRows;
use super::source::ModelSource;
use super::tok2vec::{TokenVectors, VectorsPlan};
use super::tree::Tree;
use crate::error::{Error, FormatError};
use crate::format::thinc_model::ThincModel;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use std::ops::Range;

/// Spans or tokens that are scored together.
const BLOCK: usize = 64;

/// A network that gives each span a score for each class.
#[derive(Debug, Clone)]
pub struct SpanClassifier {
    tok2vec: TokenVectors,
    reducer: Reducer,
    scorer: Layer,
    classes: usize,
}

frozen!(SpanClassifier {
    tok2vec,
    reducer,
    scorer,
    classes
});

impl SpanClassifier {
    /// Loads the network of a component.
    ///
    /// # Errors
    /// If the configuration asks for something that is not supported, or the file does not hold that network.
    pub fn load(source: ModelSource) -> Result<SpanClassifier, Error> {
        let block = source.block()?;
        if block.name != "spacy.SpanCategorizer.v1" {
            return Err(block.unsupported(None));
        }
        let tok2vec = VectorsPlan::from_block(&block.block("tok2vec")?)?;
        let reducer = ReducerPlan::from_block(&block.layer("reducer")?)?;
        let scorer = LayerPlan::from_block(&block.layer("scorer")?)?;
        let words = Tree::of(vec![tok2vec.tree(), Tree::leaf("list2ragged")]);
        let mut tree = Tree::of(vec![
            Tree::of(vec![words]),
            Tree::leaf("extract_spans"),
            reducer.tree(),
            scorer.tree(),
        ]);
        let file = source.in_model(ThincModel::read(source.bytes))?;
        source.in_model(tree.place(&file))?;
        let width = tok2vec.width();
        let (reducer, pooled) = reducer.load(source, tree.child(2), &file, width)?;
        let (scorer, classes) = scorer.load(source, tree.child(3), &file, pooled)?;
        let words = tree.child(0).child(0).child(0);
        Ok(SpanClassifier {
            tok2vec: tok2vec.load(source, words, &file)?,
            reducer,
            scorer,
            classes,
        })
    }

    /// Where the token vectors come from.
    pub fn tok2vec(&self) -> &TokenVectors {
        &self.tok2vec
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Shows the scores of each span to `look`; `vectors` has a row a token, and the spans count those.
    ///
    /// # Errors
    /// If the time is up.
    ///
    /// # Panics
    /// If a span reaches beyond the vectors.
    pub(crate) fn each_span(
        &self,
        vectors: &Matrix,
        spans: impl Iterator<Item = Range<usize>>,
        budget: Budget,
        mut look: impl FnMut(Range<usize>, &[f32]),
    ) -> Result<(), OutOfTime> {
        let mut spans = spans.peekable();
        while spans.peek().is_some() {
            budget.check()?;
            let block: Vec<Range<usize>> = spans.by_ref().take(BLOCK).collect();
            let scores = self.scorer.apply(self.reducer.reduce(vectors, &block));
            for (i, span) in block.into_iter().enumerate() {
                look(span, scores.row(i));
            }
        }
        Ok(())
    }
}

/// A network that says of each token how well a span could start and end there.
#[derive(Debug, Clone)]
pub struct SpanFinderModel {
    tok2vec: TokenVectors,
    scorer: Layer,
}

frozen!(SpanFinderModel { tok2vec, scorer });

impl SpanFinderModel {
    /// Loads the network of a component.
    ///
    /// # Errors
    /// If the configuration asks for something that is not supported, or the file does not hold that network.
    pub fn load(source: ModelSource) -> Result<SpanFinderModel, Error> {
        let block = source.block()?;
        if block.name != "spacy.SpanFinder.v1" {
            return Err(block.unsupported(None));
        }
        let tok2vec = VectorsPlan::from_block(&block.block("tok2vec")?)?;
        let scorer = LayerPlan::from_block(&block.layer("scorer")?)?;
        let mut tree = Tree::of(vec![
            tok2vec.tree(),
            Tree::of(vec![scorer.tree()]),
            Tree::leaf("Flattener"),
        ]);
        let file = source.in_model(ThincModel::read(source.bytes))?;
        source.in_model(tree.place(&file))?;
        let (scorer, outputs) =
            scorer.load(source, tree.child(1).child(0), &file, tok2vec.width())?;
        if outputs != 2 {
            let reason =
                format!("scores {outputs} things of a token, where a start and an end are two");
            return source.in_model(Err(FormatError::new(reason)));
        }
        Ok(SpanFinderModel {
            tok2vec: tok2vec.load(source, tree.child(0), &file)?,
            scorer,
        })
    }

    /// Where the token vectors come from.
    pub fn tok2vec(&self) -> &TokenVectors {
        &self.tok2vec
    }

    /// Shows the scores of each token, for a start and for an end, to `look`; `vectors` has a row a token.
    ///
    /// # Errors
    /// If the time is up.
    ///
    /// # Panics
    /// If the vectors do not have the network's width.
    pub(crate) fn each_token(
        &self,
        vectors: &mut dyn TokenRows,
        budget: Budget,
        mut look: impl FnMut([f32; 2]),
    ) -> Result<(), OutOfTime> {
        let (count, width) = (vectors.count(), vectors.width());
        for first in (0..count).step_by(BLOCK) {
            budget.check()?;
            let end = count.min(first + BLOCK);
            let rows = vectors.rows(first..end, budget)?.to_vec();
            let rows = Matrix::from_vec(end - first, width, rows);
            let scores = self.scorer.apply(rows);
            scores
                .data()
                .as_chunks()
                .0
                .iter()
                .for_each(|&scores| look(scores));
        }
        Ok(())
    }
}
