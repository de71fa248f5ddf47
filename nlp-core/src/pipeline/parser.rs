//! Dependency trees and sentences.

use super::columns::next;
use super::component::{Component, Source};
use super::merging::merge_subtokens;
use super::token_vectors::BatchRows;
use super::transitions::{add_labels, load_transitions, sorted_labels};
use crate::doc::Doc;
use crate::error::Error;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::transition::{ParsedDoc, Parser, ParserInput};
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

/// What a batch of documents gives the parser to read: the columns of all of them, one after the other.
struct Facts {
    sent_start: Vec<i8>,
    is_space: Vec<bool>,
    /// Heads and labels, by document, of those that have any.
    before: Vec<Option<(Vec<u32>, Vec<u64>)>>,
}

impl Facts {
    fn of(docs: &[Doc<'_>]) -> Facts {
        let tokens = || docs.iter().flat_map(|doc| &doc.tokens);
        let before = |doc: &Doc<'_>| {
            let heads = doc.tokens.iter().zip(0u32..);
            let heads = heads.map(|(t, i)| i.wrapping_add_signed(t.head));
            let labels = doc.tokens.iter().map(|t| t.dep.map_or(0, |dep| dep.id()));
            let parsed = doc.tokens.iter().any(|t| t.head != 0 || t.dep.is_some());
            parsed.then(|| (heads.collect(), labels.collect()))
        };
        Facts {
            sent_start: tokens().map(|t| t.sent_start).collect(),
            is_space: docs
                .iter()
                .flat_map(|doc| doc.tokens().map(|t| t.is_space()))
                .collect(),
            before: docs.iter().map(before).collect(),
        }
    }

    /// The part of each document.
    fn inputs<'f>(&'f self, docs: &[Doc<'_>]) -> Vec<ParserInput<'f>> {
        let (mut sent_start, mut is_space) = (&self.sent_start[..], &self.is_space[..]);
        let docs = docs.iter().zip(&self.before);
        docs.map(|(doc, before)| ParserInput {
            sent_start: next(&mut sent_start, doc.len()),
            is_space: next(&mut is_space, doc.len()),
            before: before
                .as_ref()
                .map(|(heads, labels)| (&heads[..], &labels[..])),
        })
        .collect()
    }
}

/// What the parser says of one token.
struct Attached {
    /// Its head, counted from itself.
    head: i32,
    label: u64,
    /// Children to the left and to the right.
    kids: (u32, u32),
    /// The first and the last token of its subtree.
    edges: (u32, u32),
    sent_start: i8,
}

impl Attached {
    fn new(parsed: &ParsedDoc, i: usize) -> Attached {
        let tree = &parsed.tree;
        Attached {
            head: parsed.heads[i] as i32 - i as i32,
            label: parsed.labels[i],
            kids: (tree.left_kids[i], tree.right_kids[i]),
            edges: (tree.left_edge[i], tree.right_edge[i]),
            sent_start: tree.sent_start[i],
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
        let facts = Facts::of(docs);
        let inputs = facts.inputs(docs);
        let mut vectors = BatchRows::new(&self.parser.model().tok2vec, docs, budget);
        let mut attached = Vec::with_capacity(facts.sent_start.len());
        (self.parser).predict_within(&mut vectors, &inputs, budget, &mut |parsed| {
            attached.extend((0..parsed.heads.len()).map(|i| Attached::new(parsed, i)));
        })?;
        let mut attached = attached.into_iter();
        for doc in docs {
            for (token, attached) in doc.tokens.iter_mut().zip(&mut attached) {
                token.head = attached.head;
                token.dep = scope.label(attached.label);
                (token.left_kids, token.right_kids) = attached.kids;
                (token.left_edge, token.right_edge) = attached.edges;
                token.sent_start = attached.sent_start;
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
