//! A compiled pattern: what the matcher executes.

use super::ast::{At, RepeatKind};
use super::charset::CharSet;
use super::dispatch::Table;
use crate::frozen::frozen;

/// One step. A step that does not say where to go on goes on with the next.
#[derive(Debug, Clone, Copy, Hash)]
pub(super) enum Inst {
    /// Matches this byte, an ASCII character.
    Byte(u8),
    /// Matches `len` bytes of [`Program::literals`].
    Literal { start: u32, len: u32 },
    /// Matches one character of a set.
    Set(u32),
    /// Matches several characters of a set: see [`Run`].
    Run(u32),
    /// Goes on at `first`, and if that fails at `second`.
    Split { first: u32, second: u32 },
    /// Goes on there.
    Jump(u32),
    /// Goes on with those alternatives of a table that the next character allows; alternative `i` starts at
    /// `Program::targets[targets + i]`.
    Dispatch { table: u32, targets: u32 },
    /// Checks the position.
    At(At, u32),
    /// Checks that the character before (or after) the position is in a set (or is not).
    Beside {
        set: u32,
        behind: bool,
        negative: bool,
    },
    /// Checks that what starts at the next step matches (or does not) and goes on at `next`. Looks from here, or from
    /// so many characters before.
    Look {
        next: u32,
        behind: u32,
        negative: bool,
    },
    /// Matches what starts at the next step in one way only, and goes on at `next`.
    Atomic { next: u32 },
    /// Notes in a slot where a round of a loop starts.
    LoopStart(u32),
    /// Leaves the loop for `exit` if the round that started as the slot says consumed nothing.
    LoopEnd { slot: u32, exit: u32 },
    /// Ends the pattern, or the part of it that a `Look` or an `Atomic` asks for.
    Match,
}

frozen!(hash Inst);

/// A repeat of one set.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) set: u32,
    pub(super) min: u32,
    pub(super) max: u32,
    pub(super) kind: RepeatKind,
    /// What can follow, where that is known: other places to stop at need not be tried.
    pub(super) follow: Option<Follow>,
}

frozen!(Run {
    set,
    min,
    max,
    kind,
    follow
});

/// What comes after a [`Run`]: a character of the set, or the end of the text.
#[derive(Debug, Hash)]
pub(super) struct Follow {
    pub(super) set: u32,
    pub(super) end: bool,
}

frozen!(hash Follow);

/// The steps, from the first on, and what they refer to.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) insts: Vec<Inst>,
    pub(super) literals: Vec<u8>,
    pub(super) sets: Vec<CharSet>,
    pub(super) runs: Vec<Run>,
    pub(super) tables: Vec<Table>,
    pub(super) targets: Vec<u32>,
    /// How many slots the loops use.
    pub(super) slots: u32,
}

frozen!(Program {
    insts,
    literals,
    sets,
    runs,
    tables,
    targets,
    slots
});
