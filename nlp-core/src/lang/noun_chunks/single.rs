//! Noun chunks of languages that have an algorithm to themselves.

use super::{Labels, Tree, is_nominal};
use crate::pos::Pos;
use crate::symbols::string_id;

/// Catalan: the subtree of a noun, without an adposition or punctuation at its start, punctuation at its end, and
/// what follows the last verb or apposition behind the noun.
pub(super) fn catalan(tree: &impl Tree) -> Vec<(usize, usize)> {
    let roles = Labels::new(&[
        "nsubj",
        "nsubj:pass",
        "obj",
        "obl",
        "iobj",
        "ROOT",
        "appos",
        "nmod",
        "nmod:poss",
    ]);
    let appos = string_id("appos");
    let mut chunks = Vec::new();
    let mut free = 0;
    for word in 0..tree.len() {
        let (first, last) = (tree.left_edge(word), tree.right_edge(word));
        let is_noun = matches!(tree.pos(word), Pos::Noun | Pos::Propn);
        if !is_noun || first < free || !roles.contains(tree.dep(word)) {
            continue;
        }
        let start = first + usize::from(matches!(tree.pos(first), Pos::Adp | Pos::Punct));
        let mut end = last + 1;
        free = last + 1;
        for inner in word + 1..last {
            let before = tree.left_edge(inner);
            if tree.pos(inner) == Pos::Verb {
                (end, free) = (before, before);
            } else if tree.dep(inner) == appos {
                (end, free) = (before + 1, before);
            }
        }
        // An end of 0 takes crossing arcs, and there is no chunk then.
        if tree.pos(last) == Pos::Punct {
            match end.checked_sub(1) {
                Some(shorter) => end = shorter,
                None => continue,
            }
        }
        chunks.push((start, end));
    }
    chunks
}

/// Dutch: a noun without a subject of its own, with its determiners and adjectives, and pronouns that are a subject.
pub(super) fn dutch(tree: &impl Tree) -> Vec<(usize, usize)> {
    let attributes = Labels::new(&["amod", "nmod:poss", "det", "det:poss"]);
    let subjects = Labels::new(&["nsubj", "nsubj:pass"]);
    let nsubj = string_id("nsubj");
    let mut chunks = Vec::new();
    let mut free = 0;
    for word in 0..tree.len() {
        let (start, last) = match tree.pos(word) {
            Pos::Noun => {
                let mut children = tree.lefts(word).chain(tree.rights(word));
                if children.any(|child| tree.dep(child) == nsubj) {
                    continue;
                }
                let belongs = |&child: &usize| attributes.contains(tree.dep(child));
                (
                    tree.lefts(word).find(belongs).unwrap_or(word),
                    tree.rights(word).rfind(belongs).unwrap_or(word),
                )
            }
            Pos::Pron if subjects.contains(tree.dep(word)) => (word, word),
            _ => continue,
        };
        if start >= free {
            free = last + 1;
            chunks.push((start, free));
        }
    }
    chunks
}

/// Finnish: a noun in one of some roles, under a pronoun or coordinated with such a noun, with its modifiers.
pub(super) fn finnish(tree: &impl Tree) -> Vec<(usize, usize)> {
    let roles = Labels::new(&["appos", "nsubj", "nsubj:cop", "obj", "obl", "ROOT"]);
    let modifiers = Labels::new(&[
        "amod",
        "compound",
        "compound:nn",
        "flat:name",
        "nmod",
        "nmod:gobj",
        "nmod:gsubj",
        "nmod:poss",
        "nummod",
    ]);
    let conj = string_id("conj");
    // spaCy's `Token.head` goes nowhere from a token without a label.
    let under_pronoun = |word| tree.dep(word) != 0 && tree.pos(tree.head(word)) == Pos::Pron;
    let is_head = |word| {
        matches!(tree.pos(word), Pos::Noun | Pos::Propn)
            && (roles.contains(tree.dep(word)) || under_pronoun(word))
    };
    let modifies = |child: &usize| modifiers.contains(tree.dep(*child));
    let mut chunks = Vec::new();
    let mut free = 0;
    let mut last = 0;
    for word in 0..tree.len() {
        let coordinated = || tree.dep(word) == conj && is_head(tree.head(word));
        if word < last || !(is_head(word) || coordinated()) {
            continue;
        }
        let start = tree
            .lefts(word)
            .find(modifies)
            .map_or(word, |child| tree.left_edge(child));
        if start < free {
            continue;
        }
        last = tree.rights(word).rfind(modifies).unwrap_or(word);
        free = last + 1;
        chunks.push((start, free));
    }
    chunks
}

