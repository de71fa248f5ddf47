//! Words in their context: a stack of convolutions with residual connections, as thinc computes it
//! (`expand_window`, `residual` and `with_array` in `thinc/layers`).

mod first;

use super::dense::{Dense, Finish};
use super::gemm::{PAIRS, Pairs, Weights};
use super::isa::{Isa, per_isa};
use crate::frozen::{Frozen, Walk, frozen};
use crate::kept::{Owner, Shape, Table, hold};
use crate::limits::{Budget, OutOfTime};
use crate::sync::Mutex;
use std::ops::Range;

/// Rows for which a layer's candidates are made before they are reduced: they stay in the nearest caches.
const BLOCK: usize = 2 * PAIRS;
/// Rows that are taken through all layers before the next sequences are, where sequences do not see each other.
const GROUP: usize = 256;
/// Rows whose words are asked for together.
const PART: usize = 256;
/// Rows that are made together, numbered from the first of a sequence on.
pub(super) const STEP: usize = 2;
/// Stands for no word: zeros.
const NONE: u32 = u32::MAX;

/// A stack of layers, each of which sees `window` rows to either side and adds what it makes to what it got.
///
/// The sequences of a batch lie in one array with `pad` rows around each. Those are zero at first and no longer so
/// after the first layer; nothing resets them. With `pad` at least `window * depth`, no sequence reaches another; with
/// less, as in the Mish encoder, neighbours in a batch do see each other.
///
/// The first layer sees nothing but words, so what a word adds at each place of a window (its share) is worked out once
/// and kept, and the first layer is a sum of shares.
#[derive(Debug, Clone)]
pub(super) struct WindowEncoder {
    isa: Isa,
    width: usize,
    window: usize,
    pad: usize,
    /// From a word to its shares, for the places of a window from the first to the last.
    shares: Weights,
    first: Finish,
    /// All layers but the first.
    layers: Vec<Layer>,
}

frozen!(WindowEncoder {
    isa,
    width,
    window,
    pad,
    shares,
    first,
    layers
});

/// A convolution: from a window of rows to what is added to the one in its middle.
#[derive(Debug, Clone)]
struct Layer {
    map: Map,
    finish: Finish,
}

frozen!(Layer { map, finish });

/// The linear map of a convolution.
#[derive(Debug, Clone)]
enum Map {
    /// Of windows of three rows: two at a time.
    Threes(Pairs),
    /// Of other windows.
    Any(Weights),
}

impl Frozen for Map {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Map::Threes(pairs) => pairs.visit(walk),
            Map::Any(weights) => weights.visit(walk),
        }
    }
}

/// The words that the tokens of a batch are, as the first layer meets them.
pub(super) trait Words {
    /// What the word of a token is known by: with the same key it is the same word.
    fn key(&self, token: u32) -> &[u64];
    /// Writes the vectors of some tokens' words over `out`, a row each.
    fn embed(&mut self, tokens: &[u32], out: &mut [f32], budget: Budget) -> Result<(), OutOfTime>;
}

/// What is encoded, and buffers that are used again from group to group.
struct Work<'a> {
    words: &'a mut dyn Words,
    /// For each word that is kept, its shares and then its vector.
    table: &'a Mutex<Table>,
    shape: Shape,
    /// The token that stands in the padding; `NONE` where that is zeros.
    padding: u32,
    /// For each row of the array, its token.
    ids: Vec<u32>,
    /// Where each sequence lies in the array.
    places: Vec<Range<usize>>,
    /// The rows that a layer has to make.
    wanted: Vec<Range<usize>>,
    /// What the table has of the words that a part's windows see, word by word.
    found: Vec<f32>,
    /// Which of them each row is, from the first on that the windows see, or `NONE`.
    numbers: Vec<u32>,
    /// Of the words that are new: a token, the number among those found, and the slot in the table; and what is worked out.
    new: Vec<u32>,
    new_places: Vec<(u32, usize)>,
    new_vectors: Vec<f32>,
    new_shares: Vec<f32>,
    now: Vec<f32>,
    next: Vec<f32>,
    room: Vec<f32>,
    mapped: Vec<f32>,
    added: Vec<f32>,
    starts: Vec<usize>,
}

