//! The architectures that put words in their context: `spacy.MaxoutWindowEncoder` and `spacy.MishWindowEncoder`
//! (`spacy/ml/models/tok2vec.py`), stacks of convolutions with residual connections.

use super::dense::{Activation, Dense};
use super::encoder::WindowEncoder;
use super::source::{Block, MAX_PIECES, ModelSource};
use super::tree::Tree;
use crate::error::{Error, FormatError};
use crate::format::thinc_model::ThincModel;

/// No stack is believed to be deeper.
const MAX_DEPTH: usize = 1_000;
/// No window is believed to be wider to either side. Each word has a share for each place of a window.
const MAX_WINDOW: usize = 100;
/// No stack is believed to see further: around every document, that many rows are worked out that belong to no token.
const MAX_REACH: usize = 1_000;

/// What the configuration says of the encoder.
pub(super) struct WindowPlan {
    activation: Activation,
    width: usize,
    window: usize,
    depth: usize,
    flattens: bool,
}

impl WindowPlan {
    /// The plan of an encoder's block.
    pub fn from_block(block: &Block) -> Result<WindowPlan, Error> {
        let (maxout, flattens) = match block.name.as_str() {
            "spacy.MaxoutWindowEncoder.v1" => (true, false),
            "spacy.MaxoutWindowEncoder.v2" => (true, true),
            "spacy.MishWindowEncoder.v1" => (false, false),
            "spacy.MishWindowEncoder.v2" => (false, true),
            _ => return Err(block.unsupported(None)),
        };
        WindowPlan::new(block, maxout, flattens)
    }

    /// The plan inside `spacy.HashEmbedCNN`.
    pub fn of_hash_embed_cnn(block: &Block) -> Result<WindowPlan, Error> {
        WindowPlan::new(block, true, true)
    }

    fn new(block: &Block, maxout: bool, flattens: bool) -> Result<WindowPlan, Error> {
        let depth = block.number_up_to("depth", 1, MAX_DEPTH)?;
        let window = block.number_up_to("window_size", 0, MAX_WINDOW)?;
        if window * depth > MAX_REACH {
            let expected = format!("at most {MAX_REACH} with depth ({depth}) times it");
            return Err(block.fault("window_size", &expected));
        }
        Ok(WindowPlan {
            activation: match maxout {
                true => Activation::Maxout(block.number_up_to("maxout_pieces", 1, MAX_PIECES)?),
                false => Activation::Mish,
            },
            width: block.number("width", 1)?,
            window,
            depth,
            flattens,
        })
    }

    /// The width of the vectors.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether the encoder takes separate sequences (version 2), and not one array of all (version 1).
    pub fn flattens(&self) -> bool {
        self.flattens
    }

    /// The rows around each sequence that the encoder asks for.
    pub fn pad(&self) -> usize {
        match self.activation {
            Activation::Maxout(_) => self.window * self.depth,
            Activation::Mish => 0,
        }
    }

    /// The layers, inside the one that flattens sequences where the encoder has one.
    pub fn tree(&self) -> Tree {
        let layer = || {
            Tree::of(vec![Tree::of(vec![
                Tree::leaf("expand_window"),
                Dense::tree(self.activation),
            ])])
        };
        let mut layers: Vec<Tree> = (0..self.depth).map(|_| layer()).collect();
        // A single layer is not wrapped to be chained.
        let stack = match layers.len() {
            1 => layers.remove(0),
            _ => Tree::of(layers),
        };
        match self.flattens {
            true => Tree::of(vec![stack]),
            false => stack,
        }
    }

    /// The trained encoder, which will put `pad` rows around each sequence.
    pub fn load(
        &self,
        source: ModelSource,
        tree: &Tree,
        file: &ThincModel,
        pad: usize,
    ) -> Result<WindowEncoder, Error> {
        let stack = match self.flattens {
            true => tree.child(0),
            false => tree,
        };
        let inputs = self.width * (2 * self.window + 1);
        let mut layers = Vec::with_capacity(self.depth);
        for i in 0..self.depth {
            let residual = match self.depth {
                1 => stack,
                _ => stack.child(i),
            };
            let [window, dense] = residual.child(0).children() else {
                unreachable!("WindowPlan::tree makes two")
            };
            source.in_model(expect_setting(window, file, "window_size", self.window))?;
            let shape = (self.activation, inputs, self.width);
            layers.push(Dense::load(source, dense, file, shape)?);
        }
        Ok(WindowEncoder::new(self.width, self.window, pad, layers))
    }
}

/// Refuses a file in which a layer's setting is not the one that the configuration implies.
pub(super) fn expect_setting(
    tree: &Tree,
    file: &ThincModel,
    name: &str,
    expected: usize,
) -> Result<(), FormatError> {
    let node = tree.node(file);
    match node.attr(name)? {
        Some(value) if value.as_usize() != Some(expected) => Err(FormatError::new(format!(
            "{}: {name} is {}, and the configuration asks for {expected}",
            node.label(),
            value.as_usize().map_or(value.kind(), |n| n.to_string()),
        ))),
        _ => Ok(()),
    }
}
