//! Which output of a linear map is the largest, mostly without working out the others: with AVX-512's products of bytes.
//!
//! Inputs and weights are rounded to bytes, which are multiplied four times as fast as numbers. How far a product of what
//! is rounded can be from that of the numbers is known: by Cauchy and Schwarz, `|x·w - x'·w'|` is at most
//! `|x - x'| |w| + |x'| |w - w'|`. So most outputs are shown to be below the largest, and few are left, often one, to be
//! worked out exactly as [`Weights`](super::Weights) does it. What comes out is always the same as from all outputs.

use std::arch::x86_64::*;

use super::bytes::{Bytes, LANES, multiply};
use super::{Panel, Weights, panels};
use crate::frozen::frozen;
use crate::nn::isa::{Isa, Kind};
use crate::sizes::product;

/// Rows that are multiplied together.
const BLOCK: usize = 64;
/// The rounded weights of a linear map, and how far they are from the weights. There are values only where the processor
/// has AVX-512 with its products of bytes.
#[derive(Debug, Clone)]
pub struct Coarse {
    inputs: usize,
    outputs: usize,
    /// Inputs by fours.
    fours: usize,
    panels: Vec<Panel>,
    packed: Vec<Bytes>,
    /// Of each output, filled up to whole vectors: 128 times the sum of its bytes, since those of the inputs lie 128 higher.
    lifted: Vec<u32>,
    /// What a byte of its weights stands for.
    scale: Vec<f32>,
    /// The length of its weights, and of what was rounded away of them.
    length: Vec<f32>,
    away: Vec<f32>,
    /// What is added to it (to those that fill up, minus infinity), and how much of that can be rounded away.
    bias: Vec<f32>,
    bias_rounding: Vec<f32>,
    /// The share of a length that the rounding of sums can come to.
    rounding: f32,
}

frozen!(Coarse {
    inputs,
    outputs,
    fours,
    panels,
    packed,
    lifted,
    scale,
    length,
    away,
    bias,
    bias_rounding,
    rounding
});

/// A rounded row of inputs.
#[derive(Clone, Copy, Default)]
struct Row {
    /// What a byte stands for.
    scale: f32,
    /// The length of the row, of what it was rounded to, and of what was rounded away.
    length: f32,
    rounded: f32,
    away: f32,
}

/// Room for what is in between, used again from block to block.
#[derive(Default)]
pub struct Room {
    bytes: Vec<u8>,
    sums: Vec<i32>,
    highest: Vec<f32>,
}

impl Coarse {
    /// The weights of a map from `inputs` to `outputs`, a row an output, and its bias; `None` where the processor has no products of
    /// bytes, or there are weights that cannot be rounded.
    pub fn new(outputs: usize, inputs: usize, data: &[f32], bias: &[f32]) -> Option<Coarse> {
        let has = matches!(Isa::detect().kind(), Kind::Avx512)
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vnni");
        // Of more inputs, the lengths would be known less well than is reckoned with.
        if !has
            || inputs == 0
            || inputs > 1 << 12
            || !data.iter().chain(bias).all(|w| w.is_finite())
        {
            return None;
        }
        let fours = inputs.div_ceil(4);
        let (panels, words) = panels(outputs, fours, LANES, 3);
        let whole = outputs.next_multiple_of(LANES);
        let mut coarse = Coarse {
            inputs,
            outputs,
            fours,
            panels,
            packed: vec![Bytes([0; LANES]); words / LANES],
            lifted: vec![0; whole],
            scale: vec![0.0; whole],
            length: vec![0.0; whole],
            away: vec![0.0; whole],
            bias: vec![f32::NEG_INFINITY; whole],
            bias_rounding: vec![0.0; whole],
            rounding: (inputs + 16) as f32 * f32::EPSILON,
        };
        for (output, row) in data.chunks_exact(inputs).enumerate() {
            let mut bytes = vec![0; 4 * fours];
            // SAFETY: the processor has the instructions.
            let rounded = unsafe { round(row, 0, &mut bytes) };
            let sum: i32 = bytes.iter().map(|&byte| i32::from(byte as i8)).sum();
            coarse.lifted[output] = (128 * sum) as u32;
            coarse.scale[output] = rounded.scale;
            coarse.length[output] = rounded.length;
            coarse.away[output] = rounded.away;
            coarse.bias[output] = bias[output];
            coarse.bias_rounding[output] = 1.001 * coarse.rounding * bias[output].abs();
            coarse.put(output, &bytes);
        }
        Some(coarse)
    }

