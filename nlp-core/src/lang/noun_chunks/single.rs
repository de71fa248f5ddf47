//! Noun chunks of languages that have an algorithm to themselves.

use super::children::Children;
use super::tree::{Labels, Tree, is_nominal};
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
    // For each token the last verb or apposition before it.
    let mut cuts = Vec::with_capacity(tree.len());
    let mut cut = None;
    for token in 0..tree.len() {
        cuts.push(cut);
        if tree.pos(token) == Pos::Verb || tree.dep(token) == appos {
            cut = Some(token);
        }
    }
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
        if let Some(cut) = cuts[last].filter(|&cut| cut > word) {
            free = tree.left_edge(cut);
            end = free + usize::from(tree.pos(cut) != Pos::Verb);
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
    let children = Children::of(tree);
    let mut chunks = Vec::new();
    let mut free = 0;
    for word in 0..tree.len() {
        let (start, last) = match tree.pos(word) {
            Pos::Noun => {
                let mut all = children.lefts(word).chain(children.rights(word));
                if all.any(|child| tree.dep(child) == nsubj) {
                    continue;
                }
                let belongs = |&child: &usize| attributes.contains(tree.dep(child));
                (
                    children.lefts(word).find(belongs).unwrap_or(word),
                    children.rights(word).filter(belongs).last().unwrap_or(word),
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
    let children = Children::of(tree);
    let modifies = |child: &usize| modifiers.contains(tree.dep(*child));
    let mut chunks = Vec::new();
    let mut free = 0;
    let mut last = 0;
    for word in 0..tree.len() {
        let coordinated = || tree.dep(word) == conj && is_head(tree.head(word));
        if word < last || !(is_head(word) || coordinated()) {
            continue;
        }
        let start = children
            .lefts(word)
            .find(modifies)
            .map_or(word, |child| tree.left_edge(child));
        if start < free {
            continue;
        }
        last = children
            .rights(word)
            .filter(modifies)
            .last()
            .unwrap_or(word);
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
    let children = Children::of(tree);
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
        free = children
            .rights(word)
            .filter(is_apposition)
            .last()
            .unwrap_or(word)
            + 1;
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
    let children = Children::of(tree);
    let mut chunks = Vec::new();
    let mut state = vec![Seen::No; tree.len()];
    // Verbs whose own tokens are seen already.
    let mut governed = vec![false; tree.len()];
    // All tokens before this one are seen as well.
    let mut free = 0;
    for word in 0..tree.len() {
        let is_seen = word < free || state[word] != Seen::No;
        if is_seen || !is_nominal(tree.pos(word)) || !roles.contains(tree.dep(word)) {
            continue;
        }
        let subtree = subtree_unless_seen(&children, word, &state);
        let unseen = |&i: &usize| i >= free && state[i] == Seen::No;
        let start = subtree.iter().copied().find(unseen).unwrap_or(word);
        for i in subtree {
            state[i] = Seen::WithSubtree;
        }
        free = word + 1;
        let head = tree.head(word);
        if tree.pos(head) == Pos::Verb && !governed[head] {
            governed[head] = true;
            for token in children.rights(head).chain([head]) {
                if state[token] == Seen::No {
                    state[token] = Seen::Alone;
                }
            }
        }
        chunks.push((start, word + 1));
    }
    chunks
}

/// Whether a token can begin a Japanese chunk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    No,
    /// It cannot, but what is below it may.
    Alone,
    /// Neither it nor what is below it can.
    WithSubtree,
}

/// The subtree of `word`, each token between its children before it and those behind it, but for parts that are
/// seen as a whole.
fn subtree_unless_seen(children: &Children, word: usize, state: &[Seen]) -> Vec<usize> {
    let mut tokens = Vec::new();
    // What is left to do, the next on top: a token's whole subtree, or the token alone.
    let mut todo = vec![(word, true)];
    while let Some((token, whole)) = todo.pop() {
        if !whole {
            tokens.push(token);
            continue;
        }
        // Heads that go in a circle would lead back to the word.
        let below = |child: &usize| *child != word && state[*child] != Seen::WithSubtree;
        let start = todo.len();
        todo.extend(
            children
                .lefts(token)
                .filter(below)
                .map(|child| (child, true)),
        );
        todo.push((token, false));
        todo.extend(
            children
                .rights(token)
                .filter(below)
                .map(|child| (child, true)),
        );
        todo[start..].reverse();
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
    let children = Children::of(tree);
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
        let last = children
            .rights(word)
            .take_while(is_name)
            .last()
            .unwrap_or(word);
        chunks.push((start, last + 1));
    }
    chunks
}
