//! Noun chunks by their heads: a noun in one of some roles, or coordinated with one, from the left edge of its
//! subtree to a right end that depends on the language.

use super::children::Children;
use super::tree::{Labels, Tree, is_nominal};
use crate::pos::Pos;
use crate::symbols::string_id;

/// What a language fills into the algorithm.
pub(in crate::lang) struct HeadRule {
    /// The dependency labels of heads of noun phrases.
    roles: &'static [&'static str],
    /// Where a chunk ends.
    right: Right,
    /// Whether an adposition is cut off the start of a chunk, and a conjunction off the start of a coordinated one.
    trims: bool,
}

/// The last token of a chunk.
enum Right {
    /// The head.
    Head,
    /// The last token of the head's subtree, of coordinated heads too.
    Edge,
    /// The first child behind the head with the label `nmod`, if the head is a common noun; else the head.
    Nmod,
    /// By the first child behind the head: the end of an adjective's subtree, a determiner of one of these labels, the
    /// end of the head's subtree after one of these modifiers; else the head.
    FirstChild {
        determiners: &'static [&'static str],
        modifiers: &'static [&'static str],
    },
    /// The end of the subtree of the last child behind the head that is a noun or has one of these labels.
    LastModifier(&'static [&'static str]),
}

impl HeadRule {
    pub(in crate::lang) const ENGLISH: HeadRule = HeadRule {
        roles: &[
            "oprd",
            "nsubj",
            "dobj",
            "nsubjpass",
            "pcomp",
            "pobj",
            "dative",
            "appos",
            "attr",
            "ROOT",
        ],
        right: Right::Head,
        trims: false,
    };

    pub(in crate::lang) const PERSIAN: HeadRule = HeadRule {
        roles: &[
            "nsubj",
            "dobj",
            "nsubjpass",
            "pcomp",
            "pobj",
            "dative",
            "appos",
            "attr",
            "ROOT",
        ],
        ..HeadRule::ENGLISH
    };

    pub(in crate::lang) const GREEK: HeadRule = HeadRule {
        roles: &["nsubj", "obj", "iobj", "appos", "ROOT", "obl"],
        right: Right::Nmod,
        trims: false,
    };

    /// Norwegian, in both its forms, Indonesian and Malay.
    pub(in crate::lang) const NORWEGIAN: HeadRule = HeadRule {
        roles: &[
            "nsubj",
            "nsubj:pass",
            "obj",
            "iobj",
            "ROOT",
            "appos",
            "nmod",
            "nmod:poss",
        ],
        right: Right::Edge,
        trims: false,
    };

    pub(in crate::lang) const SWEDISH: HeadRule = HeadRule {
        roles: &[
            "nsubj",
            "nsubj:pass",
            "dobj",
            "obj",
            "iobj",
            "ROOT",
            "appos",
            "nmod",
            "nmod:poss",
        ],
        ..HeadRule::NORWEGIAN
    };

    pub(in crate::lang) const SPANISH: HeadRule = HeadRule {
        roles: &[
            "nsubj",
            "nsubj:pass",
            "obj",
            "obl",
            "nmod",
            "pcomp",
            "appos",
            "ROOT",
        ],
        right: Right::FirstChild {
            determiners: &[],
            modifiers: &["flat", "fixed", "compound"],
        },
        trims: true,
    };

    pub(in crate::lang) const FRENCH: HeadRule = HeadRule {
        roles: &[
            "nsubj",
            "nsubj:pass",
            "obj",
            "obl",
            "obl:agent",
            "obl:arg",
            "obl:mod",
            "nmod",
            "pcomp",
            "appos",
            "ROOT",
        ],
        right: Right::FirstChild {
            determiners: &["det"],
            modifiers: &["flat", "flat:name", "flat:foreign", "fixed", "compound"],
        },
        trims: true,
    };

    pub(in crate::lang) const PORTUGUESE: HeadRule = HeadRule {
        roles: &[
            "nsubj",
            "nsubj:pass",
            "obj",
            "obl",
            "obl:agent",
            "nmod",
            "pcomp",
            "appos",
            "ROOT",
        ],
        right: Right::FirstChild {
            determiners: &["det"],
            modifiers: &["flat", "flat:name", "fixed", "compound"],
        },
        trims: true,
    };

    pub(in crate::lang) const ITALIAN: HeadRule = HeadRule {
        right: Right::FirstChild {
            determiners: &["det", "det:poss"],
            modifiers: &["flat", "flat:name", "fixed", "compound"],
        },
        ..HeadRule::PORTUGUESE
    };

