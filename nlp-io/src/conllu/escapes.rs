//! White space, and what has a meaning, in the column MISC.

use std::iter::Peekable;
use std::str::Chars;

/// Whether it is white space for Python, and so for spaCy and the validator: to Rust, the four separators of ASCII are none.
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// `text` with its white space, and what has a meaning in MISC, as escapes: those of UDPipe, and `\u{a0}` for what has none
/// there.
pub fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            ' ' => out.push_str(r"\s"),
            '\t' => out.push_str(r"\t"),
            '\r' => out.push_str(r"\r"),
            '\n' => out.push_str(r"\n"),
            '|' => out.push_str(r"\p"),
            '\\' => out.push_str(r"\\"),
            c if c.is_whitespace() || c.is_control() => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// What was escaped. What is no escape stands for itself.
pub fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escape = if c == '\\' {
            chars.peek().copied()
        } else {
            None
        };
        let meant = match escape {
            Some('s') => ' ',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('n') => '\n',
            Some('p') => '|',
            Some('\\') => '\\',
            Some('u') => match code_point(&mut chars) {
                Some(c) => {
                    out.push(c);
                    continue;
                }
                None => c,
            },
            _ => {
                out.push(c);
                continue;
            }
        };
        if meant != c || escape == Some('\\') {
            chars.next();
        }
        out.push(meant);
    }
    out
}

/// Reads `u{a0}`, if that is what comes.
fn code_point(chars: &mut Peekable<Chars<'_>>) -> Option<char> {
    let mut ahead = chars.clone();
    if (ahead.next(), ahead.next()) != (Some('u'), Some('{')) {
        return None;
    }
    let digits: String = ahead.by_ref().take(7).take_while(|&c| c != '}').collect();
    let c = char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?;
    *chars = ahead;
    Some(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn white_space_has_udpipes_escapes() {
        assert_eq!(escaped(" \t\r\n|\\\u{a0}x"), r"\s\t\r\n\p\\\u{a0}x");
        assert_eq!(unescaped(r"\q\u{zz}\u"), r"\q\u{zz}\u");
    }

    proptest! {
        #[test]
        fn what_is_escaped_is_read_back(text in any::<String>()) {
            let written = escaped(&text);
            prop_assert!(!written.contains(char::is_whitespace) && !written.contains('|'));
            prop_assert_eq!(unescaped(&written), text);
        }
    }
}
