//! Edit trees: how to turn a form into its lemma (Chrupała, 2008; spaCy's `_edit_tree_internals`).
//!
//! A tree either replaces its part of the form by another string, or keeps the middle of the form and hands what stands
//! before and after it to other trees.

use crate::error::FormatError;
use crate::format::msgpack::{self, Value};
use crate::frozen::{Frozen, Walk, frozen};
use crate::vocab::Vocab;

/// What stands for "no tree" in the file.
const NO_TREE: u64 = u32::MAX as u64;

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
        let trees = EditTrees { trees: trees? };
        trees.check_no_cycle()?;
        Ok(trees)
    }

    pub fn len(&self) -> usize {
        self.trees.len()
    }

    /// The lemma that tree `id` makes of `form`; `None` where the tree does not fit the form.
    pub fn apply(&self, id: usize, form: &str) -> Option<String> {
        enum Step<'f> {
            Apply(usize, &'f str),
            Keep(&'f str),
        }
        let mut lemma = String::with_capacity(form.len());
        // What is left to do, the next at the end: no recursion, however deep a file's trees are.
        let mut steps = vec![Step::Apply(id, form)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Keep(part) => lemma.push_str(part),
                Step::Apply(id, part) => match &self.trees[id] {
                    Tree::Replace { form, lemma: by } => {
                        if **form != *part {
                            return None;
                        }
                        lemma.push_str(by);
                    }
                    Tree::Match {
                        prefix_len,
                        suffix_len,
                        prefix,
                        suffix,
                    } => {
                        let (before, middle, after) = cut(part, *prefix_len, *suffix_len)?;
                        steps.extend(suffix.map(|tree| Step::Apply(tree, after)));
                        steps.push(Step::Keep(middle));
                        steps.extend(prefix.map(|tree| Step::Apply(tree, before)));
                    }
                },
            }
        }
        Some(lemma)
    }

    /// A tree that led back to itself would never end.
    fn check_no_cycle(&self) -> Result<(), FormatError> {
        let children = |i: usize| match &self.trees[i] {
            Tree::Match { prefix, suffix, .. } => [*prefix, *suffix],
            Tree::Replace { .. } => [None, None],
        };
        // spaCy numbers a tree after its parts, so that the parts of most files point backwards.
        if (0..self.trees.len()).all(|i| children(i).into_iter().flatten().all(|child| child < i)) {
            return Ok(());
        }
        let mut uses = vec![0usize; self.trees.len()];
        (0..self.trees.len())
            .flat_map(children)
            .flatten()
            .for_each(|child| uses[child] += 1);
        let mut free: Vec<usize> = (0..uses.len()).filter(|&i| uses[i] == 0).collect();
        let mut sorted = 0;
        while let Some(i) = free.pop() {
            sorted += 1;
            for child in children(i).into_iter().flatten() {
                uses[child] -= 1;
                if uses[child] == 0 {
                    free.push(child);
                }
            }
        }
        match sorted == self.trees.len() {
            true => Ok(()),
            false => Err(FormatError::new("a tree contains itself")),
        }
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

/// `text` cut after its first `prefix_len` code points and before its last `suffix_len`; `None` if it is shorter.
fn cut(text: &str, prefix_len: usize, suffix_len: usize) -> Option<(&str, &str, &str)> {
    let start = match prefix_len {
        0 => 0,
        n => text
            .char_indices()
            .map(|(at, c)| at + c.len_utf8())
            .nth(n - 1)?,
    };
    let end = match suffix_len {
        0 => text.len(),
        n => text.char_indices().rev().map(|(at, _)| at).nth(n - 1)?,
    };
    (start <= end).then(|| (&text[..start], &text[start..end], &text[end..]))
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

    /// "gegooid" becomes "gooien": drop "ge", keep "gooi", replace "d" by "en".
    fn dutch() -> EditTrees {
        let stem = Tree::Match {
            prefix_len: 2,
            suffix_len: 1,
            prefix: Some(0),
            suffix: Some(1),
        };
        EditTrees {
            trees: vec![replace("ge", ""), replace("d", "en"), stem],
        }
    }

    #[test]
    fn a_tree_replaces_what_stands_around_the_middle() {
        assert_eq!(dutch().apply(2, "gegooid").as_deref(), Some("gooien"));
        assert_eq!(dutch().apply(2, "ge€d").as_deref(), Some("€en"));
    }

    #[test]
    fn a_tree_that_does_not_fit_the_form_makes_no_lemma() {
        assert_eq!(dutch().apply(2, "begooid"), None);
        assert_eq!(dutch().apply(2, "ge"), None);
    }

    #[test]
    fn trees_that_contain_themselves_are_refused() {
        let own = Tree::Match {
            prefix_len: 0,
            suffix_len: 0,
            prefix: Some(0),
            suffix: None,
        };
        assert!(EditTrees { trees: vec![own] }.check_no_cycle().is_err());
        let ahead = Tree::Match {
            prefix_len: 0,
            suffix_len: 0,
            prefix: Some(1),
            suffix: None,
        };
        assert!(
            EditTrees {
                trees: vec![ahead, replace("", "")]
            }
            .check_no_cycle()
            .is_ok()
        );
    }
}
