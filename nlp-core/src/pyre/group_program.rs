//! A compiled pattern that refers to groups.
//!
//! What a group last matched depends on the way that led to a place, failed attempts included: Python does not undo all
//! that these noted. So the steps are those of Python's own engine (`Modules/_sre` of Python 3.11), where one decides
//! what is undone, and not those of [`super::program`].

use super::ast::{At, Node, RepeatKind, SetId, Sets, UNBOUNDED};
use super::charset::{Case, CharSet};
use crate::error::FormatError;
use crate::frozen::frozen;
use std::collections::HashMap;

/// The longest program, in steps.
const MAX_STEPS: usize = 1 << 18;
/// No further alternative.
pub(super) const NONE: u32 = u32::MAX;

/// One step. A step that does not say where to go on goes on with the next.
#[derive(Debug, Clone, Copy, Hash)]
pub(super) enum Step {
    /// Matches one character of a set.
    Set(u32),
    /// Checks the position.
    At(At, u32),
    /// Notes in a mark that a group starts here (at even numbers) or ends.
    Mark(u32),
    /// Goes on with the next step, an alternative, and if that fails with the one at `other`: another such step, or
    /// [`NONE`].
    Branch { other: u32 },
    /// Goes on there.
    Jump(u32),
    /// Matches several characters of a set.
    Run {
        set: u32,
        min: u32,
        max: u32,
        kind: RepeatKind,
    },
    /// Starts a loop whose body comes next and ends with `until`.
    Loop {
        min: u32,
        max: u32,
        lazy: bool,
        until: u32,
    },
    /// Ends a round of the innermost loop.
    Until,
    /// Matches the part that comes next again and again, each time in one way only, and goes on at `next`.
    Possessive { min: u32, max: u32, next: u32 },
    /// Matches the part that comes next in one way only, and goes on at `next`.
    Atomic { next: u32 },
    /// Checks that the part that comes next matches (or does not) so many characters before, and goes on at `next`.
    Look {
        behind: u32,
        negative: bool,
        next: u32,
    },
    /// Matches what a group last matched.
    Reference { group: u32, case: Case },
    /// Goes on at `no` if a group has not matched.
    Condition { group: u32, no: u32 },
    /// Ends the pattern, or a part of it.
    Match,
}

frozen!(hash Step);

/// The steps, from the first on, and what they refer to.
#[derive(Debug, Default)]
pub(super) struct GroupProgram {
    pub(super) steps: Vec<Step>,
    pub(super) sets: Vec<CharSet>,
    /// How many groups there are.
    pub(super) groups: u32,
}

frozen!(GroupProgram {
    steps,
    sets,
    groups
});

/// Compiles `node`, which has so many groups.
///
/// # Errors
/// If the program would be too long.
pub(super) fn compile(
    node: &Node,
    groups: u32,
    sets: &mut Sets,
) -> Result<GroupProgram, FormatError> {
    let program = GroupProgram {
        groups,
        ..GroupProgram::default()
    };
    let mut compiler = Compiler {
        sets,
        program,
        set_numbers: HashMap::new(),
    };
    compiler.node(node)?;
    compiler.push(Step::Match)?;
    Ok(compiler.program)
}

struct Compiler<'s> {
    sets: &'s mut Sets,
    program: GroupProgram,
    set_numbers: HashMap<SetId, u32>,
}

