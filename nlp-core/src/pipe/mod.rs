//! Streams of texts: batches of them, on as many threads as are wanted, in order.
//!
//! - [`batches`]: which texts go together.
//! - [`work`]: what is done with a batch.
//! - [`rows`]: texts alone, or with something that is carried along.
//! - [`docs`]: the results of it, on the thread that asks for them.
//! - [`threads`]: the same, worked out by others.

mod batches;
mod docs;
mod rows;
mod sealed;
#[cfg(test)]
mod tests;
mod threads;
mod work;

use std::thread::Scope;

pub use batches::{BATCH_CHARS, BATCH_SIZE};
pub use docs::PipeDocs;
pub use rows::{Rows, Texts, Tuples};
pub use threads::PipeThreads;
pub use work::{InZones, ParseBatch, Unzoned};

use crate::doc::Doc;
use crate::language::Language;
use crate::zone::ZonePool;
use batches::Batches;
use std::ops::Deref;

/// A stream of texts that is about to become documents: spaCy's `nlp.pipe`, made by [`Language::pipe`] and
/// [`Language::pipe_tuples`].
///
/// Texts are taken in batches, each bounded by a number of texts and of bytes, so that memory follows neither the
/// number of texts nor the longest of them: what is in memory are the batches under way. Results come in the order of
/// the texts, and are the same for every number of threads and every size of batches (but see
/// [`Language::depends_on_batch`]). A text that fails has an error for its result, and the others go on.
///
/// ```
/// use nlp_core::{PoolConfig, ZonePool};
///
/// let nlp = nlp_core::models::english()?;
/// let texts = ["This is a sentence.", "And this is another one."];
///
/// // Documents, whose new words stay in the vocabulary.
/// for doc in nlp.pipe(texts) {
///     println!("{}", doc?.len());
/// }
///
/// // In zones, which take all that is new with them: what is wanted of each document is said beforehand.
/// let pool = ZonePool::new(&nlp, PoolConfig::default());
/// let counts: Result<Vec<usize>, _> = nlp.pipe(texts).in_zones(&pool, |doc| doc.len()).into_iter().collect();
/// assert_eq!(counts?, [5, 6]);
///
/// // On threads. They end with the scope, or when the iterator is dropped.
/// std::thread::scope(|scope| {
///     let docs = nlp.pipe(texts).in_zones(&pool, |doc| doc.to_owned()).threads(scope, 2);
///     assert_eq!(docs.filter(Result::is_ok).count(), 2);
/// });
/// # Ok::<(), nlp_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is parsed before the stream is iterated over"]
pub struct Pipe<I, W, K> {
    rows: I,
    work: W,
    kind: K,
    batch_size: usize,
    batch_chars: usize,
}

impl Language {
    /// Annotates a stream of texts. What is new in them stays in the vocabulary, unless it is [done in
    /// zones](Pipe::in_zones).
    pub fn pipe<I>(&self, texts: I) -> Pipe<I::IntoIter, Unzoned<'_>, Texts>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        Pipe::new(texts.into_iter(), Unzoned::new(self), Texts)
    }

    /// The same for texts with something that belongs to each, such as its number: each result is a pair with it.
    /// spaCy's `as_tuples`.
    ///
    /// ```
    /// let nlp = nlp_core::models::english()?;
    /// let rows = [("One text.", 7), ("Another text.", 9)];
    /// let ids: Vec<i32> = nlp.pipe_tuples(rows).into_iter().map(|(_, id)| id).collect();
    /// assert_eq!(ids, [7, 9]);
    /// # Ok::<(), nlp_core::Error>(())
    /// ```
    pub fn pipe_tuples<I, T, C>(&self, rows: I) -> Pipe<I::IntoIter, Unzoned<'_>, Tuples>
    where
        I: IntoIterator<Item = (T, C)>,
        T: AsRef<str>,
    {
        Pipe::new(rows.into_iter(), Unzoned::new(self), Tuples)
    }
}

impl<I, W, K> Pipe<I, W, K> {
    fn new(rows: I, work: W, kind: K) -> Self {
        Pipe {
            rows,
            work,
            kind,
            batch_size: BATCH_SIZE,
            batch_chars: BATCH_CHARS,
        }
    }

    /// The most texts of a batch, [`BATCH_SIZE`] unless it is said; 0 is taken for 1.
    pub fn batch_size(mut self, texts: usize) -> Self {
        self.batch_size = texts.max(1);
        self
    }

    /// A batch ends with the text that brings it to so many bytes of UTF-8, [`BATCH_CHARS`] unless it is said. A text that
    /// is longer than that is a batch by itself.
    pub fn batch_chars(mut self, bytes: usize) -> Self {
        self.batch_chars = bytes.max(1);
        self
    }
}

impl<'n, I, K> Pipe<I, Unzoned<'n>, K> {
    /// Parses each batch in a zone out of `pool`, shows its documents to `show` and puts the zone back. The results are
    /// what `show` returns: something of its own, such as an [`OwnedDoc`](crate::OwnedDoc) or a line of JSON.
    ///
    /// # Panics
    ///
    /// If the pool is another pipeline's.
    pub fn in_zones<'p, L, F, R>(
        self,
        pool: &'p ZonePool<L>,
        show: F,
    ) -> Pipe<I, InZones<'p, L, F>, K>
    where
        L: Deref<Target = Language>,
        F: Fn(&Doc<'_>) -> R,
    {
        assert!(
            self.work.is_of(pool.language()),
            "the pool of zones is of another pipeline"
        );
        Pipe {
            rows: self.rows,
            work: InZones::new(pool, show),
            kind: self.kind,
            batch_size: self.batch_size,
            batch_chars: self.batch_chars,
        }
    }
}

impl<I, W, K> Pipe<I, W, K>
where
    I: Iterator,
    K: Rows<I::Item>,
{
    /// Has `threads` threads of `scope` do the work; 0 is taken for 1. The texts are taken, and the results given, by the
    /// thread that iterates: no more than two batches a thread are under way, so that neither a slow consumer nor a slow
    /// source lets anything pile up.
    ///
    /// A panic in the work, as in what [`Pipe::in_zones`] shows documents to, goes on in the thread that iterates, in the
    /// place of that batch's results. Dropping the iterator ends the threads, after the batches that they are at.
    pub fn threads<'s, 'e>(
        self,
        scope: &'s Scope<'s, 'e>,
        threads: usize,
    ) -> PipeThreads<I, W::Output, K>
    where
        W: ParseBatch<K::Text> + Send + Sync + 's,
        W::Output: Send + 's,
        K::Text: Send + 's,
    {
        let batches = Batches::new(self.rows, self.kind, self.batch_size, self.batch_chars);
        PipeThreads::start(batches, self.work, scope, threads.max(1))
    }
}

/// Does the work on the thread that iterates, a batch at a time.
impl<I, W, K> IntoIterator for Pipe<I, W, K>
where
    I: Iterator,
    K: Rows<I::Item>,
    W: ParseBatch<K::Text>,
{
    type Item = K::Result<W::Output>;
    type IntoIter = PipeDocs<I, W, K>;

    fn into_iter(self) -> Self::IntoIter {
        let batches = Batches::new(self.rows, self.kind, self.batch_size, self.batch_chars);
        PipeDocs::new(batches, self.work)
    }
}
