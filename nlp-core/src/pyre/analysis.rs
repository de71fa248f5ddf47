//! What can be said of a pattern without matching it: how wide its matches are, with which characters they start and
//! end, which characters they must have. Texts that a look at a character or two rules out are the great majority.

use super::ast::{At, Node, Sets, UNBOUNDED, Width};
use super::charset::{Gathered, MAX, RangeSet};

/// The fewest and the most characters that `node` can match; `None` for no upper limit.
pub(super) fn width(node: &Node) -> Width {
    match node {
        Node::Set(_) => (1, Some(1)),
        Node::At(_) | Node::Look { .. } => (0, Some(0)),
        Node::Atomic(node) => width(node),
        Node::Concat(items) => items.iter().fold((0, Some(0)), |(least, most), item| {
            let (lo, hi) = width(item);
            let most = most.zip(hi).and_then(|(a, b): (u32, u32)| a.checked_add(b));
            (least.saturating_add(lo), most)
        }),
        Node::Alt(items) => {
            let widths = items.iter().map(width);
            widths.reduce(either).unwrap_or((0, Some(0)))
        }
        Node::Group { width, .. } | Node::Reference { width, .. } => *width,
        Node::Condition { yes, no, .. } => either(width(yes), width(no)),
        Node::Repeat { node, min, max, .. } => {
            let (lo, hi) = width(node);
            let most = match (hi, *max) {
                (Some(0), _) | (_, 0) => Some(0),
                (_, UNBOUNDED) => None,
                (hi, max) => hi.and_then(|hi| hi.checked_mul(max)),
            };
            (lo.saturating_mul(*min), most)
        }
    }
}

/// The width of what matches one or the other.
fn either((least, most): Width, (lo, hi): Width) -> Width {
    (least.min(lo), most.zip(hi).map(|(a, b)| a.max(b)))
}

/// The characters that can come first where something matches, or last.
#[derive(Debug, Clone)]
pub(super) struct Edge {
    /// The characters.
    pub(super) set: RangeSet,
    /// Whether the end of the text will do too.
    pub(super) end: bool,
    /// Whether nothing need be consumed, so that what stands beside decides.
    pub(super) open: bool,
}

impl Edge {
    /// The edge of what matches the empty string.
    pub(super) fn open() -> Self {
        Edge {
            set: RangeSet::default(),
            end: false,
            open: true,
        }
    }
}

/// The edges of several nodes, any of which may come into play.
#[derive(Default)]
struct Edges {
    sets: Gathered,
    end: bool,
    open: bool,
}

impl Edges {
    fn add(&mut self, edge: &Edge) {
        self.sets.add(&edge.set);
        self.end |= edge.end;
        self.open |= edge.open;
    }

    fn into_edge(self) -> Edge {
        Edge {
            set: self.sets.into_set(),
            end: self.end,
            open: self.open,
        }
    }
}

/// The characters with which matches of `node` can start.
pub(super) fn first(node: &Node, sets: &Sets) -> Edge {
    edge(node, sets, true)
}

/// [`first`] of one node after the other.
pub(super) fn first_of_all<'n>(nodes: impl Iterator<Item = &'n Node>, sets: &Sets) -> Edge {
    chain(nodes, sets, true)
}

fn chain<'n>(nodes: impl Iterator<Item = &'n Node>, sets: &Sets, forward: bool) -> Edge {
    let mut all = Edges {
        open: true,
        ..Edges::default()
    };
    for node in nodes {
        all.open = false;
        all.add(&edge(node, sets, forward));
        if !all.open {
            break;
        }
    }
    all.into_edge()
}

fn edge(node: &Node, sets: &Sets, forward: bool) -> Edge {
    match node {
        Node::Set(id) => Edge {
            set: sets.get(*id).clone(),
            end: false,
            open: false,
        },
        Node::At(At::End) if forward => Edge {
            set: RangeSet::single(10),
            end: true,
            open: false,
        },
        Node::At(At::TextEnd) if forward => Edge {
            set: RangeSet::default(),
            end: true,
            open: false,
        },
        Node::At(_) | Node::Look { .. } => Edge::open(),
        Node::Atomic(node) | Node::Group { node, .. } => edge(node, sets, forward),
        // a group may have matched anything, also nothing
        Node::Reference { .. } => Edge {
            set: RangeSet::new(vec![(0, MAX)]),
            end: false,
            open: true,
        },
        Node::Condition { yes, no, .. } => {
            let mut edges = Edges::default();
            edges.add(&edge(yes, sets, forward));
            edges.add(&edge(no, sets, forward));
            edges.into_edge()
        }
        Node::Concat(items) if forward => chain(items.iter(), sets, true),
        Node::Concat(items) => chain(items.iter().rev(), sets, false),
        Node::Alt(items) => {
            let mut edges = Edges::default();
            for item in items {
                edges.add(&edge(item, sets, forward));
            }
            edges.into_edge()
        }
        Node::Repeat { node, min, max, .. } => {
            if *max == 0 {
                return Edge::open();
            }
            let mut e = edge(node, sets, forward);
            e.open |= *min == 0;
            e
        }
    }
}

