//! Named entities.

use super::component::{Component, Source};
use super::token_vectors::BatchRows;
use super::transitions::{add_labels, load_transitions, sorted_labels};
use crate::doc::Doc;
use crate::error::Error;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::transition::{NerInput, Recognizer};
use crate::vocab::Scope;

/// spaCy's `ner` component (`pipeline/ner.pyx`).
pub(super) struct EntityRecognizer {
    recognizer: Recognizer,
}

frozen!(EntityRecognizer { recognizer });

/// What one document gives the recogniser to read.
struct Facts {
    is_space: Vec<bool>,
    sent_start: Vec<i8>,
    ent_iob: Vec<u8>,
    ent_type: Vec<u64>,
}

impl EntityRecognizer {
    /// An `ner`.
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        EntityRecognizer::load_searching(source, (1, 0.0))
    }

    /// A `beam_ner`.
    pub fn load_beam(source: &mut Source<'_>) -> Result<Self, Error> {
        EntityRecognizer::load_searching(source, (32, 0.01))
    }

    fn load_searching(source: &mut Source<'_>, beam: (u64, f64)) -> Result<Self, Error> {
        let (recognizer, beam, _) = load_transitions(source, beam, Recognizer::new)?;
        add_labels(source, recognizer.labels())?;
        Ok(EntityRecognizer {
            recognizer: recognizer.with_beam(beam),
        })
    }
}

impl Component for EntityRecognizer {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let facts: Vec<Facts> = docs
            .iter()
            .map(|doc| Facts {
                is_space: doc.tokens().map(|t| t.is_space()).collect(),
                sent_start: doc.tokens.iter().map(|t| t.sent_start).collect(),
                ent_iob: doc.tokens.iter().map(|t| t.ent_iob).collect(),
                ent_type: doc
                    .tokens
                    .iter()
                    .map(|t| t.ent_type.map_or(0, |label| label.id()))
                    .collect(),
            })
            .collect();
        let inputs: Vec<NerInput<'_>> = facts
            .iter()
            .map(|facts| NerInput {
                is_space: &facts.is_space,
                sent_start: &facts.sent_start,
                ent_iob: &facts.ent_iob,
                ent_type: &facts.ent_type,
            })
            .collect();
        let mut vectors = BatchRows::new(&self.recognizer.model().tok2vec, docs, budget);
        let found = self
            .recognizer
            .predict_within(&mut vectors, &inputs, budget)?;
        for (doc, entities) in docs.iter_mut().zip(found) {
            for (i, token) in doc.tokens.iter_mut().enumerate() {
                token.ent_iob = entities.iob[i];
                token.ent_type = scope.label(entities.types[i]);
            }
        }
        Ok(())
    }

    fn sees_neighbours(&self) -> bool {
        self.recognizer.model().tok2vec.sees_neighbours()
    }

    fn labels(&self) -> Vec<String> {
        sorted_labels(self.recognizer.labels())
    }
}
