//! Words that nobody has seen before and that look as if somebody might.
//!
//! A service that reads live text meets new words all the time: names, typos, product numbers. Here they come from a
//! small model of the corpus: which letters follow which two. A word of n letters is a path through that model, the
//! paths of one length are numbered, and the next word is the path with the next number, in an order shuffled by the
//! seed. So no word comes twice and nothing needs to be remembered of those that came: the generator's memory is as
//! flat as that of the program it feeds has to be.

use harness_judge::simulation::random::mix;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

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
///
/// A clone gives the same words again. Several threads can share one supply without meeting: see [`NovelWords::part`].
#[derive(Clone)]
pub struct NovelWords {
    model: Arc<Model>,
    seed: u64,
    next: u64,
    step: u64,
}

impl NovelWords {
    /// Learns the letters of `words`, which are in lower case. The seed decides in which order the new ones come.
    ///
    /// Where the words are too few to make enough others (fewer than 2^32 of some length), the English alphabet
    /// stands in for them.
    pub fn learn(words: HashSet<String>, seed: u64) -> NovelWords {
        let mut letters = Letters::of(words.iter().map(String::as_str));
        let mut lengths = letters.lengths(seed);
        if lengths.is_empty() {
            letters = Letters::english();
            lengths = letters.lengths(seed);
        }
        NovelWords {
            model: Arc::new(Model {
                letters,
                lengths,
                known: words,
            }),
            seed,
            next: 0,
            step: 1,
        }
    }

    /// One of `parts` supplies that have no word in common: of this one's words, each `parts`-th from `index` on.
    pub fn part(&self, index: u64, parts: u64) -> NovelWords {
        NovelWords {
            next: self.next + index * self.step,
            step: self.step * parts,
            ..self.clone()
        }
    }

    /// Appends the next new word to `text`. The same `slot` always gets words of the same number of letters, so a text
    /// that comes round again with other new words keeps its shape.
    pub fn append(&mut self, slot: u64, text: &mut String) {
        let lengths = &self.model.lengths;
        let length = &lengths[(mix(self.seed ^ slot) % lengths.len() as u64) as usize];
        let start = text.len();
        loop {
            let number = length.shuffled(self.next);
            self.next += self.step;
            self.model.letters.spell(number, length.letters, text);
            if !self.model.known.contains(&text[start..]) {
                return;
            }
            text.truncate(start);
        }
    }
}

/// What the supplies of one corpus share.
struct Model {
    letters: Letters,
    /// The lengths that have enough words.
    lengths: Vec<Length>,
    known: HashSet<String>,
}

/// The words of one length, in an order of their own.
struct Length {
    letters: usize,
    /// How many there are.
    count: u64,
    /// Shares no divisor with the count, so that steps of this size, taken round and round, visit each word once.
    step: u64,
    offset: u64,
}

impl Length {
    /// The place of `index` in an order of all numbers below the count.
    fn shuffled(&self, index: u64) -> u64 {
        let place = u128::from(index) * u128::from(self.step) + u128::from(self.offset);
        (place % u128::from(self.count)) as u64
    }
}

/// Which letters follow which two, each pair a state with a number.
struct Letters {
    /// What may follow in each state, the likeliest first, and the state that it leads to.
    followers: Vec<Vec<(char, u32)>>,
    /// `paths[n][state]`: the words of n more letters that can follow.
    paths: Vec<Vec<u64>>,
    /// The state before a word's first letter.
    start: usize,
}

