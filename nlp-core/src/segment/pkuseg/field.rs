//! A conditional random field over the characters of a text (`spacy_pkuseg/feature_extractor.pyx`, `inference.pyx`).

use std::fmt::Write;
use std::ops::Range;

use super::super::words::out_of_time;
use super::table::Table;
use crate::error::FormatError;
use crate::format::msgpack::Value;
use crate::format::npy;
use crate::frozen::frozen;
use crate::limits::Budget;
use crate::sizes::checked_product;
use crate::tokenizer::Stopped;

/// The lengths of the words that are looked for around a character, from the longest.
const LENGTHS: [usize; 5] = [6, 5, 4, 3, 2];

/// What stands for a word that is not there.
const NO_WORD: &str = "**noWord";

/// No model is believed to have more tags: pkuseg has five.
const MAX_TAGS: usize = 64;

/// Characters whose features are looked up before the clock is looked at.
const CHARS_A_LOOK: usize = 64;

/// A trained model.
pub(super) struct Field {
    /// The number of each feature by its name.
    features: Table,
    /// Words that were seen in training.
    words: Table,
    /// Whether a word begins at a character with this tag.
    begins: Vec<bool>,
    /// A weight for each feature and tag, then one for each tag and the tag before it.
    weights: Vec<f64>,
    /// How many features have weights.
    known: usize,
}

frozen!(Field {
    features,
    words,
    begins,
    weights,
    known
});

/// Reads the numbers of tags and features, and the weights of both.
pub(super) fn sizes_and_weights(
    sizes: &[u8],
    weights: &[u8],
) -> Result<((usize, usize), Vec<f64>), FormatError> {
    let sizes = npy::array(sizes)?.to_i64()?;
    let size = |i: usize| sizes.get(i).and_then(|size| usize::try_from(*size).ok());
    let (Some(tags), Some(features)) = (size(0), size(1)) else {
        return Err(FormatError::new("\"sizes\" does not hold two numbers"));
    };
    let weights = npy::array(weights)?.to_f64()?;
    let wanted = features
        .checked_add(tags)
        .and_then(|all| checked_product(&[tags, all]));
    if !(1..=MAX_TAGS).contains(&tags) || features == 0 || wanted != Some(weights.len()) {
        return Err(FormatError::new(format!(
            "has {} weights for {tags} tags and {features} features",
            weights.len()
        )));
    }
    Ok(((tags, features), weights))
}

impl Field {
    /// Reads the names of features and tags that go with the weights.
    pub fn read(
        file: &Value<'_>,
        (tags, known): (usize, usize),
        weights: Vec<f64>,
    ) -> Result<Self, FormatError> {
        let mut words = Table::default();
        for word in file.require("unigram")?.as_array().unwrap_or_default() {
            let word = word.as_str();
            words.insert(
                word.ok_or_else(|| {
                    FormatError::new("\"unigram\" holds something that is not text")
                })?,
                0,
            )?;
        }
        let mut features = Table::default();
        for (name, number) in numbered(file, "feature_to_idx", known)? {
            features.insert(name, number)?;
        }
        let mut begins = vec![None; tags];
        for (name, number) in numbered(file, "tag_to_idx", tags)? {
            begins[number as usize] = Some(name.contains('B'));
        }
        let begins: Option<Vec<bool>> = begins.into_iter().collect();
        Ok(Field {
            features,
            words,
            begins: begins.ok_or_else(|| {
                FormatError::new(format!("\"tag_to_idx\" does not name each of {tags} tags"))
            })?,
            weights,
            known,
        })
    }

    /// The words of `text`.
    pub fn cut(&self, text: &str, budget: Budget) -> Result<Vec<Range<usize>>, Stopped> {
        let mut words: Vec<Range<usize>> = Vec::new();
        let tags = self.tags_of(text, budget)?;
        for ((at, c), tag) in text.char_indices().zip(tags) {
            let end = at + c.len_utf8();
            match words.last_mut() {
                Some(word) if !self.begins[usize::from(tag)] => word.end = end,
                _ => words.push(at..end),
            }
        }
        Ok(words)
    }

    /// The most probable tags (Viterbi, from the end): of equally probable ones the last, but for the first character,
    /// where it is the first.
    fn tags_of(&self, text: &str, budget: Budget) -> Result<Vec<u8>, Stopped> {
        let nodes: Vec<&str> = text
            .char_indices()
            .map(|(at, c)| node(text, at, c))
            .collect();
        let tags = self.begins.len();
        // What the weights of a tag after another add.
        let steps = &self.weights[self.known * tags..];
        let mut best: Vec<f64> = Vec::new();
        let mut next = vec![0_u8; nodes.len() * tags];
        let mut features = Features::new(self, &nodes);
        let mut scores = vec![0.0; tags];
        for i in (0..nodes.len()).rev() {
            if i % CHARS_A_LOOK == 0 {
                budget.check().map_err(out_of_time)?;
            }
            features.score(i, &mut scores);
            if best.is_empty() {
                best.clone_from(&scores);
                continue;
            }
            let mut now = vec![0.0; tags];
            for tag in 0..tags {
                let mut highest = None;
                for (after, so_far) in best.iter().enumerate() {
                    let score = so_far + scores[tag] + (1.0 + steps[after * tags + tag]);
                    if highest.is_none_or(|highest| score >= highest) {
                        highest = Some(score);
                        next[i * tags + tag] = after as u8;
                    }
                }
                now[tag] = highest.unwrap_or(0.0);
            }
            best = now;
        }
        let mut tag = 0;
        for (other, score) in best.iter().enumerate() {
            if best[tag] < *score {
                tag = other;
            }
        }
        let mut found = Vec::with_capacity(nodes.len());
        for i in 0..nodes.len() {
            found.push(tag as u8);
            tag = usize::from(next[i * tags + tag]);
        }
        Ok(found)
    }
}

