//! What looks like a number: the shape that nearly all of spaCy's `like_num` functions share.
//!
//! A sign is dropped, then separators; what is left is all digits, a fraction of digits, a number word, or digits
//! with an ordinal ending. Languages differ in which of these steps they take ([`rules`]), and a few add one of their
//! own ([`odd`]).

mod odd;
pub(crate) mod rules;

use std::borrow::Cow;

use super::case::lower;
use super::chars::{DIGIT, SPACE, all_have, has};
use super::data::Data;
use super::shape::without_last;

/// How a language tells numbers: which steps its `like_num` in `spacy/lang/XX/lex_attrs.py` takes.
pub(crate) struct NumberRule {
    /// White space around the text is dropped and the rest put into lower case before all else.
    trims_and_lowers: bool,
    /// One of `+-±~` in front is dropped.
    sign: bool,
    /// A percent sign at the end is dropped.
    percent: bool,
    /// These are taken out wherever they are.
    separators: &'static [&'static str],
    /// Text of digits alone is a number.
    digits: bool,
    /// Digits, one of these, digits is a number.
    fraction_marks: &'static [char],
    /// How the text is looked up among the number words.
    words: Words,
    /// Endings of ordinals.
    endings: &'static [Ending],
    /// What else is a number, asked last: of the text, and of the text in lower case.
    odd: Option<fn(&str, &str, &Data) -> bool>,
}

/// How text is looked up among a language's number words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    /// Not at all.
    Never,
    /// As it is.
    Exact,
    /// In lower case.
    Lower,
    /// Both.
    Either,
}

/// An ordinal: text that, in lower case, ends in one of `suffixes` and is all digits without the last code points, as
/// many as one of `cuts` says.
struct Ending {
    suffixes: &'static [&'static str],
    cuts: &'static [usize],
}

impl NumberRule {
    /// Whether `word`, which is `lowered` in lower case, looks like a number; `data` holds the words.
    pub(crate) fn matches(&self, word: &str, lowered: &str, data: &Data) -> bool {
        let trimmed = match self.trims_and_lowers {
            true => lowered.trim_matches(|c| has(c, SPACE)),
            false => word,
        };
        let mut text = trimmed;
        if self.sign {
            text = text.strip_prefix(['+', '-', '±', '~']).unwrap_or(text);
        }
        if self.percent {
            text = text.strip_suffix('%').unwrap_or(text);
        }
        let text = &*without(text, self.separators);
        if self.digits && is_digits(text)
            || self
                .fraction_marks
                .iter()
                .any(|&mark| is_fraction(text, mark))
        {
            return true;
        }
        // Most words have lost nothing so far, and need not be put into lower case again.
        let lowered = if self.trims_and_lowers {
            Cow::Borrowed(text)
        } else if text.len() == word.len() {
            Cow::Borrowed(lowered)
        } else {
            lower(text)
        };
        self.is_word(text, &lowered, data)
            || self.is_ordinal(&lowered)
            || self.odd.is_some_and(|odd| odd(text, &lowered, data))
    }

    fn is_word(&self, text: &str, lowered: &str, data: &Data) -> bool {
        match self.words {
            Words::Never => false,
            Words::Exact => data.numbers.contains(text),
            Words::Lower => data.numbers.contains(lowered),
            Words::Either => data.numbers.contains(text) || data.numbers.contains(lowered),
        }
    }

    fn is_ordinal(&self, lowered: &str) -> bool {
        self.endings.iter().any(|ending| {
            ending
                .suffixes
                .iter()
                .any(|suffix| lowered.ends_with(suffix))
                && ending
                    .cuts
                    .iter()
                    .any(|&cut| is_digits(without_last(lowered, cut)))
        })
    }
}

/// `text` with every one of `parts` taken out, one after the other.
fn without<'t>(text: &'t str, parts: &[&str]) -> Cow<'t, str> {
    parts.iter().fold(Cow::Borrowed(text), |text, part| {
        match text.contains(part) {
            true => Cow::Owned(text.replace(part, "")),
            false => text,
        }
    })
}

