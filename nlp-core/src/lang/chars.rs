//! What Python says of single characters: Unicode 14, as in the Python 3.11 that spaCy 3.8 was measured on.
//!
//! Rust's own `char` methods follow other definitions (`is_alphabetic` is not `isalpha`) and a newer Unicode, so the
//! properties come from a table, `data/characters.txt`. Looking one up is two loads, for any character.

/// Properties of a character: a set of the constants below.
pub(crate) type Traits = u16;

/// `str.isalpha`: a letter, of any general category L.
pub(crate) const ALPHA: Traits = 1;
/// `str.isdigit`: superscripts and circled digits too.
pub(crate) const DIGIT: Traits = 1 << 1;
/// `str.isdecimal`, and `\d` in a pattern.
pub(crate) const DECIMAL: Traits = 1 << 2;
/// `str.isnumeric`: fractions and ideographs too.
pub(crate) const NUMERIC: Traits = 1 << 3;
/// `str.isspace`, and `\s` in a pattern: U+001C to U+001F too.
pub(crate) const SPACE: Traits = 1 << 4;
/// The property Uppercase.
pub(crate) const UPPER: Traits = 1 << 5;
/// The property Lowercase.
pub(crate) const LOWER: Traits = 1 << 6;
/// A capital and a small letter in one character, as U+01C5: general category Lt.
pub(crate) const TITLE: Traits = 1 << 7;
/// Any general category P.
pub(crate) const PUNCT: Traits = 1 << 8;
/// General category Sc.
pub(crate) const CURRENCY: Traits = 1 << 9;
/// Case_Ignorable: the rule for final sigma looks past it.
pub(crate) const IGNORABLE: Traits = 1 << 10;
/// General category Mn: combining marks that take no room.
pub(crate) const MARK: Traits = 1 << 11;
/// In `ALPHA_LOWER` of `spacy/lang/char_classes.py`: letters in lower case or of scripts without case.
pub(crate) const LOWER_OR_UNCASED: Traits = 1 << 12;
/// Upper, lower or title case.
pub(crate) const CASED: Traits = UPPER | LOWER | TITLE;

/// The letters that stand for the properties in the data file, lowest bit first.
const LETTERS: &[u8] = b"ADdNSULTPCIMu";

/// The properties of `c`.
#[inline]
pub(crate) fn traits(c: char) -> Traits {
    let point = c as usize;
    TABLE.blocks[TABLE.leaf_of[point / BLOCK] as usize][point % BLOCK]
}

/// Whether `c` has one of the properties `any`.
#[inline]
pub(crate) fn has(c: char, any: Traits) -> bool {
    traits(c) & any != 0
}

/// Whether Python's `str.isspace` is true of the character.
pub(crate) fn is_space(c: char) -> bool {
    has(c, SPACE)
}

/// Whether all characters of `text` have one of the properties `any`, and there is at least one.
#[inline]
pub(crate) fn all_have(text: &str, any: Traits) -> bool {
    !text.is_empty() && text.chars().all(|c| has(c, any))
}

/// Code points that share an entry of the first level.
const BLOCK: usize = 128;
const BLOCKS: usize = 0x110000 / BLOCK;
/// Different blocks that the data holds: one for each set of traits that fills whole blocks, and the mixed ones.
const LEAVES: usize = 300;

struct Table {
    leaf_of: [u16; BLOCKS],
    blocks: [[Traits; BLOCK]; LEAVES],
}

static TABLE: Table = build();

const DATA: &[u8] = include_bytes!("data/characters.txt");

const fn line_count() -> usize {
    let (mut lines, mut i) = (0, 0);
    while i < DATA.len() {
        lines += (DATA[i] == b'\n') as usize;
        i += 1;
    }
    lines
}

