//! Executes a program by backtracking, as Python's engine does, and so finds what Python finds.
//!
//! Backtracking alone can take time exponential in the text. So once a match has taken many steps, the matcher notes
//! where it has been: whether a step leads to a match from some position does not depend on how it was reached (patterns
//! that refer to groups have another matcher, `group_vm`), so that no step is taken twice at one position, and time is
//! linear in the length of the text for each step of the program, looking ahead and behind aside. What still takes too
//! many steps ends as [`Exhausted`], never in another answer.

use super::ast::{RepeatKind, UNBOUNDED};
use super::charset::CharSet;
use super::position::holds;
use super::program::{Inst, Program, Run};
use super::scratch::{Exhausted, Frame, Scratch};
use super::utf8::{before, char_at, char_before, step_back};

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
        let base = self.scratch.depth();
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
                    if self.scratch.note(part, pc, pos)? {
                        let frame = Frame::Step { pc: second, pos };
                        self.scratch.push(frame)?;
                        Some((first, pos))
                    } else {
                        None
                    }
                }
                Inst::Jump(to) => Some((to, pos)),
                Inst::Dispatch { table, .. } => {
                    if self.scratch.note(part, pc, pos)? {
                        let table = &program.tables[table as usize];
                        let list = match char_at(text, pos) {
                            Some((c, _)) => table.list_for(c),
                            None => table.list_at_end(),
                        };
                        self.alternative(pc, list, 0, pos)?
                    } else {
                        None
                    }
                }
                Inst::At(at, set) => {
                    holds(at, program.sets.get(set as usize), text, pos).then_some((pc + 1, pos))
                }
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
                    self.scratch.push(Frame::Slot { slot, value })?;
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
                    self.scratch.commit(base);
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

    /// Where to go on after a failure; `None` if nothing is left to try.
    fn backtrack(&mut self, base: usize, part: u32) -> Result<Option<(u32, usize)>, Exhausted> {
        while let Some(frame) = self.scratch.pop(base) {
            self.spend(1)?;
            let next = match frame {
                Frame::Step { pc, pos } => Some((pc, pos)),
                Frame::Alternative {
                    pc,
                    list,
                    next,
                    pos,
                } => self.alternative(pc, list, next as usize, pos)?,
                Frame::Shorter { pc, pos, least } => self.shorter(pc, pos, least, part)?,
                Frame::Longer { pc, pos, more } => self.longer(pc, pos, more)?,
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
    fn alternative(
        &mut self,
        pc: u32,
        list: u16,
        next: usize,
        pos: usize,
    ) -> Result<Option<(u32, usize)>, Exhausted> {
        let Inst::Dispatch { table, targets } = self.program.insts[pc as usize] else {
            return Ok(None);
        };
        let entries = self.program.tables[table as usize].list(list);
        let Some(&number) = entries.get(next) else {
            return Ok(None);
        };
        if next + 1 < entries.len() {
            self.scratch.push(Frame::Alternative {
                pc,
                list,
                next: next as u32 + 1,
                pos,
            })?;
        }
        let target = self.program.targets[targets as usize + number as usize];
        Ok(Some((target, pos)))
    }

    /// Matches a part of the pattern by itself: that after the step `pc`.
    fn part(&mut self, pc: u32, pos: usize) -> Result<Option<usize>, Exhausted> {
        if let Some(known) = self.scratch.noted_part(pc, pos) {
            return Ok(known);
        }
        let part = self.scratch.next_part();
        let end = self.run(pc + 1, pos, part, None)?;
        self.scratch.note_part(pc, pos, end);
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
        if !self.scratch.note(part, pc, pos)? {
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
                self.scratch.push(frame)?;
                Ok(Some((pc + 1, least)))
            }
            RepeatKind::Greedy | RepeatKind::Possessive => {
                let (most, count) = match run.max {
                    UNBOUNDED => self.end_of_run(pc, set, least),
                    _ => advance(least, more),
                };
                self.spend(u64::from(count))?;
                if run.kind == RepeatKind::Possessive {
                    return Ok(Some((pc + 1, most)));
                }
                self.shorter(pc, most, least, part)
            }
        }
    }

    /// Where the unlimited run at the step `pc` that has come to `from` ends, and how many characters were looked at: a
    /// text in which it starts at many places has the same end for all.
    fn end_of_run(&mut self, pc: u32, set: &CharSet, from: usize) -> (usize, u32) {
        let text = self.text.as_bytes();
        let known = self.scratch.extent(pc);
        let (mut at, mut count) = (from, 0);
        loop {
            if let Some((start, end)) = known
                && (start..=end).contains(&at)
            {
                at = end;
                break;
            }
            let Some(after) = take(set, text, at) else {
                break;
            };
            at = after;
            count += 1;
        }
        self.scratch.note_extent(pc, from, at);
        (at, count)
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
            let notes = self.scratch.notes_stops();
            if notes && let Some(first) = self.scratch.stops_from(part, pc, pos) {
                if first <= least {
                    return Ok(None);
                }
                pos = before(text, first);
            }
            let can = follow.is_none_or(|follow| match char_at(text, pos) {
                Some((c, _)) => self.program.sets[follow.set as usize].contains(c),
                None => follow.end,
            });
            if notes {
                let after = char_at(text, pos).map_or(pos, |(_, after)| after);
                self.scratch.note_stop(part, pc, pos, after);
            }
            // a run's ends are noted apart from its starts
            if can && self.scratch.note(part, pc | 1 << 31, pos)? {
                if pos > least {
                    let frame = Frame::Shorter {
                        pc,
                        pos: before(text, pos),
                        least,
                    };
                    self.scratch.push(frame)?;
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
    fn longer(
        &mut self,
        pc: u32,
        pos: usize,
        more: u32,
    ) -> Result<Option<(u32, usize)>, Exhausted> {
        let Inst::Run(run) = self.program.insts[pc as usize] else {
            return Ok(None);
        };
        let set = self.program.runs[run as usize].set;
        let set = &self.program.sets[set as usize];
        let Some(after) = take(set, self.text.as_bytes(), pos).filter(|_| more > 0) else {
            return Ok(None);
        };
        self.scratch.push(Frame::Longer {
            pc,
            pos: after,
            more: more - 1,
        })?;
        Ok(Some((pc + 1, after)))
    }
}

/// Where a character of `set` that starts at `pos` ends.
#[inline]
fn take(set: &CharSet, text: &[u8], pos: usize) -> Option<usize> {
    let (c, after) = char_at(text, pos)?;
    set.contains(c).then_some(after)
}
