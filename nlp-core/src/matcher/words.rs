//! The strings that patterns name, each kept once, in the matcher's own table: a zone's end, or a document's, changes
//! nothing about them.

use std::ops::Range;

use hashbrown::HashTable;

use crate::frozen::frozen;
use crate::keyed;

/// A string of [`Words`] by its number.
pub(crate) type Word = u32;

/// Strings in a row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    text: String,
    /// Where each ends.
    ends: Vec<u32>,
}

frozen!(Words { text, ends });

impl Words {
    /// The string with this number.
    pub fn get(&self, word: Word) -> &str {
        self.between(self.bounds(word))
    }

    /// Where the string with this number stands.
    pub fn bounds(&self, word: Word) -> Range<usize> {
        let word = word as usize;
        let start = match word {
            0 => 0,
            _ => self.ends[word - 1] as usize,
        };
        start..self.ends[word] as usize
    }

    /// The string that stands there.
    pub fn between(&self, bounds: Range<usize>) -> &str {
        &self.text[bounds]
    }

    /// Adds a string, under the next number; `None` if there is no room for more.
    pub fn push(&mut self, text: &str) -> Option<Word> {
        let end = u32::try_from(self.text.len() + text.len()).ok()?;
        let word = Word::try_from(self.len())
            .ok()
            .filter(|&w| w != Word::MAX)?;
        self.text.push_str(text);
        self.ends.push(end);
        Some(word)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The strings, by their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len() as Word).map(|word| self.get(word))
    }

    /// Gives back the room that nothing was put into.
    pub fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

/// Finds out which strings are there already, while patterns are added.
#[derive(Debug, Clone, Default)]
pub(crate) struct WordTable {
    pub words: Words,
    table: HashTable<Word>,
}

frozen!(WordTable { words, table });

impl WordTable {
    /// The number of `text`, if it is there.
    pub fn find(&self, text: &str) -> Option<Word> {
        let same = |&word: &Word| self.words.get(word) == text;
        self.table.find(keyed::text(text), same).copied()
    }

    /// The number of `text`; `None` if there is no room for more.
    pub fn intern(&mut self, text: &str) -> Option<Word> {
        if let Some(word) = self.find(text) {
            return Some(word);
        }
        let hash = keyed::text(text);
        let word = self.words.push(text)?;
        let words = &self.words;
        self.table
            .insert_unique(hash, word, |&word| keyed::text(words.get(word)));
        Some(word)
    }

    /// Gives back the room that nothing was put into.
    pub fn shrink(&mut self) {
        self.words.shrink();
        let words = &self.words;
        self.table
            .shrink_to_fit(|&word| keyed::text(words.get(word)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_kept_once_and_found_by_its_number() {
        let mut table = WordTable::default();
        let texts = ["one", "", "two", "one", ""];
        let numbers = texts.map(|text| table.intern(text).unwrap());
        assert_eq!(numbers, [0, 1, 2, 0, 1]);
        for (number, text) in numbers.into_iter().zip(texts) {
            assert_eq!(table.words.get(number), text);
        }
        assert_eq!(table.words.len(), 3);
    }
}
