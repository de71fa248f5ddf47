//! Edit trees: how to turn a form into its lemma (Chrupała, 2008; spaCy's `_edit_tree_internals`).
//!
//! A tree either replaces its part of the form by another string, or keeps the middle of the form and hands what stands
//! before and after it to other trees.

use crate::error::FormatError;
use crate::format::msgpack::{self, Value};
use crate::frozen::{Frozen, Walk, frozen};
use crate::vocab::Vocab;
use std::ops::Range;

/// What stands for "no tree" in the file.
const NO_TREE: u64 = u32::MAX as u64;
/// How many nodes a tree may have, counted as often as they are reached: parts can be shared, and a few dozen that
/// share both their parts with the one before stand for more than any machine could walk. Trees that were trained have
/// three nodes for each letter of a form at most.
const MOST_NODES: u32 = 4096;
/// How many bytes a tree may put in the place of others, all its replacements together.
const MOST_REPLACED: u32 = 4096;

#[derive(Debug)]
enum Tree {
    Match {
        prefix_len: usize,
        suffix_len: usize,
        prefix: Option<usize>,
        suffix: Option<usize>,
    },
    Replace {
        form: Box<str>,
        lemma: Box<str>,
    },
}

impl Frozen for Tree {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Tree::Match {
                prefix_len,
                suffix_len,
                prefix,
                suffix,
            } => ((*prefix_len, *suffix_len), (*prefix, *suffix)).visit(walk),
            Tree::Replace { form, lemma } => {
                form.visit(walk);
                lemma.visit(walk);
            }
        }
    }
}

/// What a tree comes to, its parts counted as often as they are reached.
#[derive(Clone, Copy, Default)]
struct Expansion {
    nodes: u32,
    /// Bytes of replacements.
    replaced: u32,
}

/// A word, cut by code points in constant time.
pub(super) struct Form<'f> {
    text: &'f str,
    /// Where the code points begin, and the end; `None` where each is a byte.
    offsets: Option<Vec<usize>>,
}

impl<'f> Form<'f> {
    pub fn new(text: &'f str) -> Form<'f> {
        let offsets = || {
            let starts = text.char_indices().map(|(at, _)| at);
            starts.chain([text.len()]).collect()
        };
        Form {
            text,
            offsets: (!text.is_ascii()).then(offsets),
        }
    }

    /// How many code points there are.
    fn len(&self) -> usize {
        match &self.offsets {
            None => self.text.len(),
            Some(offsets) => offsets.len() - 1,
        }
    }

    fn slice(&self, chars: Range<usize>) -> &'f str {
        match &self.offsets {
            None => &self.text[chars],
            Some(offsets) => &self.text[offsets[chars.start]..offsets[chars.end]],
        }
    }
}

/// What is left to do of a tree.
enum Step {
    Apply(usize, Range<usize>),
    Keep(Range<usize>),
}

/// What applying a tree works with, used again for the next word.
#[derive(Default)]
pub(super) struct Scratch {
    /// The next at the end: no recursion, however deep a file's trees are.
    steps: Vec<Step>,
    /// The lemma, as far as it is made.
    lemma: String,
}

impl Scratch {
    /// The lemma that the last tree made, which fitted.
    pub fn lemma(&self) -> &str {
        &self.lemma
    }
}

/// The trees of a lemmatizer, by number.
#[derive(Debug)]
pub(super) struct EditTrees {
    trees: Vec<Tree>,
}

frozen!(EditTrees { trees });

impl EditTrees {
    /// Reads the file `trees`; the strings in it are ids, which `vocab` resolves.
    pub fn read(bytes: &[u8], vocab: &Vocab) -> Result<Self, FormatError> {
        let file = msgpack::read(bytes)?;
        let list = file.require("trees")?;
        let list = list
            .as_array()
            .ok_or_else(|| FormatError::new("\"trees\" is no list"))?;
        let trees: Result<Vec<Tree>, FormatError> = (list.iter().enumerate())
            .map(|(i, tree)| {
                read_tree(tree, list.len(), vocab).map_err(|e| e.within(format!("tree {i}")))
            })
            .collect();
        EditTrees::new(trees?)
    }

