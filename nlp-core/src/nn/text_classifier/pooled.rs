//! Documents whose words are pooled to one row, which goes through further layers.

use crate::error::Error;
use crate::format::thinc_model::ThincModel;
use crate::frozen::{Frozen, Walk, frozen};
use crate::limits::{Budget, OutOfTime};
use crate::nn::Matrix;
use crate::nn::attention::Attention;
use crate::nn::documents::Documents;
use crate::nn::ensemble_words::{EnsembleWords, EnsembleWordsPlan};
use crate::nn::layer::{Layer, LayerPlan};
use crate::nn::reduce::Reduction;
use crate::nn::source::ModelSource;
use crate::nn::tok2vec::{TokenVectors, VectorsPlan};
use crate::nn::tree::Tree;

/// What the configuration says.
pub(super) struct PooledPlan {
    pub words: WordsPlan,
    pub pool: PoolPlan,
    /// The layers after the pooling, each chained to what is before it.
    pub after: Vec<LayerPlan>,
}

/// Where the words' vectors are from.
pub(super) enum WordsPlan {
    Tok2Vec(VectorsPlan),
    Ensemble(EnsembleWordsPlan),
}

/// How they are pooled.
pub(super) enum PoolPlan {
    /// Each way, side by side.
    Reduce(Vec<Reduction>),
    /// Summed up by attention, with a transform of the keys or none.
    Attention(Option<LayerPlan>),
}

/// The trained network.
#[derive(Debug, Clone)]
pub(super) struct Pooled {
    words: Words,
    pool: Pool,
    /// The width of the words' vectors.
    width: usize,
    after: Vec<Layer>,
}

frozen!(Pooled {
    words,
    pool,
    width,
    after
});

#[derive(Debug, Clone)]
enum Words {
    Tok2Vec(TokenVectors),
    Ensemble(Box<EnsembleWords>),
}

#[derive(Debug, Clone)]
enum Pool {
    Reduce(Vec<Reduction>),
    Attention(Attention),
}

impl Frozen for Words {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Words::Tok2Vec(vectors) => vectors.visit(walk),
            Words::Ensemble(words) => words.visit(walk),
        }
    }
}

impl Frozen for Pool {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Pool::Reduce(reductions) => reductions.visit(walk),
            Pool::Attention(attention) => attention.visit(walk),
        }
    }
}

impl WordsPlan {
    fn width(&self) -> usize {
        match self {
            WordsPlan::Tok2Vec(plan) => plan.width(),
            WordsPlan::Ensemble(plan) => plan.width(),
        }
    }

    fn tree(&self) -> Tree {
        match self {
            WordsPlan::Tok2Vec(plan) => plan.tree(),
            WordsPlan::Ensemble(plan) => plan.tree(),
        }
    }
}

impl PoolPlan {
    /// The layers, each chained to what is before it.
    fn trees(&self) -> Vec<Tree> {
        match self {
            PoolPlan::Reduce(reductions) => {
                let mut trees: Vec<Tree> = reductions.iter().map(|r| r.tree()).collect();
                // A single layer is not wrapped to be concatenated.
                vec![match trees.len() {
                    1 => trees.remove(0),
                    _ => Tree::of(trees),
                }]
            }
            PoolPlan::Attention(key_transform) => vec![
                Attention::tree(key_transform.as_ref()),
                Reduction::Sum.tree(),
            ],
        }
    }
}

impl PooledPlan {
    /// The layers, as thinc's operator `>>` chains them.
    pub fn tree(&self) -> Tree {
        let mut trees = vec![self.words.tree(), Tree::leaf("list2ragged")];
        trees.extend(self.pool.trees());
        trees.extend(self.after.iter().map(LayerPlan::tree));
        Tree::chain(trees)
    }

    /// The trained network, and how many numbers it makes of a document.
    pub fn load(
        self,
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
    ) -> Result<(Pooled, usize), Error> {
        let width = self.words.width();
        // From the last layer to the first, each lies around those before it.
        let mut before = tree;
        let mut trees = Vec::with_capacity(self.after.len());
        for _ in &self.after {
            trees.push(before.child(1));
            before = before.child(0);
        }
        trees.reverse();
        let (words, pool, pooled) = match self.pool {
            PoolPlan::Reduce(reductions) => {
                let [words, _, _] = before.chained();
                let pooled = reductions.len() * width;
                (words, Pool::Reduce(reductions), pooled)
            }
            PoolPlan::Attention(key_transform) => {
                let [words, _, attention, _] = before.chained();
                let shape = (key_transform.as_ref(), width);
                let attention = Attention::load(source, attention, file, shape)?;
                (words, Pool::Attention(attention), width)
            }
        };
        let words = match self.words {
            WordsPlan::Tok2Vec(plan) => Words::Tok2Vec(plan.load(source, words, file)?),
            WordsPlan::Ensemble(plan) => Words::Ensemble(Box::new(plan.load(source, words, file)?)),
        };
        let mut after = Vec::with_capacity(self.after.len());
        let mut outputs = pooled;
        for (plan, tree) in self.after.iter().zip(trees) {
            let (layer, width) = plan.load(source, tree, file, outputs)?;
            after.push(layer);
            outputs = width;
        }
        let pooled = Pooled {
            words,
            pool,
            width,
            after,
        };
        Ok((pooled, outputs))
    }
}

impl Pooled {
    /// Whether what is made of a document depends on the others in its batch.
    pub fn sees_neighbours(&self) -> bool {
        match &self.words {
            Words::Tok2Vec(vectors) => vectors.sees_neighbours(),
            Words::Ensemble(words) => words.sees_neighbours(),
        }
    }

    /// What is made of each document: a row a document.
    pub fn predict(&self, docs: &dyn Documents, budget: Budget) -> Result<Matrix, OutOfTime> {
        let vectors = match &self.words {
            Words::Tok2Vec(vectors) => docs.vectors(vectors, budget)?,
            Words::Ensemble(words) => {
                let attrs = docs.attrs(words.attrs(), budget)?;
                words.predict_within(&attrs, docs.lengths(), budget)?
            }
        };
        let columns = match &self.pool {
            Pool::Reduce(reductions) => reductions.len() * self.width,
            Pool::Attention(_) => self.width,
        };
        let mut pooled = Matrix::zeros(docs.lengths().len(), columns);
        let mut rest = vectors.data();
        for (i, &length) in docs.lengths().iter().enumerate() {
            budget.check()?;
            let (words, others) = rest.split_at(length * self.width);
            rest = others;
            let out = pooled.row_mut(i);
            match &self.pool {
                Pool::Attention(attention) => attention.sum(words, out, budget)?,
                Pool::Reduce(reductions) => {
                    for (reduction, out) in reductions.iter().zip(out.chunks_exact_mut(self.width))
                    {
                        reduction.reduce(words, out);
                    }
                }
            }
        }
        Ok(self.after.iter().fold(pooled, |x, layer| layer.apply(x)))
    }
}
