//! What a configuration says of an embedding, and what of a model's file belongs to it.

use serde_json::Value;

use super::Embed;
use super::chars::CharTables;
use super::static_vectors::{StaticPlan, StaticVectors};
use crate::attr::Attr;
use crate::error::{Error, FormatError};
use crate::format::thinc_model::ThincModel;
use crate::nn::dense::{Activation, Dense};
use crate::nn::hash_embed::Trained;
use crate::nn::source::{Block, ModelSource};
use crate::nn::tree::Tree;

/// The seed of the first table of `spacy.MultiHashEmbed`; each further one has the next number.
const FIRST_SEED: u32 = 8;
/// The seed of the one table of `spacy.CharacterEmbed`.
const CHARACTER_SEED: u32 = 5;
/// No embedding is believed to read more attributes: their values are laid out for all tokens of a batch.
const MAX_ATTRS: usize = 64;
/// Nor more bytes of a word.
const MAX_CHARS: usize = 256;
/// Tables are mapped beforehand as long as they hold no more than this many numbers then (32 MiB): that takes three
/// times the memory, and saves a quarter of the arithmetic of a whole network.
const MAX_PROJECTED: usize = 8 << 20;
/// Candidates of the maxout layer that mixes the vectors of all parts.
const PIECES: usize = 3;

/// What the configuration says of the embedding.
pub(in crate::nn) struct EmbedPlan {
    width: usize,
    chars: Option<CharPlan>,
    attrs: Vec<Attr>,
    rows: Vec<u32>,
    first_seed: u32,
    statics: Option<StaticPlan>,
    /// Tables are mapped beforehand as long as they hold no more than this many numbers then.
    max_projected: usize,
}

/// How many bytes of a word are read, and the numbers that each gives.
struct CharPlan {
    count: usize,
    width: usize,
}

/// The layers that have numbers, by what they are for.
struct Layers<'t> {
    columns: &'t Tree,
    tables: &'t Tree,
    chars: Option<&'t Tree>,
    statics: Option<&'t Tree>,
    mix: &'t Tree,
}

impl EmbedPlan {
    /// The plan of an embedding's block.
    pub fn from_block(block: &Block) -> Result<EmbedPlan, Error> {
        match block.name.as_str() {
            "spacy.MultiHashEmbed.v1" | "spacy.MultiHashEmbed.v2" => EmbedPlan::of_hashes(block),
            "spacy.CharacterEmbed.v1" | "spacy.CharacterEmbed.v2" => EmbedPlan::of_chars(block),
            _ => Err(block.unsupported(None)),
        }
    }

    fn of_hashes(block: &Block) -> Result<EmbedPlan, Error> {
        let width = block.number("width", 1)?;
        let attrs = block.list("attrs")?;
        if attrs.len() > MAX_ATTRS {
            return Err(block.fault("attrs", &format!("a list of at most {MAX_ATTRS}")));
        }
        let attrs: Vec<Attr> = attrs
            .iter()
            .map(|attr| attribute(block, attr))
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
        let statics = block.flag("include_static_vectors", false)?;
        Ok(EmbedPlan {
            width,
            chars: None,
            attrs,
            rows,
            first_seed: FIRST_SEED,
            statics: statics.then(|| StaticPlan::of_version(block.name.ends_with("v1"))),
            max_projected: MAX_PROJECTED,
        })
    }

    fn of_chars(block: &Block) -> Result<EmbedPlan, Error> {
        let attr = match block.value("feature") {
            None => Attr::Lower,
            Some(feature) => attribute(block, feature)?,
        };
        let statics = block.flag("include_static_vectors", false)?;
        Ok(EmbedPlan {
            width: block.number("width", 1)?,
            chars: Some(CharPlan {
                count: block.number_up_to("nC", 1, MAX_CHARS)?,
                width: block.number("nM", 1)?,
            }),
            attrs: vec![attr],
            rows: vec![block.number("rows", 1)? as u32],
            first_seed: CHARACTER_SEED,
            statics: statics.then(|| StaticPlan::of_version(block.name.ends_with("v1"))),
            max_projected: MAX_PROJECTED,
        })
    }

    /// The plan inside `spacy.HashEmbedCNN`.
    pub fn of_hash_embed_cnn(block: &Block) -> Result<EmbedPlan, Error> {
        let width = block.number("width", 1)?;
        let rows = block.number("embed_size", 2)? as u32;
        let statics = block.flag("pretrained_vectors", false)?;
        let (attrs, rows) = match block.flag("subword_features", false)? {
            true => (
                vec![Attr::Norm, Attr::Prefix, Attr::Suffix, Attr::Shape],
                vec![rows, rows / 2, rows / 2, rows / 2],
            ),
            false => (vec![Attr::Norm], vec![rows]),
        };
        Ok(EmbedPlan {
            width,
            chars: None,
            attrs,
            rows,
            first_seed: FIRST_SEED,
            statics: statics.then(|| StaticPlan::of_version(block.name.ends_with("v1"))),
            max_projected: MAX_PROJECTED,
        })
    }

