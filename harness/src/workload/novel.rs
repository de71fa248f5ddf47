//! Words that nobody has seen before and that look as if somebody might.
//!
//! A service that reads live text meets new words all the time: names, typos, product numbers. Here they come from a
//! small model of the corpus: which letters follow which two. A word of n letters is a path through that model, the
//! paths of one length are numbered, and the next word is the path with the next number, in an order shuffled by the
//! seed. So no word comes twice and nothing needs to be remembered of those that came: the generator's memory is as
//! flat as that of the program it feeds has to be.

use std::collections::{BTreeMap, HashMap, HashSet};

/// How many of the likeliest letters may follow each pair.
const FOLLOWERS: usize = 8;
/// The lengths of the words, in letters.
const LENGTHS: std::ops::RangeInclusive<usize> = 5..=12;
/// A length is used only where it has at least this many paths: no run comes near that many new words.
const ENOUGH_PATHS: u64 = 1 << 32;
/// Stands for what comes before a word's first letter.
const START: char = '\0';

/// Two letters, the state of the model.
type Pair = (char, char);

/// An endless supply of words that are not in the corpus and that it has not given before.
pub struct NovelWords {
    /// What may follow each pair, the likeliest first.
    followers: HashMap<Pair, Vec<char>>,
    /// `paths[n][pair]`: the words of n more letters that can follow the pair.
    paths: Vec<HashMap<Pair, u64>>,
    /// The lengths that have enough words.
    lengths: Vec<usize>,
    known: HashSet<String>,
    seed: u64,
    next: u64,
}

impl NovelWords {
    /// Learns the letters of `words`, which are in lower case. The seed decides in which order the new ones come.
    ///
    /// Where the words are too few to make enough others (fewer than 2^32 of some length), the English alphabet
    /// stands in for them.
    pub fn learn(words: HashSet<String>, seed: u64) -> NovelWords {
        let mut novel = NovelWords {
            followers: followers(words.iter().map(String::as_str)),
            paths: Vec::new(),
            lengths: Vec::new(),
            known: words,
            seed,
            next: 0,
        };
        novel.count_paths();
        if novel.lengths.is_empty() {
            let alphabet: Vec<char> = ('a'..='z').collect();
            let pairs = |first: char| alphabet.iter().map(move |second| (first, *second));
            let starts = std::iter::once((START, START)).chain(pairs(START));
            let states = starts.chain(alphabet.iter().flat_map(|first| pairs(*first)));
            novel.followers = states.map(|pair| (pair, alphabet.clone())).collect();
            novel.count_paths();
        }
        novel
    }

    /// Fills `paths` and `lengths` from `followers`.
    fn count_paths(&mut self) {
        let ends = self.followers.keys().map(|pair| (*pair, 1)).collect();
        self.paths = vec![ends];
        self.lengths.clear();
        for length in 1..=*LENGTHS.end() {
            let shorter = &self.paths[length - 1];
            let mut longer = HashMap::new();
            for (&pair, letters) in &self.followers {
                let count = letters.iter().fold(0_u64, |sum, &letter| {
                    let rest = shorter.get(&(pair.1, letter)).copied();
                    // A pair that nothing follows in the corpus can still end a word.
                    let rest = rest.unwrap_or(u64::from(length == 1));
                    sum.saturating_add(rest)
                });
                longer.insert(pair, count);
            }
            let words = longer.get(&(START, START)).copied().unwrap_or(0);
            self.paths.push(longer);
            // A saturated count would make the numbering wrong; it takes far longer words than these.
            if LENGTHS.contains(&length) && (ENOUGH_PATHS..u64::MAX).contains(&words) {
                self.lengths.push(length);
            }
        }
    }

    /// Appends the next new word to `text`. The same `slot` always gets words of the same number of letters, so a text
    /// that comes round again with other new words keeps its shape.
    pub fn append(&mut self, slot: u64, text: &mut String) {
        let length = self.lengths[(mix(self.seed ^ slot) % self.lengths.len() as u64) as usize];
        let start = text.len();
        loop {
            let number = self.shuffled(self.next, self.paths[length][&(START, START)]);
            self.next += 1;
            self.spell(number, length, text);
            if !self.known.contains(&text[start..]) {
                return;
            }
            text.truncate(start);
        }
    }

