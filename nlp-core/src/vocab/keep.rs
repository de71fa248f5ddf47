//! What is left of a layer when it is emptied.

/// How much of its capacity a zone keeps when it is emptied, in bytes. What it has beyond that goes back to the
/// allocator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Bytes of arena chunks, which hold strings and lexemes.
    pub arena: usize,
    /// Bytes of each table.
    pub table: usize,
}

impl Keep {
    /// Keeps nothing: all memory goes back to the allocator.
    pub const NOTHING: Keep = Keep { arena: 0, table: 0 };
}

impl Default for Keep {
    /// Room for some 700 words that the pipeline has never seen, which is a document of several thousand words.
    fn default() -> Self {
        Keep {
            arena: 256 << 10,
            table: 40 << 10,
        }
    }
}