    /// Has no tables mapped beforehand.
    #[cfg(test)]
    pub fn project_nothing(&mut self) {
        self.max_projected = 0;
    }

    /// The width of the vectors.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The layers: those that give vectors, side by side, and the one that mixes them.
    pub fn tree(&self) -> Tree {
        let mut tables: Vec<Tree> = self.attrs.iter().map(|_| Trained::tree()).collect();
        // A single layer is not wrapped to be concatenated.
        let tables = match tables.len() {
            1 => tables.remove(0),
            _ => Tree::of(tables),
        };
        let hashes = vec![
            Tree::leaf("extract_features"),
            Tree::leaf("list2ragged"),
            Tree::of(vec![tables]),
        ];
        let mix = [
            Tree::of(vec![Dense::tree(Activation::Maxout(PIECES))]),
            Tree::leaf("ragged2list"),
        ];
        if self.chars.is_none() && self.statics.is_none() {
            return Tree::of(hashes.into_iter().chain(mix).collect());
        }
        let mut parts = Vec::new();
        if self.chars.is_some() {
            parts.push(Tree::of(vec![
                Tree::leaf("charembed"),
                Tree::leaf("list2ragged"),
            ]));
        }
        parts.push(Tree::of(hashes));
        if self.statics.is_some() {
            parts.push(Tree::leaf("static_vectors"));
        }
        let parts = [Tree::of(parts)];
        Tree::of(parts.into_iter().chain(mix).collect())
    }

    /// What is what in a tree that [`EmbedPlan::tree`] made.
    fn layers<'t>(&self, tree: &'t Tree) -> Layers<'t> {
        let [.., mix, _] = tree.children() else {
            unreachable!("EmbedPlan::tree makes more")
        };
        let mix = mix.child(0);
        if self.chars.is_none() && self.statics.is_none() {
            return Layers {
                columns: tree.child(0),
                tables: tree.child(2).child(0),
                chars: None,
                statics: None,
                mix,
            };
        }
        let parts = tree.child(0);
        let after_chars = usize::from(self.chars.is_some());
        let hashes = parts.child(after_chars);
        Layers {
            columns: hashes.child(0),
            tables: hashes.child(2).child(0),
            chars: self.chars.as_ref().map(|_| parts.child(0).child(0)),
            statics: self.statics.as_ref().map(|_| parts.child(after_chars + 1)),
            mix,
        }
    }

    /// The trained embedding.
    pub fn load(
        &self,
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
    ) -> Result<Embed, Error> {
        let layers = self.layers(tree);
        self.check_columns(source, layers.columns, file)?;
        let chars = match (&self.chars, layers.chars) {
            (Some(plan), Some(tree)) => {
                let shape = (plan.count, plan.width);
                Some(CharTables::load(source, tree, file, shape)?)
            }
            _ => None,
        };
        let tables = (self.rows.iter().zip(self.first_seed..).enumerate())
            .map(|(i, (&rows, seed))| {
                let tree = match self.rows.len() {
                    1 => layers.tables,
                    _ => layers.tables.child(i),
                };
                Trained::load(source, tree, file, (rows, self.width, seed))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let statics = match (&self.statics, layers.statics) {
            (Some(plan), Some(tree)) => {
                Some(StaticVectors::load(plan, source, tree, file, self.width)?)
            }
            _ => None,
        };
        let of_chars = self.chars.as_ref().map_or(0, |c| c.count * c.width);
        let of_statics = usize::from(self.statics.is_some());
        let inputs = of_chars + self.width * (tables.len() + of_statics);
        let shape = (Activation::Maxout(PIECES), inputs, self.width);
        let mix = Dense::load(source, layers.mix, file, shape)?;
        let parts = (chars, tables, statics);
        Ok(Embed::new(&self.attrs, parts, mix, self.max_projected))
    }

    /// The file repeats the attributes; where they differ from the configuration's, it belongs to another model.
    fn check_columns(
        &self,
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
    ) -> Result<(), Error> {
        let node = tree.node(file);
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
fn attribute(block: &Block, value: &Value) -> Result<Attr, Error> {
    let attr = match value.as_u64() {
        Some(id) => Attr::from_id(id),
        None => value.as_str().and_then(Attr::from_name),
    };
    attr.ok_or_else(|| block.unsupported(Some(&format!("the attribute {value}"))))
}
