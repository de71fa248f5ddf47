//! Phrases of numbered words, laid out to be walked: a trie in sorted arrays.
//!
//! The nodes are numbered level by level from the root, so that the children of a node stand in a row, by their words. A
//! node takes twelve bytes. Which child a word leads to is found among its sisters by halving; at the root, where nearly
//! all walks end, by a table with a place for each word.

use super::preshed::KeySet;
use crate::frozen::frozen;
use crate::limits::{Clock, OutOfTime};

/// The word that is in no phrase.
pub(crate) const UNKNOWN: u32 = u32::MAX;

/// Words that are walked over before the clock is looked at again.
const STEPS_A_LOOK: usize = 4096;

/// In [`Trie::ends`]: not one key but a list of them.
const LIST: u32 = 1 << 31;

/// In [`Trie::ends`]: nothing.
const NOTHING: u32 = u32::MAX;

/// Phrases and their keys, complete.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trie {
    /// The node that a phrase's first word leads to, by the word; 0 for words that no phrase begins with.
    roots: Vec<u32>,
    /// By node, the first of its children; they end where those of the next node begin.
    first_child: Vec<u32>,
    /// By node, the word that leads to it.
    words: Vec<u32>,
    /// By node, what ends there: [`NOTHING`], a key, or [`LIST`] and a place in `lists`.
    ends: Vec<u32>,
    /// Lists of keys, each after its length.
    lists: Vec<u32>,
}

frozen!(Trie {
    roots,
    first_child,
    words,
    ends,
    lists
});

/// There are more phrases, or words in them, than fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

/// Phrases that are being collected, each with a key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Phrases {
    /// The words of all phrases, one after another.
    words: Vec<u32>,
    /// Where the words of each phrase end, and its key.
    phrases: Vec<(u32, u32)>,
    /// Keys that were removed, each after how many phrases.
    removed: Vec<(usize, u32)>,
}

impl Phrases {
    /// Adds a phrase. One without words is not looked for.
    pub fn add(&mut self, words: &[u32], key: u32) -> Result<(), TooMany> {
        if words.is_empty() {
            return Ok(());
        }
        // Nodes are fewer than words and one, lists shorter than phrases twice.
        let end = self.words.len() + words.len();
        if end >= u32::MAX as usize || self.phrases.len() >= LIST as usize / 2 - 1 || key >= LIST {
            return Err(TooMany);
        }
        self.words.extend_from_slice(words);
        self.phrases.push((end as u32, key));
        Ok(())
    }

    /// Removes the phrases that have been added with `key`.
    pub fn remove(&mut self, key: u32) {
        self.removed.push((self.phrases.len(), key));
    }

    /// The words of phrase `i`.
    fn words(&self, i: u32) -> &[u32] {
        let start = match i {
            0 => 0,
            _ => self.phrases[i as usize - 1].0,
        };
        &self.words[start as usize..self.phrases[i as usize].0 as usize]
    }

    /// Lays them out. `words` is how many words there are, `id_of` the string id of a key.
    pub fn build(mut self, words: usize, id_of: impl Fn(u32) -> u64) -> Trie {
        self.removed
            .sort_unstable_by_key(|&(when, key)| (key, when));
        let order = self.sorted();
        let mut trie = Trie {
            roots: vec![0; words],
            ..Trie::default()
        };
        // What stands below each node of the level in `order`, and how many words of it lead there.
        let mut level: Vec<_> = std::iter::once(0..order.len()).collect();
        trie.words.push(UNKNOWN);
        let mut depth = 0;
        while !level.is_empty() {
            let mut next = Vec::new();
            for range in level {
                let below = &order[range.clone()];
                // The phrases that end here are shorter than the others, and so stand first.
                let here = below.partition_point(|&i| self.words(i).len() == depth);
                trie.first_child.push(trie.words.len() as u32);
                let ends = self.keys(&below[..here], &id_of);
                trie.end_with(&ends);
                let mut at = here;
                while at < below.len() {
                    let word = self.words(below[at])[depth];
                    let same = below[at..].partition_point(|&i| self.words(i)[depth] == word);
                    if depth == 0 {
                        trie.roots[word as usize] = trie.words.len() as u32;
                    }
                    trie.words.push(word);
                    next.push(range.start + at..range.start + at + same);
                    at += same;
                }
            }
            level = next;
            depth += 1;
        }
        trie.first_child.push(trie.words.len() as u32);
        trie.roots.shrink_to_fit();
        trie.first_child.shrink_to_fit();
        trie.words.shrink_to_fit();
        trie.ends.shrink_to_fit();
        trie.lists.shrink_to_fit();
        trie
    }

