//! Cuts one chunk of text: takes prefixes and suffixes off it, then splits what is left at its infixes.

use super::cache::Cut;
use super::special::Specials;
use crate::frozen::frozen;
use crate::pyre::{Exhausted, Pattern, Scratch, Seen, step_back};
use std::collections::HashMap;

/// Steps of matching that one chunk may take: a few seconds' worth, which no text comes near that is not made for it.
const STEPS_A_CHUNK: u64 = 1 << 28;
/// Or so many for each of its bytes, if that is more: what takes time in proportion to a long chunk is not hard.
const STEPS_A_CHAR: u64 = 1 << 10;

/// Steps for all of a text, or for all special cases of a pipeline.
pub(super) fn steps_for(bytes: usize) -> u64 {
    STEPS_A_CHUNK.saturating_add(STEPS_A_CHAR.saturating_mul(bytes as u64))
}

/// Bytes that are hashed in the time of a step.
const BYTES_A_STEP: u64 = 16;

/// The patterns of a tokenizer; one that is missing matches nothing.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    pub(super) prefix: Option<Pattern>,
    pub(super) suffix: Option<Pattern>,
    pub(super) infix: Option<Pattern>,
    pub(super) token_match: Option<Pattern>,
    pub(super) url_match: Option<Pattern>,
}

frozen!(Patterns {
    prefix,
    suffix,
    infix,
    token_match,
    url_match
});

/// What cutting chunks works with, kept from one chunk to the next.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) regex: Scratch,
    /// The result: the cuts of the chunk.
    pub(super) cuts: Vec<Cut>,
    /// Where the suffixes end that were taken off, the outermost first.
    suffixes: Vec<u32>,
    infixes: Vec<(usize, usize)>,
}

/// Cuts chunks by patterns and special cases, as `_tokenize` in `spacy/tokenizer.pyx` does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Splitter<'t> {
    pub(super) patterns: &'t Patterns,
    /// The special cases, unless they are to be left out.
    pub(super) specials: Option<&'t Specials>,
    /// Chunks that are cut otherwise than the rules say.
    pub(super) preset: Option<&'t HashMap<Box<str>, Box<[Cut]>>>,
}

