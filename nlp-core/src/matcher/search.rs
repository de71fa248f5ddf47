//! One search: goes through the tokens once, and puts what is found in spaCy's order.

use std::collections::HashSet;

use super::compiled::Matcher;
use super::conditions::Reader;
use super::found::{Alignments, Found};
use super::greedy;
use super::plain::PlainWalk;
use super::threads::{ThreadHit, ThreadWalk};
use crate::doc::Span;
use crate::limits::{Budget, OutOfTime};

/// Tokens that are looked at before the clock is.
const BLOCK: usize = 256;

/// What `matcher` finds in `span`.
pub(super) fn search<A: Alignments>(
    matcher: &Matcher,
    span: Span<'_>,
    budget: Budget,
) -> Result<Vec<Found<A>>, OutOfTime> {
    let length = span.len();
    let mut found = Vec::new();
    if length == 0 || (matcher.plain.is_empty() && matcher.threads.is_empty()) {
        return Ok(found);
    }
    let mut reader = Reader::new(&matcher.conditions, span.doc(), span.start(), budget);
    let mut plain = PlainWalk::default();
    let mut threads = ThreadWalk::new(&matcher.threads, length, &reader, A::WANTED, budget);
    let (mut plain_hits, mut thread_hits) = (Vec::new(), Vec::new());
    let mut twice = Twice::new(matcher.distinct);
    let of_plain = |start: u32, pattern: u32, end: u32| Found {
        rule: matcher.rules[pattern as usize],
        start,
        end,
        alignments: A::of(|| match matcher.tokens.get(&pattern) {
            Some(tokens) => tokens.iter().map(|&token| token as usize).collect(),
            None => (0..(end - start) as usize).collect(),
        }),
    };
    let of_thread = |hit: &ThreadHit, threads: &ThreadWalk<'_>| Found {
        rule: matcher.rules[hit.pattern as usize],
        start: hit.start,
        end: hit.end,
        alignments: A::of(|| threads.alignments(hit)),
    };
    for token in 0..length {
        if token % BLOCK == 0 {
            budget.check()?;
        }
        if !matcher.plain.is_empty() {
            plain.step(&matcher.plain, token, &mut reader, &mut plain_hits)?;
        }
        if !matcher.threads.is_empty() {
            threads.step(token, &mut reader, &mut thread_hits)?;
        }
        let end = token as u32 + 1;
        let mut of_threads = thread_hits.iter().peekable();
        for &(start, pattern) in &plain_hits {
            while let Some(hit) = of_threads.next_if(|hit| hit.comes_before(start, pattern)) {
                twice.push(of_thread(hit, &threads), &mut found);
            }
            twice.push(of_plain(start, pattern, end), &mut found);
        }
        for hit in of_threads {
            twice.push(of_thread(hit, &threads), &mut found);
        }
        plain_hits.clear();
        thread_hits.clear();
        twice.next();
    }
    threads.finish(&mut thread_hits);
    for hit in &thread_hits {
        twice.push(of_thread(hit, &threads), &mut found);
    }
    match matcher.greedy.is_empty() {
        true => Ok(found),
        false => Ok(greedy::filter(found, &matcher.greedy, length)),
    }
}

/// Leaves out what was found before: the same tokens for the same key. What is found with one token ends with it or
/// before it, so that only what was found with the last two needs to be known.
struct Twice {
    never: bool,
    ended: HashSet<(u32, u32)>,
    ends: HashSet<(u32, u32)>,
    /// Where those in `ended` end.
    at: u32,
}

/// A set with more room than this for each thing in it is not worth clearing.
const ROOM: usize = 64;

impl Twice {
    fn new(never: bool) -> Twice {
        Twice {
            never,
            ended: HashSet::new(),
            ends: HashSet::new(),
            at: 0,
        }
    }

    fn push<A>(&mut self, new: Found<A>, found: &mut Vec<Found<A>>) {
        let known = match new.end == self.at {
            true => &mut self.ended,
            false => &mut self.ends,
        };
        if self.never || known.insert((new.rule, new.start)) {
            found.push(new);
        }
    }

    /// Goes on to the next token.
    fn next(&mut self) {
        self.at += 1;
        std::mem::swap(&mut self.ended, &mut self.ends);
        match self.ends.capacity() > ROOM * (self.ends.len() + ROOM) {
            true => self.ends = HashSet::new(),
            false => self.ends.clear(),
        }
    }
}