    fn new(trees: Vec<Tree>) -> Result<Self, FormatError> {
        let trees = EditTrees { trees };
        trees.check_expansions()?;
        Ok(trees)
    }

    pub fn len(&self) -> usize {
        self.trees.len()
    }

    /// The lemma that tree `id` makes of `form`; `None` where the tree does not fit the form.
    ///
    /// A tree that takes more steps than a trained one can on this form does not fit it: below its root, each of those
    /// keeps a letter, or replaces what stands before or after one that is kept.
    pub fn apply<'s>(&self, id: usize, form: &Form, scratch: &'s mut Scratch) -> Option<&'s str> {
        let Scratch { steps, lemma } = scratch;
        let mut left = 4 * form.len() + 16;
        lemma.clear();
        steps.clear();
        steps.push(Step::Apply(id, 0..form.len()));
        while let Some(step) = steps.pop() {
            left = left.checked_sub(1)?;
            match step {
                Step::Keep(part) => lemma.push_str(form.slice(part)),
                Step::Apply(id, part) => match &self.trees[id] {
                    Tree::Replace {
                        form: old,
                        lemma: new,
                    } => {
                        if **old != *form.slice(part) {
                            return None;
                        }
                        lemma.push_str(new);
                    }
                    Tree::Match {
                        prefix_len,
                        suffix_len,
                        prefix,
                        suffix,
                    } => {
                        let (start, end) = middle(&part, *prefix_len, *suffix_len)?;
                        steps.extend(suffix.map(|tree| Step::Apply(tree, end..part.end)));
                        steps.push(Step::Keep(start..end));
                        steps.extend(prefix.map(|tree| Step::Apply(tree, part.start..start)));
                    }
                },
            }
        }
        Some(lemma)
    }

    fn parts(&self, i: usize) -> impl Iterator<Item = usize> {
        let parts = match &self.trees[i] {
            Tree::Match { prefix, suffix, .. } => [*prefix, *suffix],
            Tree::Replace { .. } => [None, None],
        };
        parts.into_iter().flatten()
    }

    /// Refuses trees that never end, and those that would go on for too long.
    fn check_expansions(&self) -> Result<(), FormatError> {
        let order = self
            .parts_last()
            .ok_or_else(|| FormatError::new("a tree contains itself"))?;
        let mut expansions = vec![Expansion::default(); self.trees.len()];
        for &i in order.iter().rev() {
            let mut whole = Expansion {
                nodes: 1,
                replaced: match &self.trees[i] {
                    Tree::Match { .. } => 0,
                    Tree::Replace { lemma, .. } => lemma.len().try_into().unwrap_or(u32::MAX),
                },
            };
            for part in self.parts(i) {
                whole.nodes = whole.nodes.saturating_add(expansions[part].nodes);
                whole.replaced = whole.replaced.saturating_add(expansions[part].replaced);
            }
            expansions[i] = whole;
        }
        for (i, &Expansion { nodes, replaced }) in expansions.iter().enumerate() {
            let fault = |what| {
                Err(FormatError::new(format!(
                    "tree {i}, with its parts, {what}"
                )))
            };
            if nodes > MOST_NODES {
                return fault(format!("has over {MOST_NODES} nodes: no trained tree has"));
            }
            if replaced > MOST_REPLACED {
                return fault(format!(
                    "puts in over {MOST_REPLACED} bytes: no trained tree does"
                ));
            }
        }
        Ok(())
    }

    /// All trees, each before its parts; `None` if a tree contains itself.
    fn parts_last(&self) -> Option<Vec<usize>> {
        let mut uses = vec![0usize; self.trees.len()];
        (0..self.trees.len())
            .flat_map(|i| self.parts(i))
            .for_each(|part| uses[part] += 1);
        let mut free: Vec<usize> = (0..uses.len()).filter(|&i| uses[i] == 0).collect();
        let mut order = Vec::with_capacity(uses.len());
        while let Some(i) = free.pop() {
            order.push(i);
            for part in self.parts(i) {
                uses[part] -= 1;
                if uses[part] == 0 {
                    free.push(part);
                }
            }
        }
        (order.len() == self.trees.len()).then_some(order)
    }
}

