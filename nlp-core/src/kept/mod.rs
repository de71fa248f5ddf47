//! What networks worked out of single words, kept from batch to batch.
//!
//! The vector of a word and its share of the first layer are functions of what the network reads of the word, and of the
//! weights: whether they are worked out again or found here makes no difference to any number. Words are known by those
//! attributes, as ids: no text is kept.
//!
//! Every network that is at work has a table of its own, of a fixed size that is taken when the table is made; so there
//! are as many tables of a network as threads ever worked with it at once. Between two works they lie here.

mod table;

pub(crate) use table::{Shape, Table};

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::frozen::{Frozen, Walk};
use crate::memory_report::{self, MemoryReport, OnClose, Store};
use crate::sync::{Mutex, lock};

/// The bytes of a table, as a rule. What takes more, as tables for the widest windows do, is not kept.
pub(crate) const KEPT_BYTES: usize = 8 << 20;

/// A network whose words are kept: nobody else in this process has the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner(u64);

impl Owner {
    /// One that there was not yet.
    pub fn new() -> Owner {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Owner(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl Frozen for Owner {
    fn visit(&self, _: &mut Walk) {
        // The number never changes, and is another one each time the same pipeline is loaded.
        let Owner(_) = self;
    }
}

/// The tables that are not lent.
#[derive(Default)]
pub(crate) struct Kept {
    tables: Mutex<Tables>,
}

#[derive(Default)]
struct Tables {
    idle: Vec<Table>,
    /// The slots and bytes of all tables, and how many there are, idle or lent.
    slots: usize,
    bytes: usize,
    count: usize,
}

impl Kept {
    /// Lends a table of this shape: the one that was put back last, or a new one.
    pub fn lend(&self, shape: Shape) -> Lent<'_> {
        if shape.bytes() > KEPT_BYTES {
            return Lent {
                table: Some(Table::new(shape)),
                home: None,
            };
        }
        let mut tables = lock(&self.tables);
        let found = tables.idle.iter().rposition(|table| table.shape() == shape);
        let table = match found {
            // In order, so that the last one put back stays the warmest.
            Some(at) => tables.idle.remove(at),
            None => {
                tables.count += 1;
                tables.slots += shape.slots;
                tables.bytes += shape.bytes();
                // There is room to put all of them back.
                let (count, idle) = (tables.count, tables.idle.len());
                tables.idle.reserve_exact(count - idle);
                drop(tables);
                Table::new(shape)
            }
        };
        Lent {
            table: Some(table),
            home: Some(self),
        }
    }

    /// Enters all tables in `report`.
    pub fn register(&self, report: &mut MemoryReport) {
        let tables = lock(&self.tables);
        if tables.count == 0 {
            return;
        }
        report.register(Store {
            owner: memory_report::Owner::Vocabulary,
            name: "word_rows".into(),
            entries: tables.idle.iter().map(Table::len).sum(),
            capacity: tables.slots,
            bytes: tables.bytes + tables.idle.capacity() * size_of::<Table>(),
            bound: Some(tables.slots),
            on_close: OnClose::Kept,
        });
    }
}

/// A table that is lent, and goes back when it is dropped.
pub(crate) struct Lent<'k> {
    table: Option<Table>,
    /// Where it goes back to, if it is kept.
    home: Option<&'k Kept>,
}

impl Deref for Lent<'_> {
    type Target = Table;

    fn deref(&self) -> &Table {
        self.table.as_ref().expect("it is there until it is dropped")
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut Table {
        self.table.as_mut().expect("it is there until it is dropped")
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let (Some(mut table), Some(home)) = (self.table.take(), self.home) {
            // After a panic, or when the time was up, some rows may be missing.
            table.settle();
            lock(&home.tables).idle.push(table);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape {
        owner: Owner(1),
        columns: 1,
        width: 3,
        slots: 5,
    };

    fn bytes(kept: &Kept) -> usize {
        let mut report = MemoryReport::default();
        kept.register(&mut report);
        report.get(memory_report::Owner::Vocabulary, "word_rows").unwrap().bytes
    }

    #[test]
    fn a_table_that_was_put_back_is_lent_again_with_what_it_holds() {
        let kept = Kept::default();
        assert!(kept.lend(SHAPE).slot(&[4]).1);
        let mut lent = kept.lend(SHAPE);
        // Its row was never written.
        assert!(lent.slot(&[4]).1);
        lent.all_written();
        drop(lent);
        assert!(!kept.lend(SHAPE).slot(&[4]).1);
        let other = Shape { owner: Owner(2), ..SHAPE };
        assert!(kept.lend(other).slot(&[4]).1);
    }

    #[test]
    fn there_are_as_many_tables_as_were_lent_at_once_and_all_are_counted() {
        let kept = Kept::default();
        drop(kept.lend(SHAPE));
        let one = bytes(&kept);
        let both = (kept.lend(SHAPE), kept.lend(SHAPE));
        let two = bytes(&kept);
        assert!(two > one);
        drop(both);
        for _ in 0..10 {
            drop((kept.lend(SHAPE), kept.lend(SHAPE)));
            assert_eq!(bytes(&kept), two);
        }
    }
}
