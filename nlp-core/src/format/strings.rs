//! `strings.json`: the strings that a pipeline's vocabulary knows.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use crate::error::FormatError;

/// Shows each string of the list to `each`, in order: large pipelines have half a million of them.
///
/// # Errors
/// If the bytes are no JSON list of strings.
pub fn read(bytes: &[u8], each: impl FnMut(&str)) -> Result<(), FormatError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = json.deserialize_seq(List(each)).and_then(|()| json.end());
    read.map_err(|e| FormatError::new(format!("a JSON list of strings was expected: {e}")))
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

    #[test]
    fn anything_else_is_refused_with_its_place() {
        assert!(all(b"[1]").unwrap_err().reason.contains("line 1 column 2"));
        assert!(all(b"{}").is_err());
        assert!(all(b"[\"a\"").is_err());
        assert!(all(b"[\"a\"] 1").is_err());
        assert!(all(b"").is_err());
    }
}
