//! Phrases of numbered words, laid out to be walked: a trie whose nodes each take one look at memory.
//!
//! The nodes that first words lead to come first, each at the number of its word. The others follow level by level, so
//! that the children of a node stand in a row. In a row, a word says where its node stands, as in a hash table: a step
//! costs the same with two children and with a million.

use std::ops::Range;

use super::preshed::KeySet;
use super::walks::{BLOCK, LEVELS, Level, Step, Walks};
use crate::frozen::frozen;
use crate::keyed;
use crate::limits::{Budget, OutOfTime};

/// The word that is in no phrase.
pub(crate) const UNKNOWN: u32 = u32::MAX;

/// Words that are walked over before the clock is looked at again.
const STEPS_A_LOOK: usize = 4096;

/// In [`Node::end`]: not one key but a list of them.
const LIST: u32 = 1 << 31;

/// In [`Node::end`]: nothing.
const NOTHING: u32 = u32::MAX;

/// Phrases and their keys, complete.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trie {
    /// One for each word, then those of the deeper levels, and one more, where the last one's children end.
    nodes: Vec<Node>,
    /// Lists of keys, each after its length.
    lists: Vec<u32>,
    /// What spreads words over the children of a node: nobody who chooses phrases can make them crowd together.
    spread: u64,
}

frozen!(Trie {
    nodes,
    lists,
    spread
});

/// Where some words in a row lead, and what ends there.
#[derive(Debug, Clone, Copy, Hash)]
struct Node {
    /// The last of the words; [`UNKNOWN`] in a place among children that none of them has.
    word: u32,
    /// What ends here: [`NOTHING`], a key, or [`LIST`] and a place in `lists`.
    end: u32,
    /// The place of the first child; they end where those of the next node begin.
    children: u32,
}

frozen!(hash Node);

impl Node {
    const FREE: Node = Node {
        word: UNKNOWN,
        end: NOTHING,
        children: 0,
    };
}

