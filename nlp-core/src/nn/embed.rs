//! Vectors of words without their context: `spacy.MultiHashEmbed` (`spacy/ml/models/tok2vec.py`), in both versions.

use super::dense::{Activation, Dense, Finish};
use super::gemm::Weights;
use super::hash_embed::HashEmbed;
use super::isa::{Isa, per_isa};
use super::source::{Block, ModelSource};
use super::tree::Tree;
use crate::attr::Attr;
use crate::error::{Error, FormatError};
use crate::format::thinc_model::ThincModel;
use crate::frozen::frozen;
use crate::limits::{Clock, OutOfTime};
use serde_json::Value;

/// The seed of the first table; each further one has the next number.
const FIRST_SEED: u32 = 8;
/// Tables are mapped beforehand as long as they hold no more than this many numbers then (32 MiB): that takes three
/// times the memory, and saves a quarter of the arithmetic of a whole network.
const MAX_PROJECTED: usize = 8 << 20;
/// Tokens that are embedded at a time.
const BLOCK: usize = 64;
/// No embedding is believed to read more attributes: their values are laid out for all tokens of a batch.
const MAX_ATTRS: usize = 64;
/// Candidates of the maxout layer that mixes the tables' vectors.
const PIECES: usize = 3;

/// What the configuration says of the embedding.
pub(super) struct EmbedPlan {
    width: usize,
    attrs: Vec<Attr>,
    rows: Vec<u32>,
}

/// A table for each of some attributes, their vectors side by side, and a maxout layer that mixes them.
#[derive(Debug, Clone)]
pub(super) struct MultiHashEmbed {
    isa: Isa,
    attrs: Vec<Attr>,
    width: usize,
    /// The tables, or, without `map`, what the linear map makes of their rows.
    tables: Vec<HashEmbed>,
    /// The linear map of the mixing layer, from the tables' vectors side by side.
    map: Option<Weights>,
    finish: Finish,
}

frozen!(MultiHashEmbed {
    isa,
    attrs,
    width,
    tables,
    map,
    finish
});

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
        let attrs = block.list("attrs")?;
        if attrs.len() > MAX_ATTRS {
            return Err(block.fault("attrs", &format!("a list of at most {MAX_ATTRS}")));
        }
        let attrs: Vec<Attr> = attrs
            .iter()
            .map(|attr| {
                attribute(attr)
                    .ok_or_else(|| block.unsupported(Some(&format!("the attribute {attr}"))))
            })
            .collect::<Result<_, _>>()?;
        let rows: Vec<u32> = block
            .list("rows")?
            .iter()
            .map(|rows| {
                rows.as_u64()
                    .and_then(|rows| u32::try_from(rows).ok())
                    .filter(|&rows| rows > 0)
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
        let rows = block.number("embed_size", 2)? as u32;
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
        let Dense { weights, finish } = Dense::load(
            source,
            tree.child(3).child(0),
            file,
            (Activation::Maxout(PIECES), inputs, self.width),
        )?;
        let rows: usize = self.rows.iter().map(|&rows| rows as usize).sum();
        let (tables, map) = if rows.saturating_mul(finish.mapped()) <= MAX_PROJECTED {
            (project(&tables, &weights, self.width), None)
        } else {
            let map = Weights::new(finish.mapped(), inputs, weights);
            (tables, Some(map))
        };
        Ok(MultiHashEmbed {
            isa: Isa::detect(),
            attrs: self.attrs.clone(),
            width: self.width,
            tables,
            map,
            finish,
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
    match value.as_u64() {
        Some(id) => Attr::from_id(id),
        None => Attr::from_name(value.as_str()?),
    }
}

/// Each table with its rows mapped by its share of the weights.
fn project(tables: &[HashEmbed], weights: &[f32], width: usize) -> Vec<HashEmbed> {
    let inputs = tables.len() * width;
    (tables.iter().enumerate())
        .map(|(i, table)| {
            let share: Vec<f32> = (weights.chunks_exact(inputs))
                .flat_map(|row| &row[i * width..(i + 1) * width])
                .copied()
                .collect();
            table.projected(&Weights::new(weights.len() / inputs, width, share))
        })
        .collect()
}

impl MultiHashEmbed {
    /// The attributes of a token that it reads, in order.
    pub fn attrs(&self) -> &[Attr] {
        &self.attrs
    }

    /// Vectors of tokens: `attrs` has a row a token, and `out` as many rows of the embedding's width.
    pub fn embed(&self, attrs: &[u64], out: &mut [f32], clock: Clock) -> Result<(), OutOfTime> {
        let columns = self.attrs.len();
        let inputs = columns * self.width;
        let mapped_width = self.finish.mapped();
        let tokens = BLOCK.min(attrs.len() / columns);
        let mut mapped = vec![0.0; tokens * mapped_width];
        let mut vectors = vec![0.0; self.map.as_ref().map_or(0, |_| tokens * inputs)];
        let blocks = attrs.chunks(BLOCK * columns);
        for (attrs, out) in blocks.zip(out.chunks_mut(BLOCK * self.width)) {
            clock.check()?;
            let n = attrs.len() / columns;
            let mapped = &mut mapped[..n * mapped_width];
            match &self.map {
                None => sum_rows(self.isa, &self.tables, attrs, mapped),
                Some(map) => {
                    let vectors = &mut vectors[..n * inputs];
                    embed_side_by_side(self.isa, &self.tables, attrs, vectors);
                    map.apply(vectors, n, mapped);
                }
            }
            self.finish.rows(mapped, out);
        }
        Ok(())
    }
}

per_isa! {
    /// For each token, the sum of its vectors in all tables.
    fn sum_rows(tables: &[HashEmbed], attrs: &[u64], out: &mut [f32]) {
        let width = out.len() / (attrs.len() / tables.len());
        for (keys, out) in attrs.chunks_exact(tables.len()).zip(out.chunks_exact_mut(width)) {
            out.fill(0.0);
            for (table, &key) in tables.iter().zip(keys) {
                let [a, b, c, d] = table.rows_of(key);
                for ((((out, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                    *out += (a + b) + (c + d);
                }
            }
        }
    }
}

per_isa! {
    /// For each token, its vectors in all tables, one after the other.
    fn embed_side_by_side(tables: &[HashEmbed], attrs: &[u64], out: &mut [f32]) {
        let width = out.len() / attrs.len();
        let keys = attrs.chunks_exact(tables.len()).flat_map(|keys| tables.iter().zip(keys));
        for ((table, &key), out) in keys.zip(out.chunks_exact_mut(width)) {
            let [a, b, c, d] = table.rows_of(key);
            for ((((out, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *out = a + b + c + d;
            }
        }
    }
}
