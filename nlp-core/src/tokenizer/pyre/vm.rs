//! Executes a program by backtracking, as Python's engine does, and so finds what Python finds.
//!
//! Backtracking alone can take time exponential in the text. So once a match has taken many steps, the matcher notes
//! where it has been: whether a step leads to a match from some position does not depend on how it was reached (there
//! are no references to groups), so that no step is taken twice at one position, and time is linear in the length of
//! the text for each step of the program, looking ahead and behind aside. What still takes too many steps ends as
//! [`Exhausted`], never in another answer.

use super::ast::{At, RepeatKind};
use super::charset::CharSet;
use super::program::{Inst, Program, Run};
use hashbrown::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// Steps before a match starts to note where it has been.
const STEPS_BEFORE_NOTES: u64 = 20_000;
/// Notes that one search may take; each is some 20 bytes.
const MAX_NOTES: usize = 8 << 20;

/// A match needs more steps than were allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exhausted;

/// Where to go on when something fails.
#[derive(Debug, Clone, Copy)]
enum Frame {
    /// At a step and a position.
    Step { pc: u32, pos: usize },
    /// With the next alternative of a list.
    Alternative {
        pc: u32,
        list: u16,
        next: u32,
        pos: usize,
    },
    /// After a greedy run that stops at `pos` or before, but not before `least`.
    Shorter { pc: u32, pos: usize, least: usize },
    /// After a lazy run that goes on beyond `pos`, up to `more` characters.
    Longer { pc: u32, pos: usize, more: u32 },
    /// Nowhere, but a slot has its former value again.
    Slot { slot: u32, value: usize },
}

/// What a matcher works with, kept from one match to the next.
#[derive(Debug)]
pub(crate) struct Scratch {
    stack: Vec<Frame>,
    slots: Vec<usize>,
    /// Steps left for all matches until [`Scratch::allow`] is called again.
    fuel: u64,
    /// Steps that a search takes before it notes places.
    patience: u64,
    /// Below this many steps left, places are noted.
    note_below: u64,
    /// Where the search has been: in which part of it, at which step, at which position, in which loops that started a
    /// round there.
    been: HashSet<(u32, u32, usize, u64), BuildHasherDefault<PlaceHasher>>,
    /// What parts matched by themselves came to: where they ended, if they matched.
    parts: HashMap<(u32, usize), Option<usize>, BuildHasherDefault<PlaceHasher>>,
    /// How many parts were matched by themselves.
    part: u32,
}

impl Default for Scratch {
    fn default() -> Self {
        Scratch {
            stack: Vec::new(),
            slots: Vec::new(),
            fuel: 0,
            patience: STEPS_BEFORE_NOTES,
            note_below: 0,
            been: HashSet::default(),
            parts: HashMap::default(),
            part: 0,
        }
    }
}

impl Scratch {
    /// Makes searches note places from their first step on.
    #[cfg(test)]
    pub(super) fn note_from_the_start(&mut self) {
        self.patience = 0;
    }

    /// Allows so many steps from now on.
    pub(crate) fn allow(&mut self, steps: u64) {
        self.fuel = steps;
    }

    /// Takes `steps` from what is allowed.
    #[inline]
    pub(super) fn spend(&mut self, steps: u64) -> Result<(), Exhausted> {
        match self.fuel.checked_sub(steps) {
            Some(left) => {
                self.fuel = left;
                Ok(())
            }
            None => Err(Exhausted),
        }
    }

    /// Prepares for a search with `program`.
    pub(super) fn start(&mut self, program: &Program) {
        self.stack.clear();
        self.slots.resize(program.slots as usize, 0);
        self.note_below = match program.slots {
            // as many loops as a place can tell apart
            0..=64 => self.fuel.saturating_sub(self.patience),
            _ => 0,
        };
        self.part = 0;
        if !self.been.is_empty() {
            self.been.clear();
        }
        if !self.parts.is_empty() {
            self.parts.clear();
        }
    }
}

/// One search of a text.
pub(super) struct Matcher<'m> {
    pub(super) program: &'m Program,
    pub(super) text: &'m str,
    pub(super) scratch: &'m mut Scratch,
    /// The end that a match must not have: where an empty match was found before.
    pub(super) not_at: Option<usize>,
}

