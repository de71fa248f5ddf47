//! The network of `entity_linker`: what is around an entity as a vector, to compare with those of a knowledge base.
//! `spacy.EntityLinker` in both versions (`spacy/ml/models/entity_linker.py`, `spacy_legacy/architectures/entity_linker.py`).

use super::Matrix;
use super::layer::{Layer, LayerPlan};
use super::reduce::Reduction;
use super::source::ModelSource;
use super::tok2vec::{TokenVectors, VectorsPlan};
use super::tree::Tree;
use crate::error::{Error, FormatError};
use crate::format::thinc_model::ThincModel;
use crate::frozen::frozen;

/// Candidates of the layer after the pooling.
const PIECES: usize = 2;

/// A network that makes one vector of some tokens in a row.
#[derive(Debug, Clone)]
pub struct EntityEncoder {
    tok2vec: TokenVectors,
    width: usize,
    mix: Layer,
    output: Layer,
    outputs: usize,
    version: u8,
}

frozen!(EntityEncoder {
    tok2vec,
    width,
    mix,
    output,
    outputs,
    version
});

impl EntityEncoder {
    /// Loads the network of a component.
    ///
    /// # Errors
    /// If the configuration asks for something that is not supported, or the file does not hold that network.
    pub fn load(source: ModelSource) -> Result<EntityEncoder, Error> {
        let block = source.block()?;
        let version = match block.name.as_str() {
            "spacy.EntityLinker.v1" => 1,
            "spacy.EntityLinker.v2" => 2,
            _ => return Err(block.unsupported(None)),
        };
        let tok2vec = VectorsPlan::from_block(&block.block("tok2vec")?)?;
        let mix = LayerPlan::residual(LayerPlan::maxout(PIECES, false, true));
        let output = LayerPlan::Linear;
        let ends = [Reduction::Mean.tree(), mix.tree(), output.tree()];
        let words = [tok2vec.tree(), Tree::leaf("list2ragged")];
        let mut tree = match version {
            1 => Tree::chain(words.into_iter().chain(ends).collect()),
            _ => {
                let words = Tree::chain(words.into());
                let contexts = Tree::of(vec![words, Tree::leaf("span_maker")]);
                let spans = [contexts, Tree::leaf("extract_spans")];
                Tree::chain(spans.into_iter().chain(ends).collect())
            }
        };
        let file = source.in_model(ThincModel::read(source.bytes))?;
        source.in_model(tree.place(&file))?;
        let [first, _, _, mixer, last] = tree.chained();
        let words = match version {
            1 => first,
            _ => first.child(0).child(0),
        };
        if version == 2 {
            let node = first.child(1).node(&file);
            let sentences = source.in_model(node.attr("n_sents"))?;
            if sentences.is_some_and(|n| n.as_u64() != Some(0)) {
                let reason = format!("{}: n_sents is not 0", node.label());
                return source.in_model(Err(FormatError::new(reason)));
            }
        }
        let width = tok2vec.width();
        let (mix, mixed) = mix.load(source, mixer, &file, width)?;
        let (output, outputs) = output.load(source, last, &file, mixed)?;
        Ok(EntityEncoder {
            tok2vec: tok2vec.load(source, words, &file)?,
            width,
            mix,
            output,
            outputs,
            version,
        })
    }

    /// Where the token vectors come from.
    pub fn tok2vec(&self) -> &TokenVectors {
        &self.tok2vec
    }

    /// The numbers in a vector that it makes.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Whether it reads the sentence of an entity alone, as version 2 does, or all tokens that it is given.
    pub fn reads_sentence(&self) -> bool {
        self.version == 2
    }

    /// The vector of the tokens whose vectors are `rows`, one after the other.
    ///
    /// # Panics
    /// If the rows do not have the network's width.
    pub fn encode(&self, rows: &[f32]) -> Vec<f32> {
        let mut mean = Matrix::zeros(1, self.width);
        Reduction::Mean.reduce(rows, mean.row_mut(0));
        self.output.apply(self.mix.apply(mean)).data().to_vec()
    }
}
