//! Numbers for the texts of phrases' words: a table in which many texts are looked up at once.

use crate::frozen::frozen;
use crate::keyed;
use crate::matcher::words::{Word, Words};

/// Texts and their numbers, from 0 on.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    words: Words,
    /// A hash table: who finds a place taken goes on to the next.
    places: Vec<Place>,
}

frozen!(Texts { words, places });

/// A place of the table.
#[derive(Debug, Clone, Copy, Hash)]
struct Place {
    /// Of the text's hash, what says where it stands.
    hash: u32,
    /// The text's number, or [`NONE`].
    number: Word,
}

frozen!(hash Place);

/// The number of no text.
const NONE: Word = Word::MAX;

impl Place {
    const NONE: Place = Place {
        hash: 0,
        number: NONE,
    };
}

/// The most texts that are looked up together: what is noted of them stays near the processor.
pub(super) const BLOCK: usize = 128;

fn hash(text: &str) -> u32 {
    (keyed::text(text) >> 32) as u32
}

impl Texts {
    /// The texts, by their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.words.iter()
    }

    /// The number of `text`, which is added if it is new; `None` if there is no room for more.
    pub fn intern(&mut self, text: &str) -> Option<Word> {
        if self.places.len() <= 2 * self.words.len() {
            self.lay_out((4 * self.words.len()).max(8));
        }
        let hash = hash(text);
        let at = self.at(hash, text);
        if self.places[at].number == NONE {
            let number = self.words.push(text)?;
            self.places[at] = Place { hash, number };
        }
        Some(self.places[at].number)
    }

    /// Gives back the room that nothing was put into, but for what lookups need.
    pub fn shrink(&mut self) {
        self.words.shrink();
        self.lay_out(2 * self.words.len());
    }

    /// Finds up to [`BLOCK`] texts at once, `text` saying which is whose, and shows the number of each, or that there is
    /// none. What one waits for from memory comes together with what the others do: so no loop that reads the table asks
    /// anything about what it read.
    pub fn find<'t>(
        &self,
        who: &[usize],
        text: impl Fn(usize) -> &'t str,
        mut found: impl FnMut(usize, Option<Word>),
    ) {
        if self.words.len() == 0 {
            return;
        }
        let (mut hashes, mut places) = ([0; BLOCK], [Place::NONE; BLOCK]);
        let mut bounds = [(0, 0); BLOCK];
        for (hash_of, i) in hashes.iter_mut().zip(who) {
            *hash_of = hash(text(*i));
        }
        let count = who.len();
        for (place, hash) in places[..count].iter_mut().zip(&hashes) {
            *place = self.places[self.first_look(*hash)];
        }
        for (bounds, place) in bounds[..count].iter_mut().zip(&places) {
            let word = match place.number {
                NONE => 0,
                number => number,
            };
            let there = self.words.bounds(word);
            *bounds = (there.start, there.end);
        }
        for (((who, hash), place), bounds) in who.iter().zip(&hashes).zip(&places).zip(&bounds) {
            let text = text(*who);
            let number = match place.number {
                NONE => NONE,
                number if place.hash == *hash && self.words.between(bounds.0..bounds.1) == text => {
                    number
                }
                _ => self.places[self.at(*hash, text)].number,
            };
            found(*who, (number != NONE).then_some(number));
        }
    }

    /// The place where `text` stands, or could be put.
    fn at(&self, hash: u32, text: &str) -> usize {
        let mut at = self.first_look(hash);
        loop {
            let Place { hash: of, number } = self.places[at];
            if number == NONE || of == hash && self.words.get(number) == text {
                return at;
            }
            at = self.after(at);
        }
    }

    fn first_look(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.places.len() as u64) >> 32) as usize
    }

    fn after(&self, at: usize) -> usize {
        match at + 1 == self.places.len() {
            true => 0,
            false => at + 1,
        }
    }

    /// Makes a table of so many places.
    fn lay_out(&mut self, places: usize) {
        let old = std::mem::replace(&mut self.places, vec![Place::NONE; places]);
        for place in old.into_iter().filter(|place| place.number != NONE) {
            let mut at = self.first_look(place.hash);
            while self.places[at].number != NONE {
                at = self.after(at);
            }
            self.places[at] = place;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_their_numbers_together_and_others_are_not() {
        let mut texts = Texts::default();
        let name = |i: usize| format!("text{i}");
        let find = |texts: &Texts| {
            let asked: Vec<String> = (0..2000).map(name).collect();
            let mut found = vec![None; asked.len()];
            for block in (0..asked.len()).collect::<Vec<_>>().chunks(BLOCK) {
                texts.find(block, |i| &asked[i], |i, number| found[i] = number);
            }
            found
        };
        assert_eq!(find(&texts), [None; 2000]);
        for i in (0..1000).chain(0..1000) {
            assert_eq!(texts.intern(&name(i)), Some(i as u32));
        }
        let expected: Vec<_> = (0..2000).map(|i| (i < 1000).then_some(i)).collect();
        assert_eq!(find(&texts), expected);
        texts.shrink();
        assert_eq!(find(&texts), expected);
        assert_eq!(texts.intern(""), Some(1000));
        assert_eq!(texts.iter().last(), Some(""));
    }
}
