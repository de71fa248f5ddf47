//! Texts full of new words: the sentences of a corpus, with every word but the most frequent replaced.
//!
//! What is left of a sentence is its function words, its punctuation and its capitals, so the pipeline has real work to
//! do; what is put in its gaps comes from [`NovelWords`], which never gives a word twice and remembers none.

use crate::workload::corpus::Corpus;
use crate::workload::novel::NovelWords;
use crate::workload::texts::capitalise;
use harness_judge::simulation::random::mix;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// So many of the most frequent words stay as they are.
const FUNCTION_WORDS: usize = 100;

/// Sentences with gaps, and the words that go into them.
#[derive(Clone)]
pub struct Stream {
    sentences: Arc<[Sentence]>,
    words: NovelWords,
    /// The next sentence.
    at: usize,
}

impl Stream {
    /// Learns the sentences and the letters of a corpus.
    ///
    /// # Errors
    ///
    /// A sentence for the user: there are no words in the corpus.
    pub fn new(corpus: &Corpus, seed: u64) -> Result<Stream, String> {
        let stay = most_frequent(corpus);
        let sentences: Arc<[Sentence]> = (0..corpus.len())
            .map(|index| Sentence::of(corpus.text(index), &stay))
            .filter(|sentence| !sentence.gaps.is_empty())
            .collect();
        if sentences.is_empty() {
            return Err(
                "the corpus holds no words to put new ones in place of: give a file with sentences"
                    .to_owned(),
            );
        }
        let at = mix(seed) as usize % sentences.len();
        Ok(Stream {
            sentences,
            words: NovelWords::learn(corpus.words(), seed),
            at,
        })
    }

    /// One of `parts` streams without a word in common.
    pub fn part(&self, index: u64, parts: u64) -> Stream {
        let apart = self.sentences.len() as u64 * index / parts;
        Stream {
            sentences: Arc::clone(&self.sentences),
            words: self.words.part(index, parts),
            at: (self.at + apart as usize) % self.sentences.len(),
        }
    }

    /// The next sentences, one a text, with `words` new words in all: the last is cut off after its last word.
    pub fn sentences(&mut self, words: u64) -> Vec<String> {
        let mut texts = Vec::new();
        let mut left = words;
        while left > 0 {
            let mut text = String::new();
            left -= self.append(left, &mut text);
            texts.push(text);
        }
        texts
    }

    /// The next `count` documents, each of several sentences, with `words` new words in all.
    pub fn documents(&mut self, count: u64, words: u64) -> Vec<String> {
        let document = |index: u64| {
            let mut left = words * (index + 1) / count - words * index / count;
            let mut text = String::new();
            while left > 0 {
                if !text.is_empty() {
                    text.push(' ');
                }
                left -= self.append(left, &mut text);
            }
            text
        };
        (0..count).map(document).collect()
    }

    /// Every sentence once: what a run meets of known words and shapes of text, with new words in it.
    pub fn whole_corpus(mut self) -> impl Iterator<Item = String> {
        (0..self.sentences.len()).map(move |_| {
            let mut text = String::new();
            self.append(u64::MAX, &mut text);
            text
        })
    }

    /// Appends the next sentence, with at most so many new words. Returns how many it took.
    fn append(&mut self, at_most: u64, text: &mut String) -> u64 {
        let sentence = &self.sentences[self.at];
        let mut from = 0;
        let mut taken = 0;
        for (number, gap) in sentence.gaps.iter().enumerate() {
            if taken == at_most {
                return taken;
            }
            text.push_str(&sentence.text[from..gap.place.start]);
            let start = text.len();
            self.words
                .append((self.at as u64) << 32 | number as u64, text);
            if gap.capital {
                capitalise(text, start);
            }
            from = gap.place.end;
            taken += 1;
        }
        text.push_str(&sentence.text[from..]);
        self.at = (self.at + 1) % self.sentences.len();
        taken
    }
}

/// A text and the places of the words in it that are replaced.
struct Sentence {
    text: Box<str>,
    gaps: Box<[Gap]>,
}

struct Gap {
    place: Range<usize>,
    /// The new word begins with a capital, as the old one did.
    capital: bool,
}

