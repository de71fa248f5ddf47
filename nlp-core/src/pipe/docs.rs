//! The results of a stream, worked out by the thread that asks for them.

use super::batches::Batches;
use super::rows::Rows;
use super::work::ParseBatch;

/// Results with what was carried along.
pub(super) type Finished<R, C> = std::iter::Zip<std::vec::IntoIter<R>, std::vec::IntoIter<C>>;

/// The results of a [`Pipe`](super::Pipe), in order, a batch at a time.
#[derive(Debug)]
pub struct PipeDocs<I, W, K>
where
    I: Iterator,
    K: Rows<I::Item>,
    W: ParseBatch<K::Text>,
{
    batches: Batches<I, K>,
    work: W,
    ready: Finished<W::Output, K::Context>,
}

impl<I, W, K> PipeDocs<I, W, K>
where
    I: Iterator,
    K: Rows<I::Item>,
    W: ParseBatch<K::Text>,
{
    pub(super) fn new(batches: Batches<I, K>, work: W) -> Self {
        PipeDocs {
            batches,
            work,
            ready: Vec::new().into_iter().zip(Vec::new()),
        }
    }
}

impl<I, W, K> Iterator for PipeDocs<I, W, K>
where
    I: Iterator,
    K: Rows<I::Item>,
    W: ParseBatch<K::Text>,
{
    type Item = K::Result<W::Output>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((result, context)) = self.ready.next() {
                return Some(K::join(result, context));
            }
            let batch = self.batches.next()?;
            let results = self.work.parse_batch(&batch.texts);
            self.ready = results.into_iter().zip(batch.contexts);
        }
    }
}