impl Letters {
    fn of<'w>(words: impl Iterator<Item = &'w str>) -> Letters {
        Letters::new(&followers(words))
    }

    /// Any letter of the English alphabet after any other.
    fn english() -> Letters {
        let alphabet: Vec<char> = ('a'..='z').collect();
        let pairs = |first: char| alphabet.iter().map(move |second| (first, *second));
        let starts = std::iter::once((START, START)).chain(pairs(START));
        let states = starts.chain(alphabet.iter().flat_map(|first| pairs(*first)));
        Letters::new(&states.map(|pair| (pair, alphabet.clone())).collect())
    }

    fn new(pairs: &BTreeMap<Pair, Vec<char>>) -> Letters {
        // A pair that nothing follows in the corpus can still end a word: it is a state without followers.
        let mut states: BTreeMap<Pair, u32> = BTreeMap::from([((START, START), 0)]);
        for (&pair, letters) in pairs {
            for pair in std::iter::once(pair).chain(letters.iter().map(|&next| (pair.1, next))) {
                let number = states.len() as u32;
                states.entry(pair).or_insert(number);
            }
        }
        let mut followers = vec![Vec::new(); states.len()];
        for (&pair, letters) in pairs {
            let lead_to = letters.iter().map(|&next| (next, states[&(pair.1, next)]));
            followers[states[&pair] as usize] = lead_to.collect();
        }
        let mut paths = vec![vec![1; followers.len()]];
        for length in 1..=*LENGTHS.end() {
            let shorter: &Vec<u64> = &paths[length - 1];
            let count = |next: &Vec<(char, u32)>| {
                next.iter().fold(0_u64, |sum, &(_, state)| {
                    sum.saturating_add(shorter[state as usize])
                })
            };
            let longer = followers.iter().map(count).collect();
            paths.push(longer);
        }
        Letters {
            followers,
            paths,
            start: 0,
        }
    }

    /// The lengths that have enough words, each with an order that the seed decides.
    fn lengths(&self, seed: u64) -> Vec<Length> {
        let lengths = LENGTHS.filter_map(|letters| {
            let count = self.paths[letters][self.start];
            // A saturated count would make the numbering wrong; it takes far longer words than these.
            if !(ENOUGH_PATHS..u64::MAX).contains(&count) {
                return None;
            }
            let mut step = (mix(seed) % count) | 1;
            while gcd(step, count) != 1 {
                step += 2;
            }
            Some(Length {
                letters,
                count,
                step,
                offset: mix(!seed),
            })
        });
        lengths.collect()
    }

    /// Spells the path with this number.
    fn spell(&self, mut number: u64, length: usize, text: &mut String) {
        let mut state = self.start;
        for left in (0..length).rev() {
            for &(letter, next) in &self.followers[state] {
                let paths = self.paths[left][next as usize];
                if number < paths {
                    text.push(letter);
                    state = next as usize;
                    break;
                }
                number -= paths;
            }
        }
    }
}

/// The likeliest letters after each pair, in a fixed order.
fn followers<'w>(words: impl Iterator<Item = &'w str>) -> BTreeMap<Pair, Vec<char>> {
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
    fn two_million_words_of_four_threads_are_all_different() {
        let words = NovelWords::learn(Corpus::shipped().words(), 1);
        // Four supplies of half a million words each; a word is kept as a number of base 27, which holds 12 letters.
        let mut seen = Vec::with_capacity(2_000_000);
        let mut word = String::new();
        for thread in 0..4 {
            let mut part = words.part(thread, 4);
            for slot in 0..500_000 {
                word.clear();
                part.append(slot % 7, &mut word);
                assert!(word.len() <= 12 && word.bytes().all(|b| b.is_ascii_lowercase()));
                let letters = word.bytes().map(|letter| u64::from(letter - b'a') + 1);
                seen.push(letters.fold(0_u64, |number, letter| number * 27 + letter));
            }
        }
        seen.sort_unstable();
        assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn the_parts_of_a_supply_give_what_the_whole_gives() {
        let whole = NovelWords::learn(Corpus::shipped().words(), 1);
        let mut parts: Vec<NovelWords> = (0..3).map(|i| whole.part(i, 3)).collect();
        let mut together: Vec<String> = parts.iter_mut().flat_map(|part| take(part, 1)).collect();
        together.extend(parts.iter_mut().flat_map(|part| take(part, 1)));
        // Slot 0 throughout: the lengths are the same.
        let mut alone = whole.clone();
        let expected: Vec<String> = (0..6).flat_map(|_| take(&mut alone, 1)).collect();
        assert_eq!(together, expected);
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
