//! The parser's state: a stack, a buffer and the arcs between them (`StateC` in `_parser_internals/_state.pxd`).

use super::lists::{List, Lists, Plain};
use super::system::State;

/// No token.
const NONE: i32 = -1;

/// What is known of one token. Children are threaded through their siblings, so that every operation takes constant
/// time and a state needs no memory beyond its tokens.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    head: i32,
    /// The left and the right child attached last.
    left_kid: i32,
    right_kid: i32,
    /// The child of the same head, on the same side, attached before this one.
    sibling: i32,
    label: u64,
    starts_sentence: bool,
    /// The text came with the knowledge that no sentence starts here.
    cannot_start_sentence: bool,
    /// Put back to the buffer once: it may not be shifted again before something attaches to it.
    unshiftable: bool,
}

fn at_or_none(list: &impl List<i32>, i: usize) -> i32 {
    list.get(i).copied().unwrap_or(NONE)
}

/// How far the parser has come in one document.
///
/// Where spaCy keeps the arcs in two maps from heads to lists, and blanks a removed arc (in a copy, so that it stays)
/// unless it is the last of its list, a token here has one head. The two agree in every state that the arc-eager
/// moves reach: the only arc ever removed is the right arc to the top of the stack, when a left arc replaces it, and
/// as long as that token is on the stack its head below gets no further right child.
#[derive(Debug, Clone)]
pub(crate) struct ParseState<L: Lists = Plain> {
    nodes: L::Of<Node>,
    stack: L::Of<i32>,
    /// Tokens put back from the stack: the front of the buffer, its first token last.
    rebuffer: L::Of<i32>,
    /// The first token that was never shifted.
    next: usize,
}

impl ParseState {
    /// The state before the first move. `sent_start` holds, for each token, 1 where a sentence is known to start,
    /// -1 where none may, 0 where that is open.
    pub(crate) fn new(sent_start: &[i8]) -> Self {
        ParseState::start(sent_start)
    }
}

impl<L: Lists> ParseState<L> {
    /// As [`ParseState::new`], made of lists of any kind.
    pub(crate) fn start(sent_start: &[i8]) -> Self {
        let nodes = L::Of::of(sent_start.iter().map(|&start| Node {
            head: NONE,
            left_kid: NONE,
            right_kid: NONE,
            sibling: NONE,
            label: 0,
            starts_sentence: start == 1,
            cannot_start_sentence: start == -1,
            unshiftable: false,
        }));
        ParseState {
            nodes,
            stack: Default::default(),
            rebuffer: Default::default(),
            next: 0,
        }
    }