    pub(in crate::lang) const HAITIAN: HeadRule = HeadRule {
        roles: &["nsubj", "obj", "obl", "nmod", "appos", "ROOT"],
        right: Right::LastModifier(&["compound", "flat", "flat:name", "fixed"]),
        trims: true,
    };

    /// The chunks of `tree`.
    pub(super) fn chunks(&self, tree: &impl Tree) -> Vec<(usize, usize)> {
        let roles = Labels::new(self.roles);
        let conj = string_id("conj");
        let first_conjuncts = first_conjuncts(tree, conj);
        let right = RightEnd::new(&self.right, tree);
        let mut chunks = Vec::new();
        // Tokens before this one are in a chunk already.
        let mut free = 0;
        for word in 0..tree.len() {
            let start = tree.left_edge(word);
            if !is_nominal(tree.pos(word)) || start < free {
                continue;
            }
            let dep = tree.dep(word);
            let (last, cut) = if roles.contains(dep) {
                (right.of(tree, word), Pos::Adp)
            } else if dep == conj && roles.contains(tree.dep(first_conjuncts[tree.head(word)])) {
                (right.of_coordinated(tree, word), Pos::Cconj)
            } else {
                continue;
            };
            let trimmed = self.trims && tree.pos(start) == cut;
            chunks.push((start + usize::from(trimmed), last + 1));
            free = last + 1;
        }
        chunks
    }
}

/// For each token the one at which its coordination begins: up from conjuncts to heads that are before them.
fn first_conjuncts(tree: &impl Tree, conj: u64) -> Vec<usize> {
    let mut first = Vec::with_capacity(tree.len());
    for token in 0..tree.len() {
        let head = tree.head(token);
        first.push(match tree.dep(token) == conj && head < token {
            true => first[head],
            false => token,
        });
    }
    first
}

/// A [`Right`] with its labels looked up, and the children that it asks for.
struct RightEnd<'r> {
    rule: &'r Right,
    determiners: Labels,
    modifiers: Labels,
    amod: u64,
    nmod: u64,
    children: Option<Children>,
}

impl<'r> RightEnd<'r> {
    fn new(rule: &'r Right, tree: &impl Tree) -> Self {
        let (determiners, modifiers): (&[&str], &[&str]) = match rule {
            Right::FirstChild {
                determiners,
                modifiers,
            } => (determiners, modifiers),
            Right::LastModifier(modifiers) => (&[], modifiers),
            Right::Head | Right::Edge | Right::Nmod => (&[], &[]),
        };
        RightEnd {
            rule,
            determiners: Labels::new(determiners),
            modifiers: Labels::new(modifiers),
            amod: string_id("amod"),
            nmod: string_id("nmod"),
            children: match rule {
                Right::Head | Right::Edge => None,
                _ => Some(Children::of(tree)),
            },
        }
    }

    /// The last token of the chunk of `word`.
    fn of(&self, tree: &impl Tree, word: usize) -> usize {
        let mut rights = self
            .children
            .iter()
            .flat_map(|children| children.rights(word));
        match self.rule {
            Right::Head => word,
            Right::Edge => tree.right_edge(word),
            Right::Nmod if tree.pos(word) == Pos::Noun => rights
                .find(|&child| tree.dep(child) == self.nmod)
                .unwrap_or(word),
            Right::Nmod => word,
            Right::FirstChild { .. } => match rights.next() {
                Some(child) => self.after_first(tree, word, child),
                None => word,
            },
            Right::LastModifier(_) => rights
                .filter(|&child| {
                    self.modifiers.contains(tree.dep(child)) || tree.pos(child) == Pos::Noun
                })
                .last()
                .map_or(word, |child| tree.right_edge(child)),
        }
    }

    fn after_first(&self, tree: &impl Tree, word: usize, child: usize) -> usize {
        let dep = tree.dep(child);
        if dep == self.amod {
            tree.right_edge(child)
        } else if self.determiners.contains(dep) && tree.pos(child) == Pos::Det {
            child
        } else if self.modifiers.contains(dep) {
            tree.right_edge(word)
        } else {
            word
        }
    }

    /// The last token of the chunk of a `word` that is coordinated with the head of a noun phrase.
    fn of_coordinated(&self, tree: &impl Tree, word: usize) -> usize {
        match self.rule {
            Right::Edge => tree.right_edge(word),
            _ => word,
        }
    }
}