impl Sentence {
    fn of(text: &str, stay: &HashMap<String, u64>) -> Sentence {
        let mut gaps = Vec::new();
        for word in text.split_whitespace() {
            let core = core_of(word);
            if core.is_empty() || stay.contains_key(&core.to_lowercase()) {
                continue;
            }
            let start = core.as_ptr() as usize - text.as_ptr() as usize;
            gaps.push(Gap {
                place: start..start + core.len(),
                capital: core.starts_with(char::is_uppercase),
            });
        }
        Sentence {
            text: text.into(),
            gaps: gaps.into(),
        }
    }
}

/// A word without the punctuation on both sides of it.
fn core_of(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// The most frequent words in lower case, and how often each comes: a tenth of all words at most, so that a corpus of
/// few words has gaps too.
fn most_frequent(corpus: &Corpus) -> HashMap<String, u64> {
    let mut counts: HashMap<String, u64> = HashMap::new();
    for text in (0..corpus.len()).map(|index| corpus.text(index)) {
        for core in text.split_whitespace().map(core_of) {
            if !core.is_empty() {
                *counts.entry(core.to_lowercase()).or_default() += 1;
            }
        }
    }
    let stay = FUNCTION_WORDS.min(counts.len() / 10);
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by(|(a, times_a), (b, times_b)| times_b.cmp(times_a).then_with(|| a.cmp(b)));
    counts.truncate(stay);
    counts.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn stream() -> Stream {
        Stream::new(&Corpus::shipped(), 1).unwrap()
    }

    /// The words of texts that are not among the most frequent.
    fn new_words(texts: &[String]) -> Vec<String> {
        let stay = most_frequent(&Corpus::shipped());
        let cores = texts.iter().flat_map(|text| text.split_whitespace());
        cores
            .map(|word| core_of(word).to_lowercase())
            .filter(|word| !word.is_empty() && !stay.contains_key(word))
            .collect()
    }

    #[test]
    fn a_batch_has_exactly_the_new_words_asked_for_between_known_ones() {
        let mut stream = stream();
        for words in [1, 499, 500, 3_000] {
            let texts = stream.sentences(words);
            assert_eq!(new_words(&texts).len() as u64, words);
        }
        let texts = stream.sentences(3_000);
        let all = texts
            .iter()
            .flat_map(|text| text.split_whitespace())
            .count();
        assert!((4_000..8_000).contains(&all), "{all}");
        assert!(texts.iter().filter(|text| text.ends_with('.')).count() > 100);
    }

    #[test]
    fn documents_share_the_new_words_asked_for() {
        let mut stream = stream();
        for (count, words) in [(1, 500), (4, 500), (4, 2)] {
            let texts = stream.documents(count, words);
            assert_eq!(texts.len() as u64, count);
            assert_eq!(new_words(&texts).len() as u64, words);
        }
    }

    #[test]
    fn no_word_comes_twice_in_any_thread_and_none_is_in_the_corpus() {
        let known = Corpus::shipped().words();
        let whole = stream();
        let mut seen = HashSet::new();
        for thread in 0..3 {
            let mut part = whole.part(thread, 3);
            for _ in 0..40 {
                for word in new_words(&part.sentences(500)) {
                    assert!(!known.contains(&word), "{word}");
                    assert!(seen.insert(word.clone()), "{word} came twice");
                }
            }
        }
        assert_eq!(seen.len(), 3 * 40 * 500);
    }

    #[test]
    fn sentences_keep_their_capitals_and_punctuation() {
        let stay = HashMap::from([("the".to_owned(), 9)]);
        let sentence = Sentence::of("(The Parrot) isn't dead, 42 times!", &stay);
        let gaps: Vec<&str> = sentence
            .gaps
            .iter()
            .map(|gap| &sentence.text[gap.place.clone()])
            .collect();
        assert_eq!(gaps, ["Parrot", "isn't", "dead", "42", "times"]);
        assert!(sentence.gaps[0].capital && !sentence.gaps[1].capital);
    }

    #[test]
    fn a_corpus_without_words_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "... !\n").unwrap();
        let corpus = Corpus::read(file.path()).unwrap();
        assert!(Stream::new(&corpus, 1).err().unwrap().contains("no words"));
    }
}
