//! Reads escapes and classes of characters.

use super::ast::{At, Node, SetId};
use super::charset::RangeSet;
use super::parse::{Flags, Parser};
use super::unicode;
use crate::error::FormatError;

/// What an escape stands for within a class.
enum Item {
    Char(u32),
    /// The letter that names it.
    Category(char),
}

impl<'p> Parser<'p> {
    /// The node that matches the character `c`.
    pub(super) fn literal(&mut self, c: u32, flags: Flags) -> Node {
        let case = flags.case();
        if case.is_plain(c) {
            return Node::Set(self.sets.intern(RangeSet::single(c)));
        }
        let sets = &mut self.sets;
        Node::Set(*self.literals.entry((c, case)).or_insert_with(|| {
            let mut folded = Vec::new();
            case.fold_into(&[(c, c)], &mut folded);
            sets.intern(case.unfold(&RangeSet::new(folded)))
        }))
    }

    /// Reads an escape outside a class, after its backslash.
    pub(super) fn escape(&mut self, flags: Flags) -> Result<Node, FormatError> {
        let Some(c) = self.peek() else {
            return Err(self.error("a backslash at its end"));
        };
        let boundary = |parser: &mut Self, negative| {
            let word = parser.sets.intern(category('w', flags.ascii));
            Node::At(At::WordBoundary { word, negative })
        };
        let node = match c {
            'A' => Node::At(At::Start),
            'Z' => Node::At(At::TextEnd),
            'b' => boundary(self, false),
            'B' => boundary(self, true),
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
                Node::Set(self.sets.intern(category(c, flags.ascii)))
            }
            '0'..='9' => {
                let c = self.octal()?;
                return Ok(self.literal(c, flags));
            }
            _ => {
                let c = self.character()?;
                return Ok(self.literal(c, flags));
            }
        };
        self.at += c.len_utf8();
        Ok(node)
    }

    /// Reads digits after a backslash outside a class that do not refer to a group: an octal number.
    fn octal(&mut self) -> Result<u32, FormatError> {
        let digits = self.pattern.as_bytes()[self.at..].iter();
        let octal = digits.take_while(|b| (b'0'..=b'7').contains(b)).take(3);
        let (length, value) = octal.fold((0, 0), |(n, v), b| (n + 1, v * 8 + u32::from(b - b'0')));
        self.octal_within_a_byte(length, value)
    }

    /// Takes digits after a backslash outside a class if they refer to a group: the group's number, from 1 on.
    pub(super) fn group_number(&mut self) -> Option<usize> {
        let digits = &self.pattern.as_bytes()[self.at..];
        let is_octal = |b: &u8| (b'0'..=b'7').contains(b);
        if !matches!(digits.first(), Some(b'1'..=b'9'))
            || digits.len() >= 3 && digits[..3].iter().all(is_octal)
        {
            return None;
        }
        let digits = digits.iter().take(2).take_while(|b| b.is_ascii_digit());
        let (length, number) = digits.fold((0, 0), |(length, number), digit| {
            (length + 1, 10 * number + usize::from(digit - b'0'))
        });
        self.at += length;
        Some(number)
    }

    fn octal_within_a_byte(&mut self, length: usize, value: u32) -> Result<u32, FormatError> {
        if value > 0o377 {
            return Err(self.error("an octal escape above \\377"));
        }
        self.at += length;
        Ok(value)
    }

    /// Reads an escape that stands for one character, after its backslash.
    fn character(&mut self) -> Result<u32, FormatError> {
        let Some(c) = self.take() else {
            return Err(self.error("a backslash at its end"));
        };
        Ok(match c {
            'a' => 7,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            'x' => self.hexadecimal(2)?,
            'u' => self.hexadecimal(4)?,
            'U' => self.hexadecimal(8)?,
            'N' => return Err(self.error("a character by its name, which is not supported")),
            c if c.is_ascii_alphanumeric() => {
                return Err(self.error(format_args!("the unknown escape \\{c}")));
            }
            c => u32::from(c),
        })
    }

    /// Reads exactly `length` hexadecimal digits.
    fn hexadecimal(&mut self, length: usize) -> Result<u32, FormatError> {
        let digits = self.pattern.get(self.at..self.at + length);
        let value = digits
            .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|d| u32::from_str_radix(d, 16).ok())
            .filter(|&value| value <= super::charset::MAX);
        self.at += if value.is_some() { length } else { 0 };
        value.ok_or_else(|| self.error("an incomplete or impossible escape"))
    }

    /// Reads a class, after its opening bracket.
    pub(super) fn class(&mut self, flags: Flags) -> Result<SetId, FormatError> {
        let text = self.class_text()?;
        if let Some(&id) = self.classes.get(&(text, flags)) {
            self.at += text.len();
            return Ok(id);
        }
        let negative = self.take_if('^');
        // characters and categories apart: case folding is for the former
        let (mut ranges, mut literals, mut categories) = (Vec::new(), Vec::new(), Vec::new());
        let mut items = 0;
        let mut named = Vec::new();
        while items == 0 || self.peek() != Some(']') {
            items += 1;
            let lo = match self.class_item()? {
                Item::Char(c) => c,
                Item::Category(letter) => {
                    if !named.contains(&letter) {
                        named.push(letter);
                        categories.extend_from_slice(category(letter, flags.ascii).ranges());
                    }
                    if self.is_range() {
                        return Err(self.error("a range that begins with a category"));
                    }
                    continue;
                }
            };
            if !self.is_range() {
                literals.push((lo, lo));
                continue;
            }
            self.at += 1;
            match self.class_item()? {
                Item::Char(hi) if lo <= hi => ranges.push((lo, hi)),
                Item::Char(_) => return Err(self.error("a range whose end is before its start")),
                Item::Category(_) => return Err(self.error("a range that ends with a category")),
            }
        }
        self.at += 1;

        let case = flags.case();
        // Python 3.11 lowers no literal beyond the first plane in a class of several
        let alone = items == 1 || case == super::charset::Case::Matters;
        let (lowered, as_is): (Vec<_>, Vec<_>) = literals
            .into_iter()
            .partition(|&(c, _)| alone || c < 0x1_0000);
        ranges.extend(lowered);
        let mut folded = categories;
        folded.extend(as_is);
        case.fold_into(&ranges, &mut folded);
        let mut set = case.unfold(&RangeSet::new(folded));
        if negative {
            set = set.negated();
        }
        let id = self.sets.intern(set);
        if self.sets.are_too_large() {
            return Err(self.error("classes of more characters than can be kept"));
        }
        self.classes.insert((text, flags), id);
        Ok(id)
    }

    /// The text of a class with its closing bracket, from after its opening one; it stays to be read.
    fn class_text(&self) -> Result<&'p str, FormatError> {
        let rest = &self.pattern[self.at..];
        let bytes = rest.as_bytes();
        let mut i = usize::from(bytes.first() == Some(&b'^'));
        let first = i;
        while let Some(&b) = bytes.get(i) {
            match b {
                b'\\' => i += 2,
                b']' if i > first => return Ok(&rest[..=i]),
                _ => i += 1,
            }
        }
        Err(self.error("a class of characters without its closing bracket"))
    }

    /// Whether a hyphen follows that makes a range: one before the closing bracket does not.
    fn is_range(&self) -> bool {
        let mut rest = self.pattern[self.at..].bytes();
        rest.next() == Some(b'-') && rest.next().is_some_and(|b| b != b']')
    }

    /// Reads one character or escape of a class.
    fn class_item(&mut self) -> Result<Item, FormatError> {
        let Some(c) = self.take() else {
            return Err(self.error("a class of characters without its closing bracket"));
        };
        if c != '\\' {
            return Ok(Item::Char(u32::from(c)));
        }
        let c = self.peek();
        Ok(match c {
            Some('b') => {
                self.at += 1;
                Item::Char(8)
            }
            Some(c @ ('d' | 'D' | 's' | 'S' | 'w' | 'W')) => {
                self.at += 1;
                Item::Category(c)
            }
            Some('0'..='7') => {
                let digits = self.pattern.as_bytes()[self.at..].iter();
                let octal = digits.take_while(|b| (b'0'..=b'7').contains(b)).take(3);
                let (length, value) =
                    octal.fold((0, 0), |(n, v), b| (n + 1, v * 8 + u32::from(b - b'0')));
                Item::Char(self.octal_within_a_byte(length, value)?)
            }
            _ => Item::Char(self.character()?),
        })
    }
}

/// The characters that an escape such as `\w` stands for.
fn category(letter: char, ascii: bool) -> RangeSet {
    let set = match (letter.to_ascii_lowercase(), ascii) {
        ('w', false) => RangeSet::new(unicode::WORD.to_vec()),
        ('d', false) => RangeSet::new(unicode::DIGIT.to_vec()),
        (_, false) => RangeSet::new(unicode::SPACE.to_vec()),
        ('w', true) => RangeSet::new(vec![(48, 57), (65, 90), (95, 95), (97, 122)]),
        ('d', true) => RangeSet::new(vec![(48, 57)]),
        (_, true) => RangeSet::new(vec![(9, 13), (32, 32)]),
    };
    if letter.is_ascii_uppercase() {
        set.negated()
    } else {
        set
    }
}
