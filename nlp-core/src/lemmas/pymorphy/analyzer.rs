//! All analyses of a word, by the dictionary or by what the word looks like (`pymorphy3/analyzer.py`, `pymorphy3/units`).

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::dictionary::{Dictionary, Place};
use super::facts::Facts;
use super::shapes::{is_latin, is_number, is_punctuation, is_roman_number};
use super::tags::TagId;
use crate::lang::lower;

/// The most letters of a word whose parts are looked at. pymorphy looks at those of longer ones too, and takes as much time
/// for it as it takes.
const MOST_LETTERS: usize = 1000;

/// The most bytes of all the parts of one word that are looked at, and of their parts: a word that is made of known prefixes
/// has twice as many ways to be cut with each, and Python takes them all.
const MOST_BYTES: usize = 16 << 10;

/// Letters that remain of a word without a prefix, at the least.
const FEWEST_AFTER_PREFIX: usize = 3;
/// Letters of a prefix that is not known, at the most.
const LONGEST_UNKNOWN_PREFIX: usize = 5;
/// Letters of a word that is told by its ending, at the least.
const FEWEST_BY_ENDING: usize = 4;

/// One analysis.
#[derive(Debug, Clone)]
pub(super) struct Analysis {
    pub word: String,
    pub tag: TagId,
    pub normal_form: String,
    source: Source,
}

/// What tells analyses of one word with one tag apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Source {
    Shape,
    Paradigm(u16),
    /// An analysis of the part after a hyphen, by its number.
    Right(Rc<str>, usize),
}

/// Analyses of one word that have been seen.
#[derive(Default)]
struct Seen(HashSet<(String, TagId, Source)>);

impl Seen {
    /// Whether there was none like it.
    fn add(&mut self, analysis: &Analysis) -> bool {
        let Analysis {
            word, tag, source, ..
        } = analysis;
        self.0.insert((word.clone(), *tag, source.clone()))
    }
}

/// Analyses of words that the dictionary has, the likeliest first; of a capital alone also those of a name that it stands
/// for. None of other words.
pub(super) fn known(dictionary: &Dictionary, facts: &Facts, word: &str) -> Vec<Analysis> {
    let word_lower = lower(word);
    let mut found = in_dictionary(dictionary, facts, &word_lower);
    if !found.is_empty() {
        found.extend(initials(dictionary, facts, word, &word_lower));
        sort_by_likelihood(dictionary, &word_lower, &mut found);
    }
    found
}

/// Whatever a word may be; nothing of a word that is too long to tell.
pub(super) fn all(dictionary: &Dictionary, facts: &Facts, word: &str) -> Rc<Vec<Analysis>> {
    let mut analyzer = Analyzer {
        dictionary,
        facts,
        bytes: MOST_BYTES.max(word.len()),
        done: HashMap::new(),
    };
    analyzer.analyses(word)
}

struct Analyzer<'a> {
    dictionary: &'a Dictionary,
    facts: &'a Facts,
    /// How many bytes of words may still be looked at.
    bytes: usize,
    /// The parts of the word that have been.
    done: HashMap<String, Rc<Vec<Analysis>>>,
}

