//! Vectors of words without their context: `spacy.MultiHashEmbed` and `spacy.CharacterEmbed`, in both versions
//! (`spacy/ml/models/tok2vec.py`).

mod chars;
mod plan;
mod static_vectors;

pub(super) use plan::EmbedPlan;

use self::chars::CharTables;
use self::static_vectors::StaticVectors;
use super::dense::{Dense, Finish};
use super::features::{Feature, Words};
use super::gemm::Weights;
use super::hash_embed::{HashEmbed, Trained};
use super::isa::{Isa, per_isa, prefetch};
use crate::attr::Attr;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};

/// Tokens that are embedded at a time.
const BLOCK: usize = 64;

/// Vectors of a word's bytes, of some attributes and of the word itself, side by side, and a maxout layer that mixes
/// them.
#[derive(Debug, Clone)]
pub(super) struct Embed {
    isa: Isa,
    width: usize,
    chars: Option<CharTables>,
    /// A table for each attribute. Without `map`, these and those of bytes hold what the linear map makes of their rows.
    tables: Vec<HashEmbed>,
    statics: Option<Statics>,
    /// What is read of a token: a number for each table, those for the bytes, the key of the word.
    features: Vec<Feature>,
    /// The linear map of the mixing layer, from all vectors side by side.
    map: Option<Weights>,
    finish: Finish,
}

frozen!(Embed {
    isa,
    width,
    chars,
    tables,
    statics,
    features,
    map,
    finish
});

/// Static vectors, and, where the rest was mapped beforehand, their share of the linear map.
#[derive(Debug, Clone)]
struct Statics {
    layer: StaticVectors,
    share: Option<Weights>,
}

frozen!(Statics { layer, share });

/// Room for what is in between, used again from block to block.
#[derive(Default)]
struct Work {
    /// Vectors of the vocabulary's table.
    looked_up: Vec<f32>,
    /// What the static layer makes of them.
    statics: Vec<f32>,
    /// All vectors side by side, where they are mapped together.
    together: Vec<f32>,
    mapped: Vec<f32>,
}

impl Embed {
    /// An embedding of parts (those of bytes first, then of attributes, each with its table, static vectors last) and
    /// what mixes them. Tables that would hold more than `max_projected` numbers are not mapped beforehand.
    fn new(
        attrs: &[Attr],
        (chars, tables, statics): (Option<CharTables>, Vec<Trained>, Option<StaticVectors>),
        Dense { weights, finish }: Dense,
        max_projected: usize,
    ) -> Embed {
        let width = finish.width();
        let mut features: Vec<Feature> = attrs.iter().map(|attr| Feature::Attr(*attr)).collect();
        let groups = chars.as_ref().map_or(0, |c| c.places().div_ceil(8));
        features.extend((0..groups).map(Feature::Bytes));
        features.extend(statics.as_ref().map(StaticVectors::feature));
        let of_chars = chars.as_ref().map_or(0, CharTables::outputs);
        let inputs = of_chars + width * (tables.len() + usize::from(statics.is_some()));
        let rows: usize = tables.iter().map(Trained::rows).sum();
        let rows = rows + chars.as_ref().map_or(0, CharTables::rows);
        let mut embed = Embed {
            isa: Isa::detect(),
            width,
            chars,
            tables: Vec::new(),
            statics: statics.map(|layer| Statics { layer, share: None }),
            features,
            map: None,
            finish,
        };
        if rows.saturating_mul(embed.finish.mapped()) <= max_projected {
            // The weights from some of the inputs.
            let share = |first: usize, count: usize| {
                let rows = weights.chunks_exact(inputs);
                let share = rows.flat_map(|row| &row[first..first + count]).copied();
                Weights::new(weights.len() / inputs, count, share.collect())
            };
            embed.project(&tables, of_chars, share);
        } else {
            let outputs = embed.finish.mapped();
            embed.tables = tables.iter().map(Trained::whole).collect();
            embed.map = Some(Weights::new(outputs, inputs, weights));
        }
        embed
    }

    /// Maps all tables beforehand: `share` gives the weights from some inputs, by the first and how many they are.
    fn project(
        &mut self,
        tables: &[Trained],
        of_chars: usize,
        share: impl Fn(usize, usize) -> Weights,
    ) {
        if let Some(chars) = &mut self.chars {
            let width = chars.outputs() / chars.places();
            *chars = chars.projected(|place| share(place * width, width));
        }
        let tables = tables.iter().enumerate();
        self.tables = tables
            .map(|(i, table)| table.projected(&share(of_chars + i * self.width, self.width)))
            .collect();
        if let Some(statics) = &mut self.statics {
            let first = of_chars + self.tables.len() * self.width;
            statics.share = Some(share(first, self.width));
        }
    }

