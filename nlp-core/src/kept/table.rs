//! A table of rows by keys that has all of its memory from the first, and forgets what was not asked for lately.

use super::shape::{BOOKS, Shape};
use crate::keyed;

/// No slot.
const NONE: u32 = u32::MAX;

/// What is known of a slot.
#[derive(Debug, Clone, Copy)]
struct Slot {
    /// The next slot with the same place in the index.
    next: u32,
    /// The round in which it was last asked for, and the number that it was given there.
    round: u32,
    number: u32,
    /// Whether it was asked for again since it was filled, or since the hand last came by.
    again: bool,
    /// Whether its row is written.
    written: bool,
}

/// What a table says of a key.
#[derive(Debug, PartialEq)]
pub(crate) enum Asked<'t> {
    /// It was asked for in this round already, and got this number.
    Before(u32),
    /// This is its row.
    Known(&'t [f32]),
    /// Its row is to be worked out, and [written](Table::write) to this slot.
    New(usize),
}

/// Rows of numbers, each found by its key. All memory is taken when the table is made: a new key takes the place of one
/// that was not asked for lately.
///
/// Keys are asked for in rounds, each by one thread that holds the table. What a round asked for keeps its slot for as
/// long as the round lasts, so it must not ask for more keys than there are slots.
#[derive(Debug)]
pub(crate) struct Table {
    shape: Shape,
    keys: Box<[u64]>,
    rows: Box<[f32]>,
    slots: Box<[Slot]>,
    /// The first slot of each place in the index.
    heads: Box<[u32]>,
    /// How many slots are taken: those from the first on.
    taken: usize,
    /// The slot that is looked at first when room is needed.
    hand: usize,
    round: u32,
}

impl Table {
    /// An empty table.
    pub fn new(shape: Shape) -> Table {
        const { assert!(size_of::<Slot>() + size_of::<u32>() == BOOKS) };
        let slot = Slot {
            next: NONE,
            round: 0,
            number: 0,
            again: false,
            written: false,
        };
        Table {
            shape,
            // Not zeros, which the system would hand out page by page as words come: the resident set would rise for as long.
            keys: vec![u64::MAX; shape.slots * shape.columns].into(),
            rows: vec![f32::NAN; shape.slots * shape.width].into(),
            slots: vec![slot; shape.slots].into(),
            heads: vec![NONE; shape.slots].into(),
            taken: 0,
            hand: 0,
            round: 0,
        }
    }

    /// What it is for.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Begins a round: what the rounds before asked for may be forgotten from now on.
    pub fn begin_round(&mut self) {
        if self.round == u32::MAX {
            // A service gets here after some weeks. A slot of that long ago is not of the round that has its number again.
            self.slots.iter_mut().for_each(|slot| slot.round = 0);
            self.round = 0;
        }
        self.round += 1;
    }