impl Compiler<'_> {
    /// Where the next step will stand.
    fn here(&self) -> u32 {
        self.program.steps.len() as u32
    }

    /// Adds a step, and says where it stands.
    fn push(&mut self, step: Step) -> Result<u32, FormatError> {
        if self.program.steps.len() >= MAX_STEPS {
            return Err(FormatError::new(format!(
                "regular expression compiles to more than {MAX_STEPS} steps"
            )));
        }
        self.program.steps.push(step);
        Ok(self.here() - 1)
    }

    /// Puts a step where a placeholder stands.
    fn put(&mut self, at: u32, step: Step) {
        self.program.steps[at as usize] = step;
    }

    /// The number of a set in the program.
    fn set(&mut self, id: SetId) -> u32 {
        *self.set_numbers.entry(id).or_insert_with(|| {
            self.program.sets.push(CharSet::new(self.sets.get(id)));
            self.program.sets.len() as u32 - 1
        })
    }

    /// Adds a part that is matched by itself, and says where the step before it stands, which is to be put there.
    fn part(&mut self, node: &Node) -> Result<u32, FormatError> {
        let at = self.push(Step::Match)?;
        self.node(node)?;
        self.push(Step::Match)?;
        Ok(at)
    }

    fn node(&mut self, node: &Node) -> Result<(), FormatError> {
        match node {
            Node::Set(id) => {
                let set = self.set(*id);
                self.push(Step::Set(set))?;
            }
            Node::Concat(items) => {
                for item in items {
                    self.node(item)?;
                }
            }
            Node::Alt(items) => self.alternatives(items)?,
            Node::Repeat {
                node,
                min,
                max,
                kind,
            } => self.repeat(node, *min, *max, *kind)?,
            Node::At(at) => {
                let set = match at {
                    At::WordBoundary { word, .. } => self.set(*word),
                    _ => 0,
                };
                self.push(Step::At(*at, set))?;
            }
            Node::Look {
                behind,
                negative,
                node,
            } => {
                let at = self.part(node)?;
                let look = Step::Look {
                    behind: behind.unwrap_or(0),
                    negative: *negative,
                    next: self.here(),
                };
                self.put(at, look);
            }
            Node::Atomic(node) => {
                let at = self.part(node)?;
                let next = self.here();
                self.put(at, Step::Atomic { next });
            }
            Node::Group { number, node, .. } => {
                self.push(Step::Mark(2 * number))?;
                self.node(node)?;
                self.push(Step::Mark(2 * number + 1))?;
            }
            Node::Reference { number, case, .. } => {
                let (group, case) = (*number, *case);
                self.push(Step::Reference { group, case })?;
            }
            Node::Condition { number, yes, no } => {
                let at = self.push(Step::Match)?;
                self.node(yes)?;
                let jump = self.push(Step::Match)?;
                let (group, no_at) = (*number, self.here());
                self.put(at, Step::Condition { group, no: no_at });
                self.node(no)?;
                let end = self.here();
                self.put(jump, Step::Jump(end));
            }
        }
        Ok(())
    }

    fn alternatives(&mut self, items: &[Node]) -> Result<(), FormatError> {
        let mut exits = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            let branch = self.push(Step::Branch { other: NONE })?;
            self.node(item)?;
            exits.push(self.push(Step::Match)?);
            if i + 1 < items.len() {
                let other = self.here();
                self.put(branch, Step::Branch { other });
            }
        }
        let end = self.here();
        for exit in exits {
            self.put(exit, Step::Jump(end));
        }
        Ok(())
    }

    fn repeat(
        &mut self,
        node: &Node,
        min: u32,
        max: u32,
        kind: RepeatKind,
    ) -> Result<(), FormatError> {
        if let Some(set) = self.one_character(node) {
            self.push(Step::Run {
                set,
                min,
                max,
                kind,
            })?;
        } else if kind == RepeatKind::Possessive {
            let at = self.part(node)?;
            let next = self.here();
            self.put(at, Step::Possessive { min, max, next });
        } else {
            let at = self.push(Step::Match)?;
            self.node(node)?;
            let until = self.push(Step::Until)?;
            let lazy = kind == RepeatKind::Lazy;
            self.put(
                at,
                Step::Loop {
                    min,
                    max,
                    lazy,
                    until,
                },
            );
        }
        Ok(())
    }

    /// The set of `node` if it always matches one character: Python takes alternatives of one character each for a
    /// class.
    fn one_character(&mut self, node: &Node) -> Option<u32> {
        let id = match node {
            Node::Set(id) => *id,
            Node::Alt(items) => {
                let mut all = super::charset::Gathered::default();
                for item in items {
                    let Node::Set(id) = item else {
                        return None;
                    };
                    all.add(self.sets.get(*id));
                }
                self.sets.intern(all.into_set())
            }
            _ => return None,
        };
        Some(self.set(id))
    }
}

/// Whether a loop that may be left after so many rounds may have another.
pub(super) fn may_go_on(rounds: u32, max: u32) -> bool {
    max == UNBOUNDED || rounds < max
}
