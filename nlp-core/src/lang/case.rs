//! Lower case, as `str.lower` makes it.

use std::borrow::Cow;

use super::chars::{CASED, IGNORABLE, TITLE, UPPER, has, traits};

/// `text` in lower case, borrowed where that is `text` itself.
///
/// A capital sigma at the end of a word becomes a final one; U+0130 becomes two characters; characters that are newer
/// than Unicode 14 stay as they are.
pub fn lower(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return match text.bytes().any(|b| b.is_ascii_uppercase()) {
            true => Cow::Owned(text.to_ascii_lowercase()),
            false => Cow::Borrowed(text),
        };
    }
    let Some((first, _)) = text.char_indices().find(|&(_, c)| has(c, UPPER | TITLE)) else {
        return Cow::Borrowed(text);
    };
    let mut lowered = String::with_capacity(text.len() + 2);
    lowered.push_str(&text[..first]);
    for (at, c) in text[first..].char_indices() {
        if c == 'Σ' {
            lowered.push(match is_final(text, first + at) {
                true => 'ς',
                false => 'σ',
            });
        } else if has(c, UPPER | TITLE) {
            lowered.extend(c.to_lowercase());
        } else {
            lowered.push(c);
        }
    }
    Cow::Owned(lowered)
}

/// Whether the sigma at byte `at` ends a word: the nearest character before it that is not case-ignorable is a cased
/// letter, and the nearest after it is not (Final_Sigma in chapter 3.13 of the Unicode Standard).
fn is_final(text: &str, at: usize) -> bool {
    let cased = |c: char| traits(c) & CASED != 0;
    let ignorable = |c: &char| traits(*c) & IGNORABLE != 0;
    text[..at]
        .chars()
        .rev()
        .find(|c| !ignorable(c))
        .is_some_and(cased)
        && !text[at + 'Σ'.len_utf8()..]
            .chars()
            .find(|c| !ignorable(c))
            .is_some_and(cased)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lower_case_text_is_borrowed() {
        for text in ["", "word", "1,5%", "straße", "漢字", "ǆ"] {
            assert!(
                matches!(lower(text), Cow::Borrowed(t) if t == text),
                "{text:?}"
            );
        }
    }

    #[test]
    fn capitals_of_any_script_are_lowered() {
        for (text, expected) in [
            ("U.S.A.", "u.s.a."),
            ("ÉCOLE", "école"),
            ("ǅ", "ǆ"),
            ("İstanbul", "i̇stanbul"),
            ("ẞ", "ß"),
            ("Ⅷ", "ⅷ"),
            ("𐐀", "𐐨"),
        ] {
            assert_eq!(lower(text), expected);
        }
    }

    #[test]
    fn sigma_is_final_at_the_end_of_a_word_alone() {
        for (text, expected) in [
            ("ΟΔΟΣ", "οδος"),
            ("Σ", "σ"),
            ("ΣΑΣ", "σας"),
            ("ΑΣ.", "ας."),
            ("ΑΣ'Α", "ασ'α"),
            ("Α.Σ", "α.ς"),
            ("1Σ", "1σ"),
        ] {
            assert_eq!(lower(text), expected, "{text}");
        }
    }

    #[test]
    fn capitals_newer_than_unicode_14_stay() {
        assert_eq!(lower("\u{10d50}A"), "\u{10d50}a");
    }

    proptest! {
        #[test]
        fn lowering_twice_changes_nothing_more(text in "\\PC{0,40}") {
            let once = lower(&text).into_owned();
            prop_assert_eq!(lower(&once).into_owned(), once);
        }
    }
}
