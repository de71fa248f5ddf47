//! Embedding tables in which a key finds its rows by hashing (`thinc/layers/hashembed.py`).

use super::gemm::Weights;
use super::hash::murmur3_128;
use super::source::ModelSource;
use super::tree::Tree;
use crate::error::{Error, FormatError};
use crate::format::array::Floats;
use crate::format::thinc_model::ThincModel;
use crate::frozen::frozen;
use crate::sizes::product;

/// A table of `rows` vectors of `width` numbers. A key's vector is the sum of four rows.
#[derive(Debug, Clone)]
pub(super) struct HashEmbed {
    seed: u32,
    rows: u32,
    width: usize,
    table: Vec<f32>,
}

frozen!(HashEmbed {
    seed,
    rows,
    width,
    table
});

/// A table as its file has it: `rows` vectors of `width` numbers.
pub(super) struct Trained<'f> {
    seed: u32,
    rows: u32,
    width: usize,
    numbers: Floats<'f>,
}

/// Rows that are mapped at a time.
const BLOCK: usize = 64;

impl<'f> Trained<'f> {
    /// The layer with a column to pick, as it stands in a tree: a chain of `ints-getitem` and `hashembed`.
    pub fn tree() -> Tree {
        Tree::of(vec![Tree::leaf("ints-getitem"), Tree::leaf("hashembed")])
    }

    /// The trained table; `seed` is the architecture's, which the file may override.
    pub fn load(
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel<'f>,
        (rows, width, seed): (u32, usize, u32),
    ) -> Result<Self, Error> {
        let node = tree.child(1).node(file);
        let read = || {
            let seed = match node.attr("seed")? {
                None => seed,
                Some(value) => value
                    .as_u64()
                    .and_then(|seed| u32::try_from(seed).ok())
                    .ok_or_else(|| {
                        FormatError::new(format!(
                            "{}: the seed is {}, not a number of 32 bits",
                            node.label(),
                            value.kind()
                        ))
                    })?,
            };
            Ok(Trained {
                seed,
                rows,
                width,
                numbers: node.floats_of_shape("E", &[rows as usize, width])?,
            })
        };
        source.in_model(read())
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows as usize
    }

    /// The table as it is.
    pub fn whole(&self) -> HashEmbed {
        HashEmbed {
            seed: self.seed,
            rows: self.rows,
            width: self.width,
            table: self.numbers.to_vec(),
        }
    }

    /// The table with its rows mapped by `weights`: since that is linear, a key's vector is then what its vector here
    /// would be mapped to. The table itself is never made.
    pub fn projected(&self, weights: &Weights) -> HashEmbed {
        let (rows, outputs) = (self.rows(), weights.outputs());
        let mut table = vec![0.0; product(&[rows, outputs])];
        let mut block = vec![0.0; product(&[rows.min(BLOCK), self.width])];
        let outs = table.chunks_mut(BLOCK.saturating_mul(outputs).max(1));
        for (first, out) in (0..rows).step_by(BLOCK).zip(outs) {
            let count = BLOCK.min(rows - first);
            let block = &mut block[..count * self.width];
            self.numbers.copy_to(first * self.width, block);
            weights.apply(block, count, out);
        }
        HashEmbed {
            seed: self.seed,
            rows: self.rows,
            width: outputs,
            table,
        }
    }
}

impl HashEmbed {
    /// The four rows that the vector of `key` is the sum of.
    #[inline(always)]
    pub fn rows_of(&self, key: u64) -> [&[f32]; 4] {
        murmur3_128(key, self.seed).map(|hash| {
            let row = (hash % self.rows) as usize;
            &self.table[row * self.width..][..self.width]
        })
    }
}
