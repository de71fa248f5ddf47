//! The network that scores moves (`ml/tb_framework.py`, `ml/models/parser.py`, `ml/_precomputable_affine.py`).

use super::system::FEATURE_COUNTS;
use crate::error::FormatError;
use crate::nn::gemm::Weights;

/// A linear map and what is added to it.
#[derive(Debug, Clone)]
pub struct Affine {
    /// The map.
    pub weights: Weights,
    /// One number an output.
    pub bias: Vec<f32>,
}

impl Affine {
    /// `out = x · Wᵀ + b`, for `n` rows.
    pub(crate) fn apply(&self, x: &[f32], n: usize, out: &mut [f32]) {
        self.weights.apply(x, n, out);
        for row in out.chunks_exact_mut(self.bias.len()) {
            for (out, bias) in row.iter_mut().zip(&self.bias) {
                *out += bias;
            }
        }
    }
}

/// The weights of a network that scores moves, in the shapes that thinc gives them.
#[derive(Debug, Clone)]
pub struct StepWeights {
    /// From a token's vector to the width that the lower layer takes.
    pub linear: Affine,
    /// How many tokens of a state are looked at: 3 or 6 by recognisers, 8 or 13 by parsers.
    pub features: usize,
    /// The units of the lower layer: `hidden_width`, or the number of moves where there is no upper layer.
    pub hidden: usize,
    /// How many values each unit takes the largest of.
    pub pieces: usize,
    /// The lower layer's `W`, of shape (features, hidden, pieces, inputs).
    pub lower: Vec<f32>,
    /// The lower layer's `b`, of shape (hidden, pieces).
    pub lower_bias: Vec<f32>,
    /// The lower layer's `pad`, of shape (1, features, hidden, pieces): what a token that is not there counts for.
    pub padding: Vec<f32>,
    /// From the hidden units to a score for each move. Without it, the hidden units are the scores.
    pub upper: Option<Affine>,
    /// The moves that were added to the network but never taught: they get the lowest score of all.
    pub unseen_classes: Vec<usize>,
}

/// The network, ready to run.
#[derive(Debug, Clone)]
pub struct StepModel {
    pub(crate) linear: Affine,
    pub(crate) lower: Weights,
    pub(crate) lower_bias: Vec<f32>,
    pub(crate) padding: Vec<f32>,
    pub(crate) upper: Option<Affine>,
    pub(crate) unseen_classes: Vec<usize>,
    pub(crate) features: usize,
    pub(crate) hidden: usize,
    pub(crate) pieces: usize,
    pub(crate) classes: usize,
}

impl StepModel {
    /// A network with these weights.
    ///
    /// # Errors
    /// If shapes do not fit one another, or the number of features is none that spaCy knows.
    pub fn new(weights: StepWeights) -> Result<Self, FormatError> {
        let StepWeights {
            linear,
            features,
            hidden,
            pieces,
            lower,
            lower_bias,
            padding,
            upper,
            unseen_classes,
        } = weights;
        if !FEATURE_COUNTS.contains(&features) {
            return Err(FormatError::new(format!(
                "lower layer: {features} feature tokens, where spaCy knows 3, 6, 8 and 13"
            )));
        }
        let width = linear.weights.outputs();
        check_size("linear layer's bias", linear.bias.len(), &[width])?;
        if hidden == 0 || pieces == 0 {
            return Err(FormatError::new("lower layer: no units"));
        }
        check_size(
            "lower layer's W",
            lower.len(),
            &[features, hidden, pieces, width],
        )?;
        check_size("lower layer's b", lower_bias.len(), &[hidden, pieces])?;
        check_size(
            "lower layer's pad",
            padding.len(),
            &[features, hidden, pieces],
        )?;
        let classes = match &upper {
            None => hidden,
            Some(upper) => {
                let classes = upper.weights.outputs();
                check_size("upper layer's inputs", upper.weights.inputs(), &[hidden])?;
                check_size("upper layer's bias", upper.bias.len(), &[classes])?;
                classes
            }
        };
        if let Some(class) = unseen_classes.iter().find(|class| **class >= classes) {
            return Err(FormatError::new(format!(
                "unseen class {class}, where there are {classes} classes"
            )));
        }
        Ok(StepModel {
            linear,
            lower: Weights::new(features * hidden * pieces, width, lower),
            lower_bias,
            padding,
            upper,
            unseen_classes,
            features,
            hidden,
            pieces,
            classes,
        })
    }

    /// How many numbers a token's vector has.
    pub fn inputs(&self) -> usize {
        self.linear.weights.inputs()
    }

    /// How many moves are scored.
    pub fn classes(&self) -> usize {
        self.classes
    }
}

fn check_size(what: &str, found: usize, dims: &[usize]) -> Result<(), FormatError> {
    let expected = dims.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
    if expected == Some(found) {
        return Ok(());
    }
    Err(FormatError::new(format!(
        "{what}: {found} numbers, where the shape {dims:?} was expected"
    )))
}
