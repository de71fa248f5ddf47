//! The networks of `textcat` and `textcat_multilabel`: every `spacy.TextCat*` (`spacy/ml/models/textcat.py`,
//! `spacy_legacy/architectures/textcat.py`).

mod plan;
mod pooled;

use self::pooled::Pooled;
use super::Matrix;
use super::bag_of_words::BagOfWords;
use super::documents::Documents;
use super::layer::Layer;
use crate::attr::Attr;
use crate::frozen::{Frozen, Walk, frozen};
use crate::limits::{Budget, OutOfTime};

/// A network that gives each document a score for each class.
#[derive(Debug, Clone)]
pub struct TextClassifier {
    kind: Kind,
    classes: usize,
}

frozen!(TextClassifier { kind, classes });

#[derive(Debug, Clone)]
enum Kind {
    Bag {
        bag: BagOfWords,
        activation: Layer,
    },
    Pooled(Box<Pooled>),
    /// The scores of one network and what another makes of the vectors, side by side, go through a last layer.
    Ensemble {
        linear: Box<TextClassifier>,
        pooled: Box<Pooled>,
        output: Layer,
    },
}

impl Frozen for Kind {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Kind::Bag { bag, activation } => {
                bag.visit(walk);
                activation.visit(walk);
            }
            Kind::Pooled(pooled) => pooled.visit(walk),
            Kind::Ensemble {
                linear,
                pooled,
                output,
            } => {
                linear.visit(walk);
                pooled.visit(walk);
                output.visit(walk);
            }
        }
    }
}

impl TextClassifier {
    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Whether the scores of a document depend on the others in its batch.
    pub fn sees_neighbours(&self) -> bool {
        match &self.kind {
            Kind::Bag { .. } => false,
            Kind::Pooled(pooled) => pooled.sees_neighbours(),
            Kind::Ensemble { linear, pooled, .. } => {
                linear.sees_neighbours() || pooled.sees_neighbours()
            }
        }
    }

    /// The scores of each document: a row a document, a column a class.
    ///
    /// # Errors
    /// If the time is up.
    pub(crate) fn predict_within(
        &self,
        docs: &dyn Documents,
        budget: Budget,
    ) -> Result<Matrix, OutOfTime> {
        match &self.kind {
            Kind::Bag { bag, activation } => {
                let words = docs.attrs(&[Attr::Orth], budget)?;
                let mut rest = &words[..];
                let mut sums = Matrix::zeros(docs.lengths().len(), bag.classes());
                for (i, &length) in docs.lengths().iter().enumerate() {
                    let (words, others) = rest.split_at(length);
                    bag.sum(words, sums.row_mut(i), budget)?;
                    rest = others;
                }
                Ok(activation.apply(sums))
            }
            Kind::Pooled(pooled) => pooled.predict(docs, budget),
            Kind::Ensemble {
                linear,
                pooled,
                output,
            } => {
                let scores = linear.predict_within(docs, budget)?;
                let pooled = pooled.predict(docs, budget)?;
                let width = scores.cols() + pooled.cols();
                let mut data = Vec::with_capacity(scores.rows() * width);
                for i in 0..scores.rows() {
                    data.extend_from_slice(scores.row(i));
                    data.extend_from_slice(pooled.row(i));
                }
                Ok(output.apply(Matrix::from_vec(scores.rows(), width, data)))
            }
        }
    }
}
