//! Python's regular expressions: what `re.compile(pattern)` of Python 3.11 finds in a text, this finds.
//!
//! A pipeline's tokenizer is a handful of Python patterns, and its tokens are right only if every one of them matches
//! exactly what it matches in Python: look-behind, case folding, white space, the empty matches of `finditer`. So this
//! is an engine for that syntax and those rules rather than a translation to another engine's. It leaves out what such
//! patterns do not use (named characters) and says so.
//!
//! Nearly all that is asked of it has the answer "no match", of a short word. So a pattern is first asked what its
//! matches must look like: with which characters they can start and end, which they must have. Most words are ruled out
//! by that, without a step of matching.
//!
//! - [`parse`], `class` and `reference` read a pattern into the tree of `ast`; `charset` holds sets of characters,
//!   `unicode` what Python knows of them, `groups` what is known of the groups.
//! - `analysis` looks at the tree; `compile` turns it into a `program`, in which `dispatch` picks alternatives by the
//!   next character.
//! - `vm` executes the program; `scratch` is what it works with.
//! - `group_program`, `group_vm` and `group_state` are the same for the few patterns that refer to groups, where what was
//!   found out about one place cannot be used at another, and which take longer.

mod analysis;
mod ast;
mod charset;
mod class;
mod compile;
mod dispatch;
mod group_program;
mod group_state;
#[cfg(test)]
mod group_tests;
mod group_vm;
mod groups;
#[cfg(test)]
mod hostile_tests;
mod parse;
mod position;
mod program;
mod reference;
mod scratch;
#[cfg(test)]
mod tests;
mod unicode;
mod utf8;
mod vm;

use crate::error::FormatError;
use crate::frozen::{Frozen, Walk, frozen};
use analysis::Edge;
use charset::CharSet;
use group_program::GroupProgram;
use group_vm::GroupMatcher;
use program::Program;
pub(crate) use scratch::{Exhausted, Scratch};
use std::ops::Range;
pub(crate) use utf8::step_back;
use utf8::{before, char_at, char_before};
use vm::Matcher;

/// Whether Python's `str.isspace` is true of the character, and `\s` matches it.
pub(crate) fn is_space(c: char) -> bool {
    match c {
        '\0'..='\x7f' => matches!(c, '\t'..='\r' | '\x1c'..=' '),
        _ => matches!(
            c,
            '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'
                ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
        ),
    }
}

/// Looking at so many bytes for a character counts as one step of matching.
const BYTES_SEEN_A_STEP: u64 = 8;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    code: Code,
    /// Every match starts at the start of the text.
    anchored: bool,
    /// What a match starts with, if anything is known of it.
    first: Option<First>,
    /// Characters of which every match has one.
    required: Option<CharSet>,
    tail: Option<Tail>,
}

frozen!(Pattern {
    code,
    anchored,
    first,
    required,
    tail
});

/// What is executed.
#[derive(Debug)]
enum Code {
    Plain(Program),
    /// Of a pattern that refers to groups.
    Groups(Box<GroupProgram>),
}

impl Frozen for Code {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Code::Plain(program) => program.visit(walk),
            Code::Groups(program) => program.visit(walk),
        }
    }
}

/// What matches start with: a character of the set, or they are empty and at the end of the text.
#[derive(Debug)]
struct First {
    set: CharSet,
    end: bool,
}

frozen!(First { set, end });

impl First {
    /// `None` if nothing is known.
    fn new(edge: &Edge) -> Option<First> {
        (!edge.open).then(|| First {
            set: CharSet::new(&edge.set),
            end: edge.end,
        })
    }

    /// Whether a match could start at `pos` for the character there.
    #[inline]
    fn allows(&self, text: &[u8], pos: usize) -> bool {
        match char_at(text, pos) {
            Some((c, _)) => self.set.contains(c),
            None => self.end,
        }
    }

    /// The first place from `from` on, but before `to`, where a match could start for the character there.
    #[inline]
    fn find(&self, text: &[u8], from: usize, to: usize) -> Option<usize> {
        let mut pos = from;
        while pos < to
            && let Some((c, after)) = char_at(text, pos)
        {
            if self.set.contains(c) {
                return Some(pos);
            }
            pos = after;
        }
        (pos < to && self.end).then_some(pos)
    }
}