    /// Puts the bytes of an output's weights where the kernel reads them.
    fn put(&mut self, output: usize, bytes: &[u8]) {
        let found = self
            .panels
            .iter()
            .find(|panel| output < panel.first + panel.count);
        let Some(panel) = found else { return };
        let (vector, lane) = (
            (output - panel.first) / LANES,
            (output - panel.first) % LANES,
        );
        for (four, bytes) in bytes.as_chunks::<4>().0.iter().enumerate() {
            let line = panel.start / LANES + four * panel.vectors + vector;
            self.packed[line].0[lane] = u32::from_le_bytes(*bytes);
        }
    }

    /// Gives `best` the place of the largest output for each of `n` rows of `x`, of equals the first. `weights` are
    /// those of the map itself, which are asked where rounded ones do not tell. `None` for a row with numbers that are none.
    ///
    /// # Panics
    /// If `x` does not hold so many rows, or the map has other sizes.
    pub fn best(
        &self,
        weights: &Weights,
        x: &[f32],
        n: usize,
        room: &mut Room,
        mut best: impl FnMut(usize, Option<usize>),
    ) {
        assert_eq!(x.len(), product(&[n, self.inputs]));
        assert_eq!(
            (weights.outputs(), weights.inputs()),
            (self.outputs, self.inputs)
        );
        let whole = self.scale.len();
        let width = 4 * self.fours;
        let mut rows = [Row::default(); BLOCK];
        for (block, x) in x.chunks(BLOCK * self.inputs).enumerate() {
            let n = x.len() / self.inputs;
            room.bytes.resize(n * width, 0);
            room.sums.resize(n * whole, 0);
            room.highest.resize(whole, 0.0);
            let bytes = room.bytes.chunks_exact_mut(width);
            for ((x, bytes), row) in x.chunks_exact(self.inputs).zip(bytes).zip(&mut rows) {
                // SAFETY: there are values of this type only where the processor has the instructions.
                *row = unsafe { round(x, 128, bytes) };
            }
            self.multiply(&room.bytes, n, &mut room.sums);
            let sums = room.sums.chunks_exact(whole);
            for (i, ((x, row), sums)) in
                x.chunks_exact(self.inputs).zip(&rows).zip(sums).enumerate()
            {
                // SAFETY: as above; `whole` numbers each.
                let found = unsafe { self.largest(weights, x, row, sums, &mut room.highest) };
                best(block * BLOCK + i, found);
            }
        }
    }

    /// The products of `n` rows of bytes.
    fn multiply(&self, bytes: &[u8], n: usize, sums: &mut [i32]) {
        let whole = self.scale.len();
        assert_eq!(bytes.len(), n * 4 * self.fours);
        assert_eq!(sums.len(), n * whole);
        for panel in &self.panels {
            let weights = self.packed[panel.start / LANES..].as_ptr();
            assert!(panel.start / LANES + self.fours * panel.vectors <= self.packed.len());
            let sums = sums[panel.first..].as_mut_ptr();
            let shape = (n, self.fours, whole);
            // SAFETY: there are `n` rows of `fours` times four bytes, as many times `vectors` lines of weights, and rows of
            // `whole` sums, which hold the panel's vectors; there are values of this type only where the processor has
            // the instructions.
            unsafe {
                match panel.vectors {
                    1 => multiply::<1>(bytes.as_ptr(), weights, sums, shape),
                    2 => multiply::<2>(bytes.as_ptr(), weights, sums, shape),
                    _ => multiply::<3>(bytes.as_ptr(), weights, sums, shape),
                }
            }
        }
    }