    /// The place of `index` in an order of all numbers below `count`: a step that shares no divisor with the count
    /// visits each once.
    fn shuffled(&self, index: u64, count: u64) -> u64 {
        let mut step = (mix(self.seed) % count) | 1;
        while gcd(step, count) != 1 {
            step += 2;
        }
        let offset = mix(!self.seed);
        let place = u128::from(index) * u128::from(step) + u128::from(offset);
        (place % u128::from(count)) as u64
    }

    /// Spells the path with this number.
    fn spell(&self, mut number: u64, length: usize, text: &mut String) {
        let mut pair = (START, START);
        for left in (0..length).rev() {
            for &letter in &self.followers[&pair] {
                let next = (pair.1, letter);
                let paths = self.paths[left].get(&next).copied();
                let paths = paths.unwrap_or(u64::from(left == 0));
                if number < paths {
                    text.push(letter);
                    pair = next;
                    break;
                }
                number -= paths;
            }
        }
    }
}

/// The likeliest letters after each pair, in a fixed order.
fn followers<'w>(words: impl Iterator<Item = &'w str>) -> HashMap<Pair, Vec<char>> {
    let mut counts: HashMap<Pair, BTreeMap<char, u32>> = HashMap::new();
    for word in words {
        let mut pair = (START, START);
        for letter in word.chars() {
            *counts.entry(pair).or_default().entry(letter).or_default() += 1;
            pair = (pair.1, letter);
        }
    }
    let likeliest = |letters: BTreeMap<char, u32>| {
        let mut letters: Vec<(char, u32)> = letters.into_iter().collect();
        letters.sort_by_key(|&(letter, count)| (std::cmp::Reverse(count), letter));
        let letters = letters.into_iter().take(FOLLOWERS);
        letters.map(|(letter, _)| letter).collect()
    };
    let pairs = counts.into_iter();
    pairs
        .map(|(pair, letters)| (pair, likeliest(letters)))
        .collect()
}

/// Spreads the bits of a number: the finisher of splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
pub fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::corpus::Corpus;

    fn take(novel: &mut NovelWords, count: u64) -> Vec<String> {
        let words = (0..count).map(|slot| {
            let mut word = String::new();
            novel.append(slot % 7, &mut word);
            word
        });
        words.collect()
    }

    #[test]
    fn a_hundred_thousand_words_are_all_different_and_none_is_in_the_corpus() {
        let known = Corpus::shipped().words();
        let words = take(&mut NovelWords::learn(known.clone(), 1), 100_000);
        assert!(words.iter().all(|word| !known.contains(word)));
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len());
    }

    #[test]
    fn the_seed_decides_the_words() {
        let known = Corpus::shipped().words();
        let words = |seed| take(&mut NovelWords::learn(known.clone(), seed), 50);
        assert_eq!(words(3), words(3));
        assert_ne!(words(3), words(4));
    }

    #[test]
    fn a_slot_always_gets_words_of_one_length() {
        let mut novel = NovelWords::learn(Corpus::shipped().words(), 5);
        let words = take(&mut novel, 700);
        for (index, word) in words.iter().enumerate() {
            assert_eq!(word.len(), words[index % 7].len());
        }
    }

    #[test]
    fn words_have_the_letters_of_the_corpus_whatever_its_script() {
        // English in Greek letters: the script alone is another.
        let greek = |letter: char| char::from_u32('α' as u32 + letter as u32 % 24).unwrap();
        let words = Corpus::shipped().words().into_iter();
        let words = words
            .map(|word| word.chars().map(greek).collect())
            .collect();
        for word in take(&mut NovelWords::learn(words, 1), 100) {
            assert!(word.chars().all(|c| ('α'..='ω').contains(&c)), "{word}");
        }
    }

    #[test]
    fn a_corpus_of_one_word_still_gives_new_ones() {
        let words = take(
            &mut NovelWords::learn(HashSet::from(["a".to_owned()]), 1),
            1_000,
        );
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), 1_000);
    }
}
