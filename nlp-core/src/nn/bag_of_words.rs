//! Scores of documents from the words and runs of words that are in them, wherever they stand: `spacy.TextCatBOW`
//! (`spacy/ml/models/textcat.py`, `spacy/ml/extract_ngrams.py`, `thinc/layers/sparselinear.pyx`).

use super::hash::murmur3_32;
use super::layer::LayerPlan;
use super::source::{Block, ModelSource};
use super::tree::Tree;
use crate::attr::Attr;
use crate::error::{Error, FormatError};
use crate::format::thinc_model::{Node, ThincModel};
use crate::frozen::frozen;
use crate::hash::murmur64a;
use crate::limits::{Budget, OutOfTime};
use crate::sizes::checked_product;

/// Places of the table where the architecture does not say.
const LENGTH: usize = 1 << 18;
/// No table is believed to have more places.
const MAX_LENGTH: usize = 1 << 28;
/// No run of words is believed to be longer: all that end at a word are hashed.
const MAX_NGRAM: usize = 64;
/// Words or runs that are looked at before the clock is.
const KEYS_A_LOOK: usize = 4096;

/// What the configuration says.
pub(super) struct BagPlan {
    ngram_size: usize,
    length: usize,
    /// Whether the places of classes overlap in the table, as version 1 of the layer has it.
    overlaps: bool,
    resizable: bool,
    exclusive: bool,
    activates: bool,
}

/// A table in which a run of words finds two places, at each of which every class has a weight.
#[derive(Debug, Clone)]
pub(super) struct BagOfWords {
    ngram_size: usize,
    length: u32,
    overlaps: bool,
    /// The weights of all classes at a place, side by side. Where they overlap, the next place begins one further on.
    weights: Vec<f32>,
    bias: Vec<f32>,
}

frozen!(BagOfWords {
    ngram_size,
    length,
    overlaps,
    weights,
    bias
});

impl BagPlan {
    /// The plan of a block, if it is of this architecture.
    pub fn from_block(block: &Block) -> Result<Option<BagPlan>, Error> {
        let (resizable, length) = match block.name.as_str() {
            "spacy.TextCatBOW.v1" => (false, None),
            "spacy.TextCatBOW.v2" => (true, None),
            "spacy.TextCatBOW.v3" => (
                true,
                Some(match block.value("length") {
                    None => LENGTH,
                    Some(_) => block.number_up_to("length", 1, MAX_LENGTH)?,
                }),
            ),
            _ => return Ok(None),
        };
        Ok(Some(BagPlan {
            ngram_size: block.number_up_to("ngram_size", 0, MAX_NGRAM)?,
            length: length.map_or(LENGTH, usize::next_power_of_two),
            overlaps: length.is_none(),
            resizable,
            exclusive: block.required_flag("exclusive_classes")?,
            activates: !block.required_flag("no_output_layer")?,
        }))
    }

    /// The plan inside `spacy.TextCatEnsemble.v1`.
    pub fn of_ensemble_v1(block: &Block) -> Result<BagPlan, Error> {
        Ok(BagPlan {
            ngram_size: block.number_up_to("ngram_size", 0, MAX_NGRAM)?,
            length: LENGTH,
            overlaps: true,
            resizable: false,
            exclusive: block.required_flag("exclusive_classes")?,
            activates: true,
        })
    }

    /// Whether a document belongs to one class alone.
    pub fn exclusive(&self) -> bool {
        self.exclusive
    }

    /// What follows the sums, if anything does.
    pub fn activation(&self) -> LayerPlan {
        match (self.activates, self.exclusive) {
            (false, _) => LayerPlan::Noop,
            (true, true) => LayerPlan::SOFTMAX_ACTIVATION,
            (true, false) => LayerPlan::LOGISTIC,
        }
    }

    /// The layers.
    pub fn tree(&self) -> Tree {
        let table = Tree::leaf("sparse_linear");
        let table = match self.resizable {
            true => Tree::of(vec![table]),
            false => table,
        };
        let sums = Tree::of(vec![Tree::chain(vec![Tree::leaf("extract_ngrams"), table])]);
        match self.activates {
            true => Tree::chain(vec![sums, Tree::of(vec![self.activation().tree()])]),
            false => sums,
        }
    }