fn read_tree(tree: &Value<'_>, count: usize, vocab: &Vocab) -> Result<Tree, FormatError> {
    let number = |key: &str| {
        let value = tree.require(key)?.as_u64();
        value.ok_or_else(|| FormatError::new(format!("\"{key}\" is no positive number")))
    };
    if tree.get("prefix_len").is_some() {
        let subtree = |key: &str| match number(key)? {
            NO_TREE => Ok(None),
            id if id < count as u64 => Ok(Some(id as usize)),
            id => Err(FormatError::new(format!(
                "\"{key}\" is {id}, but there are {count} trees"
            ))),
        };
        let length = |key: &str| number(key).map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        return Ok(Tree::Match {
            prefix_len: length("prefix_len")?,
            suffix_len: length("suffix_len")?,
            prefix: subtree("prefix_tree")?,
            suffix: subtree("suffix_tree")?,
        });
    }
    let string = |key: &str| {
        let id = number(key)?;
        let entry = vocab.permanent_string(id);
        let missing = || {
            FormatError::new(format!(
                "\"{key}\" is string {id}, which vocab/strings.json does not hold"
            ))
        };
        Ok::<_, FormatError>(entry.ok_or_else(missing)?.text().into())
    };
    Ok(Tree::Replace {
        form: string("orig")?,
        lemma: string("subst")?,
    })
}