/// See [`analysis::Tail`].
#[derive(Debug)]
struct Tail {
    last: CharSet,
    longest: u32,
    unbounded_last: CharSet,
    unbounded_any: CharSet,
    /// `None` if all matches end with the text.
    loose: Option<First>,
}

frozen!(Tail {
    last,
    longest,
    unbounded_last,
    unbounded_any,
    loose
});

impl Pattern {
    /// Compiles `pattern`.
    ///
    /// # Errors
    /// If Python would not accept it, if it refers to characters by name, or if it is too large.
    pub(crate) fn new(pattern: &str) -> Result<Pattern, FormatError> {
        let parse::Parsed {
            node,
            mut sets,
            groups,
        } = parse::parse(pattern)?;
        let first = analysis::first(&node, &sets);
        // what a group matches may be wider than the group: Python keeps a start whose end is of another attempt
        let tail = match groups {
            None => analysis::tail(&node, &sets),
            Some(_) => None,
        };
        let tail = tail.map(|tail| Tail {
            last: CharSet::new(&tail.last),
            longest: tail.longest,
            unbounded_last: CharSet::new(&tail.unbounded_last),
            unbounded_any: CharSet::new(&tail.unbounded_any),
            loose: tail.loose.as_ref().and_then(First::new),
        });
        let required = analysis::required(&node, &sets);
        Ok(Pattern {
            anchored: analysis::anchored(&node),
            first: First::new(&first),
            required: required.map(|set| CharSet::new(&set)),
            tail,
            code: match groups {
                None => Code::Plain(compile::compile(&node, pattern.len(), &mut sets)?),
                Some(count) => {
                    Code::Groups(Box::new(group_program::compile(&node, count, &mut sets)?))
                }
            },
        })
    }

    /// Whether the start of `text` matches, as `re.match` does.
    pub(crate) fn matches_start(
        &self,
        text: &str,
        scratch: &mut Scratch,
    ) -> Result<bool, Exhausted> {
        self.matches_start_of(text, 0..text.len(), &mut Seen::default(), scratch)
    }

    /// Whether the start of this part of `text` matches, as `re.match` does of the part alone. `seen` is new for a text
    /// and kept for the parts that are asked for: each lies in the one before, and none of its characters is then looked
    /// at again in vain.
    pub(crate) fn matches_start_of(
        &self,
        text: &str,
        part: Range<usize>,
        seen: &mut Seen,
        scratch: &mut Scratch,
    ) -> Result<bool, Exhausted> {
        let (whole, text) = (text, &text[part.clone()]);
        if let Some(first) = &self.first
            && !first.allows(text.as_bytes(), 0)
        {
            return Ok(false);
        }
        if let Some(required) = &self.required {
            let before = seen.to;
            let is_there = seen.has_any(required, whole.as_bytes(), part);
            scratch.spend((seen.to - before) as u64 / BYTES_SEEN_A_STEP)?;
            if !is_there {
                return Ok(false);
            }
        }
        self.start(text, scratch);
        Ok(self.match_at(text, 0, scratch, None)?.is_some())
    }

    /// The first match in `text`, as `re.search` finds it: where it starts and where it ends.
    pub(crate) fn search(
        &self,
        text: &str,
        scratch: &mut Scratch,
    ) -> Result<Option<(usize, usize)>, Exhausted> {
        self.search_from(text, 0, None, scratch)
    }

    /// All matches in `text`, as `re.finditer` finds them: `out` gets where they start and where they end.
    pub(crate) fn find_all(
        &self,
        text: &str,
        scratch: &mut Scratch,
        out: &mut Vec<(usize, usize)>,
    ) -> Result<(), Exhausted> {
        out.clear();
        let (mut from, mut not_at) = (0, None);
        while let Some((start, end)) = self.search_from(text, from, not_at, scratch)? {
            out.push((start, end));
            from = end;
            // after an empty match, one that starts there must not be empty
            not_at = (start == end).then_some(end);
        }
        Ok(())
    }

    /// Prepares for matches of `text`.
    fn start(&self, text: &str, scratch: &mut Scratch) {
        if let Code::Plain(program) = &self.code {
            scratch.start(program, text);
        }
    }

