//! Vectors of the bytes of a word: `spacy.CharEmbed` (`spacy/ml/_character_embed.py`).

use crate::error::Error;
use crate::format::thinc_model::ThincModel;
use crate::frozen::frozen;
use crate::nn::gemm::Weights;
use crate::nn::source::ModelSource;
use crate::nn::tree::Tree;
use crate::sizes::product;

/// The bytes there can be in each place: those of UTF-8, and 255, which is none of them, for no byte.
const BYTES: usize = 256;

/// A table for each of some places in a word, which gives every byte that may be there a vector.
#[derive(Debug, Clone)]
pub(super) struct CharTables {
    places: usize,
    width: usize,
    /// The tables, one after the other.
    table: Vec<f32>,
}

frozen!(CharTables {
    places,
    width,
    table
});

impl CharTables {
    /// The trained tables of `places` places, in which vectors have `width` numbers.
    pub fn load(
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
        (places, width): (usize, usize),
    ) -> Result<Self, Error> {
        let table = tree.node(file).param_of_shape("E", &[places, BYTES, width]);
        Ok(CharTables {
            places,
            width,
            table: source.in_model(table)?,
        })
    }

    /// How many bytes of a word are read.
    pub fn places(&self) -> usize {
        self.places
    }

    /// The numbers of all vectors of a word, side by side.
    pub fn outputs(&self) -> usize {
        self.places * self.width
    }

    /// How many vectors there are.
    pub fn rows(&self) -> usize {
        self.places * BYTES
    }

    /// The vectors of a word, in the order of the places: `bytes` has eight bytes in a number, the first the lowest.
    #[inline(always)]
    pub fn rows_of(&self, bytes: &[u64]) -> impl Iterator<Item = &[f32]> {
        (0..self.places).map(|place| {
            let byte = (bytes[place / 8] >> (place % 8 * 8)) as u8;
            let row = place * BYTES + usize::from(byte);
            &self.table[row * self.width..][..self.width]
        })
    }

    /// The tables with their rows mapped, each table's by weights of its own, which must have as many outputs. The sum
    /// of a word's vectors is then what its vectors here, side by side, would be mapped to.
    pub fn projected(&self, weights: impl Fn(usize) -> Weights) -> CharTables {
        let mut table = Vec::new();
        let mut width = 0;
        let one = product(&[BYTES, self.width]);
        for (place, rows) in self.table.chunks(one.max(1)).enumerate() {
            let weights = weights(place);
            width = weights.outputs();
            let start = table.len();
            table.resize(start + product(&[BYTES, width]), 0.0);
            weights.apply(rows, BYTES, &mut table[start..]);
        }
        CharTables {
            places: self.places,
            width,
            table,
        }
    }
}