    /// Looks for the row of `key`, which gets this number in this round.
    ///
    /// # Panics
    /// If the round asked for more keys than there are slots.
    pub fn ask(&mut self, key: &[u64], number: u32) -> Asked<'_> {
        let home = self.home(key);
        let mut at = self.heads[home];
        while at != NONE {
            let slot = at as usize;
            // Number by number: keys are short, and a call to compare memory takes longer.
            if self.key(slot).iter().eq(key) {
                let known = &mut self.slots[slot];
                if known.round == self.round {
                    return Asked::Before(known.number);
                }
                (known.round, known.number, known.again) = (self.round, number, true);
                // Else somebody is at work on it, or gave up: whoever asks works it out.
                return match known.written {
                    true => Asked::Known(self.row(slot)),
                    false => Asked::New(slot),
                };
            }
            at = self.slots[slot].next;
        }
        let slot = self.make_room();
        let columns = self.shape.columns;
        self.keys[slot * columns..(slot + 1) * columns].copy_from_slice(key);
        self.slots[slot] = Slot {
            next: self.heads[home],
            round: self.round,
            number,
            again: false,
            written: false,
        };
        self.heads[home] = slot as u32;
        Asked::New(slot)
    }

    /// Writes the row of `key` to the slot that it had when it was asked for, unless another has that now.
    pub fn write(&mut self, slot: usize, key: &[u64], row: &[f32]) {
        if *self.key(slot) == *key && !self.slots[slot].written {
            let width = self.shape.width;
            self.rows[slot * width..(slot + 1) * width].copy_from_slice(row);
            self.slots[slot].written = true;
        }
    }

    fn row(&self, slot: usize) -> &[f32] {
        &self.rows[slot * self.shape.width..][..self.shape.width]
    }

    fn key(&self, slot: usize) -> &[u64] {
        &self.keys[slot * self.shape.columns..][..self.shape.columns]
    }

    fn home(&self, key: &[u64]) -> usize {
        // The upper half of a 64-bit hash is spread evenly over the places.
        let hash = keyed::row(key) >> 32;
        ((hash * self.heads.len() as u64) >> 32) as usize
    }

    /// A slot that is free, or is made free: the hand goes round and gives those that were asked for again another turn.
    fn make_room(&mut self) -> usize {
        if self.taken < self.slots.len() {
            self.taken += 1;
            return self.taken - 1;
        }
        // After two turns all that are left were asked for in this very round.
        for _ in 0..2 * self.slots.len() {
            let slot = self.hand;
            self.hand = (slot + 1) % self.slots.len();
            if self.slots[slot].round == self.round {
                continue;
            }
            if !std::mem::take(&mut self.slots[slot].again) {
                self.unlink(slot);
                return slot;
            }
        }
        panic!("a round asked for more than {} keys", self.slots.len());
    }

    /// Takes a slot out of the index.
    fn unlink(&mut self, slot: usize) {
        let home = self.home(self.key(slot));
        let next = self.slots[slot].next;
        if self.heads[home] as usize == slot {
            self.heads[home] = next;
            return;
        }
        let mut at = self.heads[home] as usize;
        while self.slots[at].next as usize != slot {
            at = self.slots[at].next as usize;
        }
        self.slots[at].next = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(slots: usize) -> Table {
        Table::new(Shape {
            owner: super::super::shape::Owner::new(),
            columns: 2,
            width: 1,
            slots,
        })
    }

    /// Asks for a key, whose row is its first number, and says whether it was new.
    fn ask(table: &mut Table, key: u64) -> bool {
        match table.ask(&[key, 7], key as u32) {
            Asked::Before(number) => {
                assert_eq!(number, key as u32);
                false
            }
            Asked::Known(row) => {
                assert_eq!(row, [key as f32]);
                false
            }
            Asked::New(slot) => {
                table.write(slot, &[key, 7], &[key as f32]);
                true
            }
        }
    }

    #[test]
    fn after_four_billion_rounds_a_word_of_the_first_is_not_taken_for_one_of_this() {
        let mut table = table(3);
        table.begin_round();
        assert!(ask(&mut table, 5));
        table.round = u32::MAX;
        table.begin_round();
        assert_eq!(table.round, 1);
        assert_eq!(table.ask(&[5, 7], 9), Asked::Known(&[5.0]));
        assert_eq!(table.ask(&[5, 7], 10), Asked::Before(9));
    }

    proptest! {
        #[test]
        fn every_key_has_its_own_row_whatever_was_forgotten(
            rounds in prop::collection::vec(prop::collection::vec(0..40_u64, 1..12), 1..60),
        ) {
            let mut table = table(12);
            for round in rounds {
                table.begin_round();
                for &key in &round {
                    ask(&mut table, key);
                    // To the end of the round it has its slot and its number.
                    prop_assert_eq!(table.ask(&[key, 7], 99), Asked::Before(key as u32));
                }
                for key in round {
                    prop_assert_eq!(table.ask(&[key, 7], 99), Asked::Before(key as u32));
                }
            }
        }
    }

    #[test]
    fn a_full_table_forgets_what_was_asked_for_once_before_what_came_again() {
        let mut table = table(3);
        for key in [1, 2, 1, 3] {
            table.begin_round();
            ask(&mut table, key);
        }
        table.begin_round();
        assert!(ask(&mut table, 4));
        table.begin_round();
        assert!(!ask(&mut table, 1));
    }

    #[test]
    #[should_panic(expected = "a round asked for more than 2 keys")]
    fn a_round_has_no_more_keys_than_slots() {
        let mut table = table(2);
        (0..3).for_each(|key| _ = ask(&mut table, key));
    }

    #[test]
    fn a_row_that_was_never_written_is_new_to_whoever_asks_next() {
        let mut table = table(4);
        assert_eq!(table.ask(&[1, 7], 0), Asked::New(0));
        table.begin_round();
        assert!(ask(&mut table, 1));
        table.begin_round();
        assert!(!ask(&mut table, 1));
    }

    #[test]
    fn a_row_whose_slot_went_to_another_key_is_not_written() {
        let mut table = table(1);
        assert_eq!(table.ask(&[1, 7], 0), Asked::New(0));
        table.begin_round();
        assert!(ask(&mut table, 2));
        table.write(0, &[1, 7], &[1.0]);
        table.begin_round();
        assert!(!ask(&mut table, 2));
    }
}
