//! Token-to-vector networks: `spacy.Tok2Vec` and `spacy.HashEmbedCNN` in both versions, and listeners to one that
//! another component runs (`spacy/ml/models/tok2vec.py`, `spacy/pipeline/tok2vec.py`).

use super::Matrix;
use super::embed::{Embed, EmbedPlan};
use super::encoder::{self, WindowEncoder};
use super::features::{Feature, Words};
use super::source::{Block, ModelSource};
use super::tree::Tree;
use super::window::{WindowPlan, expect_setting};
use crate::error::Error;
use crate::format::thinc_model::ThincModel;
use crate::frozen::{Frozen, Walk};
use crate::kept::{KEPT_BYTES, Kept, Owner, Shape, Table};
use crate::limits::{Budget, OutOfTime};
use crate::sizes::{product, sum};
use crate::sync::Mutex;

/// A network that gives every token a vector, from the token's attributes and its neighbours.
#[derive(Debug, Clone)]
pub struct Tok2Vec {
    embed: Embed,
    encode: WindowEncoder,
    width: usize,
    /// Whose words they are that are kept.
    owner: Owner,
}

impl Frozen for Tok2Vec {
    fn visit(&self, walk: &mut Walk) {
        let Tok2Vec {
            embed,
            encode,
            width,
            owner,
        } = self;
        embed.visit(walk);
        encode.visit(walk);
        width.visit(walk);
        owner.visit(walk);
        walk.keeps(self.table());
    }
}

/// The tokens of a batch for the encoder.
struct Batch<'a, 'w> {
    embed: &'a Embed,
    /// A row a token.
    features: &'a [u64],
    words: &'a Words<'w>,
    /// Rows of those tokens that are embedded together.
    keys: Vec<u64>,
}

impl encoder::Words for Batch<'_, '_> {
    fn key(&self, token: u32) -> &[u64] {
        let columns = self.embed.features().len();
        &self.features[token as usize * columns..][..columns]
    }

    fn embed(&mut self, tokens: &[u32], out: &mut [f32], budget: Budget) -> Result<(), OutOfTime> {
        let mut keys = std::mem::take(&mut self.keys);
        keys.clear();
        for &token in tokens {
            keys.extend_from_slice(encoder::Words::key(self, token));
        }
        self.embed.embed(&keys, tokens, self.words, out, budget)?;
        self.keys = keys;
        Ok(())
    }
}

/// Where a component's network gets its token vectors from.
#[derive(Debug, Clone)]
pub enum TokenVectors {
    /// From a network of its own.
    Own(Box<Tok2Vec>),
    /// From the component called `upstream` (`"*"`: whichever there is), which left them on the document.
    Listener {
        /// The width of the vectors.
        width: usize,
        /// The component's name, or `"*"`.
        upstream: String,
    },
}

impl Frozen for TokenVectors {
    fn visit(&self, walk: &mut Walk) {
        match self {
            TokenVectors::Own(tok2vec) => tok2vec.visit(walk),
            TokenVectors::Listener { width, upstream } => {
                width.visit(walk);
                upstream.visit(walk);
            }
        }
    }
}

/// What the configuration says of a component's token vectors.
pub(super) enum VectorsPlan {
    Own(Tok2VecPlan),
    Listener { width: usize, upstream: String },
}

/// The widest vectors that a listener may ask for. Those of a network of its own take as much of its file; a listener's,
/// where no component left any, are zeros that no file pays for.
const MOST_LISTENED: usize = 4096;

/// What the configuration says of a network of its own.
pub(super) struct Tok2VecPlan {
    embed: EmbedPlan,
    encode: WindowPlan,
    /// Whether the network flattens the sequences for the encoder, as version 1 does.
    flattens: bool,
}

impl Tok2Vec {
    /// Loads the network of a `tok2vec` component.
    ///
    /// # Errors
    /// If the configuration asks for something that is not supported, or the file does not hold that network.
    pub fn load(source: ModelSource) -> Result<Tok2Vec, Error> {
        Tok2VecPlan::from_block(&source.block()?)?.load_whole(source)
    }

    /// As [`Tok2Vec::load`], with tables that are not mapped beforehand, as large ones are not.
    #[cfg(test)]
    pub(super) fn load_unprojected(source: ModelSource) -> Result<Tok2Vec, Error> {
        let mut plan = Tok2VecPlan::from_block(&source.block()?)?;
        plan.embed.project_nothing();
        plan.load_whole(source)
    }

