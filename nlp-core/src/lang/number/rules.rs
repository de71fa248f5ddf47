//! The rules of numbers that languages follow: which steps each takes.

use super::odd;
use super::{Ending, NumberRule, Words};

/// What languages without a `like_num` of their own do.
pub(crate) const DIGITS: NumberRule = NumberRule {
    trims_and_lowers: false,
    sign: true,
    percent: false,
    separators: &[",", "."],
    digits: true,
    fraction_marks: &['/'],
    words: Words::Never,
    endings: &[],
    odd: None,
};

/// Number words in lower case too.
pub(crate) const LOWER: NumberRule = NumberRule {
    words: Words::Lower,
    ..DIGITS
};

/// Number words as they are spelt too.
pub(crate) const EXACT: NumberRule = NumberRule {
    words: Words::Exact,
    ..DIGITS
};

/// As [`LOWER`], and signs are not dropped.
pub(crate) const LOWER_UNSIGNED: NumberRule = NumberRule {
    sign: false,
    ..LOWER
};

/// As [`EXACT`], and signs are not dropped.
pub(crate) const EXACT_UNSIGNED: NumberRule = NumberRule {
    sign: false,
    ..EXACT
};

/// Amharic. spaCy drops two code points for an ending of one, so "12ኛ" is a number and "1ኛ" is not.
pub(crate) const AMHARIC: NumberRule = NumberRule {
    endings: &[Ending {
        suffixes: &["ኛ"],
        cuts: &[2],
    }],
    ..LOWER
};

/// Greek.
pub(crate) const GREEK: NumberRule = NumberRule {
    fraction_marks: &['/', '^'],
    words: Words::Either,
    odd: Some(odd::starts_with_number_word),
    ..DIGITS
};

/// English.
pub(crate) const ENGLISH: NumberRule = NumberRule {
    endings: &[Ending {
        suffixes: &["st", "nd", "rd", "th"],
        cuts: &[2],
    }],
    ..LOWER
};

/// Persian.
pub(crate) const PERSIAN: NumberRule = NumberRule {
    separators: &[",", ".", "،", "٫", "/"],
    fraction_marks: &[],
    ..EXACT_UNSIGNED
};

/// Ancient Greek: number words alone.
pub(crate) const ANCIENT_GREEK: NumberRule = NumberRule {
    sign: false,
    separators: &[],
    digits: false,
    fraction_marks: &[],
    ..LOWER
};

/// Hindi.
pub(crate) const HINDI: NumberRule = NumberRule {
    odd: Some(odd::is_hindi_ordinal),
    ..LOWER
};

/// Haitian Creole.
pub(crate) const HAITIAN: NumberRule = NumberRule {
    trims_and_lowers: true,
    endings: &[Ending {
        suffixes: &["yèm"],
        cuts: &[3],
    }],
    ..EXACT
};

/// Indonesian and Malay.
pub(crate) const MALAY: NumberRule = NumberRule {
    odd: Some(odd::is_number_after_hyphen),
    ..LOWER
};

/// Northern Kurdish.
pub(crate) const KURMANJI: NumberRule = NumberRule {
    endings: &[
        Ending {
            suffixes: &["em"],
            cuts: &[2],
        },
        Ending {
            suffixes: &["yem"],
            cuts: &[3],
        },
        Ending {
            suffixes: &["emîn"],
            cuts: &[4],
        },
        Ending {
            suffixes: &["yemîn"],
            cuts: &[5],
        },
    ],
    ..LOWER
};

/// Korean.
pub(crate) const KOREAN: NumberRule = NumberRule {
    odd: Some(odd::has_number_character),
    ..DIGITS
};

/// Latin.
pub(crate) const LATIN: NumberRule = NumberRule {
    sign: false,
    separators: &[],
    fraction_marks: &[],
    odd: Some(odd::is_roman_numeral),
    ..LOWER
};

/// Macedonian.
pub(crate) const MACEDONIAN: NumberRule = NumberRule {
    odd: Some(odd::is_inflected_macedonian),
    ..LOWER
};

/// Nepali. The first separator is a comma and a space, which no token holds, so commas stay.
pub(crate) const NEPALI: NumberRule = NumberRule {
    separators: &[", ", "."],
    ..LOWER
};

/// Portuguese.
pub(crate) const PORTUGUESE: NumberRule = NumberRule {
    separators: &[",", ".", "º", "ª"],
    ..LOWER
};

/// Russian.
pub(crate) const RUSSIAN: NumberRule = NumberRule {
    percent: true,
    ..LOWER
};

/// Tamil.
pub(crate) const TAMIL: NumberRule = NumberRule {
    odd: Some(odd::is_inflected_tamil),
    ..LOWER_UNSIGNED
};

/// Tigrinya; two code points are dropped for an ending of one, as in [`AMHARIC`].
pub(crate) const TIGRINYA: NumberRule = NumberRule {
    endings: &[Ending {
        suffixes: &["ይ"],
        cuts: &[2],
    }],
    ..LOWER
};

/// Setswana.
pub(crate) const TSWANA: NumberRule = NumberRule {
    endings: &[Ending {
        suffixes: &["th"],
        cuts: &[2],
    }],
    ..LOWER
};

/// Azerbaijani and Turkish.
pub(crate) const TURKIC: NumberRule = NumberRule {
    endings: &[Ending {
        suffixes: &["inci", "ıncı", "nci", "ncı", "uncu", "üncü"],
        cuts: &[3, 4],
    }],
    ..LOWER
};

/// Yoruba.
pub(crate) const YORUBA: NumberRule = NumberRule {
    sign: false,
    fraction_marks: &[],
    odd: Some(odd::is_yoruba_number),
    ..DIGITS
};

/// Chinese.
pub(crate) const CHINESE: NumberRule = NumberRule {
    separators: &[",", ".", "，", "。"],
    odd: Some(odd::is_chinese_number),
    ..EXACT
};
