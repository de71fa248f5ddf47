//! Dictionaries as `dawgdic` writes them and the Python packages DAWG and DAWG-Python do: all words in one automaton.
//!
//! A file is the automaton, an array of 32-bit units, and, where words have records, a guide of two bytes for each unit
//! by which all words with one beginning are walked through. Records stand in it as words that go on after a byte of 1, in
//! base64. Whatever the numbers are, no walk leaves the arrays or takes more than a fixed number of steps.

use crate::bytes::Bytes;
use crate::error::FormatError;
use crate::frozen::frozen;

/// An automaton and its guide.
#[derive(Debug)]
pub struct Dawg {
    bytes: Bytes,
    /// How many units there are, from byte 4 on.
    units: usize,
    /// Where the guide begins in the bytes; its end where there is none.
    guide: usize,
}

frozen!(Dawg {
    bytes,
    units,
    guide
});

/// A letter that stands for another in texts.
#[derive(Debug, Clone, Copy)]
pub struct Substitute {
    /// The letter in texts.
    pub written: char,
    /// The letter that may be meant.
    pub meant: char,
}

/// The number of the first unit.
const ROOT: u32 = 0;
const IS_LEAF: u32 = 1 << 31;
const HAS_LEAF: u32 = 1 << 8;
const IS_EXTENDED: u32 = 1 << 9;

/// What stands between a word and its record.
const SEPARATOR: u8 = 1;

/// The most bytes that a record takes in base64.
const LONGEST_RECORD: usize = 16;
/// The most steps of a walk through the records of one word.
const MOST_STEPS: usize = 1 << 16;
/// The most letters of one word for which another may be meant, and the most spellings of one word that are looked up.
const MOST_SUBSTITUTES: usize = 24;
const MOST_SPELLINGS: usize = 1 << 12;

impl Dawg {
    /// Reads a file. Its units are not looked at.
    ///
    /// # Errors
    /// If there are fewer bytes than the lengths in it say.
    pub fn read(bytes: Bytes) -> Result<Dawg, FormatError> {
        let short = |what: &str| FormatError::new(format!("ends within {what}"));
        let length = |at: usize| {
            let bytes = bytes.get(at..)?.first_chunk::<4>()?;
            usize::try_from(u32::from_le_bytes(*bytes)).ok()
        };
        let units = length(0).ok_or_else(|| short("its length"))?;
        let end = units.checked_mul(4).and_then(|size| size.checked_add(4));
        let end = end.filter(|end| *end <= bytes.len());
        let end = end.ok_or_else(|| short(&format!("its {units} units")))?;
        let guide = match length(end) {
            None => bytes.len(),
            Some(guides) => {
                let size = guides
                    .checked_mul(2)
                    .filter(|size| *size <= bytes.len() - end - 4);
                size.ok_or_else(|| short(&format!("its guide of {guides} units")))?;
                end + 4
            }
        };
        Ok(Dawg {
            bytes,
            units,
            guide,
        })
    }

    /// The number that the word has, if it is there.
    pub fn number(&self, word: &[u8]) -> Option<u32> {
        let state = self.follow(ROOT, word)?;
        let unit = self.unit(state)?;
        if unit & HAS_LEAF == 0 {
            return None;
        }
        Some(self.unit(state ^ offset(unit))? & !IS_LEAF)
    }

    /// The spellings of a word that have records, with the records, of `N` bytes each: first the word as it is, then those
    /// with letters that may be meant, from the first such letter on.
    pub fn spellings<const N: usize>(
        &self,
        word: &str,
        substitute: Option<Substitute>,
    ) -> Vec<(String, Vec<[u8; N]>)> {
        let mut search = Search {
            dawg: self,
            word,
            substitute,
            looked_up: 0,
            found: Vec::new(),
        };
        search.look_up(String::new(), 0, ROOT, 0);
        search.found
    }