    /// The phrases, by their words; those with the same words in the order in which they came.
    fn sorted(&self) -> Vec<u32> {
        // Nearly all are told apart by their first two words, which are compared at once.
        let begin = |words: &[u32]| {
            let second = words.get(1).map_or(0, |word| word + 1);
            u64::from(words[0]) << 32 | u64::from(second)
        };
        let mut order: Vec<(u64, u32)> = (0..self.phrases.len() as u32)
            .map(|i| (begin(self.words(i)), i))
            .collect();
        order.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0)
                .then_with(|| self.words(a.1).cmp(self.words(b.1)))
                .then(a.1.cmp(&b.1))
        });
        order.into_iter().map(|(_, i)| i).collect()
    }

    /// The keys of phrases with the same words, in spaCy's order.
    fn keys(&self, phrases: &[u32], id_of: impl Fn(u32) -> u64) -> Vec<u32> {
        let key = |i: u32| self.phrases[i as usize].1;
        if phrases.len() < 2 && self.removed.is_empty() {
            return phrases.iter().map(|&i| key(i)).collect();
        }
        // What happened when: keys that were added, and removed after.
        let mut events: Vec<(usize, bool, u32)> = Vec::new();
        for &i in phrases {
            events.push((i as usize, true, key(i)));
        }
        let mut keys: Vec<u32> = phrases.iter().map(|&i| key(i)).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let from = self.removed.partition_point(|removed| removed.1 < key);
            let times = self.removed[from..].iter().take_while(|r| r.1 == key);
            events.extend(times.map(|&(when, key)| (when, false, key)));
        }
        // A removal after so many phrases comes before the phrase that has that many before it.
        events.sort_unstable();
        let mut set = KeySet::new();
        for (_, added, key) in events {
            match added {
                true => set.add(key, id_of(key)),
                false => set.remove(key, id_of(key)),
            }
        }
        set.keys().collect()
    }
}

impl Trie {
    /// Notes what ends at the next node.
    fn end_with(&mut self, keys: &[u32]) {
        self.ends.push(match keys {
            [] => NOTHING,
            [key] => *key,
            _ => {
                let place = self.lists.len() as u32;
                self.lists.push(keys.len() as u32);
                self.lists.extend_from_slice(keys);
                LIST | place
            }
        });
    }

    /// Whether a phrase begins with the word.
    pub fn begins(&self, word: usize) -> bool {
        self.roots[word] != 0
    }

    /// Shows each phrase that stands in a text of `length` words with its key, its start and its end: those that start
    /// first are first, of these the shorter, of those with the same words the one that spaCy has first. `may_begin` says
    /// of a place whether its word could be the first of a phrase, `word_at` which word it is.
    ///
    /// # Errors
    /// If `clock` ran out.
    pub fn each(
        &self,
        length: usize,
        may_begin: impl Fn(usize) -> bool,
        word_at: impl Fn(usize) -> u32,
        clock: Clock,
        mut found: impl FnMut(u32, usize, usize),
    ) -> Result<(), OutOfTime> {
        /// A word that has not been looked up.
        const UNSEEN: u32 = UNKNOWN - 1;
        let mut words = vec![UNSEEN; length];
        let mut word_at = |i: usize| {
            if words[i] == UNSEEN {
                words[i] = word_at(i);
            }
            words[i]
        };
        let mut steps = STEPS_A_LOOK;
        for start in 0..length {
            if steps >= STEPS_A_LOOK {
                clock.check()?;
                steps = 0;
            }
            steps += 1;
            if !may_begin(start) {
                continue;
            }
            let root = self.roots.get(word_at(start) as usize);
            let mut node = root.copied().unwrap_or(0);
            let mut end = start + 1;
            while node != 0 {
                let keys = self.keys_at(node);
                for key in keys {
                    found(*key, start, end);
                }
                node = match end < length {
                    true => self.child(node, word_at(end)),
                    false => 0,
                };
                end += 1;
                steps += 1 + keys.len();
                if steps >= STEPS_A_LOOK {
                    clock.check()?;
                    steps = 0;
                }
            }
        }
        Ok(())
    }

