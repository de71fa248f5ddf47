//! Text as HTML, and figures as a script, take it.

use serde::Serialize;
use std::fmt::Write;

/// `text` with the characters that mean something to HTML, in text and in quoted attributes, written as references.
/// What could not be seen, would reorder what stands there, or begin a line of a listing, is
/// [made visible](printable::line); tabs stay, which indent a line of source.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in printable::block(text).chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A document of JSON that can stand in a page: nothing in it ends the element that it stands in. Texts from outside have
/// to be [printable](printable::line) already.
pub(crate) fn json(document: &impl Serialize) -> String {
    let plain = serde_json::to_string(document).unwrap_or_else(|_| "null".to_owned());
    let mut safe = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            '<' | '>' | '&' | '\'' | '\u{2028}' | '\u{2029}' => {
                put(&mut safe, format_args!("\\u{:04x}", u32::from(c)));
            }
            c => safe.push(c),
        }
    }
    safe
}

/// Appends to a string, which cannot fail.
pub(crate) fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String returns no error.
    let _ = text.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        assert_eq!(
            escape("<script>alert('a' & \"b\")</script>\u{1b}\n\t"),
            "&lt;script&gt;alert(&#39;a&#39; &amp; &quot;b&quot;)&lt;/script&gt;\\u{1b}\\n\t"
        );
    }

    #[test]
    fn nothing_from_outside_runs_from_right_to_left_or_hides() {
        assert_eq!(
            escape("exe.\u{202e}cod\u{2066}\u{9b}\u{feff}"),
            "exe.\\u{202e}cod\\u{2066}\\u{9b}\\u{feff}"
        );
    }

    #[test]
    fn nothing_in_a_document_ends_the_element_that_it_stands_in_and_it_reads_the_same() {
        let hostile = "</script><!--<script>\"'&\u{2028}\u{2029}\\";
        let text = json(&[hostile]);
        assert!(!text.contains(['<', '>', '&', '\'', '\u{2028}', '\u{2029}']));
        let again: Vec<String> = serde_json::from_str(&text).unwrap();
        assert_eq!(again, [hostile]);
    }
}