impl Analyzer<'_> {
    fn analyses(&mut self, word: &str) -> Rc<Vec<Analysis>> {
        if let Some(done) = self.done.get(word) {
            return Rc::clone(done);
        }
        let Some(left) = self.bytes.checked_sub(word.len()) else {
            return Rc::default();
        };
        self.bytes = left;
        let word_lower = lower(word);
        let mut found = self.of_first_kind(word, &word_lower);
        sort_by_likelihood(self.dictionary, &word_lower, &mut found);
        let found = Rc::new(found);
        self.done.insert(word.to_owned(), Rc::clone(&found));
        found
    }

    /// The analyses of the first kind that has any.
    fn of_first_kind(&mut self, word: &str, word_lower: &str) -> Vec<Analysis> {
        let (dictionary, facts) = (self.dictionary, self.facts);
        let tags = &dictionary.tags;
        let shape = |tag| vec![whole(word_lower, tag)];
        let latin = || {
            let mut found = Vec::new();
            found.extend(is_roman_number(word).then(|| whole(word_lower, tags.roman)));
            found.extend(is_latin(word).then(|| whole(word_lower, tags.latin)));
            found
        };
        let mut found = in_dictionary(dictionary, facts, word_lower);
        found.extend(initials(dictionary, facts, word, word_lower));
        if facts.latin_first {
            found.extend(latin());
        }
        if !found.is_empty() {
            return found;
        }
        if is_number(word) {
            return shape(tags.number);
        }
        if is_punctuation(word) {
            return shape(tags.punctuation);
        }
        let mut found = match facts.latin_first {
            true => Vec::new(),
            false => latin(),
        };
        if !found.is_empty() {
            return found;
        }
        if word.chars().nth(MOST_LETTERS).is_some() {
            return found;
        }
        let mut seen = Seen::default();
        found = self.with_particle(word_lower, &mut seen);
        if found.is_empty() && facts.hyphen_adverbs && self.is_hyphen_adverb(word_lower) {
            found = shape(tags.adverb);
        }
        if found.is_empty() {
            found = self.halves(word_lower);
        }
        if found.is_empty() {
            found = self.with_known_prefix(word_lower, &mut seen);
        }
        if found.is_empty() {
            found = self.with_unknown_prefix(word_lower, &mut seen);
            if word.chars().count() >= FEWEST_BY_ENDING {
                found.extend(self.by_ending(word_lower, &mut seen));
            }
        }
        match found.is_empty() {
            true => shape(tags.unknown),
            false => found,
        }
    }

    /// Words with a particle after a hyphen.
    fn with_particle(&mut self, word: &str, seen: &mut Seen) -> Vec<Analysis> {
        let particles = self.facts.particles.iter();
        let split = particles
            .filter_map(|particle| Some((word.strip_suffix(particle)?, *particle)))
            .find(|(rest, _)| !rest.is_empty());
        let Some((rest, particle)) = split else {
            return Vec::new();
        };
        let found = self.analyses(rest);
        let found = found.iter().map(|analysis| Analysis {
            word: [&analysis.word, particle].concat(),
            normal_form: [&analysis.normal_form, particle].concat(),
            ..analysis.clone()
        });
        found.filter(|analysis| seen.add(analysis)).collect()
    }

    /// Whether the word is an adverb such as "по-русски".
    fn is_hyphen_adverb(&mut self, word: &str) -> bool {
        let Some(rest) = word.strip_prefix("по-") else {
            return false;
        };
        if word.chars().count() < 5 {
            return false;
        }
        let found = self.analyses(rest);
        let mut tags = found
            .iter()
            .map(|analysis| self.dictionary.tags.get(analysis.tag));
        tags.any(|tag| tag.dative_adjective)
    }

    /// Words of two halves with a hyphen between: both inflected the same way, or the right one alone.
    fn halves(&mut self, word: &str) -> Vec<Analysis> {
        let Some((left, right)) = word.split_once('-') else {
            return Vec::new();
        };
        let prefixed = self
            .facts
            .prefixes
            .iter()
            .any(|prefix| word.starts_with(prefix));
        if left.is_empty() || right.is_empty() || right.contains('-') || prefixed {
            return Vec::new();
        }
        let lefts = self.analyses(left);
        let rights = self.analyses(right);
        let tags = &self.dictionary.tags;
        let name: Rc<str> = right.into();
        let joined = |left: &str, normal_left: &str, number: usize, tag: TagId| {
            let right = &rights[number];
            Analysis {
                word: [left, "-", &right.word].concat(),
                tag,
                normal_form: [normal_left, "-", &right.normal_form].concat(),
                source: Source::Right(Rc::clone(&name), number),
            }
        };
        let of_words = |analyses: &[Analysis]| -> Vec<usize> {
            let numbers = 0..analyses.len();
            numbers
                .filter(|number| tags.get(analyses[*number].tag).of_word)
                .collect()
        };
        let mut found = Vec::new();
        for analysis in of_words(&lefts).into_iter().map(|number| &lefts[number]) {
            let agreement = tags.get(analysis.tag).agreement;
            for (number, right) in rights.iter().enumerate() {
                if tags.get(right.tag).agreement == agreement {
                    let normal = &analysis.normal_form;
                    found.push(joined(&analysis.word, normal, number, analysis.tag));
                }
            }
        }
        for number in of_words(&rights) {
            found.push(joined(left, left, number, rights[number].tag));
        }
        found
    }

    /// Words that begin with a known prefix.
    fn with_known_prefix(&mut self, word: &str, seen: &mut Seen) -> Vec<Analysis> {
        let mut all = Vec::new();
        for prefix in &self.facts.prefixes {
            let Some(rest) = word.strip_prefix(prefix) else {
                continue;
            };
            if rest.chars().nth(FEWEST_AFTER_PREFIX - 1).is_some() {
                let found = self.analyses(rest);
                all.extend(self.prefixed(prefix, &found, seen));
            }
        }
        all
    }

    /// Words that are one of the dictionary after some letters.
    fn with_unknown_prefix(&self, word: &str, seen: &mut Seen) -> Vec<Analysis> {
        let letters = word.chars().count();
        let most = LONGEST_UNKNOWN_PREFIX.min(letters.saturating_sub(FEWEST_AFTER_PREFIX));
        let mut all = Vec::new();
        for (at, _) in word.char_indices().skip(1).take(most) {
            let (prefix, rest) = word.split_at(at);
            let found = in_dictionary(self.dictionary, self.facts, rest);
            all.extend(self.prefixed(prefix, &found, seen));
        }
        all
    }

    /// The analyses of a word after a prefix, for the word with it.
    fn prefixed(&self, prefix: &str, found: &[Analysis], seen: &mut Seen) -> Vec<Analysis> {
        let found = found
            .iter()
            .filter(|analysis| self.is_productive(analysis.tag));
        let found = found.map(|analysis| Analysis {
            word: [prefix, &analysis.word].concat(),
            normal_form: [prefix, &analysis.normal_form].concat(),
            ..analysis.clone()
        });
        found.filter(|analysis| seen.add(analysis)).collect()
    }

    /// What words are that end as this one does: by the longest ending of which something is known, for each beginning
    /// that paradigms have.
    fn by_ending(&self, word: &str, seen: &mut Seen) -> Vec<Analysis> {
        let dictionary = self.dictionary;
        let mut all: Vec<(f64, Analysis)> = Vec::new();
        for (number, prefix) in dictionary.prefixes.iter().enumerate().rev() {
            if !word.starts_with(prefix.as_str()) {
                continue;
            }
            let before = all.len();
            let mut total = 1.0;
            for letters in (1..=dictionary.longest_ending).rev() {
                let at = word
                    .char_indices()
                    .nth_back(letters - 1)
                    .map_or(0, |(at, _)| at);
                let (start, end) = word.split_at(at);
                for (end, places) in dictionary.ending(number, end, self.facts.substitute) {
                    let spelt = [start, &end].concat();
                    for (count, place) in places {
                        let Some(analysis) = inflected(dictionary, &spelt, place) else {
                            continue;
                        };
                        if self.is_productive(analysis.tag) {
                            total += f64::from(count);
                            if seen.add(&analysis) {
                                all.push((f64::from(count), analysis));
                            }
                        }
                    }
                }
                if total > 1.0 {
                    break;
                }
            }
            for (score, _) in &mut all[before..] {
                *score = *score / total * 0.5;
            }
        }
        all.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        all.into_iter().map(|(_, analysis)| analysis).collect()
    }

    fn is_productive(&self, tag: TagId) -> bool {
        self.dictionary.tags.get(tag).productive
    }
}

