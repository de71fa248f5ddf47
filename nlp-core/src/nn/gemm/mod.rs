//! Products of activations with weights that never change.
//!
//! The weights are put in an order, once, in which the innermost loop reads them straight through: panels of up to
//! three vector registers of outputs, input by input. The kernel keeps a tile of outputs (up to eight rows of a panel)
//! in registers for the whole length of the inputs, so every output is one running sum over the inputs in their order:
//! it does not depend on which other rows are computed with it, nor on how many.
//!
//! Which instructions are used is asked of the processor when weights are loaded. With AVX-512 and AVX2 the numbers are
//! the same; the portable kernel rounds products before it adds them.

#[cfg(target_arch = "x86_64")]
mod bytes;
#[cfg(target_arch = "x86_64")]
mod coarse;
mod kernel;
mod lanes;
mod pairs;

#[cfg(target_arch = "x86_64")]
pub(super) use coarse::{Coarse, Room};
pub use pairs::{BLOCK as PAIRS, Pairs};

use super::isa::{Isa, Kind};
use crate::frozen::{Frozen, Walk, frozen};
use kernel::Tiles;

/// Rows that go through all panels before the next rows do: they stay in the nearest cache meanwhile.
const BLOCK: usize = 64;

/// Sixteen numbers where a cache line begins.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; 16]);

impl Frozen for Line {
    fn visit(&self, walk: &mut Walk) {
        let Line(numbers) = self;
        numbers.visit(walk);
    }
}

/// Some of the outputs: the columns of a tile.
#[derive(Debug, Clone, Copy, Hash)]
struct Panel {
    /// The first output.
    first: usize,
    /// How many there are; the rest of the last vector is filled with zeros.
    count: usize,
    /// How many vectors they take: 1, 2 or, but with AVX2, 3.
    vectors: usize,
    /// Where the panel's numbers begin: for every input, `vectors` vectors.
    start: usize,
}

frozen!(hash Panel);

/// The weights of a linear map from `inputs` to `outputs` numbers: thinc's `W` of shape `(nO, nI)`.
#[derive(Debug, Clone)]
pub struct Weights {
    outputs: usize,
    inputs: usize,
    isa: Isa,
    panels: Vec<Panel>,
    packed: Vec<Line>,
}

frozen!(Weights {
    outputs,
    inputs,
    isa,
    panels,
    packed
});

impl Weights {
    /// Weights from rows of `inputs` numbers, one row an output.
    ///
    /// # Panics
    /// If `data` does not hold exactly `outputs * inputs` numbers.
    pub fn new(outputs: usize, inputs: usize, data: Vec<f32>) -> Self {
        Weights::for_isa(Isa::detect(), outputs, inputs, &data)
    }

