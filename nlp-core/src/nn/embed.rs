//! Vectors of words without their context: `spacy.MultiHashEmbed` (`spacy/ml/models/tok2vec.py`), in both versions.

use super::dense::{Activation, Dense};
use super::hash_embed::HashEmbed;
use super::source::{Block, MAX_SIZE, ModelSource};
use super::tree::Tree;
use crate::attr::Attr;
use crate::error::{Error, FormatError};
use crate::format::thinc_model::ThincModel;
use serde_json::Value;

/// The seed of the first table; each further one has the next number.
const FIRST_SEED: u32 = 8;
/// Candidates of the maxout layer that mixes the tables' vectors.
const PIECES: usize = 3;

/// What the configuration says of the embedding.
pub(super) struct EmbedPlan {
    width: usize,
    attrs: Vec<Attr>,
    rows: Vec<usize>,
}

/// A table for each of some attributes, their vectors side by side, and a maxout layer that mixes them.
#[derive(Debug, Clone)]
pub(super) struct MultiHashEmbed {
    attrs: Vec<Attr>,
    tables: Vec<HashEmbed>,
    width: usize,
    mix: Dense,
}

impl EmbedPlan {
    /// The plan of an embedding's block.
    pub fn from_block(block: &Block) -> Result<EmbedPlan, Error> {
        if !matches!(
            block.name.as_str(),
            "spacy.MultiHashEmbed.v1" | "spacy.MultiHashEmbed.v2"
        ) {
            return Err(block.unsupported(None));
        }
        if block.flag("include_static_vectors", false)? {
            return Err(block.unsupported(Some("include_static_vectors = true")));
        }
        let width = block.number("width", 1)?;
        let attrs: Vec<Attr> = block
            .list("attrs")?
            .iter()
            .map(|attr| {
                attribute(attr)
                    .ok_or_else(|| block.unsupported(Some(&format!("the attribute {attr}"))))
            })
            .collect::<Result<_, _>>()?;
        let rows: Vec<usize> = block
            .list("rows")?
            .iter()
            .map(|rows| {
                rows.as_u64()
                    .and_then(|rows| usize::try_from(rows).ok())
                    .filter(|rows| (1..=100 * MAX_SIZE).contains(rows))
                    .ok_or_else(|| block.fault("rows", "a list of whole numbers above 0"))
            })
            .collect::<Result<_, _>>()?;
        if attrs.len() != rows.len() || attrs.is_empty() {
            return Err(block.fault("rows", &format!("a list as long as attrs, {}", attrs.len())));
        }
        Ok(EmbedPlan { width, attrs, rows })
    }

    /// The plan inside `spacy.HashEmbedCNN`.
    pub fn of_hash_embed_cnn(block: &Block) -> Result<EmbedPlan, Error> {
        if block.flag("pretrained_vectors", false)? {
            return Err(block.unsupported(Some("pretrained_vectors = true")));
        }
        let width = block.number("width", 1)?;
        let rows = block.number("embed_size", 2)?;
        Ok(if block.flag("subword_features", false)? {
            EmbedPlan {
                width,
                attrs: vec![Attr::Norm, Attr::Prefix, Attr::Suffix, Attr::Shape],
                rows: vec![rows, rows / 2, rows / 2, rows / 2],
            }
        } else {
            EmbedPlan {
                width,
                attrs: vec![Attr::Norm],
                rows: vec![rows],
            }
        })
    }

    /// The width of the vectors.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The layers: the features, the tables side by side, the mixing layer.
    pub fn tree(&self) -> Tree {
        let mut tables: Vec<Tree> = self.attrs.iter().map(|_| HashEmbed::tree()).collect();
        // A single layer is not wrapped to be concatenated.
        let tables = match tables.len() {
            1 => tables.remove(0),
            _ => Tree::of(tables),
        };
        Tree::of(vec![
            Tree::leaf("extract_features"),
            Tree::leaf("list2ragged"),
            Tree::of(vec![tables]),
            Tree::of(vec![Dense::tree(Activation::Maxout(PIECES))]),
            Tree::leaf("ragged2list"),
        ])
    }

    /// The trained embedding.
    pub fn load(
        &self,
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
    ) -> Result<MultiHashEmbed, Error> {
        self.check_columns(source, tree, file)?;
        let concatenated = tree.child(2).child(0);
        let tables = (self.rows.iter().zip(FIRST_SEED..).enumerate())
            .map(|(i, (&rows, seed))| {
                let tree = match self.rows.len() {
                    1 => concatenated,
                    _ => concatenated.child(i),
                };
                HashEmbed::load(source, tree, file, (rows, self.width, seed))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let inputs = self.width * self.rows.len();
        let mix = Dense::load(
            source,
            tree.child(3).child(0),
            file,
            (Activation::Maxout(PIECES), inputs, self.width),
        )?;
        Ok(MultiHashEmbed {
            attrs: self.attrs.clone(),
            tables,
            width: self.width,
            mix,
        })
    }

    /// The file repeats the attributes; where they differ from the configuration's, it belongs to another model.
    fn check_columns(
        &self,
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
    ) -> Result<(), Error> {
        let node = tree.child(0).node(file);
        let check = || {
            let Some(columns) = node.attr("columns")? else {
                return Ok(());
            };
            let columns = columns.as_array().unwrap_or_default();
            let same = |(attr, column): (&Attr, &crate::format::msgpack::Value)| {
                column.as_u64() == Some(*attr as u64)
                    || column.as_str().and_then(Attr::from_name) == Some(*attr)
            };
            if columns.len() == self.attrs.len() && self.attrs.iter().zip(columns).all(same) {
                return Ok(());
            }
            Err(FormatError::new(format!(
                "{}: its columns are not the attrs of the configuration",
                node.label()
            )))
        };
        source.in_model(check())
    }
}

/// An attribute by its name or by spaCy's number for it.
fn attribute(value: &Value) -> Option<Attr> {
    Attr::from_name(value.as_str()?)
}

impl MultiHashEmbed {
    /// The attributes of a token that it reads, in order.
    pub fn attrs(&self) -> &[Attr] {
        &self.attrs
    }

    /// Vectors of tokens: `attrs` has a row a token, and `out` as many rows of the embedding's width.
    pub fn embed(&self, attrs: &[u64], out: &mut [f32]) {
        let inputs = self.width * self.attrs.len();
        let n = attrs.len() / self.attrs.len();
        let mut vectors = vec![0.0; n * inputs];
        for (keys, row) in attrs
            .chunks_exact(self.attrs.len())
            .zip(vectors.chunks_exact_mut(inputs))
        {
            let parts = row.chunks_exact_mut(self.width);
            for ((table, &key), out) in self.tables.iter().zip(keys).zip(parts) {
                table.embed(key, out);
            }
        }
        let weights = self.mix.weights();
        let mut mapped = vec![0.0; n * weights.outputs()];
        weights.apply(&vectors, n, &mut mapped);
        let mapped = mapped.chunks_exact_mut(weights.outputs());
        for (mapped, out) in mapped.zip(out.chunks_exact_mut(self.width)) {
            self.mix.finish(mapped, out);
        }
    }
}
