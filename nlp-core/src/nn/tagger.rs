//! The network of taggers, morphologizers, sentence recognisers and trainable lemmatizers: `spacy.Tagger.v1` and `v2`
//! (`spacy/ml/models/tagger.py`, `thinc/layers/softmax.py`).

use super::Matrix;
use super::linear::Linear;
use super::source::ModelSource;
use super::tok2vec::{TokenVectors, VectorsPlan};
use super::tree::Tree;
use crate::error::{Error, FormatError};
use crate::format::thinc_model::{Node, ThincModel};

/// Token vectors and a linear map to a score for each class.
#[derive(Debug, Clone)]
pub struct TaggerModel {
    tok2vec: TokenVectors,
    output: Linear,
    /// The temperature of the softmax, where one is applied.
    softmax: Option<f32>,
}

impl TaggerModel {
    /// Loads the network of a component.
    ///
    /// # Errors
    /// If the configuration asks for something that is not supported, or the file does not hold that network.
    pub fn load(source: ModelSource) -> Result<TaggerModel, Error> {
        let block = source.block()?;
        let normalize = match block.name.as_str() {
            "spacy.Tagger.v1" => true,
            "spacy.Tagger.v2" => block.flag("normalize", false)?,
            _ => return Err(block.unsupported(None)),
        };
        let classes = match block.value("nO") {
            None => None,
            Some(_) => Some(block.number("nO", 0)?),
        };
        let tok2vec = VectorsPlan::from_block(&block.block("tok2vec")?)?;
        let mut tree = Tree::of(vec![tok2vec.tree(), Tree::of(vec![Tree::leaf("softmax")])]);
        let file = source.in_model(ThincModel::read(source.bytes))?;
        source.in_model(tree.place(&file))?;
        let node = tree.child(1).child(0).node(&file);
        let output = source.in_model(Linear::load(node, classes, tok2vec.width()))?;
        let softmax = source.in_model(softmax(node, normalize))?;
        Ok(TaggerModel {
            tok2vec: tok2vec.load(source, tree.child(0), &file)?,
            output,
            softmax,
        })
    }

    /// Where the token vectors come from.
    pub fn tok2vec(&self) -> &TokenVectors {
        &self.tok2vec
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.output.outputs()
    }

    /// A score for each token and class: probabilities where the network has a softmax, and else what the linear map
    /// gives, as spaCy's `model.predict`.
    ///
    /// # Panics
    /// If the vectors do not have the network's width.
    pub fn scores(&self, vectors: &Matrix) -> Matrix {
        let mut scores = self.output.apply(vectors);
        if let Some(temperature) = self.softmax {
            for i in 0..scores.rows() {
                apply_softmax(scores.row_mut(i), temperature);
            }
        }
        scores
    }

    /// The class with the highest score for each token, the first of equals.
    ///
    /// # Panics
    /// If the vectors do not have the network's width.
    pub fn best(&self, vectors: &Matrix) -> Vec<usize> {
        let scores = self.scores(vectors);
        (0..scores.rows())
            .map(|i| first_of_largest(scores.row(i)))
            .collect()
    }
}

/// The temperature of the softmax, if the node applies one.
fn softmax(node: &Node, normalize: bool) -> Result<Option<f32>, FormatError> {
    let fault = |name: &str| FormatError::new(format!("{}: {name} is out of place", node.label()));
    let normalize = match node.attr("softmax_normalize")? {
        None => normalize,
        Some(value) => value.as_bool().ok_or_else(|| fault("softmax_normalize"))?,
    };
    let temperature = match node.attr("softmax_temperature")? {
        None => 1.0,
        Some(value) => value
            .as_f64()
            .filter(|&t| t > 0.0 && t.is_finite())
            .ok_or_else(|| fault("softmax_temperature"))?,
    };
    Ok(normalize.then_some(temperature as f32))
}

fn apply_softmax(row: &mut [f32], temperature: f32) {
    for x in row.iter_mut() {
        *x /= temperature;
    }
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for x in row.iter_mut() {
        *x = (*x - largest).exp();
    }
    let sum: f32 = row.iter().sum();
    for x in row.iter_mut() {
        *x /= sum;
    }
}

/// The place of the largest number; of equals, the first, as numpy's `argmax` has it. A number that is none counts as
/// the largest. An empty row gives 0.
pub fn first_of_largest(row: &[f32]) -> usize {
    let mut best = 0;
    for (i, &x) in row.iter().enumerate() {
        if row[best].is_nan() {
            break;
        }
        if x > row[best] || x.is_nan() {
            best = i;
        }
    }
    best
}
