//! The trees over a document, so that how two tokens stand to each other is known at once.

use std::ops::Range;

use crate::doc::Doc;

/// Heads, children and descendants of all tokens.
pub(super) struct Tree {
    heads: Vec<u32>,
    /// The children of all tokens, those of one in a row, in order.
    children: Vec<u32>,
    /// Where the children of each token end.
    children_end: Vec<u32>,
    /// All tokens, each before its descendants.
    order: Vec<u32>,
    /// For each token, its place in `order` and the one after its last descendant.
    below: Vec<Range<u32>>,
    roots: Vec<u32>,
    depths: Vec<u32>,
    /// For each root, what spaCy takes for its sentence.
    sentences: Vec<Range<u32>>,
}

impl Tree {
    pub fn new(doc: &Doc<'_>) -> Tree {
        let length = doc.len() as u32;
        let heads: Vec<u32> = doc.tokens().map(|token| token.head().i() as u32).collect();
        let mut counts = vec![0; doc.len()];
        for (child, &head) in (0..length).zip(&heads) {
            counts[head as usize] += u32::from(child != head);
        }
        let mut starts: Vec<u32> = Vec::with_capacity(doc.len());
        let mut at = 0;
        for count in counts {
            starts.push(at);
            at += count;
        }
        let mut children = vec![0; at as usize];
        let mut children_end = starts;
        for (child, &head) in (0..length).zip(&heads) {
            if child != head {
                let end = &mut children_end[head as usize];
                children[*end as usize] = child;
                *end += 1;
            }
        }
        let mut tree = Tree {
            children,
            children_end,
            order: Vec::with_capacity(doc.len()),
            below: vec![0..0; doc.len()],
            roots: (0..length).collect(),
            depths: vec![0; doc.len()],
            sentences: vec![0..0; doc.len()],
            heads,
        };
        for root in 0..length {
            if tree.head(root) == root {
                tree.walk(root);
                let token = doc.token(root as usize);
                let (left, right) = (token.left_edge().i(), token.right_edge().i());
                tree.sentences[root as usize] = left as u32..right as u32 + 1;
            }
        }
        tree
    }

    /// Goes down from a root.
    fn walk(&mut self, root: u32) {
        let mut open = vec![root];
        while let Some(token) = open.pop() {
            let head = self.head(token);
            if token != root {
                self.roots[token as usize] = root;
                self.depths[token as usize] = self.depths[head as usize] + 1;
            }
            let place = self.order.len() as u32;
            self.order.push(token);
            self.below[token as usize] = place..place + 1;
            open.extend(self.children(token).iter().rev());
        }
        // Descendants stand after a token: what ends last of its children ends it.
        let first = self.below[root as usize].start as usize;
        for place in (first + 1..self.order.len()).rev() {
            let token = self.order[place];
            let end = self.below[token as usize].end;
            let head = self.head(token) as usize;
            self.below[head].end = self.below[head].end.max(end);
        }
    }

    pub fn len(&self) -> u32 {
        self.heads.len() as u32
    }

    pub fn head(&self, token: u32) -> u32 {
        self.heads[token as usize]
    }

    pub fn children(&self, token: u32) -> &[u32] {
        let token = token as usize;
        let start = token.checked_sub(1).map_or(0, |t| self.children_end[t]);
        &self.children[start as usize..self.children_end[token] as usize]
    }

    /// All descendants.
    pub fn below(&self, token: u32) -> &[u32] {
        let Range { start, end } = self.below[token as usize];
        &self.order[(start + 1).min(end) as usize..end as usize]
    }

    /// Whether `token` is `above` or a descendant of it.
    pub fn is_below(&self, token: u32, above: u32) -> bool {
        self.below[above as usize].contains(&self.below[token as usize].start)
    }

    /// The root above the token: itself where that is one.
    pub fn root(&self, token: u32) -> u32 {
        self.roots[token as usize]
    }

    /// How many heads are above the token.
    pub fn depth(&self, token: u32) -> u32 {
        self.depths[token as usize]
    }

    /// The sentence that the token is in: all that hangs on its root.
    pub fn sentence(&self, token: u32) -> Range<u32> {
        self.sentences[self.root(token) as usize].clone()
    }
}