/// What `part` keeps after its first `prefix_len` code points and before its last `suffix_len`; `None` if it is shorter.
fn middle(part: &Range<usize>, prefix_len: usize, suffix_len: usize) -> Option<(usize, usize)> {
    let start = part.start.checked_add(prefix_len)?;
    let end = part.end.checked_sub(suffix_len)?;
    (start <= end).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(form: &str, lemma: &str) -> Tree {
        Tree::Replace {
            form: form.into(),
            lemma: lemma.into(),
        }
    }

    fn keep(
        (prefix_len, prefix): (usize, Option<usize>),
        (suffix_len, suffix): (usize, Option<usize>),
    ) -> Tree {
        Tree::Match {
            prefix_len,
            suffix_len,
            prefix,
            suffix,
        }
    }

    fn apply(trees: &EditTrees, id: usize, form: &str) -> Option<String> {
        let mut scratch = Scratch::default();
        // What is left of another word, and of a tree that did not fit it, takes no part.
        scratch.lemma.push_str("left");
        scratch.steps.push(Step::Apply(id, 0..1));
        let lemma = trees.apply(id, &Form::new(form), &mut scratch);
        lemma.map(str::to_owned)
    }

    fn refusal(trees: Vec<Tree>) -> String {
        EditTrees::new(trees).unwrap_err().reason
    }

    /// "gegooid" becomes "gooien": drop "ge", keep "gooi", replace "d" by "en".
    fn dutch() -> EditTrees {
        let stem = keep((2, Some(0)), (1, Some(1)));
        EditTrees::new(vec![replace("ge", ""), replace("d", "en"), stem]).unwrap()
    }

    #[test]
    fn a_tree_replaces_what_stands_around_the_middle() {
        assert_eq!(apply(&dutch(), 2, "gegooid").as_deref(), Some("gooien"));
        assert_eq!(apply(&dutch(), 2, "ge€d").as_deref(), Some("€en"));
        assert_eq!(apply(&dutch(), 2, "ged").as_deref(), Some("en"));
    }

    #[test]
    fn a_tree_that_does_not_fit_the_form_makes_no_lemma() {
        assert_eq!(apply(&dutch(), 2, "begooid"), None);
        assert_eq!(apply(&dutch(), 2, "ge"), None);
        assert_eq!(apply(&dutch(), 2, "€"), None);
        assert_eq!(apply(&dutch(), 2, ""), None);
        for huge in [usize::MAX, usize::MAX - 1, 1 << 63] {
            let trees = EditTrees::new(vec![keep((huge, None), (huge, None))]).unwrap();
            assert_eq!(apply(&trees, 0, "gegooid"), None);
        }
    }

    #[test]
    fn trees_that_contain_themselves_are_refused() {
        let own = keep((0, Some(0)), (0, None));
        assert!(refusal(vec![own]).contains("contains itself"));
        let round = |next| keep((0, None), (0, Some(next)));
        assert!(refusal(vec![round(1), round(2), round(0)]).contains("contains itself"));
        let ahead = keep((0, Some(1)), (0, None));
        assert!(EditTrees::new(vec![ahead, replace("", "")]).is_ok());
    }

    /// `leaf`, and trees each of which has the one before it as both its parts.
    fn doubling(leaf: Tree, levels: usize) -> Vec<Tree> {
        let pair = |i| keep((0, Some(i)), (0, Some(i)));
        [leaf].into_iter().chain((0..levels).map(pair)).collect()
    }

    #[test]
    fn trees_that_double_at_every_level_are_refused_by_name() {
        for levels in [12, 33, 64, 2_000] {
            let reason = refusal(doubling(replace("", ""), levels));
            assert!(
                reason.contains("tree 12, with its parts, has over"),
                "{reason}"
            );
        }
        // The parts may come first as well as last.
        let pair = |i: usize| keep((0, Some(i + 1)), (0, Some(i + 1)));
        let first: Vec<Tree> = (0..40).map(pair).chain([replace("", "")]).collect();
        assert!(refusal(first).contains("tree 0, with its parts, has over"));
    }

    #[test]
    fn trees_whose_replacements_add_up_to_a_book_are_refused_by_name() {
        let reason = refusal(doubling(replace("", &"x".repeat(1000)), 4));
        assert!(
            reason.contains("tree 3, with its parts, puts in over"),
            "{reason}"
        );
        let reason = refusal(vec![replace("", &"x".repeat(5000))]);
        assert!(
            reason.contains("tree 0, with its parts, puts in over"),
            "{reason}"
        );
    }

    #[test]
    fn long_chains_of_parts_are_counted_without_recursion() {
        let link = |i| keep((0, Some(i)), (0, None));
        let chain = |n| {
            [replace("", "")]
                .into_iter()
                .chain((0..n).map(link))
                .collect()
        };
        assert!(EditTrees::new(chain(4095)).is_ok());
        assert!(refusal(chain(1_000_000)).contains("tree 4096, with its parts, has over"));
    }

    #[test]
    fn a_tree_that_takes_more_steps_than_the_form_has_letters_does_not_fit() {
        let trees = EditTrees::new(doubling(replace("", "x"), 10)).unwrap();
        assert_eq!(apply(&trees, 10, "a"), None);
        assert_eq!(apply(&trees, 2, "a").as_deref(), Some("xxaxx"));
        // With a thousand letters there could have been as many parts.
        let form = "a".repeat(1_000);
        let lemma = apply(&trees, 10, &form).unwrap();
        assert_eq!(lemma.len(), 1_000 + 1_024);
    }

    #[test]
    fn a_trained_tree_fits_however_many_letters_it_changes() {
        // As trained on "xaxa...xa" with every x dropped: one "a" is kept, and what follows it is another tree's.
        let mut trees = vec![replace("x", ""), keep((1, Some(0)), (0, None))];
        for letters in 2..=300 {
            let rest = trees.len() - 1;
            trees.push(keep((1, Some(0)), (2 * (letters - 1), Some(rest))));
        }
        let top = trees.len() - 1;
        let trees = EditTrees::new(trees).unwrap();
        assert_eq!(apply(&trees, top, &"xa".repeat(300)), Some("a".repeat(300)));
        assert_eq!(apply(&trees, top, &"xö".repeat(300)), Some("ö".repeat(300)));
    }
}
