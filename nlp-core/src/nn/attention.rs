//! Attention to the words of a document, by how like a learned vector they are: `ParametricAttention` of thinc, in both
//! versions (`thinc/layers/parametricattention.py`, `thinc/layers/parametricattention_v2.py`).

use super::Matrix;
use super::layer::{Layer, LayerPlan};
use super::source::ModelSource;
use super::tree::Tree;
use crate::error::Error;
use crate::format::thinc_model::ThincModel;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};

/// Words that are looked at together.
const BLOCK: usize = 64;

/// A learned vector, and what is made of words before they are compared with it.
#[derive(Debug, Clone)]
pub(super) struct Attention {
    query: Vec<f32>,
    key_transform: Option<Layer>,
}

frozen!(Attention {
    query,
    key_transform
});

impl Attention {
    /// The layer, with the transform of keys inside it that version 2 has.
    pub fn tree(key_transform: Option<&LayerPlan>) -> Tree {
        let inside = key_transform.map(LayerPlan::tree);
        Tree::named("para-attn", inside.into_iter().collect())
    }

    /// The trained layer, for words of `width` numbers.
    pub fn load(
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
        (key_transform, width): (Option<&LayerPlan>, usize),
    ) -> Result<Attention, Error> {
        let query = tree.node(file).param_of_shape("Q", &[width]);
        let query = source.in_model(query)?;
        let key_transform = match key_transform {
            None => None,
            Some(plan) => {
                let (layer, outputs) = plan.load(source, tree.child(0), file, width)?;
                if outputs != width {
                    let reason = format!("makes {outputs} numbers of {width}");
                    let label = tree.child(0).node(file).label();
                    let fault = crate::error::FormatError::new(format!("{label}: {reason}"));
                    return source.in_model(Err(fault));
                }
                Some(layer)
            }
        };
        Ok(Attention {
            query,
            key_transform,
        })
    }

    /// Writes over `out` the sum of a document's words, each by its share of the attention. Of no words, zeros.
    pub fn sum(&self, words: &[f32], out: &mut [f32], budget: Budget) -> Result<(), OutOfTime> {
        let width = self.query.len();
        out.fill(0.0);
        if words.is_empty() {
            return Ok(());
        }
        let mut shares = Vec::with_capacity(words.len() / width);
        for block in words.chunks(BLOCK * width) {
            budget.check()?;
            match &self.key_transform {
                None => self.weigh(block, &mut shares),
                Some(layer) => {
                    let rows = block.len() / width;
                    let keys = layer.apply(Matrix::from_vec(rows, width, block.to_vec()));
                    self.weigh(keys.data(), &mut shares);
                }
            }
        }
        let sum: f32 = shares.iter().sum();
        for (word, share) in words.chunks_exact(width).zip(&shares) {
            let share = share / sum;
            for (out, x) in out.iter_mut().zip(word) {
                *out += x * share;
            }
        }
        Ok(())
    }

    /// Appends the weight of each key: the exponential of its product with the query, held between -20 and 20.
    fn weigh(&self, keys: &[f32], weights: &mut Vec<f32>) {
        let weight = |key: &[f32]| {
            let product: f32 = key.iter().zip(&self.query).map(|(k, q)| k * q).sum();
            product.clamp(-20.0, 20.0).exp()
        };
        weights.extend(keys.chunks_exact(self.query.len()).map(weight));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attention_goes_to_the_words_that_are_like_the_query() {
        let attention = Attention {
            query: vec![2.0, 0.0],
            key_transform: None,
        };
        let mut out = [9.0; 2];
        let words = [0.5, 1.0, -0.5, 3.0];
        attention.sum(&words, &mut out, Budget::UNLIMITED).unwrap();
        // Weights e and 1/e.
        let first = 1.0 / (1.0 + (-2.0_f32).exp());
        assert!((out[1] - (first + 3.0 * (1.0 - first))).abs() < 1e-6);
        attention.sum(&[], &mut out, Budget::UNLIMITED).unwrap();
        assert_eq!(out, [0.0; 2]);
    }
}
