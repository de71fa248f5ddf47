//! Arcs that cross: a parser that only draws nested arcs says in the label where they belong
//! (`deprojectivize` in `_parser_internals/nonproj.pyx`).
//!
//! Nivre and Nilsson (2005), Pseudo-Projective Dependency Parsing, scheme HEAD: an arc labelled `X||Y` is an `X` that
//! was lifted from a head labelled `Y`, to be looked for below the head it has now.

use super::labels::LabelTable;
use super::tree::Tree;
use crate::frozen::frozen;
use crate::symbols::string_id;
use std::collections::{HashMap, VecDeque};

/// How many children are looked at for each token of a document, all searches together, and for the document besides.
/// A search takes as long as a sentence: few are, in sentences of some length. Where every token of a sentence without
/// an end is to be found a new head, the last ones keep theirs.
const MOST_LOOKS_A_TOKEN: usize = 64;
const MOST_LOOKS: usize = 10_000_000;

/// What parts the label of an arc from that of its true head.
const DELIMITER: &str = "||";

/// A label `X||Y`, by string ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Decoration {
    label: u64,
    head_label: u64,
}

frozen!(hash Decoration);

/// Which labels are decorated.
#[derive(Debug, Clone, Default)]
pub(crate) struct Decorations {
    by_label: HashMap<u64, Decoration>,
}

frozen!(Decorations { by_label });

impl Decorations {
    /// Finds the decorated labels of `labels`, and adds to it those that they turn into.
    ///
    /// A label with more than one `||`, on which spaCy fails when it is predicted, is split at the first.
    pub(crate) fn find(labels: &mut LabelTable) -> Self {
        let mut by_label = HashMap::new();
        let mut bare = Vec::new();
        for (id, label) in labels.iter() {
            if let Some((label, head_label)) = label.split_once(DELIMITER) {
                bare.push(label.to_owned());
                let decoration = Decoration {
                    label: string_id(label),
                    head_label: string_id(head_label),
                };
                by_label.insert(id, decoration);
            }
        }
        for label in bare {
            labels.add(&label);
        }
        Decorations { by_label }
    }

    /// Moves every token with a decorated label below its true head and takes the decoration off.
    ///
    /// `tree` is the shape of `heads` as they are at first. Tokens are taken from left to right, each in the trees
    /// that the ones before it left behind, except that children are only seen inside the edges that their head had
    /// at first. Returns whether there was any decorated label.
    pub(crate) fn resolve(
        &self,
        heads: &mut [u32],
        labels: &mut [u64],
        is_space: &[bool],
        tree: &Tree,
    ) -> bool {
        let is_decorated = |label: &u64| self.by_label.contains_key(label);
        if self.by_label.is_empty() || !labels.iter().any(is_decorated) {
            return false;
        }
        let mut search = Search::new(heads, labels, is_space, tree);
        for token in 0..search.heads.len() {
            if let Some(&decoration) = self.by_label.get(&search.labels[token]) {
                if let Some(head) = search.find_below_head(token, decoration.head_label) {
                    search.reattach(token, head);
                }
                search.relabel(token, decoration.label);
            }
        }
        true
    }
}

/// The trees of a document while tokens move.
struct Search<'a> {
    heads: &'a mut [u32],
    labels: &'a mut [u64],
    is_space: &'a [bool],
    tree: &'a Tree,
    /// The children that each token has at first, in order: those of token `i` are
    /// `kids[kid_ranges[i]..kid_ranges[i + 1]]`. One that moved away has another head by now.
    kids: Vec<u32>,
    kid_ranges: Vec<u32>,
    /// The children that moved to a token, in order, as tokens move from left to right and once at most.
    moved_to: HashMap<u32, Vec<u32>>,
    /// How many tokens have each label: a search for one that nothing has is over before it begins.
    label_counts: HashMap<u64, u32>,
    queue: VecDeque<u32>,
    /// How many more children may be looked at, for all tokens together.
    looks: usize,
}

impl<'a> Search<'a> {
    fn new(
        heads: &'a mut [u32],
        labels: &'a mut [u64],
        is_space: &'a [bool],
        tree: &'a Tree,
    ) -> Self {
        let mut kid_ranges = Vec::with_capacity(heads.len() + 1);
        let mut end = 0;
        kid_ranges.push(0);
        for (left, right) in tree.left_kids.iter().zip(&tree.right_kids) {
            end += left + right;
            kid_ranges.push(end);
        }
        let mut free = kid_ranges.clone();
        let mut kids = vec![0; end as usize];
        for (child, &head) in heads.iter().enumerate() {
            if head as usize != child {
                kids[free[head as usize] as usize] = child as u32;
                free[head as usize] += 1;
            }
        }
        let mut label_counts = HashMap::new();
        for &label in labels.iter() {
            *label_counts.entry(label).or_insert(0) += 1;
        }
        Search {
            looks: MOST_LOOKS + heads.len().saturating_mul(MOST_LOOKS_A_TOKEN),
            heads,
            labels,
            is_space,
            tree,
            kids,
            kid_ranges,
            moved_to: HashMap::new(),
            label_counts,
            queue: VecDeque::new(),
        }
    }

