//! How one token stands to another: spaCy's `REL_OP`.

use super::tree::Tree;
use crate::frozen::frozen;

/// An operator between two tokens of a pattern, the left and the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Relation {
    /// `<`, `<+`, `<-`, `<++`, `<--`: the right one is the head of the left one, wherever it stands or at this side.
    Head(Side),
    /// `>`, `>+`, `>-`, `>++`, `>--`: the right one is a child of the left one.
    Child(Side),
    /// `$+`, `$-`, `$++`, `$--`: the right one is a child of the left one's head.
    Sibling(Side),
    /// `<<`: the right one is the head of the left one, or the head's head, and so on.
    Ancestor,
    /// `>>`: the left one is that of the right one.
    Descendant,
    /// `.`, `.*`, `;`, `;*`: the right one is in the same sentence, at this side.
    InSentence(Side),
}

/// At which side of the left token the right one stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Side {
    Any,
    /// It is the next token.
    Next,
    /// It is the token before.
    Previous,
    After,
    Before,
}

frozen!(hash Relation);

/// Tokens among which all are that stand in a relation to a token.
pub(super) enum Candidates<'t> {
    One(Option<u32>),
    /// These.
    Listed(&'t [u32]),
    /// Those from the first to the one before the second.
    Between(u32, u32),
    /// The head of this one, the head's head, and so on.
    Above(u32),
}

impl Relation {
    /// The relation that a pattern calls `name`.
    pub fn from_name(name: &str) -> Option<Relation> {
        use Side::{After, Any, Before, Next, Previous};
        Some(match name {
            "<" => Relation::Head(Any),
            "<+" => Relation::Head(Next),
            "<-" => Relation::Head(Previous),
            "<++" => Relation::Head(After),
            "<--" => Relation::Head(Before),
            ">" => Relation::Child(Any),
            ">+" => Relation::Child(Next),
            ">-" => Relation::Child(Previous),
            ">++" => Relation::Child(After),
            ">--" => Relation::Child(Before),
            "$+" => Relation::Sibling(Next),
            "$-" => Relation::Sibling(Previous),
            "$++" => Relation::Sibling(After),
            "$--" => Relation::Sibling(Before),
            "<<" => Relation::Ancestor,
            ">>" => Relation::Descendant,
            "." => Relation::InSentence(Next),
            ".*" => Relation::InSentence(After),
            ";" => Relation::InSentence(Previous),
            ";*" => Relation::InSentence(Before),
            _ => return None,
        })
    }

    /// Whether `right` stands in this relation to `left`.
    pub fn holds(self, tree: &Tree, left: u32, right: u32) -> bool {
        match self {
            Relation::Head(side) => {
                right != left && tree.head(left) == right && side.holds(left, right)
            }
            Relation::Child(side) => {
                right != left && tree.head(right) == left && side.holds(left, right)
            }
            // The root is its own head, and its children are its siblings.
            Relation::Sibling(side) => {
                let head = tree.head(left);
                right != head && tree.head(right) == head && side.holds(left, right)
            }
            Relation::Ancestor => right != left && tree.is_below(left, right),
            Relation::Descendant => right != left && tree.is_below(right, left),
            Relation::InSentence(side) => {
                tree.sentence(left).contains(&right) && side.holds(left, right)
            }
        }
    }

    /// Tokens among which all are that stand in this relation to `left`; others may be among them.
    pub fn candidates(self, tree: &Tree, left: u32) -> Candidates<'_> {
        let side = match self {
            Relation::Head(_) => return Candidates::One(Some(tree.head(left))),
            Relation::Child(side) | Relation::Sibling(side) | Relation::InSentence(side) => side,
            Relation::Ancestor => return Candidates::Above(left),
            Relation::Descendant => return Candidates::Listed(tree.below(left)),
        };
        match (side, self) {
            (Side::Next, _) => Candidates::One(Some(left + 1).filter(|&i| i < tree.len())),
            (Side::Previous, _) => Candidates::One(left.checked_sub(1)),
            (_, Relation::Sibling(_)) => Candidates::Listed(tree.children(tree.head(left))),
            (Side::Before, Relation::InSentence(_)) => {
                Candidates::Between(tree.sentence(left).start, left)
            }
            (_, Relation::InSentence(_)) => Candidates::Between(left + 1, tree.sentence(left).end),
            _ => Candidates::Listed(tree.children(left)),
        }
    }
}

impl Side {
    fn holds(self, left: u32, right: u32) -> bool {
        match self {
            Side::Any => true,
            Side::Next => right == left + 1,
            Side::Previous => right + 1 == left,
            Side::After => right > left,
            Side::Before => right < left,
        }
    }
}

impl Candidates<'_> {
    /// Shows `each` the candidates, if they are no more than `most`; whether they are not.
    pub fn each(&self, tree: &Tree, most: usize, mut each: impl FnMut(u32)) -> bool {
        match *self {
            Candidates::One(candidate) => {
                candidate.into_iter().for_each(each);
                true
            }
            Candidates::Listed(candidates) => {
                let few = candidates.len() <= most;
                if few {
                    candidates.iter().for_each(|&candidate| each(candidate));
                }
                few
            }
            Candidates::Between(start, end) => {
                let few = (end.saturating_sub(start)) as usize <= most;
                if few {
                    (start..end).for_each(each);
                }
                few
            }
            Candidates::Above(token) => {
                let few = tree.depth(token) as usize <= most;
                let mut at = token;
                while few && tree.head(at) != at {
                    at = tree.head(at);
                    each(at);
                }
                few
            }
        }
    }
}
