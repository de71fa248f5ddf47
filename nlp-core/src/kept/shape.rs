//! What a table of kept rows is for, and how large it is.

use std::sync::atomic::{AtomicU64, Ordering};

/// The bytes that the books of a table take for each row: what is known of its slot, and a place in the index.
pub(super) const BOOKS: usize = 20;

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

/// What a table is for, and how large it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Whose rows they are.
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
        size_of::<f32>() * width + size_of::<u64>() * columns + BOOKS
    }
}
