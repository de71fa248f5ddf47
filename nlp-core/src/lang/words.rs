//! Word lists: how the data files are read, and looked up.

use hashbrown::HashTable;

use crate::hash::murmur64a;

/// A map from words to values that is built once and only read.
pub(crate) struct WordMap<V> {
    table: HashTable<(&'static str, V)>,
    /// Bytes of the longest word: most text that is no word is told by this.
    longest: usize,
}

/// A set of words.
pub(crate) type WordSet = WordMap<()>;

impl<V> WordMap<V> {
    /// The map of these words; of a word that comes twice, the later value.
    pub(crate) fn new(entries: impl IntoIterator<Item = (&'static str, V)>) -> Self {
        let mut map = WordMap {
            table: HashTable::new(),
            longest: 0,
        };
        for (word, value) in entries {
            map.longest = map.longest.max(word.len());
            map.table
                .entry(
                    hash(word),
                    |(other, _)| *other == word,
                    |(other, _)| hash(other),
                )
                .insert((word, value));
        }
        map.table.shrink_to_fit(|(word, _)| hash(word));
        map
    }

    /// The value of `word`.
    pub(crate) fn get(&self, word: &str) -> Option<&V> {
        if word.len() > self.longest {
            return None;
        }
        self.table
            .find(hash(word), |(other, _)| *other == word)
            .map(|(_, value)| value)
    }

    /// Whether `word` is there.
    pub(crate) fn contains(&self, word: &str) -> bool {
        self.get(word).is_some()
    }
}

impl FromIterator<&'static str> for WordSet {
    fn from_iter<I: IntoIterator<Item = &'static str>>(words: I) -> Self {
        WordMap::new(words.into_iter().map(|word| (word, ())))
    }
}

fn hash(word: &str) -> u64 {
    murmur64a(word.as_bytes(), 0)
}

/// The lines of an embedded file after its first, which says where the data is from.
pub(crate) fn lines(source: &'static str) -> impl Iterator<Item = &'static str> {
    source.split_terminator('\n').skip(1)
}

/// The lines of a section of a language's file; none if it is not there.
pub(crate) fn section(
    source: &'static str,
    name: &'static str,
) -> impl Iterator<Item = &'static str> {
    lines(source)
        .skip_while(move |line| line.strip_prefix("== ") != Some(name))
        .skip(1)
        .take_while(|line| !line.starts_with("== "))
}

/// Lines of two fields with a tab between, as pairs.
pub(crate) fn pairs(
    lines: impl Iterator<Item = &'static str>,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    lines.filter_map(|line| line.split_once('\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# from somewhere\n== stop words\na\n#\n\u{2028}\n== numbers\none \ntwo\n";

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let all = |name| section(FILE, name).collect::<Vec<_>>();
        assert_eq!(all("stop words"), ["a", "#", "\u{2028}"]);
        assert_eq!(all("numbers"), ["one ", "two"]);
        assert!(all("norms").is_empty());
    }

    #[test]
    fn words_are_found_as_they_are_spelt() {
        let words: WordSet = section(FILE, "numbers").collect();
        assert!(words.contains("one ") && words.contains("two"));
        assert!(!words.contains("one") && !words.contains("Two") && !words.contains(""));
        assert!(!words.contains("a word longer than any"));
    }

    #[test]
    fn the_later_value_of_a_word_holds() {
        let map = WordMap::new(pairs("a\t1\nb\t2\na\t3".split('\n')));
        assert_eq!(map.get("a"), Some(&"3"));
        assert_eq!(map.get("b"), Some(&"2"));
    }
}
