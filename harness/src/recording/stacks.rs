//! The tree of call stacks.

use std::iter;

use harness_preload::record::PYTHON;

use super::python::PythonFunction;

/// A stack of a recording, by the node of its innermost call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StackId(pub u32);

impl StackId {
    /// The stack that is not known, which has no calls.
    pub const UNKNOWN: StackId = StackId(0);
}

/// One call of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// One of machine code.
    Code {
        /// The module that it is in, by its place in `Recording::modules`.
        module: Option<u32>,
        /// The address that the call returns to, in memory. (One more than the address of an instruction that a signal
        /// interrupted.)
        returns_to: u64,
    },
    /// A frame of Python.
    Python {
        /// Its function, as a number for [`Stacks::function`].
        function: u32,
        /// Its line, where it is at one.
        line: Option<u32>,
    },
}

/// A node of the tree: a call, and the node of the call that made it, which always has a smaller number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    pub parent: u32,
    /// Counted from 1; 0 where it is not known; [`PYTHON`] for a frame of Python.
    pub module: u32,
    pub pc: u64,
}

impl Node {
    pub fn call(self) -> Call {
        if self.module == PYTHON {
            let line = self.pc as u32;
            return Call::Python {
                function: (self.pc >> 32) as u32,
                line: (line > 0).then_some(line),
            };
        }
        Call::Code {
            module: self.module.checked_sub(1),
            returns_to: self.pc,
        }
    }
}

/// All stacks of a recording, as a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stacks {
    pub(super) nodes: Vec<Node>,
    pub(super) functions: Vec<PythonFunction>,
}

impl Stacks {
    /// The calls of a stack, innermost first; none for a stack that there is not.
    pub fn calls(&self, stack: StackId) -> impl Iterator<Item = Call> + '_ {
        let node = |id: u32| {
            (id > 0)
                .then(|| self.nodes.get(id as usize).copied())
                .flatten()
        };
        // Parents have smaller numbers, which the reader saw to: this ends.
        iter::successors(node(stack.0), move |last| node(last.parent)).map(Node::call)
    }

    /// The function of a frame of Python; `None` for a number that there is not.
    pub fn function(&self, number: u32) -> Option<&PythonFunction> {
        self.functions.get(number.checked_sub(1)? as usize)
    }

    /// How many nodes there are, with that of the unknown stack.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}
