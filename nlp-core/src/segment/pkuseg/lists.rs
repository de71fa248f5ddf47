//! The lists of words that come with a model: those that the user gave, and those that neighbours are joined to.

use std::ops::Range;

use super::super::trie::Trie;
use super::super::words::out_of_time;
use super::table::Table;
use crate::error::FormatError;
use crate::format::msgpack::Value;
use crate::frozen::frozen;
use crate::lang::is_space;
use crate::limits::Budget;
use crate::tokenizer::Stopped;

/// Steps that are taken before the clock is looked at again.
const STEPS_A_LOOK: usize = 4096;

/// The most neighbours that become one word.
const MOST_JOINED: usize = 7;

/// Words that the user gave: wherever they stand, they are words.
pub(super) struct Given {
    words: Trie,
}

frozen!(Given { words });

impl Given {
    /// The next of these words in `text` from byte `from` on: the longest that begins at the first place where one does.
    ///
    /// Where a longer one begins like it and then goes on in another way, pkuseg takes what it has read of the longer one
    /// for the word.
    pub fn next(
        &self,
        text: &str,
        from: usize,
        budget: Budget,
    ) -> Result<Option<Range<usize>>, Stopped> {
        let mut steps = 0;
        for (start, _) in text[from..].char_indices() {
            let start = from + start;
            let mut node = Trie::ROOT;
            let mut word_end = None;
            let mut rest = text[start..].char_indices();
            let end = loop {
                steps += 1;
                if steps % STEPS_A_LOOK == 0 {
                    budget.check().map_err(out_of_time)?;
                }
                let Some((at, c)) = rest.next() else {
                    break word_end;
                };
                match self.words.child(node, c) {
                    Some(child) => node = child,
                    None => break word_end.map(|_| start + at),
                }
                if self.words.value(node) > 0 {
                    word_end = Some(start + at + c.len_utf8());
                }
            };
            if let Some(end) = end {
                return Ok(Some(start..end));
            }
        }
        Ok(None)
    }
}

/// Words that their parts, if they stand side by side, are joined to.
pub(super) struct Joined {
    /// Always.
    common: Table,
    /// Unless each part is a word of a list by itself.
    other: Table,
}

frozen!(Joined { common, other });

impl Joined {
    /// Joins words of `text`: longer rows of neighbours first.
    pub fn apply(
        &self,
        text: &str,
        words: &mut Vec<Range<usize>>,
        budget: Budget,
    ) -> Result<(), Stopped> {
        for count in (2..=MOST_JOINED).rev() {
            let mut joined: Vec<Range<usize>> = Vec::with_capacity(words.len());
            let mut at = 0;
            while at < words.len() {
                if at % STEPS_A_LOOK == 0 {
                    budget.check().map_err(out_of_time)?;
                }
                let parts = words.get(at..at + count);
                match parts.filter(|parts| self.are_one(text, parts)) {
                    Some(parts) => {
                        joined.push(parts[0].start..parts[count - 1].end);
                        at += count;
                    }
                    None => {
                        joined.push(words[at].clone());
                        at += 1;
                    }
                }
            }
            *words = joined;
        }
        Ok(())
    }

    fn are_one(&self, text: &str, parts: &[Range<usize>]) -> bool {
        let whole = &text[parts[0].start..parts[parts.len() - 1].end];
        if self.common.contains(whole) {
            return true;
        }
        let is_word = |part: &Range<usize>| {
            let part = &text[part.clone()];
            self.common.contains(part) || self.other.contains(part)
        };
        self.other.contains(whole) && !parts.iter().all(is_word)
    }
}

/// Reads the lists: the user's words with a tag each, whether neighbours are joined, and the two lists for that.
pub(super) fn read(lists: &Value<'_>) -> Result<(Given, Option<Joined>), FormatError> {
    let Some([given, join, common, other]) = lists.as_array() else {
        return Err(FormatError::new("is no list of four lists"));
    };
    let mut words = Trie::new();
    for entry in given.as_array().unwrap_or_default() {
        let word = match entry.as_array() {
            Some([word, _]) => word.as_str(),
            _ => entry.as_str(),
        };
        let word =
            word.ok_or_else(|| FormatError::new("has a word of the user that is no text"))?;
        words.insert(word.trim_matches(is_space), 1);
    }
    let table = |list: &Value<'_>| {
        let mut table = Table::default();
        for word in list.as_array().unwrap_or_default() {
            let word = word
                .as_str()
                .ok_or_else(|| FormatError::new("has a word in a list that is no text"))?;
            table.insert(word, 0)?;
        }
        Ok::<_, FormatError>(table)
    };
    let joined = match join.as_bool() {
        Some(true) => Some(Joined {
            common: table(common)?,
            other: table(other)?,
        }),
        _ => None,
    };
    Ok((Given { words }, joined))
}
