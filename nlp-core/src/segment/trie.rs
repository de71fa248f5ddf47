//! Words by their characters, to find all that begin at a place of a text.

use std::collections::HashMap;

use crate::frozen::frozen;

/// Words with a value each, which is never 0.
#[derive(Debug)]
pub(super) struct Trie {
    /// The node that a character leads to from a node: the node's number in the upper half of the key.
    children: HashMap<u64, u32>,
    /// The value of the word that ends at each node; 0 where none does.
    values: Vec<u64>,
}

frozen!(Trie { children, values });

/// A place in a trie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node(u32);

impl Trie {
    /// Where all words begin.
    pub const ROOT: Node = Node(0);

    pub fn new() -> Self {
        Trie {
            children: HashMap::new(),
            values: vec![0],
        }
    }

    /// Adds a word, or gives it another value. Of more than four thousand million characters, the rest is not kept.
    pub fn insert(&mut self, word: &str, value: u64) {
        let mut node = Trie::ROOT;
        for c in word.chars() {
            let Ok(next) = u32::try_from(self.values.len()) else {
                return;
            };
            let child = *self.children.entry(key(node, c)).or_insert(next);
            if child == next {
                self.values.push(0);
            }
            node = Node(child);
        }
        self.values[node.0 as usize] = value;
    }

    /// The place after `c`, if any word goes on so.
    pub fn child(&self, node: Node, c: char) -> Option<Node> {
        self.children.get(&key(node, c)).copied().map(Node)
    }

    /// The value of the word that ends here; 0 where none does.
    pub fn value(&self, node: Node) -> u64 {
        self.values[node.0 as usize]
    }

    /// The value of a word; 0 where it is none.
    pub fn get(&self, word: &str) -> u64 {
        let end = word
            .chars()
            .try_fold(Trie::ROOT, |node, c| self.child(node, c));
        end.map_or(0, |node| self.value(node))
    }
}

fn key(node: Node, c: char) -> u64 {
    u64::from(node.0) << 32 | u64::from(u32::from(c))
}
