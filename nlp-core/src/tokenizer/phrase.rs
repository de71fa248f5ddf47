//! The second pass: finds special cases over several tokens and puts their own tokens in place.
//!
//! Affixes are cut off before special cases are looked up, so one that has affixes itself, such as "'Tis" or ":-)",
//! can be cut up by the first pass. It is found here by the tokens that it was cut into (`_apply_special_cases` in
//! `spacy/tokenizer.pyx`).

use super::piece::{Piece, push_pieces};
use super::special::Specials;
use crate::frozen::frozen;
use crate::limits::Budget;
use std::collections::HashMap;

/// Tokens that may be followed for each token of a text, on average. Special cases of real pipelines have a dozen tokens
/// at most.
const STEPS_A_TOKEN: usize = 1000;

/// Tokens that are looked at before the clock is.
const TOKENS_A_LOOK: usize = 4096;

/// Special cases as sequences of tokens, in a tree.
#[derive(Debug)]
pub(super) struct Phrases {
    /// The words that occur in them, numbered.
    words: HashMap<Box<str>, u32>,
    /// Lengths of the first words, by first byte: most words are ruled out by that.
    starts: Box<[u64; 256]>,
    /// From a node by a word to the next.
    next: HashMap<(u32, u32), u32>,
    /// Whether a sequence ends at a node.
    ends: Vec<bool>,
}

frozen!(Phrases {
    words,
    starts,
    next,
    ends
});

impl Default for Phrases {
    fn default() -> Self {
        Phrases {
            words: HashMap::new(),
            starts: Box::new([0; 256]),
            next: HashMap::new(),
            ends: vec![false],
        }
    }
}

/// The bit of `Phrases::starts` that stands for words of this length.
#[inline]
fn length_bit(word: &str) -> u64 {
    1 << word.len().min(63)
}

impl Phrases {
    /// Adds a sequence of words.
    pub(super) fn add<'w>(&mut self, phrase: impl Iterator<Item = &'w str>) {
        let mut node = 0;
        for word in phrase {
            if node == 0
                && let Some(&byte) = word.as_bytes().first()
            {
                self.starts[usize::from(byte)] |= length_bit(word);
            }
            let number = self.words.len() as u32;
            let number = *self.words.entry(word.into()).or_insert(number);
            let new = self.ends.len() as u32;
            node = *self.next.entry((node, number)).or_insert(new);
            if node == new {
                self.ends.push(false);
            }
        }
        // the empty sequence is nowhere
        self.ends[node as usize] = node != 0;
    }

    /// Whether there are none.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.next.is_empty()
    }

    /// Puts the tokens of special cases in place of those in `pieces` that make them up.
    ///
    /// # Errors
    /// If the text follows special cases that are very long at very many of its tokens, or the clock runs out: the place
    /// of the token that was looked at.
    pub(super) fn apply(
        &self,
        text: &str,
        specials: &Specials,
        pieces: &mut Vec<Piece>,
        budget: Budget,
    ) -> Result<(), usize> {
        let mut spans = Vec::new();
        let mut steps = STEPS_A_TOKEN.saturating_mul(pieces.len());
        for start in 0..pieces.len() {
            if start % TOKENS_A_LOOK == 0 {
                budget.check().map_err(|_| start)?;
            }
            let (span, followed) = self.longest_from(text, pieces, start);
            steps = steps.checked_sub(followed).ok_or(start)?;
            spans.extend(span);
        }
        if spans.is_empty() {
            return Ok(());
        }
        let chosen = choose(spans, pieces.len());
        let mut rewritten = Vec::with_capacity(pieces.len() + chosen.len());
        let mut done = 0;
        for (start, end) in chosen {
            let (from, last) = (pieces[start].start, pieces[end - 1]);
            // the words can stand there with other white space between them than in the special case
            let Some(cuts) = specials.get(&text[from as usize..last.end as usize]) else {
                continue;
            };
            rewritten.extend_from_slice(&pieces[done..start]);
            let first = rewritten.len();
            push_pieces(&mut rewritten, from, cuts, last.space);
            rewritten[first..]
                .iter_mut()
                .for_each(|piece| piece.rewritten = true);
            done = end;
        }
        if done > 0 {
            rewritten.extend_from_slice(&pieces[done..]);
            *pieces = rewritten;
        }
        Ok(())
    }

    /// The longest span of `pieces` that starts at `start` and is a special case, and how many tokens were followed to
    /// find it. Shorter ones never count: the longest is looked at before them, and chosen or not, it takes the token that
    /// they start with.
    #[inline]
    fn longest_from(
        &self,
        text: &str,
        pieces: &[Piece],
        start: usize,
    ) -> (Option<(usize, usize)>, usize) {
        let word = |piece: &Piece| &text[piece.start as usize..piece.end as usize];
        let first = word(&pieces[start]);
        let byte = first.as_bytes().first().copied().unwrap_or(0);
        if self.starts[usize::from(byte)] & length_bit(first) == 0 {
            return (None, 0);
        }
        let (mut node, mut longest) = (0, None);
        for (followed, piece) in pieces[start..].iter().enumerate() {
            let number = self.words.get(word(piece));
            let next = number.and_then(|&number| self.next.get(&(node, number)));
            match next {
                Some(&next) => node = next,
                None => return (longest, followed),
            }
            if self.ends[node as usize] {
                longest = Some((start, start + followed + 1));
            }
        }
        (longest, pieces.len() - start)
    }
}

/// Of `spans` over `count` tokens, those that count, in order: longer ones first, and of equally long ones the first.
///
/// One that is passed over still keeps others from its tokens.
fn choose(mut spans: Vec<(usize, usize)>, count: usize) -> Vec<(usize, usize)> {
    spans.sort_unstable_by_key(|&(start, end)| (std::cmp::Reverse(end - start), start));
    let mut seen = vec![false; count];
    let mut chosen = Vec::new();
    for (start, end) in spans {
        if !seen[start] && !seen[end - 1] {
            chosen.push((start, end));
        }
        seen[start..end].fill(true);
    }
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::choose;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_longer_span_is_chosen_and_then_the_earlier() {
        assert_eq!(choose(vec![(0, 2), (1, 4), (4, 5)], 5), [(1, 4), (4, 5)]);
        assert_eq!(choose(vec![(1, 3), (0, 2)], 3), [(0, 2)]);
    }

    proptest! {
        #[test]
        fn of_the_spans_that_start_at_a_token_only_the_longest_counts(
            spans in prop::collection::btree_set((0..30_usize, 1..9_usize), 0..60),
        ) {
            let all: Vec<_> = spans.iter().map(|&(start, length)| (start, start + length)).collect();
            let longest: BTreeMap<_, _> = all.iter().copied().collect();
            prop_assert_eq!(choose(all, 40), choose(longest.into_iter().collect(), 40));
        }
    }

    #[test]
    fn a_span_that_is_passed_over_still_takes_its_tokens() {
        // the second loses to the first, and the third to the second
        assert_eq!(choose(vec![(0, 3), (2, 4), (3, 4)], 4), [(0, 3)]);
    }
}
