//! Text as HTML takes it.

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
}