    fn for_isa(isa: Isa, outputs: usize, inputs: usize, data: &[f32]) -> Self {
        assert_eq!(
            Some(data.len()),
            outputs.checked_mul(inputs),
            "the weights from {inputs} inputs to {outputs} outputs"
        );
        let lanes = isa.lanes();
        let (panels, numbers) = panels(outputs, inputs, lanes, isa.widest());
        let mut packed = packed_lines(numbers);
        for panel in &panels {
            let width = panel.vectors * lanes;
            for output in 0..panel.count {
                let row = &data[(panel.first + output) * inputs..][..inputs];
                for (input, &w) in row.iter().enumerate() {
                    let at = panel.start + input * width + output;
                    packed[at / 16].0[at % 16] = w;
                }
            }
        }
        Weights {
            outputs,
            inputs,
            isa,
            panels,
            packed,
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

    /// The weights of an output, in the order of the inputs.
    ///
    /// # Panics
    /// If there is no such output.
    #[cfg(target_arch = "x86_64")]
    pub fn of_output(&self, output: usize) -> impl Iterator<Item = f32> {
        assert!(output < self.outputs, "output {output} of {}", self.outputs);
        let holds = |panel: &&Panel| output < panel.first + panel.count;
        let panel = self.panels.iter().find(holds);
        let lanes = self.isa.lanes();
        panel.into_iter().flat_map(move |panel| {
            let first = panel.start + output - panel.first;
            let places = (0..self.inputs).map(move |input| first + input * panel.vectors * lanes);
            places.map(|at| self.packed[at / 16].0[at % 16])
        })
    }

    /// `out = x · Wᵀ`: `x` has `n` rows of `inputs`, `out` has `n` rows of `outputs` and is overwritten.
    ///
    /// # Panics
    /// If the slices do not have those sizes.
    pub fn apply(&self, x: &[f32], n: usize, out: &mut [f32]) {
        assert_eq!(
            Some(x.len()),
            n.checked_mul(self.inputs),
            "the numbers of {n} rows of {}",
            self.inputs
        );
        self.product(x, n, |row| row * self.inputs, out);
    }

    /// As [`Weights::apply`], with rows that start anywhere in `x` and may overlap: row `i` is the `inputs` numbers from
    /// `starts[i]` on.
    ///
    /// # Panics
    /// If a row reaches beyond `x`, or `out` does not have `starts.len()` rows of `outputs`.
    pub fn apply_at(&self, x: &[f32], starts: &[usize], out: &mut [f32]) {
        self.product(x, starts.len(), |row| starts[row], out);
    }

    fn product(&self, x: &[f32], n: usize, start: impl Fn(usize) -> usize, out: &mut [f32]) {
        assert_eq!(
            Some(out.len()),
            n.checked_mul(self.outputs),
            "the room for {n} rows of {}",
            self.outputs
        );
        let mut rows = [&x[..0]; BLOCK];
        let block = BLOCK.saturating_mul(self.outputs).max(1);
        for (block, out) in out.chunks_mut(block).enumerate() {
            let first = block * BLOCK;
            let rows = &mut rows[..BLOCK.min(n - first)];
            for (i, row) in rows.iter_mut().enumerate() {
                let start = start(first + i);
                *row = &x[start..][..self.inputs];
            }
            self.block(rows, out);
        }
    }

    /// The product of a few rows, of `inputs` numbers each.
    fn block(&self, rows: &[&[f32]], out: &mut [f32]) {
        // The kernel writes as many rows as there are, so this is asked where it can be seen.
        assert_eq!(Some(out.len()), rows.len().checked_mul(self.outputs));
        debug_assert!(rows.iter().all(|row| row.len() == self.inputs));
        if self.panels.is_empty() {
            // No outputs, or no inputs: sums of nothing.
            out.fill(0.0);
            return;
        }
        let packed = self.packed.as_ptr().cast::<f32>();
        for panel in &self.panels {
            let tiles = Tiles {
                rows,
                inputs: self.inputs,
                // SAFETY: the panel's numbers lie inside `packed`, from `start` on.
                weights: unsafe { packed.add(panel.start) },
                out: out[panel.first..].as_mut_ptr(),
                count: panel.count,
                stride: self.outputs,
            };
            // SAFETY: every row holds `inputs` numbers; the panel `vectors` vectors for each input; `out` a row of
            // `stride` numbers for each of `rows`, of which `count` are the panel's; and a value of `Isa` says that the
            // processor has the instructions.
            unsafe {
                match self.isa.kind() {
                    #[cfg(target_arch = "x86_64")]
                    Kind::Avx512 => kernel::avx512(&tiles, panel.vectors),
                    #[cfg(target_arch = "x86_64")]
                    Kind::Avx2 => kernel::avx2(&tiles, panel.vectors),
                    Kind::Portable => kernel::portable(&tiles, panel.vectors),
                }
            }
        }
    }
}

/// Cuts `outputs` into panels, whose vectors have `lanes` numbers, and says how many numbers they take together: for each
/// of `inputs` as many vectors as the panel has.
fn panels(outputs: usize, inputs: usize, lanes: usize, widest: usize) -> (Vec<Panel>, usize) {
    let mut panels = Vec::new();
    let (mut first, mut start) = (0_usize, 0_usize);
    // Without inputs there are no weights to put in order, however many outputs there are.
    let mut left = match inputs {
        0 => 0,
        _ => outputs.div_ceil(lanes),
    };
    while left > 0 {
        // Two and two rather than three and one: a narrow tile keeps the processor less busy.
        let vectors = if left == 4 { 2 } else { left }.min(widest);
        let count = (vectors * lanes).min(outputs - first);
        panels.push(Panel {
            first,
            count,
            vectors,
            start,
        });
        // Filled up to whole vectors, the weights can be many times what they were.
        start = (vectors * lanes)
            .checked_mul(inputs)
            .and_then(|numbers| start.checked_add(numbers))
            .expect("weights that fit into memory");
        first += count;
        left -= vectors;
    }
    (panels, start)
}

/// Room for `numbers` weights, all zero.
fn packed_lines(numbers: usize) -> Vec<Line> {
    vec![Line([0.0; 16]); numbers.div_ceil(16)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers without a pattern, between -1 and 1.
    pub(super) fn numbers(n: usize, seed: u64) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..n).map(|_| next()).collect()
    }

    pub(super) fn exact(x: &[f32], w: &[f32], n: usize, inputs: usize, outputs: usize) -> Vec<f64> {
        let mut out = Vec::new();
        for row in 0..n {
            for output in 0..outputs {
                let x = &x[row * inputs..][..inputs];
                let w = &w[output * inputs..][..inputs];
                out.push(
                    x.iter()
                        .zip(w)
                        .map(|(&a, &b)| f64::from(a) * f64::from(b))
                        .sum(),
                );
            }
        }
        out
    }

    #[test]
    fn products_of_every_shape_are_right_with_every_kind_of_instructions() {
        for isa in Isa::all() {
            for outputs in [
                0, 1, 3, 4, 7, 8, 15, 16, 17, 24, 31, 48, 49, 64, 65, 96, 113,
            ] {
                for (n, inputs) in [(0, 5), (1, 1), (2, 0), (3, 7), (7, 33), (15, 96), (70, 10)] {
                    let w = numbers(outputs * inputs, 1);
                    let x = numbers(n * inputs, 2);
                    let mut out = vec![f32::NAN; n * outputs];
                    Weights::for_isa(isa, outputs, inputs, &w).apply(&x, n, &mut out);
                    for (y, exact) in out.iter().zip(exact(&x, &w, n, inputs, outputs)) {
                        let error = (f64::from(*y) - exact).abs();
                        assert!(
                            error < 1e-5,
                            "{isa:?} {n} {inputs} {outputs}: {y} is not {exact}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_row_is_the_same_to_the_bit_alone_and_among_others() {
        for isa in Isa::all() {
            let (n, inputs, outputs) = (77, 50, 70);
            let x = numbers(n * inputs, 3);
            let weights = Weights::for_isa(isa, outputs, inputs, &numbers(outputs * inputs, 4));
            let mut all = vec![0.0; n * outputs];
            weights.apply(&x, n, &mut all);
            let mut one = vec![0.0; outputs];
            for row in 0..n {
                weights.apply(&x[row * inputs..][..inputs], 1, &mut one);
                assert_eq!(one, all[row * outputs..][..outputs], "{isa:?}");
            }
        }
    }

    #[test]
    fn rows_may_overlap() {
        let x = numbers(20, 5);
        let weights = Weights::new(5, 6, numbers(30, 6));
        let starts = [0, 2, 4, 14, 1];
        let mut out = vec![0.0; 25];
        weights.apply_at(&x, &starts, &mut out);
        for (start, out) in starts.iter().zip(out.chunks_exact(5)) {
            let mut one = vec![0.0; 5];
            weights.apply(&x[*start..start + 6], 1, &mut one);
            assert_eq!(one, out);
        }
    }

    #[test]
    #[should_panic(expected = "range end index")]
    fn a_row_beyond_the_numbers_is_refused() {
        Weights::new(1, 6, numbers(6, 6)).apply_at(&[0.0; 7], &[2], &mut [0.0]);
    }
}
