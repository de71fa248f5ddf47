//! Turns the tree of a pattern into a program.

use super::analysis::{self, Edge};
use super::ast::{At, Node, RepeatKind, SetId, Sets, UNBOUNDED};
use super::charset::{CharSet, Gathered};
use super::dispatch::Table;
use super::program::{Follow, Inst, Program, Run};
use crate::error::FormatError;
use std::collections::HashMap;

/// The longest program, in steps: repeats of groups are written out.
const MAX_STEPS: usize = 1 << 18;
/// How often what follows a repeat is worked out, and how many ranges of sets are looked at for it; it only saves time.
const MAX_FOLLOWS: usize = 1 << 12;
const MAX_FOLLOW_RANGES: usize = 1 << 24;
/// How many nodes and literal characters are compiled, besides each of the pattern: groups that are repeated, and have
/// long literals, or parts that are repeated no times, take more than their steps.
const MAX_WORK: usize = 1 << 24;
/// A table of alternatives that start with more ranges than this would take longer to make than it saves.
const MAX_TABLE_RANGES: usize = 1 << 21;

/// Compiles `node`, which was read from `length` bytes.
///
/// # Errors
/// If the program would be too long.
pub(super) fn compile(node: &Node, length: usize, sets: &mut Sets) -> Result<Program, FormatError> {
    let mut compiler = Compiler {
        sets,
        program: Program::default(),
        set_numbers: HashMap::new(),
        table_numbers: HashMap::new(),
        follows: 0,
        follow_ranges: 0,
        work: MAX_WORK + 2 * length,
    };
    compiler.node(node, &Then::End)?;
    compiler.push(Inst::Match)?;
    Ok(compiler.program)
}

/// What comes after a node, from the inside out.
#[derive(Clone, Copy)]
enum Then<'a> {
    /// The end of the pattern or of a part that is matched by itself.
    End,
    /// These nodes.
    Nodes(&'a [Node], &'a Then<'a>),
    /// Perhaps this node again.
    Again(&'a Node, &'a Then<'a>),
}

struct Compiler<'s> {
    sets: &'s mut Sets,
    program: Program,
    set_numbers: HashMap<SetId, u32>,
    /// Tables by the address of their alternation, which may be written out many times.
    table_numbers: HashMap<*const Node, Option<u32>>,
    follows: usize,
    /// Ranges that were looked at for that.
    follow_ranges: usize,
    /// How much more may be done.
    work: usize,
}

