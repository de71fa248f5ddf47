//! `strings.json`: the strings that a pipeline's vocabulary knows.

use crate::error::FormatError;

/// Reads the list of strings.
///
/// # Errors
/// If the bytes are no JSON list of strings.
pub fn read(bytes: &[u8]) -> Result<Vec<String>, FormatError> {
    serde_json::from_slice(bytes)
        .map_err(|e| FormatError::new(format!("a JSON list of strings was expected: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_with_their_escapes() {
        assert_eq!(
            read(br#"["", "a\nb", "\u00fc", "\ud83d\ude00"]"#).unwrap(),
            ["", "a\nb", "ü", "😀"]
        );
    }

    #[test]
    fn anything_else_is_refused_with_its_place() {
        assert!(read(b"[1]").unwrap_err().reason.contains("line 1 column 2"));
        assert!(read(b"{}").is_err());
        assert!(read(b"[\"a\"").is_err());
        assert!(read(b"").is_err());
    }
}
