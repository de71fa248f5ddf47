//! The words' vectors inside `spacy.TextCatEnsemble.v1` (`spacy_legacy/architectures/textcat.py`): an embedding of four
//! attributes, mixed twice, and a stack of convolutions.

use super::Matrix;
use super::dense::{Activation, Dense, Finish};
use super::distinct::Distinct;
use super::encoder::{self, WindowEncoder};
use super::gemm::Weights;
use super::hash_embed::{HashEmbed, Trained};
use super::source::{Block, ModelSource};
use super::tree::Tree;
use super::window::expect_setting;
use crate::attr::Attr;
use crate::error::Error;
use crate::format::thinc_model::ThincModel;
use crate::frozen::frozen;
use crate::kept::{KEPT_BYTES, Kept, Owner};
use crate::limits::{Budget, OutOfTime};

/// The attributes that are embedded, in order.
const ATTRS: [Attr; 4] = [Attr::Lower, Attr::Prefix, Attr::Suffix, Attr::Shape];
/// The seed of the first table; each further one has the next number.
const FIRST_SEED: u32 = 10;
/// All layers choose between this many candidates.
const PIECES: usize = 3;
const MAXOUT: Activation = Activation::Maxout(PIECES);
/// No stack is believed to be deeper, and no window wider.
const MAX_DEPTH: usize = 100;
const MAX_WINDOW: usize = 10;
/// Words that are embedded at a time.
const BLOCK: usize = 64;

/// What the configuration says.
pub(super) struct EnsembleWordsPlan {
    width: usize,
    rows: u32,
    window: usize,
    depth: usize,
}

/// The trained vectors.
#[derive(Debug, Clone)]
pub(super) struct EnsembleWords {
    width: usize,
    tables: Vec<HashEmbed>,
    mix: Mix,
    second: Mix,
    encode: WindowEncoder,
}

frozen!(EnsembleWords {
    width,
    tables,
    mix,
    second,
    encode
});

/// A layer from some numbers of a word to others.
#[derive(Debug, Clone)]
struct Mix {
    map: Weights,
    finish: Finish,
}

frozen!(Mix { map, finish });

impl EnsembleWordsPlan {
    /// The plan of the whole ensemble's block.
    pub fn from_block(block: &Block) -> Result<EnsembleWordsPlan, Error> {
        if block.flag("pretrained_vectors", false)? {
            // Nor can spaCy: it puts a list beside an array there.
            return Err(block.unsupported(Some("pretrained_vectors = true")));
        }
        Ok(EnsembleWordsPlan {
            width: block.number("width", 2)?,
            rows: block.number("embed_size", 1)? as u32,
            window: block.number_up_to("window_size", 0, MAX_WINDOW)?,
            depth: block.number_up_to("conv_depth", 1, MAX_DEPTH)?,
        })
    }

    /// The width of the vectors.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The widths of the tables.
    fn widths(&self) -> [usize; 4] {
        let half = self.width / 2;
        [self.width, half, half, half]
    }

    /// The layers.
    pub fn tree(&self) -> Tree {
        let mix = || Dense::tree_without_dropout(MAXOUT);
        let tables = Tree::of(ATTRS.map(|_| Trained::tree()).into());
        // Chained, of each word once, in an array.
        let words = Tree::of(vec![Tree::of(vec![Tree::chain(vec![tables, mix()])])]);
        let residual = || Tree::of(vec![Tree::chain(vec![Tree::leaf("expand_window"), mix()])]);
        let mut stack: Vec<Tree> = (0..self.depth).map(|_| residual()).collect();
        // A single layer is not wrapped to be chained.
        let stack = match stack.len() {
            1 => stack.remove(0),
            _ => Tree::of(stack),
        };
        Tree::chain(vec![
            Tree::leaf("extract_features"),
            words,
            Tree::of(vec![Tree::chain(vec![mix(), stack])]),
        ])
    }

