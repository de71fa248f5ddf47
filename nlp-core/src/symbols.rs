//! The ids of strings: spaCy's reserved symbols, and hashes for all others.

use crate::hash::murmur64a;

/// How many symbols are reserved: their ids are `0..COUNT`, the empty string being 0.
pub const COUNT: usize = 457;

const DATA: &str = include_str!("symbols/names.txt");

static NAMES: [&str; COUNT] = parse_names(DATA);

/// Symbols by the low bits of their hash, open addressing, 0 for a free slot. Four slots in five are free, so a
/// string that is no symbol, as nearly all are, is told after about one look and no comparison.
static SLOTS: [u16; SLOT_COUNT] = fill_slots();

const SLOT_COUNT: usize = 2048;

/// The id of `text`: 0 for the empty string, a symbol's number, or the hash of its UTF-8
/// (`get_string_id` in `spacy/strings.pyx`).
#[inline]
pub fn string_id(text: &str) -> u64 {
    let hash = murmur64a(text.as_bytes(), 1);
    symbol_with_hash(text, hash).unwrap_or(hash)
}

/// The id of the reserved symbol spelt `text`, if there is one; the empty string is symbol 0.
#[inline]
pub fn symbol_id(text: &str) -> Option<u64> {
    symbol_with_hash(text, murmur64a(text.as_bytes(), 1))
}

/// The spelling of the reserved symbol `id`; `None` for any id that is a hash.
#[inline]
pub fn symbol_name(id: u64) -> Option<&'static str> {
    NAMES.get(usize::try_from(id).ok()?).copied()
}

#[inline]
fn symbol_with_hash(text: &str, hash: u64) -> Option<u64> {
    if text.is_empty() {
        return Some(0);
    }
    let mut slot = hash as usize % SLOT_COUNT;
    while SLOTS[slot] != 0 {
        let id = SLOTS[slot];
        if NAMES[id as usize] == text {
            return Some(id as u64);
        }
        slot = (slot + 1) % SLOT_COUNT;
    }
    None
}

const fn parse_names(data: &'static str) -> [&'static str; COUNT] {
    let mut names = [""; COUNT];
    let mut rest = data;
    let mut id = 0;
    while id < COUNT {
        let mut end = 0;
        while rest.as_bytes()[end] != b'\n' {
            end += 1;
        }
        let (line, after) = rest.split_at(end);
        if line.is_empty() || line.as_bytes()[0] != b'#' {
            names[id] = line;
            id += 1;
        }
        rest = after.split_at(1).1;
    }
    assert!(rest.is_empty(), "names.txt holds more names than COUNT");
    names
}

const fn fill_slots() -> [u16; SLOT_COUNT] {
    let names = parse_names(DATA);
    let mut slots = [0; SLOT_COUNT];
    let mut id = 1;
    while id < COUNT {
        let mut slot = murmur64a(names[id].as_bytes(), 1) as usize % SLOT_COUNT;
        while slots[slot] != 0 {
            slot = (slot + 1) % SLOT_COUNT;
        }
        slots[slot] = id as u16;
        id += 1;
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ids_of_symbols_are_inverse() {
        for id in 0..COUNT as u64 {
            let name = symbol_name(id).expect("every id below COUNT has a name");
            assert_eq!(symbol_id(name), Some(id), "{name:?}");
            assert_eq!(string_id(name), id, "{name:?}");
        }
    }

    #[test]
    fn symbols_are_numbered_as_in_spacy() {
        for (name, id) in [
            ("", 0),
            ("IS_ALPHA", 1),
            ("ORTH", 65),
            ("X", 101),
            ("ORG", 383),
            ("nsubj", 429),
            ("_", 456),
        ] {
            assert_eq!(string_id(name), id, "{name:?}");
        }
    }

    #[test]
    fn strings_that_are_no_symbol_have_their_hash() {
        assert_eq!(string_id("apple"), 8566208034543834098);
        assert_eq!(symbol_id("apple"), None);
        assert_eq!(symbol_id("is_alpha"), None);
        assert_eq!(symbol_name(COUNT as u64), None);
        assert_eq!(symbol_name(u64::MAX), None);
    }
}
