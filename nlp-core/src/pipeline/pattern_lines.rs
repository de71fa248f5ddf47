//! The patterns of a ruler, a JSON object a line.

use serde_json::Value;

use crate::error::FormatError;

/// A pattern: what is looked for, and what it is then called.
#[derive(Debug, PartialEq)]
pub(super) struct Entry {
    pub label: String,
    /// What `id` says; `None` where it is not there, or null.
    pub id: Option<String>,
    pub pattern: Pattern,
}

/// What is looked for.
#[derive(Debug, PartialEq)]
pub(super) enum Pattern {
    Phrase(String),
    /// Descriptions of tokens.
    Tokens(Value),
    /// Neither: it does not say what to look for.
    Other(Value),
}

/// Shows `each` the entries of a file in their order. Blank lines are skipped.
///
/// # Errors
/// If a line is no such object, and what `each` returns: with the line.
pub(super) fn read(
    bytes: &[u8],
    mut each: impl FnMut(Entry) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        FormatError::new(format!("is not UTF-8 at byte {}", error.valid_up_to()))
    })?;
    for (number, line) in (1..).zip(text.split('\n')) {
        // A carriage return ends a line too, as it does for Python.
        for part in line.split('\r').map(str::trim) {
            if !part.is_empty() {
                let done = entry(part).and_then(&mut each);
                done.map_err(|error| error.within(format!("line {number}")))?;
            }
        }
    }
    Ok(())
}

fn entry(line: &str) -> Result<Entry, FormatError> {
    let bad = |reason: &str| FormatError::new(reason);
    let value = serde_json::from_str(line);
    let value = value.map_err(|error| FormatError::new(format!("this is no JSON: {error}")))?;
    let Value::Object(mut entry) = value else {
        return Err(bad("is no JSON object"));
    };
    let label = match entry.remove("label") {
        Some(Value::String(label)) => label,
        Some(_) => return Err(bad("\"label\" is no string")),
        None => return Err(bad("has no \"label\"")),
    };
    let id = match entry.remove("id") {
        Some(Value::String(id)) => Some(id),
        Some(Value::Null) | None => None,
        Some(_) => return Err(bad("\"id\" is no string: put it in quotes")),
    };
    let pattern = match entry.remove("pattern") {
        Some(Value::String(phrase)) => Pattern::Phrase(phrase),
        Some(tokens @ Value::Array(_)) => Pattern::Tokens(tokens),
        Some(other) => Pattern::Other(other),
        None => return Err(bad("has no \"pattern\"")),
    };
    Ok(Entry { label, id, pattern })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> Result<Vec<Entry>, String> {
        let mut entries = Vec::new();
        let each = |entry| {
            entries.push(entry);
            Ok(())
        };
        let read = read(text.as_bytes(), each);
        read.map(|()| entries).map_err(|error| error.reason)
    }

    #[test]
    fn a_line_is_a_pattern_and_blank_lines_are_none() {
        let text = "{\"label\":\"A\",\"pattern\":\"x\",\"id\":null}\r\n\n \t\n\
                    {\"label\":\"B\",\"pattern\":[{\"LOWER\":\"x\"}],\"id\":\"b\",\"else\":1}\n";
        let entries = read_all(text).unwrap();
        assert_eq!(entries.len(), 2);
        let phrase = Entry {
            label: "A".into(),
            id: None,
            pattern: Pattern::Phrase("x".into()),
        };
        assert_eq!(entries[0], phrase);
        assert_eq!(entries[1].id.as_deref(), Some("b"));
        assert!(
            matches!(&entries[1].pattern, Pattern::Tokens(tokens) if tokens[0]["LOWER"] == "x")
        );
    }

    #[test]
    fn what_is_no_pattern_is_an_error_that_names_the_line() {
        for (line, expected) in [
            ("[1]", "line 3: is no JSON object"),
            ("{\"pattern\": \"x\"}", "line 3: has no \"label\""),
            ("{\"label\": \"x\"}", "line 3: has no \"pattern\""),
            (
                "{\"label\": 1, \"pattern\": \"x\"}",
                "line 3: \"label\" is no string",
            ),
            (
                "{\"label\": \"A\", \"pattern\": \"x\", \"id\": 5}",
                "line 3: \"id\" is no string: put it in quotes",
            ),
        ] {
            assert_eq!(
                read_all(&format!("\r\n\r\n{line}\n")).unwrap_err(),
                expected
            );
        }
        assert!(
            read_all("\n{")
                .unwrap_err()
                .starts_with("line 2: this is no JSON: ")
        );
        let error = read(b"\n\xff", |_| Ok(())).unwrap_err();
        assert_eq!(error.reason, "is not UTF-8 at byte 1");
    }
}
