//! The texts of each iteration: real ones, with novel words in place of some.

use super::Spec;
use super::corpus::{Corpus, letters_of};
use super::novel::NovelWords;
use harness_judge::simulation::random::mix;

/// Makes the texts of any iteration, from what the corpus and the seed say.
pub struct Texts {
    corpus: Corpus,
    /// The order in which the corpus is gone through.
    order: Vec<u32>,
    novel: NovelWords,
    per_iteration: u64,
    cycle: u64,
    seed: u64,
    /// A word is replaced where its 64-bit hash is below this.
    novel_below: u64,
}

impl Texts {
    /// Reads the corpus and learns its letters.
    ///
    /// # Errors
    ///
    /// A sentence for the user: the corpus cannot be read.
    pub fn new(spec: &Spec) -> Result<Texts, String> {
        let corpus = match &spec.corpus {
            Some(path) => Corpus::read(path)?,
            None => Corpus::shipped(),
        };
        let novel = NovelWords::learn(corpus.words(), spec.seed);
        let mut texts = Texts {
            order: shuffled(corpus.len(), spec.seed),
            corpus,
            novel,
            per_iteration: spec.texts,
            cycle: spec.cycle,
            seed: spec.seed,
            // From 0 to 2^64 as the share goes from 0 to 1; the cast saturates at the top.
            novel_below: (spec.novel_words * 18_446_744_073_709_551_616.0) as u64,
        };
        if spec.novel_words > 0.0 {
            texts.replace_one_at_least();
        }
        Ok(texts)
    }

    /// Raises the bound to where one word of a cycle is below it, if none is: of a corpus of a few sentences a small share
    /// may be no word at all, and nothing new would ever come.
    fn replace_one_at_least(&mut self) {
        let mut least = u64::MAX;
        for place in 0..self.cycle.saturating_mul(self.per_iteration) {
            let text = self.corpus.text(self.text_at(place));
            for (number, word) in text.split_inclusive(char::is_whitespace).enumerate() {
                if !letters_of(word).is_empty() {
                    least = least.min(self.slot(place, number));
                }
            }
            if least < self.novel_below {
                return;
            }
        }
        self.novel_below = self.novel_below.max(least.saturating_add(1));
    }

    /// Which text of the corpus comes at a place of a cycle.
    fn text_at(&self, place: u64) -> usize {
        self.order[(place % self.order.len() as u64) as usize] as usize
    }

    /// What decides whether a word is replaced, and by how long a one.
    fn slot(&self, place: u64, number: usize) -> u64 {
        mix(self.seed ^ mix(place) ^ number as u64)
    }

    /// How many texts an iteration has.
    pub fn per_iteration(&self) -> u64 {
        self.per_iteration
    }

    /// The texts of an iteration, counted from 0. Where the words are replaced is the same in every cycle, and so are
    /// the lengths of the novel words in letters; the words themselves are always others.
    pub fn of(&mut self, iteration: u64) -> Vec<String> {
        let phase = iteration % self.cycle;
        let texts = (0..self.per_iteration).map(|index| {
            let place = phase * self.per_iteration + index;
            self.mixed(self.text_at(place), place)
        });
        // Not collected lazily: the closure borrows the generator.
        texts.collect()
    }

    /// The text with some of its words replaced.
    fn mixed(&mut self, index: usize, place: u64) -> String {
        let text = self.corpus.text(index);
        let mut mixed = String::with_capacity(text.len() + 16);
        for (number, word) in text.split_inclusive(char::is_whitespace).enumerate() {
            let letters = letters_of(word);
            let slot = self.slot(place, number);
            // The all-ones bound stands for 2^64: with a share of 1, every word is replaced.
            let chosen = slot < self.novel_below || self.novel_below == u64::MAX;
            if letters.is_empty() || !chosen {
                mixed.push_str(word);
                continue;
            }
            let before = letters.as_ptr() as usize - word.as_ptr() as usize;
            mixed.push_str(&word[..before]);
            let start = mixed.len();
            self.novel.append(slot, &mut mixed);
            if letters.starts_with(char::is_uppercase) {
                capitalise(&mut mixed, start);
            }
            mixed.push_str(&word[before + letters.len()..]);
        }
        mixed
    }
}