impl Splitter<'_> {
    /// Cuts `chunk`, which is no special case itself: the result is in `work.cuts`.
    pub(super) fn split(&self, chunk: &str, work: &mut Work) -> Result<(), Exhausted> {
        work.regex
            .allow(STEPS_A_CHUNK.max(STEPS_A_CHAR * chunk.len() as u64));
        work.cuts.clear();
        work.suffixes.clear();
        let (start, end) = self.take_affixes(chunk, work)?;
        if start < end {
            self.split_middle(chunk, start, end, work)?;
        }
        let suffixes = work.suffixes.iter().rev();
        work.cuts
            .extend(suffixes.map(|&end| Cut { end, norm: None }));
        Ok(())
    }

    /// The tokens of `text` if it is a special case. Reading a long text to look it up takes steps as matching does, or a
    /// chunk could be read whole for each of its characters.
    #[inline]
    fn special(&self, text: &str, regex: &mut Scratch) -> Result<Option<&[Cut]>, Exhausted> {
        match self.specials {
            Some(specials) if specials.may_hold(text) => {
                regex.spend(text.len() as u64 / BYTES_A_STEP)?;
                Ok(specials.get(text))
            }
            _ => Ok(None),
        }
    }

    /// Takes prefixes and suffixes off `chunk` (`_split_affixes`): notes them, and gives the range that is left.
    fn take_affixes(&self, chunk: &str, work: &mut Work) -> Result<(usize, usize), Exhausted> {
        let patterns = self.patterns;
        let (mut start, mut end) = (0, chunk.len());
        let mut last_length = 0;
        let mut seen = Seen::default();
        while start < end && end - start != last_length {
            let text = &chunk[start..end];
            if let Some(pattern) = &patterns.token_match
                && pattern.matches_start_of(chunk, start..end, &mut seen, &mut work.regex)?
            {
                break;
            }
            if self.special(text, &mut work.regex)?.is_some() {
                break;
            }
            last_length = text.len();
            let prefix = match &patterns.prefix {
                Some(pattern) => find_prefix(pattern, text, &mut work.regex)?,
                None => 0,
            };
            let without_prefix = &text[prefix..];
            if prefix != 0 && self.special(without_prefix, &mut work.regex)?.is_some() {
                start += prefix;
                push(&mut work.cuts, start);
                break;
            }
            let suffix = match &patterns.suffix {
                Some(pattern) => find_suffix(pattern, text, without_prefix, &mut work.regex)?,
                None => 0,
            };
            let without_suffix = &text[..text.len() - suffix];
            if suffix != 0 && self.special(without_suffix, &mut work.regex)?.is_some() {
                work.suffixes.push(end as u32);
                end -= suffix;
                break;
            }
            if prefix != 0 {
                start += prefix;
                push(&mut work.cuts, start);
            }
            // of a prefix and a suffix that overlap, the prefix counts
            if suffix != 0 && (prefix == 0 || prefix + suffix <= text.len()) {
                work.suffixes.push(end as u32);
                end -= suffix;
            }
        }
        Ok((start, end))
    }

    /// Cuts what is left between prefixes and suffixes (`_attach_tokens`).
    fn split_middle(
        &self,
        chunk: &str,
        start: usize,
        end: usize,
        work: &mut Work,
    ) -> Result<(), Exhausted> {
        let text = &chunk[start..end];
        let known = self
            .special(text, &mut work.regex)?
            .or_else(|| self.preset?.get(text).map(|cuts| &**cuts));
        if let Some(cuts) = known {
            work.cuts.extend(cuts.iter().map(|cut| Cut {
                end: start as u32 + cut.end,
                norm: cut.norm,
            }));
            return Ok(());
        }
        let patterns = self.patterns;
        for pattern in [&patterns.token_match, &patterns.url_match]
            .into_iter()
            .flatten()
        {
            if pattern.matches_start(text, &mut work.regex)? {
                push(&mut work.cuts, end);
                return Ok(());
            }
        }
        work.infixes.clear();
        if let Some(pattern) = &patterns.infix {
            pattern.find_all(text, &mut work.regex, &mut work.infixes)?;
        }
        let mut done = 0;
        for &(from, to) in &work.infixes {
            if from == 0 {
                continue;
            }
            if from != done {
                push(&mut work.cuts, start + from);
            }
            if from != to {
                push(&mut work.cuts, start + to);
            }
            done = to;
        }
        if done < text.len() {
            push(&mut work.cuts, end);
        }
        Ok(())
    }

    /// Whether one of the patterns finds an affix in `text`.
    pub(super) fn has_affix(&self, text: &str, work: &mut Work) -> Result<bool, Exhausted> {
        work.regex.allow(STEPS_A_CHUNK);
        let regex = &mut work.regex;
        let patterns = self.patterns;
        for pattern in [&patterns.prefix, &patterns.suffix].into_iter().flatten() {
            if pattern
                .search(text, regex)?
                .is_some_and(|(from, to)| from != to)
            {
                return Ok(true);
            }
        }
        match &patterns.infix {
            Some(pattern) => Ok(pattern.search(text, regex)?.is_some()),
            None => Ok(false),
        }
    }
}

fn push(cuts: &mut Vec<Cut>, end: usize) {
    cuts.push(Cut {
        end: end as u32,
        norm: None,
    });
}

/// How many bytes the prefix of `text` has: as many characters from its start as the match has, wherever that is.
fn find_prefix(pattern: &Pattern, text: &str, regex: &mut Scratch) -> Result<usize, Exhausted> {
    Ok(match pattern.search(text, regex)? {
        None => 0,
        Some((0, end)) => end,
        Some((from, to)) => {
            let count = text[from..to].chars().count();
            text.chars().take(count).map(char::len_utf8).sum()
        }
    })
}

/// How many bytes the suffix of `text` has: as many characters from its end as the match in `within` has.
fn find_suffix(
    pattern: &Pattern,
    text: &str,
    within: &str,
    regex: &mut Scratch,
) -> Result<usize, Exhausted> {
    Ok(match pattern.search(within, regex)? {
        None => 0,
        Some((from, to)) if to == within.len() => to - from,
        Some((from, to)) => {
            let count = within[from..to].chars().count() as u32;
            let start = step_back(text.as_bytes(), text.len(), count);
            text.len() - start.unwrap_or(0)
        }
    })
}