    fn unit(&self, state: u32) -> Option<u32> {
        let state = usize::try_from(state)
            .ok()
            .filter(|state| *state < self.units)?;
        let bytes = self.bytes.get(4 + 4 * state..)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*bytes))
    }

    /// The first child of a state and its next sibling, by their labels; 0 for none.
    fn guide(&self, state: u32) -> Option<[u8; 2]> {
        let at = usize::try_from(state).ok()?.checked_mul(2)?;
        let guide = self.bytes.get(self.guide..)?;
        guide.get(at..)?.first_chunk::<2>().copied()
    }

    fn has_value(&self, state: u32) -> bool {
        self.unit(state).is_some_and(|unit| unit & HAS_LEAF != 0)
    }

    fn step(&self, state: u32, label: u8) -> Option<u32> {
        let next = state ^ offset(self.unit(state)?) ^ u32::from(label);
        let unit = self.unit(next)?;
        (next != ROOT && unit & (IS_LEAF | 0xff) == u32::from(label)).then_some(next)
    }

    fn follow(&self, state: u32, labels: &[u8]) -> Option<u32> {
        labels
            .iter()
            .try_fold(state, |state, label| self.step(state, *label))
    }

    /// The records behind a state, in the order of the guide.
    fn records<const N: usize>(&self, state: u32) -> Vec<[u8; N]> {
        let mut records = Vec::new();
        // A state for each byte of `key`, and the one that the walk began in.
        let (mut states, mut key) = (vec![state], Vec::new());
        let mut down = true;
        for _ in 0..MOST_STEPS {
            let Some(&last) = states.last() else {
                break;
            };
            if down && self.has_value(last) {
                records.extend(record(&key));
            }
            let Some([child, sibling]) = self.guide(last) else {
                break;
            };
            let (from, label) = match down && child != 0 && key.len() < LONGEST_RECORD {
                true => (last, child),
                false => {
                    states.pop();
                    key.pop();
                    match (states.last(), sibling) {
                        (Some(&parent), 1..) => (parent, sibling),
                        _ => {
                            down = false;
                            continue;
                        }
                    }
                }
            };
            let Some(next) = self.step(from, label) else {
                break;
            };
            states.push(next);
            key.push(label);
            down = true;
        }
        records
    }
}

/// Where the children of a unit are, less their labels.
fn offset(unit: u32) -> u32 {
    (unit >> 10) << ((unit & IS_EXTENDED) >> 6)
}

/// A look-up of all spellings of a word.
struct Search<'a, const N: usize> {
    dawg: &'a Dawg,
    word: &'a str,
    substitute: Option<Substitute>,
    looked_up: usize,
    found: Vec<(String, Vec<[u8; N]>)>,
}

impl<const N: usize> Search<'_, N> {
    /// Goes on with the word from byte `from` on, after `spelt` has led to `state` instead of what is before that.
    fn look_up(&mut self, spelt: String, from: usize, state: u32, substitutes: usize) {
        self.looked_up += 1;
        let place = self.found.len();
        let mut state = Some(state);
        let rest = &self.word[from..];
        for (at, letter) in rest.char_indices() {
            let Some(before) = state else { return };
            if let Some(substitute) = self.substitute
                && letter == substitute.written
                && substitutes < MOST_SUBSTITUTES
                && self.looked_up < MOST_SPELLINGS
                && let Some(next) = self.follow_char(before, substitute.meant)
            {
                let mut other = String::with_capacity(self.word.len() + 2);
                other.push_str(&spelt);
                other.push_str(&rest[..at]);
                other.push(substitute.meant);
                self.look_up(other, from + at + letter.len_utf8(), next, substitutes + 1);
            }
            state = self.follow_char(before, letter);
        }
        let end = state.and_then(|state| self.dawg.step(state, SEPARATOR));
        if let Some(end) = end {
            let records = self.dawg.records(end);
            self.found.insert(place, ([&spelt, rest].concat(), records));
        }
    }

    fn follow_char(&self, state: u32, letter: char) -> Option<u32> {
        let mut bytes = [0; 4];
        let bytes = letter.encode_utf8(&mut bytes).as_bytes();
        self.dawg.follow(state, bytes)
    }
}

/// The record that stands in base64, if it is one of `N` bytes.
fn record<const N: usize>(key: &[u8]) -> Option<[u8; N]> {
    let digits = key
        .iter()
        .take_while(|byte| **byte != b'=')
        .filter(|byte| **byte != b'\n');
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::with_capacity(N));
    for digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    bytes.try_into().ok()
}
