//! A linear map with a bias (`thinc/layers/linear.py`).

use super::Matrix;
use super::gemm::Weights;
use crate::error::FormatError;
use crate::format::thinc_model::Node;
use crate::frozen::frozen;

/// `y = x · Wᵀ + b`.
#[derive(Debug, Clone)]
pub struct Linear {
    weights: Weights,
    bias: Vec<f32>,
}

frozen!(Linear { weights, bias });

impl Linear {
    /// A map with a bias for each of the outputs of `weights`.
    ///
    /// # Panics
    /// If there are not as many.
    pub fn new(weights: Weights, bias: Vec<f32>) -> Self {
        assert_eq!(weights.outputs(), bias.len());
        Linear { weights, bias }
    }

    /// The trained map from `inputs` numbers to `outputs`, or to as many as the file says.
    pub(super) fn load(
        node: &Node,
        outputs: Option<usize>,
        inputs: usize,
    ) -> Result<Self, FormatError> {
        let (shape, w) = node.param("W")?;
        let outputs = outputs.or(shape.first().copied()).unwrap_or(0);
        if shape != [outputs, inputs] {
            return Err(FormatError::new(format!(
                "{}, parameter W: its shape is {shape:?}, and the configuration asks for {:?}",
                node.label(),
                [outputs, inputs]
            )));
        }
        let bias = node.param_of_shape("b", &[outputs])?;
        Ok(Linear::new(Weights::new(outputs, inputs, w), bias))
    }

    /// The map without the bias, and the bias.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn parts(&self) -> (&Weights, &[f32]) {
        (&self.weights, &self.bias)
    }

    /// The number of outputs.
    pub fn outputs(&self) -> usize {
        self.weights.outputs()
    }

    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.weights.inputs()
    }

    /// The map of every row of `x`.
    ///
    /// # Panics
    /// If the rows do not have the map's number of inputs.
    #[cfg_attr(not(feature = "internals"), allow(dead_code, reason = "tests use it"))]
    pub fn apply(&self, x: &Matrix) -> Matrix {
        let mut out = Matrix::zeros(x.rows(), self.outputs());
        self.apply_into(x.data(), x.rows(), out.data_mut());
        out
    }

    /// The map of `n` rows, written over `out`.
    ///
    /// # Panics
    /// If `x` does not hold `n` rows of inputs, or `out` `n` rows of outputs.
    pub fn apply_into(&self, x: &[f32], n: usize, out: &mut [f32]) {
        self.weights.apply(x, n, out);
        if self.bias.is_empty() {
            return;
        }
        for row in out.chunks_exact_mut(self.bias.len()) {
            for (y, b) in row.iter_mut().zip(&self.bias) {
                *y += b;
            }
        }
    }
}
