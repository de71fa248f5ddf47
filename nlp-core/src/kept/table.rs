//! A table of rows by keys that has all of its memory from the first, and forgets what was not asked for lately.

use super::Owner;
use crate::keyed;

/// No slot.
const NONE: u32 = u32::MAX;

/// What a table is for, and how large it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Whose rows they are: no other's are ever found in it.
    pub owner: Owner,
    /// Numbers in a key.
    pub columns: usize,
    /// Numbers in a row.
    pub width: usize,
    /// How many rows it holds.
    pub slots: usize,
}

impl Shape {
    /// The bytes that a table of this shape takes.
    pub fn bytes(&self) -> usize {
        self.slots * Shape::slot_bytes(self.columns, self.width)
    }

    /// The bytes that each row takes of a table, with its key and its place in the index.
    pub fn slot_bytes(columns: usize, width: usize) -> usize {
        size_of::<f32>() * width + size_of::<u64>() * columns + size_of::<Slot>() + size_of::<u32>()
    }
}

/// What is known of a slot.
#[derive(Debug, Clone, Copy)]
struct Slot {
    /// The next slot with the same place in the index.
    next: u32,
    /// The round in which it was last asked for.
    round: u32,
    /// Whether it was asked for again since it was filled, or since the hand last came by.
    again: bool,
}

/// Rows of numbers, each found by its key. All memory is taken when the table is made: a new key takes the place of one
/// that was not asked for lately.
///
/// Keys are asked for in rounds. What was asked for in a round stays until the next one begins, so a round must not ask
/// for more keys than there are slots.
#[derive(Debug)]
pub(crate) struct Table {
    shape: Shape,
    keys: Box<[u64]>,
    rows: Box<[f32]>,
    slots: Box<[Slot]>,
    /// The first slot of each place in the index.
    heads: Box<[u32]>,
    /// How many slots are filled: those from the first on.
    filled: usize,
    /// The slot that is looked at first when room is needed.
    hand: usize,
    round: u32,
    /// Whether there are keys whose rows are still to be written.
    unwritten: bool,
}

impl Table {
    /// An empty table.
    pub fn new(shape: Shape) -> Table {
        let slot = Slot {
            next: NONE,
            round: 0,
            again: false,
        };
        Table {
            shape,
            keys: vec![0; shape.slots * shape.columns].into(),
            rows: vec![0.0; shape.slots * shape.width].into(),
            slots: vec![slot; shape.slots].into(),
            heads: vec![NONE; shape.slots].into(),
            filled: 0,
            hand: 0,
            round: 0,
            unwritten: false,
        }
    }

    /// What it is for.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// How many rows it holds.
    pub fn len(&self) -> usize {
        self.filled
    }

    /// Begins a round: what the rounds before asked for may be forgotten from now on.
    pub fn begin_round(&mut self) {
        self.round = self.round.wrapping_add(1);
    }

    /// Says that the rows of all keys that were new are written.
    pub fn all_written(&mut self) {
        self.unwritten = false;
    }

    /// The slot of `key`, and whether it is new there: then its row is to be written before the round ends.
    ///
    /// # Panics
    /// If the round asked for more keys than there are slots.
    pub fn slot(&mut self, key: &[u64]) -> (usize, bool) {
        let home = self.home(key);
        let mut at = self.heads[home];
        while at != NONE {
            let slot = at as usize;
            if *self.key(slot) == *key {
                let known = &mut self.slots[slot];
                known.again |= known.round != self.round;
                known.round = self.round;
                return (slot, false);
            }
            at = self.slots[slot].next;
        }
        let slot = self.make_room();
        let columns = self.shape.columns;
        self.keys[slot * columns..(slot + 1) * columns].copy_from_slice(key);
        self.slots[slot] = Slot {
            next: self.heads[home],
            round: self.round,
            again: false,
        };
        self.heads[home] = slot as u32;
        self.unwritten = true;
        (slot, true)
    }

    /// The row in a slot.
    pub fn row(&self, slot: usize) -> &[f32] {
        &self.rows[slot * self.shape.width..][..self.shape.width]
    }

    /// The row in a slot, to be written.
    pub fn row_mut(&mut self, slot: usize) -> &mut [f32] {
        &mut self.rows[slot * self.shape.width..][..self.shape.width]
    }

    /// All rows, slot by slot.
    pub fn rows(&self) -> &[f32] {
        &self.rows
    }

    /// Forgets everything if there are keys whose rows were never written: the work on them was given up.
    pub fn settle(&mut self) {
        if std::mem::take(&mut self.unwritten) {
            self.heads.fill(NONE);
            (self.filled, self.hand) = (0, 0);
        }
    }

    fn home(&self, key: &[u64]) -> usize {
        // Of a 64-bit hash, the upper half is spread evenly over the places.
        let hash = keyed::row(key) >> 32;
        ((hash * self.heads.len() as u64) >> 32) as usize
    }

    fn key(&self, slot: usize) -> &[u64] {
        &self.keys[slot * self.shape.columns..][..self.shape.columns]
    }

    /// A slot that is free, or is made free: the hand goes round and gives those that were asked for again another turn.
    fn make_room(&mut self) -> usize {
        if self.filled < self.slots.len() {
            self.filled += 1;
            return self.filled - 1;
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
            owner: Owner::new(),
            columns: 2,
            width: 1,
            slots,
        })
    }

    /// Asks for a key, whose row is its first number, and says whether it was new.
    fn ask(table: &mut Table, key: u64) -> bool {
        let (slot, new) = table.slot(&[key, 7]);
        if new {
            table.row_mut(slot)[0] = key as f32;
        }
        assert_eq!(table.row(slot), [key as f32]);
        new
    }

    proptest! {
        #[test]
        fn every_key_has_its_own_row_whatever_was_forgotten(
            rounds in prop::collection::vec(prop::collection::vec(0..40_u64, 1..12), 1..60),
        ) {
            let mut table = table(12);
            for round in rounds {
                table.begin_round();
                let slots: Vec<usize> = round.iter().map(|&key| {
                    ask(&mut table, key);
                    table.slot(&[key, 7]).0
                }).collect();
                // To the end of the round, nothing that it asked for is overwritten.
                for (&key, slot) in round.iter().zip(slots) {
                    prop_assert_eq!(table.row(slot), [key as f32]);
                }
                prop_assert!(table.len() <= 12);
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
    fn keys_whose_rows_were_never_written_are_not_found_later() {
        let mut table = table(4);
        ask(&mut table, 1);
        table.all_written();
        table.settle();
        assert!(!ask(&mut table, 1));
        table.slot(&[2, 7]);
        table.settle();
        assert!(ask(&mut table, 2));
    }
}