    /// The place of the largest output of a row.
    ///
    /// # Safety
    /// `sums` and `highest` must have a number for each output, filled up to whole vectors.
    #[target_feature(enable = "avx512f")]
    unsafe fn largest(
        &self,
        weights: &Weights,
        x: &[f32],
        row: &Row,
        sums: &[i32],
        highest: &mut [f32],
    ) -> Option<usize> {
        if !row.length.is_finite() {
            return None;
        }
        // How far an output can be from what the bytes say, of lengths: and a little more, for the rounding of all this.
        let of_length = _mm512_set1_ps(1.001 * (row.away + self.rounding * row.length));
        let of_away = _mm512_set1_ps(1.001 * row.rounded);
        let row_scale = _mm512_set1_ps(row.scale);
        let mut floor = _mm512_set1_ps(f32::NEG_INFINITY);
        for at in (0..self.scale.len()).step_by(LANES) {
            // SAFETY: all of these are filled up to whole vectors.
            unsafe {
                let lifted = _mm512_loadu_si512(self.lifted.as_ptr().add(at).cast());
                let sum =
                    _mm512_sub_epi32(_mm512_loadu_si512(sums.as_ptr().add(at).cast()), lifted);
                let of = |values: &[f32]| _mm512_loadu_ps(values.as_ptr().add(at));
                let scale = _mm512_mul_ps(row_scale, of(&self.scale));
                let middle = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), scale, of(&self.bias));
                let apart = _mm512_fmadd_ps(of_away, of(&self.away), of(&self.bias_rounding));
                let apart = _mm512_fmadd_ps(of_length, of(&self.length), apart);
                floor = _mm512_max_ps(floor, _mm512_sub_ps(middle, apart));
                _mm512_storeu_ps(highest.as_mut_ptr().add(at), _mm512_add_ps(middle, apart));
            }
        }
        let floor = _mm512_set1_ps(_mm512_reduce_max_ps(floor));
        // The first that is left, and the best so far where there are more.
        let (mut first, mut best) = (None, None);
        for at in (0..self.scale.len()).step_by(LANES) {
            // SAFETY: as above.
            let high = unsafe { _mm512_loadu_ps(highest.as_ptr().add(at)) };
            let mut left = _mm512_cmp_ps_mask::<_CMP_GE_OQ>(high, floor);
            while left != 0 {
                let output = at + left.trailing_zeros() as usize;
                left &= left - 1;
                let Some(first) = first else {
                    first = Some(output);
                    continue;
                };
                let (_, highest) =
                    *best.get_or_insert_with(|| (first, self.exact(weights, x, first)));
                let score = self.exact(weights, x, output);
                if score > highest {
                    best = Some((output, score));
                }
            }
        }
        best.map(|(output, _)| output).or(first)
    }

    /// An output as [`Weights::apply`] and the bias give it with AVX-512: one sum in the order of the inputs.
    fn exact(&self, weights: &Weights, x: &[f32], output: usize) -> f32 {
        // SAFETY: there are values of this type only where the processor has the instructions.
        unsafe { sum_of_products(x, weights.of_output(output)) + self.bias[output] }
    }
}

#[target_feature(enable = "avx512f")]
fn sum_of_products(x: &[f32], weights: impl Iterator<Item = f32>) -> f32 {
    let mut sum = 0.0;
    for (x, w) in x.iter().zip(weights) {
        sum = x.mul_add(w, sum);
    }
    sum
}