/// Gives the word that begins at `start` a capital.
pub(crate) fn capitalise(text: &mut String, start: usize) {
    if let Some(first) = text[start..].chars().next() {
        let capital: String = first.to_uppercase().collect();
        text.replace_range(start..start + first.len_utf8(), &capital);
    }
}

/// The numbers below `len` in an order that the seed decides (Fisher and Yates).
fn shuffled(len: usize, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..len as u32).collect();
    for last in (1..order.len()).rev() {
        let random = mix(seed ^ mix(last as u64));
        order.swap(last, (random % (last as u64 + 1)) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Kind;
    use std::collections::HashSet;

    fn spec(novel_words: f64) -> Spec {
        Spec {
            kind: Kind::Words,
            texts: 8,
            cycle: 50,
            seed: 1,
            novel_words,
            corpus: None,
            model: None,
            inject: None,
            twin: false,
        }
    }

    fn unknown_words(texts: &[String], known: &HashSet<String>) -> Vec<String> {
        let words = texts.iter().flat_map(|text| text.split_whitespace());
        words
            .map(|word| letters_of(word).to_lowercase())
            .filter(|word| word.chars().all(char::is_alphabetic))
            .filter(|word| !word.is_empty() && !known.contains(word))
            .collect()
    }

    #[test]
    fn without_novel_words_a_cycle_repeats_to_the_letter() {
        let mut texts = Texts::new(&spec(0.0)).unwrap();
        assert_eq!(texts.of(3), texts.of(53));
        assert_ne!(texts.of(3), texts.of(4));
    }

    #[test]
    fn a_corpus_of_a_few_words_has_new_ones_too_if_any_are_asked_for() {
        let corpus = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(corpus.path(), "One sentence of six words here.\n").unwrap();
        let of = |novel_words: f64, iteration: u64| {
            let spec = Spec {
                texts: 1,
                cycle: 1,
                corpus: Some(corpus.path().to_owned()),
                ..spec(novel_words)
            };
            Texts::new(&spec).unwrap().of(iteration)
        };
        assert_eq!(of(0.0, 0), of(0.0, 1));
        let new = of(1e-9, 0);
        assert_ne!(new, of(0.0, 0));
        let kept = |text: &str| {
            "One sentence of six words here."
                .split(' ')
                .zip(text.split(' '))
                .filter(|(a, b)| a == b)
                .count()
        };
        assert_eq!(kept(&new[0]), 5, "{new:?}");
    }

    #[test]
    fn novel_words_come_at_the_rate_asked_for_and_never_twice() {
        let known = Corpus::shipped().words();
        let mut texts = Texts::new(&spec(0.05)).unwrap();
        let mut seen = HashSet::new();
        let mut words = 0;
        for iteration in 0..500 {
            let texts = texts.of(iteration);
            words += texts.iter().flat_map(|t| t.split_whitespace()).count();
            for word in unknown_words(&texts, &known) {
                assert!(seen.insert(word.clone()), "{word} came twice");
            }
        }
        let rate = seen.len() as f64 / words as f64;
        assert!((0.03..0.06).contains(&rate), "{rate}");
    }

    #[test]
    fn a_share_of_one_replaces_every_word_and_keeps_its_punctuation_and_capital() {
        let known = Corpus::shipped().words();
        let mut texts = Texts::new(&spec(1.0)).unwrap();
        let mut plain = Texts::new(&spec(0.0)).unwrap();
        for (mixed, plain) in texts.of(0).iter().zip(plain.of(0)) {
            assert_eq!(mixed.split(' ').count(), plain.split(' ').count());
            for (new, old) in mixed.split(' ').zip(plain.split(' ')) {
                assert_eq!(new.ends_with('.'), old.ends_with('.'));
                if !letters_of(old).is_empty() {
                    assert!(!known.contains(&letters_of(new).to_lowercase()));
                    let capital = |word: &str| letters_of(word).starts_with(char::is_uppercase);
                    assert_eq!(capital(new), capital(old));
                }
            }
        }
    }

    #[test]
    fn a_text_keeps_its_shape_from_cycle_to_cycle() {
        let mut texts = Texts::new(&spec(0.3)).unwrap();
        let lengths = |texts: Vec<String>| texts.iter().map(|t| t.chars().count()).collect();
        let first: Vec<usize> = lengths(texts.of(7));
        let later: Vec<usize> = lengths(texts.of(107));
        assert_eq!(first, later);
    }
}
