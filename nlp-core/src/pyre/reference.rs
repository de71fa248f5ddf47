//! Reads groups that are remembered, and what refers to them: `\1`, `(?P=name)`, `(?(1)yes|no)`.
//!
//! Most patterns refer to no group. They are read without keeping groups, which the matcher then knows nothing of; a
//! pattern that does refer to one is read again from its start.

use super::analysis;
use super::ast::Node;
use super::parse::{Flags, Parser, Stop};
use crate::error::FormatError;

impl<'p> Parser<'p> {
    /// Reads a group that is remembered, after its opening parenthesis and name.
    pub(super) fn remembered(
        &mut self,
        name: Option<&'p str>,
        flags: Flags,
        depth: u32,
    ) -> Result<Node, Stop> {
        let number = self.groups.widths.len();
        if let Some(name) = name {
            self.check_name(name)?;
            if self.groups.names.insert(name, number).is_some() {
                return Err(self.error("a second group of one name").into());
            }
        }
        self.groups.widths.push(None);
        let node = self.group_body(flags, depth)?;
        if !self.groups.kept {
            return Ok(node);
        }
        let width = analysis::width(&node);
        self.groups.widths[number] = Some(width);
        Ok(Node::Group {
            number: number as u32,
            width,
            node: Box::new(node),
        })
    }

    /// What refers to the group of this number, from 1 on.
    pub(super) fn reference(&mut self, number: usize, flags: Flags) -> Result<Node, Stop> {
        let Some(&width) = self.groups.widths.get(number - 1) else {
            let what = format!("a reference to group {number}, which does not come before it,");
            return Err(self.error(what).into());
        };
        if !self.groups.kept {
            return Err(Stop::Refers);
        }
        let Some(width) = width else {
            return Err(self.error(OPEN).into());
        };
        self.check_look_behind(number - 1)?;
        Ok(Node::Reference {
            number: number as u32 - 1,
            width,
            case: flags.case(),
        })
    }

    /// Reads the name and the end of `(?P=name)`.
    pub(super) fn named_reference(&mut self, flags: Flags) -> Result<Node, Stop> {
        let name = self.take_until(')')?;
        self.check_name(name)?;
        let number = self.named(name)?;
        self.reference(number + 1, flags)
    }

    /// Reads `(?(group)yes|no)` after the second parenthesis.
    pub(super) fn condition(&mut self, flags: Flags, depth: u32) -> Result<Node, Stop> {
        let name = self.take_until(')')?;
        let number = match number_of(name) {
            Some(0) => return Err(self.error("a condition on group 0").into()),
            Some(number) => {
                if (self.groups.highest).is_none_or(|(highest, _)| highest < number - 1) {
                    self.groups.highest = Some((number - 1, self.at));
                }
                number - 1
            }
            None => {
                self.check_name(name)?;
                self.named(name)?
            }
        };
        if !self.groups.kept {
            return Err(Stop::Refers);
        }
        self.check_look_behind(number)?;
        self.check_depth(depth + 1)?;
        let yes = self.sequence(flags, depth + 1)?;
        let no = match self.take_if('|') {
            true => self.sequence(flags, depth + 1)?,
            false => Node::Concat(Vec::new()),
        };
        if self.peek() == Some('|') {
            return Err(self.error("a condition with more than two branches").into());
        }
        if !self.take_if(')') {
            return Err(self.error("a group without its closing parenthesis").into());
        }
        Ok(Node::Condition {
            number: number as u32,
            yes: Box::new(yes),
            no: Box::new(no),
        })
    }

    /// Refuses conditions on groups that the whole pattern has not.
    pub(super) fn check_conditions(&mut self) -> Result<(), FormatError> {
        match self.groups.highest {
            Some((number, at)) if number >= self.groups.widths.len() => {
                self.at = at;
                let what = format!("a condition on group {}, which it has not,", number + 1);
                Err(self.error(what))
            }
            _ => Ok(()),
        }
    }

    /// The number, from 0 on, of the group of that name.
    fn named(&self, name: &str) -> Result<usize, FormatError> {
        let number = self.groups.names.get(name).copied();
        number.ok_or_else(|| self.error(format_args!("a reference to the unknown group {name:?}")))
    }

    /// Refuses what no group of Python may be called. Of letters beyond ASCII, all are taken.
    fn check_name(&self, name: &str) -> Result<(), FormatError> {
        let is_letter = |c: char| c == '_' || c.is_alphanumeric() || !c.is_ascii();
        let is_name =
            name.chars().all(is_letter) && !name.starts_with(|c: char| c.is_ascii_digit());
        match is_name && !name.is_empty() {
            true => Ok(()),
            false => Err(self.error(format_args!("the impossible name {name:?} of a group"))),
        }
    }

    /// Refuses to refer to the group of this number within a look-behind that has it, or that it has.
    fn check_look_behind(&self, number: usize) -> Result<(), FormatError> {
        let Some(before) = self.groups.before_look else {
            return Ok(());
        };
        match self.groups.widths.get(number) {
            Some(Some(_)) if number < before => Ok(()),
            Some(Some(_)) => Err(self.error("a reference within a look-behind to its own group")),
            _ => Err(self.error(OPEN)),
        }
    }
}

const OPEN: &str = "a reference to a group that has not ended";

/// The number that Python's `int` reads where a condition names its group; `None` for a name.
fn number_of(name: &str) -> Option<usize> {
    let is_space = |c: char| c.is_whitespace() || matches!(c, '\x1c'..='\x1f');
    let digits = name.trim_matches(is_space);
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    let all: String = digits.split('_').collect();
    let is_number = digits.split('_').all(|part| !part.is_empty())
        && all.bytes().all(|digit| digit.is_ascii_digit());
    // one that is too large names a group that no pattern has
    is_number.then(|| all.parse().unwrap_or(usize::MAX))
}
