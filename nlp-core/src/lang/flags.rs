//! Yes-or-no attributes of words that are the same in all languages.

use super::chars::{ALPHA, CURRENCY, DIGIT, LOWER, PUNCT, SPACE, TITLE, Traits, UPPER, traits};
use super::url::{like_email, like_url};
use crate::attr::Attr;

/// The bit of an attribute in a word's flags.
pub(crate) const fn bit(attr: Attr) -> u64 {
    1 << attr as u32
}

/// The flags of a `text` that is not empty, all but those that languages decide.
pub(crate) fn common_flags(text: &str) -> u64 {
    let scan = Scan::of(text);
    let mut flags = 0;
    let mut set = |attr, yes: bool| flags |= if yes { bit(attr) } else { 0 };
    set(Attr::IsAlpha, scan.all & ALPHA != 0);
    set(Attr::IsAscii, text.is_ascii());
    set(Attr::IsDigit, scan.all & DIGIT != 0);
    set(Attr::IsPunct, scan.all & PUNCT != 0);
    set(Attr::IsSpace, scan.all & SPACE != 0);
    set(Attr::IsCurrency, scan.all & CURRENCY != 0);
    set(
        Attr::IsLower,
        scan.any & LOWER != 0 && scan.any & (UPPER | TITLE) == 0,
    );
    set(
        Attr::IsUpper,
        scan.any & UPPER != 0 && scan.any & (LOWER | TITLE) == 0,
    );
    set(Attr::IsTitle, scan.title);
    set(Attr::LikeUrl, like_url(text));
    set(Attr::LikeEmail, like_email(text));
    flags | marks(text)
}

/// The properties of all characters of a word, read once.
struct Scan {
    /// Those that every character has.
    all: Traits,
    /// Those that some character has.
    any: Traits,
    /// `str.istitle`: capitals only where no cased letter goes before, small letters only where one does.
    title: bool,
}

impl Scan {
    fn of(text: &str) -> Scan {
        let mut scan = Scan {
            all: Traits::MAX,
            any: 0,
            title: true,
        };
        let mut after_cased = false;
        for c in text.chars() {
            let traits = traits(c);
            scan.all &= traits;
            scan.any |= traits;
            let (capital, small) = (traits & (UPPER | TITLE) != 0, traits & LOWER != 0);
            if (capital && after_cased) || (small && !after_cased) {
                scan.title = false;
            }
            after_cased = capital || small;
        }
        scan.title &= scan.any & (UPPER | LOWER | TITLE) != 0;
        scan
    }
}

/// The flags of brackets and quotation marks.
fn marks(text: &str) -> u64 {
    const BRACKET: u64 = bit(Attr::IsBracket);
    const QUOTE: u64 = bit(Attr::IsQuote);
    const LEFT: u64 = bit(Attr::IsLeftPunct);
    const RIGHT: u64 = bit(Attr::IsRightPunct);
    match text {
        "(" | "[" | "{" | "<" => BRACKET | LEFT,
        ")" | "]" | "}" | ">" => BRACKET | RIGHT,
        "\"" | "'" => QUOTE | LEFT | RIGHT,
        "«" | "‘" | "‚" | "‛" | "“" | "„" | "‟" | "‹" | "❮" | "``" => QUOTE | LEFT,
        "»" | "’" | "”" | "›" | "❯" | "''" => QUOTE | RIGHT,
        "`" => QUOTE,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(text: &str, attr: Attr) -> bool {
        common_flags(text) & bit(attr) != 0
    }

    #[test]
    fn letters_of_all_scripts_are_alpha_and_case_needs_a_cased_letter() {
        assert!(
            is("naïve", Attr::IsAlpha) && !is("naïve1", Attr::IsAlpha) && is("漢字", Attr::IsAlpha)
        );
        assert!(is("ab1", Attr::IsLower) && !is("aB", Attr::IsLower) && !is("漢字", Attr::IsLower));
        assert!(is("U.S.", Attr::IsUpper) && !is("ǅ", Attr::IsUpper) && !is("12", Attr::IsUpper));
    }

    #[test]
    fn title_case_starts_every_word_with_a_capital() {
        for text in ["A", "Hello", "O'Neil", "A1B", "ǅab", "1A", "Don'T"] {
            assert!(is(text, Attr::IsTitle), "{text:?}");
        }
        for text in ["hello", "HEllo", "AB", "Don't", "12", "a1", "漢"] {
            assert!(!is(text, Attr::IsTitle), "{text:?}");
        }
    }

    #[test]
    fn digits_space_punctuation_and_currency_hold_for_the_whole_word() {
        assert!(is("1²٣", Attr::IsDigit) && !is("1½", Attr::IsDigit) && !is("1a", Attr::IsDigit));
        assert!(is(" \u{1c}\u{a0}", Attr::IsSpace) && !is(" a", Attr::IsSpace));
        assert!(is("...", Attr::IsPunct) && !is("$", Attr::IsPunct) && !is("+", Attr::IsPunct));
        assert!(is("$€", Attr::IsCurrency) && !is("$1", Attr::IsCurrency));
        assert!(is("a-1\0", Attr::IsAscii) && !is("é", Attr::IsAscii));
    }

    #[test]
    fn brackets_and_quotes_have_sides() {
        assert!(
            is("(", Attr::IsBracket) && is("(", Attr::IsLeftPunct) && !is("(", Attr::IsRightPunct)
        );
        assert!(
            is("''", Attr::IsQuote) && is("''", Attr::IsRightPunct) && !is("''", Attr::IsLeftPunct)
        );
        assert!(is("\"", Attr::IsLeftPunct) && is("\"", Attr::IsRightPunct));
        assert!(is("`", Attr::IsQuote) && !is("`", Attr::IsLeftPunct));
        assert!(!is("((", Attr::IsBracket));
    }
}