/// German: a noun in one of some roles from the left edge of its subtree, with a noun right behind it that is a close
/// apposition or a measure.
pub(super) fn german(tree: &impl Tree) -> Vec<(usize, usize)> {
    let roles = Labels::new(&[
        "sb", "oa", "da", "nk", "mo", "ag", "ROOT", "root", "cj", "pd", "og", "app",
    ]);
    let nk = string_id("nk");
    let is_apposition = |child: &usize| {
        matches!(tree.pos(*child), Pos::Noun | Pos::Propn) && tree.dep(*child) == nk
    };
    let mut chunks = Vec::new();
    let mut free = 0;
    for word in 0..tree.len() {
        let start = tree.left_edge(word);
        if start < free || !is_nominal(tree.pos(word)) || !roles.contains(tree.dep(word)) {
            continue;
        }
        free = tree.rights(word).rfind(is_apposition).unwrap_or(word) + 1;
        chunks.push((start, free));
    }
    chunks
}

/// Japanese: from the first token of a noun's subtree that is in no chunk to the noun; particles behind it and what
/// its verb governs behind itself are used up with it.
pub(super) fn japanese(tree: &impl Tree) -> Vec<(usize, usize)> {
    // Some names are no labels of any scheme, but they are in spaCy's list.
    let roles = Labels::new(&[
        "nsubj",
        "nmod",
        "ddoclike",
        "nsubjpass",
        "pcomp",
        "pdoclike",
        "doclike",
        "obl",
        "dative",
        "appos",
        "attr",
        "ROOT",
    ]);
    let mut chunks = Vec::new();
    let mut seen = vec![false; tree.len()];
    // All tokens before this one are seen as well.
    let mut free = 0;
    for word in 0..tree.len() {
        if !is_nominal(tree.pos(word))
            || word < free
            || seen[word]
            || !roles.contains(tree.dep(word))
        {
            continue;
        }
        let subtree = subtree(tree, word);
        let start = subtree
            .iter()
            .copied()
            .find(|&i| i >= free && !seen[i])
            .unwrap_or(word);
        for i in subtree {
            seen[i] = true;
        }
        free = word + 1;
        let head = tree.head(word);
        if tree.pos(head) == Pos::Verb {
            seen[head] = true;
            for child in tree.rights(head) {
                seen[child] = true;
            }
        }
        chunks.push((start, word + 1));
    }
    chunks
}

/// The subtree of `word`: those of its children before it, itself, those of its children behind it.
fn subtree(tree: &impl Tree, word: usize) -> Vec<usize> {
    let mut tokens = Vec::new();
    // What is left to do, the next on top: a token's whole subtree, or the token alone.
    let mut todo = vec![(word, true)];
    while let Some((token, whole)) = todo.pop() {
        if whole {
            todo.extend(tree.rights(token).rev().map(|child| (child, true)));
            todo.push((token, false));
            todo.extend(tree.lefts(token).rev().map(|child| (child, true)));
        } else {
            tokens.push(token);
        }
    }
    tokens
}

/// Turkish, from the last token to the first: the left edge of a noun's subtree to the noun and the names right behind
/// it. Coordinated nouns start behind the subtree of their left edge, which is taken for the conjunction.
pub(super) fn turkish(tree: &impl Tree) -> Vec<(usize, usize)> {
    let roles = Labels::new(&[
        "nsubj",
        "iobj",
        "obj",
        "obl",
        "appos",
        "orphan",
        "dislocated",
        "ROOT",
    ]);
    let (conj, flat) = (string_id("conj"), string_id("flat"));
    let is_name = |child: &usize| {
        tree.dep(*child) == flat && matches!(tree.pos(*child), Pos::Noun | Pos::Propn)
    };
    let mut chunks = Vec::new();
    let mut taken = tree.len();
    for word in (0..tree.len()).rev() {
        if !is_nominal(tree.pos(word)) || word >= taken {
            continue;
        }
        let first = tree.left_edge(word);
        let start = if roles.contains(tree.dep(word)) {
            first
        } else if tree.dep(word) == conj {
            tree.right_edge(first) + 1
        } else {
            continue;
        };
        taken = first;
        let last = tree.rights(word).take_while(is_name).last().unwrap_or(word);
        chunks.push((start, last + 1));
    }
    chunks
}
