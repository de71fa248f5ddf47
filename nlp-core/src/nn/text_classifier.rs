//! The networks of `textcat` and `textcat_multilabel`: every `spacy.TextCat*` (`spacy/ml/models/textcat.py`,
//! `spacy_legacy/architectures/textcat.py`).

mod plan;
mod pooled;

use self::plan::ClassifierPlan;
use self::pooled::Pooled;
use super::Matrix;
use super::bag_of_words::BagOfWords;
use super::layer::Layer;
use super::source::ModelSource;
use super::tok2vec::TokenVectors;
use crate::attr::Attr;
use crate::error::Error;
use crate::format::thinc_model::ThincModel;
use crate::frozen::{Frozen, Walk, frozen};
use crate::limits::{Clock, OutOfTime};

/// The documents of a batch, as a network reads them.
pub(crate) trait Documents {
    /// How many tokens each has.
    fn lengths(&self) -> &[usize];

    /// A row a token with the values of `attrs`, all documents one after the other.
    fn attrs(&self, attrs: &[Attr], clock: Clock) -> Result<Vec<u64>, OutOfTime>;

    /// A row a token, all documents one after the other.
    fn vectors(&self, vectors: &TokenVectors, clock: Clock) -> Result<Matrix, OutOfTime>;
}

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
    /// Loads the network of a component.
    ///
    /// # Errors
    /// If the configuration asks for something that is not supported, or the file does not hold that network.
    pub fn load(source: ModelSource) -> Result<TextClassifier, Error> {
        let plan = ClassifierPlan::from_block(&source.block()?)?;
        let mut tree = plan.tree();
        let file = source.in_model(ThincModel::read(source.bytes))?;
        source.in_model(tree.place(&file))?;
        plan.load(source, &tree, &file)
    }

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
    /// If the clock runs out.
    pub(crate) fn predict_within(
        &self,
        docs: &dyn Documents,
        clock: Clock,
    ) -> Result<Matrix, OutOfTime> {
        match &self.kind {
            Kind::Bag { bag, activation } => {
                let words = docs.attrs(&[Attr::Orth], clock)?;
                let mut rest = &words[..];
                let mut sums = Matrix::zeros(docs.lengths().len(), bag.classes());
                for (i, &length) in docs.lengths().iter().enumerate() {
                    let (words, others) = rest.split_at(length);
                    bag.sum(words, sums.row_mut(i), clock)?;
                    rest = others;
                }
                Ok(activation.apply(sums))
            }
            Kind::Pooled(pooled) => pooled.predict(docs, clock),
            Kind::Ensemble {
                linear,
                pooled,
                output,
            } => {
                let scores = linear.predict_within(docs, clock)?;
                let pooled = pooled.predict(docs, clock)?;
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
