//! The network of taggers, morphologizers, sentence recognisers and trainable lemmatizers: `spacy.Tagger.v1` and `v2`
//! (`spacy/ml/models/tagger.py`, `thinc/layers/softmax.py`).

#[cfg(any(test, feature = "internals"))]
use super::Matrix;
#[cfg(target_arch = "x86_64")]
use super::gemm::{Coarse, Room};
use super::linear::Linear;
use super::rows::TokenRows;
use super::source::ModelSource;
use super::tok2vec::{TokenVectors, VectorsPlan};
use super::tree::Tree;
use crate::error::{Error, FormatError};
use crate::format::thinc_model::{Node, ThincModel};
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};

/// Tokens whose scores are looked at together.
const BLOCK: usize = 64;
/// From so many classes on, most are ruled out by rounded scores.
#[cfg(target_arch = "x86_64")]
const MANY: usize = 32;

/// Token vectors and a linear map to a score for each class.
#[derive(Debug, Clone)]
pub struct TaggerModel {
    tok2vec: TokenVectors,
    output: Linear,
    /// The temperature of the softmax, where one is applied.
    softmax: Option<f32>,
    /// What finds the best of many classes, where the processor can.
    #[cfg(target_arch = "x86_64")]
    coarse: Option<Coarse>,
}

#[cfg(target_arch = "x86_64")]
frozen!(TaggerModel {
    tok2vec,
    output,
    softmax,
    coarse
});
#[cfg(not(target_arch = "x86_64"))]
frozen!(TaggerModel {
    tok2vec,
    output,
    softmax
});

impl TaggerModel {
    /// Loads the network of a component.
    ///
    /// # Errors
    /// If the configuration asks for something that is not supported, or the file does not hold that network.
    pub fn load(source: ModelSource) -> Result<TaggerModel, Error> {
        let block = source.block()?;
        let normalize = match block.name.as_str() {
            "spacy.Tagger.v1" => true,
            "spacy.Tagger.v2" => block.flag("normalize", false)?,
            _ => return Err(block.unsupported(None)),
        };
        let classes = match block.value("nO") {
            None => None,
            Some(_) => Some(block.number("nO", 0)?),
        };
        let tok2vec = VectorsPlan::from_block(&block.block("tok2vec")?)?;
        let mut tree = Tree::of(vec![tok2vec.tree(), Tree::of(vec![Tree::leaf("softmax")])]);
        let file = source.in_model(ThincModel::read(source.bytes))?;
        source.in_model(tree.place(&file))?;
        let node = tree.child(1).child(0).node(&file);
        let output = source.in_model(Linear::load(node, classes, tok2vec.width()))?;
        let softmax = source.in_model(softmax(node, normalize))?;
        Ok(TaggerModel {
            tok2vec: tok2vec.load(source, tree.child(0), &file)?,
            #[cfg(target_arch = "x86_64")]
            coarse: coarse(&output, softmax),
            output,
            softmax,
        })
    }

    /// Where the token vectors come from.
    pub fn tok2vec(&self) -> &TokenVectors {
        &self.tok2vec
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.output.outputs()
    }

    /// A score for each token and class: probabilities where the network has a softmax, and else what the linear map
    /// gives, as spaCy's `model.predict`.
    ///
    /// # Panics
    /// If the vectors do not have the network's width.
    #[cfg(any(test, feature = "internals"))]
    pub fn scores(&self, vectors: &Matrix) -> Matrix {
        let mut scores = Matrix::zeros(vectors.rows(), self.classes());
        let mut row = 0;
        let done = self.each_block(&mut { vectors }, Budget::UNLIMITED, |block| {
            scores.data_mut()[row..row + block.len()].copy_from_slice(block);
            row += block.len();
        });
        done.expect("the budget has no end");
        scores
    }

    /// [`TaggerModel::best_within`], for as long as it takes.
    #[cfg(any(test, feature = "internals"))]
    pub fn best(&self, vectors: &Matrix) -> Vec<u32> {
        let best = self.best_within(&mut { vectors }, Budget::UNLIMITED);
        best.expect("the budget has no end")
    }

    /// The class with the highest score for each token, the first of equals.
    ///
    /// # Errors
    /// If the time is up.
    ///
    /// # Panics
    /// If the vectors do not have the network's width.
    pub(crate) fn best_within(
        &self,
        vectors: &mut dyn TokenRows,
        budget: Budget,
    ) -> Result<Vec<u32>, OutOfTime> {
        let classes = self.classes();
        let mut best = Vec::with_capacity(vectors.count());
        if classes == 0 {
            best.resize(vectors.count(), 0);
            return Ok(best);
        }
        #[cfg(target_arch = "x86_64")]
        if let Some(coarse) = &self.coarse {
            self.best_by_bytes(coarse, vectors, &mut best, budget)?;
            return Ok(best);
        }
        self.each_block(vectors, budget, |block| {
            let rows = block.chunks_exact(classes);
            best.extend(rows.map(|row| first_of_largest(row) as u32));
        })?;
        Ok(best)
    }

