//! What a search finds.

/// A match: the number of its key, the first token and the one after the last, counted from the start of the search.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub rule: u32,
    pub start: u32,
    pub end: u32,
    pub alignments: Option<Vec<usize>>,
}
