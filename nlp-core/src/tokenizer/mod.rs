//! Splits text into tokens exactly as spaCy's rule-based tokenizer does (`spacy.Tokenizer.v1`).
//!
//! The rules are the pipeline's own: its `tokenizer` file holds Python regular expressions for prefixes, suffixes and
//! infixes, patterns for what must stay whole (URLs, some words), and special cases, whose tokens are given. A text is
//! cut at white space first ([`chunks`]); each chunk loses its affixes one by one and is split at its infixes
//! ([`affix`]); in the end, special cases that the affix rules cut apart are found and put together again
//! ([`phrase`]). [`crate::pyre`] matches the regular expressions.

mod affix;
mod cache;
mod chunks;
mod phrase;
mod piece;
mod special;
#[cfg(test)]
mod tests;

pub use crate::error::TokenizeError;
pub use cache::{Cut, NoCache, NormId, SplitCache};
pub use piece::Piece;

use crate::error::FormatError;
use crate::format::msgpack::{self, Value};
use crate::frozen::frozen;
use crate::limits::Budget;
use crate::pyre::Pattern;
use affix::{Patterns, Splitter, Work};
use chunks::Chunks;
use phrase::Phrases;
use piece::push_pieces;
use special::{Norms, Specials};
use std::collections::HashMap;

/// How far a text is split.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// The most tokens that it may have.
    pub tokens: usize,
    /// When it has to be done.
    pub budget: Budget,
}

impl Bounds {
    /// No bounds.
    const NONE: Bounds = Bounds {
        tokens: usize::MAX,
        budget: Budget::UNLIMITED,
    };

    /// Why the work on `part`, a part of the text from `start` on, stopped: the time was up, or it took too many steps.
    fn exhausted(&self, start: usize, part: &str) -> Stopped {
        match self.budget.check() {
            Err(_) => Stopped::OutOfTime,
            Ok(()) => Stopped::Fault(TokenizeError::TooHard {
                start,
                chars: part.chars().count(),
            }),
        }
    }
}

/// Why the splitting of a text stopped before its end.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The text cannot be split.
    Fault(TokenizeError),
    /// It has more tokens than it may.
    TooManyTokens,
    /// The time was up.
    OutOfTime,
}

/// Chunks that are split before the clock is looked at again.
const CHUNKS_A_LOOK: usize = 256;

/// A special case: a text whose tokens are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpecialCase<'t> {
    /// The text.
    pub text: &'t str,
    /// Where its tokens end, and their norms.
    pub cuts: &'t [Cut],
}

/// The rules of a pipeline's tokenizer.
///
/// It is immutable and can be shared between threads; what is to be remembered between texts is in a [`SplitCache`].
#[derive(Debug, Default)]
pub struct Tokenizer {
    patterns: Patterns,
    specials: Specials,
    phrases: Phrases,
    /// Chunks that spaCy cuts in another way than its rules say: what its cache holds from the time when the last
    /// special case was loaded, and cut up without regard to special cases.
    preset: HashMap<Box<str>, Box<[Cut]>>,
    norms: Vec<String>,
}

frozen!(Tokenizer {
    patterns,
    specials,
    phrases,
    preset,
    norms
});

impl Tokenizer {
    /// Reads the `tokenizer` file of a pipeline (`Tokenizer.from_bytes` in `spacy/tokenizer.pyx`).
    ///
    /// # Errors
    /// If the bytes are not MessagePack; if a pattern is not a valid Python regular expression, refers to characters by
    /// name, or is too large; if the tokens of a special case do not add up to its text.
    pub fn from_bytes(bytes: &[u8]) -> Result<Tokenizer, FormatError> {
        let file = msgpack::read(bytes)?;
        if file.as_map().is_none() {
            let what = format!("tokenizer is {}, not a map", file.kind());
            return Err(FormatError::new(what));
        }
        let pattern = |name: &str| match file.get(name) {
            // whatever is not text counts as no pattern, as it does in spaCy
            Some(Value::Str(pattern)) => {
                Pattern::new(pattern).map(Some).map_err(|e| e.within(name))
            }
            _ => Ok(None),
        };
        let patterns = Patterns {
            prefix: pattern("prefix_search")?,
            suffix: pattern("suffix_search")?,
            infix: pattern("infix_finditer")?,
            token_match: pattern("token_match")?,
            url_match: pattern("url_match")?,
        };
        let mut norms = Norms::default();
        let rules = file.get("exceptions").and_then(Value::as_map);
        let specials = Specials::read(rules.unwrap_or_default(), &mut norms)
            .map_err(|e| e.within("exceptions"))?;
        let mut tokenizer = Tokenizer {
            patterns,
            specials,
            norms: norms.into_vec(),
            ..Tokenizer::default()
        };
        let fast = file.get("faster_heuristics").is_none_or(is_true);
        tokenizer.index_special_cases(fast)?;
        Ok(tokenizer)
    }

