//! Words in their context: a stack of convolutions with residual connections, as thinc computes it
//! (`expand_window`, `residual` and `with_array` in `thinc/layers`).

use super::dense::{Dense, Finish};
use super::gemm::Weights;
use super::isa::{Isa, per_isa};
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use std::ops::Range;

/// Rows for which a layer's candidates are made before they are reduced: they stay in the nearest caches.
const BLOCK: usize = 64;
/// Rows that are taken through all layers before the next sequences are, where sequences do not see each other.
const GROUP: usize = 256;
/// Rows whose words' shares are made sure of together.
const PART: usize = 1024;
/// Words whose shares are kept, about: a few megabytes.
const KEPT: usize = 2048;
/// Numbers in the shares that are kept, about: where a word has many, as wide windows give it, fewer words' are kept.
const SHARES: usize = 8 << 20;
/// Stands for no word, in the padding.
const NONE: u32 = u32::MAX;

/// A stack of layers, each of which sees `window` rows to either side and adds what it makes to what it got.
///
/// The sequences of a batch lie in one array with `pad` rows around each. Those are zero at first and no longer so
/// after the first layer; nothing resets them. With `pad` at least `window * depth`, no sequence reaches another; with
/// less, as in the Mish encoder, neighbours in a batch do see each other.
///
/// The first layer sees nothing but words, so what a word adds at each place of a window (its share) is computed once
/// for all its occurrences, and the first layer is a sum of shares.
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
    map: Weights,
    finish: Finish,
}

frozen!(Layer { map, finish });

