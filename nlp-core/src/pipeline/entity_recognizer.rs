//! Named entities.

use super::batch::tokens_mut;
use super::columns::next;
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

/// What a batch of documents gives the recogniser to read: the columns of all of them, one after the other.
struct Facts {
    is_space: Vec<bool>,
    sent_start: Vec<i8>,
    ent_iob: Vec<u8>,
    ent_type: Vec<u64>,
}

impl Facts {
    fn of(docs: &[Doc<'_>]) -> Facts {
        let tokens = || docs.iter().flat_map(|doc| &doc.tokens);
        let types = tokens().map(|t| t.ent_type.map_or(0, |label| label.id()));
        Facts {
            is_space: docs
                .iter()
                .flat_map(|doc| doc.tokens().map(|t| t.is_space()))
                .collect(),
            sent_start: tokens().map(|t| t.sent_start).collect(),
            ent_iob: tokens().map(|t| t.ent_iob).collect(),
            ent_type: types.collect(),
        }
    }

    /// The part of each document.
    fn inputs<'f>(&'f self, docs: &[Doc<'_>]) -> Vec<NerInput<'f>> {
        let (mut is_space, mut sent_start) = (&self.is_space[..], &self.sent_start[..]);
        let (mut ent_iob, mut ent_type) = (&self.ent_iob[..], &self.ent_type[..]);
        let input = |doc: &Doc<'_>| NerInput {
            is_space: next(&mut is_space, doc.len()),
            sent_start: next(&mut sent_start, doc.len()),
            ent_iob: next(&mut ent_iob, doc.len()),
            ent_type: next(&mut ent_type, doc.len()),
        };
        docs.iter().map(input).collect()
    }
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
        let facts = Facts::of(docs);
        let inputs = facts.inputs(docs);
        let mut vectors = BatchRows::new(&self.recognizer.model().tok2vec, docs, budget);
        let mut found = Vec::with_capacity(facts.ent_iob.len());
        (self.recognizer).predict_within(&mut vectors, &inputs, budget, &mut |entities| {
            found.extend(
                entities
                    .iob
                    .iter()
                    .copied()
                    .zip(entities.types.iter().copied()),
            );
        })?;
        for (token, (iob, label)) in tokens_mut(docs).zip(found) {
            token.ent_iob = iob;
            token.ent_type = scope.label(label);
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
