//! Reads the syntax of Python's `re` module (`Lib/re/_parser.py` of Python 3.11) into a tree.

use super::ast::{At, Node, RepeatKind, SetId, Sets, UNBOUNDED};
use super::charset::Case;
use super::groups::Groups;
use crate::error::FormatError;
use std::collections::HashMap;

/// How deep groups may be nested; the reader and the compiler recurse once a level.
const MAX_DEPTH: u32 = 200;
/// The longest pattern that is read, in bytes.
const MAX_LENGTH: usize = 64 << 20;

/// A pattern that was read.
pub(super) struct Parsed {
    pub(super) node: Node,
    pub(super) sets: Sets,
    /// How many groups it has, if it refers to any.
    pub(super) groups: Option<u32>,
}

/// Reads `pattern`.
///
/// # Errors
/// If Python would not accept it, or if it asks for what is not supported: named characters.
pub(super) fn parse(pattern: &str) -> Result<Parsed, FormatError> {
    if pattern.len() > MAX_LENGTH {
        return Err(FormatError::new(format!(
            "pattern of {} bytes is longer than the limit of {MAX_LENGTH}",
            pattern.len()
        )));
    }
    let (mut flags, mut refers) = (Flags::default(), false);
    loop {
        let mut parser = Parser {
            pattern,
            at: 0,
            sets: Sets::default(),
            classes: HashMap::new(),
            literals: HashMap::new(),
            global: flags,
            groups: Groups::new(refers),
        };
        match parser.alternatives(flags, 0) {
            Ok(node) if parser.at == pattern.len() => {
                parser.check_conditions()?;
                return Ok(Parsed {
                    node,
                    sets: parser.sets,
                    groups: refers.then(|| parser.groups.count()),
                });
            }
            Ok(_) => return Err(parser.error("a closing parenthesis without its opening one")),
            // flags for the whole pattern: read it again from the start with them
            Err(Stop::Flags(more)) => flags = more,
            Err(Stop::Refers) => refers = true,
            Err(Stop::Fault(fault)) => return Err(fault),
        }
    }
}

/// The flags in force, as `(?aimsx)` sets them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Flags {
    pub(super) ascii: bool,
    unicode: bool,
    ignore_case: bool,
    multi_line: bool,
    dot_all: bool,
    verbose: bool,
}

impl Flags {
    /// How case is treated.
    pub(super) fn case(self) -> Case {
        match (self.ignore_case, self.ascii) {
            (false, _) => Case::Matters,
            (true, false) => Case::Ignored,
            (true, true) => Case::IgnoredInAscii,
        }
    }

    /// The flag that a letter names.
    fn named(&mut self, letter: char) -> Option<&mut bool> {
        Some(match letter {
            'a' => &mut self.ascii,
            'u' => &mut self.unicode,
            'i' => &mut self.ignore_case,
            'm' => &mut self.multi_line,
            's' => &mut self.dot_all,
            'x' => &mut self.verbose,
            _ => return None,
        })
    }
}

/// Why reading stopped.
pub(super) enum Stop {
    /// The pattern is wrong.
    Fault(FormatError),
    /// These flags hold for the whole pattern, also for what was read without them.
    Flags(Flags),
    /// It refers to a group, so that groups must be kept, also those that were read.
    Refers,
}

impl From<FormatError> for Stop {
    fn from(fault: FormatError) -> Self {
        Stop::Fault(fault)
    }
}

/// The state of reading one pattern.
pub(super) struct Parser<'p> {
    pub(super) pattern: &'p str,
    /// The next byte to read.
    pub(super) at: usize,
    pub(super) sets: Sets,
    /// Classes already read, by their text: some patterns repeat a long one hundreds of times.
    pub(super) classes: HashMap<(&'p str, Flags), SetId>,
    /// Sets of literal characters that are the same as others, where case is ignored.
    pub(super) literals: HashMap<(u32, Case), SetId>,
    global: Flags,
    pub(super) groups: Groups<'p>,
}

/// What a quantifier would apply to.
#[derive(PartialEq)]
enum Last {
    Nothing,
    Position,
    Repeat,
    Item,
}

impl<'p> Parser<'p> {
    /// An error that says where in the pattern it is.
    pub(super) fn error(&self, what: impl std::fmt::Display) -> FormatError {
        let read = &self.pattern[..self.at.min(self.pattern.len())];
        let near: String = read.chars().rev().take(20).collect();
        let near: String = near.chars().rev().collect();
        FormatError::new(format!(
            "regular expression has {what} at character {}, after {near:?}",
            read.chars().count()
        ))
    }

    /// The next character, not yet taken.
    pub(super) fn peek(&self) -> Option<char> {
        self.pattern[self.at..].chars().next()
    }

