//! The pipelines of a service, each with its pool of zones.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nlp_core::{Doc, Error, Language, Limits, MemoryReport, PoolConfig, Zone, ZonePool};

/// A pipeline by name.
pub(super) struct Pipeline {
    /// Its name in requests.
    pub name: String,
    nlp: Arc<Language>,
    /// None where texts are parsed without zones.
    pool: Option<ZonePool<Arc<Language>>>,
    open: AtomicUsize,
}

impl Pipeline {
    /// A pipeline whose pool has a zone for each of `threads` already: its memory is then what it will be.
    pub fn new(
        name: String,
        nlp: Arc<Language>,
        zones: bool,
        threads: usize,
        cache: usize,
    ) -> Pipeline {
        let pool = zones.then(|| {
            let config = PoolConfig {
                max_idle: threads,
                tokenizer_cache: cache,
                ..PoolConfig::default()
            };
            let pool = ZonePool::new(Arc::clone(&nlp), config);
            drop((0..threads).map(|_| pool.zone()).collect::<Vec<_>>());
            pool
        });
        Pipeline {
            name,
            nlp,
            pool,
            open: AtomicUsize::new(0),
        }
    }

    /// Whether what is said of a text depends on the texts that it is parsed with.
    pub fn depends_on_batch(&self) -> bool {
        self.nlp.depends_on_batch()
    }

    /// Does `work` in a zone, within these limits.
    pub fn in_zone<R>(&self, limits: Limits, work: impl FnOnce(&Parser<'_>) -> R) -> R {
        let Some(pool) = &self.pool else {
            return work(&Parser::Unzoned(&self.nlp));
        };
        let zone = pool.zone();
        let _open = Open::new(&self.open);
        zone.set_limits(limits);
        work(&Parser::Zone(&zone))
    }

    /// How many zones are open.
    pub fn open_zones(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// The stores of the pipeline, of its vocabulary and of its idle zones.
    pub fn memory_reports(&self) -> impl Iterator<Item = MemoryReport> {
        let pool = self.pool.as_ref().map(ZonePool::memory_report);
        [self.nlp.memory_report()].into_iter().chain(pool)
    }
}

/// Makes documents of texts.
pub(super) enum Parser<'z> {
    /// In a zone.
    Zone(&'z Zone<'z>),
    /// In the vocabulary itself.
    Unzoned(&'z Language),
}

impl Parser<'_> {
    /// Parses a batch.
    pub fn parse_batch<T: AsRef<str>>(&self, texts: &[T]) -> Vec<Result<Doc<'_>, Error>> {
        match self {
            Parser::Zone(zone) => zone.parse_batch(texts),
            Parser::Unzoned(nlp) => nlp.parse_batch(texts),
        }
    }
}

/// Counts a zone that is open, also while a panic goes through it.
struct Open<'c>(&'c AtomicUsize);

impl<'c> Open<'c> {
    fn new(count: &'c AtomicUsize) -> Open<'c> {
        count.fetch_add(1, Ordering::Relaxed);
        Open(count)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