/// The names and numbers below `bound` of the map under `key`.
fn numbered<'a>(
    file: &Value<'a>,
    key: &str,
    bound: usize,
) -> Result<Vec<(&'a str, u32)>, FormatError> {
    let map = file.require(key)?.as_map().unwrap_or_default();
    let items = map.iter().map(|(name, number)| {
        let number = number.as_usize().filter(|number| *number < bound)?;
        Some((name.as_str()?, u32::try_from(number).ok()?))
    });
    items.collect::<Option<_>>().ok_or_else(|| {
        FormatError::new(format!(
            "\"{key}\" is no map of texts to numbers below {bound}"
        ))
    })
}

/// What the model sees of a character: numbers, some letters, and signs that mean something in the names of features are
/// each one kind.
fn node(text: &str, at: usize, c: char) -> &str {
    match c {
        '-' | '_' | ',' | '|' | '/' | '*' | ':' => "&",
        // The full stop is a sign before it is part of a number.
        '.' => "&",
        '0'..='9' | '０'..='９' | '％' => "**Num",
        '几' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '千' | '万'
        | '亿' | '兆' | '零' => "**Num",
        // All but j, which has been forgotten among the small ones, and stands twice as g.
        'Ａ'..='Ｚ' | 'ａ'..='ｉ' | 'ｋ'..='ｚ' | '／' | '・' | '－' => "**Letter",
        _ => &text[at..at + c.len_utf8()],
    }
}

/// The features of one text's characters.
struct Features<'a> {
    field: &'a Field,
    nodes: &'a [&'a str],
    /// The name of a feature, put together here.
    name: String,
    word: String,
}

impl<'a> Features<'a> {
    fn new(field: &'a Field, nodes: &'a [&'a str]) -> Self {
        Features {
            field,
            nodes,
            name: String::new(),
            word: String::new(),
        }
    }

    /// Writes the score of each tag for character `i`: the weights of its features, added up in pkuseg's order.
    fn score(&mut self, i: usize, scores: &mut [f64]) {
        scores.fill(0.0);
        let nodes = self.nodes;
        let (here, before, after) = (nodes[i], &nodes[..i], &nodes[i + 1..]);
        self.add_number(0, scores);
        self.add(scores, &["c.", here]);
        if let [.., last] = before {
            self.add(scores, &["c-1.", last]);
            self.add(scores, &["c-1c.", last, ".", here]);
        }
        if let [next, ..] = after {
            self.add(scores, &["c1.", next]);
            self.add(scores, &["cc1.", here, ".", next]);
        }
        if let [.., last_but_one, last] = before {
            self.add(scores, &["c-2.", last_but_one]);
            self.add(scores, &["c-2c-1.", last_but_one, ".", last]);
        }
        if let [_, second, ..] = after {
            self.add(scores, &["c2.", second]);
        }
        let ending_here = LENGTHS.map(|length| self.word(i as isize - length as isize + 1, length));
        for word in ending_here.iter().flatten() {
            self.add(scores, &["w-1.", word]);
        }
        let starting_here = LENGTHS.map(|length| self.word(i as isize, length));
        for word in starting_here.iter().flatten() {
            self.add(scores, &["w1.", word]);
        }
        let ending_before = LENGTHS.map(|length| self.word(i as isize - length as isize, length));
        let starting_after = LENGTHS.map(|length| self.word(i as isize + 1, length));
        for (prefix, firsts, seconds) in [
            ("ww.l.", &ending_before, &starting_here),
            ("ww.r.", &ending_here, &starting_after),
        ] {
            for first in firsts {
                for second in seconds {
                    let first = first.as_deref().unwrap_or(NO_WORD);
                    let second = second.as_deref().unwrap_or(NO_WORD);
                    self.add(scores, &[prefix, first, "*", second]);
                }
            }
        }
    }

    /// The word of `length` characters from `start` on, if it was seen in training. What would reach beyond the text is
    /// the empty word.
    fn word(&mut self, start: isize, length: usize) -> Option<Box<str>> {
        self.word.clear();
        if let Ok(start) = usize::try_from(start)
            && let Some(nodes) = self.nodes.get(start..start + length)
        {
            self.word.extend(nodes.iter().copied());
        }
        let is_known = self.field.words.contains(&self.word);
        is_known.then(|| self.word.as_str().into())
    }

    /// Adds the weights of the feature with this name, if the model knows it.
    fn add(&mut self, scores: &mut [f64], name: &[&str]) {
        self.name.clear();
        for part in name {
            let _ = self.name.write_str(part);
        }
        if let Some(number) = self.field.features.get(&self.name) {
            self.add_number(number as usize, scores);
        }
    }

    fn add_number(&self, number: usize, scores: &mut [f64]) {
        let weights = &self.field.weights[number * scores.len()..];
        for (score, weight) in scores.iter_mut().zip(weights) {
            *score += weight;
        }
    }
}