fn is_digits(text: &str) -> bool {
    all_have(text, DIGIT)
}

fn is_fraction(text: &str, mark: char) -> bool {
    text.split_once(mark)
        .is_some_and(|(over, under)| is_digits(over) && is_digits(under))
}

#[cfg(test)]
mod tests {
    use crate::attr::Attr;
    use crate::lang::Lang;
    use crate::lang::flags::bit;

    fn assert_numbers(code: &str, numbers: &[&str], others: &[&str]) {
        let lang = Lang::get(code).expect("a language");
        let like_num = |text: &&str| lang.flags(text) & bit(Attr::LikeNum) != 0;
        for text in numbers {
            assert!(like_num(text), "{text:?} in {code}");
        }
        for text in others {
            assert!(!like_num(text), "{text:?} in {code}");
        }
    }

    #[test]
    fn digits_signs_separators_and_fractions_are_numbers_in_any_language() {
        assert_numbers(
            "xx",
            &[
                "12", "-1,000.5", "+3", "±1", "~20", "1/2", "٣", "²", "1,/2.",
            ],
            &["", "-", "--1", "1/2/3", "/2", "½", "1e5", "ten", "1 2", "."],
        );
    }

    #[test]
    fn number_words_and_ordinals_are_numbers() {
        assert_numbers(
            "en",
            &[
                "ten", "Ten", "TRILLION", "-ten", "fifth", "1st", "22ND", "3,rd",
            ],
            &["tens", "st", "firsts", "1 st"],
        );
        assert_numbers("de", &["12"], &["zwölf", "12te"]);
        assert_numbers("ar", &["واحد"], &[]);
    }

    #[test]
    fn some_languages_keep_signs_or_case() {
        assert_numbers("nl", &["Drie", "12"], &["-12", "+drie"]);
        assert_numbers("uk", &["десять"], &["Десять", "-1"]);
        assert_numbers("fi", &["kaksi", "-2"], &["Kaksi"]);
    }

    #[test]
    fn endings_cut_as_much_as_spacy_cuts() {
        assert_numbers("am", &["12ኛ"], &["1ኛ", "ኛ"]);
        assert_numbers("tr", &["5nci", "5inci", "3üncü"], &["5ci", "nci"]);
        assert_numbers("kmr", &["2yem", "2em", "2emîn", "2yemîn"], &["yem", "2y"]);
        assert_numbers("ht", &[" 3yèm ", "3YÈM", "-3yèm"], &["yèm"]);
    }

    #[test]
    fn languages_have_numbers_of_their_own() {
        assert_numbers(
            "la",
            &["XIV", "xiv", "iiii", "MMXX\n", "XİV", "12", "CM", "DCCCC"],
            &["IIX", "VX", "-12", "XIVa", "IC"],
        );
        assert_numbers(
            "zh",
            &["三百五", "三百\n", "十一", "一，万五"],
            &["百", "三百百", "三百五六"],
        );
        assert_numbers("ko", &["삼십a"], &["a"]);
        assert_numbers(
            "id",
            &["ke-2", "ke-dua", "dua"],
            &["ke--2", "ke-a-2", "ke-Dua"],
        );
        assert_numbers("el", &["2^3", "δύο", "Δύο μήλα"], &["2^3^4", "μήλα δύο"]);
        assert_numbers("ru", &["50%", "-5%"], &["%", "50%%"]);
        assert_numbers("fa", &["1/2/3", "۱٫۵"], &["-1"]);
        assert_numbers("pt", &["1º", "2ª"], &["1o"]);
        assert_numbers("ne", &["1.2"], &["1,2"]);
        assert_numbers("grc", &[], &["12", "1/2"]);
        assert_numbers(
            "yo",
            &["dídi", "oókàn", "ookan", "OÓKAN", "o\u{301}okan", "12"],
            &["xyz"],
        );
        assert_numbers("mk", &["петтина", "пет"], &["петка"]);
    }
}
