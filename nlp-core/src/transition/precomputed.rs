//! What each token adds to the lower layer in each feature's place (`ml/_precomputable_affine.py`), worked out once
//! for all steps.

use std::ops::Range;

use crate::limits::{Budget, OutOfTime};
use crate::nn::{TokenRows, TransitionModel};
use crate::sizes::product;

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
pub(super) struct Precomputed<'a> {
    model: &'a TransitionModel,
    /// The vectors of all tokens, and which of them are the batch's.
    tokvecs: &'a mut dyn TokenRows,
    tokens: Range<usize>,
    budget: Budget,
    /// (tokens of a block, inputs of the lower layer).
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
    /// From the vectors of `tokens`.
    ///
    /// # Errors
    /// If the time is up.
    pub(super) fn new(
        model: &'a TransitionModel,
        tokvecs: &'a mut dyn TokenRows,
        tokens: Range<usize>,
        budget: Budget,
    ) -> Result<Self, OutOfTime> {
        budget.check()?;
        let lower = &model.lower;
        let (n, stride) = (tokens.len(), lower.padding.len());
        let held = n.min(HELD_TOKENS);
        let together = if held == n { n } else { BLOCK };
        let (count, slots) = (n.div_ceil(BLOCK), held.div_ceil(BLOCK));
        let mut precomputed = Precomputed {
            model,
            tokvecs,
            tokens,
            budget,
            vectors: vec![0.0; product(&[together, model.linear.outputs()])],
            rows: vec![0.0; product(&[held, stride])],
            slots: vec![NONE; count],
            blocks: vec![NONE; slots],
            oldest: 0,
            width: product(&[lower.outputs(), lower.pieces()]),
            stride,
        };
        if held == n {
            // All at once: it is faster, and none has to give way.
            precomputed.work_out(0..n, 0)?;
            let numbers = 0..count as u32;
            precomputed.slots = numbers.clone().collect();
            precomputed.blocks = numbers.collect();
        }
        Ok(precomputed)
    }

    /// Writes to `sum` what the tokens `ids` (negative: none) add, each in its place, added up in order as spaCy does.
    pub(super) fn sum(&mut self, ids: &[i32], sum: &mut [f32]) -> Result<(), OutOfTime> {
        for &id in ids {
            if let Ok(id) = usize::try_from(id)
                && self.slots[id / BLOCK] == NONE
            {
                self.fetch(id / BLOCK, ids)?;
            }
        }
        sum.copy_from_slice(self.share(ids[0], 0));
        for (feature, &id) in ids.iter().enumerate().skip(1) {
            self.model.lower.add(self.share(id, feature), sum);
        }
        Ok(())
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
    fn fetch(&mut self, block: usize, needed: &[i32]) -> Result<(), OutOfTime> {
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
        let first = block * BLOCK;
        let end = self.tokens.len().min(first + BLOCK);
        self.work_out(first..end, slot * BLOCK)
    }

    /// Works out the shares of the tokens `range` of the batch, into the rows from `row` on.
    fn work_out(&mut self, range: Range<usize>, row: usize) -> Result<(), OutOfTime> {
        let TransitionModel { linear, lower, .. } = self.model;
        let (start, n) = (self.tokens.start, range.len());
        let range = start + range.start..start + range.end;
        let vectors = &mut self.vectors[..n * linear.outputs()];
        linear.apply_into(self.tokvecs.rows(range, self.budget)?, n, vectors);
        let rows = &mut self.rows[row * self.stride..][..n * self.stride];
        lower.weights.apply(vectors, n, rows);
        Ok(())
    }
}
