//! Finds the tokens that a pattern's tree stands for.
//!
//! spaCy tries every combination of tokens. Here is first found out which tokens have all that the pattern wants below
//! them; those are then followed, and every way leads to a match. The order is that of spaCy's combinations.

use super::relation::Relation;
use super::tree::Tree;

/// One token of a pattern.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// The rule of the matcher that finds tokens like it.
    pub rule: u32,
    /// The node before it in the pattern that it stands in a relation to; the first has none.
    pub left: Option<(u32, Relation)>,
}

/// The tokens that may be a node: in the order in which the matcher found them, and by their places.
struct Places<'p> {
    tokens: &'p [u32],
    /// Tokens and their places in `tokens`, ascending.
    sorted: Vec<(u32, u32)>,
    /// Which of them have all that is wanted below them.
    good: Vec<bool>,
}

impl<'p> Places<'p> {
    fn new(tokens: &'p [u32]) -> Places<'p> {
        let mut sorted: Vec<(u32, u32)> = tokens.iter().copied().zip(0..).collect();
        sorted.sort_unstable();
        Places {
            tokens,
            sorted,
            good: vec![true; tokens.len()],
        }
    }

    /// The places of good tokens that stand in the relation to `left`, ascending.
    fn related(&self, tree: &Tree, relation: Relation, left: u32) -> Vec<u32> {
        let mut found = Vec::new();
        let candidates = relation.candidates(tree, left);
        let few = candidates.each(tree, self.tokens.len(), |candidate| {
            if relation.holds(tree, left, candidate) {
                let first = self.sorted.partition_point(|&(token, _)| token < candidate);
                let same = self.sorted[first..].iter();
                let same = same.take_while(|&&(token, _)| token == candidate);
                found.extend(same.map(|&(_, place)| place));
            }
        });
        if !few {
            let places = 0..self.tokens.len() as u32;
            let holds = |&place: &u32| relation.holds(tree, left, self.tokens[place as usize]);
            found.extend(places.filter(holds));
        }
        found.retain(|&place| self.good[place as usize]);
        found.sort_unstable();
        found
    }
}

/// All ways to choose a token for each node, of those that `tokens` has for it: in the order of the tokens of the first
/// node, then the second, and so on.
pub(super) fn solve(nodes: &[Node], tokens: &[&[u32]], tree: &Tree) -> Vec<Vec<usize>> {
    let mut places: Vec<Places<'_>> = tokens.iter().map(|tokens| Places::new(tokens)).collect();
    // What is wanted of a node stands after it in the pattern.
    for (i, node) in nodes.iter().enumerate().rev() {
        let Some((left, relation)) = node.left else {
            continue;
        };
        let (before, after) = places.split_at_mut(i);
        let left = &mut before[left as usize];
        for (&token, good) in left.tokens.iter().zip(&mut left.good) {
            *good = *good && !after[0].related(tree, relation, token).is_empty();
        }
    }
    let mut solutions = Vec::new();
    // For each node that has a token, the places that are still to be tried, the next one last.
    let mut open: Vec<Vec<u32>> = Vec::with_capacity(nodes.len());
    let mut chosen: Vec<u32> = Vec::with_capacity(nodes.len());
    loop {
        if chosen.len() == nodes.len() {
            solutions.push(chosen.iter().map(|&token| token as usize).collect());
        } else if open.len() == chosen.len() {
            let at = open.len();
            let mut next = match nodes[at].left {
                Some((left, relation)) => places[at].related(tree, relation, chosen[left as usize]),
                None => {
                    let all = 0..places[at].tokens.len() as u32;
                    all.filter(|&place| places[at].good[place as usize])
                        .collect()
                }
            };
            next.reverse();
            open.push(next);
        }
        // On to the next place of the last node that has one.
        chosen.truncate(open.len() - 1);
        while let Some(last) = open.last_mut() {
            match last.pop() {
                Some(place) => {
                    chosen.push(places[open.len() - 1].tokens[place as usize]);
                    break;
                }
                None => {
                    open.pop();
                    chosen.pop();
                }
            }
        }
        if open.is_empty() {
            return solutions;
        }
    }
}