    /// What the network reads of a token, in order.
    pub fn features(&self) -> &[Feature] {
        self.embed.features()
    }

    /// The width of the vectors.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether the vectors of a document depend on the others in its batch. In spaCy they do where the encoder has
    /// too little padding between documents, as `spacy.MishWindowEncoder` always and no other by itself.
    pub fn sees_neighbours(&self) -> bool {
        !self.encode.isolates()
    }

    /// A document that goes through the network in pieces may be cut before every token that this divides the number of:
    /// then a piece's tokens are worked out in the same pairs, and come to the same to the bit.
    pub(crate) const STEP: usize = encoder::STEP;

    /// How many tokens to either side of one its vector depends on, if not on other documents.
    pub(crate) fn reach(&self) -> Option<usize> {
        self.encode.isolates().then(|| self.encode.reach())
    }

    /// About how many bytes a token takes on its way through the network: what is read of it, the vector of its word, the
    /// rows before and after a layer, and the result.
    pub(crate) fn scratch_a_token(&self) -> usize {
        16 * self.features().len() + 16 * self.width + 16
    }

    /// [`Tok2Vec::predict_within`], for as long as it takes.
    #[cfg(any(test, feature = "internals"))]
    pub fn predict(&self, features: &[u64], lengths: &[usize], words: &Words<'_>) -> Matrix {
        let vectors = self.predict_within(features, lengths, words, None, Budget::UNLIMITED);
        vectors.expect("the budget has no end")
    }

    /// The vectors of all tokens of a batch: a row a token.
    ///
    /// `features` holds a row a token, the values of [`Tok2Vec::features`] in that order, all documents one after the
    /// other; `lengths` says how many tokens each document has. What depends on a word alone is looked up in `kept`, which
    /// must be that of the vocabulary of `words`, and is left there.
    ///
    /// # Errors
    /// If the time is up.
    ///
    /// # Panics
    /// If `features` does not hold as many rows as `lengths` says.
    pub(crate) fn predict_within(
        &self,
        features: &[u64],
        lengths: &[usize],
        words: &Words<'_>,
        kept: Option<&Kept>,
        budget: Budget,
    ) -> Result<Matrix, OutOfTime> {
        let none = Kept::default();
        let kept = kept.unwrap_or(&none);
        let work = |table: &_| self.predict_with(table, features, lengths, words, budget);
        kept.with(self.table(), work)
    }

    /// The same with a table of this network's words.
    pub(super) fn predict_with(
        &self,
        table: &Mutex<Table>,
        features: &[u64],
        lengths: &[usize],
        words: &Words<'_>,
        budget: Budget,
    ) -> Result<Matrix, OutOfTime> {
        let tokens = sum(lengths);
        let columns = self.features().len();
        assert_eq!(features.len(), product(&[tokens, columns]));
        let mut vectors = Matrix::zeros(tokens, self.width);
        let mut batch = Batch {
            embed: &self.embed,
            features,
            words,
            keys: Vec::new(),
        };
        let out = vectors.data_mut();
        self.encode
            .encode(&mut batch, table, None, lengths, out, budget)?;
        Ok(vectors)
    }

    /// The table that words are kept in.
    fn table(&self) -> Shape {
        self.table_of(KEPT_BYTES)
    }

    /// A table of about so many bytes that words can be kept in.
    pub(super) fn table_of(&self, bytes: usize) -> Shape {
        self.encode.table(self.owner, self.features().len(), bytes)
    }
}

impl TokenVectors {
    /// The width of the vectors.
    #[cfg_attr(not(feature = "internals"), allow(dead_code, reason = "tests use it"))]
    pub fn width(&self) -> usize {
        match self {
            TokenVectors::Own(tok2vec) => tok2vec.width(),
            TokenVectors::Listener { width, .. } => *width,
        }
    }

    /// As [`Tok2Vec::sees_neighbours`]; what a listener reads was made before.
    pub fn sees_neighbours(&self) -> bool {
        match self {
            TokenVectors::Own(tok2vec) => tok2vec.sees_neighbours(),
            TokenVectors::Listener { .. } => false,
        }
    }
}

