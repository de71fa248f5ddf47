//! Steps of telling numbers that one language alone takes. Each is asked of text that has lost its sign and
//! separators and is neither digits nor a number word.

use std::sync::LazyLock;

use super::is_digits;
use crate::lang::case::lower;
use crate::lang::chars::{MARK, has};
use crate::lang::data::Data;
use crate::lang::words::{WordMap, lines};

/// Greek: the first of words with spaces between is a number word.
pub(super) fn starts_with_number_word(_: &str, lowered: &str, data: &Data) -> bool {
    data.numbers
        .contains(lowered.split(' ').next().unwrap_or_default())
}

/// Hindi: one of the first ordinals, or a number above ten with the ending of ordinals.
pub(super) fn is_hindi_ordinal(text: &str, _: &str, data: &Data) -> bool {
    data.ordinals.contains(text)
        || text
            .strip_suffix("वाँ")
            .is_some_and(|number| data.above_ten.contains(number))
}

/// Indonesian and Malay: a single hyphen, and a number behind it, as in "ke-2".
pub(super) fn is_number_after_hyphen(text: &str, _: &str, data: &Data) -> bool {
    text.split_once('-').is_some_and(|(_, number)| {
        !number.contains('-') && (is_digits(number) || data.numbers.contains(number))
    })
}

/// Korean: any character is a number word.
pub(super) fn has_number_character(text: &str, _: &str, data: &Data) -> bool {
    let mut buffer = [0; 4];
    text.chars()
        .any(|c| data.numbers.contains(&lower(c.encode_utf8(&mut buffer))))
}

/// Macedonian: a number word with an ending.
pub(super) fn is_inflected_macedonian(_: &str, lowered: &str, data: &Data) -> bool {
    const ENDINGS: [&[&str]; 4] = [
        &["а", "о", "и"],
        &["ти", "та", "то", "на"],
        &["ата", "иот", "ите", "ина", "чки"],
        &["мина", "тина"],
    ];
    ENDINGS.iter().flat_map(|group| group.iter()).any(|ending| {
        lowered
            .strip_suffix(ending)
            .is_some_and(|number| data.numbers.contains(number))
    })
}

/// Tamil: a number word once the ending that it takes before others is undone.
pub(super) fn is_inflected_tamil(text: &str, _: &str, data: &Data) -> bool {
    const ENDINGS: [(&str, &str); 4] = [
        ("பத்து", "பது"),
        ("ற்று", "று"),
        ("ரத்து", "ரம்"),
        ("சத்து", "சம்"),
    ];
    // spaCy stops at the first ending that is longer than the text, even where a later one is shorter.
    if text.chars().count() < ENDINGS[0].0.chars().count() {
        return data.numbers.contains(text);
    }
    match ENDINGS
        .iter()
        .find_map(|(ending, plain)| Some((text.strip_suffix(ending)?, plain)))
    {
        Some((stem, plain)) => data.numbers.contains(&format!("{stem}{plain}")),
        None => data.numbers.contains(text),
    }
}

/// Latin: a Roman numeral in any case, with up to four of a kind in a row.
///
/// Python's patterns without regard to case take U+0130 and U+0131 for an I, and `$` also holds before a final
/// newline.
pub(super) fn is_roman_numeral(text: &str, _: &str, _: &Data) -> bool {
    let mut rest = text
        .strip_suffix('\n')
        .unwrap_or(text)
        .chars()
        .map(|c| match c {
            'İ' | 'ı' => 'I',
            _ => c.to_ascii_uppercase(),
        })
        .peekable();
    if rest.peek().is_none() {
        return false;
    }
    while rest.next_if_eq(&'M').is_some() {}
    for (one, five, ten) in [('C', 'D', 'M'), ('X', 'L', 'C'), ('I', 'V', 'X')] {
        let has_five = rest.next_if_eq(&five).is_some();
        let mut ones = 0;
        while ones < 4 && rest.next_if_eq(&one).is_some() {
            ones += 1;
        }
        if ones == 1 && !has_five {
            let _ = rest.next_if(|&c| c == five || c == ten);
        }
    }
    rest.next().is_none()
}

/// Yoruba: one of the syllables that numbers are built with, or a number word once accents are dropped.
pub(super) fn is_yoruba_number(text: &str, _: &str, data: &Data) -> bool {
    const MARKERS: [&str; 6] = ["dí", "dọ", "lé", "di", "le", "do"];
    if MARKERS.iter().any(|marker| text.contains(marker)) {
        return true;
    }
    let plain: String = text
        .chars()
        .filter(|&c| !has(c, MARK))
        .map(|c| base_letter(c).unwrap_or(c))
        .collect();
    is_digits(&plain) || data.numbers.contains(&plain) || data.numbers.contains(&lower(&plain))
}

/// The plain Latin letter under the accents of `c`.
fn base_letter(c: char) -> Option<char> {
    static LETTERS: LazyLock<WordMap<char>> = LazyLock::new(|| {
        let accented = |line: &'static str| {
            let mut parts = line.char_indices();
            let base = parts.next().map_or(' ', |(_, base)| base);
            parts
                .skip(1)
                .map(move |(at, c)| (&line[at..at + c.len_utf8()], base))
        };
        WordMap::new(lines(include_str!("../data/base_letters.txt")).flat_map(accented))
    });
    LETTERS.get(c.encode_utf8(&mut [0; 4])).copied()
}

/// Chinese: one or more pairs of a count and a power of ten, and perhaps a last count.
pub(super) fn is_chinese_number(text: &str, _: &str, _: &Data) -> bool {
    const COUNTS: &str = "一二三四五六七八九壹贰叁肆伍陆柒捌玖";
    const POWERS: &str = "十百千万亿兆拾佰仟";
    // `$` in the pattern also holds before a final newline.
    let text = text.strip_suffix('\n').unwrap_or(text);
    let mut rest = text;
    loop {
        let mut chars = rest.chars();
        match (chars.next(), chars.next()) {
            (Some(count), Some(power)) if COUNTS.contains(count) && POWERS.contains(power) => {
                rest = chars.as_str()
            }
            (Some(count), None) => return COUNTS.contains(count) && rest.len() < text.len(),
            (None, _) => return !text.is_empty(),
            _ => return false,
        }
    }
}
