//! Dependency trees and sentences.

use super::batch::token_vectors;
use super::component::{Component, Source};
use super::merging::merge_subtokens;
use super::transitions::{add_labels, load_transitions, sorted_labels};
use crate::doc::Doc;
use crate::error::Error;
use crate::frozen::frozen;
use crate::limits::{Clock, OutOfTime};
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
    heads: Vec<u32>,
    labels: Vec<u64>,
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
            if self.learn_tokens {
                merge_subtokens(doc, scope, clock)?;
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
