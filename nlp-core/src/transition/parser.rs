//! The dependency parser (`pipeline/dep_parser.pyx`, `set_annotations` in `_parser_internals/arc_eager.pyx`).

use super::arc_eager::ArcEager;
use super::beam::{self, Beam};
use super::greedy;
use super::labels::LabelTable;
use super::lists::{Lists, Shared};
use super::moves;
use super::nonproj::Decorations;
use super::state::ParseState;
use super::tree::Tree;
use crate::error::FormatError;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
#[cfg(any(test, feature = "internals"))]
use crate::nn::Matrix;
use crate::nn::{TokenRows, TransitionModel};

/// A trained parser.
#[derive(Debug, Clone)]
pub struct Parser {
    model: TransitionModel,
    system: ArcEager,
    labels: LabelTable,
    decorations: Decorations,
    root: u64,
    beam: Option<Beam>,
}

frozen!(Parser {
    model,
    system,
    labels,
    decorations,
    root,
    beam
});

/// What the parser is told of one document.
///
/// All slices are as long as the document.
#[derive(Debug, Clone, Copy)]
pub struct ParserInput<'a> {
    /// 1 where a sentence is known to start, -1 where none may start, 0 where that is open.
    pub sent_start: &'a [i8],
    /// Whether a token is white space.
    pub is_space: &'a [bool],
    /// The heads (as in [`ParsedDoc::heads`]) and labels that the document has already, from a parser before this
    /// one: tokens that this one does not attach keep them.
    pub before: Option<(&'a [u32], &'a [u64])>,
}

/// What the parser says of one document: an entry a token in each field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParsedDoc {
    /// The token that each token hangs on, itself for a root.
    pub heads: Vec<u32>,
    /// The string ids of the arcs' labels.
    pub labels: Vec<u64>,
    /// What follows from the heads, the starts of sentences among it.
    pub tree: Tree,
}

impl Parser {
    /// A parser from its network and its `moves` file.
    ///
    /// # Errors
    /// If the file is not a parser's `moves` file, or has another number of moves than the network scores.
    pub fn new(model: TransitionModel, moves: &[u8]) -> Result<Self, FormatError> {
        let mut labels = LabelTable::default();
        let root = labels.add("ROOT");
        let actions = moves::read(moves, &mut labels)?;
        moves::check_count(actions.len(), &model)?;
        let decorations = Decorations::find(&mut labels);
        Ok(Parser {
            model,
            system: ArcEager::new(actions),
            labels,
            decorations,
            root,
            beam: None,
        })
    }

    /// The same parser, which searches with a beam if there is one.
    pub(crate) fn with_beam(self, beam: Option<Beam>) -> Self {
        Parser { beam, ..self }
    }

    /// The network, whose token vectors [`Parser::predict`] takes.
    pub fn model(&self) -> &TransitionModel {
        &self.model
    }

    /// Every label that the parser can give, and those that it sees only on the way.
    pub fn labels(&self) -> &LabelTable {
        &self.labels
    }

    /// [`Parser::predict_within`], for as long as it takes.
    #[cfg(any(test, feature = "internals"))]
    pub fn predict(&self, tokvecs: &Matrix, docs: &[ParserInput<'_>]) -> Vec<ParsedDoc> {
        let mut parsed = Vec::with_capacity(docs.len());
        let end = self.predict_within(&mut { tokvecs }, docs, Budget::UNLIMITED, &mut |doc| {
            parsed.push(doc.clone());
        });
        end.expect("the budget has no end");
        parsed
    }

    /// Parses documents, and gives what it says of each, in their order. `tokvecs` holds their token vectors (what the parser's `tok2vec` gives, before its linear
    /// layer), one document after the other.
    ///
    /// # Errors
    /// If the time is up.
    ///
    /// # Panics
    /// If `tokvecs` has not one row a token, of the width that the network takes, or an input's slices differ in
    /// length.
    pub(crate) fn predict_within(
        &self,
        tokvecs: &mut dyn TokenRows,
        docs: &[ParserInput<'_>],
        budget: Budget,
        each: &mut dyn FnMut(&ParsedDoc),
    ) -> Result<(), OutOfTime> {
        let lens: Vec<usize> = docs.iter().map(|doc| doc.sent_start.len()).collect();
        let (system, model) = (&self.system, &self.model);
        match self.beam {
            None => {
                let start = |doc: &ParserInput<'_>| ParseState::new(doc.sent_start);
                let states = docs.iter().map(start).collect();
                let states = greedy::run(system, model, tokvecs, &lens, states, budget)?;
                self.annotate_all(states, docs, budget, each)
            }
            Some(beam) => {
                let start = |doc: &ParserInput<'_>| ParseState::<Shared>::start(doc.sent_start);
                let states = docs.iter().map(start).collect();
                let states = beam::run(system, model, tokvecs, &lens, states, beam, budget)?;
                self.annotate_all(states, docs, budget, each)
            }
        }
    }

    fn annotate_all<L: Lists>(
        &self,
        states: Vec<ParseState<L>>,
        docs: &[ParserInput<'_>],
        budget: Budget,
        each: &mut dyn FnMut(&ParsedDoc),
    ) -> Result<(), OutOfTime> {
        // One document's after the other, in the same memory.
        let (mut parsed, mut starts) = (ParsedDoc::default(), Vec::new());
        for (state, doc) in states.into_iter().zip(docs) {
            budget.check()?;
            self.annotate(state, doc, &mut parsed, &mut starts);
            each(&parsed);
        }
        Ok(())
    }

    /// Writes down where a state ended, its crossing arcs put right. `starts` is scratch.
    fn annotate<L: Lists>(
        &self,
        state: ParseState<L>,
        doc: &ParserInput<'_>,
        parsed: &mut ParsedDoc,
        starts: &mut Vec<bool>,
    ) {
        let ParsedDoc {
            heads,
            labels,
            tree,
        } = parsed;
        attach(&state, doc.before, self.root, (heads, labels));
        // A long text's takes as much as what is made of it now.
        drop(state);
        tree.set(heads, labels, starts);
        if self.decorations.resolve(heads, labels, doc.is_space, tree) {
            tree.set(heads, labels, starts);
        }
    }
}

/// Writes down the heads and labels of the arcs that `state` ended with, over those from `before`; `root` labels what
/// hangs on nothing.
pub(super) fn attach<L: Lists>(
    state: &ParseState<L>,
    before: Option<(&[u32], &[u64])>,
    root: u64,
    (heads, labels): (&mut Vec<u32>, &mut Vec<u64>),
) {
    let len = state.len();
    heads.clear();
    labels.clear();
    match before {
        Some((before, their_labels)) => {
            heads.extend_from_slice(before);
            labels.extend_from_slice(their_labels);
        }
        None => {
            heads.extend(0..len as u32);
            labels.resize(len, 0);
        }
    }
    for (i, (head, label)) in heads.iter_mut().zip(labels).enumerate() {
        let token = i as i32;
        if state.has_head(token) {
            *head = state.head(token) as u32;
            *label = state.label(token);
        }
        if *head as usize == i {
            *label = root;
        }
    }
}
