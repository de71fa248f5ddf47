//! What is handed out, and what comes back.

use nlp_io::texts::{Place, Record};

use super::columns::Kept;

/// Texts that follow one another, to be annotated by one hand.
#[derive(Debug)]
pub struct Range {
    /// The input that they are of, from 0.
    pub input: usize,
    /// The texts.
    pub records: Vec<Record>,
    /// What is kept of their rows.
    pub kept: Option<Kept>,
    /// Where the next range of this input begins.
    pub end: Place,
}

/// What became of a range.
#[derive(Debug, Default, PartialEq)]
pub struct Done {
    /// What is written of it.
    pub piece: Vec<u8>,
    /// How much was done.
    pub counts: Counts,
    /// What went wrong with a text: the number of its line, and why.
    pub problems: Vec<(u64, String)>,
}

/// How much was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Documents that were written.
    pub documents: u64,
    /// Their tokens.
    pub tokens: u64,
    /// Texts that failed.
    pub failed: u64,
}

impl Counts {
    /// Adds `other` to it.
    pub fn add(&mut self, other: Counts) {
        self.documents += other.documents;
        self.tokens += other.tokens;
        self.failed += other.failed;
    }
}
