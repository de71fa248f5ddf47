//! Dependency trees and sentences.

use std::collections::BTreeSet;

use super::{Component, Source, token_vectors};
use crate::doc::Doc;
use crate::error::{Error, FormatError};
use crate::frozen::frozen;
use crate::limits::{Clock, OutOfTime};
use crate::nn::TransitionModel;
use crate::transition::{LabelTable, Parser, ParserInput, unsupported_setting};
use crate::vocab::Scope;

/// Loads what the parser and the entity recogniser have in common: the network, and what `make` builds of it and of the
/// file `moves`.
pub(super) fn load_transitions<T>(
    source: &Source<'_>,
    make: impl FnOnce(TransitionModel, &[u8]) -> Result<T, FormatError>,
) -> Result<T, Error> {
    let (cfg, _) = source.cfg()?;
    if let Some(setting) = unsupported_setting(&cfg) {
        return Err(source.unsupported(setting));
    }
    let model = source.load_model(TransitionModel::load)?;
    let (bytes, path) = source.file("moves")?;
    make(model, &bytes).map_err(|e| e.in_file(&path))
}

/// Adds the labels of a transition system to the vocabulary.
pub(super) fn add_labels(source: &mut Source<'_>, labels: &LabelTable) -> Result<(), Error> {
    let path = source.files.path(&format!("{}/moves", source.name));
    for (_, label) in labels.iter() {
        source
            .vocab
            .add_label(label)
            .map_err(|e| e.in_file(&path))?;
    }
    Ok(())
}

/// The labels of a transition system in alphabetical order. Of a label that also names the head's, for a tree that is
/// not projective, spaCy lists the head's.
pub(super) fn sorted_labels(labels: &LabelTable) -> Vec<String> {
    let labels = labels.iter().map(|(_, label)| label);
    let labels: BTreeSet<&str> = labels
        .map(|label| label.split("||").nth(1).unwrap_or(label))
        .filter(|label| !label.is_empty())
        .collect();
    labels.into_iter().map(str::to_owned).collect()
}

/// spaCy's `parser` component (`pipeline/dep_parser.pyx`).
pub(super) struct DependencyParser {
    parser: Parser,
}

frozen!(DependencyParser { parser });

/// What one document gives the parser to read.
struct Facts {
    sent_start: Vec<i8>,
    is_space: Vec<bool>,
    heads: Vec<u32>,
    labels: Vec<u64>,
}

impl DependencyParser {
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        let parser = load_transitions(source, Parser::new)?;
        add_labels(source, parser.labels())?;
        Ok(DependencyParser { parser })
    }
}

impl Component for DependencyParser {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        clock: Clock,
    ) -> Result<(), OutOfTime> {
        let vectors = token_vectors(&self.parser.model().tok2vec, docs, clock)?;
        let facts: Vec<Facts> = docs
            .iter()
            .map(|doc| Facts {
                sent_start: doc.tokens.iter().map(|t| t.sent_start).collect(),
                is_space: doc.tokens().map(|t| t.is_space()).collect(),
                heads: doc
                    .tokens
                    .iter()
                    .zip(0u32..)
                    .map(|(t, i)| i.wrapping_add_signed(t.head))
                    .collect(),
                labels: doc
                    .tokens
                    .iter()
                    .map(|t| t.dep.map_or(0, |dep| dep.id()))
                    .collect(),
            })
            .collect();
        let inputs: Vec<ParserInput<'_>> = facts
            .iter()
            .map(|facts| ParserInput {
                sent_start: &facts.sent_start,
                is_space: &facts.is_space,
                before: Some((&facts.heads, &facts.labels)),
            })
            .collect();
        let parsed = self.parser.predict_within(&vectors, &inputs, clock)?;
        for (doc, parsed) in docs.iter_mut().zip(parsed) {
            let tree = &parsed.tree;
            for (i, token) in doc.tokens.iter_mut().enumerate() {
                token.head = parsed.heads[i] as i32 - i as i32;
                token.dep = scope.label(parsed.labels[i]);
                token.left_kids = tree.left_kids[i];
                token.right_kids = tree.right_kids[i];
                token.left_edge = tree.left_edge[i];
                token.right_edge = tree.right_edge[i];
                token.sent_start = tree.sent_start[i];
            }
        }
        Ok(())
    }

    fn sees_neighbours(&self) -> bool {
        self.parser.model().tok2vec.sees_neighbours()
    }

    fn labels(&self) -> Vec<String> {
        sorted_labels(self.parser.labels())
    }
}
