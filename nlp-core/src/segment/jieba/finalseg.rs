//! Words that are in no dictionary, by a hidden Markov model of where a character stands in a word
//! (`jieba/finalseg/__init__.py`).

use std::collections::HashMap;
use std::path::PathBuf;

use super::super::literal::{self, Item};
use super::super::words::{CHARS_A_LOOK, Words, out_of_time};
use crate::error::{Error, FormatError};
use crate::frozen::frozen;
use crate::tokenizer::Stopped;

/// The logarithm of what has no probability.
const NEVER: f64 = -3.14e100;

/// Where a character stands in a word: it begins it, is in its middle, ends it, or is alone. The order is jieba's, and that
/// of the letters: of equally probable ways, it takes the one with the last letter.
const STATES: [&str; 4] = ["B", "E", "M", "S"];
const BEGINS: usize = 0;
const ENDS: usize = 1;
const MIDDLE: usize = 2;
const ALONE: usize = 3;

/// What may stand before each state, in the order of the letters.
const BEFORE: [[usize; 2]; 4] = [
    [ENDS, ALONE],
    [BEGINS, MIDDLE],
    [BEGINS, MIDDLE],
    [ENDS, ALONE],
];

/// The model: logarithms of probabilities.
#[derive(Debug)]
pub(super) struct Characters {
    start: [f64; 4],
    /// By the state before and the state.
    steps: [[f64; 4]; 4],
    /// By character.
    emits: HashMap<u32, [f64; 4]>,
}

frozen!(Characters {
    start,
    steps,
    emits
});

impl Characters {
    /// Reads the three tables, which are Python modules.
    pub fn load(
        start: (String, PathBuf),
        steps: (String, PathBuf),
        emits: (String, PathBuf),
    ) -> Result<Self, Error> {
        let read = |(text, path): (String, PathBuf)| {
            let dict = literal::read(&text, "P").map_err(|e| e.in_file(&path))?;
            Ok::<_, Error>((dict, path))
        };
        let mut model = Characters {
            start: [NEVER; 4],
            steps: [[NEVER; 4]; 4],
            emits: HashMap::new(),
        };
        let (dict, path) = read(start)?;
        for (letter, item) in dict {
            let state = state(&letter).map_err(|e| e.in_file(&path))?;
            model.start[state] = number(item).map_err(|e| e.in_file(&path))?;
        }
        let (dict, path) = read(steps)?;
        each_of_state(dict, |before, letter, number| {
            model.steps[before][state(letter)?] = number;
            Ok(())
        })
        .map_err(|e| e.in_file(&path))?;
        let (dict, path) = read(emits)?;
        each_of_state(dict, |state, text, number| {
            let mut chars = text.chars();
            let (Some(c), None) = (chars.next(), chars.next()) else {
                return Err(FormatError::new(format!("{text:?} is not one character")));
            };
            model.emits.entry(c.into()).or_insert([NEVER; 4])[state] = number;
            Ok(())
        })
        .map_err(|e| e.in_file(&path))?;
        Ok(model)
    }

    /// Finds the words of characters with their places, the last of which ends at `end`.
    pub fn cut(
        &self,
        chars: &[(usize, char)],
        end: usize,
        words: &mut Words<'_>,
    ) -> Result<(), Stopped> {
        let place = |i: usize| chars.get(i).map_or(end, |(at, _)| *at);
        let mut at = 0;
        while at < chars.len() {
            let start = at;
            let c = chars[at].1;
            let run = |from: usize, is: fn(char) -> bool| {
                let rest = &chars[from..];
                from + rest.iter().take_while(|(_, c)| is(*c)).count()
            };
            if is_ideograph(c) {
                at = run(at, is_ideograph);
                self.cut_ideographs(&chars[start..at], place(at), words)?;
                continue;
            }
            if c.is_ascii_alphanumeric() {
                // A word or a number, with a fraction and a sign of percent.
                at = run(at, |c| c.is_ascii_alphanumeric());
                if chars.get(at).is_some_and(|(_, c)| *c == '.') {
                    let after = run(at + 1, |c| c.is_ascii_digit());
                    if after > at + 1 {
                        at = after;
                    }
                }
                at += usize::from(chars.get(at).is_some_and(|(_, c)| *c == '%'));
            } else {
                at = run(at, |c| !is_ideograph(c) && !c.is_ascii_alphanumeric());
            }
            words.push(place(start), place(at))?;
        }
        Ok(())
    }

    fn cut_ideographs(
        &self,
        chars: &[(usize, char)],
        end: usize,
        words: &mut Words<'_>,
    ) -> Result<(), Stopped> {
        let states = self.states(chars, words)?;
        let place = |i: usize| chars.get(i).map_or(end, |(at, _)| *at);
        let mut start = 0;
        for (i, state) in states.into_iter().enumerate() {
            match state {
                ENDS | ALONE => {
                    words.push(place(start), place(i + 1))?;
                    start = i + 1;
                }
                _ => {}
            }
        }
        match start < chars.len() {
            true => words.push(place(start), end),
            false => Ok(()),
        }
    }

    /// The most probable states (Viterbi).
    fn states(&self, chars: &[(usize, char)], words: &Words<'_>) -> Result<Vec<usize>, Stopped> {
        let emits = |c: char| self.emits.get(&u32::from(c)).copied().unwrap_or([NEVER; 4]);
        let mut scores = [0.0; 4];
        let first = emits(chars[0].1);
        for (state, score) in scores.iter_mut().enumerate() {
            *score = self.start[state] + first[state];
        }
        let mut before: Vec<[u8; 4]> = vec![[0; 4]; chars.len()];
        for (i, (_, c)) in chars.iter().enumerate().skip(1) {
            if i % CHARS_A_LOOK == 0 {
                words.budget().check().map_err(out_of_time)?;
            }
            let emits = emits(*c);
            let mut next = [0.0; 4];
            for (state, [one, other]) in BEFORE.into_iter().enumerate() {
                let score = |from: usize| scores[from] + self.steps[from][state] + emits[state];
                let (one_score, other_score) = (score(one), score(other));
                let better = if other_score >= one_score { other } else { one };
                next[state] = score(better);
                before[i][state] = better as u8;
            }
            scores = next;
        }
        let mut state = if scores[ALONE] >= scores[ENDS] {
            ALONE
        } else {
            ENDS
        };
        let mut states = vec![0; chars.len()];
        for (at, before) in states.iter_mut().zip(before).rev() {
            *at = state;
            state = before[state].into();
        }
        Ok(states)
    }
}

/// The ideographs that jieba's model knows of.
pub(super) fn is_ideograph(c: char) -> bool {
    ('\u{4e00}'..='\u{9fd5}').contains(&c)
}

fn state(letter: &str) -> Result<usize, FormatError> {
    let state = STATES.iter().position(|state| *state == letter);
    state.ok_or_else(|| FormatError::new(format!("{letter:?} is none of the states {STATES:?}")))
}

fn number(item: Item) -> Result<f64, FormatError> {
    match item {
        Item::Number(number) => Ok(number),
        Item::Dict(_) => Err(FormatError::new("a dictionary stands where a number does")),
    }
}

/// Gives `take` each number of a dictionary by states of dictionaries.
fn each_of_state(
    dict: literal::Dict,
    mut take: impl FnMut(usize, &str, f64) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    for (letter, item) in dict {
        let state = state(&letter)?;
        let Item::Dict(items) = item else {
            return Err(FormatError::new("a number stands where a dictionary does"));
        };
        for (key, item) in items {
            take(state, &key, number(item)?)?;
        }
    }
    Ok(())
}
