//! Makes one token of every entity, noun chunk, or word that the parser found in pieces (`pipeline/functions.py`).

use super::component::{Component, Source};
use crate::attr::Attr;
use crate::doc::{Doc, Merge};
use crate::error::Error;
use crate::frozen::frozen;
use crate::lang::noun_chunks::NoNounChunks;
use crate::limits::{Budget, OutOfTime};
use crate::vocab::Scope;

/// The label of the arcs between the pieces of one word.
const SUBTOKEN: &str = "subtok";

/// Which tokens become one: spaCy's `merge_entities`, `merge_noun_chunks` and `merge_subtokens`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Merger {
    /// Those of each named entity.
    Entities,
    /// Those of each base noun phrase.
    NounChunks,
    /// Neighbours with the label `subtok`, and the token after them.
    Subtokens,
}

frozen!(hash Merger);

impl Merger {
    /// Noun chunks of a language that has some.
    pub fn noun_chunks(source: &Source<'_>) -> Result<Self, Error> {
        match source.vocab.lang().has_noun_chunks() {
            true => Ok(Merger::NounChunks),
            false => {
                let code = source.vocab.lang().code();
                Err(source.unsupported(NoNounChunks::Language { code }.to_string()))
            }
        }
    }
}

impl Component for Merger {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        for doc in docs {
            match self {
                Merger::Entities => merge_entities(doc, scope, budget)?,
                Merger::NounChunks => merge_noun_chunks(doc, scope, budget)?,
                Merger::Subtokens => merge_subtokens(doc, scope, budget)?,
            }
        }
        Ok(())
    }
}

fn merge_entities<'v>(
    doc: &mut Doc<'v>,
    scope: Scope<'v>,
    budget: Budget,
) -> Result<(), OutOfTime> {
    let ranges = doc.ents().into_iter().map(|ent| (ent.start(), ent.end()));
    let merges: Vec<Merge<'v>> = ranges
        .collect::<Vec<_>>()
        .into_iter()
        .map(|(start, end)| Merge {
            start,
            end,
            ent_type: doc.tokens[start].ent_type,
        })
        .collect();
    doc.merge(&merges, scope, budget)
}

/// Documents without a parse, and those in which noun chunks need more than there is, stay as they are. So do chunks of no
/// token and those that overlap another, at which spaCy gives the document up.
fn merge_noun_chunks<'v>(
    doc: &mut Doc<'v>,
    scope: Scope<'v>,
    budget: Budget,
) -> Result<(), OutOfTime> {
    if !doc.has_annotation(Attr::Dep) {
        return Ok(());
    }
    let Ok(chunks) = doc.noun_chunks() else {
        return Ok(());
    };
    let mut ranges: Vec<(usize, usize)> = chunks.iter().map(|c| (c.start(), c.end())).collect();
    ranges.retain(|(start, end)| start < end);
    ranges.sort_unstable();
    let mut free = 0;
    ranges.retain(|&(start, end)| {
        let is_free = start >= free;
        free = free.max(end);
        is_free
    });
    doc.merge(&plain(ranges), scope, budget)
}

/// Makes one token of each run of tokens with the label `subtok` and the token after it: in spaCy the parser does so, too,
/// if it was trained with `learn_tokens`.
pub(super) fn merge_subtokens<'v>(
    doc: &mut Doc<'v>,
    scope: Scope<'v>,
    budget: Budget,
) -> Result<(), OutOfTime> {
    let is_subtoken = |i: usize| doc.tokens[i].dep.is_some_and(|dep| dep.text() == SUBTOKEN);
    let mut ranges = Vec::new();
    let mut i = 0;
    while i < doc.len() {
        let start = i;
        while i < doc.len() && is_subtoken(i) {
            i += 1;
        }
        if i > start {
            ranges.push((start, (i + 1).min(doc.len())));
        }
        i += 1;
    }
    doc.merge(&plain(ranges), scope, budget)
}

/// Merges that set nothing but what follows from the tokens.
fn plain<'v>(ranges: Vec<(usize, usize)>) -> Vec<Merge<'v>> {
    let merge = |(start, end)| Merge {
        start,
        end,
        ent_type: None,
    };
    ranges.into_iter().map(merge).collect()
}