    /// The trained table.
    pub fn load(
        &self,
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
    ) -> Result<BagOfWords, Error> {
        let sums = match self.activates {
            true => tree.child(0),
            false => tree,
        };
        let [ngrams, table] = sums.child(0).chained();
        let table = match self.resizable {
            true => table.child(0),
            false => table,
        };
        source.in_model(self.read(ngrams.node(file), table.node(file)))
    }

    fn read(&self, ngrams: &Node, table: &Node) -> Result<BagOfWords, FormatError> {
        let odd = |node: &Node, name: &str, expected: &str| {
            let label = node.label();
            FormatError::new(format!("{label}: {name} is not {expected}"))
        };
        let ngram_size = match ngrams.attr("ngram_size")? {
            None => self.ngram_size,
            Some(value) => value
                .as_usize()
                .filter(|&size| size <= MAX_NGRAM)
                .ok_or_else(|| {
                    let expected = format!("a number up to {MAX_NGRAM}");
                    odd(ngrams, "ngram_size", &expected)
                })?,
        };
        if let Some(attr) = ngrams.attr("attr")?
            && attr.as_u64() != Some(Attr::Orth as u64)
        {
            return Err(odd(ngrams, "attr", "that of words as they are written"));
        }
        let overlaps = match table.attr("v1_indexing")? {
            None => self.overlaps,
            Some(value) => value
                .as_bool()
                .ok_or_else(|| odd(table, "v1_indexing", "true or false"))?,
        };
        let (shape, bias) = table.param("b")?;
        let &[classes] = &shape[..] else {
            return Err(odd(table, "b", "one number a class"));
        };
        let Some(size) = checked_product(&[classes, self.length]) else {
            return Err(odd(table, "b", "small enough"));
        };
        let all = table.param_of_shape("W", &[size])?;
        let weights = match overlaps {
            // Most of the table is out of reach.
            true => all
                .into_iter()
                .take(self.length + classes.saturating_sub(1))
                .collect(),
            false => {
                let places = 0..self.length;
                let at = |place| (0..classes).map(move |class| class * self.length + place);
                places.flat_map(at).map(|i| all[i]).collect()
            }
        };
        Ok(BagOfWords {
            ngram_size,
            length: self.length as u32,
            overlaps,
            weights,
            bias,
        })
    }
}

impl BagOfWords {
    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.bias.len()
    }

    /// Writes over `out` the sum of each class for the document whose words are `words`.
    pub fn sum(&self, words: &[u64], out: &mut [f32], budget: Budget) -> Result<(), OutOfTime> {
        out.copy_from_slice(&self.bias);
        let mut keys = words.to_vec();
        for size in 2..=self.ngram_size {
            for (i, run) in words.windows(size).enumerate() {
                if i % KEYS_A_LOOK == 0 {
                    budget.check()?;
                }
                keys.push(hash_run(run));
            }
        }
        // In this order thinc adds them up, each as often as it is there.
        keys.sort_unstable();
        for (i, same) in keys.chunk_by(|a, b| a == b).enumerate() {
            if i % KEYS_A_LOOK == 0 {
                budget.check()?;
            }
            let count = same.len() as f32;
            for seed in [0, 1] {
                let weights = self.weights_of(same[0], seed);
                for (sum, weight) in out.iter_mut().zip(weights) {
                    *sum += weight * count;
                }
            }
        }
        Ok(())
    }

    /// The weights of all classes at the place that a key finds with a seed.
    fn weights_of(&self, key: u64, seed: u32) -> &[f32] {
        let hash = murmur3_32(key, seed);
        // The length is a power of two, so that a remainder is a mask.
        let place = (hash & (self.length - 1)) as usize;
        let start = match self.overlaps {
            true => place,
            false => place * self.classes(),
        };
        &self.weights[start..][..self.classes()]
    }
}

/// The key of a run of words: what the bytes of their ids hash to.
fn hash_run(run: &[u64]) -> u64 {
    let mut bytes = [0; 8 * MAX_NGRAM];
    for (bytes, word) in bytes.chunks_exact_mut(8).zip(run) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    murmur64a(&bytes[..8 * run.len()], 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_words_have_the_keys_of_thinc() {
        // NumpyOps().ngrams(n, numpy.asarray([1, 2**63 + 5, 99], dtype="uint64"))
        let words = [1, (1 << 63) + 5, 99];
        assert_eq!(hash_run(&words[..2]), 11409888645773413326);
        assert_eq!(hash_run(&words[1..]), 2716761873088898962);
        assert_eq!(hash_run(&words), 2528768367284575445);
    }
}