impl VectorsPlan {
    /// The plan of the block that stands as `tok2vec` in a component's model.
    pub fn from_block(block: &Block) -> Result<VectorsPlan, Error> {
        if block.name != "spacy.Tok2VecListener.v1" {
            return Tok2VecPlan::from_block(block).map(VectorsPlan::Own);
        }
        let upstream = match block.value("upstream") {
            None => "*",
            Some(_) => block.text("upstream")?,
        };
        Ok(VectorsPlan::Listener {
            width: block.number("width", 1).and_then(|width| match width {
                0..=MOST_LISTENED => Ok(width),
                _ => Err(block.fault("width", &format!("at most {MOST_LISTENED}"))),
            })?,
            upstream: upstream.to_string(),
        })
    }

    /// The width of the vectors.
    #[cfg_attr(not(feature = "internals"), allow(dead_code, reason = "tests use it"))]
    pub fn width(&self) -> usize {
        match self {
            VectorsPlan::Own(plan) => plan.encode.width(),
            VectorsPlan::Listener { width, .. } => *width,
        }
    }

    /// The layers.
    pub fn tree(&self) -> Tree {
        match self {
            VectorsPlan::Own(plan) => plan.tree(),
            VectorsPlan::Listener { .. } => Tree::leaf("tok2vec-listener"),
        }
    }

    /// The trained network, or the reference to another component's.
    pub fn load(
        self,
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
    ) -> Result<TokenVectors, Error> {
        Ok(match self {
            VectorsPlan::Own(plan) => TokenVectors::Own(Box::new(plan.load(source, tree, file)?)),
            VectorsPlan::Listener { width, upstream } => TokenVectors::Listener { width, upstream },
        })
    }
}

impl Tok2VecPlan {
    /// The trained network, which is all that the file holds.
    fn load_whole(&self, source: ModelSource) -> Result<Tok2Vec, Error> {
        let mut tree = self.tree();
        let file = source.in_model(ThincModel::read(source.bytes))?;
        source.in_model(tree.place(&file))?;
        self.load(source, &tree, &file)
    }

    fn from_block(block: &Block) -> Result<Tok2VecPlan, Error> {
        let plan = match block.name.as_str() {
            "spacy.HashEmbedCNN.v1" | "spacy.HashEmbedCNN.v2" => Tok2VecPlan {
                embed: EmbedPlan::of_hash_embed_cnn(block)?,
                encode: WindowPlan::of_hash_embed_cnn(block)?,
                flattens: false,
            },
            "spacy.Tok2Vec.v1" | "spacy.Tok2Vec.v2" => {
                let encode = block.block("encode")?;
                let plan = Tok2VecPlan {
                    embed: EmbedPlan::from_block(&block.block("embed")?)?,
                    encode: WindowPlan::from_block(&encode)?,
                    flattens: block.name.ends_with("v1"),
                };
                if !plan.flattens && !plan.encode.flattens() {
                    // spaCy cannot run that either: nobody flattens the sequences.
                    return Err(block.unsupported(Some(&format!("encode = {}", encode.name))));
                }
                plan
            }
            _ => return Err(block.unsupported(None)),
        };
        if plan.embed.width() != plan.encode.width() {
            return Err(block.fault(
                "encode",
                &format!("as wide as embed, {}", plan.embed.width()),
            ));
        }
        Ok(plan)
    }

    fn tree(&self) -> Tree {
        let encode = self.encode.tree();
        let encode = match self.flattens {
            true => Tree::of(vec![encode]),
            false => encode,
        };
        Tree::of(vec![self.embed.tree(), encode])
    }

    fn load(&self, source: ModelSource, tree: &Tree, file: &ThincModel) -> Result<Tok2Vec, Error> {
        let embed = self.embed.load(source, tree.child(0), file)?;
        // The outermost layer that flattens pads. Where version 1 of the network wraps version 2 of the encoder, the
        // wrapper asks an encoder for its reach that does not say, and so pads nothing.
        let pad = match self.flattens && self.encode.flattens() {
            true => 0,
            false => self.encode.pad(),
        };
        let outer = tree.child(1);
        source.in_model(expect_setting(outer, file, "pad", pad))?;
        let inner = match self.flattens {
            true => outer.child(0),
            false => outer,
        };
        let encode = self.encode.load(source, inner, file, pad)?;
        Ok(Tok2Vec {
            embed,
            encode,
            width: self.encode.width(),
            owner: Owner::new(),
        })
    }
}