/// Reads lines such as `41 AUu`, after the first line, into the first code point of a run and its traits.
const fn parse_runs() -> [(usize, Traits); line_count() - 1] {
    let mut runs = [(0, 0); line_count() - 1];
    let (mut run, mut i) = (0, 0);
    while DATA[i] != b'\n' {
        i += 1;
    }
    while i + 1 < DATA.len() {
        i += 1;
        let (mut start, mut traits) = (0, 0);
        while DATA[i] != b' ' {
            let digit = (DATA[i] as char)
                .to_digit(16)
                .expect("code points are in hexadecimal");
            start = start * 16 + digit as usize;
            i += 1;
        }
        i += 1;
        while DATA[i] != b'\n' {
            if DATA[i] != b'-' {
                let mut bit = 0;
                while LETTERS[bit] != DATA[i] {
                    bit += 1;
                }
                traits |= 1 << bit;
            }
            i += 1;
        }
        runs[run] = (start, traits);
        run += 1;
    }
    runs
}

const fn build() -> Table {
    let runs = parse_runs();
    let mut table = Table {
        leaf_of: [0; BLOCKS],
        blocks: [[0; BLOCK]; LEAVES],
    };
    // Blocks of one run share a leaf with others of the same traits: which leaf, by the traits.
    let mut uniform: [(Traits, u16); 64] = [(0, 0); 64];
    let (mut uniforms, mut leaves) = (0, 0);
    let (mut run, mut block) = (0, 0);
    while block < BLOCKS {
        let (first, end) = (block * BLOCK, (block + 1) * BLOCK);
        if run + 1 < runs.len() && runs[run + 1].0 == first {
            run += 1;
        }
        if run + 1 == runs.len() || runs[run + 1].0 >= end {
            let traits = runs[run].1;
            let mut known = 0;
            while known < uniforms && uniform[known].0 != traits {
                known += 1;
            }
            if known == uniforms {
                uniform[known] = (traits, leaves as u16);
                uniforms += 1;
                table.blocks[leaves] = [traits; BLOCK];
                leaves += 1;
            }
            table.leaf_of[block] = uniform[known].1;
        } else {
            let mut point = first;
            while point < end {
                if run + 1 < runs.len() && runs[run + 1].0 == point {
                    run += 1;
                }
                table.blocks[leaves][point - first] = runs[run].1;
                point += 1;
            }
            table.leaf_of[block] = leaves as u16;
            leaves += 1;
        }
        block += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_separators_and_wide_spaces_are_space() {
        for c in [
            '\t', ' ', '\u{1c}', '\u{1f}', '\u{85}', '\u{a0}', '\u{2028}', '\u{3000}',
        ] {
            assert!(has(c, SPACE), "{c:?}");
        }
        for c in ['\u{200b}', '\u{feff}', '\u{180e}', 'a', '\0'] {
            assert!(!has(c, SPACE), "{c:?}");
        }
    }

    #[test]
    fn letters_are_those_of_general_category_l() {
        for c in ['a', 'ß', 'ª', 'ǅ', 'ʰ', 'א', '漢', '\u{20000}'] {
            assert!(has(c, ALPHA), "{c:?}");
        }
        // Alphabetic to Rust, but no letters.
        for c in ['Ⅷ', 'Ⓐ', '\u{345}', '\u{93e}'] {
            assert!(c.is_alphabetic() && !has(c, ALPHA), "{c:?}");
        }
    }

    #[test]
    fn digits_decimals_and_numbers_are_told_apart() {
        assert_eq!(
            traits('7') & (DIGIT | DECIMAL | NUMERIC),
            DIGIT | DECIMAL | NUMERIC
        );
        assert_eq!(traits('²') & (DIGIT | DECIMAL | NUMERIC), DIGIT | NUMERIC);
        assert_eq!(traits('½') & (DIGIT | DECIMAL | NUMERIC), NUMERIC);
        assert_eq!(traits('٣') & DECIMAL, DECIMAL);
    }

    #[test]
    fn characters_newer_than_unicode_14_have_no_properties() {
        assert_eq!(traits('\u{10d50}'), 0, "Garay, of Unicode 16");
        assert_eq!(traits('\u{11f04}') & ALPHA, 0, "Kawi, of Unicode 15");
    }

    #[test]
    fn runs_end_where_the_next_begins() {
        for (c, expected) in [
            ('@', PUNCT),
            ('A', ALPHA | UPPER),
            ('Z', ALPHA | UPPER),
            ('[', PUNCT),
        ] {
            assert_eq!(traits(c), expected, "{c:?}");
        }
        assert_eq!(traits(char::MAX), 0);
    }
}