/// The analysis of a word as it is.
fn whole(word: &str, tag: TagId) -> Analysis {
    Analysis {
        word: word.to_owned(),
        tag,
        normal_form: word.to_owned(),
        source: Source::Shape,
    }
}

/// The analysis of a word that is a form of a paradigm.
fn inflected(dictionary: &Dictionary, word: &str, place: Place) -> Option<Analysis> {
    Some(Analysis {
        word: word.to_owned(),
        tag: dictionary.tag(place)?,
        normal_form: dictionary.normal_form(place, word)?,
        source: Source::Paradigm(place.paradigm),
    })
}

fn in_dictionary(dictionary: &Dictionary, facts: &Facts, word: &str) -> Vec<Analysis> {
    let spellings = dictionary.word(word, facts.substitute).into_iter();
    let of_spelling = |(word, places): (String, Vec<Place>)| {
        let places = places.into_iter();
        places.filter_map(move |place| inflected(dictionary, &word, place))
    };
    spellings.flat_map(of_spelling).collect()
}

/// The names that a capital stands for.
fn initials(dictionary: &Dictionary, facts: &Facts, word: &str, word_lower: &str) -> Vec<Analysis> {
    let mut letters = word.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if facts.initials.contains(&letter) => {
            let tags = dictionary.tags.initials.iter();
            tags.map(|tag| whole(word_lower, *tag)).collect()
        }
        _ => Vec::new(),
    }
}

/// Puts the likeliest first, where the dictionary says of one how likely it is.
fn sort_by_likelihood(dictionary: &Dictionary, word: &str, analyses: &mut Vec<Analysis>) {
    let likelihood = |analysis: &Analysis| dictionary.likelihood(word, analysis.tag);
    let likelihoods: Option<Vec<u32>> = analyses.iter().map(likelihood).collect();
    if let Some(likelihoods) = likelihoods
        && likelihoods.iter().any(|likelihood| *likelihood > 0)
    {
        let analyses_then = std::mem::take(analyses);
        let mut pairs: Vec<_> = likelihoods.into_iter().zip(analyses_then).collect();
        pairs.sort_by_key(|(likelihood, _)| std::cmp::Reverse(*likelihood));
        analyses.extend(pairs.into_iter().map(|(_, analysis)| analysis));
    }
}