    /// Prepares the second pass: finds what the first makes of the special cases. With `fast`, only of those that it
    /// could cut up.
    fn index_special_cases(&mut self, fast: bool) -> Result<(), FormatError> {
        let plain = Splitter {
            patterns: &self.patterns,
            specials: None,
            preset: None,
        };
        let mut phrases = Phrases::default();
        let mut preset = HashMap::new();
        let mut work = Work::default();
        let bytes = self.specials.iter().map(|case| case.text.len()).sum();
        work.regex.allow_in_all(affix::steps_for(bytes));
        for case in self.specials.iter() {
            let text = &*case.text;
            let too_hard = |_| {
                let what = "the patterns take too long on it";
                FormatError::new(what).within(format!("exceptions: {text:?}"))
            };
            preset.clear();
            if fast && !text.contains(' ') && !plain.has_affix(text, &mut work).map_err(too_hard)? {
                continue;
            }
            let mut words = Vec::new();
            for chunk in Chunks::new(text) {
                let chunk = &text[chunk.start..chunk.end];
                plain.split(chunk, &mut work).map_err(too_hard)?;
                preset.insert(chunk.into(), work.cuts.as_slice().into());
                let mut start = 0;
                for cut in &work.cuts {
                    words.push(&chunk[start..cut.end as usize]);
                    start = cut.end as usize;
                }
            }
            phrases.add(words.into_iter());
        }
        // what is left is of the last special case; most of it is what the rules say anyway
        let full = Splitter {
            specials: Some(&self.specials),
            ..plain
        };
        let mut differing = HashMap::new();
        for (chunk, cuts) in preset {
            let chunk: Box<str> = chunk;
            let cuts: Box<[Cut]> = cuts;
            let same = full.split(&chunk, &mut work).is_ok() && *work.cuts == *cuts;
            if !same && self.specials.get(&chunk).is_none() {
                differing.insert(chunk, cuts);
            }
        }
        self.phrases = phrases;
        self.preset = differing;
        Ok(())
    }

    /// Splits `text` into tokens: `out` gets them, and loses what it held.
    ///
    /// The tokens, each with its space, add up to the text.
    ///
    /// # Errors
    /// If the text is longer than 4 GiB, or if a part of it without a space was made to keep the patterns busy.
    pub fn tokenize<C: SplitCache + ?Sized>(
        &self,
        text: &str,
        cache: &mut C,
        out: &mut Vec<Piece>,
    ) -> Result<(), TokenizeError> {
        match self.tokenize_within(text, cache, out, Bounds::NONE) {
            Err(Stopped::Fault(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// As [`Tokenizer::tokenize`], but no further than `bounds` allow.
    pub(crate) fn tokenize_within<C: SplitCache + ?Sized>(
        &self,
        text: &str,
        cache: &mut C,
        out: &mut Vec<Piece>,
        bounds: Bounds,
    ) -> Result<(), Stopped> {
        out.clear();
        if u32::try_from(text.len()).is_err() {
            return Err(Stopped::Fault(TokenizeError::TooLong { bytes: text.len() }));
        }
        let splitter = Splitter {
            patterns: &self.patterns,
            specials: Some(&self.specials),
            preset: Some(&self.preset).filter(|preset| !preset.is_empty()),
        };
        let mut work = Work::default();
        work.regex.until(bounds.budget);
        work.regex.allow_in_all(affix::steps_for(text.len()));
        for (i, chunk) in Chunks::new(text).enumerate() {
            if i % CHUNKS_A_LOOK == 0 {
                bounds.budget.check().map_err(|_| Stopped::OutOfTime)?;
            }
            if out.len() > bounds.tokens {
                return Err(Stopped::TooManyTokens);
            }
            let start = chunk.start as u32;
            let word = &text[chunk.start..chunk.end];
            if let Some(cuts) = cache.get(word) {
                push_pieces(out, start, cuts, chunk.space);
                continue;
            }
            let known = self
                .specials
                .get(word)
                .or_else(|| self.preset.get(word).map(|cuts| &**cuts));
            let cuts = match known {
                Some(cuts) => cuts,
                None => {
                    let split = splitter.split(word, &mut work);
                    split.map_err(|_| bounds.exhausted(chunk.start, word))?;
                    &work.cuts
                }
            };
            push_pieces(out, start, cuts, chunk.space);
            cache.insert(word, cuts);
        }
        let applied = self.phrases.apply(text, &self.specials, out, bounds.budget);
        applied.map_err(|place| {
            let start = out[place].start as usize;
            let chunk = Chunks::new(&text[start..]).next();
            bounds.exhausted(start, chunk.map_or("", |chunk| &text[start..][..chunk.end]))
        })?;
        match out.len() > bounds.tokens {
            true => Err(Stopped::TooManyTokens),
            false => Ok(()),
        }
    }

    /// The norms that special cases give to tokens, by [`NormId::index`].
    pub fn norms(&self) -> &[String] {
        &self.norms
    }

    /// The special cases, in the order of their texts.
    pub fn special_cases(&self) -> impl Iterator<Item = SpecialCase<'_>> {
        self.specials.iter().map(|case| SpecialCase {
            text: &case.text,
            cuts: &case.cuts,
        })
    }
}

/// Whether Python takes the value for true.
fn is_true(value: &Value<'_>) -> bool {
    match value {
        Value::Nil => false,
        Value::Bool(is) => *is,
        Value::Str(text) => !text.is_empty(),
        Value::Bin(bytes) => !bytes.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Map(entries) => !entries.is_empty(),
        other => other.as_f64() != Some(0.0),
    }
}
