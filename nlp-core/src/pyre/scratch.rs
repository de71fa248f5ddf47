//! What a search works with: what is still to be tried, how much more it may take, where it has been.

use super::group_state::GroupState;
use super::program::Program;
use crate::limits::Budget;
use hashbrown::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// Steps before a search starts to note where it has been.
const STEPS_BEFORE_NOTES: u64 = 20_000;
/// Further steps before that for each byte of the text: what takes time in proportion to the text needs no notes.
const STEPS_A_BYTE: u64 = 32;
/// What making a note costs, in steps.
const STEPS_A_NOTE: u64 = 8;
/// Notes that one search may take; with the table's spare room, some 50 MB of them.
const MAX_NOTES: usize = 1 << 20;
/// Runs of which it is noted where they stopped.
const MAX_STOPS: usize = 1 << 16;
/// Choices that one search may leave open; some 130 MB of them.
const MAX_FRAMES: usize = 4 << 20;

/// Steps before the clock is looked at again: a few milliseconds.
const STEPS_A_LOOK: u64 = 1 << 20;

/// A match needs more steps, or more time, than was allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exhausted;

/// Where to go on when something fails.
#[derive(Debug, Clone, Copy)]
pub(super) enum Frame {
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
    /// Where the rounds of loops started.
    pub(super) slots: Vec<usize>,
    /// Steps left for all matches until [`Scratch::allow`] is called again.
    fuel: u64,
    /// What `fuel` was when it was last allowed, and what is left for all allowances, this one among them.
    allowed: u64,
    in_all: u64,
    /// When all of them have to be done.
    budget: Budget,
    /// Below this many steps left, the clock is looked at.
    look_below: u64,
    /// Steps that a search takes before it notes places, and further ones for each byte of the text.
    patience: (u64, u64),
    /// Below this many steps left, places are noted.
    note_below: u64,
    /// Where the search has been: in which part of it, at which step, at which position, in which loops that started a
    /// round there.
    been: HashSet<(u32, u32, usize, u64), BuildHasherDefault<PlaceHasher>>,
    /// What parts matched by themselves came to: where they ended, if they matched.
    parts: HashMap<(u32, usize), Option<usize>, BuildHasherDefault<PlaceHasher>>,
    /// How many parts were matched by themselves.
    part: u32,
    /// For the step of an unlimited run: where one started and ended.
    extents: HashMap<u32, (usize, usize), BuildHasherDefault<PlaceHasher>>,
    /// For the step of a greedy run in a part: from the first to the last of neighbouring places, all of which it has
    /// been made to stop at, or cannot stop at for what follows.
    stops: HashMap<(u32, u32), (usize, usize), BuildHasherDefault<PlaceHasher>>,
    /// What a pattern that refers to groups works with.
    pub(super) groups: GroupState,
}

impl Default for Scratch {
    fn default() -> Self {
        Scratch {
            stack: Vec::new(),
            slots: Vec::new(),
            fuel: 0,
            allowed: 0,
            in_all: u64::MAX,
            budget: Budget::UNLIMITED,
            look_below: 0,
            patience: (STEPS_BEFORE_NOTES, STEPS_A_BYTE),
            note_below: 0,
            been: HashSet::default(),
            parts: HashMap::default(),
            part: 0,
            extents: HashMap::default(),
            stops: HashMap::default(),
            groups: GroupState::default(),
        }
    }
}

impl Scratch {
    /// Makes searches note places from their first step on.
    #[cfg(test)]
    pub(super) fn note_from_the_start(&mut self) {
        self.patience = (0, 0);
    }

    /// Allows so many steps from now on.
    pub(crate) fn allow(&mut self, steps: u64) {
        // What was taken of the last allowance is gone.
        self.in_all -= self.allowed - self.fuel;
        self.allowed = steps.min(self.in_all);
        self.fuel = self.allowed;
        self.look_below = self.fuel.saturating_sub(STEPS_A_LOOK);
    }

    /// Allows so many steps in all from now on, however many are [allowed](Scratch::allow) at a time.
    pub(crate) fn allow_in_all(&mut self, steps: u64) {
        (self.in_all, self.allowed, self.fuel) = (steps, 0, 0);
    }

    /// Allows steps until then, however many are left.
    pub(crate) fn until(&mut self, budget: Budget) {
        self.budget = budget;
    }

    /// How many steps are left.
    #[cfg(test)]
    pub(super) fn left(&self) -> u64 {
        self.fuel
    }

    /// Takes `steps` from what is allowed.
    #[inline]
    pub(crate) fn spend(&mut self, steps: u64) -> Result<(), Exhausted> {
        match self.fuel.checked_sub(steps) {
            Some(left) => {
                self.fuel = left;
                match left < self.look_below {
                    true => self.look(),
                    false => Ok(()),
                }
            }
            None => Err(Exhausted),
        }
    }

    /// Looks at the clock.
    #[cold]
    fn look(&mut self) -> Result<(), Exhausted> {
        self.look_below = self.fuel.saturating_sub(STEPS_A_LOOK);
        self.budget.check().map_err(|_| Exhausted)
    }

