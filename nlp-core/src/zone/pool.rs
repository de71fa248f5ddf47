//! Zones that are used again and again, for services that open one for every request.

use std::mem;
use std::ops::Deref;

use super::Zone;
use super::idle::Idle;
use crate::language::Language;
use crate::memory_report::{MemoryReport, OnClose, Owner, Store};
use crate::vocab::{Held, Keep, Layer};

/// What a [`ZonePool`] keeps between zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolConfig {
    /// Idle zones that are kept; what is put back beyond that is freed. `usize::MAX`: all of them.
    pub max_idle: usize,
    /// Capacity that an idle zone keeps. It has that from the first, and is put back to it after every use. Of what is
    /// over 16 MiB, a store has as much as it once needed: `usize::MAX` keeps all memory that a request ever took.
    pub keep: Keep,
    /// Entries of a zone's tokenizer cache, which stays warm from one use to the next: chunks of text of up to 128 bytes,
    /// and how they are cut, 16 bytes of text to an entry on average. 0 keeps no text of one request during later ones.
    pub tokenizer_cache: usize,
    /// Keep the words of earlier uses as well, until they exceed `keep`; then all of them go at once. This
    /// pays for requests that do little more than split texts into tokens, with a `keep` that has room for the words that
    /// come again and again (4 MiB for ten thousand of them). Memory is bounded and flat all the same, but strings of one request stay in the pool's memory during later ones, so it is off unless asked for.
    pub warm_words: bool,
}

impl Default for PoolConfig {
    /// Up to 64 idle zones of some 600 KB each, most of which is touched only by large requests.
    fn default() -> Self {
        PoolConfig {
            max_idle: 64,
            keep: Keep::default(),
            tokenizer_cache: 7_000,
            warm_words: false,
        }
    }
}

/// A bounded pool of zones over one pipeline.
///
/// A service that opens a zone for every request would ask the allocator for each, and begin each with a cold tokenizer
/// cache. A zone from a pool has its memory already and its cache warm. When it is put back its strings and lexemes are
/// gone, and its memory is what it was when the zone was made: between requests a pool holds the same number of bytes,
/// whatever the requests were.
///
/// `L` is whatever lends the pipeline: `&Language`, `Arc<Language>`, `Box<Language>`. It must lend the same one every time:
/// a pool's caches are of one pipeline. Threads share the pool; a lock is
/// held only for taking a zone out and for putting it back.
///
/// ```
/// use nlp_core::{Owner, PoolConfig, ZonePool};
///
/// let nlp = nlp_core::models::english()?;
/// let pool = ZonePool::new(&nlp, PoolConfig::default());
/// std::thread::scope(|threads| {
///     for request in ["Where is my refund?", "The gizmotron is broken."] {
///         let pool = &pool;
///         threads.spawn(move || {
///             let zone = pool.zone();
///             let doc = zone.parse(request).unwrap();
///             println!("{}", doc.to_json());
///         });
///     }
/// });
/// assert_eq!(pool.memory_report().get(Owner::Pool, "strings").unwrap().entries, 0);
/// # Ok::<(), nlp_core::Error>(())
/// ```
pub struct ZonePool<L> {
    nlp: L,
    config: PoolConfig,
    idle: Idle<Layer>,
}

impl<L: Deref<Target = Language>> ZonePool<L> {
    /// A pool without any zone yet: one is made whenever none is idle.
    pub fn new(nlp: L, config: PoolConfig) -> Self {
        ZonePool {
            nlp,
            config,
            idle: Idle::new(config.max_idle),
        }
    }

    /// Takes a zone out of the pool, or makes one if none is idle. It goes back when it is dropped.
    pub fn zone(&self) -> PooledZone<'_> {
        let idle = self.idle.take();
        let layer =
            idle.unwrap_or_else(|| Layer::whole(self.config.keep, self.config.tokenizer_cache));
        PooledZone {
            zone: Zone::over(&self.nlp, layer),
            idle: &self.idle,
            config: self.config,
        }
    }

    /// Runs `work` with a zone of the pool, and puts the zone back at the end, also if `work` panics.
    pub fn memory_zone<R>(&self, work: impl FnOnce(&Zone<'_>) -> R) -> R {
        work(&self.zone())
    }

    /// The pipeline.
    pub fn language(&self) -> &Language {
        &self.nlp
    }

    /// What the pool keeps between zones.
    pub fn config(&self) -> PoolConfig {
        self.config
    }

    /// The stores of all idle zones, added up, and the pool's list of them.
    pub fn memory_report(&self) -> MemoryReport {
        let mut report = MemoryReport::default();
        let words = match self.config.warm_words {
            true => OnClose::Kept,
            false => OnClose::Freed,
        };
        self.idle.look(|idle| {
            for layer in idle {
                layer.register(&mut report, Owner::Pool, words, OnClose::Kept);
            }
            report.register(Store {
                owner: Owner::Pool,
                name: "idle_zones".into(),
                entries: idle.len(),
                capacity: idle.capacity(),
                bytes: idle.capacity() * size_of::<Layer>(),
                bound: Some(self.config.max_idle),
                on_close: OnClose::Kept,
            });
        });
        report
    }
}

impl<L> std::fmt::Debug for ZonePool<L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ZonePool")
            .field("config", &self.config)
            .field("idle", &self.idle.look(Vec::len))
            .finish_non_exhaustive()
    }
}

/// A [`Zone`] out of a [`ZonePool`], emptied and put back when it is dropped. All that a zone can do, it can.
///
/// One in which a part of the pipeline [panicked](crate::Error::Panicked) is freed instead: what the next request gets has
/// seen no fault.
pub struct PooledZone<'pool> {
    zone: Zone<'pool>,
    idle: &'pool Idle<Layer>,
    config: PoolConfig,
}

impl<'pool> Deref for PooledZone<'pool> {
    type Target = Zone<'pool>;

    fn deref(&self) -> &Zone<'pool> {
        &self.zone
    }
}

impl Drop for PooledZone<'_> {
    fn drop(&mut self) {
        let Held {
            mut layer, spoiled, ..
        } = mem::take(self.zone.chain.held_mut());
        if spoiled {
            return;
        }
        if !(self.config.warm_words && layer.is_within(self.config.keep)) {
            layer.reset(self.config.keep);
        }
        self.idle.put(layer);
    }
}

impl std::fmt::Debug for PooledZone<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.zone.fmt(f)
    }
}
