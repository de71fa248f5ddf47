//! Base noun phrases: nouns with what belongs to them, no phrase within another (`spacy/lang/XX/syntax_iterators.py`).
//!
//! Thirteen of the 21 languages that have them follow one algorithm that a table fills in ([`heads`]); Danish and Latin share
//! another ([`bounds`]); the rest have one each ([`single`]). All walk the tree without recursion, however deep it is.

mod bounds;
mod heads;
mod single;

use std::fmt;

use crate::pos::Pos;
use crate::symbols::string_id;

pub(super) use bounds::BoundRule;
pub(super) use heads::HeadRule;

/// A parsed document, as much of it as noun chunks are made from. Tokens are numbered from 0, and following heads leads
/// from every token to a root.
pub trait Tree {
    /// How many tokens there are.
    fn len(&self) -> usize;

    /// The string id of the dependency label of token `i`; 0 where none was assigned.
    fn dep(&self, i: usize) -> u64;

    /// The token that token `i` depends on, even if it has no label: `i` itself for a root.
    fn head(&self, i: usize) -> usize;

    /// The part of speech of token `i`.
    fn pos(&self, i: usize) -> Pos;

    /// The first token of the subtree of token `i`; at most `i`.
    fn left_edge(&self, i: usize) -> usize;

    /// The last token of the subtree of token `i`; at least `i`.
    fn right_edge(&self, i: usize) -> usize;

    /// Whether there are no tokens.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The tokens before `i` that depend on it, in order of text.
    fn lefts(&self, i: usize) -> impl DoubleEndedIterator<Item = usize> {
        (self.left_edge(i)..i).filter(move |&child| self.head(child) == i)
    }

    /// The tokens after `i` that depend on it, in order of text.
    fn rights(&self, i: usize) -> impl DoubleEndedIterator<Item = usize> {
        (i + 1..=self.right_edge(i)).filter(move |&child| self.head(child) == i)
    }
}

/// Why a document has no noun chunks to speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoNounChunks {
    /// Nobody has written down what they are in this language.
    Language {
        /// The language's code.
        code: &'static str,
    },
    /// No token has a dependency label.
    Unparsed,
    /// No token has a part of speech, which Dutch asks for.
    Untagged,
}

impl fmt::Display for NoNounChunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoNounChunks::Language { code } => {
                write!(f, "noun chunks are not known for the language \"{code}\"")
            }
            NoNounChunks::Unparsed => f.write_str(
                "noun chunks need a dependency parse: use a pipeline that has a parser, and leave it enabled",
            ),
            NoNounChunks::Untagged => f.write_str(
                "noun chunks need parts of speech in this language: use a pipeline that has a morphologizer or an \
                 attribute_ruler, and leave it enabled",
            ),
        }
    }
}

impl std::error::Error for NoNounChunks {}

/// How a language makes noun chunks.
#[derive(Clone, Copy)]
pub(super) enum Chunker {
    Heads(&'static HeadRule),
    Bounds(&'static BoundRule),
    Catalan,
    Dutch,
    Finnish,
    German,
    Japanese,
    Turkish,
}

impl Chunker {
    /// The chunks of `tree` as first token and the one after the last, in the order in which spaCy has them.
    ///
    /// Where spaCy's algorithm makes a chunk that ends before it starts, and so fails on the whole document (Turkish
    /// coordination, crossing arcs in Catalan), that chunk is left out. Chunks of no token are kept, as there.
    pub(super) fn chunks(self, tree: &impl Tree) -> Result<Vec<(usize, usize)>, NoNounChunks> {
        if tree.is_empty() {
            return Ok(Vec::new());
        }
        let japanese = matches!(self, Chunker::Japanese);
        if matches!(self, Chunker::Dutch) && (0..tree.len()).all(|i| tree.pos(i) == Pos::NoTag) {
            return Err(NoNounChunks::Untagged);
        }
        if !japanese && (0..tree.len()).all(|i| tree.dep(i) == 0) {
            return Err(NoNounChunks::Unparsed);
        }
        let mut chunks = match self {
            Chunker::Heads(rule) => rule.chunks(tree),
            Chunker::Bounds(rule) => rule.chunks(tree),
            Chunker::Catalan => single::catalan(tree),
            Chunker::Dutch => single::dutch(tree),
            Chunker::Finnish => single::finnish(tree),
            Chunker::German => single::german(tree),
            Chunker::Japanese => single::japanese(tree),
            Chunker::Turkish => single::turkish(tree),
        };
        chunks.retain(|(start, end)| start <= end);
        Ok(chunks)
    }
}

/// Dependency labels, looked up by id.
struct Labels(Vec<u64>);

impl Labels {
    fn new(names: &[&str]) -> Labels {
        Labels(names.iter().map(|name| string_id(name)).collect())
    }

    fn contains(&self, dep: u64) -> bool {
        self.0.contains(&dep)
    }
}

/// Whether a part of speech is one that most languages take for the head of a noun phrase.
fn is_nominal(pos: Pos) -> bool {
    matches!(pos, Pos::Noun | Pos::Propn | Pos::Pron)
}
