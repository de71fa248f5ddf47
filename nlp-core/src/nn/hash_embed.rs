//! Embedding tables in which a key finds its rows by hashing (`thinc/layers/hashembed.py`).

use super::hash::murmur3_128;
use super::source::ModelSource;
use super::tree::Tree;
use crate::error::{Error, FormatError};
use crate::format::thinc_model::ThincModel;

/// A table of `rows` vectors of `width` numbers. A key's vector is the sum of four rows.
#[derive(Debug, Clone)]
pub(super) struct HashEmbed {
    seed: u32,
    rows: u32,
    width: usize,
    table: Vec<f32>,
}

impl HashEmbed {
    /// The layer with a column to pick, as it stands in a tree: a chain of `ints-getitem` and `hashembed`.
    pub fn tree() -> Tree {
        Tree::of(vec![Tree::leaf("ints-getitem"), Tree::leaf("hashembed")])
    }

    /// The trained table; `seed` is the architecture's, which the file may override.
    pub fn load(
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
        (rows, width, seed): (usize, usize, u32),
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
            let table = node.param_of_shape("E", &[rows, width])?;
            let rows = u32::try_from(rows)
                .ok()
                .filter(|&rows| rows > 0)
                .ok_or_else(|| {
                    FormatError::new(format!("{}: a table of {rows} rows", node.label()))
                })?;
            Ok(HashEmbed {
                seed,
                rows,
                width,
                table,
            })
        };
        source.in_model(read())
    }

    /// The places of the four rows that a key's vector is the sum of.
    pub fn rows_of(&self, key: u64) -> [usize; 4] {
        murmur3_128(key, self.seed).map(|hash| (hash % self.rows) as usize)
    }

    /// Row `i` of the table.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.table[i * self.width..(i + 1) * self.width]
    }

    /// Writes the vector of `key` to `out`, which has the table's width.
    pub fn embed(&self, key: u64, out: &mut [f32]) {
        let [a, b, c, d] = self.rows_of(key).map(|i| self.row(i));
        for (i, out) in out.iter_mut().enumerate() {
            *out = a[i] + b[i] + c[i] + d[i];
        }
    }
}