    /// Where the match that starts at `start` ends, which is not `not_at`.
    #[inline]
    fn match_at(
        &self,
        text: &str,
        start: usize,
        scratch: &mut Scratch,
        not_at: Option<usize>,
    ) -> Result<Option<usize>, Exhausted> {
        match &self.code {
            Code::Plain(program) => Matcher {
                program,
                text,
                scratch,
                not_at,
            }
            .match_at(start),
            Code::Groups(program) => GroupMatcher {
                program,
                text: text.as_bytes(),
                scratch,
                not_at,
            }
            .match_at(start),
        }
    }

    /// The first match that starts at `from` or after it and does not end at `not_at`.
    fn search_from(
        &self,
        text: &str,
        from: usize,
        not_at: Option<usize>,
        scratch: &mut Scratch,
    ) -> Result<Option<(usize, usize)>, Exhausted> {
        let bytes = text.as_bytes();
        // a match at the end of the text can start there as well
        let to = if self.anchored { 1 } else { bytes.len() + 1 };
        let tail = self.tail_start(bytes, scratch)?;
        let (mut at, mut started) = (from, false);
        while let Some(start) = self.next_start(bytes, at, to, tail) {
            // What lies before the tail was looked at only for matches that may start there.
            let looked_from = match &self.tail {
                Some(Tail { loose: None, .. }) => at.max(tail),
                _ => at,
            };
            let looked_at = start.saturating_sub(looked_from);
            scratch.spend(looked_at as u64 / BYTES_SEEN_A_STEP)?;
            if !std::mem::replace(&mut started, true) {
                self.start(text, scratch);
            }
            if let Some(end) = self.match_at(text, start, scratch, not_at)? {
                return Ok(Some((start, end)));
            }
            match char_at(bytes, start) {
                Some((_, after)) => at = after,
                None => break,
            }
        }
        Ok(None)
    }

    /// The first place from `at` on, but before `to`, where a match could start; those that must end with the text
    /// cannot start before `tail`.
    #[inline]
    fn next_start(&self, text: &[u8], at: usize, to: usize, tail: usize) -> Option<usize> {
        let mut at = at;
        if at < tail
            && let Some(Tail { loose, .. }) = &self.tail
        {
            let loose = loose.as_ref();
            let before_tail = loose.and_then(|loose| loose.find(text, at, to.min(tail)));
            if before_tail.is_some() {
                return before_tail;
            }
            at = tail;
        }
        match &self.first {
            Some(first) => first.find(text, at, to),
            None => (at < to).then_some(at),
        }
    }

    /// Where matches that must end with the text can start at the earliest, for what it ends with.
    #[inline]
    fn tail_start(&self, text: &[u8], scratch: &mut Scratch) -> Result<usize, Exhausted> {
        let (Some(tail), Some(last)) = (&self.tail, char_before(text, text.len())) else {
            return Ok(0);
        };
        if last == u32::from('\n') {
            return Ok(0); // `$` also holds before it
        }
        if !tail.last.contains(last) {
            return Ok(text.len() + 1);
        }
        let mut start = step_back(text, text.len(), tail.longest).unwrap_or(0);
        if tail.unbounded_last.contains(last) {
            let mut at = text.len();
            while let Some(c) = char_before(text, at)
                && tail.unbounded_any.contains(c)
            {
                at = before(text, at);
            }
            scratch.spend((text.len() - at) as u64 / BYTES_SEEN_A_STEP)?;
            start = start.min(at);
        }
        Ok(start)
    }
}

/// How far a text was searched for a character that every match of a pattern has.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// There is none before this place, from where the last part began on.
    to: usize,
    /// There is one here.
    found: bool,
}

impl Seen {
    /// Whether the `part` of `text` has a character of `set`.
    fn has_any(&mut self, set: &CharSet, text: &[u8], part: Range<usize>) -> bool {
        if !self.found || self.to < part.start {
            self.found = false;
            self.to = self.to.max(part.start);
            while self.to < part.end
                && let Some((c, after)) = char_at(text, self.to)
            {
                if set.contains(c) {
                    self.found = true;
                    break;
                }
                self.to = after;
            }
        }
        self.found && self.to < part.end
    }
}