    /// The trained network.
    pub fn load(
        &self,
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
    ) -> Result<EnsembleWords, Error> {
        let [_, words, outer] = tree.chained();
        let [concatenated, first] = words.child(0).child(0).chained();
        let tables = concatenated.children().iter().zip(self.widths());
        let tables = (tables.zip(FIRST_SEED..))
            .map(|((tree, width), seed)| {
                let table = Trained::load(source, tree, file, (self.rows, width, seed))?;
                Ok(table.whole())
            })
            .collect::<Result<Vec<_>, Error>>()?;
        source.in_model(expect_setting(outer, file, "pad", self.depth))?;
        let [second, stack] = outer.child(0).chained();
        let inputs = self.width * (2 * self.window + 1);
        let layers = (0..self.depth).map(|i| {
            let residual = match self.depth {
                1 => stack,
                _ => stack.child(i),
            };
            let [window, dense] = residual.child(0).chained();
            source.in_model(expect_setting(window, file, "window_size", self.window))?;
            Dense::load_without_dropout(source, dense, file, (MAXOUT, inputs, self.width))
        });
        let layers = layers.collect::<Result<Vec<_>, _>>()?;
        let mix = |tree, inputs| {
            let shape = (MAXOUT, inputs, self.width);
            let Dense { weights, finish } = Dense::load_without_dropout(source, tree, file, shape)?;
            let map = Weights::new(finish.mapped(), inputs, weights);
            Ok::<_, Error>(Mix { map, finish })
        };
        Ok(EnsembleWords {
            width: self.width,
            tables,
            mix: mix(first, self.widths().iter().sum())?,
            second: mix(second, self.width)?,
            encode: WindowEncoder::new(self.width, self.window, self.depth, layers),
        })
    }
}

impl EnsembleWords {
    /// The attributes of a token that it reads, in order.
    pub fn attrs(&self) -> &'static [Attr] {
        &ATTRS
    }

    /// Whether the vectors of a document depend on the others in its batch, as they do with wide windows.
    pub fn sees_neighbours(&self) -> bool {
        !self.encode.isolates()
    }

    /// The vectors of all tokens of a batch: see [`Tok2Vec::predict_within`](super::Tok2Vec::predict_within).
    pub fn predict_within(
        &self,
        attrs: &[u64],
        lengths: &[usize],
        budget: Budget,
    ) -> Result<Matrix, OutOfTime> {
        let Distinct { ids, keys } = Distinct::of(attrs, ATTRS.len(), budget)?;
        let count = keys.len() / ATTRS.len();
        // One more, for the rows between documents: those are zeros before the second layer, and no longer after it.
        let mut words = vec![0.0; (count + 1) * self.width];
        let inputs = self.mix.map.inputs();
        let mut embedded = Vec::with_capacity(BLOCK * inputs);
        let (known, padding) = words.split_at_mut(count * self.width);
        for (keys, out) in
            (keys.chunks(BLOCK * ATTRS.len())).zip(known.chunks_mut(BLOCK * self.width))
        {
            budget.check()?;
            embedded.clear();
            for keys in keys.chunks_exact(ATTRS.len()) {
                for (table, &key) in self.tables.iter().zip(keys) {
                    let [a, b, c, d] = table.rows_of(key);
                    let sums = a.iter().zip(b).zip(c).zip(d);
                    embedded.extend(sums.map(|(((a, b), c), d)| a + b + c + d));
                }
            }
            let mixed = self.mix.apply(&embedded);
            out.copy_from_slice(&self.second.apply(&mixed));
        }
        let zeros = vec![0.0; self.width];
        padding.copy_from_slice(&self.second.apply(&zeros));
        let mut vectors = Matrix::zeros(ids.len(), self.width);
        let out = vectors.data_mut();
        let padding = Some(ids.len() as u32);
        let ids = ids.into_iter().map(u64::from).chain([count as u64]);
        let mut batch = Batch {
            ids: ids.collect(),
            words: &words,
            width: self.width,
        };
        let shape = self.encode.table(Owner::new(), 1, KEPT_BYTES);
        Kept::default().with(shape, |table| {
            self.encode
                .encode(&mut batch, table, padding, lengths, out, budget)
        })?;
        Ok(vectors)
    }
}

/// The tokens of a batch for the encoder, and the one in the padding after them all.
struct Batch<'a> {
    /// Which of the words each token is.
    ids: Vec<u64>,
    /// The vectors of all words.
    words: &'a [f32],
    width: usize,
}

impl encoder::Words for Batch<'_> {
    fn key(&self, token: u32) -> &[u64] {
        std::slice::from_ref(&self.ids[token as usize])
    }

    fn embed(&mut self, tokens: &[u32], out: &mut [f32], _: Budget) -> Result<(), OutOfTime> {
        for (&token, out) in tokens.iter().zip(out.chunks_exact_mut(self.width)) {
            let word = self.ids[token as usize] as usize;
            out.copy_from_slice(&self.words[word * self.width..][..self.width]);
        }
        Ok(())
    }
}

impl Mix {
    /// What the layer makes of some rows.
    fn apply(&self, rows: &[f32]) -> Vec<f32> {
        let n = rows.len() / self.map.inputs();
        let mut mapped = vec![0.0; n * self.map.outputs()];
        self.map.apply(rows, n, &mut mapped);
        let mut out = vec![0.0; mapped.len() / PIECES];
        self.finish.rows(&mut mapped, &mut out);
        out
    }
}
