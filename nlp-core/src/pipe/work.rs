//! What is done with a batch of texts.

use std::ops::Deref;

use super::sealed::Sealed;
use crate::doc::Doc;
use crate::error::Error;
use crate::language::Language;
use crate::zone::ZonePool;

/// Makes a result of each text of a batch. There are two: [`Unzoned`] and [`InZones`].
pub trait ParseBatch<T>: Sealed {
    /// A result.
    type Output;

    /// The results of these texts, in their order.
    fn parse_batch(&self, texts: &[T]) -> Vec<Self::Output>;
}

/// Makes documents without a zone: what is new stays in the vocabulary.
#[derive(Debug, Clone, Copy)]
pub struct Unzoned<'n> {
    nlp: &'n Language,
}

impl<'n> Unzoned<'n> {
    pub(super) fn new(nlp: &'n Language) -> Self {
        Unzoned { nlp }
    }

    pub(super) fn is_of(&self, nlp: &Language) -> bool {
        std::ptr::eq(self.nlp, nlp)
    }
}

impl Sealed for Unzoned<'_> {}
impl<L, F> Sealed for InZones<'_, L, F> {}

impl<'n, T: AsRef<str>> ParseBatch<T> for Unzoned<'n> {
    type Output = Result<Doc<'n>, Error>;

    fn parse_batch(&self, texts: &[T]) -> Vec<Self::Output> {
        self.nlp.parse_batch(texts)
    }
}

/// Makes documents in zones, and of them what a function makes.
#[derive(Debug)]
pub struct InZones<'p, L, F> {
    pool: &'p ZonePool<L>,
    show: F,
}

impl<'p, L, F> InZones<'p, L, F> {
    pub(super) fn new(pool: &'p ZonePool<L>, show: F) -> Self {
        InZones { pool, show }
    }
}

impl<L, F, R, T> ParseBatch<T> for InZones<'_, L, F>
where
    L: Deref<Target = Language>,
    F: Fn(&Doc<'_>) -> R,
    T: AsRef<str>,
{
    type Output = Result<R, Error>;

    fn parse_batch(&self, texts: &[T]) -> Vec<Self::Output> {
        self.pool.memory_zone(|zone| {
            let docs = zone.parse_batch(texts).into_iter();
            docs.map(|doc| doc.map(|doc| (self.show)(&doc))).collect()
        })
    }
}