    /// How many tokens the document has.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn node(&self, token: i32) -> Option<&Node> {
        usize::try_from(token).ok().and_then(|i| self.nodes.get(i))
    }

    /// The `i`th token of the stack from its top, or -1.
    pub(crate) fn stack(&self, i: usize) -> i32 {
        match self.stack.len().checked_sub(i + 1) {
            Some(at) => at_or_none(&self.stack, at),
            None => NONE,
        }
    }

    /// The `i`th token of the buffer, or -1.
    pub(crate) fn buffer(&self, i: usize) -> i32 {
        if let Some(at) = self.rebuffer.len().checked_sub(i + 1) {
            return at_or_none(&self.rebuffer, at);
        }
        let at = self.next + (i - self.rebuffer.len());
        if at < self.nodes.len() {
            at as i32
        } else {
            NONE
        }
    }

    pub(crate) fn stack_depth(&self) -> usize {
        self.stack.len()
    }

    pub(crate) fn buffer_length(&self) -> usize {
        self.nodes.len() - self.next + self.rebuffer.len()
    }

    pub(crate) fn has_head(&self, token: i32) -> bool {
        self.head(token) != NONE
    }

    /// The head that `token` was given, or -1.
    pub(crate) fn head(&self, token: i32) -> i32 {
        self.node(token).map_or(NONE, |node| node.head)
    }

    /// The label of the arc that [`ParseState::head`] tells of.
    pub(crate) fn label(&self, token: i32) -> u64 {
        self.node(token).map_or(0, |node| node.label)
    }

    pub(crate) fn is_sent_start(&self, token: i32) -> bool {
        self.node(token).is_some_and(|node| node.starts_sentence)
    }

    pub(crate) fn cannot_sent_start(&self, token: i32) -> bool {
        self.node(token)
            .is_some_and(|node| node.cannot_start_sentence)
    }

    pub(crate) fn is_unshiftable(&self, token: i32) -> bool {
        self.node(token).is_some_and(|node| node.unshiftable)
    }

    /// The left child of `head` that was attached last, then the one before, counted from 1; or -1.
    fn left_child(&self, head: i32, nth: usize) -> i32 {
        self.nth_child(self.node(head).map_or(NONE, |node| node.left_kid), nth)
    }

    /// The right child of `head` that was attached last, then the one before, counted from 1; or -1.
    fn right_child(&self, head: i32, nth: usize) -> i32 {
        self.nth_child(self.node(head).map_or(NONE, |node| node.right_kid), nth)
    }

    fn nth_child(&self, latest: i32, nth: usize) -> i32 {
        (1..nth).fold(latest, |kid, _| {
            self.node(kid).map_or(NONE, |node| node.sibling)
        })
    }

    /// Moves the front of the buffer to the stack.
    pub(crate) fn push(&mut self) {
        let token = self.rebuffer.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next as i32 - 1
        });
        self.stack.push(token);
    }

    /// Drops the top of the stack.
    pub(crate) fn pop(&mut self) {
        self.stack.pop();
    }

    /// Moves the top of the stack back to the front of the buffer, marked so that it is not shifted at once again.
    pub(crate) fn unshift(&mut self) {
        if let Some(token) = self.stack.pop() {
            self.nodes.at_mut(token as usize).unshiftable = true;
            self.rebuffer.push(token);
        }
    }

    /// Lets `token` be shifted again.
    pub(crate) fn set_reshiftable(&mut self, token: i32) {
        self.nodes.at_mut(token as usize).unshiftable = false;
    }

    pub(crate) fn set_sent_start(&mut self, token: i32) {
        self.nodes.at_mut(token as usize).starts_sentence = true;
    }

    /// Attaches `child` to `head`, in place of the head that it has.
    pub(crate) fn add_arc(&mut self, head: i32, child: i32, label: u64) {
        let old = self.head(child);
        if old != NONE {
            self.remove_latest_arc(old, child);
        }
        let kids = self.kids_mut(head, child);
        let sibling = std::mem::replace(kids, child);
        let node = self.nodes.at_mut(child as usize);
        node.head = head;
        node.sibling = sibling;
        node.label = label;
    }

    fn remove_latest_arc(&mut self, head: i32, child: i32) {
        let sibling = self.node(child).map_or(NONE, |node| node.sibling);
        let kids = self.kids_mut(head, child);
        debug_assert_eq!(*kids, child);
        *kids = sibling;
    }

    /// The latest child of `head` on the side where `child` is.
    fn kids_mut(&mut self, head: i32, child: i32) -> &mut i32 {
        let node = self.nodes.at_mut(head as usize);
        if head > child {
            &mut node.left_kid
        } else {
            &mut node.right_kid
        }
    }
}

impl<L: Lists> State for ParseState<L> {
    fn context_tokens(&self, ids: &mut [i32]) {
        let (b0, b1) = (self.buffer(0), self.buffer(1));
        let (s0, s1, s2) = (self.stack(0), self.stack(1), self.stack(2));
        match ids.len() {
            8 => ids.copy_from_slice(&[
                b0,
                b1,
                s0,
                s1,
                s2,
                self.left_child(b0, 1),
                self.left_child(s0, 1),
                self.right_child(s0, 1),
            ]),
            // spaCy writes the second left child of S0 to the seventh place and the last right child over it.
            13 => ids.copy_from_slice(&[
                b0,
                b1,
                s0,
                s1,
                s2,
                self.left_child(s0, 1),
                self.right_child(s0, 1),
                self.left_child(b0, 1),
                self.right_child(s0, 2),
                self.left_child(s1, 1),
                self.left_child(s1, 2),
                self.right_child(s1, 1),
                self.right_child(s1, 2),
            ]),
            // The features of a recogniser: no entity is ever open here.
            _ => {
                ids.fill(NONE);
                ids[0] = b0;
            }
        }
    }

    fn is_final(&self) -> bool {
        self.stack.len() == 0 && self.buffer_length() == 0
    }

    fn force_final(&mut self) {
        self.stack.clear();
        self.next = self.nodes.len();
    }
}
