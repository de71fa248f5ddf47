//! The main workload: a pipeline annotates a batch of texts, as a service does for a request.

use super::texts::Texts;
use super::{Description, Fault, Spec, Work, Workload};
use crate::sample::StoreSample;
use crate::summary::Zones;
use nlp_core::doc::Doc;
use nlp_core::{Language, Owner, faults, models};

/// Runs a pipeline.
pub struct Parse {
    texts: Texts,
    nlp: Language,
    subject: String,
}

impl Parse {
    /// Loads the pipeline and plants the fault that was asked for.
    ///
    /// # Errors
    ///
    /// A sentence for the user: the corpus or the pipeline cannot be read, or the pipeline has no place for the fault.
    pub fn new(spec: &Spec) -> Result<Parse, String> {
        let texts = Texts::new(spec)?;
        let nlp = match &spec.model {
            Some(directory) => Language::load(directory),
            None => models::english(),
        };
        let nlp = nlp.map_err(|error| format!("cannot load the pipeline: {error}"))?;
        let subject = name(&nlp);
        if let Some(fault) = spec.inject {
            plant(fault, &nlp, &subject)?;
        }
        Ok(Parse {
            texts,
            nlp,
            subject,
        })
    }
}

/// `en_ewt_sm 0.1.0`, as far as the pipeline says it.
fn name(nlp: &Language) -> String {
    let meta = |key: &str| nlp.meta().get(key).and_then(|value| value.as_str());
    let name = meta("name").unwrap_or("pipeline");
    let version = meta("version").map_or(String::new(), |version| format!(" {version}"));
    format!("{}_{name}{version}", nlp.lang().code())
}

fn plant(fault: Fault, nlp: &Language, subject: &str) -> Result<(), String> {
    match fault {
        Fault::ActivationLeak => {
            let steps_states = |(_, factory): (&str, &str)| matches!(factory, "parser" | "ner");
            if !nlp.components().any(steps_states) {
                return Err(format!(
                    "the pipeline {subject} has neither a parser nor an entity recogniser, and so no activations to leak"
                ));
            }
            faults::set(Some(faults::Fault::ActivationLeak));
        }
    }
    Ok(())
}

/// Counts the words of a batch and lets go of its documents.
fn work(docs: Vec<Result<Doc<'_>, nlp_core::Error>>) -> Result<Work, String> {
    let mut words = 0;
    for doc in docs {
        let doc = doc.map_err(|error| format!("a text cannot be parsed: {error}"))?;
        words += doc.len() as u64;
    }
    Ok(Work { words })
}

impl Workload for Parse {
    fn description(&self) -> Description {
        let texts = self.texts.per_iteration();
        Description {
            subject: self.subject.clone(),
            iteration: format!("{texts} texts parsed in one batch"),
        }
    }

    fn iterate(&mut self, iteration: u64, zones: Zones) -> Result<Work, String> {
        let texts = self.texts.of(iteration);
        match zones {
            Zones::Off => work(self.nlp.parse_batch(&texts)),
            Zones::On => self.nlp.memory_zone(|zone| work(zone.parse_batch(&texts))),
        }
    }

    fn stores(&self) -> Vec<StoreSample> {
        let report = self.nlp.memory_report();
        let sample = report.of(Owner::Vocabulary).map(|store| StoreSample {
            name: store.name.to_owned(),
            entries: store.entries as u64,
            bytes: store.bytes as u64,
        });
        sample.collect()
    }
}
