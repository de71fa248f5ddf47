//! A linear map with an activation and layer normalisation: the block that embeddings and encoders are made of.

use super::isa::{Isa, per_isa};
use super::source::ModelSource;
use super::tree::Tree;
use crate::error::Error;
use crate::format::thinc_model::ThincModel;
use crate::frozen::frozen;

/// What follows the linear map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Activation {
    /// The largest of this many candidates for each output (`thinc/layers/maxout.py`).
    Maxout(usize),
    /// `x * tanh(ln(1 + exp(x)))` (`thinc/layers/mish.py`).
    Mish,
}

frozen!(hash Activation);

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

/// What makes of a linear map's outputs the block's: the bias, the activation and the normalisation.
#[derive(Debug, Clone)]
pub(super) struct Finish {
    isa: Isa,
    activation: Activation,
    width: usize,
    /// In the order of the map's outputs.
    bias: Vec<f32>,
    scale: Vec<f32>,
    shift: Vec<f32>,
}

frozen!(Finish {
    isa,
    activation,
    width,
    bias,
    scale,
    shift
});

/// A block as it is loaded.
pub(super) struct Dense {
    /// The linear map: a row of weights for the first candidate of every output, then for the second of every output,
    /// and so on.
    pub weights: Vec<f32>,
    /// What follows it.
    pub finish: Finish,
}

impl Dense {
    /// The block as it stands in a tree: `Maxout` or `Mish` with `normalize` and a dropout of zero.
    pub fn tree(activation: Activation) -> Tree {
        Tree::of(vec![
            Dense::tree_without_dropout(activation),
            Tree::leaf("dropout"),
        ])
    }

    /// The block as it stands in a tree without a dropout.
    pub fn tree_without_dropout(activation: Activation) -> Tree {
        Tree::of(vec![Tree::leaf(activation.name()), Tree::leaf("layernorm")])
    }

    /// The trained block, from `inputs` numbers to `width`.
    pub fn load(
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
        shape: (Activation, usize, usize),
    ) -> Result<Dense, Error> {
        Dense::load_without_dropout(source, tree.child(0), file, shape)
    }

    /// The trained block in a tree without a dropout.
    pub fn load_without_dropout(
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
        (activation, inputs, width): (Activation, usize, usize),
    ) -> Result<Dense, Error> {
        let map = tree.child(0).node(file);
        let norm = tree.child(1).node(file);
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
        let finish = Finish {
            isa: Isa::detect(),
            activation,
            width,
            bias,
            scale,
            shift,
        };
        Ok(Dense { weights, finish })
    }
}

impl Finish {
    /// The outputs of the linear map: candidates times width.
    pub fn mapped(&self) -> usize {
        self.bias.len()
    }

    /// The block's outputs.
    pub fn width(&self) -> usize {
        self.width
    }

    /// From rows of the linear map's outputs, which are overwritten, to rows of the block's outputs.
    pub fn rows(&self, mapped: &mut [f32], out: &mut [f32]) {
        finish_rows(self.isa, self, mapped, out);
    }
}

per_isa! {
    fn finish_rows(finish: &Finish, mapped: &mut [f32], out: &mut [f32]) {
        let rows = mapped.chunks_exact_mut(finish.bias.len());
        for (mapped, out) in rows.zip(out.chunks_exact_mut(finish.width)) {
            match finish.activation {
                Activation::Maxout(_) => take_largest(mapped, &finish.bias, out),
                Activation::Mish => {
                    for ((out, &x), b) in out.iter_mut().zip(&*mapped).zip(&finish.bias) {
                        *out = mish(x + b);
                    }
                }
            }
            normalise(out, &finish.scale, &finish.shift);
        }
    }
}

/// The largest candidate of each output, each with its bias: the first of every output, then the second and so on.
#[inline(always)]
fn take_largest(candidates: &[f32], bias: &[f32], out: &mut [f32]) {
    let width = out.len();
    let larger = |best: f32, x: f32| if x > best { x } else { best };
    // Sixteen at a time, which stay in a vector register: what is left over is done one by one.
    let (chunks, rest) = out.as_chunks_mut::<16>();
    for (i, out) in chunks.iter_mut().enumerate() {
        let sixteen = |piece: usize| {
            let from = piece * width + 16 * i;
            let x: [f32; 16] = std::array::from_fn(|lane| candidates[from..from + 16][lane]);
            let b: [f32; 16] = std::array::from_fn(|lane| bias[from..from + 16][lane]);
            std::array::from_fn(|lane| x[lane] + b[lane])
        };
        let mut best: [f32; 16] = sixteen(0);
        for piece in 1..candidates.len() / width {
            let x: [f32; 16] = sixteen(piece);
            best = std::array::from_fn(|lane| larger(best[lane], x[lane]));
        }
        *out = best;
    }
    let done = width - rest.len();
    for (i, out) in rest.iter_mut().enumerate() {
        let at = |piece: usize| piece * width + done + i;
        *out = candidates[at(0)] + bias[at(0)];
        for piece in 1..candidates.len() / width {
            *out = larger(*out, candidates[at(piece)] + bias[at(piece)]);
        }
    }
}