impl Compiler<'_> {
    /// Where the next step will stand.
    fn here(&self) -> u32 {
        self.program.insts.len() as u32
    }

    /// Adds a step, and says where it stands.
    fn push(&mut self, inst: Inst) -> Result<u32, FormatError> {
        if self.program.insts.len() >= MAX_STEPS {
            return Err(FormatError::new(format!(
                "regular expression compiles to more than {MAX_STEPS} steps"
            )));
        }
        self.program.insts.push(inst);
        Ok(self.here() - 1)
    }

    /// Refuses a pattern that makes more work than any that is meant well.
    fn spend(&mut self, work: usize) -> Result<(), FormatError> {
        self.work = self.work.checked_sub(work).ok_or_else(|| {
            FormatError::new(
                "regular expression has repeats whose groups, written out, are too long",
            )
        })?;
        Ok(())
    }

    /// The number of a set in the program.
    fn set(&mut self, id: SetId) -> u32 {
        *self.set_numbers.entry(id).or_insert_with(|| {
            self.program.sets.push(CharSet::new(self.sets.get(id)));
            self.program.sets.len() as u32 - 1
        })
    }

    fn node(&mut self, node: &Node, then: &Then<'_>) -> Result<(), FormatError> {
        self.spend(1)?;
        match node {
            Node::Set(_) | Node::Concat(_) => {
                self.sequence(std::slice::from_ref(node), then)?;
            }
            Node::Alt(items) => self.alternatives(node, items, then)?,
            Node::Repeat {
                node,
                min,
                max,
                kind,
            } => self.repeat(node, *min, *max, *kind, then)?,
            Node::At(at) => {
                let set = match at {
                    At::WordBoundary { word, .. } => self.set(*word),
                    _ => 0,
                };
                self.push(Inst::At(*at, set))?;
            }
            Node::Look {
                behind,
                negative,
                node,
            } => self.look(*behind, *negative, node)?,
            Node::Atomic(node) => self.atomic(|compiler| compiler.node(node, &Then::End))?,
            Node::Group { node, .. } => self.node(node, then)?,
            Node::Reference { .. } | Node::Condition { .. } => {
                return Err(FormatError::new("regular expression refers to a group"));
            }
        }
        Ok(())
    }

    /// Adds what matches `items` one after the other, literal characters in one step.
    fn sequence(&mut self, items: &[Node], then: &Then<'_>) -> Result<(), FormatError> {
        if let [Node::Concat(items)] = items {
            return self.sequence(items, then);
        }
        let mut rest = items;
        while let Some((item, after)) = rest.split_first() {
            let literals = rest.iter().map_while(|n| self.literal(n));
            let text: String = literals.collect();
            let count = text.chars().count();
            self.spend(1 + count)?;
            if count == 0 {
                match item {
                    Node::Set(id) => {
                        let set = self.set(*id);
                        self.push(Inst::Set(set))?;
                    }
                    _ => self.node(item, &Then::Nodes(after, then))?,
                }
                rest = after;
                continue;
            }
            if let [byte] = text.as_bytes() {
                self.push(Inst::Byte(*byte))?;
            } else {
                let start = self.program.literals.len() as u32;
                self.program.literals.extend_from_slice(text.as_bytes());
                let len = text.len() as u32;
                self.push(Inst::Literal { start, len })?;
            }
            rest = &rest[count..];
        }
        Ok(())
    }

    /// The character that is all that `node` matches, if it is such a node.
    fn literal(&self, node: &Node) -> Option<char> {
        match node {
            Node::Set(id) => self.sets.get(*id).as_single().and_then(char::from_u32),
            _ => None,
        }
    }

    fn alternatives(
        &mut self,
        node: &Node,
        items: &[Node],
        then: &Then<'_>,
    ) -> Result<(), FormatError> {
        let mut exits = Vec::with_capacity(items.len());
        if let Some(table) = self.table(node, items) {
            let targets = self.program.targets.len();
            self.program.targets.resize(targets + items.len(), 0);
            self.push(Inst::Dispatch {
                table,
                targets: targets as u32,
            })?;
            for (i, item) in items.iter().enumerate() {
                self.program.targets[targets + i] = self.here();
                self.node(item, then)?;
                exits.push(self.push(Inst::Jump(0))?);
            }
        } else {
            for (i, item) in items.iter().enumerate() {
                let split = match i + 1 < items.len() {
                    true => Some(self.push(Inst::Match)?),
                    false => None,
                };
                let first = self.here();
                self.node(item, then)?;
                exits.push(self.push(Inst::Jump(0))?);
                if let Some(split) = split {
                    let second = self.here();
                    self.program.insts[split as usize] = Inst::Split { first, second };
                }
            }
        }
        let end = self.here();
        for exit in exits {
            self.program.insts[exit as usize] = Inst::Jump(end);
        }
        Ok(())
    }

    /// The table for the alternation `node`, unless it would be too large.
    fn table(&mut self, node: &Node, items: &[Node]) -> Option<u32> {
        let key: *const Node = node;
        if let Some(&known) = self.table_numbers.get(&key) {
            return known;
        }
        let mut ranges = 0;
        let edges: Option<Vec<Edge>> = (items.iter())
            .map(|item| {
                let edge = analysis::first(item, self.sets);
                ranges += edge.set.ranges().len();
                (ranges <= MAX_TABLE_RANGES).then_some(edge)
            })
            .collect();
        let table = edges.and_then(|edges| Table::new(&edges));
        let number = table.map(|table| {
            self.program.tables.push(table);
            self.program.tables.len() as u32 - 1
        });
        self.table_numbers.insert(key, number);
        number
    }

    fn repeat(
        &mut self,
        node: &Node,
        min: u32,
        max: u32,
        kind: RepeatKind,
        then: &Then<'_>,
    ) -> Result<(), FormatError> {
        if let Node::Set(id) = node {
            let set = self.set(*id);
            let follow = match kind {
                RepeatKind::Greedy => self.follow(then),
                _ => None,
            };
            self.program.runs.push(Run {
                set,
                min,
                max,
                kind,
                follow,
            });
            let run = self.program.runs.len() as u32 - 1;
            self.push(Inst::Run(run))?;
            return Ok(());
        }
        if kind == RepeatKind::Possessive {
            // each round is matched in one way only, and so are all of them together
            return self.atomic(|compiler| {
                compiler.rounds(min, max, RepeatKind::Greedy, node, |compiler| {
                    compiler.atomic(|compiler| compiler.node(node, &Then::End))
                })
            });
        }
        let again = Then::Again(node, then);
        self.rounds(min, max, kind, node, |compiler| compiler.node(node, &again))
    }

    /// Adds `min` to `max` rounds of what `round` adds, which matches `node`.
    fn rounds(
        &mut self,
        min: u32,
        max: u32,
        kind: RepeatKind,
        node: &Node,
        mut round: impl FnMut(&mut Self) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        for _ in 0..min {
            let before = self.here();
            round(self)?;
            if self.here() == before {
                break; // an empty group, however often
            }
        }
        if max == min {
            return Ok(());
        }
        // a round that may consume nothing must not be followed by another
        let slot = (analysis::width(node).0 == 0).then(|| {
            self.program.slots += 1;
            self.program.slots - 1
        });
        let (mut splits, mut ends) = (Vec::new(), Vec::new());
        let optional = if max == UNBOUNDED { 1 } else { max - min };
        for _ in 0..optional {
            let split = self.push(Inst::Match)?;
            splits.push(split);
            if let Some(slot) = slot {
                self.push(Inst::LoopStart(slot))?;
            }
            round(self)?;
            if slot.is_some() {
                ends.push(self.push(Inst::Match)?);
            }
            if max == UNBOUNDED {
                self.push(Inst::Jump(split))?;
            }
        }
        let exit = self.here();
        for split in splits {
            let body = split + 1;
            let (first, second) = match kind {
                RepeatKind::Lazy => (exit, body),
                _ => (body, exit),
            };
            self.program.insts[split as usize] = Inst::Split { first, second };
        }
        for end in ends {
            let slot = slot.unwrap_or_default();
            self.program.insts[end as usize] = Inst::LoopEnd { slot, exit };
        }
        Ok(())
    }

    /// What can follow a repeat, if that is known.
    fn follow(&mut self, then: &Then<'_>) -> Option<Follow> {
        self.follows += 1;
        if self.follows > MAX_FOLLOWS || self.follow_ranges > MAX_FOLLOW_RANGES {
            return None;
        }
        let before = self.sets.looked_at();
        let follow = self.find_follow(then);
        self.follow_ranges += self.sets.looked_at() - before;
        let (id, end) = follow?;
        let set = self.set(id);
        Some(Follow { set, end })
    }

    /// The set of what can follow, and whether the end of the text can.
    fn find_follow(&mut self, then: &Then<'_>) -> Option<(SetId, bool)> {
        let (mut gathered, mut end) = (Gathered::default(), false);
        let mut add = |edge: &Edge| {
            gathered.add(&edge.set);
            end |= edge.end;
        };
        let mut then = then;
        loop {
            match then {
                Then::End => return None,
                Then::Nodes(nodes, outer) => {
                    let edge = analysis::first_of_all(nodes.iter(), self.sets);
                    add(&edge);
                    if !edge.open {
                        break;
                    }
                    then = outer;
                }
                Then::Again(node, outer) => {
                    add(&analysis::first(node, self.sets));
                    then = outer;
                }
            }
        }
        Some((self.sets.intern(gathered.into_set()), end))
    }

    fn look(
        &mut self,
        behind: Option<u32>,
        negative: bool,
        node: &Node,
    ) -> Result<(), FormatError> {
        if let (Node::Set(id), None | Some(1)) = (node, behind) {
            let set = self.set(*id);
            self.push(Inst::Beside {
                set,
                behind: behind.is_some(),
                negative,
            })?;
            return Ok(());
        }
        let look = self.push(Inst::Match)?;
        self.node(node, &Then::End)?;
        self.push(Inst::Match)?;
        self.program.insts[look as usize] = Inst::Look {
            next: self.here(),
            behind: behind.unwrap_or(0),
            negative,
        };
        Ok(())
    }

    fn atomic(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let atomic = self.push(Inst::Match)?;
        body(self)?;
        self.push(Inst::Match)?;
        let next = self.here();
        self.program.insts[atomic as usize] = Inst::Atomic { next };
        Ok(())
    }
}