    /// How many choices are open.
    #[inline]
    pub(super) fn depth(&self) -> usize {
        self.stack.len()
    }

    /// Leaves a choice open.
    #[inline]
    pub(super) fn push(&mut self, frame: Frame) -> Result<(), Exhausted> {
        if self.stack.len() >= MAX_FRAMES {
            return Err(Exhausted);
        }
        self.stack.push(frame);
        Ok(())
    }

    /// The choice left open last, if there are more than `depth`.
    #[inline]
    pub(super) fn pop(&mut self, depth: usize) -> Option<Frame> {
        if self.stack.len() > depth {
            self.stack.pop()
        } else {
            None
        }
    }

    /// Gives up the choices left open beyond `depth`.
    pub(super) fn commit(&mut self, depth: usize) {
        self.stack.truncate(depth);
    }

    /// Whether places are noted by now.
    #[inline]
    pub(super) fn notes(&self) -> bool {
        self.fuel < self.note_below
    }

    /// Whether to go on at a step and position of a part: not if the search has been there.
    #[inline]
    pub(super) fn note(&mut self, part: u32, pc: u32, pos: usize) -> Result<bool, Exhausted> {
        if self.notes() {
            self.note_place(part, pc, pos)
        } else {
            Ok(true)
        }
    }

    fn note_place(&mut self, part: u32, pc: u32, pos: usize) -> Result<bool, Exhausted> {
        self.spend(STEPS_A_NOTE)?;
        if self.been.len() + self.parts.len() >= MAX_NOTES {
            return Err(Exhausted);
        }
        // a loop goes on otherwise after a round that consumed nothing
        let rounds = self.slots.iter().rev();
        let rounds = rounds.fold(0, |bits, &start| bits << 1 | u64::from(start == pos));
        Ok(self.been.insert((part, pc, pos, rounds)))
    }

    /// A number for a part that is matched by itself. Each time it is matched it has another: where one run of it has
    /// been may have led to a match.
    pub(super) fn next_part(&mut self) -> u32 {
        self.part += 1;
        self.part
    }

    /// What the part after the step `pc` came to at `pos`, if that is noted: where it ended, if it matched.
    pub(super) fn noted_part(&self, pc: u32, pos: usize) -> Option<Option<usize>> {
        let noted = self.notes().then(|| self.parts.get(&(pc, pos)));
        noted.flatten().copied()
    }

    /// Notes that.
    pub(super) fn note_part(&mut self, pc: u32, pos: usize, end: Option<usize>) {
        if self.notes() {
            self.parts.insert((pc, pos), end);
        }
    }

    /// Where the unlimited run at the step `pc` is known to start and end, if it is.
    pub(super) fn extent(&self, pc: u32) -> Option<(usize, usize)> {
        let noted = self.notes().then(|| self.extents.get(&pc));
        noted.flatten().copied()
    }

    /// Notes that.
    pub(super) fn note_extent(&mut self, pc: u32, start: usize, end: usize) {
        if self.notes() {
            let known = self.extents.entry(pc).or_insert((start, end));
            *known = match known.1 == end {
                true => (known.0.min(start), end),
                false => (start, end),
            };
        }
    }

    /// The first of neighbouring places down from `pos` that the greedy run at the step `pc` need not be made to stop
    /// at, as it has been; `None` if it has not been at `pos`.
    pub(super) fn stops_from(&self, part: u32, pc: u32, pos: usize) -> Option<usize> {
        let &(first, last) = self.stops.get(&(part, pc))?;
        (first..=last).contains(&pos).then_some(first)
    }

    /// Notes that the greedy run at the step `pc` has been made to stop at `pos`, or cannot; `after` is the next place.
    pub(super) fn note_stop(&mut self, part: u32, pc: u32, pos: usize, after: usize) {
        let full = self.stops.len() >= MAX_STOPS;
        match self.stops.get_mut(&(part, pc)) {
            Some((first, _)) if after == *first => *first = pos,
            Some((first, last)) if (*first..=*last).contains(&pos) => {}
            Some(stops) => *stops = (pos, pos),
            None if full => {}
            None => drop(self.stops.insert((part, pc), (pos, pos))),
        }
    }

    /// Whether it is noted where greedy runs stopped: where a loop may consume nothing, it depends on more than the
    /// place whether to stop there again.
    #[inline]
    pub(super) fn notes_stops(&self) -> bool {
        self.notes() && self.slots.is_empty()
    }

    /// Prepares for a search of `text` with `program`.
    pub(super) fn start(&mut self, program: &Program, text: &str) {
        self.stack.clear();
        self.slots.resize(program.slots as usize, 0);
        let (steps, steps_a_byte) = self.patience;
        self.note_below = match program.slots {
            // as many loops as a place can tell apart
            0..=64 => self
                .fuel
                .saturating_sub(steps + steps_a_byte * text.len() as u64),
            _ => 0,
        };
        self.part = 0;
        if !self.been.is_empty() {
            self.been.clear();
        }
        if !self.parts.is_empty() {
            self.parts.clear();
        }
        if !self.extents.is_empty() {
            self.extents.clear();
        }
        if !self.stops.is_empty() {
            self.stops.clear();
        }
    }
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
