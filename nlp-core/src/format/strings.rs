//! `strings.json`: the strings that a pipeline's vocabulary knows.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use crate::error::FormatError;

/// Shows each string of the list to `each`, in order: large pipelines have half a million of them.
///
/// # Errors
/// If the bytes are no JSON list of strings.
pub fn read(bytes: &[u8], mut each: impl FnMut(&str)) -> Result<(), FormatError> {
    let mut shown = 0_usize;
    let plain = std::str::from_utf8(bytes).ok().and_then(|text| {
        plain(text, |string| {
            shown += 1;
            each(string);
        })
    });
    if plain.is_some() {
        return Ok(());
    }
    // What serde_json says counts, of what is no such list and of what is written as spaCy does not write it.
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let rest = |string: &str| match shown {
        0 => each(string),
        _ => shown -= 1,
    };
    let read = json.deserialize_seq(List(rest)).and_then(|()| json.end());
    read.map_err(|e| FormatError::new(format!("a JSON list of strings was expected: {e}")))
}

/// As [`read`], a few times as fast; `None` where the list is at fault, or has an escape that stands for half a
/// character. The strings before that were shown.
fn plain(text: &str, mut each: impl FnMut(&str)) -> Option<()> {
    let mut at = after_space(text, 0);
    let next = |at: &mut usize| {
        let byte = text.as_bytes().get(*at).copied();
        *at += 1;
        byte
    };
    if next(&mut at)? != b'[' {
        return None;
    }
    at = after_space(text, at);
    let mut unescaped = String::new();
    let mut closed = text[at..].starts_with(']');
    while !closed {
        if next(&mut at)? != b'"' {
            return None;
        }
        let mut start = at;
        unescaped.clear();
        loop {
            at += plain_bytes(&text.as_bytes()[at..]);
            let run = text.get(start..at)?;
            match next(&mut at)? {
                b'"' if unescaped.is_empty() => each(run),
                b'"' => {
                    unescaped.push_str(run);
                    each(&unescaped);
                }
                b'\\' => {
                    unescaped.push_str(run);
                    let (character, length) = escape(&text.as_bytes()[at..])?;
                    unescaped.push(character);
                    at += length;
                    start = at;
                    continue;
                }
                _ => return None,
            }
            break;
        }
        at = after_space(text, at);
        closed = match next(&mut at)? {
            b',' => false,
            b']' => true,
            _ => return None,
        };
        if !closed {
            at = after_space(text, at);
        } else {
            at -= 1;
        }
    }
    (after_space(text, at + 1) == text.len()).then_some(())
}

/// The place of the next byte that is no white space, from `at` on.
fn after_space(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let is_space = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r');
    at + rest.iter().take_while(is_space).count()
}

/// How many bytes a string goes on before it ends, has an escape, or has a character that may not stand in it.
fn plain_bytes(bytes: &[u8]) -> usize {
    const EACH: u64 = u64::MAX / 255;
    // The highest bit of each byte that is zero; and of bytes after the first of those, perhaps.
    let zeros = |word: u64| word.wrapping_sub(EACH) & !word & EACH << 7;
    let (words, rest) = bytes.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let control = word.wrapping_sub(EACH * 0x20) & !word & EACH << 7;
        let quote = zeros(word ^ (EACH * u64::from(b'"')));
        let found = control | quote | zeros(word ^ (EACH * u64::from(b'\\')));
        if found != 0 {
            return i * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let is_plain = |byte: &&u8| !matches!(byte, 0..0x20 | b'"' | b'\\');
    words.len() * 8 + rest.iter().take_while(is_plain).count()
}

/// The character that stands after a backslash, and the bytes that it takes there.
fn escape(bytes: &[u8]) -> Option<(char, usize)> {
    let character = match bytes.first()? {
        byte @ (b'"' | b'\\' | b'/') => char::from(*byte),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(bytes),
        _ => return None,
    };
    Some((character, 1))
}

/// As [`escape`], of `u` and four digits, or of two such where characters need them.
fn unicode_escape(bytes: &[u8]) -> Option<(char, usize)> {
    let unit = |bytes: &[u8]| {
        let mut digits = bytes.first_chunk::<4>()?.iter();
        digits.try_fold(0, |unit, digit| {
            Some(unit << 4 | char::from(*digit).to_digit(16)?)
        })
    };
    let first = unit(&bytes[1..])?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, 5));
    }
    let second = unit(bytes[5..].strip_prefix(b"\\u")?)?;
    if !(0xd800..0xdc00).contains(&first) || !(0xdc00..0xe000).contains(&second) {
        return None;
    }
    let character = 0x1_0000 + (((first - 0xd800) << 10) | (second - 0xdc00));
    Some((char::from_u32(character)?, 11))
}

