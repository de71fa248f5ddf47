//! Tables as they stand in Python's source code: dictionaries of text with numbers, or with such dictionaries, in them.

use crate::error::FormatError;

/// A dictionary's items, in their order.
pub(super) type Dict = Vec<(String, Item)>;

/// What stands beside a key.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    Number(f64),
    Dict(Dict),
}

/// Dictionaries within each other that are read: a table has two.
const MAX_DEPTH: usize = 4;

/// Reads the dictionary that `text`, a module, gives to `name`.
///
/// # Errors
/// If it gives none, or there is anything else in it than text, numbers and dictionaries.
pub(super) fn read(text: &str, name: &str) -> Result<Dict, FormatError> {
    let mut end = 0;
    let value = text.split_inclusive('\n').find_map(|line| {
        end += line.len();
        let value = line.strip_prefix(name)?.trim_start().strip_prefix('=')?;
        Some(end - value.len())
    });
    let at = value.ok_or_else(|| FormatError::new(format!("gives no value to {name}")))?;
    let mut reader = Reader { text, at };
    reader.skip_space();
    match reader.item(0)? {
        Item::Dict(dict) => Ok(dict),
        Item::Number(_) => Err(FormatError::new(format!("{name} is a number"))),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn fault(&self, wanted: &str) -> FormatError {
        let line = self.text[..self.at].matches('\n').count() + 1;
        FormatError::new(format!("line {line}: {wanted} was expected"))
    }

    /// Takes `c` and the white space after it, if it is there.
    fn take(&mut self, c: char) -> bool {
        let is_there = self.rest().starts_with(c);
        if is_there {
            self.at += c.len_utf8();
            self.skip_space();
        }
        is_there
    }

    fn item(&mut self, depth: usize) -> Result<Item, FormatError> {
        if !self.take('{') {
            return self.number().map(Item::Number);
        }
        if depth == MAX_DEPTH {
            return Err(self.fault("a number"));
        }
        let mut dict = Dict::new();
        while !self.take('}') {
            let key = self.string()?;
            if !self.take(':') {
                return Err(self.fault("a colon"));
            }
            let item = self.item(depth + 1)?;
            dict.push((key, item));
            if !self.take(',') && !self.rest().starts_with('}') {
                return Err(self.fault("a comma"));
            }
        }
        Ok(Item::Dict(dict))
    }

    fn number(&mut self) -> Result<f64, FormatError> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
        let rest = self.rest();
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let number: Option<f64> = rest[..length].parse().ok();
        let number = number.filter(|number| number.is_finite());
        let number = number.ok_or_else(|| self.fault("a number"))?;
        self.at += length;
        self.skip_space();
        Ok(number)
    }

    fn string(&mut self) -> Result<String, FormatError> {
        let mut chars = self.rest().char_indices();
        let quote = match chars.next() {
            Some((_, quote @ ('\'' | '"'))) => quote,
            _ => return Err(self.fault("text in quotes")),
        };
        let mut string = String::new();
        let end = loop {
            match chars.next() {
                Some((at, c)) if c == quote => break at + 1,
                Some((at, '\\')) => {
                    let code = self.rest().get(at + 1..at + 6);
                    let code = code.and_then(|code| code.strip_prefix('u'));
                    let c =
                        code.and_then(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?));
                    string.push(c.ok_or_else(|| self.fault("a character as \\u and four digits"))?);
                    chars.nth(4);
                }
                Some((_, c)) => string.push(c),
                None => return Err(self.fault("a closing quote")),
            }
        };
        self.at += end;
        self.skip_space();
        Ok(string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_tables_are_read_with_both_kinds_of_quotes() {
        let text = "from __future__ import x\n\nP={'B': {'\\u4e00': -3.5,\n 'x': 2e-3}, \"E\": -3.14e+100}\n";
        let read = read(text, "P").unwrap();
        let inner = vec![
            ("一".into(), Item::Number(-3.5)),
            ("x".into(), Item::Number(0.002)),
        ];
        let expected = vec![
            ("B".to_owned(), Item::Dict(inner)),
            ("E".into(), Item::Number(-3.14e100)),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_line() {
        let refused = |text: &str| read(text, "P").unwrap_err().to_string();
        assert!(refused("Q = {}").contains("no value"));
        assert!(refused("P = {'a': open('x')}").contains("line 1: a number"));
        assert!(refused("P = {\n'a' 1}").contains("line 2: a colon"));
        assert!(refused("P = {'a': 1 'b': 2}").contains("a comma"));
        assert!(refused("P = {'a").contains("closing quote"));
        assert!(refused("P = {'\\n': 1}").contains("\\u"));
        assert!(refused("P = {'a': nan}").contains("a number"));
        assert!(refused(&format!("P = {}", "{'a':".repeat(100_000))).contains("a number"));
    }
}