    /// What it reads of a token, in order.
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// Vectors of words: `keys` has a row of features a word, `tokens` the first token that each is, and `out` as many
    /// rows of the embedding's width.
    pub fn embed(
        &self,
        keys: &[u64],
        tokens: &[u32],
        words: &Words<'_>,
        out: &mut [f32],
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let columns = self.features.len();
        let mut work = Work::default();
        let blocks = keys.chunks(BLOCK * columns).zip(tokens.chunks(BLOCK));
        for ((keys, tokens), out) in blocks.zip(out.chunks_mut(BLOCK * self.width)) {
            budget.check()?;
            let n = tokens.len();
            if let Some(Statics { layer, .. }) = &self.statics {
                work.looked_up.resize(n * layer.inputs(), 0.0);
                work.statics.resize(n * self.width, 0.0);
                let words_keys = keys.chunks_exact(columns).map(|row| row[columns - 1]);
                let looked_up = words_keys.zip(tokens.iter().copied());
                let (room, statics) = (&mut work.looked_up, &mut work.statics);
                layer.apply(words, looked_up, room, statics, budget)?;
            }
            work.mapped.resize(n * self.finish.mapped(), 0.0);
            match &self.map {
                None => self.sum(keys, &mut work),
                Some(map) => {
                    work.together.resize(n * map.inputs(), 0.0);
                    self.put_side_by_side(keys, &mut work);
                    map.apply(&work.together, n, &mut work.mapped);
                }
            }
            self.finish.rows(&mut work.mapped, out);
        }
        Ok(())
    }

    /// Adds up what the linear map made of all vectors of each word.
    fn sum(&self, keys: &[u64], work: &mut Work) {
        let columns = self.features.len();
        let n = keys.len() / columns;
        let share = self.statics.as_ref().and_then(|s| s.share.as_ref());
        match share {
            Some(share) => share.apply(&work.statics, n, &mut work.mapped),
            None => work.mapped.fill(0.0),
        }
        add_rows(self.isa, &self.tables, keys, columns, &mut work.mapped);
        if let Some(chars) = &self.chars {
            let first = self.tables.len();
            add_chars(self.isa, chars, keys, columns, first, &mut work.mapped);
        }
    }

    /// Puts all vectors of each word one after the other.
    fn put_side_by_side(&self, keys: &[u64], work: &mut Work) {
        let columns = self.features.len();
        let rows = keys.chunks_exact(columns);
        let inputs = work.together.len() / rows.len();
        let of_chars = self.chars.as_ref().map_or(0, CharTables::outputs);
        let mut together = work.together.chunks_exact_mut(inputs);
        let mut statics = work.statics.chunks_exact(self.width);
        for keys in rows {
            let Some(out) = together.next() else { return };
            let (chars_out, out) = out.split_at_mut(of_chars);
            let (tables_out, statics_out) = out.split_at_mut(self.tables.len() * self.width);
            if let Some(chars) = &self.chars {
                let rows = chars.rows_of(&keys[self.tables.len()..]);
                let outs = chars_out.chunks_exact_mut(of_chars / chars.places());
                outs.zip(rows)
                    .for_each(|(out, row)| out.copy_from_slice(row));
            }
            embed_side_by_side(self.isa, &self.tables, keys, tables_out);
            if let (false, Some(row)) = (statics_out.is_empty(), statics.next()) {
                statics_out.copy_from_slice(row);
            }
        }
    }
}

per_isa! {
    /// Adds to each word's row its vectors in all tables, which the first of its `columns` keys are for.
    fn add_rows(tables: &[HashEmbed], keys: &[u64], columns: usize, out: &mut [f32]) {
        let width = out.len() / (keys.len() / columns);
        let words = keys.chunks_exact(columns);
        let next = words.clone().skip(1).map(Some).chain([None]);
        for ((keys, next), out) in words.zip(next).zip(out.chunks_exact_mut(width)) {
            for (i, (table, &key)) in tables.iter().zip(keys).enumerate() {
                // The tables are too large for the nearest caches: what the next word needs is under way meanwhile.
                if let Some(next) = next {
                    table.rows_of(next[i]).iter().for_each(|row| prefetch(row));
                }
                let [a, b, c, d] = table.rows_of(key);
                for ((((out, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                    *out += (a + b) + (c + d);
                }
            }
        }
    }
}

per_isa! {
    /// Adds to each word's row the vectors of its bytes, which the keys from place `first` on hold.
    fn add_chars(chars: &CharTables, keys: &[u64], columns: usize, first: usize, out: &mut [f32]) {
        let width = out.len() / (keys.len() / columns);
        for (keys, out) in keys.chunks_exact(columns).zip(out.chunks_exact_mut(width)) {
            for row in chars.rows_of(&keys[first..]) {
                for (out, x) in out.iter_mut().zip(row) {
                    *out += x;
                }
            }
        }
    }
}

per_isa! {
    /// A word's vectors in all tables, one after the other.
    fn embed_side_by_side(tables: &[HashEmbed], keys: &[u64], out: &mut [f32]) {
        let width = out.len() / tables.len();
        let keys = tables.iter().zip(keys);
        for ((table, &key), out) in keys.zip(out.chunks_exact_mut(width)) {
            let [a, b, c, d] = table.rows_of(key);
            for ((((out, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *out = a + b + c + d;
            }
        }
    }
}
