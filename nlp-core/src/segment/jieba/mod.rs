//! Chinese words as the Python package jieba finds them: the most probable way to put a sentence together of the words of
//! its dictionary (`jieba/__init__.py`), and in what they leave over, words by a model of characters ([`finalseg`]).

mod finalseg;

use std::path::PathBuf;

use self::finalseg::Characters;
use super::trie::{Node, Trie};
use super::words::{CHARS_A_LOOK, Words, out_of_time};
use crate::error::{Error, FormatError};
use crate::files::PipelineFiles;
use crate::frozen::frozen;
use crate::tokenizer::Stopped;

/// jieba's dictionary and its model of characters.
pub(crate) struct Jieba {
    /// How often each word was counted.
    counts: Trie,
    /// The logarithm of how many words were counted.
    log_total: f64,
    characters: Characters,
}

frozen!(Jieba {
    counts,
    log_total,
    characters
});

impl Jieba {
    /// Reads the tables of an installed jieba.
    pub fn load(package: &dyn PipelineFiles) -> Result<Self, Error> {
        let path = package.path("dict.txt");
        let (counts, total) =
            dictionary(&package.read_text("dict.txt")?).map_err(|e| e.in_file(&path))?;
        let table = |name: &str| -> Result<(String, PathBuf), Error> {
            let relative = format!("finalseg/{name}.py");
            Ok((package.read_text(&relative)?, package.path(&relative)))
        };
        Ok(Jieba {
            counts,
            log_total: (total as f64).ln(),
            characters: Characters::load(
                table("prob_start")?,
                table("prob_trans")?,
                table("prob_emit")?,
            )?,
        })
    }

    /// Finds the words of `text`.
    pub(in crate::segment) fn cut(&self, text: &str, words: &mut Words<'_>) -> Result<(), Stopped> {
        let mut chars = text.char_indices().peekable();
        while let Some((start, c)) = chars.next() {
            let mut end = start + c.len_utf8();
            if !is_wordly(c) {
                words.push(start, end)?;
                continue;
            }
            let mut sentence = vec![(start, c)];
            while let Some((at, c)) = chars.next_if(|(_, c)| is_wordly(*c)) {
                sentence.push((at, c));
                end = at + c.len_utf8();
            }
            self.cut_sentence(text, &sentence, end, words)?;
        }
        Ok(())
    }

    /// Finds the words of characters with their places, the last of which ends at `end`.
    fn cut_sentence(
        &self,
        text: &str,
        sentence: &[(usize, char)],
        end: usize,
        words: &mut Words<'_>,
    ) -> Result<(), Stopped> {
        let lasts = self.best_way(sentence, words)?;
        let place = |i: usize| sentence.get(i).map_or(end, |(at, _)| *at);
        let mut at = 0;
        while at < sentence.len() {
            let singles = at;
            while at < sentence.len() && lasts[at] as usize == at {
                at += 1;
            }
            self.cut_singles(text, &sentence[singles..at], place(at), words)?;
            if at < sentence.len() {
                let after = lasts[at] as usize + 1;
                words.push(place(at), place(after))?;
                at = after;
            }
        }
        Ok(())
    }

    /// Finds the words of characters that are no part of a longer word of the dictionary. Where they make up such a word
    /// nonetheless, the dictionary has thought better of it.
    fn cut_singles(
        &self,
        text: &str,
        singles: &[(usize, char)],
        end: usize,
        words: &mut Words<'_>,
    ) -> Result<(), Stopped> {
        let Some(&(start, _)) = singles.first() else {
            return Ok(());
        };
        if singles.len() > 1 && self.counts.get(&text[start..end]) == 0 {
            return self.characters.cut(singles, end, words);
        }
        singles
            .iter()
            .try_for_each(|(at, c)| words.push(*at, at + c.len_utf8()))
    }

    /// For each character, the last one of the word that begins there on the most probable way from there to the end: of
    /// equally probable words, the longest.
    fn best_way(&self, sentence: &[(usize, char)], words: &Words<'_>) -> Result<Vec<u32>, Stopped> {
        let mut lasts = vec![0; sentence.len()];
        let mut scores = vec![0.0; sentence.len() + 1];
        for first in (0..sentence.len()).rev() {
            if first % CHARS_A_LOOK == 0 {
                words.budget().check().map_err(out_of_time)?;
            }
            let score = |count: u64, last: usize| {
                (count.max(1) as f64).ln() - self.log_total + scores[last + 1]
            };
            let mut best = None;
            let mut node: Node = Trie::ROOT;
            for (last, (_, c)) in sentence.iter().enumerate().skip(first) {
                let Some(child) = self.counts.child(node, *c) else {
                    break;
                };
                node = child;
                let count = self.counts.value(node);
                if count > 0 {
                    let score = score(count, last);
                    if best.is_none_or(|(highest, _)| score >= highest) {
                        best = Some((score, last));
                    }
                }
            }
            let (score, last) = best.unwrap_or_else(|| (score(0, first), first));
            scores[first] = score;
            lasts[first] = last as u32;
        }
        Ok(lasts)
    }
}

/// What a word of the dictionary can be made of: ideographs, Latin letters and digits, and some signs.
fn is_wordly(c: char) -> bool {
    finalseg::is_ideograph(c)
        || c.is_ascii_alphanumeric()
        || matches!(c, '+' | '#' | '&' | '.' | '_' | '%' | '-')
}

/// Reads a dictionary: a word, how often it was counted, and what it is, a line each. Returns the words and the sum of their
/// counts.
fn dictionary(text: &str) -> Result<(Trie, u64), FormatError> {
    let mut counts = Trie::new();
    let mut total: u64 = 0;
    for (i, line) in text.split_terminator('\n').enumerate() {
        let mut fields = line
            .trim_matches(|c: char| c.is_ascii_whitespace() || c == '\x0b')
            .split(' ');
        let word = fields.next();
        let count = fields.next().and_then(|count| count.parse().ok());
        let (Some(word), Some(count)) = (word, count) else {
            let reason = format!(
                "line {}: no word and number with a space between them",
                i + 1
            );
            return Err(FormatError::new(reason));
        };
        counts.insert(word, count);
        total = total.saturating_add(count);
    }
    match total {
        0 => Err(FormatError::new("counts no word")),
        _ => Ok((counts, total)),
    }
}