/// How many strings there are at most. It is not far from how many there are.
pub fn most(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'"').count() / 2
}

/// The list, whose strings are shown to a function.
struct List<F>(F);

impl<'de, F: FnMut(&str)> Visitor<'de> for List<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Text(&mut self.0))?.is_some() {}
        Ok(())
    }
}

/// A string, which is shown to a function.
struct Text<'f, F>(&'f mut F);

impl<'de, F: FnMut(&str)> DeserializeSeed<'de> for Text<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_str(self)
    }
}

impl<F: FnMut(&str)> Visitor<'_> for Text<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        (self.0)(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(bytes: &[u8]) -> Result<Vec<String>, FormatError> {
        let mut strings = Vec::new();
        read(bytes, |text| strings.push(text.to_owned()))?;
        assert!(strings.len() <= most(bytes));
        Ok(strings)
    }

    #[test]
    fn strings_are_read_with_their_escapes() {
        assert_eq!(
            all(br#"["", "a\nb", "\u00fc", "\ud83d\ude00", "\""]"#).unwrap(),
            ["", "a\nb", "ü", "😀", "\""]
        );
        assert!(all(b"[]").unwrap().is_empty());
    }

    /// What serde_json makes of the list.
    fn expected(bytes: &[u8]) -> Option<Vec<String>> {
        serde_json::from_slice(bytes).ok()
    }

    #[test]
    fn every_way_to_write_a_string_is_read_as_serde_json_reads_it() {
        for list in [
            r#"["\"\\\/\b\f\n\r\t", "\u0041\u00E9\u20ac", "x\ud83d\ude00y\ud83d\ude00"]"#,
            r#"["\ud83d"]"#,
            r#"["fine", "\ud83d\u0041"]"#,
            r#"["\ude00\ud83d"]"#,
            r#"["\ud83d\ude0"]"#,
            r#"["\u12"]"#,
            r#"["\u+123"]"#,
            r#"["\x"]"#,
            r#"["a" "b"]"#,
            r#"["a",]"#,
            r#"["a"],"#,
            r#"[,"a"]"#,
            r#"["a", ["b"]]"#,
            "[\"a\nb\"]",
            "[\"a\u{7f}\u{80}é\u{1f600}\"]",
            " [ \"a\" , \"b\"\n,\r\"\"\t] \n",
            "[ ]",
            "[",
            "]",
            "[\"",
            "[\"\\",
        ] {
            assert_eq!(
                all(list.as_bytes()).ok(),
                expected(list.as_bytes()),
                "{list}"
            );
        }
        assert!(all(b"[\"\xff\"]").is_err());
    }

    proptest! {
        #[test]
        fn lists_are_read_as_serde_json_reads_them(
            strings in prop::collection::vec(any::<String>(), 0..6),
            pretty: bool,
            damage in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
        ) {
            let mut bytes = match pretty {
                true => serde_json::to_vec_pretty(&strings).unwrap(),
                false => serde_json::to_vec(&strings).unwrap(),
            };
            prop_assert_eq!(all(&bytes).unwrap(), strings);
            if let Some((place, byte)) = damage {
                let place = place.index(bytes.len());
                bytes[place] = byte;
                prop_assert_eq!(all(&bytes).ok(), expected(&bytes));
            }
        }
    }

    #[test]
    fn strings_end_where_a_byte_is_none_of_theirs() {
        for length in 0..40 {
            for end in ["\"", "\\", "\u{0}", "\u{1f}"] {
                let text = format!(
                    "{}{end}é",
                    "é~ \u{7f}#!]"
                        .repeat(9)
                        .chars()
                        .take(length)
                        .collect::<String>()
                );
                let expected = text.find(end).unwrap();
                assert_eq!(plain_bytes(text.as_bytes()), expected, "{text:?}");
            }
        }
    }

    #[test]
    fn anything_else_is_refused_with_its_place() {
        assert!(all(b"[1]").unwrap_err().reason.contains("line 1 column 2"));
        assert!(all(b"{}").is_err());
        assert!(all(b"[\"a\"").is_err());
        assert!(all(b"[\"a\"] 1").is_err());
        assert!(all(b"").is_err());
    }
}
