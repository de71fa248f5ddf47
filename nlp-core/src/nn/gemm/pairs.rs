//! Convolutions over windows of three rows, two rows at a time: Winograd's F(2, 3).
//!
//! A row of a convolution is `w0·a + w1·b + w2·c` for the row before, itself and the row after: three products. Two rows
//! side by side see four rows `a b c d`, and four products give both (S. Winograd, Arithmetic Complexity of Computations,
//! 1980; A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, 2015):
//!
//! ```text
//! p = (w0 + w1 + w2)/2 · (b + c)      first  = p + q + w0·(a - c)
//! q = (w0 - w1 + w2)/2 · (c - b)      second = p - q + w2·(d - b)
//! ```
//!
//! That is a third less arithmetic, with an error as small as that of three products. Every output is one sum in one
//! order, whatever other pairs are computed with it; what a row depends on stays what it was: the first of a pair does
//! not read `d`, nor the second `a`.

use super::kernel::{self, PairTiles};
use super::{Line, Panel, packed_lines, panels};
use crate::frozen::frozen;
use crate::nn::isa::{Isa, Kind, per_isa};

/// Pairs that go through all panels before the next do: what is made of their rows stays in the nearest caches meanwhile.
pub const BLOCK: usize = 32;

/// The weights of a convolution over windows of three rows of `width` numbers, to `outputs` numbers.
#[derive(Debug, Clone)]
pub struct Pairs {
    isa: Isa,
    outputs: usize,
    width: usize,
    panels: Vec<Panel>,
    /// For each panel: for every input the vectors for `p` and those for `q`, then for every input those of the first
    /// row's product and those of the second's.
    packed: Vec<Line>,
}

frozen!(Pairs {
    isa,
    outputs,
    width,
    panels,
    packed
});

impl Pairs {
    /// Weights from rows of `3 * width` numbers, one row an output: those of the row before, of the row, of the row after.
    ///
    /// # Panics
    /// If `data` does not hold exactly `outputs * 3 * width` numbers.
    pub fn new(outputs: usize, width: usize, data: &[f32]) -> Self {
        Pairs::for_isa(Isa::detect(), outputs, width, data)
    }

    fn for_isa(isa: Isa, outputs: usize, width: usize, data: &[f32]) -> Self {
        assert_eq!(data.len(), crate::sizes::product(&[outputs, 3, width]));
        let lanes = isa.lanes();
        // Four products in the place of an input each.
        let (panels, numbers) = panels(
            outputs,
            crate::sizes::product(&[4, width]),
            lanes,
            kernel::PAIR_VECTORS,
        );
        let mut packed = packed_lines(numbers);
        for panel in &panels {
            let vector = panel.vectors * lanes;
            for output in 0..panel.count {
                let row = &data[(panel.first + output) * 3 * width..][..3 * width];
                for input in 0..width {
                    let [w0, w1, w2] = [row[input], row[width + input], row[2 * width + input]];
                    let [x0, x1, x2] = [w0, w1, w2].map(f64::from);
                    let p = ((x0 + x2 + x1) / 2.0) as f32;
                    let q = ((x0 + x2 - x1) / 2.0) as f32;
                    let mut put = |place: usize, w: f32| {
                        let at = panel.start + place * vector + output;
                        packed[at / 16].0[at % 16] = w;
                    };
                    put(2 * input, p);
                    put(2 * input + 1, q);
                    put(2 * (width + input), w0);
                    put(2 * (width + input) + 1, w2);
                }
            }
        }
        Pairs {
            isa,
            outputs,
            width,
            panels,
            packed,
        }
    }

    /// The numbers of room that [`Pairs::apply`] needs for `pairs` pairs, of which it does [`BLOCK`] at a time.
    pub fn room(&self, pairs: usize) -> usize {
        pairs.min(BLOCK) * 4 * self.width
    }

    /// Two rows of `outputs` numbers for each pair: `starts` says where in `x` its four rows begin, one after the other.
    ///
    /// # Panics
    /// If rows reach beyond `x`, `out` does not have two rows of `outputs` for each pair, or `room` is too small.
    pub fn apply(&self, x: &[f32], starts: &[usize], room: &mut [f32], out: &mut [f32]) {
        assert_eq!(
            Some(out.len()),
            (2 * starts.len()).checked_mul(self.outputs)
        );
        if self.panels.is_empty() {
            out.fill(0.0);
            return;
        }
        let outs = out.chunks_mut(BLOCK * 2 * self.outputs);
        for (starts, out) in starts.chunks(BLOCK).zip(outs) {
            let room = &mut room[..starts.len() * 4 * self.width];
            differences(self.isa, x, starts, room);
            self.block(starts.len(), room, out);
        }
    }

