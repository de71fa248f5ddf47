//! From the words of a span to one row: `spacy.mean_max_reducer` and what can be put together of thinc's layers.

use crate::error::Error;
use crate::format::thinc_model::ThincModel;
use crate::frozen::frozen;
use crate::nn::Matrix;
use crate::nn::layer::{Layer, LayerPlan};
use crate::nn::reduce::Reduction;
use crate::nn::source::{Block, ModelSource};
use crate::nn::tree::Tree;
use std::ops::Range;

/// No span is believed to be pooled in more ways.
const MAX_POOLS: usize = 16;
/// No chain is believed to begin with more others.
const MAX_NESTING: usize = 32;
/// Candidates of the layer after the pooling.
const PIECES: usize = 3;

/// What the configuration says.
pub(super) enum ReducerPlan {
    /// Pooled in each way, side by side.
    Pools(Vec<Reduction>),
    /// What follows the pooling.
    Chain(Box<ReducerPlan>, Vec<LayerPlan>),
}

/// The trained layers.
#[derive(Debug, Clone)]
pub(super) struct Reducer {
    width: usize,
    pools: Vec<Reduction>,
    layers: Vec<Layer>,
}

frozen!(Reducer {
    width,
    pools,
    layers
});

impl ReducerPlan {
    /// The plan of a block.
    pub fn from_block(block: &Block) -> Result<ReducerPlan, Error> {
        ReducerPlan::nested(block, 0)
    }

    fn nested(block: &Block, depth: usize) -> Result<ReducerPlan, Error> {
        if depth > MAX_NESTING {
            return Err(block.unsupported(Some(&format!("{MAX_NESTING} layers around it"))));
        }
        match block.name.as_str() {
            "spacy.mean_max_reducer.v1" => {
                use Reduction::{First, Last, Max, Mean};
                let pools = Box::new(ReducerPlan::Pools(vec![Last, First, Mean, Max]));
                let mix = LayerPlan::maxout(PIECES, true, true);
                Ok(ReducerPlan::Chain(pools, vec![mix]))
            }
            "concatenate.v1" => {
                let pools = block.layers()?;
                if pools.is_empty() || pools.len() > MAX_POOLS {
                    return Err(block.fault("*", &format!("1 to {MAX_POOLS} layers")));
                }
                let pools = pools.iter().map(pool).collect::<Result<_, _>>()?;
                Ok(ReducerPlan::Pools(pools))
            }
            "chain.v1" => {
                let layers = block.layers()?;
                match &layers[..] {
                    [first, others @ ..] if !others.is_empty() => {
                        let first = ReducerPlan::nested(first, depth + 1)?;
                        let others = others.iter().map(LayerPlan::from_block);
                        let others = others.collect::<Result<_, _>>()?;
                        Ok(ReducerPlan::Chain(Box::new(first), others))
                    }
                    _ => Err(block.fault("*", "two layers or more")),
                }
            }
            _ => Ok(ReducerPlan::Pools(vec![pool(block)?])),
        }
    }

    /// The layers.
    pub fn tree(&self) -> Tree {
        match self {
            ReducerPlan::Pools(pools) => match pools[..] {
                // A single layer is not wrapped to be concatenated.
                [pool] => pool.tree(),
                _ => Tree::of(pools.iter().map(|pool| pool.tree()).collect()),
            },
            ReducerPlan::Chain(first, others) => {
                let others = others.iter().map(LayerPlan::tree);
                Tree::of(std::iter::once(first.tree()).chain(others).collect())
            }
        }
    }

    /// The trained layers, for words of `width` numbers, and how many numbers they make of a span.
    pub fn load(
        self,
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
        width: usize,
    ) -> Result<(Reducer, usize), Error> {
        match self {
            ReducerPlan::Pools(pools) => {
                let outputs = pools.len() * width;
                let reducer = Reducer {
                    width,
                    pools,
                    layers: Vec::new(),
                };
                Ok((reducer, outputs))
            }
            ReducerPlan::Chain(first, others) => {
                let (mut reducer, mut outputs) = first.load(source, tree.child(0), file, width)?;
                for (plan, tree) in others.iter().zip(&tree.children()[1..]) {
                    let (layer, width) = plan.load(source, tree, file, outputs)?;
                    reducer.layers.push(layer);
                    outputs = width;
                }
                Ok((reducer, outputs))
            }
        }
    }
}

fn pool(block: &Block) -> Result<Reduction, Error> {
    let name = block.name.strip_suffix(".v1");
    name.and_then(Reduction::from_name)
        .ok_or_else(|| block.unsupported(None))
}

impl Reducer {
    /// What becomes of spans of rows of `vectors`: a row a span.
    pub fn reduce(&self, vectors: &Matrix, spans: &[Range<usize>]) -> Matrix {
        let width = self.width;
        let mut pooled = Matrix::zeros(spans.len(), self.pools.len() * width);
        for (i, span) in spans.iter().enumerate() {
            let words = &vectors.data()[span.start * width..span.end * width];
            let out = pooled.row_mut(i);
            for (pool, out) in self.pools.iter().zip(out.chunks_exact_mut(width)) {
                pool.reduce(words, out);
            }
        }
        self.layers.iter().fold(pooled, |x, layer| layer.apply(x))
    }
}