    /// Takes the next character.
    pub(super) fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Takes the next character if it is `c`.
    pub(super) fn take_if(&mut self, c: char) -> bool {
        let is = self.peek() == Some(c);
        if is {
            self.at += c.len_utf8();
        }
        is
    }

    /// Takes up to and including `end`, and gives what comes before it.
    pub(super) fn take_until(&mut self, end: char) -> Result<&'p str, FormatError> {
        let rest = &self.pattern[self.at..];
        let Some(length) = rest.find(end) else {
            return Err(self.error(format_args!("no {end:?} that would end the group's head")));
        };
        self.at += length + end.len_utf8();
        Ok(&rest[..length])
    }

    /// Reads alternatives up to a closing parenthesis or the end.
    fn alternatives(&mut self, flags: Flags, depth: u32) -> Result<Node, Stop> {
        self.check_depth(depth)?;
        let mut items = vec![self.sequence(flags, depth)?];
        while self.take_if('|') {
            items.push(self.sequence(flags, depth)?);
        }
        if items.len() > 1 {
            return Ok(Node::Alt(items));
        }
        Ok(items.remove(0))
    }

    /// Refuses what is nested too deep.
    pub(super) fn check_depth(&self, depth: u32) -> Result<(), FormatError> {
        match depth > MAX_DEPTH {
            true => Err(self.error(format_args!("groups nested deeper than {MAX_DEPTH}"))),
            false => Ok(()),
        }
    }

    /// Reads one alternative.
    pub(super) fn sequence(&mut self, flags: Flags, depth: u32) -> Result<Node, Stop> {
        let mut items: Vec<Node> = Vec::new();
        let mut last = Last::Nothing;
        while let Some(c) = self.peek() {
            if c == '|' || c == ')' {
                break;
            }
            self.at += c.len_utf8();
            if flags.verbose && self.skip_verbose(c) {
                continue;
            }
            let node = match c {
                '\\' => match self.group_number() {
                    Some(number) => self.reference(number, flags)?,
                    None => self.escape(flags)?,
                },
                '[' => Node::Set(self.class(flags)?),
                '.' => Node::Set(self.any(flags)),
                '^' if flags.multi_line => Node::At(At::LineStart),
                '^' => Node::At(At::Start),
                '$' if flags.multi_line => Node::At(At::LineEnd),
                '$' => Node::At(At::End),
                '(' => match self.group(flags, depth)? {
                    Some(node) => node,
                    None => continue,
                },
                '*' | '+' | '?' | '{' => match self.quantifier(c)? {
                    Some((min, max)) => {
                        let Some(item) = items.pop().filter(|_| last != Last::Position) else {
                            return Err(self.error("nothing to repeat").into());
                        };
                        if last == Last::Repeat {
                            return Err(self.error("a repeat of a repeat").into());
                        }
                        let kind = match () {
                            _ if self.take_if('?') => RepeatKind::Lazy,
                            _ if self.take_if('+') => RepeatKind::Possessive,
                            _ => RepeatKind::Greedy,
                        };
                        let node = Box::new(item);
                        last = Last::Repeat;
                        items.push(Node::Repeat {
                            node,
                            min,
                            max,
                            kind,
                        });
                        continue;
                    }
                    None => self.literal(u32::from(c), flags),
                },
                _ => self.literal(u32::from(c), flags),
            };
            last = match node {
                Node::At(_) if c != '(' => Last::Position,
                _ => Last::Item,
            };
            items.push(node);
        }
        // plain groups are read for what they hold, so that literals stand side by side
        let mut flat = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Node::Concat(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        Ok(if flat.len() == 1 {
            flat.remove(0)
        } else {
            Node::Concat(flat)
        })
    }

    /// In a verbose pattern: whether `c` is white space or starts a comment, which is then passed over.
    fn skip_verbose(&mut self, c: char) -> bool {
        if c == '#' {
            let rest = &self.pattern[self.at..];
            self.at += rest.find('\n').map_or(rest.len(), |n| n + 1);
        }
        matches!(c, '#' | ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
    }

    /// Reads what follows the first character `c` of a quantifier: the least and the most repeats, or `None` for a
    /// brace that stands for itself.
    fn quantifier(&mut self, c: char) -> Result<Option<(u32, u32)>, FormatError> {
        let start = self.at;
        match c {
            '*' => return Ok(Some((0, UNBOUNDED))),
            '+' => return Ok(Some((1, UNBOUNDED))),
            '?' => return Ok(Some((0, 1))),
            _ => {}
        }
        if self.peek() == Some('}') {
            return Ok(None);
        }
        let lo = self.digits();
        let hi = if self.take_if(',') { self.digits() } else { lo };
        if !self.take_if('}') {
            self.at = start;
            return Ok(None);
        }
        let number = |digits: &str, default| match digits {
            "" => Ok(default),
            _ => digits
                .parse()
                .ok()
                .filter(|&n| n < UNBOUNDED)
                .ok_or_else(|| self.error(format_args!("{digits} repeats, which are too many"))),
        };
        let (min, max) = (number(lo, 0)?, number(hi, UNBOUNDED)?);
        if max < min {
            return Err(self.error("a repeat whose least number is above its greatest"));
        }
        Ok(Some((min, max)))
    }

    /// Takes ASCII digits.
    fn digits(&mut self) -> &'p str {
        let rest = &self.pattern[self.at..];
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        self.at += length;
        &rest[..length]
    }

    /// The set that `.` stands for.
    fn any(&mut self, flags: Flags) -> SetId {
        let none = super::charset::RangeSet::new(match flags.dot_all {
            true => Vec::new(),
            false => vec![(10, 10)],
        });
        self.sets.intern(none.negated())
    }

    /// Reads a group after its opening parenthesis; `None` if it was a comment, or flags.
    fn group(&mut self, flags: Flags, depth: u32) -> Result<Option<Node>, Stop> {
        if !self.take_if('?') {
            return self.remembered(None, flags, depth).map(Some);
        }
        let Some(c) = self.take() else {
            return Err(self.error("an end within a group's head").into());
        };
        let node = match c {
            ':' => self.group_body(flags, depth)?,
            '>' => Node::Atomic(Box::new(self.group_body(flags, depth)?)),
            '#' => {
                self.take_until(')')?;
                return Ok(None);
            }
            'P' => match self.take() {
                Some('<') => {
                    let name = self.take_until('>')?;
                    self.remembered(Some(name), flags, depth)?
                }
                Some('=') => self.named_reference(flags)?,
                _ => return Err(self.error("an unknown kind of group").into()),
            },
            '(' => self.condition(flags, depth)?,
            '=' | '!' => Node::Look {
                behind: None,
                negative: c == '!',
                node: Box::new(self.group_body(flags, depth)?),
            },
            '<' => {
                let negative = match self.take() {
                    Some('=') => false,
                    Some('!') => true,
                    _ => return Err(self.error("an unknown kind of group").into()),
                };
                let outer = self.groups.look_behind();
                let node = Box::new(self.group_body(flags, depth)?);
                self.groups.looked_behind(outer);
                let (least, most) = super::analysis::width(&node);
                let behind = match most {
                    Some(most) if most == least => Some(most),
                    _ => {
                        let what = "a look-behind that can have several widths";
                        return Err(self.error(what).into());
                    }
                };
                Node::Look {
                    behind,
                    negative,
                    node,
                }
            }
            _ => return self.flags(c, flags, depth),
        };
        Ok(Some(node))
    }

    /// Reads a group's alternatives and its closing parenthesis.
    pub(super) fn group_body(&mut self, flags: Flags, depth: u32) -> Result<Node, Stop> {
        let node = self.alternatives(flags, depth + 1)?;
        if !self.take_if(')') {
            return Err(self.error("a group without its closing parenthesis").into());
        }
        Ok(node)
    }

    /// Reads flags, of which `c` is the first character: `(?i)` for the whole pattern, `(?i-s:...)` for a group.
    fn flags(&mut self, mut c: char, flags: Flags, depth: u32) -> Result<Option<Node>, Stop> {
        let (mut on, mut off) = (Flags::default(), Flags::default());
        let mut negative = false;
        loop {
            match c {
                ')' if !negative => {
                    if on.ascii && (on.unicode || self.global.unicode) {
                        return Err(self.error("both flags a and u").into());
                    }
                    let all = self.global.combined(on, off);
                    if all == self.global {
                        return Ok(None);
                    }
                    return Err(Stop::Flags(all));
                }
                ':' => {
                    let node = self.group_body(flags.combined(on, off), depth)?;
                    return Ok(Some(node));
                }
                '-' if !negative => negative = true,
                _ => match if negative { &mut off } else { &mut on }.named(c) {
                    Some(flag) if !(negative && matches!(c, 'a' | 'u')) => *flag = true,
                    _ => {
                        let what = format!("the flag {c:?}, which Python does not have here");
                        return Err(self.error(what).into());
                    }
                },
            }
            c = match self.take() {
                Some(c) => c,
                None => return Err(self.error("flags that do not end").into()),
            };
        }
    }
}

impl Flags {
    /// These flags with `on` set and `off` cleared.
    fn combined(self, on: Flags, off: Flags) -> Flags {
        Flags {
            // of these two, a group's own replaces what is around it
            ascii: on.ascii || self.ascii && !on.unicode,
            unicode: on.unicode || self.unicode && !on.ascii,
            ignore_case: (self.ignore_case || on.ignore_case) && !off.ignore_case,
            multi_line: (self.multi_line || on.multi_line) && !off.multi_line,
            dot_all: (self.dot_all || on.dot_all) && !off.dot_all,
            verbose: (self.verbose || on.verbose) && !off.verbose,
        }
    }
}