/// Characters of which every match must have one, where there are such and they are worth looking for.
pub(super) fn required(node: &Node, sets: &Sets) -> Option<RangeSet> {
    match node {
        Node::Set(id) => Some(sets.get(*id).clone()).filter(|set| rarity(set) < COMMON),
        Node::At(_) | Node::Look { .. } => None,
        Node::Reference { .. } | Node::Condition { .. } => None,
        Node::Atomic(node) | Node::Group { node, .. } => required(node, sets),
        Node::Repeat { node, min, .. } => required(node, sets).filter(|_| *min > 0),
        Node::Concat(items) => items
            .iter()
            .filter_map(|item| required(item, sets))
            .min_by_key(rarity),
        Node::Alt(items) => {
            let mut ranges = Vec::new();
            for item in items {
                ranges.extend_from_slice(required(item, sets)?.ranges());
            }
            Some(RangeSet::new(ranges)).filter(|set| rarity(set) < COMMON)
        }
    }
}

/// From this rarity on, too many texts have one of the set.
const COMMON: usize = 1000;

/// How likely a text is to have one of `set`, in no unit: letters and digits are likely.
fn rarity(set: &RangeSet) -> usize {
    let weight = |&(lo, hi): &(u32, u32)| {
        (lo..=hi.min(127))
            .map(|c| {
                if char::from(c as u8).is_ascii_alphanumeric() {
                    50
                } else {
                    1
                }
            })
            .sum::<usize>()
    };
    set.len()
        .saturating_add(set.ranges().iter().map(weight).sum())
}

/// How matches that end at the end of the text can be found without trying every start.
#[derive(Debug)]
pub(super) struct Tail {
    /// The characters that such a match can end with.
    pub(super) last: RangeSet,
    /// The longest match, in characters, of the alternatives that have a longest.
    pub(super) longest: u32,
    /// The characters that a match of the others can end with.
    pub(super) unbounded_last: RangeSet,
    /// All characters that a match of the others can have.
    pub(super) unbounded_any: RangeSet,
    /// What other matches can start with, if there are such, which need not end there; it is not open.
    pub(super) loose: Option<Edge>,
}

/// The [`Tail`] of `node`, if it has alternatives that consume something and end with `$` or `\Z`, and there is
/// something to say of how the others start.
pub(super) fn tail(node: &Node, sets: &Sets) -> Option<Tail> {
    let mut leaves = Vec::new();
    alternatives(node, &mut leaves);
    let (mut last, mut longest) = (Gathered::default(), None);
    let (mut unbounded_last, mut unbounded_any) = (Gathered::default(), Gathered::default());
    let mut loose: Option<Edges> = None;
    for leaf in leaves {
        let Some((body, edge)) = ends_text(leaf, sets) else {
            let edge = first(leaf, sets);
            if edge.open {
                return None;
            }
            loose.get_or_insert_default().add(&edge);
            continue;
        };
        last.add(&edge.set);
        let most = body
            .iter()
            .try_fold(0u32, |sum, item| sum.checked_add(width(item).1?));
        longest = longest.max(Some(most.unwrap_or(0)));
        if most.is_none() {
            unbounded_last.add(&edge.set);
            for item in body {
                consumed(item, sets, &mut unbounded_any);
            }
        }
    }
    Some(Tail {
        longest: longest?,
        last: last.into_set(),
        unbounded_last: unbounded_last.into_set(),
        unbounded_any: unbounded_any.into_set(),
        loose: loose.map(Edges::into_edge),
    })
}

/// What comes before the `$` or `\Z` that ends `node`, and the characters that this can end with; `None` if it does
/// not end so, or may be empty.
fn ends_text<'n>(node: &'n Node, sets: &Sets) -> Option<(&'n [Node], Edge)> {
    let Node::Concat(items) = node else {
        return None;
    };
    let (Node::At(At::End | At::TextEnd), body) = items.split_last()? else {
        return None;
    };
    let edge = chain(body.iter().rev(), sets, false);
    (!edge.open).then_some((body, edge))
}

/// Adds to `out` the characters that `node` can consume.
fn consumed(node: &Node, sets: &Sets, out: &mut Gathered) {
    match node {
        Node::Set(id) => out.add(sets.get(*id)),
        Node::At(_) | Node::Look { .. } => {}
        Node::Atomic(node) | Node::Repeat { node, .. } | Node::Group { node, .. } => {
            consumed(node, sets, out);
        }
        Node::Reference { .. } => out.add(&RangeSet::new(vec![(0, MAX)])),
        Node::Condition { yes, no, .. } => {
            consumed(yes, sets, out);
            consumed(no, sets, out);
        }
        Node::Concat(items) | Node::Alt(items) => {
            items.iter().for_each(|item| consumed(item, sets, out));
        }
    }
}

/// Adds the alternatives of `node` to `out`, those of nested alternations too.
fn alternatives<'n>(node: &'n Node, out: &mut Vec<&'n Node>) {
    match node {
        Node::Alt(items) => items.iter().for_each(|item| alternatives(item, out)),
        other => out.push(other),
    }
}

/// Whether every match starts at the start of the text.
pub(super) fn anchored(node: &Node) -> bool {
    match node {
        Node::At(At::Start) => true,
        Node::Concat(items) => items.first().is_some_and(anchored),
        Node::Alt(items) => items.iter().all(anchored),
        Node::Atomic(node) | Node::Group { node, .. } => anchored(node),
        Node::Repeat { node, min, .. } => *min > 0 && anchored(node),
        Node::Condition { yes, no, .. } => anchored(yes) && anchored(no),
        Node::Set(_) | Node::At(_) | Node::Look { .. } | Node::Reference { .. } => false,
    }
}
