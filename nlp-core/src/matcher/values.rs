//! The values that a pattern lists for an attribute: those of `IN` and the like.

use super::value::Value;
use crate::frozen::frozen;

/// A set of values that an attribute may have.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// Ids, and the strings that have them, in order; a number is without a string.
    items: Vec<(u64, Option<Box<str>>)>,
    /// There is something in it that no token has: a negative number, say.
    unheard_of: bool,
}

frozen!(Values { items, unheard_of });

impl Values {
    pub fn new(mut items: Vec<(u64, Option<Box<str>>)>, unheard_of: bool) -> Values {
        items.sort_unstable();
        items.dedup();
        Values { items, unheard_of }
    }

    /// Whether `value` is one of them.
    pub fn contains(&self, value: Value<'_>) -> bool {
        let first = self.items.partition_point(|(id, _)| *id < value.id);
        let same = self.items[first..].iter();
        same.take_while(|(id, _)| *id == value.id)
            .any(|(_, text)| match (text, value.text) {
                (Some(text), Some(of_token)) => **text == *of_token,
                _ => true,
            })
    }

    /// Whether there is no value beside those in `has`.
    pub fn are_all(&self, has: impl Fn(Value<'_>) -> bool) -> bool {
        !self.unheard_of
            && self.items.iter().all(|(id, text)| {
                has(Value {
                    id: *id,
                    text: text.as_deref(),
                })
            })
    }

    /// Their ids.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = u64> {
        self.items.iter().map(|(id, _)| *id)
    }
}

impl Value<'_> {
    /// Whether both are the same number or string.
    pub fn is(self, other: Value<'_>) -> bool {
        self.id == other.id
            && match (self.text, other.text) {
                (Some(a), Some(b)) => a == b,
                _ => true,
            }
    }
}
