//! Layers from rows to rows, as they come after the pooling of documents and spans: linear maps, activations,
//! normalisation, and chains of them (`thinc/layers`).

mod plan;

pub(super) use plan::LayerPlan;

use super::Matrix;
use super::dense::{mish, normalise};
use super::gemm::Weights;
use super::linear::Linear;
use super::tagger::apply_softmax;
use crate::frozen::{Frozen, Walk};

/// A trained layer.
#[derive(Debug, Clone)]
pub(super) enum Layer {
    /// Nothing happens: a dropout, when nothing is trained.
    Noop,
    Linear(Linear),
    Activation(Activation),
    /// The largest of a few candidates for each output: the map makes the first candidate of every output, then the
    /// second of every output, and so on.
    Maxout {
        map: Linear,
        pieces: usize,
    },
    Norm {
        scale: Vec<f32>,
        shift: Vec<f32>,
    },
    /// What the layer makes of its input is added to that.
    Residual(Box<Layer>),
    /// One after the other.
    Chain(Vec<Layer>),
}

/// A function of each number, or of each row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Activation {
    Logistic,
    /// Probabilities, at a temperature.
    Softmax(f32),
    Relu,
    Gelu,
    Mish,
}

impl Frozen for Layer {
    fn visit(&self, walk: &mut Walk) {
        let kind = std::mem::discriminant(self);
        std::hash::Hash::hash(&kind, walk);
        match self {
            Layer::Noop => {}
            Layer::Linear(map) => map.visit(walk),
            Layer::Activation(activation) => activation.visit(walk),
            Layer::Maxout { map, pieces } => {
                map.visit(walk);
                pieces.visit(walk);
            }
            Layer::Norm { scale, shift } => {
                scale.visit(walk);
                shift.visit(walk);
            }
            Layer::Residual(layer) => layer.visit(walk),
            Layer::Chain(layers) => layers.visit(walk),
        }
    }
}

impl Frozen for Activation {
    fn visit(&self, walk: &mut Walk) {
        let kind = std::mem::discriminant(self);
        std::hash::Hash::hash(&kind, walk);
        if let Activation::Softmax(temperature) = self {
            temperature.visit(walk);
        }
    }
}

impl Layer {
    /// What the layer makes of every row of `x`.
    ///
    /// # Panics
    /// If the rows are not as wide as the layer was trained for.
    pub fn apply(&self, mut x: Matrix) -> Matrix {
        match self {
            Layer::Noop => x,
            Layer::Linear(map) => map.apply(&x),
            Layer::Activation(activation) => {
                activation.apply(&mut x);
                x
            }
            Layer::Maxout { map, pieces } => {
                let candidates = map.apply(&x);
                let width = map.outputs() / pieces;
                let mut out = Matrix::zeros(x.rows(), width);
                for row in 0..x.rows() {
                    let (first, others) = candidates.row(row).split_at(width);
                    let out = out.row_mut(row);
                    out.copy_from_slice(first);
                    for others in others.chunks_exact(width.max(1)) {
                        for (most, &x) in out.iter_mut().zip(others) {
                            *most = if x > *most { x } else { *most };
                        }
                    }
                }
                out
            }
            Layer::Norm { scale, shift } => {
                for row in 0..x.rows() {
                    normalise(x.row_mut(row), scale, shift);
                }
                x
            }
            Layer::Residual(layer) => {
                let mut out = layer.apply(x.clone());
                assert_eq!(out.cols(), x.cols());
                for (out, x) in out.data_mut().iter_mut().zip(x.data()) {
                    *out += x;
                }
                out
            }
            Layer::Chain(layers) => layers.iter().fold(x, |x, layer| layer.apply(x)),
        }
    }
}

impl Activation {
    /// Applies it to every row of `x`.
    pub fn apply(self, x: &mut Matrix) {
        let each = |x: &mut Matrix, f: fn(f32) -> f32| {
            x.data_mut().iter_mut().for_each(|x| *x = f(*x));
        };
        match self {
            Activation::Logistic => each(x, logistic),
            Activation::Relu => each(x, |x| if x > 0.0 { x } else { 0.0 }),
            Activation::Gelu => each(x, gelu),
            Activation::Mish => each(x, mish),
            Activation::Softmax(temperature) => {
                for row in 0..x.rows() {
                    apply_softmax(x.row_mut(row), temperature);
                }
            }
        }
    }
}

/// `1 / (1 + exp(-x))`, of `x` between -20 and 20.
fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x.clamp(-20.0, 20.0)).exp())
}

/// `x` times the share of a normal distribution below it.
///
/// thinc's error function is the approximation 7.1.26 of Abramowitz and Stegun's Handbook of Mathematical Functions,
/// which is right to six digits; so it is here, digit for digit.
fn gelu(x: f32) -> f32 {
    const TERMS: [f32; 5] = [
        1.061_405_4,
        -1.453_152,
        1.421_413_8,
        -0.284_496_72,
        0.254_829_6,
    ];
    let z = std::f32::consts::FRAC_1_SQRT_2 * x;
    let t = 1.0 / (1.0 + 0.327_591_1 * z.abs());
    let sum = TERMS.iter().fold(0.0, |sum, term| (sum + term) * t);
    let erf = (1.0 - sum * (-z * z).exp()).copysign(z);
    x * (0.5 * (1.0 + erf))
}

/// The linear map of a maxout layer, from candidates side by side, as the file has them, to candidates a whole row apart.
fn maxout_map(
    (width, pieces, inputs): (usize, usize, usize),
    weights: &[f32],
    bias: &[f32],
) -> Linear {
    let places = || (0..pieces).flat_map(|piece| (0..width).map(move |out| out * pieces + piece));
    let weights = places().flat_map(|i| &weights[i * inputs..][..inputs]);
    let weights = Weights::new(width * pieces, inputs, weights.copied().collect());
    Linear::new(weights, places().map(|i| bias[i]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gelu_is_x_times_the_normal_distribution() {
        // Values of the normal distribution function from a table.
        for (x, share) in [
            (0.0, 0.5),
            (1.0, 0.841_345),
            (-1.0, 0.158_655),
            (2.5, 0.993_790),
            (-9.0, 0.0),
        ] {
            assert!((gelu(x) - x * share).abs() < 2e-6, "{x}: {}", gelu(x));
        }
    }

    #[test]
    fn the_largest_candidate_of_each_output_counts() {
        // Two outputs of two candidates each, of one input: the candidates of an output lie side by side in a file.
        let map = maxout_map((2, 2, 1), &[1.0, -1.0, 2.0, 3.0], &[0.0, 0.5, 0.0, 0.0]);
        let layer = Layer::Maxout { map, pieces: 2 };
        let out = layer.apply(Matrix::from_vec(2, 1, vec![1.0, -2.0]));
        assert_eq!(out.data(), [1.0, 3.0, 2.5, -4.0]);
    }

    #[test]
    fn a_logistic_has_the_limits_that_thinc_gives_it() {
        assert_eq!(logistic(0.0), 0.5);
        assert_eq!(logistic(99.0), logistic(20.0));
        assert_eq!(logistic(-99.0), logistic(-20.0));
    }
}
