//! What follows from the heads of a document: how many children a token has, how far its subtree reaches, and where
//! sentences start (`set_children_from_heads` in `tokens/doc.pyx`).

/// How often edges are pushed up before a document is given up as malformed: as often as spaCy does.
const MAX_PASSES: usize = 12;

/// The shape of the trees over a document. All fields hold one entry a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// How many children stand to the left.
    pub left_kids: Vec<u32>,
    /// How many children stand to the right.
    pub right_kids: Vec<u32>,
    /// The first token of the subtree.
    pub left_edge: Vec<u32>,
    /// The last token of the subtree.
    pub right_edge: Vec<u32>,
    /// 1 where a sentence starts, -1 elsewhere.
    pub sent_start: Vec<i8>,
}

impl Tree {
    /// The trees that `heads` make: `heads[i]` is the token that token `i` hangs on, itself if it is a root.
    ///
    /// A sentence starts at the left edge of every root that has a label (`labels[i]` is not 0). In trees that cross
    /// one another, edges are those that spaCy finds, which stops pushing them up once every head is inside its
    /// sentence: at once where nothing crosses, and after twelve passes at the latest, so that any heads, even
    /// cyclic ones, take linear time.
    ///
    /// # Panics
    /// If `heads` and `labels` differ in length, or a head is not a token of the document.
    pub fn new(heads: &[u32], labels: &[u64]) -> Self {
        let mut tree = Tree::default();
        tree.set(heads, labels, &mut Vec::new());
        tree
    }

    /// Becomes the trees of [`Tree::new`], in the memory of those that it was. `starts` is scratch.
    pub fn set(&mut self, heads: &[u32], labels: &[u64], starts: &mut Vec<bool>) {
        assert_eq!(heads.len(), labels.len());
        let len = heads.len();
        refill(&mut self.left_kids, len, 0);
        refill(&mut self.right_kids, len, 0);
        refill(&mut self.sent_start, len, -1);
        refill(starts, len, false);
        for edges in [&mut self.left_edge, &mut self.right_edge] {
            edges.clear();
            edges.extend(0..len as u32);
        }
        for (child, &head) in heads.iter().enumerate() {
            let head = head as usize;
            if child < head {
                self.left_kids[head] += 1;
            } else if child > head {
                self.right_kids[head] += 1;
            }
        }
        for _ in 0..MAX_PASSES {
            self.push_edges_up(heads);
            if self.heads_are_within_sentences(heads, starts) {
                break;
            }
        }
        for (i, &head) in heads.iter().enumerate() {
            if head as usize == i && labels[i] != 0 {
                self.sent_start[self.left_edge[i] as usize] = 1;
            }
        }
    }

    /// One pass over the tokens in each direction.
    fn push_edges_up(&mut self, heads: &[u32]) {
        for child in (0..heads.len()).chain((0..heads.len()).rev()) {
            let head = heads[child] as usize;
            self.left_edge[head] = self.left_edge[head].min(self.left_edge[child]);
            self.right_edge[head] = self.right_edge[head].max(self.right_edge[child]);
        }
    }

    /// Whether all heads are inside the sentences that the edges of the roots make. As in spaCy, the first token of
    /// the next sentence still counts as inside, and the last token of the document is not asked.
    fn heads_are_within_sentences(&self, heads: &[u32], starts: &mut [bool]) -> bool {
        starts.fill(false);
        for (i, &head) in heads.iter().enumerate() {
            if head as usize == i {
                starts[self.left_edge[i] as usize] = true;
            }
        }
        let last = heads.len().saturating_sub(1);
        let mut start = 0;
        for i in 0..heads.len() {
            if (i > 0 && starts[i]) || i == last {
                let inside = start as u32..=i as u32;
                if !heads[start..i].iter().all(|head| inside.contains(head)) {
                    return false;
                }
                start = i;
            }
        }
        true
    }
}

/// `len` times `value`, whatever was there.
fn refill<T: Clone>(column: &mut Vec<T>, len: usize, value: T) {
    column.clear();
    column.resize(len, value);
}