    /// The child of `node` that `word` leads to; 0 where there is none.
    #[inline]
    fn child(&self, node: u32, word: u32) -> u32 {
        if word == UNKNOWN {
            return 0;
        }
        let node = node as usize;
        let first = self.first_child[node];
        let children = &self.words[first as usize..self.first_child[node + 1] as usize];
        match children.binary_search(&word) {
            Ok(at) => first + at as u32,
            Err(_) => 0,
        }
    }

    /// The keys of the phrase that ends at `node`.
    #[inline]
    fn keys_at(&self, node: u32) -> &[u32] {
        let end = &self.ends[node as usize];
        match *end {
            NOTHING => &[],
            key if key < LIST => std::slice::from_ref(end),
            list => {
                let place = (list & !LIST) as usize;
                &self.lists[place + 1..][..self.lists[place] as usize]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A number below `bound`, from a state that it changes.
    fn drawn(state: &mut u64, bound: u32) -> u32 {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (*state >> 33) as u32 % bound
    }

    #[test]
    fn phrases_are_found_where_a_search_one_by_one_finds_them() {
        let mut state = 7;
        for round in 0..60 {
            let words = 1 + round % 9;
            let mut phrases = Phrases::default();
            let mut list = Vec::new();
            for key in 0..drawn(&mut state, 60) {
                let phrase: Vec<u32> = (0..drawn(&mut state, 6))
                    .map(|_| drawn(&mut state, words))
                    .collect();
                phrases.add(&phrase, key).unwrap();
                list.push(phrase);
            }
            let trie = phrases.build(words as usize, u64::from);
            let text: Vec<u32> = (0..40)
                .map(|_| match drawn(&mut state, 8) {
                    0 => UNKNOWN,
                    _ => drawn(&mut state, words),
                })
                .collect();
            let mut found = Vec::new();
            let each = |key, start, end| found.push((start, end, key));
            let begins = |i: usize| text[i] != UNKNOWN;
            trie.each(40, begins, |i| text[i], Clock::UNLIMITED, each)
                .unwrap();
            assert!(found.is_sorted_by_key(|(start, end, _)| (*start, *end)));
            found.sort_unstable();
            let mut expected = Vec::new();
            for start in 0..text.len() {
                for (key, phrase) in (0..).zip(&list) {
                    if !phrase.is_empty() && text[start..].starts_with(phrase) {
                        expected.push((start, start + phrase.len(), key));
                    }
                }
            }
            expected.sort_unstable();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_walk_that_is_long_looks_at_the_clock() {
        let mut phrases = Phrases::default();
        phrases.add(&[0; 1000], 0).unwrap();
        let trie = phrases.build(1, u64::from);
        let up = Clock::start(Some(Duration::ZERO));
        let walk = |word: u32| trie.each(2000, |_| true, |_| word, up, |_, _, _| {});
        assert_eq!([walk(0), walk(UNKNOWN)], [Err(OutOfTime), Err(OutOfTime)]);
    }

    #[test]
    fn one_key_too_many_is_an_error() {
        let mut phrases = Phrases::default();
        assert_eq!(phrases.add(&[0], LIST), Err(TooMany));
        assert_eq!(phrases.add(&[0], LIST - 1), Ok(()));
    }
}
