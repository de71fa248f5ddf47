//! What a matcher of a pattern that refers to groups works with: marks, loops, what is still to be tried.

/// Choices that one match may leave open; some 130 MB of them.
const MAX_FRAMES: usize = 2 << 20;
/// Marks that they may have saved; 64 MB of them.
const MAX_SAVED: usize = 8 << 20;
/// Marks that are copied in the time of a step.
pub(super) const MARKS_A_STEP: u64 = 16;

/// No place, no loop, no part.
pub(super) const NOWHERE: usize = usize::MAX;

/// More is open than may be.
#[derive(Debug)]
pub(super) struct Full;

/// How the marks were when a choice was left open: how many counted, and whether a copy of these was saved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Saved {
    count: u32,
    copied: bool,
}

/// A loop that is under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loop {
    /// Its step.
    pub(super) pc: u32,
    /// How many rounds it has had, less the one that has not started.
    pub(super) rounds: u32,
    /// The loop around it.
    pub(super) outer: usize,
    /// Where the round began, of those that it need not have had.
    pub(super) last: usize,
}

/// A part that is matched by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// The step before it.
    pub(super) pc: u32,
    /// Where that was reached.
    pub(super) pos: usize,
    /// Of a possessive loop, the rounds before this one.
    pub(super) rounds: u32,
    pub(super) marks: Option<Saved>,
    /// The part around it.
    outer: usize,
    /// What was there when it began.
    saved: usize,
    loops: usize,
    inner: usize,
}

/// Where to go on when something fails, or what to undo.
#[derive(Debug, Clone, Copy)]
pub(super) enum Frame {
    /// With the alternative after the one at `pc`.
    Alternative {
        pc: u32,
        pos: usize,
        marks: Saved,
    },
    /// After a greedy run that came to `pos`, but not before `least`.
    Shorter {
        pc: u32,
        pos: usize,
        least: usize,
        marks: Saved,
    },
    /// After a lazy run that came to `pos`, with up to `more` characters.
    Longer {
        pc: u32,
        pos: usize,
        more: u32,
        marks: Saved,
    },
    /// The loop made last never was.
    NoLoop,
    /// A loop has had one round less.
    Round {
        inner: usize,
    },
    /// As above, and its last round began elsewhere.
    LazyRound {
        inner: usize,
        last: usize,
    },
    /// As above, and it ends at `pos`.
    GreedyRound {
        inner: usize,
        last: usize,
        pos: usize,
        marks: Saved,
    },
    /// What came after this loop failed.
    Left {
        inner: usize,
    },
    /// As above: it is to have another round from `pos` on.
    LazyLeft {
        inner: usize,
        pos: usize,
        marks: Saved,
    },
    Part(Part),
}

/// The state of a match.
#[derive(Debug, Default)]
pub(super) struct GroupState {
    frames: Vec<Frame>,
    /// Where groups start and end. Only the first `count` mean something.
    marks: Vec<usize>,
    count: usize,
    /// Copies of marks.
    saved: Vec<usize>,
    pub(super) loops: Vec<Loop>,
    /// The innermost loop.
    pub(super) inner: usize,
    /// The frame of the innermost part.
    part: usize,
}

impl GroupState {
    /// Prepares for a match of a pattern with so many groups.
    pub(super) fn start(&mut self, groups: u32) {
        self.frames.clear();
        self.saved.clear();
        self.loops.clear();
        self.marks.resize(2 * groups as usize, NOWHERE);
        (self.count, self.inner, self.part) = (0, NOWHERE, NOWHERE);
    }

    /// What a group last matched: from where to where.
    pub(super) fn group(&self, number: u32) -> Option<(usize, usize)> {
        let start = 2 * number as usize;
        if start + 2 > self.count {
            return None;
        }
        let (from, to) = (self.marks[start], self.marks[start + 1]);
        (from != NOWHERE && to != NOWHERE && from <= to).then_some((from, to))
    }

    /// Sets a mark, and gives how many before it lost their meaning.
    pub(super) fn mark(&mut self, number: u32, pos: usize) -> usize {
        let number = number as usize;
        let passed = number.saturating_sub(self.count);
        if number >= self.count {
            self.marks[self.count..number].fill(NOWHERE);
            self.count = number + 1;
        }
        self.marks[number] = pos;
        passed
    }

    /// How many marks a copy would take.
    pub(super) fn counted(&self) -> u64 {
        self.count as u64
    }

    /// What brings the marks back: how many there are, and within a loop, or if `all` says so, a copy of them.
    pub(super) fn save(&mut self, all: bool) -> Result<Saved, Full> {
        let copied = all || self.inner != NOWHERE;
        if copied {
            if self.saved.len() + self.count > MAX_SAVED {
                return Err(Full);
            }
            self.saved.extend_from_slice(&self.marks[..self.count]);
        }
        Ok(Saved {
            count: self.count as u32,
            copied,
        })
    }

    /// Brings the marks back, and keeps the copy unless `last` says that it is not needed again.
    pub(super) fn restore(&mut self, marks: Saved, last: bool) {
        self.count = marks.count as usize;
        if marks.copied {
            let copy = self.saved.len() - self.count;
            self.marks[..self.count].copy_from_slice(&self.saved[copy..]);
            if last {
                self.saved.truncate(copy);
            }
        }
    }

    /// Leaves a choice open.
    pub(super) fn push(&mut self, frame: Frame) -> Result<(), Full> {
        if self.frames.len() >= MAX_FRAMES {
            return Err(Full);
        }
        self.frames.push(frame);
        Ok(())
    }

    /// The choice left open last. A part that is popped has failed.
    pub(super) fn pop(&mut self) -> Option<Frame> {
        let frame = self.frames.pop();
        if let Some(Frame::Part(part)) = frame {
            self.part = part.outer;
        }
        frame
    }

    /// Starts a part. What a `copy` brings back is saved if there is one, whole or only within a loop.
    pub(super) fn start_part(
        &mut self,
        pc: u32,
        pos: usize,
        rounds: u32,
        copy: Option<bool>,
    ) -> Result<(), Full> {
        let saved = self.saved.len();
        let part = Part {
            pc,
            pos,
            rounds,
            marks: copy.map(|all| self.save(all)).transpose()?,
            outer: self.part,
            saved,
            loops: self.loops.len(),
            inner: self.inner,
        };
        self.part = self.frames.len();
        self.push(Frame::Part(part))
    }

    /// Ends the innermost part, which has matched; `None` if there is none.
    pub(super) fn end_part(&mut self) -> Option<Part> {
        let &Frame::Part(part) = self.frames.get(self.part)? else {
            return None;
        };
        self.frames.truncate(self.part);
        self.saved.truncate(part.saved);
        self.loops.truncate(part.loops);
        (self.inner, self.part) = (part.inner, part.outer);
        Some(part)
    }
}
