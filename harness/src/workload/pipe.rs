//! The workload of a stream: texts through `Language::pipe` on threads, in zones of a pool or without.

use super::texts::Texts;
use super::{Description, Spec, Work, Workload, pipeline};
use crate::allocator::parts;
use crate::workload::Zones;
use crate::workload::settled::settle;
use harness_model::StoreSample;
use harness_model::units::several;
use nlp_core::{Language, Owner, PoolConfig, ZonePool};
use std::sync::Arc;

/// Threads that parse, begun and ended in each iteration.
const THREADS: usize = 2;
/// Texts of a batch: small, so that an iteration has several.
const BATCH: usize = 2;

/// Streams texts through a pipeline.
pub struct Pipe {
    texts: Texts,
    nlp: Arc<Language>,
    pool: ZonePool<Arc<Language>>,
    subject: String,
}

impl Pipe {
    /// Loads the pipeline and plants the fault that was asked for.
    ///
    /// # Errors
    ///
    /// A sentence for the user: the corpus or the pipeline cannot be read, or the pipeline has no place for the fault.
    pub fn new(spec: &Spec) -> Result<Pipe, String> {
        let texts = Texts::new(spec)?;
        let (mut nlp, subject) = pipeline::load(spec.model.as_ref())?;
        if let Some(observer) = parts::observer() {
            nlp.observe(observer);
        }
        pipeline::plant_where_it_belongs(spec, &nlp)?;
        let nlp = Arc::new(nlp);
        let config = PoolConfig {
            max_idle: THREADS,
            ..PoolConfig::default()
        };
        let pool = ZonePool::new(Arc::clone(&nlp), config);
        // A zone for each thread from the first: which iteration is the first to need them all is chance.
        drop((0..THREADS).map(|_| pool.zone()).collect::<Vec<_>>());
        Ok(Pipe {
            texts,
            nlp,
            pool,
            subject,
        })
    }
}

impl Workload for Pipe {
    fn description(&self) -> Description {
        let texts = self.texts.per_iteration();
        Description {
            subject: self.subject.clone(),
            iteration: format!(
                "{} streamed through {THREADS} threads",
                several(texts, "text")
            ),
        }
    }

    fn iterate(&mut self, iteration: u64, zones: Zones) -> Result<Work, String> {
        let texts = self.texts.of(iteration);
        let pipe = self.nlp.pipe(texts).batch_size(BATCH);
        let pool = &self.pool;
        let words = std::thread::scope(|scope| match zones {
            Zones::Off => {
                let docs = pipe.threads(scope, THREADS);
                docs.map(|doc| doc.map(|doc| doc.len() as u64)).sum()
            }
            Zones::On => {
                let lengths = pipe.in_zones(pool, |doc| doc.len() as u64);
                lengths.threads(scope, THREADS).sum()
            }
        });
        // A scope ends before its threads have freed what they were started with.
        settle(|| true);
        let words: Result<u64, nlp_core::Error> = words;
        let words = words.map_err(|error| format!("a text cannot be parsed: {error}"))?;
        Ok(Work { words })
    }

    fn stores(&self) -> Vec<StoreSample> {
        pipeline::stores(&self.nlp.memory_report(), Owner::Vocabulary)
    }
}
