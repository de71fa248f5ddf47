//! What networks worked out of single words, kept from batch to batch.
//!
//! The vector of a word and its share of the first layer are functions of what the network reads of the word, and of the
//! weights: whether they are worked out again or found here makes no difference to any number. Words are known by those
//! attributes, as ids: no text is kept.
//!
//! Every network has one table, which all threads share. Its memory is taken when the pipeline is loaded, and never grows
//! nor shrinks. A thread holds a table for as long as it takes to copy the rows of a few hundred words.

mod shape;
mod table;

pub(crate) use shape::{Owner, Shape};
pub(crate) use table::{Asked, Table};

use crate::memory_report::{self, MemoryReport, OnClose, Store};
use crate::sync::{Mutex, lock};

/// The bytes of a table. What needs more, as the widest windows do, is worked out anew for each batch.
pub(crate) const KEPT_BYTES: usize = 8 << 20;

/// The tables of a pipeline's networks.
#[derive(Default)]
pub(crate) struct Kept {
    tables: Vec<(Shape, Mutex<Table>)>,
}

impl Kept {
    /// Makes a table of this shape, unless it were too large.
    pub fn make(&mut self, shape: Shape) {
        if shape.bytes() <= KEPT_BYTES {
            self.tables.reserve_exact(1);
            self.tables.push((shape, Mutex::new(Table::new(shape))));
        }
    }

    /// Runs `work` with the table of this shape, or with one of its own where none was made.
    pub fn with<R>(&self, shape: Shape, work: impl FnOnce(&Mutex<Table>) -> R) -> R {
        match self.tables.iter().find(|(made, _)| *made == shape) {
            Some((_, table)) => work(table),
            None => work(&Mutex::new(Table::new(shape))),
        }
    }

    /// Enters all tables in `report`.
    pub fn register(&self, report: &mut MemoryReport) {
        if self.tables.is_empty() {
            return;
        }
        let shapes = || self.tables.iter().map(|(shape, _)| shape);
        let slots = shapes().map(|shape| shape.slots).sum();
        let bytes: usize = shapes().map(Shape::bytes).sum();
        report.register(Store {
            owner: memory_report::Owner::Pipeline,
            name: "word_rows".into(),
            // All of them are there from the first, filled or not.
            entries: slots,
            capacity: slots,
            bytes: bytes + self.tables.capacity() * size_of::<(Shape, Mutex<Table>)>(),
            bound: Some(slots),
            on_close: OnClose::Kept,
        });
    }
}

/// Holds a table. A thread that panicked while it held it has left no row half written that would be found.
pub(crate) fn hold(table: &Mutex<Table>) -> crate::sync::MutexGuard<'_, Table> {
    lock(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_finds_the_table_that_was_made_for_it_and_no_other() {
        let shape = |owner, slots| Shape {
            owner,
            columns: 1,
            width: 3,
            slots,
        };
        let (mine, other) = (shape(Owner::new(), 5), shape(Owner::new(), 5));
        let mut kept = Kept::default();
        kept.make(mine);
        kept.make(shape(Owner::new(), KEPT_BYTES));
        let is_new = |shape| {
            kept.with(shape, |table| {
                let mut table = hold(table);
                table.begin_round();
                match table.ask(&[4], 0) {
                    Asked::New(slot) => {
                        table.write(slot, &[4], &[0.5; 3]);
                        true
                    }
                    found => {
                        assert_eq!(found, Asked::Known(&[0.5; 3]));
                        false
                    }
                }
            })
        };
        assert_eq!([is_new(mine), is_new(mine)], [true, false]);
        assert_eq!([is_new(other), is_new(other)], [true, true]);
        let mut report = MemoryReport::default();
        kept.register(&mut report);
        let store = report
            .get(memory_report::Owner::Pipeline, "word_rows")
            .unwrap();
        assert_eq!((store.entries, store.bound), (5, Some(5)));
    }
}
