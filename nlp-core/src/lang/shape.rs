//! Attributes that are a piece or a sketch of the word: shape, prefix, suffix, length.

use super::chars::{ALPHA, DIGIT, UPPER, traits};

/// The number of code points from which a shape is `"LONG"`.
const LONG: usize = 100;
/// The most times in a row that a shape repeats a character.
const RUN: usize = 4;

/// Appends the shape of `text` to `out` (`word_shape` in `spacy/lang/lex_attrs.py`): `X` for a capital, `x` for any
/// other letter, `d` for a digit, all else as it is; runs are cut at 4, and from 100 code points on it is `"LONG"`.
pub fn shape_into(text: &str, out: &mut String) {
    if text.len() >= LONG && length(text) >= LONG {
        out.push_str("LONG");
        return;
    }
    let mut last = None;
    let mut run = 0;
    for c in text.chars() {
        let traits = traits(c);
        let sketch = match c {
            _ if traits & ALPHA != 0 && traits & UPPER != 0 => 'X',
            _ if traits & ALPHA != 0 => 'x',
            _ if traits & DIGIT != 0 => 'd',
            _ => c,
        };
        run = if last == Some(sketch) { run + 1 } else { 1 };
        last = Some(sketch);
        if run <= RUN {
            out.push(sketch);
        }
    }
}

/// The first code point of `text`.
pub fn prefix(text: &str) -> &str {
    &text[..text.chars().next().map_or(0, char::len_utf8)]
}

/// The last three code points of `text`, or all of it.
pub fn suffix(text: &str) -> &str {
    let start = text.char_indices().rev().nth(2).map_or(0, |(at, _)| at);
    &text[start..]
}

/// How many code points `text` has.
pub fn length(text: &str) -> usize {
    text.chars().count()
}

/// `text` without its last `count` code points: `text[:-count]` in Python.
pub(crate) fn without_last(text: &str, count: usize) -> &str {
    match count.checked_sub(1) {
        None => text,
        Some(nth) => &text[..text.char_indices().rev().nth(nth).map_or(0, |(at, _)| at)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(text: &str) -> String {
        let mut out = String::new();
        shape_into(text, &mut out);
        out
    }

    #[test]
    fn shapes_sketch_letters_and_digits() {
        for (text, expected) in [
            ("Apple", "Xxxxx"),
            ("C3Po", "XdXx"),
            ("1999", "dddd"),
            ("", ""),
            ("--", "--"),
            ("Über-漢字", "Xxxx-xx"),
            ("²½", "d½"),
            ("ǅ", "x"),
            ("Ⅷ", "Ⅷ"),
        ] {
            assert_eq!(shape(text), expected, "{text:?}");
        }
    }

    #[test]
    fn runs_are_cut_at_four() {
        assert_eq!(shape("internationalisation2024000"), "xxxxdddd");
        assert_eq!(shape("..........x"), "....x");
        assert_eq!(shape("xaXAxa"), "xxXXxx");
    }

    #[test]
    fn a_hundred_code_points_are_long() {
        assert_eq!(shape(&"é".repeat(99)), "xxxx");
        assert_eq!(shape(&"é".repeat(100)), "LONG");
    }

    #[test]
    fn prefix_and_suffix_count_code_points() {
        assert_eq!((prefix("éa"), suffix("naïveté")), ("é", "eté"));
        assert_eq!((prefix("😀"), suffix("😀a")), ("😀", "😀a"));
        assert_eq!((prefix(""), suffix("")), ("", ""));
    }

    #[test]
    fn cutting_more_than_there_is_leaves_nothing() {
        assert_eq!(without_last("12th", 2), "12");
        assert_eq!(without_last("é", 1), "");
        assert_eq!(without_last("é", 2), "");
        assert_eq!(without_last("é", 0), "é");
    }

    proptest! {
        #[test]
        fn shapes_are_never_longer_than_the_word(text in any::<String>()) {
            prop_assert!(length(&shape(&text)) <= length(&text).max(4));
            prop_assert!(text.ends_with(suffix(&text)) && length(suffix(&text)) <= 3);
            prop_assert!(text.starts_with(prefix(&text)) && length(prefix(&text)) <= 1);
        }
    }
}
