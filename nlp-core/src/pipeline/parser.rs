//! Dependency trees and sentences.

use super::component::{Component, Source};
use super::merging::merge_subtokens;
use super::token_vectors::BatchRows;
use super::transitions::{add_labels, load_transitions, sorted_labels};
use crate::doc::Doc;
use crate::error::Error;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::transition::{Parser, ParserInput};
use crate::vocab::Scope;

/// spaCy's `parser` component (`pipeline/dep_parser.pyx`).
pub(super) struct DependencyParser {
    parser: Parser,
    /// Whether words that were found in pieces are put together in the end.
    learn_tokens: bool,
}

frozen!(DependencyParser {
    parser,
    learn_tokens
});

/// What one document gives the parser to read.
struct Facts {
    sent_start: Vec<i8>,
    is_space: Vec<bool>,
    /// Heads and labels, if it has any.
    before: Option<(Vec<u32>, Vec<u64>)>,
}

impl Facts {
    fn of(doc: &Doc<'_>) -> Facts {
        let heads = || {
            let heads = doc.tokens.iter().zip(0u32..);
            heads.map(|(t, i)| i.wrapping_add_signed(t.head)).collect()
        };
        let labels = || doc.tokens.iter().map(|t| t.dep.map_or(0, |dep| dep.id()));
        let parsed = doc.tokens.iter().any(|t| t.head != 0 || t.dep.is_some());
        Facts {
            sent_start: doc.tokens.iter().map(|t| t.sent_start).collect(),
            is_space: doc.tokens().map(|t| t.is_space()).collect(),
            before: parsed.then(|| (heads(), labels().collect())),
        }
    }

    fn input(&self) -> ParserInput<'_> {
        let before = self.before.as_ref();
        ParserInput {
            sent_start: &self.sent_start,
            is_space: &self.is_space,
            before: before.map(|(heads, labels)| (&heads[..], &labels[..])),
        }
    }
}

impl DependencyParser {
    /// A `parser`.
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        DependencyParser::load_searching(source, (1, 0.0))
    }

    /// A `beam_parser`.
    pub fn load_beam(source: &mut Source<'_>) -> Result<Self, Error> {
        DependencyParser::load_searching(source, (8, 0.0001))
    }

    fn load_searching(source: &mut Source<'_>, beam: (u64, f64)) -> Result<Self, Error> {
        let (parser, beam, cfg) = load_transitions(source, beam, Parser::new)?;
        add_labels(source, parser.labels())?;
        Ok(DependencyParser {
            parser: parser.with_beam(beam),
            learn_tokens: source.flag(&cfg, "learn_tokens", false),
        })
    }
}

impl Component for DependencyParser {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let facts: Vec<Facts> = docs.iter().map(Facts::of).collect();
        let inputs: Vec<ParserInput<'_>> = facts.iter().map(Facts::input).collect();
        let mut vectors = BatchRows::new(&self.parser.model().tok2vec, docs, budget);
        let parsed = self.parser.predict_within(&mut vectors, &inputs, budget)?;
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
            if self.learn_tokens {
                merge_subtokens(doc, scope, budget)?;
            }
        }
        Ok(())
    }

    fn sees_neighbours(&self) -> bool {
        self.parser.model().tok2vec.sees_neighbours()
    }

    fn changes_tokens(&self) -> bool {
        self.learn_tokens
    }

    fn labels(&self) -> Vec<String> {
        sorted_labels(self.parser.labels())
    }
}