impl Matcher<'_> {
    /// Where the match that starts at `pos` ends.
    pub(super) fn match_at(&mut self, pos: usize) -> Result<Option<usize>, Exhausted> {
        self.run(0, pos, 0, self.not_at)
    }

    /// Executes from the step `pc` at `pos` on. `part` tells the whole pattern, 0, from the parts of it that are
    /// matched by themselves.
    fn run(
        &mut self,
        mut pc: u32,
        mut pos: usize,
        part: u32,
        not_at: Option<usize>,
    ) -> Result<Option<usize>, Exhausted> {
        let program = self.program;
        let text = self.text.as_bytes();
        let base = self.scratch.stack.len();
        loop {
            self.spend(1)?;
            // where to go on, if the step succeeds
            let next = match program.insts[pc as usize] {
                Inst::Byte(byte) => (text.get(pos) == Some(&byte)).then(|| (pc + 1, pos + 1)),
                Inst::Literal { start, len } => {
                    let (start, len) = (start as usize, len as usize);
                    let literal = &program.literals[start..start + len];
                    text[pos..]
                        .starts_with(literal)
                        .then(|| (pc + 1, pos + len))
                }
                Inst::Set(set) => {
                    let set = &program.sets[set as usize];
                    take(set, text, pos).map(|after| (pc + 1, after))
                }
                Inst::Run(run) => self.run_of_set(pc, &program.runs[run as usize], pos, part)?,
                Inst::Split { first, second } => {
                    if self.note(part, pc, pos)? {
                        let frame = Frame::Step { pc: second, pos };
                        self.scratch.stack.push(frame);
                        Some((first, pos))
                    } else {
                        None
                    }
                }
                Inst::Jump(to) => Some((to, pos)),
                Inst::Dispatch { table, .. } => {
                    if self.note(part, pc, pos)? {
                        let table = &program.tables[table as usize];
                        let list = match char_at(text, pos) {
                            Some((c, _)) => table.list_for(c),
                            None => table.list_at_end(),
                        };
                        self.alternative(pc, list, 0, pos)
                    } else {
                        None
                    }
                }
                Inst::At(at, set) => self.holds(at, set, pos).then_some((pc + 1, pos)),
                Inst::Beside {
                    set,
                    behind,
                    negative,
                } => {
                    let c = if behind {
                        char_before(text, pos)
                    } else {
                        char_at(text, pos).map(|(c, _)| c)
                    };
                    let is = c.is_some_and(|c| program.sets[set as usize].contains(c));
                    (is != negative).then_some((pc + 1, pos))
                }
                Inst::Look {
                    next,
                    behind,
                    negative,
                } => {
                    let is = match step_back(text, pos, behind) {
                        Some(from) => self.part(pc, from)?.is_some(),
                        None => false,
                    };
                    (is != negative).then_some((next, pos))
                }
                Inst::Atomic { next } => self.part(pc, pos)?.map(|end| (next, end)),
                Inst::LoopStart(slot) => {
                    let value = std::mem::replace(&mut self.scratch.slots[slot as usize], pos);
                    self.scratch.stack.push(Frame::Slot { slot, value });
                    Some((pc + 1, pos))
                }
                Inst::LoopEnd { slot, exit } => {
                    if self.scratch.slots[slot as usize] == pos {
                        Some((exit, pos))
                    } else {
                        Some((pc + 1, pos))
                    }
                }
                Inst::Match if not_at == Some(pos) => None,
                Inst::Match => {
                    self.scratch.stack.truncate(base);
                    return Ok(Some(pos));
                }
            };
            let next = match next {
                Some(next) => Some(next),
                None => self.backtrack(base, part)?,
            };
            match next {
                Some(next) => (pc, pos) = next,
                None => return Ok(None),
            }
        }
    }

    #[inline]
    fn spend(&mut self, steps: u64) -> Result<(), Exhausted> {
        self.scratch.spend(steps)
    }

    /// Whether to go on at a step and position: not if the search has been there.
    #[inline]
    fn note(&mut self, part: u32, pc: u32, pos: usize) -> Result<bool, Exhausted> {
        if self.scratch.fuel >= self.scratch.note_below {
            return Ok(true);
        }
        self.note_place(part, pc, pos)
    }

    /// [`Matcher::note`], once places are noted.
    fn note_place(&mut self, part: u32, pc: u32, pos: usize) -> Result<bool, Exhausted> {
        if self.scratch.been.len() >= MAX_NOTES {
            return Err(Exhausted);
        }
        // a loop goes on otherwise after a round that consumed nothing
        let rounds = self.scratch.slots.iter().rev();
        let rounds = rounds.fold(0, |bits, &start| bits << 1 | u64::from(start == pos));
        Ok(self.scratch.been.insert((part, pc, pos, rounds)))
    }

    /// Where to go on after a failure; `None` if nothing is left to try.
    fn backtrack(&mut self, base: usize, part: u32) -> Result<Option<(u32, usize)>, Exhausted> {
        while self.scratch.stack.len() > base {
            let Some(frame) = self.scratch.stack.pop() else {
                break;
            };
            self.spend(1)?;
            let next = match frame {
                Frame::Step { pc, pos } => Some((pc, pos)),
                Frame::Alternative {
                    pc,
                    list,
                    next,
                    pos,
                } => self.alternative(pc, list, next as usize, pos),
                Frame::Shorter { pc, pos, least } => self.shorter(pc, pos, least, part)?,
                Frame::Longer { pc, pos, more } => self.longer(pc, pos, more),
                Frame::Slot { slot, value } => {
                    self.scratch.slots[slot as usize] = value;
                    None
                }
            };
            if next.is_some() {
                return Ok(next);
            }
        }
        Ok(None)
    }

    /// Goes on with the alternative `next` of a list, and remembers those after it.
    #[inline]
    fn alternative(&mut self, pc: u32, list: u16, next: usize, pos: usize) -> Option<(u32, usize)> {
        let Inst::Dispatch { table, targets } = self.program.insts[pc as usize] else {
            return None;
        };
        let entries = self.program.tables[table as usize].list(list);
        let number = *entries.get(next)?;
        if next + 1 < entries.len() {
            self.scratch.stack.push(Frame::Alternative {
                pc,
                list,
                next: next as u32 + 1,
                pos,
            });
        }
        let target = self.program.targets[targets as usize + number as usize];
        Some((target, pos))
    }

    /// Matches a part of the pattern by itself: that after the step `pc`.
    fn part(&mut self, pc: u32, pos: usize) -> Result<Option<usize>, Exhausted> {
        let noting = self.scratch.fuel < self.scratch.note_below;
        if noting && let Some(&known) = self.scratch.parts.get(&(pc, pos)) {
            return Ok(known);
        }
        // its own number: where another run of this part has been may have led to a match
        self.scratch.part += 1;
        let end = self.run(pc + 1, pos, self.scratch.part, None)?;
        if noting {
            self.scratch.parts.insert((pc, pos), end);
        }
        Ok(end)
    }

    /// Matches a run of characters of one set from `pos` on.
    fn run_of_set(
        &mut self,
        pc: u32,
        run: &Run,
        pos: usize,
        part: u32,
    ) -> Result<Option<(u32, usize)>, Exhausted> {
        if !self.note(part, pc, pos)? {
            return Ok(None);
        }
        let set = &self.program.sets[run.set as usize];
        let text = self.text.as_bytes();
        let advance = |from: usize, most: u32| {
            let (mut at, mut count) = (from, 0);
            while count < most
                && let Some(after) = take(set, text, at)
            {
                at = after;
                count += 1;
            }
            (at, count)
        };
        let (least, count) = advance(pos, run.min);
        self.spend(u64::from(count))?;
        if count < run.min {
            return Ok(None);
        }
        let more = run.max - run.min;
        match run.kind {
            RepeatKind::Lazy => {
                let frame = Frame::Longer {
                    pc,
                    pos: least,
                    more,
                };
                self.scratch.stack.push(frame);
                Ok(Some((pc + 1, least)))
            }
            RepeatKind::Greedy | RepeatKind::Possessive => {
                let (most, count) = advance(least, more);
                self.spend(u64::from(count))?;
                if run.kind == RepeatKind::Possessive {
                    return Ok(Some((pc + 1, most)));
                }
                self.shorter(pc, most, least, part)
            }
        }
    }

    /// Goes on after a greedy run that stops at `pos`, or at the last place before it from which it can go on.
    fn shorter(
        &mut self,
        pc: u32,
        mut pos: usize,
        least: usize,
        part: u32,
    ) -> Result<Option<(u32, usize)>, Exhausted> {
        let Inst::Run(run) = self.program.insts[pc as usize] else {
            return Ok(None);
        };
        let text = self.text.as_bytes();
        let follow = self.program.runs[run as usize].follow.as_ref();
        loop {
            let can = follow.is_none_or(|follow| match char_at(text, pos) {
                Some((c, _)) => self.program.sets[follow.set as usize].contains(c),
                None => follow.end,
            });
            // a run's ends are noted apart from its starts
            if can && self.note(part, pc | 1 << 31, pos)? {
                if pos > least {
                    let frame = Frame::Shorter {
                        pc,
                        pos: before(text, pos),
                        least,
                    };
                    self.scratch.stack.push(frame);
                }
                return Ok(Some((pc + 1, pos)));
            }
            if pos == least {
                return Ok(None);
            }
            pos = before(text, pos);
            self.spend(1)?;
        }
    }

    /// Goes on after a lazy run with one character more.
    fn longer(&mut self, pc: u32, pos: usize, more: u32) -> Option<(u32, usize)> {
        let Inst::Run(run) = self.program.insts[pc as usize] else {
            return None;
        };
        let set = self.program.runs[run as usize].set;
        let set = &self.program.sets[set as usize];
        let after = take(set, self.text.as_bytes(), pos).filter(|_| more > 0)?;
        self.scratch.stack.push(Frame::Longer {
            pc,
            pos: after,
            more: more - 1,
        });
        Some((pc + 1, after))
    }

    /// Whether a condition holds at `pos`.
    fn holds(&self, at: At, set: u32, pos: usize) -> bool {
        let text = self.text.as_bytes();
        match at {
            At::Start => pos == 0,
            At::LineStart => pos == 0 || text[pos - 1] == b'\n',
            At::End => pos == text.len() || &text[pos..] == b"\n",
            At::LineEnd => pos == text.len() || text[pos] == b'\n',
            At::TextEnd => pos == text.len(),
            At::WordBoundary { negative, .. } => {
                let word = &self.program.sets[set as usize];
                let before = char_before(text, pos).is_some_and(|c| word.contains(c));
                let after = char_at(text, pos).is_some_and(|(c, _)| word.contains(c));
                // in an empty text Python 3.11 finds neither
                !text.is_empty() && (before != after) != negative
            }
        }
    }
}

