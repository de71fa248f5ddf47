//! The tree of layers that an architecture consists of, laid over the nodes of a model's file.
//!
//! The file lists its nodes breadth first, without their topology (`thinc/model.py`, `Model.walk`). Each architecture
//! here builds the tree that spaCy's function of that name would build; walking it in the same order gives each layer
//! its node.

use crate::error::FormatError;
use crate::format::thinc_model::{Node, ThincModel};
use std::collections::VecDeque;

/// A layer and the layers inside it.
pub(super) struct Tree {
    /// The layer's name in the file; `None` for one made of others, whose name lists theirs.
    name: Option<&'static str>,
    children: Vec<Tree>,
    /// The place of its node in the file, once [`Tree::place`] found it.
    index: usize,
}

impl Tree {
    /// A layer without layers inside, called `name` in the file.
    pub fn leaf(name: &'static str) -> Tree {
        Tree {
            name: Some(name),
            children: Vec::new(),
            index: usize::MAX,
        }
    }

    /// A layer that works through others: a chain, a concatenation, a residual connection.
    pub fn of(children: Vec<Tree>) -> Tree {
        Tree {
            name: None,
            children,
            index: usize::MAX,
        }
    }

    /// A layer that works through others and yet has a name of its own.
    pub fn named(name: &'static str, children: Vec<Tree>) -> Tree {
        Tree {
            name: Some(name),
            children,
            index: usize::MAX,
        }
    }

    /// Layers in a row, as thinc's operator `>>` chains them: a chain of two, of which the first is the chain so far.
    ///
    /// # Panics
    /// If there are none.
    pub fn chain(layers: Vec<Tree>) -> Tree {
        let chained = layers
            .into_iter()
            .reduce(|before, last| Tree::of(vec![before, last]));
        chained.expect("a layer")
    }

    /// The `N` layers of a [`Tree::chain`], in order.
    pub fn chained<const N: usize>(&self) -> [&Tree; N] {
        let mut layers = [self; N];
        for i in (1..N).rev() {
            layers[i] = layers[0].child(1);
            layers[0] = layers[0].child(0);
        }
        layers
    }

    /// The layer inside at place `i`.
    pub fn child(&self, i: usize) -> &Tree {
        &self.children[i]
    }

    /// The layers inside.
    pub fn children(&self) -> &[Tree] {
        &self.children
    }

    /// Gives every layer its node in the file.
    ///
    /// # Errors
    /// If the file's nodes are not those of this tree; the message names the first that does not fit.
    pub fn place(&mut self, file: &ThincModel) -> Result<(), FormatError> {
        let nodes = file.nodes();
        let mut queue = VecDeque::from([self]);
        let mut count = 0;
        while let Some(tree) = queue.pop_front() {
            if let (Some(node), Some(name)) = (nodes.get(count), tree.name)
                && node.name() != name
            {
                return Err(FormatError::new(format!(
                    "{} does not fit the architecture in the configuration, which has \"{name}\" there",
                    node.label()
                )));
            }
            tree.index = count;
            count += 1;
            queue.extend(tree.children.iter_mut());
        }
        if count != nodes.len() {
            return Err(FormatError::new(format!(
                "the file has {} nodes, and the architecture in the configuration has {count}",
                nodes.len()
            )));
        }
        Ok(())
    }

    /// The node of this layer in the file that the tree was placed on.
    pub fn node<'f, 'a>(&self, file: &'f ThincModel<'a>) -> &'f Node<'a> {
        &file.nodes()[self.index]
    }
}
