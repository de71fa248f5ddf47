//! Products of activations with weights that never change.

/// The weights of a linear map: `outputs` rows of `inputs` columns, as thinc keeps them (`W` of shape `(nO, nI)`).
#[derive(Debug, Clone)]
pub struct Weights {
    outputs: usize,
    inputs: usize,
    data: Vec<f32>,
}

impl Weights {
    /// Weights from rows of `inputs` numbers, one row an output.
    ///
    /// # Panics
    /// If `data` does not hold exactly `outputs * inputs` numbers.
    pub fn new(outputs: usize, inputs: usize, data: Vec<f32>) -> Self {
        assert_eq!(data.len(), outputs * inputs);
        Weights {
            outputs,
            inputs,
            data,
        }
    }

    /// The number of outputs (rows).
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The number of inputs (columns).
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// `out = x · Wᵀ`: `x` has `n` rows of `inputs`, `out` has `n` rows of `outputs` and is overwritten.
    ///
    /// # Panics
    /// If the slices do not have those sizes.
    pub fn apply(&self, x: &[f32], n: usize, out: &mut [f32]) {
        assert_eq!(x.len(), n * self.inputs);
        assert_eq!(out.len(), n * self.outputs);
        let (k, m) = (self.inputs, self.outputs);
        // SAFETY: the three slices have the sizes that the strides walk over, as asserted, and `out` is not aliased.
        unsafe {
            matrixmultiply::sgemm(
                n,
                k,
                m,
                1.0,
                x.as_ptr(),
                k as isize,
                1,
                self.data.as_ptr(),
                1,
                k as isize,
                0.0,
                out.as_mut_ptr(),
                m as isize,
                1,
            );
        }
    }

    /// As [`Weights::apply`], with rows that start anywhere in `x` and may overlap: row `i` is the `inputs` numbers from
    /// `starts[i]` on.
    ///
    /// # Panics
    /// If a row reaches beyond `x`, or `out` does not have `starts.len()` rows of `outputs`.
    pub fn apply_at(&self, x: &[f32], starts: &[usize], out: &mut [f32]) {
        assert_eq!(out.len(), starts.len() * self.outputs);
        for (&start, out) in starts.iter().zip(out.chunks_exact_mut(self.outputs)) {
            self.apply(&x[start..start + self.inputs], 1, out);
        }
    }
}
