//! Base noun phrases: nouns with what belongs to them, no phrase within another (`spacy/lang/XX/syntax_iterators.py`).
//!
//! Thirteen of the 21 languages that have them follow one algorithm that a table fills in (`heads`); Danish and Latin share
//! another (`bounds`); the rest have one each (`single`). All walk the tree without recursion, however deep it is.

mod bounds;
mod children;
mod heads;
mod single;
mod tree;

use std::fmt;

use crate::pos::Pos;

pub(super) use bounds::BoundRule;
pub(super) use heads::HeadRule;
pub use tree::Tree;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;
    use crate::symbols::string_id;
    use proptest::prelude::*;

    /// A tree whose edges are found the slow way.
    struct Heads {
        deps: Vec<u64>,
        heads: Vec<usize>,
        pos: Vec<Pos>,
    }

    impl Heads {
        fn new(pos: &[&str], deps: &[&str], heads: &[usize]) -> Heads {
            Heads {
                deps: deps.iter().map(|dep| string_id(dep)).collect(),
                heads: heads.to_vec(),
                pos: pos
                    .iter()
                    .map(|name| Pos::from_name(name).expect("a part of speech"))
                    .collect(),
            }
        }

        fn is_under(&self, mut token: usize, top: usize) -> bool {
            while token != top && self.heads[token] != token {
                token = self.heads[token];
            }
            token == top
        }
    }

    impl Tree for Heads {
        fn len(&self) -> usize {
            self.heads.len()
        }
        fn dep(&self, i: usize) -> u64 {
            self.deps[i]
        }
        fn head(&self, i: usize) -> usize {
            self.heads[i]
        }
        fn pos(&self, i: usize) -> Pos {
            self.pos[i]
        }
        fn left_edge(&self, i: usize) -> usize {
            (0..=i).find(|&token| self.is_under(token, i)).unwrap_or(i)
        }
        fn right_edge(&self, i: usize) -> usize {
            (i..self.len())
                .rfind(|&token| self.is_under(token, i))
                .unwrap_or(i)
        }
    }

    fn chunks(code: &str, tree: &Heads) -> Result<Vec<(usize, usize)>, NoNounChunks> {
        Lang::get(code).expect("a language").noun_chunks(tree)
    }

    /// `golden/chunks.jsonl`: random trees, each with what spaCy makes of it.
    #[test]
    fn random_trees_have_the_chunks_that_spacy_finds() {
        type Line = (
            String,
            Vec<String>,
            Vec<String>,
            Vec<usize>,
            Vec<(usize, usize)>,
        );
        fn strs(strings: &[String]) -> Vec<&str> {
            strings.iter().map(String::as_str).collect()
        }
        let mut codes = std::collections::BTreeSet::new();
        for line in include_str!("../golden/chunks.jsonl").lines() {
            let (code, pos, deps, heads, expected): Line =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            let tree = Heads::new(&strs(&pos), &strs(&deps), &heads);
            assert_eq!(chunks(&code, &tree), Ok(expected), "{line}");
            codes.insert(code);
        }
        assert_eq!(
            codes.len(),
            21,
            "every language that has noun chunks is in the file"
        );
    }

    #[test]
    fn english_chunks_end_at_the_noun_and_reach_coordinated_ones() {
        // The old cats of Rome and dogs sleep
        let tree = Heads::new(
            &[
                "DET", "ADJ", "NOUN", "ADP", "PROPN", "CCONJ", "NOUN", "VERB",
            ],
            &["det", "amod", "nsubj", "prep", "pobj", "cc", "conj", "ROOT"],
            &[2, 2, 7, 2, 3, 2, 2, 7],
        );
        assert_eq!(chunks("en", &tree), Ok(vec![(0, 3), (4, 5), (6, 7)]));
    }

    #[test]
    fn a_language_without_chunks_and_a_text_without_parse_say_why() {
        let unparsed = Heads::new(&["NOUN", "VERB"], &["", ""], &[0, 1]);
        let untagged = Heads::new(&["", ""], &["nsubj", "ROOT"], &[1, 1]);
        assert_eq!(
            chunks("ko", &untagged),
            Err(NoNounChunks::Language { code: "ko" })
        );
        assert_eq!(chunks("en", &unparsed), Err(NoNounChunks::Unparsed));
        assert_eq!(chunks("nl", &untagged), Err(NoNounChunks::Untagged));
        assert_eq!(chunks("en", &Heads::new(&[], &[], &[])), Ok(vec![]));
    }

    #[test]
    fn a_chunk_that_would_end_before_it_starts_is_left_out() {
        // A coordinated Turkish noun without a conjunction, and with a dependent behind it.
        let tree = Heads::new(
            &["NOUN", "NOUN", "ADJ"],
            &["ROOT", "conj", "amod"],
            &[0, 0, 1],
        );
        assert_eq!(chunks("tr", &tree), Ok(vec![(0, 1)]));
    }

    /// Nouns, each the child of the one before.
    struct Chain(usize);

    impl Tree for Chain {
        fn len(&self) -> usize {
            self.0
        }
        fn dep(&self, i: usize) -> u64 {
            string_id(if i == 0 { "ROOT" } else { "flat" })
        }
        fn head(&self, i: usize) -> usize {
            i.saturating_sub(1)
        }
        fn pos(&self, _: usize) -> Pos {
            Pos::Noun
        }
        fn left_edge(&self, i: usize) -> usize {
            i
        }
        fn right_edge(&self, _: usize) -> usize {
            self.0 - 1
        }
    }

    #[test]
    fn a_deep_tree_needs_neither_stack_nor_long() {
        let len = 200_000;
        for lang in Lang::all() {
            let Ok(chunks) = lang.noun_chunks(&Chain(len)) else {
                continue;
            };
            let expected = match lang.code() {
                "da" | "la" | "nb" | "nn" | "sv" | "id" | "ms" | "ca" => (0, len),
                "es" | "fr" | "it" | "pt" | "ht" => (0, len),
                "tr" => (0, 2),
                _ => (0, 1),
            };
            assert_eq!(chunks.first(), Some(&expected), "{}", lang.code());
        }
    }

    #[test]
    fn heads_in_a_circle_do_no_harm() {
        let tree = Heads::new(
            &["NOUN", "NOUN", "NOUN"],
            &["conj", "nsubj", "conj"],
            &[2, 0, 1],
        );
        struct Circle(Heads);
        impl Tree for Circle {
            fn len(&self) -> usize {
                self.0.len()
            }
            fn dep(&self, i: usize) -> u64 {
                self.0.dep(i)
            }
            fn head(&self, i: usize) -> usize {
                self.0.head(i)
            }
            fn pos(&self, i: usize) -> Pos {
                self.0.pos(i)
            }
            fn left_edge(&self, _: usize) -> usize {
                0
            }
            fn right_edge(&self, _: usize) -> usize {
                2
            }
        }
        let tree = Circle(tree);
        for lang in Lang::all() {
            for (start, end) in lang.noun_chunks(&tree).unwrap_or_default() {
                assert!(start <= end && end <= 3, "{}", lang.code());
            }
        }
    }

    proptest! {
        #[test]
        fn any_tree_has_chunks_within_the_text(
            tokens in prop::collection::vec((0usize..1000, 0usize..8, 0usize..21), 1..30),
        ) {
            // Each head is earlier in a shuffled order, so arcs cross and there is no cycle.
            let order: Vec<usize> = {
                let mut order: Vec<usize> = (0..tokens.len()).collect();
                order.sort_by_key(|&i| tokens[i].0);
                order
            };
            let mut heads = vec![0; tokens.len()];
            for (rank, &token) in order.iter().enumerate() {
                heads[token] = order[tokens[token].0 % (rank + 1)];
            }
            let names = ["ROOT", "conj", "nsubj", "obj", "nmod", "appos", "flat", "nk"];
            let deps: Vec<&str> = tokens.iter().map(|token| names[token.1]).collect();
            let pos: Vec<&str> = tokens.iter().map(|token| Pos::ALL[token.2].name()).collect();
            let tree = Heads::new(&pos, &deps, &heads);
            for lang in Lang::all() {
                for (start, end) in lang.noun_chunks(&tree).unwrap_or_default() {
                    prop_assert!(start <= end && end <= tree.len(), "{} {start} {end}", lang.code());
                }
            }
        }
    }
}