/// Rounds a row to bytes, each `lift` higher than it is, and zeros after them.
#[target_feature(enable = "avx512f")]
fn round(row: &[f32], lift: i32, bytes: &mut [u8]) -> Row {
    assert!(bytes.len() >= row.len());
    let chunk = |at: usize| {
        let mask = match row.len() - at {
            left @ ..LANES => (1 << left) - 1,
            _ => u16::MAX,
        };
        // SAFETY: what is masked out is not read.
        (mask, unsafe {
            _mm512_maskz_loadu_ps(mask, row.as_ptr().add(at))
        })
    };
    let mut largest = _mm512_setzero_ps();
    for at in (0..row.len()).step_by(LANES) {
        largest = _mm512_max_ps(largest, _mm512_abs_ps(chunk(at).1));
    }
    let scale = _mm512_reduce_max_ps(largest) / 127.0;
    // Numbers so small that they cannot be divided by are all rounded away.
    let small = scale <= f32::MIN_POSITIVE;
    let (scale, factor) = if small {
        (0.0, 0.0)
    } else {
        (scale, 1.0 / scale)
    };
    let (wide, factor) = (_mm512_set1_ps(scale), _mm512_set1_ps(factor));
    let mut squares = [_mm512_setzero_ps(); 3];
    let mut odd = 0;
    for at in (0..row.len()).step_by(LANES) {
        let (mask, x) = chunk(at);
        // Of numbers that are none, every difference from themselves is none.
        odd |= _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(_mm512_sub_ps(x, x), x);
        let nearest = _mm512_cvtps_epi32(_mm512_mul_ps(x, factor));
        let byte = _mm512_add_epi32(nearest, _mm512_set1_epi32(lift));
        // SAFETY: there are at least as many bytes as numbers, and what is masked out is not written.
        unsafe { _mm512_mask_cvtepi32_storeu_epi8(bytes.as_mut_ptr().add(at).cast(), mask, byte) };
        let rounded = _mm512_mul_ps(_mm512_cvtepi32_ps(nearest), wide);
        let away = _mm512_sub_ps(x, rounded);
        for (squares, x) in squares.iter_mut().zip([x, rounded, away]) {
            *squares = _mm512_fmadd_ps(x, x, *squares);
        }
    }
    bytes[row.len()..].fill(lift as u8);
    // Squares that vanish stand for lengths of less than this.
    let length = |squares| _mm512_reduce_add_ps(squares).sqrt() + 1e-18;
    Row {
        scale,
        length: if odd == 0 {
            length(squares[0])
        } else {
            f32::NAN
        },
        rounded: length(squares[1]),
        away: length(squares[2]),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::numbers;
    use super::*;
    use crate::nn::first_of_largest;

    /// The best of each row from all outputs, and as it is found.
    fn both_ways(
        outputs: usize,
        inputs: usize,
        w: &[f32],
        bias: &[f32],
        x: &[f32],
    ) -> Option<[Vec<usize>; 2]> {
        let n = x.len() / inputs;
        let coarse = Coarse::new(outputs, inputs, w, bias)?;
        let weights = Weights::new(outputs, inputs, w.to_vec());
        let mut scores = vec![0.0; n * outputs];
        weights.apply(x, n, &mut scores);
        let rows = scores.chunks_exact_mut(outputs);
        let all = rows.map(|row| {
            row.iter_mut().zip(bias).for_each(|(y, b)| *y += b);
            first_of_largest(row)
        });
        let all = all.collect();
        let mut found = Vec::new();
        coarse.best(&weights, x, n, &mut Room::default(), |row, best| {
            assert_eq!(row, found.len());
            found.push(best.expect("all numbers are numbers"));
        });
        Some([all, found])
    }

    #[test]
    fn the_largest_output_is_found_whatever_the_shape() {
        for (outputs, inputs) in [
            (1, 1),
            (5, 3),
            (16, 4),
            (49, 96),
            (321, 96),
            (531, 95),
            (40, 300),
        ] {
            let (w, bias) = (numbers(outputs * inputs, 1), numbers(outputs, 2));
            let x = numbers(200 * inputs, 3);
            if let Some([all, found]) = both_ways(outputs, inputs, &w, &bias, &x) {
                assert_eq!(all, found, "{outputs} {inputs}");
            }
        }
    }

    #[test]
    fn near_ties_and_equals_are_decided_as_by_all_outputs() {
        let (outputs, inputs) = (70, 33);
        let mut w = numbers(outputs * inputs, 1);
        // Every third output is the first again, some with the least change that there is.
        for output in (3..outputs).step_by(3) {
            w.copy_within(0..inputs, output * inputs);
            if output % 2 == 0 {
                let at = output * inputs + output % inputs;
                w[at] = f32::from_bits(w[at].to_bits() + 1);
            }
        }
        let mut x = numbers(300 * inputs, 3);
        // Rows that the first output is the largest for, as large and as small as they come.
        for (i, row) in x.chunks_exact_mut(inputs).enumerate() {
            let size = [1.0, 1e-30, 1e18, 1e-42, 0.0][i % 5];
            row.iter_mut()
                .zip(&w)
                .for_each(|(x, w)| *x = size * (w + 0.1 * *x));
        }
        for bias in [vec![0.0; outputs], vec![0.25; outputs]] {
            if let Some([all, found]) = both_ways(outputs, inputs, &w, &bias, &x) {
                assert_eq!(all, found);
            }
        }
    }

    #[test]
    fn a_row_with_numbers_that_are_none_is_left_to_others() {
        let Some(coarse) = Coarse::new(4, 2, &numbers(8, 1), &[0.0; 4]) else {
            return;
        };
        let weights = Weights::new(4, 2, numbers(8, 1));
        for odd in [f32::NAN, f32::INFINITY] {
            let x = [odd, 1.0];
            coarse.best(&weights, &x, 1, &mut Room::default(), |_, best| {
                assert_eq!(best, None);
            });
        }
    }
}