    /// The products of a few pairs.
    fn block(&self, pairs: usize, room: &[f32], out: &mut [f32]) {
        assert_eq!(room.len(), pairs * 4 * self.width);
        assert_eq!(out.len(), pairs * 2 * self.outputs);
        let packed = self.packed.as_ptr().cast::<f32>();
        for panel in &self.panels {
            let tiles = PairTiles {
                pairs,
                rows: room.as_ptr(),
                width: self.width,
                // SAFETY: the panel's numbers lie inside `packed`, from `start` on.
                weights: unsafe { packed.add(panel.start) },
                out: out[panel.first..].as_mut_ptr(),
                count: panel.count,
                stride: self.outputs,
            };
            // SAFETY: `room` holds four rows of `width` numbers for each pair; the panel `4 * width` times `vectors`
            // vectors; `out` two rows of `stride` numbers for each pair, of which `count` are the panel's; and a value of
            // `Isa` says that the processor has the instructions.
            unsafe {
                match self.isa.kind() {
                    #[cfg(target_arch = "x86_64")]
                    Kind::Avx512 => kernel::avx512_pairs(&tiles, panel.vectors),
                    #[cfg(target_arch = "x86_64")]
                    Kind::Avx2 => kernel::avx2_pairs(&tiles, panel.vectors),
                    Kind::Portable => kernel::portable_pairs(&tiles, panel.vectors),
                }
            }
        }
    }
}

per_isa! {
    /// Of the four rows of each pair: `b + c`, `c - b`, `a - c`, `d - b`.
    fn differences(x: &[f32], starts: &[usize], out: &mut [f32]) {
        let four = out.len() / starts.len().max(1);
        for (&start, out) in starts.iter().zip(out.chunks_exact_mut(four.max(1))) {
            let x = &x[start..start + four];
            let (a, x) = x.split_at(four / 4);
            let (b, x) = x.split_at(four / 4);
            let (c, d) = x.split_at(four / 4);
            let (p, out) = out.split_at_mut(four / 4);
            let (q, out) = out.split_at_mut(four / 4);
            let (first, second) = out.split_at_mut(four / 4);
            for i in 0..four / 4 {
                p[i] = b[i] + c[i];
                q[i] = c[i] - b[i];
                first[i] = a[i] - c[i];
                second[i] = d[i] - b[i];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{exact, numbers};
    use super::*;

    #[test]
    fn a_pair_of_rows_is_what_three_products_each_give_with_every_kind_of_instructions() {
        for isa in Isa::all() {
            for (outputs, width) in [
                (0, 3),
                (1, 1),
                (5, 7),
                (16, 8),
                (48, 20),
                (65, 33),
                (288, 96),
            ] {
                let w = numbers(outputs * 3 * width, 1);
                for pairs in [0, 1, 2, 3, 7, 40] {
                    let x = numbers((2 * pairs + 2) * width, 2);
                    let starts: Vec<usize> = (0..pairs).map(|pair| 2 * pair * width).collect();
                    let weights = Pairs::for_isa(isa, outputs, width, &w);
                    let mut room = vec![f32::NAN; weights.room(pairs)];
                    let mut out = vec![f32::NAN; 2 * pairs * outputs];
                    weights.apply(&x, &starts, &mut room, &mut out);
                    let windows: Vec<f32> = (0..2 * pairs)
                        .flat_map(|row| &x[row * width..][..3 * width])
                        .copied()
                        .collect();
                    let exact = exact(&windows, &w, 2 * pairs, 3 * width, outputs);
                    for (y, exact) in out.iter().zip(exact) {
                        let error = (f64::from(*y) - exact).abs();
                        assert!(
                            error < 2e-5,
                            "{isa:?} {pairs} {width} {outputs}: {y} is not {exact}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_pair_is_the_same_to_the_bit_alone_and_among_others_and_its_rows_read_nothing_else() {
        for isa in Isa::all() {
            let (outputs, width, pairs) = (70, 50, 77);
            let weights = Pairs::for_isa(isa, outputs, width, &numbers(outputs * 3 * width, 4));
            let x = numbers((2 * pairs + 2) * width, 3);
            let starts: Vec<usize> = (0..pairs).map(|pair| 2 * pair * width).collect();
            let mut room = vec![0.0; weights.room(pairs)];
            let mut all = vec![0.0; 2 * pairs * outputs];
            weights.apply(&x, &starts, &mut room, &mut all);
            for (pair, all) in all.chunks_exact(2 * outputs).enumerate() {
                let mut rows = x[2 * pair * width..][..4 * width].to_vec();
                let mut one = vec![0.0; 2 * outputs];
                weights.apply(&rows, &[0], &mut room, &mut one);
                assert_eq!(one, all, "{isa:?}");
                rows[..width].fill(f32::NAN);
                weights.apply(&rows, &[0], &mut room, &mut one);
                assert_eq!(one[outputs..], all[outputs..], "{isa:?}");
                rows[..width].copy_from_slice(&x[2 * pair * width..][..width]);
                rows[3 * width..].fill(f32::NAN);
                weights.apply(&rows, &[0], &mut room, &mut one);
                assert_eq!(one[..outputs], all[..outputs], "{isa:?}");
            }
        }
    }
}