impl WindowEncoder {
    /// An encoder of `layers` from windows of rows of `width` numbers to such rows; there must be at least one.
    pub fn new(width: usize, window: usize, pad: usize, layers: Vec<Dense>) -> WindowEncoder {
        let places = 2 * window + 1;
        let mut layers = layers.into_iter();
        let Dense { weights, finish } = layers.next().expect("at least one layer");
        let mapped = finish.mapped();
        let mut shares = Vec::with_capacity(weights.len());
        for place in 0..places {
            for output in 0..mapped {
                let from = (output * places + place) * width;
                shares.extend_from_slice(&weights[from..from + width]);
            }
        }
        let map = |mapped, weights: Vec<f32>| match window {
            1 => Map::Threes(Pairs::new(mapped, width, &weights)),
            _ => Map::Any(Weights::new(mapped, places * width, weights)),
        };
        WindowEncoder {
            isa: Isa::detect(),
            width,
            window,
            pad,
            shares: Weights::new(places * mapped, width, shares),
            first: finish,
            layers: layers
                .map(|Dense { weights, finish }| Layer {
                    map: map(finish.mapped(), weights),
                    finish,
                })
                .collect(),
        }
    }

    /// The table that the words of `owner` are kept in, which are known by `columns` numbers: of `bytes`, or of what one
    /// part's windows may see where that is more.
    pub fn table(&self, owner: Owner, columns: usize, bytes: usize) -> Shape {
        let width = self.shares.outputs() + self.width;
        let slots = bytes / Shape::slot_bytes(columns, width);
        // The words of a part, those beside it and the padding's.
        let seen = self.part(slots) + 2 * self.window + 2;
        Shape {
            owner,
            columns,
            width,
            slots: slots.max(seen),
        }
    }

    /// Rows whose words are asked for together, of a table with so many slots.
    fn part(&self, slots: usize) -> usize {
        slots.saturating_sub(2 * self.window + 2).clamp(1, PART)
    }

    /// Takes sequences through the layers: their tokens are numbered from 0 on, and `out` gets a row for each. `padding`
    /// is the token whose word is in the rows around each sequence, instead of zeros.
    pub fn encode(
        &self,
        words: &mut dyn Words,
        table: &Mutex<Table>,
        padding: Option<u32>,
        lengths: &[usize],
        out: &mut [f32],
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let mapped = self.layers.iter().map(|layer| layer.finish.mapped());
        let mapped = mapped.fold(self.first.mapped(), usize::max);
        let mut work = Work {
            words,
            table,
            shape: hold(table).shape(),
            padding: padding.unwrap_or(NONE),
            ids: Vec::new(),
            places: Vec::new(),
            wanted: Vec::new(),
            found: Vec::new(),
            numbers: Vec::new(),
            new: Vec::new(),
            new_places: Vec::new(),
            new_vectors: Vec::new(),
            new_shares: Vec::new(),
            now: Vec::new(),
            next: Vec::new(),
            room: Vec::new(),
            mapped: vec![0.0; BLOCK * mapped],
            added: vec![0.0; BLOCK * self.width],
            starts: Vec::with_capacity(BLOCK * (2 * self.window + 1)),
        };
        let (mut lengths, mut out) = (lengths, out);
        let mut first = 0;
        while !lengths.is_empty() {
            // No sequence reaches another: a few at a time, so that they stay in the caches through all layers.
            let most = if self.isolates() { GROUP } else { usize::MAX };
            let (mut count, mut tokens) = (0, 0);
            while count < lengths.len() && tokens < most {
                tokens += lengths[count];
                count += 1;
            }
            let group_out;
            (group_out, out) = out.split_at_mut(tokens * self.width);
            self.encode_group(&mut work, first, &lengths[..count], group_out, budget)?;
            first += tokens as u32;
            lengths = &lengths[count..];
        }
        Ok(())
    }

    /// Whether the padding keeps sequences from reaching each other.
    pub fn isolates(&self) -> bool {
        self.pad >= self.reach()
    }

    /// How many rows to either side of one reach it through all layers.
    pub fn reach(&self) -> usize {
        self.window * self.depth()
    }

    fn depth(&self) -> usize {
        1 + self.layers.len()
    }

    fn encode_group(
        &self,
        work: &mut Work,
        first: u32,
        lengths: &[usize],
        out: &mut [f32],
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        if out.is_empty() {
            return Ok(());
        }
        let width = self.width;
        self.lay_out(work, first, lengths);
        self.want(work, 0);
        self.first_layer(work, budget)?;
        for (i, layer) in self.layers.iter().enumerate() {
            std::mem::swap(&mut work.now, &mut work.next);
            self.want(work, i + 1);
            self.further_layer(layer, work, budget)?;
        }
        let mut out = out;
        for place in &work.places {
            let made = &work.next[place.start * width..place.end * width];
            let (here, rest) = out.split_at_mut(made.len());
            here.copy_from_slice(made);
            out = rest;
        }
        Ok(())
    }

