//! Patterns without operators that vary their length, all in one tree: those that begin alike share their beginning.

use std::collections::HashMap;

use super::conditions::{Conditions, Reader, Wanted};
use super::index::{Index, Posting};
use crate::frozen::frozen;
use crate::limits::OutOfTime;

/// A node with more children than this has them in the index.
const FEW: usize = 8;

/// The tree: node 0 is its root, and each other node one token of the patterns that go through it.
#[derive(Default)]
pub(super) struct Plain {
    nodes: Vec<Node>,
    /// The children of all nodes that the index does not have, node by node.
    children: Vec<u32>,
    /// The patterns that end at each node, node by node.
    patterns: Vec<u32>,
    /// Those of nodes with many children, by a value that the token must have.
    index: Index,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    wanted: Wanted,
    /// Where its children end; they begin where those of the node before end.
    children_end: u32,
    patterns_end: u32,
    indexed: bool,
}

frozen!(Node {
    wanted,
    children_end,
    patterns_end,
    indexed
});

frozen!(Plain {
    nodes,
    children,
    patterns,
    index
});

/// A pattern that ends where the token is that was looked at: the token it starts at, and its number.
pub(super) type PlainHit = (u32, u32);

impl Plain {
    /// A tree of these patterns: their numbers, and what is wanted of their tokens.
    pub fn new<'p>(
        patterns: impl Iterator<Item = (u32, &'p [Wanted])>,
        conditions: &Conditions,
    ) -> Plain {
        // Each node but the root with its parent, and each pattern with its node.
        let mut known: HashMap<(u32, Wanted), u32> = HashMap::new();
        let mut nodes: Vec<(u32, Wanted)> = vec![(0, 0)];
        let mut ends: Vec<(u32, u32)> = Vec::new();
        for (pattern, tokens) in patterns {
            let mut node = 0;
            for &wanted in tokens {
                let next = nodes.len() as u32;
                let child = *known.entry((node, wanted)).or_insert(next);
                if child == next {
                    nodes.push((node, wanted));
                }
                node = child;
            }
            ends.push((node, pattern));
        }
        drop(known);
        ends.sort_unstable();

        let mut by_parent: Vec<(u32, u32)> = (1..nodes.len() as u32)
            .map(|node| (nodes[node as usize].0, node))
            .collect();
        by_parent.sort_unstable();
        let mut tree = Plain::default();
        let mut postings: Vec<Posting> = Vec::new();
        let (mut child_at, mut end_at) = (0, 0);
        for (node, &(_, wanted)) in nodes.iter().enumerate() {
            let node = node as u32;
            let of_node = by_parent[child_at..].partition_point(|&(parent, _)| parent == node);
            let indexed = of_node > FEW;
            for &(_, child) in &by_parent[child_at..child_at + of_node] {
                match indexed
                    .then(|| conditions.key(nodes[child as usize].1))
                    .flatten()
                {
                    Some((attr, ids)) => {
                        postings.extend(ids.into_iter().map(|id| (node, attr, id, child)));
                    }
                    None => tree.children.push(child),
                }
            }
            child_at += of_node;
            while ends.get(end_at).is_some_and(|&(end, _)| end == node) {
                tree.patterns.push(ends[end_at].1);
                end_at += 1;
            }
            tree.nodes.push(Node {
                wanted,
                children_end: tree.children.len() as u32,
                patterns_end: tree.patterns.len() as u32,
                indexed,
            });
        }
        drop((nodes, by_parent, ends));
        tree.nodes.shrink_to_fit();
        tree.children.shrink_to_fit();
        tree.index = Index::new(postings);
        tree
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    fn children(&self, node: u32) -> &[u32] {
        let node = node as usize;
        let start = node
            .checked_sub(1)
            .map_or(0, |n| self.nodes[n].children_end);
        &self.children[start as usize..self.nodes[node].children_end as usize]
    }

    fn patterns(&self, node: u32) -> &[u32] {
        let node = node as usize;
        let start = node
            .checked_sub(1)
            .map_or(0, |n| self.nodes[n].patterns_end);
        &self.patterns[start as usize..self.nodes[node].patterns_end as usize]
    }

    fn has_children(&self, node: u32) -> bool {
        self.nodes[node as usize].indexed || !self.children(node).is_empty()
    }
}

/// How far into the tree the tokens before have led.
#[derive(Default)]
pub(super) struct PlainWalk {
    /// Nodes, and the token that the way there starts at.
    at: Vec<(u32, u32)>,
    next: Vec<(u32, u32)>,
}

impl PlainWalk {
    /// Goes on with token `token`, and notes in `hits` which patterns end with it.
    pub fn step(
        &mut self,
        tree: &Plain,
        token: usize,
        reader: &mut Reader<'_, '_>,
        hits: &mut Vec<PlainHit>,
    ) -> Result<(), OutOfTime> {
        self.at.push((0, token as u32));
        for &(node, start) in &self.at {
            let few = tree.children(node).iter();
            for &child in few {
                Self::try_child(tree, child, start, token, reader, &mut self.next, hits)?;
            }
            if !tree.nodes[node as usize].indexed {
                continue;
            }
            for &attr in tree.index.attrs(node) {
                for &child in tree.index.get(node, attr, reader.id(token, attr)) {
                    Self::try_child(tree, child, start, token, reader, &mut self.next, hits)?;
                }
            }
        }
        self.at.clear();
        std::mem::swap(&mut self.at, &mut self.next);
        // Those that started first are first, and of these the patterns that were added first.
        hits.sort_unstable();
        Ok(())
    }

    fn try_child(
        tree: &Plain,
        child: u32,
        start: u32,
        token: usize,
        reader: &mut Reader<'_, '_>,
        next: &mut Vec<(u32, u32)>,
        hits: &mut Vec<PlainHit>,
    ) -> Result<(), OutOfTime> {
        if reader.is(token, tree.nodes[child as usize].wanted)? {
            hits.extend(tree.patterns(child).iter().map(|&pattern| (start, pattern)));
            if tree.has_children(child) {
                next.push((child, start));
            }
        }
        Ok(())
    }
}