/// Layer normalisation (`thinc/layers/layernorm.py`): the variance is the population's, plus 1e-8.
#[inline(always)]
pub(super) fn normalise(row: &mut [f32], scale: &[f32], shift: &[f32]) {
    let n = row.len() as f32;
    let mean = sum(row, |x| x) / n;
    let variance = sum(row, |x| (x - mean) * (x - mean)) / n + 1e-8;
    let factor = 1.0 / variance.sqrt();
    let map = |x: f32, scale: f32, shift: f32| (x - mean) * factor * scale + shift;
    let (chunks, rest) = row.as_chunks_mut::<16>();
    let (scales, scales_rest) = scale.as_chunks::<16>();
    let (shifts, shifts_rest) = shift.as_chunks::<16>();
    for ((row, scale), shift) in chunks.iter_mut().zip(scales).zip(shifts) {
        let x = *row;
        *row = std::array::from_fn(|lane| map(x[lane], scale[lane], shift[lane]));
    }
    for ((x, scale), shift) in rest.iter_mut().zip(scales_rest).zip(shifts_rest) {
        *x = map(*x, *scale, *shift);
    }
}

/// The sum of `f` over a row, in sixteen strands: as exact as numpy's pairwise sum, and fit for vector registers.
#[inline(always)]
fn sum(row: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = row.as_chunks::<16>();
    let mut strands = [0.0; 16];
    for chunk in chunks {
        for (strand, &x) in strands.iter_mut().zip(chunk) {
            *strand += f(x);
        }
    }
    // Their own loop would spoil the vectors of those above, where there are none.
    if !rest.is_empty() {
        for (strand, &x) in strands.iter_mut().zip(rest) {
            *strand += f(x);
        }
    }
    let [a, b] = halves(strands);
    let eight: [f32; 8] = std::array::from_fn(|i| a[i] + b[i]);
    let [a, b]: [[f32; 4]; 2] =
        std::array::from_fn(|half| std::array::from_fn(|i| eight[4 * half + i]));
    let four: [f32; 4] = std::array::from_fn(|i| a[i] + b[i]);
    (four[0] + four[2]) + (four[1] + four[3])
}

fn halves(strands: [f32; 16]) -> [[f32; 8]; 2] {
    std::array::from_fn(|half| std::array::from_fn(|i| strands[8 * half + i]))
}

/// `x * tanh(ln(1 + exp(x)))`, and `x` itself from 20 on.
///
/// With `e = exp(x)`, the hyperbolic tangent is `(e² + 2e) / (e² + 2e + 2)`.
pub(super) fn mish(x: f32) -> f32 {
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
            let error = (f64::from(mish(x)) - exact).abs();
            assert!(error <= 1e-6 * exact.abs().max(1e-3), "{x}");
        }
    }

    #[test]
    fn sums_count_every_number_of_rows_of_any_length() {
        for n in 0_i32..70 {
            let row: Vec<f32> = (0..n).map(|i| i as f32).collect();
            assert_eq!(sum(&row, |x| 2.0 * x), (n * (n - 1)) as f32, "{n}");
        }
    }

    #[test]
    fn every_kind_of_instructions_gives_the_same_numbers() {
        for activation in [Activation::Maxout(3), Activation::Mish] {
            let width = 37;
            let numbers = |n: usize, step: f32| (0..n).map(|i| (i as f32 * step).sin()).collect();
            let mapped: Vec<f32> = numbers(2 * width * activation.pieces(), 0.7);
            let results: Vec<Vec<f32>> = Isa::all()
                .into_iter()
                .map(|isa| {
                    let finish = Finish {
                        isa,
                        activation,
                        width,
                        bias: numbers(width * activation.pieces(), 0.3),
                        scale: numbers(width, 0.2),
                        shift: numbers(width, 0.1),
                    };
                    let mut out = vec![0.0; 2 * width];
                    finish.rows(&mut mapped.clone(), &mut out);
                    out
                })
                .collect();
            assert!(results.iter().all(|result| *result == results[0]));
        }
    }

    #[test]
    fn normalised_rows_have_the_population_variance_of_one() {
        let mut row = [1.0, 2.0, 3.0, 6.0];
        normalise(&mut row, &[1.0; 4], &[0.0; 4]);
        // Mean 3, variance 14 / 4.
        let factor = 1.0 / 3.5_f32.sqrt();
        for (x, y) in row.iter().zip([-2.0, -1.0, 0.0, 3.0]) {
            assert!((x - y * factor).abs() < 1e-6);
        }
    }
}