/// Where a character of `set` that starts at `pos` ends.
#[inline]
fn take(set: &CharSet, text: &[u8], pos: usize) -> Option<usize> {
    let (c, after) = char_at(text, pos)?;
    set.contains(c).then_some(after)
}

/// The character that starts at `pos`, and where it ends. `text` is UTF-8 and `pos` starts a character or is its end.
#[inline]
pub(super) fn char_at(text: &[u8], pos: usize) -> Option<(u32, usize)> {
    let first = *text.get(pos)?;
    if first < 0x80 {
        return Some((u32::from(first), pos + 1));
    }
    let (length, bits) = match first {
        ..=0xdf => (2, first & 0x1f),
        0xe0..=0xef => (3, first & 0x0f),
        _ => (4, first & 0x07),
    };
    let mut c = u32::from(bits);
    for byte in text.get(pos + 1..pos + length)? {
        c = c << 6 | u32::from(byte & 0x3f);
    }
    Some((c, pos + length))
}

/// The character that ends at `pos`.
#[inline]
pub(super) fn char_before(text: &[u8], pos: usize) -> Option<u32> {
    if pos == 0 {
        return None;
    }
    char_at(text, before(text, pos)).map(|(c, _)| c)
}

/// Where the character starts that ends at `pos`, which is not 0.
#[inline]
pub(super) fn before(text: &[u8], mut pos: usize) -> usize {
    pos -= 1;
    while pos > 0 && text[pos] & 0xc0 == 0x80 {
        pos -= 1;
    }
    pos
}

/// The place `count` characters before `pos`.
pub(crate) fn step_back(text: &[u8], mut pos: usize, count: u32) -> Option<usize> {
    for _ in 0..count {
        if pos == 0 {
            return None;
        }
        pos = before(text, pos);
    }
    Some(pos)
}

/// Hashes places in a search: small numbers, none of which an attacker chooses freely.
#[derive(Debug, Default, Clone, Copy)]
struct PlaceHasher(u64);

impl Hasher for PlaceHasher {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(23) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }
}
