//! What is said of runs of tokens.

use crate::vocab::StringEntry;

/// Tokens `start..end`, with what is said of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpanData<'v> {
    pub start: usize,
    pub end: usize,
    pub label: Option<&'v StringEntry<'v>>,
    /// What a ruler's pattern calls it.
    pub id: Option<&'v StringEntry<'v>>,
    /// What it is in a knowledge base.
    pub kb_id: Option<&'v StringEntry<'v>>,
}

impl<'v> SpanData<'v> {
    /// Tokens `start..end`, of which nothing is said.
    pub fn new(start: usize, end: usize) -> Self {
        SpanData {
            start,
            end,
            label: None,
            id: None,
            kb_id: None,
        }
    }
}

/// What is under one key.
#[derive(Debug, Clone)]
pub(crate) struct Group<'v> {
    pub key: Box<str>,
    pub spans: Vec<SpanData<'v>>,
    /// One for each span, where the component scores them; else none.
    pub scores: Vec<f32>,
}
