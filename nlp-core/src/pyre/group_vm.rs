//! Executes a program with references to groups, by backtracking, step by step as Python's engine does.
//!
//! Where a match has been says nothing here: what groups have matched counts too. So nothing is noted, and a pattern
//! can take time exponential in the text, as it does in Python; it then ends as [`Exhausted`].

use super::ast::RepeatKind;
use super::charset::Case;
use super::group_program::{GroupProgram, NONE, Step, may_go_on};
use super::group_state::{Frame, Full, GroupState, Loop, MARKS_A_STEP, NOWHERE, Part, Saved};
use super::position::holds;
use super::scratch::{Exhausted, Scratch};
use super::utf8::{before, char_at, step_back};

/// Bytes that are compared in the time of a step.
const BYTES_A_STEP: usize = 16;

/// Where to go on: at a step and a position.
type Next = (u32, usize);

/// One search of a text.
pub(super) struct GroupMatcher<'m> {
    pub(super) program: &'m GroupProgram,
    pub(super) text: &'m [u8],
    pub(super) scratch: &'m mut Scratch,
    /// The end that a match must not have: where an empty match was found before.
    pub(super) not_at: Option<usize>,
}

impl GroupMatcher<'_> {
    /// Where the match that starts at `pos` ends.
    pub(super) fn match_at(&mut self, pos: usize) -> Result<Option<usize>, Exhausted> {
        let groups = self.program.groups;
        self.state().start(groups);
        let (mut pc, mut pos) = (0, pos);
        loop {
            self.scratch.spend(1)?;
            let next = match self.program.steps[pc as usize] {
                Step::Match => match self.state().end_part() {
                    Some(part) => self.ended(part, pos)?,
                    None if self.not_at == Some(pos) => None,
                    None => return Ok(Some(pos)),
                },
                step => self.step(step, pc, pos)?,
            };
            let next = match next {
                Some(next) => Some(next),
                None => self.backtrack()?,
            };
            match next {
                Some(next) => (pc, pos) = next,
                None => return Ok(None),
            }
        }
    }

    fn state(&mut self) -> &mut GroupState {
        &mut self.scratch.groups
    }

    /// Notes how the marks are. Within a loop, or if `all` says so, that takes a copy.
    fn save(&mut self, all: bool) -> Result<Saved, Exhausted> {
        let counted = self.state().counted();
        self.scratch.spend(counted / MARKS_A_STEP)?;
        self.state().save(all).map_err(|Full| Exhausted)
    }

    fn push(&mut self, frame: Frame) -> Result<(), Exhausted> {
        self.state().push(frame).map_err(|Full| Exhausted)
    }

    /// Executes a step, other than the end of a part.
    fn step(&mut self, step: Step, pc: u32, pos: usize) -> Result<Option<Next>, Exhausted> {
        Ok(match step {
            Step::Set(set) => self.take(set, pos).map(|after| (pc + 1, after)),
            Step::At(at, set) => {
                let set = self.program.sets.get(set as usize);
                holds(at, set, self.text, pos).then_some((pc + 1, pos))
            }
            Step::Mark(number) => {
                let passed = self.state().mark(number, pos) as u64;
                self.scratch.spend(passed / MARKS_A_STEP)?;
                Some((pc + 1, pos))
            }
            Step::Branch { .. } => {
                let marks = self.save(false)?;
                self.push(Frame::Alternative { pc, pos, marks })?;
                Some((pc + 1, pos))
            }
            Step::Jump(to) => Some((to, pos)),
            Step::Run {
                set,
                min,
                max,
                kind,
            } => self.run(pc, pos, set, (min, max, kind))?,
            Step::Loop { until, .. } => {
                let state = self.state();
                let outer = state.inner;
                state.inner = state.loops.len();
                state.push(Frame::NoLoop).map_err(|Full| Exhausted)?;
                state.loops.push(Loop {
                    pc,
                    rounds: 0,
                    outer,
                    last: NOWHERE,
                });
                Some((until, pos))
            }
            Step::Until => self.until(pc, pos)?,
            Step::Possessive { .. } => self.possessive(pc, pos, 0, None)?,
            Step::Atomic { .. } => {
                self.start_part(pc, pos, 0, None)?;
                Some((pc + 1, pos))
            }
            Step::Look {
                behind,
                negative,
                next,
            } => {
                self.scratch
                    .spend(u64::from(behind) / BYTES_A_STEP as u64)?;
                match step_back(self.text, pos, behind) {
                    Some(from) => {
                        let copy = negative.then_some(false);
                        self.start_part(pc, pos, 0, copy)?;
                        Some((pc + 1, from))
                    }
                    None => negative.then_some((next, pos)),
                }
            }
            Step::Reference { group, case } => {
                self.again(group, case, pos)?.map(|after| (pc + 1, after))
            }
            Step::Condition { group, no } => match self.state().group(group) {
                Some(_) => Some((pc + 1, pos)),
                None => Some((no, pos)),
            },
            Step::Match => None,
        })
    }

    fn start_part(
        &mut self,
        pc: u32,
        pos: usize,
        rounds: u32,
        copy: Option<bool>,
    ) -> Result<(), Exhausted> {
        let counted = self.state().counted();
        self.scratch.spend(counted / MARKS_A_STEP)?;
        let started = self.state().start_part(pc, pos, rounds, copy);
        started.map_err(|Full| Exhausted)
    }

    /// Where the character at `pos` ends, if it is one of a set.
    #[inline]
    fn take(&self, set: u32, pos: usize) -> Option<usize> {
        let (c, after) = char_at(self.text, pos)?;
        self.program.sets[set as usize].contains(c).then_some(after)
    }

    /// From `pos` on, up to so many characters of a set: where they end, and how many there are.
    fn take_up_to(&mut self, set: u32, pos: usize, most: u32) -> Result<(usize, u32), Exhausted> {
        let (mut at, mut count) = (pos, 0);
        while count < most
            && let Some(after) = self.take(set, at)
        {
            at = after;
            count += 1;
        }
        self.scratch.spend(u64::from(count))?;
        Ok((at, count))
    }

    /// Matches several characters of one set.
    fn run(
        &mut self,
        pc: u32,
        pos: usize,
        set: u32,
        (min, max, kind): (u32, u32, RepeatKind),
    ) -> Result<Option<Next>, Exhausted> {
        let (least, count) = self.take_up_to(set, pos, min)?;
        if count < min {
            return Ok(None);
        }
        let more = max - min;
        if kind == RepeatKind::Lazy {
            let marks = self.save(false)?;
            self.push(Frame::Longer {
                pc,
                pos: least,
                more,
                marks,
            })?;
            return Ok(Some((pc + 1, least)));
        }
        let (pos, _) = self.take_up_to(set, least, more)?;
        if kind == RepeatKind::Greedy {
            let marks = self.save(false)?;
            self.push(Frame::Shorter {
                pc,
                pos,
                least,
                marks,
            })?;
        }
        Ok(Some((pc + 1, pos)))
    }

    /// Ends a round of the innermost loop, or is at its start: another round, or what comes after it.
    fn until(&mut self, pc: u32, pos: usize) -> Result<Option<Next>, Exhausted> {
        let inner = self.state().inner;
        let Some(&around) = self.state().loops.get(inner) else {
            return Ok(None);
        };
        let Step::Loop { min, max, lazy, .. } = self.program.steps[around.pc as usize] else {
            return Ok(None);
        };
        if around.rounds < min {
            self.push(Frame::Round { inner })?;
            self.state().loops[inner].rounds += 1;
            return Ok(Some((around.pc + 1, pos)));
        }
        if lazy {
            self.state().inner = around.outer;
            let marks = self.save(false)?;
            self.push(Frame::LazyLeft { inner, pos, marks })?;
            return Ok(Some((pc + 1, pos)));
        }
        if may_go_on(around.rounds, max) && pos != around.last {
            let (last, marks) = (around.last, self.save(true)?);
            self.push(Frame::GreedyRound {
                inner,
                last,
                pos,
                marks,
            })?;
            let round = &mut self.state().loops[inner];
            round.rounds = round.rounds.saturating_add(1);
            round.last = pos;
            return Ok(Some((around.pc + 1, pos)));
        }
        self.leave(inner, pos).map(Some)
    }

    /// Goes on after a loop.
    fn leave(&mut self, inner: usize, pos: usize) -> Result<Next, Exhausted> {
        let around = self.state().loops[inner];
        self.state().inner = around.outer;
        self.push(Frame::Left { inner })?;
        Ok((self.end_of(around.pc), pos))
    }

    /// The step after a loop.
    fn end_of(&self, pc: u32) -> u32 {
        match self.program.steps[pc as usize] {
            Step::Loop { until, .. } => until + 1,
            _ => pc + 1,
        }
    }

    /// Starts a round of a possessive loop after so many, or goes on after it. The round before, if it need not have
    /// been, started at `last`.
    fn possessive(
        &mut self,
        pc: u32,
        pos: usize,
        rounds: u32,
        last: Option<usize>,
    ) -> Result<Option<Next>, Exhausted> {
        let Step::Possessive { min, max, next } = self.program.steps[pc as usize] else {
            return Ok(None);
        };
        let copy = match rounds < min {
            true => None,
            false if may_go_on(rounds, max) && last != Some(pos) => Some(true),
            false => return Ok(Some((next, pos))),
        };
        self.start_part(pc, pos, rounds, copy)?;
        Ok(Some((pc + 1, pos)))
    }

    /// Goes on after a part that has matched up to `pos`.
    fn ended(&mut self, part: Part, pos: usize) -> Result<Option<Next>, Exhausted> {
        Ok(match self.program.steps[part.pc as usize] {
            Step::Look { negative, next, .. } => (!negative).then_some((next, part.pos)),
            Step::Atomic { next } => Some((next, pos)),
            _ => {
                let last = part.marks.map(|_| part.pos);
                let rounds = part.rounds.saturating_add(1);
                self.possessive(part.pc, pos, rounds, last)?
            }
        })
    }

    /// Goes on after a part that has not matched.
    fn failed(&mut self, part: Part) -> Option<Next> {
        let marks = part.marks?;
        self.state().restore(marks, true);
        match self.program.steps[part.pc as usize] {
            Step::Look { next, .. } | Step::Possessive { next, .. } => Some((next, part.pos)),
            _ => None,
        }
    }

    /// Where to go on after a failure; `None` if nothing is left to try.
    fn backtrack(&mut self) -> Result<Option<Next>, Exhausted> {
        while let Some(frame) = self.state().pop() {
            let counted = self.state().counted();
            self.scratch.spend(1 + counted / MARKS_A_STEP)?;
            let next = match frame {
                Frame::Alternative { pc, pos, marks } => self.alternative(pc, pos, marks)?,
                Frame::Shorter {
                    pc,
                    pos,
                    least,
                    marks,
                } => {
                    self.state().restore(marks, pos == least);
                    if pos > least {
                        let pos = before(self.text, pos);
                        self.push(Frame::Shorter {
                            pc,
                            pos,
                            least,
                            marks,
                        })?;
                        Some((pc + 1, pos))
                    } else {
                        None
                    }
                }
                Frame::Longer {
                    pc,
                    pos,
                    more,
                    marks,
                } => self.longer(pc, pos, more, marks)?,
                Frame::Part(part) => self.failed(part),
                frame => self.undo(frame)?,
            };
            if next.is_some() {
                return Ok(next);
            }
        }
        Ok(None)
    }

    /// Goes on with the alternative after the one at `pc`.
    fn alternative(
        &mut self,
        pc: u32,
        pos: usize,
        marks: Saved,
    ) -> Result<Option<Next>, Exhausted> {
        let other = match self.program.steps[pc as usize] {
            Step::Branch { other } => other,
            _ => NONE,
        };
        self.state().restore(marks, other == NONE);
        if other == NONE {
            return Ok(None);
        }
        let pc = other;
        self.push(Frame::Alternative { pc, pos, marks })?;
        Ok(Some((pc + 1, pos)))
    }

    /// Goes on after a lazy run with one character more.
    fn longer(
        &mut self,
        pc: u32,
        pos: usize,
        more: u32,
        marks: Saved,
    ) -> Result<Option<Next>, Exhausted> {
        let after = match self.program.steps[pc as usize] {
            Step::Run { set, .. } if more > 0 => self.take(set, pos),
            _ => None,
        };
        self.state().restore(marks, after.is_none());
        let Some(pos) = after else {
            return Ok(None);
        };
        let more = more - 1;
        self.push(Frame::Longer {
            pc,
            pos,
            more,
            marks,
        })?;
        Ok(Some((pc + 1, pos)))
    }

    /// Undoes what happened to a loop, and says how it goes on.
    fn undo(&mut self, frame: Frame) -> Result<Option<Next>, Exhausted> {
        let state = self.state();
        Ok(match frame {
            Frame::NoLoop => {
                if let Some(made) = state.loops.pop() {
                    state.inner = made.outer;
                }
                None
            }
            Frame::Round { inner } => {
                state.loops[inner].rounds -= 1;
                None
            }
            Frame::LazyRound { inner, last } => {
                state.loops[inner].rounds -= 1;
                state.loops[inner].last = last;
                None
            }
            Frame::GreedyRound {
                inner,
                last,
                pos,
                marks,
            } => {
                state.loops[inner].rounds -= 1;
                state.loops[inner].last = last;
                state.restore(marks, true);
                Some(self.leave(inner, pos)?)
            }
            Frame::Left { inner } => {
                state.inner = inner;
                None
            }
            Frame::LazyLeft { inner, pos, marks } => {
                state.inner = inner;
                state.restore(marks, true);
                let around = state.loops[inner];
                let Step::Loop { max, .. } = self.program.steps[around.pc as usize] else {
                    return Ok(None);
                };
                if !may_go_on(around.rounds, max) || pos == around.last {
                    return Ok(None);
                }
                let last = around.last;
                self.push(Frame::LazyRound { inner, last })?;
                let round = &mut self.state().loops[inner];
                round.rounds = round.rounds.saturating_add(1);
                round.last = pos;
                Some((around.pc + 1, pos))
            }
            _ => None,
        })
    }

    /// Where what a group last matched ends, if it comes again at `pos`.
    fn again(&mut self, group: u32, case: Case, pos: usize) -> Result<Option<usize>, Exhausted> {
        let Some((from, to)) = self.state().group(group) else {
            return Ok(None);
        };
        self.scratch.spend(((to - from) / BYTES_A_STEP) as u64)?;
        if case == Case::Matters {
            let is = self.text[pos..].starts_with(&self.text[from..to]);
            return Ok(is.then_some(pos + to - from));
        }
        let (mut known, mut at) = (from, pos);
        while known < to {
            let (Some((a, after_known)), Some((b, after))) =
                (char_at(self.text, known), char_at(self.text, at))
            else {
                return Ok(None);
            };
            self.scratch.spend(1)?;
            if a != b && case.lower(a) != case.lower(b) {
                return Ok(None);
            }
            (known, at) = (after_known, after);
        }
        Ok(Some(at))
    }
}