/// A node with more children than this has as many places again: most looks end at the first.
const FEW: usize = 8;

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
        // Nodes are fewer than three times the words and one, lists shorter than phrases twice.
        let end = self.words.len() + words.len();
        if end >= u32::MAX as usize / 3
            || self.phrases.len() >= LIST as usize / 2 - 1
            || key >= LIST
        {
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
            nodes: vec![Node::FREE; words],
            lists: Vec::new(),
            spread: keyed::id(0),
        };
        // Which of `order` stand below each node of a level.
        let mut level = vec![0..0; words];
        let mut children = Vec::new();
        self.branch(&order, 0, 0, &mut children);
        for (word, below) in children.drain(..) {
            level[word as usize] = below;
        }
        let (mut node, mut depth) = (0, 1);
        while !level.is_empty() {
            let mut next = Vec::new();
            for below in level {
                let first = trie.nodes.len();
                let phrases = &order[below.start as usize..below.end as usize];
                // Those that end here are shorter than the others, and so stand first.
                let here = phrases.partition_point(|&i| self.words(i).len() == depth);
                let ends = self.keys(&phrases[..here], &id_of);
                trie.nodes[node].end = trie.end(&ends);
                trie.nodes[node].children = first as u32;
                node += 1;
                self.branch(
                    &phrases[here..],
                    below.start + here as u32,
                    depth,
                    &mut children,
                );
                let places = match children.len() {
                    few if few <= FEW => few,
                    many => many * 2,
                };
                trie.nodes.resize(first + places, Node::FREE);
                let level_first = next.len();
                next.resize(level_first + places, 0..0);
                for (word, below) in children.drain(..) {
                    let at = trie.place(first..first + places, word);
                    trie.nodes[at].word = word;
                    next[level_first + at - first] = below;
                }
            }
            level = next;
            depth += 1;
        }
        let children = trie.nodes.len() as u32;
        trie.nodes.push(Node {
            children,
            ..Node::FREE
        });
        trie.nodes.shrink_to_fit();
        trie.lists.shrink_to_fit();
        trie
    }

    /// Tells phrases apart by the word at `depth`, which all of them have: the words, and where their phrases stand in
    /// the order, in which the first is number `start`.
    fn branch(
        &self,
        phrases: &[u32],
        mut start: u32,
        depth: usize,
        branches: &mut Vec<(u32, Range<u32>)>,
    ) {
        for &i in phrases {
            let word = self.words(i)[depth];
            match branches.last_mut() {
                Some((last, range)) if *last == word => range.end += 1,
                _ => branches.push((word, start..start + 1)),
            }
            start += 1;
        }
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
    /// What a node says of these keys.
    fn end(&mut self, keys: &[u32]) -> u32 {
        match keys {
            [] => NOTHING,
            [key] => *key,
            _ => {
                let place = self.lists.len() as u32;
                self.lists.push(keys.len() as u32);
                self.lists.extend_from_slice(keys);
                LIST | place
            }
        }
    }

    /// Shows each phrase that stands in a text of these words with its key, its start and its end: those that start
    /// first are first, of these the shorter, of those with the same words the one that spaCy has first.
    ///
    /// # Errors
    /// If the time is up.
    pub fn each(
        &self,
        words: &[u32],
        budget: Budget,
        mut found: impl FnMut(u32, usize, usize),
    ) -> Result<(), OutOfTime> {
        let mut steps = 0;
        let mut show = |node: usize, start: usize, length: usize| {
            let keys = self.keys_at(node);
            for key in keys {
                found(*key, start, start + length);
            }
            steps += 1 + keys.len();
            if steps >= STEPS_A_LOOK {
                budget.check()?;
                steps = 0;
            }
            Ok(())
        };
        let mut walks = Walks::new();
        for first in (0..words.len()).step_by(BLOCK) {
            budget.check()?;
            self.begin(words, first, &mut walks);
            let [ones, twos, threes] = walks.levels.each_ref().map(Level::steps);
            let (mut twos, mut threes) = (twos.iter().peekable(), threes.iter().peekable());
            for one in ones {
                let start = one.start as usize;
                show(one.node as usize, start, 1)?;
                let Some(two) = twos.next_if(|two| two.start == one.start) else {
                    continue;
                };
                show(two.node as usize, start, 2)?;
                let Some(three) = threes.next_if(|three| three.start == one.start) else {
                    continue;
                };
                show(three.node as usize, start, 3)?;
                let (mut node, mut length) = (three.node as usize, 3);
                while let Some(word) = words.get(start + length)
                    && let Some(child) = self.child(node, *word)
                {
                    (node, length) = (child, length + 1);
                    show(node, start, length)?;
                }
            }
        }
        Ok(())
    }

    /// Walks the first steps from each word of a block, all walks at once: what one waits for from memory comes together
    /// with what the others do. So no loop that reads the nodes of walks asks anything about what it read.
    fn begin(&self, words: &[u32], first: usize, walks: &mut Walks) {
        let block = &words[first..words.len().min(first + BLOCK)];
        let none = self.nodes.len() - 1;
        let level = &mut walks.levels[0];
        level.clear();
        for (start, node) in (first as u32..).zip(block.iter().copied()) {
            level.put(Step { start, node }, node != UNKNOWN);
        }
        for depth in 1..LEVELS {
            let (before, level) = walks.levels.split_at_mut(depth);
            let (before, level) = (before[depth - 1].steps(), &mut level[0]);
            for (row, step) in walks.rows.iter_mut().zip(before) {
                let of = self.row(step.node as usize);
                *row = (of.start, of.len());
            }
            for ((look, row), step) in walks.looks.iter_mut().zip(&walks.rows).zip(before) {
                let word = words.get(step.start as usize + depth);
                let word = word.copied().unwrap_or(UNKNOWN);
                let at = match row.1 {
                    0 => none,
                    count => row.0 + self.first_look(count, word),
                };
                *look = (word, at);
            }
            for (there, look) in walks.words.iter_mut().zip(&walks.looks).take(before.len()) {
                *there = self.nodes[look.1].word;
            }
            level.clear();
            for (i, step) in before.iter().enumerate() {
                let ((word, at), there) = (walks.looks[i], walks.words[i]);
                let mut child = at;
                let mut is_child = there == word;
                if there != word && there != UNKNOWN && word != UNKNOWN && walks.rows[i].1 > 1 {
                    let found = self.child(step.node as usize, word);
                    (child, is_child) = (found.unwrap_or(0), found.is_some());
                }
                let step = Step {
                    node: child as u32,
                    ..*step
                };
                level.put(step, is_child && word != UNKNOWN);
            }
        }
    }

    /// The places of the children of `node`.
    #[inline]
    fn row(&self, node: usize) -> Range<usize> {
        self.nodes[node].children as usize..self.nodes[node + 1].children as usize
    }

    /// The child of `node` that `word` leads to.
    #[inline]
    fn child(&self, node: usize, word: u32) -> Option<usize> {
        let row = self.row(node);
        if row.is_empty() || word == UNKNOWN {
            return None;
        }
        let at = self.place(row, word);
        (self.nodes[at].word == word).then_some(at)
    }

    /// The place of `word` in a row of children: where it stands, or could be put, or the last that was looked at.
    #[inline]
    fn place(&self, row: Range<usize>, word: u32) -> usize {
        let children = &self.nodes[row.clone()];
        let first = self.first_look(children.len(), word);
        let mut at = first;
        loop {
            let there = children[at].word;
            let next = match at + 1 == children.len() {
                true => 0,
                false => at + 1,
            };
            if there == word || there == UNKNOWN || next == first {
                return row.start + at;
            }
            at = next;
        }
    }

    /// Where `word` stands, of so many places, unless others came before it.
    #[inline]
    fn first_look(&self, places: usize, word: u32) -> usize {
        let spread = (u64::from(word) + 1).wrapping_mul(self.spread | 1) >> 32;
        ((spread * places as u64) >> 32) as usize
    }

    /// The keys of the phrase that ends at `node`.
    #[inline]
    fn keys_at(&self, node: usize) -> &[u32] {
        let end = &self.nodes[node].end;
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
            let words = (1 + round % 9) * (1 + round % 5);
            let mut phrases = Phrases::default();
            let mut list = Vec::new();
            // Some words come often, so that rows of children are of all lengths.
            let word = |state: &mut u64| match drawn(state, 2) {
                0 => drawn(state, words.min(2)),
                _ => drawn(state, words),
            };
            for key in 0..drawn(&mut state, 200) {
                let phrase: Vec<u32> = (0..drawn(&mut state, 6))
                    .map(|_| word(&mut state))
                    .collect();
                phrases.add(&phrase, key).unwrap();
                list.push(phrase);
            }
            let trie = phrases.build(words as usize, u64::from);
            let text: Vec<u32> = (0..BLOCK + 100)
                .map(|_| match drawn(&mut state, 8) {
                    0 => UNKNOWN,
                    _ => word(&mut state),
                })
                .collect();
            let mut found = Vec::new();
            let each = |key, start, end| found.push((start, end, key));
            trie.each(&text, Budget::UNLIMITED, each).unwrap();
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
        let up = Budget::start(Some(Duration::ZERO));
        let walk = |word: u32| trie.each(&[word; 2000], up, |_, _, _| {});
        assert_eq!([walk(0), walk(UNKNOWN)], [Err(OutOfTime), Err(OutOfTime)]);
    }

    #[test]
    fn one_key_too_many_is_an_error() {
        let mut phrases = Phrases::default();
        assert_eq!(phrases.add(&[0], LIST), Err(TooMany));
        assert_eq!(phrases.add(&[0], LIST - 1), Ok(()));
    }
}
