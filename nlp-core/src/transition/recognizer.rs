//! The entity recogniser (`pipeline/ner.pyx`, `set_annotations` in `_parser_internals/ner.pyx`).

use super::beam::{self, Beam};
use super::biluo::{self, Biluo, EntitySpan, EntityState, NerInput};
use super::greedy;
use super::labels::LabelTable;
use super::lists::{Lists, Shared};
use super::moves;
use crate::error::FormatError;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
#[cfg(any(test, feature = "internals"))]
use crate::nn::Matrix;
use crate::nn::{TokenRows, TransitionModel};
use std::collections::HashSet;

/// A trained entity recogniser.
#[derive(Debug, Clone)]
pub struct Recognizer {
    model: TransitionModel,
    system: Biluo,
    labels: LabelTable,
    /// The labels that no action is lacking for.
    known: HashSet<u64>,
    beam: Option<Beam>,
}

frozen!(Recognizer {
    model,
    system,
    labels,
    known,
    beam
});

/// What the recogniser says of one document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entities {
    /// The entities it found or confirmed, from left to right; they do not overlap. In spaCy, all tokens of one get
    /// the knowledge base id that its first token has.
    pub spans: Vec<EntitySpan>,
    /// For each token 1 inside, 2 outside, or 3 at the beginning of an entity (or blocked, if its type is 0).
    pub iob: Vec<u8>,
    /// For each token the string id of its entity's label, 0 outside of entities.
    pub types: Vec<u64>,
}

impl Recognizer {
    /// A recogniser from its network and its `moves` file.
    ///
    /// # Errors
    /// If the file is not a recogniser's `moves` file, or has another number of moves than the network scores.
    pub fn new(model: TransitionModel, moves: &[u8]) -> Result<Self, FormatError> {
        let mut labels = LabelTable::default();
        let actions = moves::read(moves, &mut labels)?;
        moves::check_count(actions.len(), &model)?;
        let system = Biluo::new(actions);
        let known = system.complete(labels.iter().map(|(id, _)| id));
        Ok(Recognizer {
            model,
            system,
            labels,
            known,
            beam: None,
        })
    }

    /// The same recogniser, which searches with a beam if there is one.
    pub(crate) fn with_beam(self, beam: Option<Beam>) -> Self {
        Recognizer { beam, ..self }
    }

    /// The network, whose token vectors [`Recognizer::predict_within`] takes.
    pub fn model(&self) -> &TransitionModel {
        &self.model
    }

    /// Every label that the recogniser was taught, and the empty one.
    pub fn labels(&self) -> &LabelTable {
        &self.labels
    }

    /// [`Recognizer::predict_within`], for as long as it takes.
    #[cfg(any(test, feature = "internals"))]
    pub fn predict(&self, tokvecs: &Matrix, docs: &[NerInput<'_>]) -> Vec<Entities> {
        let mut found = Vec::with_capacity(docs.len());
        let end = self.predict_within(&mut { tokvecs }, docs, Budget::UNLIMITED, &mut |doc| {
            found.push(doc.clone());
        });
        end.expect("the budget has no end");
        found
    }

    /// Finds entities, and gives those of each document, in their order. `tokvecs` holds the documents' token vectors (what the recogniser's `tok2vec` gives, before
    /// its linear layer), one document after the other.
    ///
    /// # Errors
    /// If the time is up.
    ///
    /// # Panics
    /// If `tokvecs` has not one row a token, of the width that the network takes, or an input's slices differ in
    /// length.
    pub(crate) fn predict_within<'a>(
        &self,
        tokvecs: &mut dyn TokenRows,
        docs: &[NerInput<'a>],
        budget: Budget,
        each: &mut dyn FnMut(&Entities),
    ) -> Result<(), OutOfTime> {
        let lens: Vec<usize> = docs.iter().map(NerInput::len).collect();
        let unknown = self.unknown_labels(docs);
        let extended = match unknown.is_empty() {
            true => None,
            false => self.system.with_labels(&unknown),
        };
        let system = extended.as_ref().unwrap_or(&self.system);
        match self.beam {
            None => {
                let states = docs.iter().map(|doc| EntityState::new(*doc)).collect();
                let states = greedy::run(system, &self.model, tokvecs, &lens, states, budget)?;
                give(states, docs, each);
            }
            Some(beam) => {
                let start = |doc: &NerInput<'a>| EntityState::<Shared>::start(*doc);
                let states = docs.iter().map(start).collect();
                let states = beam::run(system, &self.model, tokvecs, &lens, states, beam, budget)?;
                give(states, docs, each);
            }
        }
        Ok(())
    }

    /// The labels of preset entities that actions are lacking for, in the order in which they come.
    fn unknown_labels(&self, docs: &[NerInput<'_>]) -> Vec<u64> {
        let mut unknown = Vec::new();
        let mut seen = HashSet::new();
        for &label in docs.iter().flat_map(|doc| doc.ent_type) {
            if label != 0 && !self.known.contains(&label) && seen.insert(label) {
                unknown.push(label);
            }
        }
        unknown
    }
}

/// Gives what each document's end says, one after the other in the same memory.
fn give<L: Lists>(
    states: Vec<EntityState<'_, L>>,
    docs: &[NerInput<'_>],
    each: &mut dyn FnMut(&Entities),
) {
    let mut entities = Entities::default();
    for (state, doc) in states.into_iter().zip(docs) {
        annotate(state.entities(), doc, &mut entities);
        each(&entities);
    }
}

/// Writes entities over what was said of them before.
pub(super) fn annotate(mut spans: Vec<EntitySpan>, doc: &NerInput<'_>, entities: &mut Entities) {
    // A blocked token was passed over as an entity without a label.
    spans.retain(|span| span.label != 0);
    let Entities { iob, types, .. } = entities;
    iob.clear();
    iob.extend_from_slice(doc.ent_iob);
    types.clear();
    types.extend_from_slice(doc.ent_type);
    for span in &spans {
        iob[span.start..span.end].fill(biluo::INSIDE);
        iob[span.start] = biluo::BEGINS;
        types[span.start..span.end].fill(span.label);
    }
    begin_where_nothing_goes_on(iob, types);
    for iob in iob {
        if *iob == biluo::MISSING {
            *iob = biluo::OUTSIDE;
        }
    }
    entities.spans = spans;
}

/// Turns a token that is inside of what does not go on before it into a beginning (the end of `set_ents` in
/// `tokens/doc.pyx`): preset entities that were cut keep the rest of their tokens.
fn begin_where_nothing_goes_on(iob: &mut [u8], types: &[u64]) {
    for i in 1..iob.len() {
        let outside = iob[i - 1] == biluo::MISSING || iob[i - 1] == biluo::OUTSIDE;
        if iob[i] == biluo::INSIDE && (outside || types[i - 1] != types[i]) {
            iob[i] = biluo::BEGINS;
        }
    }
}
