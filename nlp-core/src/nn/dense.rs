//! A linear map with an activation and layer normalisation: the block that embeddings and encoders are made of.

use super::gemm::Weights;
use super::source::ModelSource;
use super::tree::Tree;
use crate::error::Error;
use crate::format::thinc_model::ThincModel;

/// What follows the linear map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    /// The largest of this many candidates for each output (`thinc/layers/maxout.py`).
    Maxout(usize),
    /// `x * tanh(ln(1 + exp(x)))` (`thinc/layers/mish.py`).
    Mish,
}

impl Activation {
    fn name(self) -> &'static str {
        match self {
            Activation::Maxout(_) => "maxout",
            Activation::Mish => "mish",
        }
    }

    /// Candidates that the linear map makes for each output.
    fn pieces(self) -> usize {
        match self {
            Activation::Maxout(pieces) => pieces,
            Activation::Mish => 1,
        }
    }
}

/// The linear map, the activation and the normalisation, in this order.
#[derive(Debug, Clone)]
pub(super) struct Dense {
    activation: Activation,
    width: usize,
    /// The map: first the first candidate of every output, then the second of every output, and so on.
    weights: Weights,
    /// In the order of the map's outputs.
    bias: Vec<f32>,
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Dense {
    /// The block as it stands in a tree: `Maxout` or `Mish` with `normalize` and a dropout of zero.
    pub fn tree(activation: Activation) -> Tree {
        let normalised = Tree::of(vec![Tree::leaf(activation.name()), Tree::leaf("layernorm")]);
        Tree::of(vec![normalised, Tree::leaf("dropout")])
    }

    /// The trained block, from `inputs` numbers to `width`.
    pub fn load(
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
        (activation, inputs, width): (Activation, usize, usize),
    ) -> Result<Self, Error> {
        let map = tree.child(0).child(0).node(file);
        let norm = tree.child(0).child(1).node(file);
        let pieces = activation.pieces();
        let read = || {
            let (w, b) = match activation {
                Activation::Maxout(_) => (
                    map.param_of_shape("W", &[width, pieces, inputs])?,
                    map.param_of_shape("b", &[width, pieces])?,
                ),
                Activation::Mish => (
                    map.param_of_shape("W", &[width, inputs])?,
                    map.param_of_shape("b", &[width])?,
                ),
            };
            let scale = norm.param_of_shape("G", &[width])?;
            let shift = norm.param_of_shape("b", &[width])?;
            Ok((w, b, scale, shift))
        };
        let (w, b, scale, shift) = source.in_model(read())?;
        // From candidates side by side to candidates a whole row apart, so that the largest is found in long runs.
        let mut weights = Vec::with_capacity(w.len());
        let mut bias = Vec::with_capacity(b.len());
        for piece in 0..pieces {
            for output in 0..width {
                let i = output * pieces + piece;
                weights.extend_from_slice(&w[i * inputs..(i + 1) * inputs]);
                bias.push(b[i]);
            }
        }
        Ok(Dense {
            activation,
            width,
            weights: Weights::new(pieces * width, inputs, weights),
            bias,
            scale,
            shift,
        })
    }

    /// The linear map, without the bias.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// From a row of the linear map to a row of the block: the bias, the activation and the normalisation.
    /// `mapped` is overwritten; `out` has the block's width.
    pub fn finish(&self, mapped: &mut [f32], out: &mut [f32]) {
        for (x, b) in mapped.iter_mut().zip(&self.bias) {
            *x += b;
        }
        match self.activation {
            Activation::Maxout(_) => {
                let (first, others) = mapped.split_at(self.width);
                out.copy_from_slice(first);
                for candidates in others.chunks_exact(self.width) {
                    for (best, &x) in out.iter_mut().zip(candidates) {
                        *best = if x > *best { x } else { *best };
                    }
                }
            }
            Activation::Mish => {
                for (out, &x) in out.iter_mut().zip(&*mapped) {
                    *out = mish(x);
                }
            }
        }
        self.normalise(out);
    }

    /// Layer normalisation (`thinc/layers/layernorm.py`): the variance is the population's, plus 1e-8.
    fn normalise(&self, row: &mut [f32]) {
        let n = row.len() as f32;
        let mean = sum(row, |x| x) / n;
        let variance = sum(row, |x| (x - mean) * (x - mean)) / n + 1e-8;
        let factor = 1.0 / variance.sqrt();
        for ((x, scale), shift) in row.iter_mut().zip(&self.scale).zip(&self.shift) {
            *x = (*x - mean) * factor * scale + shift;
        }
    }
}

/// The sum of `f` over a row, in sixteen strands: as exact as numpy's pairwise sum, and fit for vector registers.
fn sum(row: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = row.as_chunks::<16>();
    let mut strands = [0.0; 16];
    for chunk in chunks {
        for (strand, &x) in strands.iter_mut().zip(chunk) {
            *strand += f(x);
        }
    }
    for (strand, &x) in strands.iter_mut().zip(rest) {
        *strand += f(x);
    }
    let mut half = 8;
    while half > 0 {
        for i in 0..half {
            strands[i] += strands[i + half];
        }
        half /= 2;
    }
    strands[0]
}

/// `x * tanh(ln(1 + exp(x)))`, and `x` itself from 20 on.
///
/// With `e = exp(x)`, the hyperbolic tangent is `(e² + 2e) / (e² + 2e + 2)`.
fn mish(x: f32) -> f32 {
    if x >= 20.0 {
        return x;
    }
    let e = f64::from(x.exp());
    let t = e * (e + 2.0);
    (f64::from(x) * (t / (t + 2.0))) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mish_is_what_its_definition_says() {
        for i in -2000..3000 {
            let x = i as f32 / 100.0;
            let exact = f64::from(x) * f64::from(x).exp().ln_1p().tanh();
            assert!(
                (f64::from(mish(x)) - exact).abs() <= 1e-6 * exact.abs().max(1e-3),
                "{x}"
            );
        }
    }

    #[test]
    fn sums_count_every_number_of_rows_of_any_length() {
        for n in 0_i32..70 {
            let row: Vec<f32> = (0..n).map(|i| i as f32).collect();
            assert_eq!(sum(&row, |x| 2.0 * x), (n * (n - 1)) as f32, "{n}");
        }
    }
}