    /// The first token labelled `label` below the head of `token`: breadth first, from left to right, passing by
    /// `token`, white space and all that hangs on them.
    fn find_below_head(&mut self, token: usize, label: u64) -> Option<u32> {
        if self
            .label_counts
            .get(&label)
            .is_none_or(|&count| count == 0)
        {
            return None;
        }
        // In a tree no token comes twice. Heads that were set by others may go in circles.
        let mut budget = self.heads.len();
        let mut queue = std::mem::take(&mut self.queue);
        queue.clear();
        queue.push_back(self.heads[token]);
        let mut found = None;
        'search: while let Some(head) = queue.pop_front() {
            let Some(looks) = self.looks.checked_sub(self.looks_at(head)) else {
                self.looks = 0;
                break;
            };
            self.looks = looks;
            for child in self.children(head) {
                if self.is_space[child as usize] || child as usize == token {
                    continue;
                }
                if self.labels[child as usize] == label {
                    found = Some(child);
                    break 'search;
                }
                if budget == 0 {
                    break 'search;
                }
                budget -= 1;
                queue.push_back(child);
            }
        }
        self.queue = queue;
        found
    }

    /// How much work [`Search::children`] is.
    fn looks_at(&self, head: u32) -> usize {
        let at = head as usize;
        let kids = self.kid_ranges[at + 1] - self.kid_ranges[at];
        1 + kids as usize + self.moved_to.get(&head).map_or(0, Vec::len)
    }

    /// The children of `head` that lie inside the edges it had at first, from left to right.
    fn children(&self, head: u32) -> impl Iterator<Item = u32> {
        let at = head as usize;
        let range = self.kid_ranges[at] as usize..self.kid_ranges[at + 1] as usize;
        let mut stayed = self.kids[range]
            .iter()
            .copied()
            .filter(move |&kid| self.heads[kid as usize] == head)
            .peekable();
        let mut moved = self
            .moved_to
            .get(&head)
            .into_iter()
            .flatten()
            .copied()
            .peekable();
        let edges = self.tree.left_edge[at]..=self.tree.right_edge[at];
        std::iter::from_fn(move || match (stayed.peek(), moved.peek()) {
            (Some(a), Some(b)) if b < a => moved.next(),
            (Some(_), _) => stayed.next(),
            (None, _) => moved.next(),
        })
        .filter(move |kid| edges.contains(kid))
    }

    fn reattach(&mut self, token: usize, head: u32) {
        if self.heads[token] != head {
            self.heads[token] = head;
            self.moved_to.entry(head).or_default().push(token as u32);
        }
    }

    fn relabel(&mut self, token: usize, label: u64) {
        let old = std::mem::replace(&mut self.labels[token], label);
        if let Some(count) = self.label_counts.get_mut(&old) {
            *count -= 1;
        }
        *self.label_counts.entry(label).or_insert(0) += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of one sentence of `tokens` that all hang on the first, labelled `x||y`, and another of one token
    /// with the label `y`, or the first sentence's last token with it.
    fn resolve(tokens: usize, is_found: bool) -> (Vec<u32>, Vec<u64>) {
        let mut labels = LabelTable::default();
        let [root, decorated, y] = ["ROOT", "x||y", "y"].map(|label| labels.add(label));
        let decorations = Decorations::find(&mut labels);
        let mut heads = vec![0; tokens];
        let mut given = vec![decorated; tokens];
        given[0] = root;
        match is_found {
            true => given[tokens - 1] = y,
            false => {
                heads.push(tokens as u32);
                given.push(y);
            }
        }
        let tree = Tree::new(&heads, &given);
        let is_space = vec![false; heads.len()];
        assert!(decorations.resolve(&mut heads, &mut given, &is_space, &tree));
        (heads, given)
    }

    #[test]
    fn a_sentence_of_some_length_is_searched_for_every_token() {
        let tokens = 2_000;
        let (heads, labels) = resolve(tokens, true);
        let last = tokens as u32 - 1;
        assert!(heads[1..tokens - 1].iter().all(|&head| head == last));
        assert_eq!(labels[1], string_id("x"));
    }

    #[test]
    fn a_sentence_without_an_end_takes_no_time_that_grows_with_its_square() {
        let tokens = 300_000;
        let (heads, labels) = resolve(tokens, false);
        assert!(heads[..tokens].iter().all(|&head| head == 0));
        assert!(
            labels[1..tokens]
                .iter()
                .all(|&label| label == string_id("x"))
        );
        let (heads, labels) = resolve(tokens, true);
        assert_eq!(heads[1], tokens as u32 - 1);
        assert_eq!(heads[tokens - 2], 0, "the looks were used up by then");
        assert_eq!(labels[tokens - 2], string_id("x"));
    }
}
