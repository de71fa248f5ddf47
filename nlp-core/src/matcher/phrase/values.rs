//! An attribute of tokens as numbers from 0 on, for what looks for runs of them.

use std::collections::HashMap;

use super::trie::UNKNOWN;
use crate::attr::Attr;
use crate::doc::Doc;
use crate::frozen::{Frozen, Walk};
use crate::matcher::value::value;
use crate::matcher::words::WordTable;
use crate::symbols::string_id;

/// The values that an attribute has in phrases, each with a number. Strings are told apart by their text: spaCy's ids of
/// them are not unique.
#[derive(Debug, Clone)]
pub(super) enum Values {
    Texts(WordTable),
    Numbers(HashMap<u64, u32>),
}

impl Values {
    /// No values yet, of a kind that `attr` has.
    pub fn of(attr: Attr) -> Values {
        match attr {
            Attr::Orth
            | Attr::Lower
            | Attr::Norm
            | Attr::Shape
            | Attr::Prefix
            | Attr::Suffix
            | Attr::Lemma
            | Attr::Tag
            | Attr::Dep
            | Attr::Morph
            | Attr::EntType
            | Attr::EntId
            | Attr::EntKbId => Values::Texts(WordTable::default()),
            _ => Values::Numbers(HashMap::new()),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Values::Texts(texts) => texts.words.len(),
            Values::Numbers(numbers) => numbers.len(),
        }
    }

    /// The number of the value that token `i` has; [`UNKNOWN`] if no phrase has it.
    #[inline]
    pub fn get(&self, doc: &Doc<'_>, i: usize, attr: Attr) -> u32 {
        let number = match self {
            Values::Texts(texts) => texts.find(value(doc, i, attr).text.unwrap_or_default()),
            Values::Numbers(numbers) => numbers.get(&doc.attr(i, attr)).copied(),
        };
        number.unwrap_or(UNKNOWN)
    }

    /// The number of the value that token `i` has, which is added if it is new; `None` if there is no room for more.
    pub fn add(&mut self, doc: &Doc<'_>, i: usize, attr: Attr) -> Option<u32> {
        match self {
            Values::Texts(texts) => texts.intern(value(doc, i, attr).text.unwrap_or_default()),
            Values::Numbers(numbers) => {
                let next = u32::try_from(numbers.len()).ok()?;
                Some(*numbers.entry(doc.attr(i, attr)).or_insert(next))
            }
        }
    }

    /// spaCy's id of each value, by number.
    pub fn ids(&self) -> Vec<u64> {
        match self {
            Values::Texts(texts) => texts.words.iter().map(string_id).collect(),
            Values::Numbers(numbers) => {
                let mut ids = vec![0; numbers.len()];
                for (id, number) in numbers {
                    ids[*number as usize] = *id;
                }
                ids
            }
        }
    }

    pub fn shrink(&mut self) {
        match self {
            Values::Texts(texts) => texts.shrink(),
            Values::Numbers(numbers) => numbers.shrink_to_fit(),
        }
    }
}

impl Frozen for Values {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Values::Texts(texts) => texts.visit(walk),
            Values::Numbers(numbers) => numbers.visit(walk),
        }
    }
}
