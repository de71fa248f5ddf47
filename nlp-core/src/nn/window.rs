//! Vectors of words in their context: `spacy.MaxoutWindowEncoder` and `spacy.MishWindowEncoder`
//! (`spacy/ml/models/tok2vec.py`), stacks of convolutions with residual connections.

use super::dense::{Activation, Dense, Finish};
use super::gemm::Weights;
use super::source::{Block, ModelSource};
use super::tree::Tree;
use crate::error::{Error, FormatError};
use crate::format::thinc_model::ThincModel;
use std::ops::Range;

/// No stack is believed to be deeper.
const MAX_DEPTH: usize = 1_000;
/// Rows for which a layer's candidates are made before they are reduced: they stay in the nearest caches.
const BLOCK: usize = 64;
/// Rows that are taken through all layers before the next sequences are, where sequences do not see each other.
const GROUP: usize = 256;

/// What the configuration says of the encoder.
pub(super) struct WindowPlan {
    activation: Activation,
    width: usize,
    window: usize,
    depth: usize,
    flattens: bool,
}

/// A stack of layers, each of which sees `window` rows to either side and adds what it makes to what it got.
///
/// The sequences of a batch lie in one array with `pad` rows around each. Those are zero at first and no longer so
/// after the first layer; nothing resets them. With `pad` at least `window * depth`, no sequence reaches another; with
/// less, as in the Mish encoder, neighbours in a batch do see each other.
#[derive(Debug, Clone)]
pub(super) struct WindowEncoder {
    width: usize,
    window: usize,
    pad: usize,
    layers: Vec<Layer>,
}

/// A convolution: from a window of rows to what is added to the one in its middle.
#[derive(Debug, Clone)]
struct Layer {
    map: Weights,
    finish: Finish,
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
        let depth = block.number("depth", 1)?;
        if depth > MAX_DEPTH {
            return Err(block.fault("depth", &format!("at most {MAX_DEPTH}")));
        }
        Ok(WindowPlan {
            activation: match maxout {
                true => Activation::Maxout(block.number("maxout_pieces", 1)?),
                false => Activation::Mish,
            },
            width: block.number("width", 1)?,
            window: block.number("window_size", 0)?,
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
        let layers = (0..self.depth)
            .map(|i| {
                let residual = match self.depth {
                    1 => stack,
                    _ => stack.child(i),
                };
                let [window, dense] = residual.child(0).children() else {
                    unreachable!("WindowPlan::tree makes two")
                };
                source.in_model(expect_setting(window, file, "window_size", self.window))?;
                let shape = (self.activation, inputs, self.width);
                let Dense { weights, finish } = Dense::load(source, dense, file, shape)?;
                let map = Weights::new(finish.mapped(), inputs, weights);
                Ok(Layer { map, finish })
            })
            .collect::<Result<_, _>>()?;
        Ok(WindowEncoder {
            width: self.width,
            window: self.window,
            pad,
            layers,
        })
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

impl WindowEncoder {
    /// Takes the rows of all sequences, one after the other, through the layers.
    pub fn encode(&self, rows: &mut [f32], lengths: &[usize]) {
        let reach = self.window * self.layers.len();
        if self.pad < reach {
            self.encode_group(rows, lengths);
            return;
        }
        // No sequence reaches another: a few at a time, so that they stay in the caches through all layers.
        let (mut rows, mut lengths) = (rows, lengths);
        while !lengths.is_empty() {
            let mut tokens = 0;
            let count = lengths
                .iter()
                .take_while(|&&length| {
                    let more = tokens < GROUP;
                    tokens += if more { length } else { 0 };
                    more
                })
                .count();
            let (group, rest) = rows.split_at_mut(tokens * self.width);
            self.encode_group(group, &lengths[..count]);
            rows = rest;
            lengths = &lengths[count..];
        }
    }

    fn encode_group(&self, rows: &mut [f32], lengths: &[usize]) {
        let (width, window, depth) = (self.width, self.window, self.layers.len());
        if rows.is_empty() {
            return;
        }
        // Empty sequences take no room, and no padding either. The outermost `window` rows stay zero: they stand for
        // what lies beyond the array.
        let mut at = window + self.pad;
        let mut places: Vec<Range<usize>> = Vec::new();
        for &length in lengths.iter().filter(|&&length| length > 0) {
            places.push(at..at + length);
            at += length + self.pad;
        }
        let total = at + window;
        let mut now = vec![0.0; total * width];
        let mut next = vec![0.0; total * width];
        let mut from = 0;
        for place in &places {
            let numbers = place.len() * width;
            now[place.start * width..place.end * width]
                .copy_from_slice(&rows[from..from + numbers]);
            from += numbers;
        }
        let mut mapped = vec![0.0; BLOCK * self.layers[0].map.outputs()];
        let mut added = vec![0.0; BLOCK * width];
        let mut starts = Vec::with_capacity(BLOCK);
        for (i, layer) in self.layers.iter().enumerate() {
            // Beyond `margin` rows from a sequence, nothing reaches it through the layers that follow.
            let margin = window * (depth - 1 - i);
            let wanted = match self.pad >= window * depth {
                true => merged(places.iter().map(|p| p.start - margin..p.end + margin)),
                false => merged(std::iter::once(window..total - window)),
            };
            let mut wanted = wanted.into_iter().flatten();
            loop {
                starts.clear();
                starts.extend(
                    wanted
                        .by_ref()
                        .take(BLOCK)
                        .map(|row| (row - window) * width),
                );
                if starts.is_empty() {
                    break;
                }
                let mapped = &mut mapped[..starts.len() * layer.map.outputs()];
                layer.map.apply_at(&now, &starts, mapped);
                layer
                    .finish
                    .rows(mapped, &mut added[..starts.len() * width]);
                for (start, added) in starts.iter().zip(added.chunks_exact(width)) {
                    let middle = start + window * width..start + (window + 1) * width;
                    let out = next[middle.clone()].iter_mut();
                    for ((out, x), added) in out.zip(&now[middle]).zip(added) {
                        *out = x + added;
                    }
                }
            }
            std::mem::swap(&mut now, &mut next);
        }
        let mut to = 0;
        for place in &places {
            let numbers = place.len() * width;
            rows[to..to + numbers].copy_from_slice(&now[place.start * width..place.end * width]);
            to += numbers;
        }
    }
}

/// Ranges in ascending order, with those that overlap made one.
fn merged(ranges: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = range.end,
            _ => out.push(range),
        }
    }
    out
}
