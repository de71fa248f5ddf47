//! The words of a language, read from its data file when they are first asked for.

use super::words::{WordMap, WordSet, pairs, section};

/// What the data file of a language holds; a section that it lacks is empty.
pub(crate) struct Data {
    pub(crate) stop_words: WordSet,
    pub(crate) numbers: WordSet,
    pub(crate) ordinals: WordSet,
    pub(crate) above_ten: WordSet,
    pub(crate) currencies: WordSet,
    /// Endings of words in groups, shortest first.
    pub(crate) suffix_groups: Vec<Vec<&'static str>>,
    pub(crate) norms: WordMap<&'static str>,
}

impl Data {
    /// Reads the text of a data file.
    pub(crate) fn parse(source: &'static str) -> Data {
        let words = |name| section(source, name).collect();
        Data {
            stop_words: words("stop words"),
            numbers: words("numbers"),
            ordinals: words("ordinals"),
            above_ten: words("numbers above ten"),
            currencies: words("currencies"),
            suffix_groups: section(source, "suffix groups")
                .map(|group| group.split(' ').collect())
                .collect(),
            norms: WordMap::new(pairs(section(source, "norms"))),
        }
    }
}