/// Buffers that are used again from group to group.
struct Work<'a> {
    /// The vectors of the distinct words.
    words: &'a [f32],
    /// For each word, where its shares lie, in units of a word's shares, or `NONE`.
    slots: Vec<u32>,
    /// The words whose shares are kept, in the order of their slots.
    kept: Vec<u32>,
    shares: Vec<f32>,
    /// The word that stands in the padding; `NONE` where that is zeros.
    padding: u32,
    /// For each row of the array, its word.
    ids: Vec<u32>,
    /// Where each sequence lies in the array.
    places: Vec<Range<usize>>,
    /// The rows that a layer has to make.
    wanted: Vec<usize>,
    now: Vec<f32>,
    next: Vec<f32>,
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
        WindowEncoder {
            isa: Isa::detect(),
            width,
            window,
            pad,
            shares: Weights::new(places * mapped, width, shares),
            first: finish,
            layers: layers
                .map(|Dense { weights, finish }| Layer {
                    map: Weights::new(finish.mapped(), places * width, weights),
                    finish,
                })
                .collect(),
        }
    }

    /// Takes sequences of words through the layers: `words` are the vectors of distinct words, `ids` says which the
    /// tokens of all sequences are, and `out` gets a row for each token.
    pub fn encode(
        &self,
        words: &[f32],
        ids: &[u32],
        lengths: &[usize],
        out: &mut [f32],
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        self.encode_padded(words, ids, NONE, lengths, out, budget)
    }

    /// As [`WindowEncoder::encode`], with the word `padding` in the rows around each sequence.
    pub fn encode_padded(
        &self,
        words: &[f32],
        ids: &[u32],
        padding: u32,
        lengths: &[usize],
        out: &mut [f32],
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let mapped = self.first.mapped();
        let mut work = Work {
            words,
            slots: vec![NONE; words.len() / self.width],
            kept: Vec::new(),
            shares: Vec::new(),
            padding,
            ids: Vec::new(),
            places: Vec::new(),
            wanted: Vec::new(),
            now: Vec::new(),
            next: Vec::new(),
            mapped: vec![0.0; BLOCK * mapped],
            added: vec![0.0; BLOCK * self.width],
            starts: Vec::with_capacity(BLOCK * (2 * self.window + 1)),
        };
        let (mut ids, mut lengths, mut out) = (ids, lengths, out);
        while !lengths.is_empty() {
            // No sequence reaches another: a few at a time, so that they stay in the caches through all layers.
            let most = if self.isolates() { GROUP } else { usize::MAX };
            let (mut count, mut tokens) = (0, 0);
            while count < lengths.len() && tokens < most {
                tokens += lengths[count];
                count += 1;
            }
            let (group_ids, group_out);
            (group_ids, ids) = ids.split_at(tokens);
            (group_out, out) = out.split_at_mut(tokens * self.width);
            self.encode_group(&mut work, group_ids, &lengths[..count], group_out, budget)?;
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
        ids: &[u32],
        lengths: &[usize],
        out: &mut [f32],
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        if ids.is_empty() {
            return Ok(());
        }
        let width = self.width;
        self.lay_out(work, ids, lengths);
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
    fn lay_out(&self, work: &mut Work, ids: &[u32], lengths: &[usize]) {
        let (window, pad) = (self.window, self.pad);
        work.places.clear();
        work.ids.clear();
        work.ids.resize(window, NONE);
        work.ids.resize(window + pad, work.padding);
        let mut ids = ids;
        for &length in lengths.iter().filter(|&&length| length > 0) {
            let (here, rest) = ids.split_at(length);
            ids = rest;
            work.places.push(work.ids.len()..work.ids.len() + length);
            work.ids.extend_from_slice(here);
            work.ids.resize(work.ids.len() + pad, work.padding);
        }
        work.ids.resize(work.ids.len() + window, NONE);
        let numbers = work.ids.len() * self.width;
        for buffer in [&mut work.now, &mut work.next] {
            buffer.resize(numbers, 0.0);
            // The outermost rows stay zero: they stand for what lies beyond the array. All others are made before they
            // are read.
            let edge = window * self.width;
            buffer[..edge].fill(0.0);
            buffer[numbers - edge..].fill(0.0);
        }
    }

    /// Finds the rows that layer `i` has to make: beyond a margin around a sequence, nothing reaches it any more through
    /// the layers that follow.
    fn want(&self, work: &mut Work, i: usize) {
        work.wanted.clear();
        if self.isolates() {
            let margin = self.window * (self.depth() - 1 - i);
            for place in &work.places {
                let next = work.wanted.last().map_or(0, |&row| row + 1);
                let start = next.max(place.start - margin);
                work.wanted.extend(start..place.end + margin);
            }
        } else {
            work.wanted
                .extend(self.window..work.ids.len() - self.window);
        }
    }

    /// Makes the wanted rows of `next` from words.
    fn first_layer(&self, work: &mut Work, budget: Budget) -> Result<(), OutOfTime> {
        let (width, window) = (self.width, self.window);
        let places = 2 * window + 1;
        let mapped = self.first.mapped();
        let wanted = std::mem::take(&mut work.wanted);
        for part in wanted.chunks(PART.min(self.words_at_once()).max(1)) {
            budget.check()?;
            self.keep_shares(work, part);
            for block in part.chunks(BLOCK) {
                // Where the share of each place of each row's window lies.
                work.starts.clear();
                for &row in block {
                    let ids = &work.ids[row - window..row + window + 1];
                    work.starts
                        .extend(ids.iter().enumerate().map(|(place, &id)| match id {
                            NONE => usize::MAX,
                            id => (work.slots[id as usize] as usize * places + place) * mapped,
                        }));
                }
                let sums = &mut work.mapped[..block.len() * mapped];
                sum_shares(self.isa, &work.shares, &work.starts, places, sums);
                let added = &mut work.added[..block.len() * width];
                self.first.rows(sums, added);
                for (&row, added) in block.iter().zip(added.chunks_exact(width)) {
                    let out = &mut work.next[row * width..(row + 1) * width];
                    match work.ids[row] {
                        NONE => out.copy_from_slice(added),
                        id => {
                            let word = &work.words[id as usize * width..][..width];
                            for ((out, x), added) in out.iter_mut().zip(word).zip(added) {
                                *out = x + added;
                            }
                        }
                    }
                }
            }
        }
        work.wanted = wanted;
        Ok(())
    }

    /// Of how many words the shares are kept, at most.
    fn words_at_once(&self) -> usize {
        SHARES / self.shares.outputs().max(1)
    }

    /// Makes sure of the shares of all words that the windows of some rows see.
    fn keep_shares(&self, work: &mut Work, rows: &[usize]) {
        if work.kept.len() > KEPT.min(self.words_at_once()) {
            for id in work.kept.drain(..) {
                work.slots[id as usize] = NONE;
            }
        }
        let known = work.kept.len();
        for &row in rows {
            for &id in &work.ids[row - self.window..row + self.window + 1] {
                if id != NONE && work.slots[id as usize] == NONE {
                    work.slots[id as usize] = work.kept.len() as u32;
                    work.kept.push(id);
                }
            }
        }
        let outputs = self.shares.outputs();
        work.starts.clear();
        let starts = work.kept[known..]
            .iter()
            .map(|&id| id as usize * self.width);
        work.starts.extend(starts);
        work.shares.resize(work.kept.len() * outputs, 0.0);
        let new = &mut work.shares[known * outputs..];
        self.shares.apply_at(work.words, &work.starts, new);
    }

    /// Makes the wanted rows of `next` from those of `now`.
    fn further_layer(
        &self,
        layer: &Layer,
        work: &mut Work,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let (width, window) = (self.width, self.window);
        let mapped = layer.finish.mapped();
        for (i, block) in work.wanted.chunks(BLOCK).enumerate() {
            if i % (PART / BLOCK) == 0 {
                budget.check()?;
            }
            work.starts.clear();
            work.starts
                .extend(block.iter().map(|row| (row - window) * width));
            let sums = &mut work.mapped[..block.len() * mapped];
            layer.map.apply_at(&work.now, &work.starts, sums);
            let added = &mut work.added[..block.len() * width];
            layer.finish.rows(sums, added);
            for (&row, added) in block.iter().zip(added.chunks_exact(width)) {
                let numbers = row * width..(row + 1) * width;
                let out = work.next[numbers.clone()].iter_mut();
                for ((out, x), added) in out.zip(&work.now[numbers]).zip(added) {
                    *out = x + added;
                }
            }
        }
        Ok(())
    }
}

per_isa! {
    /// Sums shares: for each row of `out`, those that begin at the next `places` of `starts`; `usize::MAX` is none.
    fn sum_shares(shares: &[f32], starts: &[usize], places: usize, out: &mut [f32]) {
        let mapped = out.len() / (starts.len() / places);
        for (starts, out) in starts.chunks_exact(places).zip(out.chunks_exact_mut(mapped)) {
            out.fill(0.0);
            for &start in starts.iter().filter(|&&start| start != usize::MAX) {
                for (out, share) in out.iter_mut().zip(&shares[start..start + mapped]) {
                    *out += share;
                }
            }
        }
    }
}
