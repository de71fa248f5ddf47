//! Words that are told by their letters alone (`pymorphy3/shapes.py`, `pymorphy3/units/by_shape.py`).

use std::cmp::Ordering;

use crate::lang::chars::{ALPHA, DECIMAL, PUNCT, SPACE, has};

/// Latin letters, by the names that Unicode 14 gives them: first and last of each run.
const LATIN: [(u32, u32); 33] = [
    (0x41, 0x5a),
    (0x61, 0x7a),
    (0xc0, 0xd6),
    (0xd8, 0xf6),
    (0xf8, 0x2af),
    (0x1d00, 0x1d25),
    (0x1d62, 0x1d65),
    (0x1d6b, 0x1d77),
    (0x1d79, 0x1d9a),
    (0x1e00, 0x1eff),
    (0x2071, 0x2071),
    (0x207f, 0x207f),
    (0x2090, 0x209c),
    (0x2184, 0x2184),
    (0x2c2e, 0x2c2e),
    (0x2c5e, 0x2c5e),
    (0x2c60, 0x2c7c),
    (0x2c7e, 0x2c7f),
    (0xa722, 0xa76f),
    (0xa771, 0xa787),
    (0xa78b, 0xa7ca),
    (0xa7d0, 0xa7d1),
    (0xa7d3, 0xa7d3),
    (0xa7d5, 0xa7d9),
    (0xa7f5, 0xa7f7),
    (0xa7fa, 0xa7ff),
    (0xab30, 0xab5a),
    (0xab60, 0xab64),
    (0xab66, 0xab68),
    (0xfb00, 0xfb06),
    (0xff21, 0xff3a),
    (0xff41, 0xff5a),
    (0x1df00, 0x1df1e),
];

fn is_latin_letter(c: char) -> bool {
    let c = u32::from(c);
    let run = LATIN.binary_search_by(|&(first, last)| match (first > c, last < c) {
        (true, _) => Ordering::Greater,
        (_, true) => Ordering::Less,
        _ => Ordering::Equal,
    });
    run.is_ok()
}

/// Whether there are letters in it, all Latin.
pub(super) fn is_latin(word: &str) -> bool {
    let mut letters = word.chars().filter(|c| has(*c, ALPHA)).peekable();
    letters.peek().is_some() && letters.all(is_latin_letter)
}

/// Whether it is made of punctuation and white space, and not of the second alone.
pub(super) fn is_punctuation(word: &str) -> bool {
    let mut marks = word.chars().filter(|c| !has(*c, SPACE)).peekable();
    marks.peek().is_some() && marks.all(|c| has(c, PUNCT))
}

/// Whether it is a Roman number below 5000, in any case. The empty number is one where a line feed follows.
pub(super) fn is_roman_number(word: &str) -> bool {
    if word.is_empty() {
        return false;
    }
    let word = word.strip_suffix('\n').unwrap_or(word);
    // Python takes both Turkish letters for an I where case does not count.
    let mut letters = word.chars().map(|c| match c {
        'ı' | 'İ' => 'I',
        c => c.to_ascii_uppercase(),
    });
    let mut rest = String::new();
    for letter in &mut letters {
        if rest.len() > "MMMMDCCCLXXXVIII".len() || !letter.is_ascii() {
            return false;
        }
        rest.push(letter);
    }
    let thousands = rest
        .bytes()
        .take(4)
        .take_while(|letter| *letter == b'M')
        .count();
    let mut rest = &rest[thousands..];
    for [one, five, ten] in [["C", "D", "M"], ["X", "L", "C"], ["I", "V", "X"]] {
        let pair = [one, ten].concat();
        let four = [one, five].concat();
        if let Some(after) = rest
            .strip_prefix(&pair)
            .or_else(|| rest.strip_prefix(&four))
        {
            rest = after;
            continue;
        }
        rest = rest.strip_prefix(five).unwrap_or(rest);
        for _ in 0..3 {
            rest = rest.strip_prefix(one).unwrap_or(rest);
        }
    }
    rest.is_empty()
}

/// Whether Python's `int`, or `float` with a comma for the point, reads it.
pub(super) fn is_number(word: &str) -> bool {
    let word = word.trim_matches(|c: char| has(c, SPACE));
    let word = word.strip_prefix(['+', '-']).unwrap_or(word);
    let lower = word.to_ascii_lowercase();
    if matches!(&*lower, "inf" | "infinity" | "nan") {
        return true;
    }
    let (number, exponent) = match lower.split_once('e') {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (&*lower, None),
    };
    let exponent = exponent.map(|digits| digits.strip_prefix(['+', '-']).unwrap_or(digits));
    let (whole, fraction) = match number.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, fraction),
        None => (number, ""),
    };
    let optional = |digits: &str| digits.is_empty() || is_digits(digits);
    exponent.is_none_or(is_digits)
        && !(whole.is_empty() && fraction.is_empty())
        && optional(whole)
        && optional(fraction)
}

/// Decimal digits of any script, with single underscores between.
fn is_digits(digits: &str) -> bool {
    let mut parts = digits.split('_');
    parts.all(|part| !part.is_empty() && part.chars().all(|c| has(c, DECIMAL)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_python_reads_as_one() {
        for word in [
            "1",
            "+1",
            "-1_000",
            " 12\n",
            "٣٤",
            "1.",
            ".5",
            "1,5",
            "1e5",
            "-2.5E-3",
            "INF",
            "nan",
            "+Infinity",
            "1_0,0_1",
        ] {
            assert!(is_number(word), "{word:?}");
        }
        for word in [
            "", " ", "+", ".", "1__0", "_1", "1_", "1e", "e5", "1,2,3", "--1", "0x10", "½", "a",
            "1_.5", "nan1",
        ] {
            assert!(!is_number(word), "{word:?}");
        }
    }

    #[test]
    fn roman_numbers_are_written_in_one_way() {
        for word in [
            "I",
            "iv",
            "MMMMDCCCLXXXVIII",
            "XCIX",
            "CDXLIV",
            "ıv",
            "İX",
            "\n",
            "x\n",
        ] {
            assert!(is_roman_number(word), "{word:?}");
        }
        for word in [
            "", "IIII", "VX", "MMMMM", "IC", "XIIIII", "Ⅷ", "x\n\n", "i v", "DD",
        ] {
            assert!(!is_roman_number(word), "{word:?}");
        }
    }

    #[test]
    fn latin_words_may_have_other_signs_and_no_other_letters() {
        for word in ["a", "123-FOO", "Straße", "ﬁ", "ｗｗｗ.ǆ"] {
            assert!(is_latin(word), "{word}");
        }
        for word in ["", "123", ":)", "a\u{431}", "ª", "µ", "λ", "\u{212a}"] {
            assert!(!is_latin(word), "{word}");
        }
    }

    #[test]
    fn punctuation_may_have_blanks_and_no_symbols() {
        assert!(is_punctuation("..!") && is_punctuation(" , ") && is_punctuation("«"));
        assert!(
            !is_punctuation("")
                && !is_punctuation(" ")
                && !is_punctuation("+")
                && !is_punctuation(".a")
        );
    }
}