    /// As [`TaggerModel::best_within`], mostly without the scores.
    #[cfg(target_arch = "x86_64")]
    fn best_by_bytes(
        &self,
        coarse: &Coarse,
        vectors: &mut dyn TokenRows,
        best: &mut Vec<u32>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let (inputs, count) = (self.output.inputs(), vectors.count());
        assert_eq!(vectors.width(), inputs);
        let (weights, _) = self.output.parts();
        let mut room = Room::default();
        let mut scores = Vec::new();
        for first in (0..count).step_by(BLOCK) {
            budget.check()?;
            let n = BLOCK.min(count - first);
            let rows = vectors.rows(first..first + n, budget)?;
            coarse.best(weights, rows, n, &mut room, |row, found| {
                let found = found.unwrap_or_else(|| {
                    scores.resize(self.classes(), 0.0);
                    let row = &rows[row * inputs..(row + 1) * inputs];
                    self.output.apply_into(row, 1, &mut scores);
                    first_of_largest(&scores)
                });
                best.push(found as u32);
            });
        }
        Ok(())
    }

    /// Shows the scores of some tokens at a time to `look`, a row a token: those of a long document are never there all at
    /// once.
    ///
    /// # Errors
    /// If the time is up.
    ///
    /// # Panics
    /// If the vectors do not have the network's width.
    pub(crate) fn each_block(
        &self,
        vectors: &mut dyn TokenRows,
        budget: Budget,
        mut look: impl FnMut(&[f32]),
    ) -> Result<(), OutOfTime> {
        let (inputs, classes) = (self.output.inputs(), self.classes());
        assert_eq!(vectors.width(), inputs);
        if classes == 0 {
            return Ok(());
        }
        let count = vectors.count();
        let mut scores = vec![0.0; BLOCK.min(count) * classes];
        for first in (0..count).step_by(BLOCK) {
            budget.check()?;
            let n = BLOCK.min(count - first);
            let rows = vectors.rows(first..first + n, budget)?;
            let scores = &mut scores[..n * classes];
            self.output.apply_into(rows, n, scores);
            if let Some(temperature) = self.softmax {
                // Rounding can make equals of what was not, so this is more than a matter of scale.
                scores
                    .chunks_exact_mut(classes)
                    .for_each(|row| apply_softmax(row, temperature));
            }
            look(scores);
        }
        Ok(())
    }
}

/// What finds the best of many classes, if that pays.
#[cfg(target_arch = "x86_64")]
fn coarse(output: &Linear, softmax: Option<f32>) -> Option<Coarse> {
    // A softmax can make equals of what was not.
    if softmax.is_some() || output.outputs() < MANY {
        return None;
    }
    let (weights, bias) = output.parts();
    let rows = (0..output.outputs()).flat_map(|class| weights.of_output(class));
    let weights: Vec<f32> = rows.collect();
    Coarse::new(output.outputs(), output.inputs(), &weights, bias)
}

/// The temperature of the softmax, if the node applies one.
pub(super) fn softmax(node: &Node, normalize: bool) -> Result<Option<f32>, FormatError> {
    let fault = |name: &str| FormatError::new(format!("{}: {name} is out of place", node.label()));
    let normalize = match node.attr("softmax_normalize")? {
        None => normalize,
        Some(value) => value.as_bool().ok_or_else(|| fault("softmax_normalize"))?,
    };
    let temperature = match node.attr("softmax_temperature")? {
        None => 1.0,
        Some(value) => value
            .as_f64()
            .filter(|&t| t > 0.0 && t.is_finite())
            .ok_or_else(|| fault("softmax_temperature"))?,
    };
    Ok(normalize.then_some(temperature as f32))
}

pub(super) fn apply_softmax(row: &mut [f32], temperature: f32) {
    for x in row.iter_mut() {
        *x /= temperature;
    }
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for x in row.iter_mut() {
        *x = (*x - largest).exp();
    }
    let sum: f32 = row.iter().sum();
    for x in row.iter_mut() {
        *x /= sum;
    }
}

/// The place of the largest number; of equals, the first, as numpy's `argmax` has it. A number that is none counts as
/// the largest. An empty row gives 0.
pub fn first_of_largest(row: &[f32]) -> usize {
    // Sixteen strands, then the first place of what is the largest of all: both loops are fit for vector registers.
    let (chunks, rest) = row.as_chunks::<16>();
    let mut strands = [f32::NEG_INFINITY; 16];
    let mut none = false;
    for chunk in chunks {
        for (strand, &x) in strands.iter_mut().zip(chunk) {
            *strand = if x > *strand { x } else { *strand };
            none |= x.is_nan();
        }
    }
    let largest = strands
        .iter()
        .chain(rest)
        .copied()
        .fold(f32::NEG_INFINITY, f32::max);
    none |= rest.iter().any(|x| x.is_nan());
    let found = row
        .iter()
        .position(|&x| if none { x.is_nan() } else { x == largest });
    found.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_largest_is_the_best() {
        assert_eq!(first_of_largest(&[]), 0);
        assert_eq!(first_of_largest(&[1.0, 3.0, 3.0, 2.0]), 1);
        assert_eq!(first_of_largest(&[f32::NEG_INFINITY; 3]), 0);
        assert_eq!(first_of_largest(&[-0.0, 0.0]), 0);
        assert_eq!(first_of_largest(&[5.0, f32::NAN, f32::NAN]), 1);
        let mut row = vec![0.0; 50];
        for i in (0..50).rev() {
            row[i] = 7.0;
            assert_eq!(first_of_largest(&row), i);
        }
    }

    #[test]
    fn a_softmax_gives_probabilities_that_the_temperature_flattens() {
        let mut row = [1.0, 3.0];
        apply_softmax(&mut row, 2.0);
        let e = 1.0_f32.exp();
        assert!((row[0] - 1.0 / (1.0 + e)).abs() < 1e-6 && (row[1] - e / (1.0 + e)).abs() < 1e-6);
    }
}
