//! The main workload: a pipeline annotates a batch of texts, as a service does for a request.

use super::faults::documents::Keeper;
use super::texts::Texts;
use super::{Description, Fault, Spec, Work, Workload, pipeline};
use crate::allocator::parts;
use crate::workload::Zones;
use harness_model::StoreSample;
use harness_model::units::several;
use nlp_core::doc::Doc;
use nlp_core::{Language, Owner};

/// Runs a pipeline.
pub struct Parse {
    texts: Texts,
    nlp: Language,
    subject: String,
    /// What a planted fault keeps of the documents, and whether its twin is planted in place of it.
    keeper: Option<(Keeper, bool)>,
}

impl Parse {
    /// Loads the pipeline and plants the fault that was asked for.
    ///
    /// # Errors
    ///
    /// A sentence for the user: the corpus or the pipeline cannot be read, or the pipeline has no place for the fault.
    pub fn new(spec: &Spec) -> Result<Parse, String> {
        let texts = Texts::new(spec)?;
        let (mut nlp, subject) = pipeline::load(spec.model.as_ref())?;
        if let Some(observer) = parts::observer() {
            nlp.observe(observer);
        }
        pipeline::plant_where_it_belongs(spec, &nlp)?;
        let keeper = spec.inject.and_then(Fault::keeper);
        Ok(Parse {
            texts,
            nlp,
            subject,
            keeper: keeper.map(|keeper| (keeper, spec.twin)),
        })
    }
}

/// Counts the words of a batch and lets go of its documents.
fn work(
    docs: Vec<Result<Doc<'_>, nlp_core::Error>>,
    nlp: &Language,
    keeper: &mut Option<(Keeper, bool)>,
) -> Result<Work, String> {
    let mut words = 0;
    for doc in docs {
        let doc = doc.map_err(|error| format!("a text cannot be parsed: {error}"))?;
        words += doc.len() as u64;
        if let Some((keeper, twin)) = keeper {
            keeper.keep(nlp, &doc, *twin);
        }
    }
    Ok(Work { words })
}

impl Workload for Parse {
    fn description(&self) -> Description {
        let texts = self.texts.per_iteration();
        Description {
            subject: self.subject.clone(),
            iteration: format!("{} parsed in one batch", several(texts, "text")),
        }
    }

    fn iterate(&mut self, iteration: u64, zones: Zones) -> Result<Work, String> {
        let texts = self.texts.of(iteration);
        let Parse { nlp, keeper, .. } = self;
        match zones {
            Zones::Off => work(nlp.parse_batch(&texts), nlp, keeper),
            Zones::On => nlp.memory_zone(|zone| work(zone.parse_batch(&texts), nlp, keeper)),
        }
    }

    fn stores(&self) -> Vec<StoreSample> {
        pipeline::stores(&self.nlp.memory_report(), Owner::Vocabulary)
    }
}
