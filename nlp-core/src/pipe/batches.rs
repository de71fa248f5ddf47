//! Which texts go together.

use std::iter::Fuse;
use std::marker::PhantomData;

use super::rows::Rows;

/// The most texts of a batch, unless it is said: more of them are not faster.
pub const BATCH_SIZE: usize = 256;

/// The bytes that end a batch, unless it is said: some ten thousand words.
pub const BATCH_CHARS: usize = 64 << 10;

/// The batches of a stream.
#[derive(Debug)]
pub(super) struct Batches<I: Iterator, K> {
    rows: Fuse<I>,
    kind: PhantomData<K>,
    size: usize,
    bytes: usize,
}

/// Texts that go together, and what is carried along with each.
#[derive(Debug)]
pub(super) struct Batch<T, C> {
    pub texts: Vec<T>,
    pub contexts: Vec<C>,
}

impl<I: Iterator, K: Rows<I::Item>> Batches<I, K> {
    pub fn new(rows: I, _: K, size: usize, bytes: usize) -> Self {
        Batches {
            rows: rows.fuse(),
            kind: PhantomData,
            size,
            bytes,
        }
    }

    /// The next batch; none after the last text.
    pub fn next(&mut self) -> Option<Batch<K::Text, K::Context>> {
        let mut batch = Batch {
            texts: Vec::new(),
            contexts: Vec::new(),
        };
        let mut bytes = 0;
        while batch.texts.len() < self.size && bytes < self.bytes {
            let Some(item) = self.rows.next() else {
                break;
            };
            let (text, context) = K::split(item);
            bytes += text.as_ref().len();
            batch.texts.push(text);
            batch.contexts.push(context);
        }
        (!batch.texts.is_empty()).then_some(batch)
    }
}
