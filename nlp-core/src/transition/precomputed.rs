//! What each token adds to the lower layer in each feature's place (`ml/_precomputable_affine.py`), worked out once
//! for all steps.

use crate::limits::{Clock, OutOfTime};
use crate::nn::TransitionModel;
use crate::sizes::product;

/// Tokens that go through the linear layer before the clock is looked at.
const ROWS_A_LOOK: usize = 4096;

/// Tokens that are worked out together.
const BLOCK: usize = 64;

/// Blocks that are held at once. A batch of many documents fits; of a longer document, blocks that steps went past
/// give way to new ones, so that it does not take 4 KiB of memory a token, which is what spaCy's default parser has.
const SLOTS: usize = 32;

/// How many tokens are held at once.
pub(super) const HELD_TOKENS: usize = BLOCK * SLOTS;

/// The block is in no slot, or the slot holds no block.
const NONE: u32 = u32::MAX;

/// The shares of the tokens of a batch, and of the padding that stands for a token that is not there.
#[derive(Debug)]
pub(super) struct Precomputed<'a> {
    model: &'a TransitionModel,
    /// (tokens, inputs of the lower layer).
    vectors: Vec<f32>,
    /// (slots, BLOCK, features, hiddens, pieces).
    rows: Vec<f32>,
    /// The slot of each block.
    slots: Vec<u32>,
    /// The block in each slot.
    blocks: Vec<u32>,
    /// The slot that was filled longest ago.
    oldest: usize,
    /// Numbers in the share of one token in one place: hiddens times pieces.
    width: usize,
    /// Numbers in all the shares of one token.
    stride: usize,
}

impl<'a> Precomputed<'a> {
    /// From `n` token vectors, one after the other in `tokvecs`.
    ///
    /// # Errors
    /// If the clock runs out.
    pub(super) fn new(
        model: &'a TransitionModel,
        tokvecs: &[f32],
        n: usize,
        clock: Clock,
    ) -> Result<Self, OutOfTime> {
        let TransitionModel { linear, lower, .. } = model;
        let mut vectors = vec![0.0; product(&[n, linear.outputs()])];
        let (from, to) = (linear.inputs().max(1), linear.outputs().max(1));
        let blocks = tokvecs.chunks(ROWS_A_LOOK * from);
        for (x, out) in blocks.zip(vectors.chunks_mut(ROWS_A_LOOK * to)) {
            clock.check()?;
            linear.apply_into(x, out.len() / to, out);
        }
        let stride = lower.padding.len();
        let held = n.min(HELD_TOKENS);
        let mut rows = vec![0.0; product(&[held, stride])];
        let fits = held == n;
        if fits {
            lower.weights.apply(&vectors, n, &mut rows);
        }
        let numbers = |count: usize| 0..count as u32;
        let (count, slots) = (n.div_ceil(BLOCK), held.div_ceil(BLOCK));
        Ok(Precomputed {
            model,
            vectors,
            rows,
            slots: if fits {
                numbers(count).collect()
            } else {
                vec![NONE; count]
            },
            blocks: if fits {
                numbers(slots).collect()
            } else {
                vec![NONE; slots]
            },
            oldest: 0,
            width: product(&[lower.outputs(), lower.pieces()]),
            stride,
        })
    }

    /// Writes to `sum` what the tokens `ids` (negative: none) add, each in its place, added up in order as spaCy does.
    pub(super) fn sum(&mut self, ids: &[i32], sum: &mut [f32]) {
        for &id in ids {
            if let Ok(id) = usize::try_from(id)
                && self.slots[id / BLOCK] == NONE
            {
                self.fetch(id / BLOCK, ids);
            }
        }
        sum.copy_from_slice(self.share(ids[0], 0));
        for (feature, &id) in ids.iter().enumerate().skip(1) {
            for (sum, x) in sum.iter_mut().zip(self.share(id, feature)) {
                *sum += x;
            }
        }
    }

    /// What token `id`, which is held, adds in the place of `feature`.
    fn share(&self, id: i32, feature: usize) -> &[f32] {
        let shares = match usize::try_from(id) {
            Ok(id) => {
                let row = self.slots[id / BLOCK] as usize * BLOCK + id % BLOCK;
                &self.rows[row * self.stride..(row + 1) * self.stride]
            }
            Err(_) => &self.model.lower.padding,
        };
        &shares[feature * self.width..(feature + 1) * self.width]
    }

    /// Works out a block, in place of the oldest that has none of the tokens `needed`. There are more slots than
    /// tokens that can be needed at once.
    fn fetch(&mut self, block: usize, needed: &[i32]) {
        let is_needed = |block: u32| {
            needed
                .iter()
                .any(|&id| id >= 0 && id as u32 / BLOCK as u32 == block)
        };
        while is_needed(self.blocks[self.oldest]) {
            self.oldest = (self.oldest + 1) % self.blocks.len();
        }
        let slot = self.oldest;
        self.oldest = (slot + 1) % self.blocks.len();
        let given_up = std::mem::replace(&mut self.blocks[slot], block as u32);
        if given_up != NONE {
            self.slots[given_up as usize] = NONE;
        }
        self.slots[block] = slot as u32;
        let inputs = self.model.lower.inputs();
        let vectors = &self.vectors[block * BLOCK * inputs..];
        let vectors = &vectors[..vectors.len().min(BLOCK * inputs)];
        let n = vectors.len() / inputs;
        let rows = &mut self.rows[slot * BLOCK * self.stride..][..n * self.stride];
        self.model.lower.weights.apply(vectors, n, rows);
    }
}
