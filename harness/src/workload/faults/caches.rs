//! Tables and caches: one that keeps its capacity, one that is built once, one that empties itself.

use super::Strike;
use harness_model::StoreSample;
use std::hint::black_box;

/// Cells that are filled and emptied again in an iteration.
pub const CELLS: usize = 1024;
/// The store's name.
pub const CELLS_STORE: &str = "cells";

/// A table in the manner of spaCy's hash tables, which mark a cell as emptied and never use it again.
pub(super) struct Cells {
    cells: Vec<u64>,
    freed: bool,
}

impl Cells {
    pub fn new(freed: bool) -> Cells {
        Cells {
            cells: Vec::new(),
            freed,
        }
    }

    /// Fills so many further cells.
    #[inline(never)]
    fn fill_cells(&mut self, count: usize) {
        // Exactly: a table that doubles would go in steps.
        self.cells.reserve_exact(count);
        self.cells.extend(std::iter::repeat_n(1, count));
    }
}

impl Strike for Cells {
    fn strike(&mut self, _: u64) -> Result<(), String> {
        if self.freed {
            // Emptied cells are there to be used again.
            self.cells.clear();
        }
        self.fill_cells(CELLS);
        let begins = self.cells.len() - CELLS;
        self.cells[begins..].fill(0);
        Ok(())
    }

    fn stores(&self) -> Vec<StoreSample> {
        vec![StoreSample {
            name: CELLS_STORE.to_owned(),
            // Between iterations all are empty.
            entries: self.cells.iter().filter(|cell| **cell != 0).count() as u64,
            bytes: (self.cells.capacity() * size_of::<u64>()) as u64,
        }]
    }
}

/// What the lazy table takes.
const TABLE_BYTES: usize = 1 << 20;

/// A table that is built when something first asks for it, which is in the second half of the second cycle.
pub(super) struct Lazy {
    table: Option<Vec<u8>>,
    first_needed: u64,
    freed: bool,
}

impl Lazy {
    pub fn new(cycle: u64, freed: bool) -> Lazy {
        Lazy {
            table: None,
            first_needed: cycle + cycle / 2,
            freed,
        }
    }
}

/// Builds the table.
#[inline(never)]
fn build_table() -> Vec<u8> {
    black_box(vec![1; TABLE_BYTES])
}

impl Strike for Lazy {
    fn strike(&mut self, iteration: u64) -> Result<(), String> {
        if iteration >= self.first_needed {
            self.table.get_or_insert_with(build_table);
        }
        if self.freed {
            self.table = None;
        }
        Ok(())
    }
}

/// Entries at which the cache empties itself.
pub const MOST_ENTRIES: usize = 20;
const ENTRY_BYTES: usize = 4 << 10;

/// A cache that takes an entry in every iteration, and is emptied when it is full.
pub(super) struct SelfEmptying {
    entries: Vec<Box<[u8; ENTRY_BYTES]>>,
    bound: usize,
}

impl SelfEmptying {
    pub fn new(freed: bool) -> SelfEmptying {
        SelfEmptying {
            entries: Vec::with_capacity(MOST_ENTRIES),
            bound: if freed { 1 } else { MOST_ENTRIES },
        }
    }

    #[inline(never)]
    fn remember(&mut self) {
        self.entries.push(black_box(Box::new([1; ENTRY_BYTES])));
    }
}

impl Strike for SelfEmptying {
    fn strike(&mut self, _: u64) -> Result<(), String> {
        self.remember();
        if self.entries.len() >= self.bound {
            self.entries.clear();
        }
        Ok(())
    }
}