    /// Gives each sequence its place in the array. Empty sequences take no room, and no padding either.
    fn lay_out(&self, work: &mut Work, first: u32, lengths: &[usize]) {
        let window = self.window;
        // Where sequences do not see each other, there is room for the rows beside each that layers after the first make.
        let pad = match self.isolates() {
            true => self.pad.max(2 * window * self.depth().saturating_sub(2)),
            false => self.pad,
        };
        work.places.clear();
        work.ids.clear();
        work.ids.resize(window, NONE);
        work.ids.resize(window + pad, work.padding);
        let mut next = first;
        for &length in lengths.iter().filter(|&&length| length > 0) {
            work.places.push(work.ids.len()..work.ids.len() + length);
            work.ids.extend(next..next + length as u32);
            work.ids.resize(work.ids.len() + pad, work.padding);
            next += length as u32;
        }
        // One more, for the second row of a pair that is not wanted.
        work.ids.resize(work.ids.len() + window + 1, NONE);
        let numbers = work.ids.len() * self.width;
        for buffer in [&mut work.now, &mut work.next] {
            buffer.resize(numbers, 0.0);
            // The outermost rows stay zero: they stand for what lies beyond the array. All others are made before they
            // are read.
            let edge = window * self.width;
            buffer[..edge].fill(0.0);
            buffer[numbers - edge - self.width..].fill(0.0);
        }
    }

    /// Finds the rows that layer `i` has to make: beyond a margin around a sequence, nothing reaches it any more through
    /// the layers that follow.
    fn want(&self, work: &mut Work, i: usize) {
        work.wanted.clear();
        if self.isolates() {
            let margin = self.window * (self.depth() - 1 - i);
            for place in &work.places {
                // Those of the first layer may be made by one sequence for the next: they are the same.
                let next = work.wanted.last().map_or(0, |rows| rows.end);
                let start = next.max(place.start - margin.min(place.start));
                work.wanted.push(start..place.end + margin);
            }
            let last = work.ids.len() - self.window - 1;
            if let Some(rows) = work.wanted.last_mut() {
                rows.end = rows.end.min(last);
            }
            if let Some(rows) = work.wanted.first_mut() {
                rows.start = rows.start.max(self.window);
            }
        } else {
            work.wanted
                .push(self.window..work.ids.len() - self.window - 1);
        }
    }

    /// Makes the wanted rows of `next` from those of `now`.
    fn further_layer(
        &self,
        layer: &Layer,
        work: &mut Work,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        // A row of a pair is numbered from the first of its sequence on, so that a sequence has the same pairs whatever
        // is in the batch with it.
        let (step, before) = match layer.map {
            Map::Threes(_) => (STEP, 1),
            Map::Any(_) => (1, self.window),
        };
        let wanted = std::mem::take(&mut work.wanted);
        let steps = wanted.iter().flat_map(|rows| {
            let end = rows.end;
            let firsts = rows.clone().step_by(step);
            firsts.map(move |row| row..end.min(row + step))
        });
        let mut block: Vec<Range<usize>> = Vec::with_capacity(BLOCK / step);
        let mut steps = steps.peekable();
        let mut blocks = 0;
        while steps.peek().is_some() {
            if blocks % (1024 / BLOCK) == 0 {
                budget.check()?;
            }
            blocks += 1;
            block.clear();
            block.extend(steps.by_ref().take(BLOCK / step));
            self.block(layer, work, &block, (step, before));
        }
        work.wanted = wanted;
        Ok(())
    }

    /// Makes a few rows, or pairs of rows, of which the second may not be wanted.
    fn block(
        &self,
        layer: &Layer,
        work: &mut Work,
        block: &[Range<usize>],
        (step, before): (usize, usize),
    ) {
        let width = self.width;
        let mapped = layer.finish.mapped();
        work.starts.clear();
        work.starts
            .extend(block.iter().map(|rows| (rows.start - before) * width));
        let sums = &mut work.mapped[..step * block.len() * mapped];
        match &layer.map {
            Map::Threes(pairs) => {
                work.room.resize(pairs.room(PAIRS), 0.0);
                pairs.apply(&work.now, &work.starts, &mut work.room, sums);
            }
            Map::Any(weights) => weights.apply_at(&work.now, &work.starts, sums),
        }
        let added = &mut work.added[..step * block.len() * width];
        layer.finish.rows(sums, added);
        for (rows, added) in block.iter().zip(added.chunks_exact(step * width)) {
            let numbers = rows.start * width..rows.end * width;
            let (x, out) = (&work.now[numbers.clone()], &mut work.next[numbers]);
            add(self.isa, x, &added[..x.len()], out);
        }
    }
}

per_isa! {
    /// Adds up numbers one by one.
    fn add(a: &[f32], b: &[f32], out: &mut [f32]) {
        for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
            *out = a + b;
        }
    }
}
