//! An attribute of tokens as numbers from 0 on, for what looks for runs of them.

use std::collections::HashMap;
use std::ops::Range;

use super::filter::Filter;
use super::seen::Seen;
use super::trie::UNKNOWN;
use crate::attr::Attr;
use crate::doc::Doc;
use crate::frozen::{Frozen, Walk, frozen};
use crate::limits::{Clock, OutOfTime};
use crate::matcher::value::value;
use crate::matcher::words::WordTable;
use crate::symbols::string_id;

/// The values that an attribute has in phrases, each with a number.
#[derive(Debug, Clone)]
pub(super) struct Values {
    pub attr: Attr,
    numbers: Numbers,
    /// Which ids the values may have; nothing before they are all there.
    filter: Filter,
}

frozen!(Values {
    attr,
    numbers,
    filter
});

/// The numbers by the values. Strings are told apart by their text: spaCy's ids of them are not unique.
#[derive(Debug, Clone)]
enum Numbers {
    OfTexts(WordTable),
    OfNumbers(HashMap<u64, u32>),
}

/// Tokens whose values are looked up before the clock is looked at again.
const BLOCK: usize = 1024;

impl Values {
    /// No values yet, of a kind that `attr` has.
    pub fn of(attr: Attr) -> Values {
        let numbers = match attr {
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
            | Attr::EntKbId => Numbers::OfTexts(WordTable::default()),
            _ => Numbers::OfNumbers(HashMap::new()),
        };
        Values {
            attr,
            numbers,
            filter: Filter::default(),
        }
    }

    pub fn len(&self) -> usize {
        match &self.numbers {
            Numbers::OfTexts(texts) => texts.words.len(),
            Numbers::OfNumbers(numbers) => numbers.len(),
        }
    }

    /// The numbers of the values that tokens have, [`UNKNOWN`] where no phrase has the value.
    ///
    /// # Errors
    /// If `clock` ran out.
    pub fn get(
        &self,
        doc: &Doc<'_>,
        tokens: Range<usize>,
        clock: Clock,
    ) -> Result<Vec<u32>, OutOfTime> {
        let mut found = Vec::with_capacity(tokens.len());
        let mut seen = Seen::new(tokens.len());
        for start in tokens.clone().step_by(BLOCK) {
            clock.check()?;
            let block = start..tokens.end.min(start + BLOCK);
            match &self.numbers {
                Numbers::OfTexts(texts) => found.extend(block.map(|i| {
                    let value = value(doc, i, self.attr);
                    if !self.filter.lets_through(value.id) {
                        return UNKNOWN;
                    }
                    let text = value.text.unwrap_or_default();
                    seen.number(text, || texts.find(text).unwrap_or(UNKNOWN))
                })),
                Numbers::OfNumbers(numbers) => found.extend(block.map(|i| {
                    let value = doc.attr(i, self.attr);
                    numbers.get(&value).copied().unwrap_or(UNKNOWN)
                })),
            }
        }
        Ok(found)
    }

    /// The number of the value that token `i` has, which is added if it is new; `None` if there is no room for more.
    pub fn add(&mut self, doc: &Doc<'_>, i: usize) -> Option<u32> {
        match &mut self.numbers {
            Numbers::OfTexts(texts) => {
                texts.intern(value(doc, i, self.attr).text.unwrap_or_default())
            }
            Numbers::OfNumbers(numbers) => {
                let next = u32::try_from(numbers.len()).ok()?;
                Some(*numbers.entry(doc.attr(i, self.attr)).or_insert(next))
            }
        }
    }

    /// Makes ready for looking values up: there will be no more.
    pub fn finish(&mut self) {
        match &mut self.numbers {
            Numbers::OfTexts(texts) => {
                texts.shrink();
                self.filter = Filter::new(texts.words.iter().map(string_id));
            }
            Numbers::OfNumbers(numbers) => numbers.shrink_to_fit(),
        }
    }
}

impl Frozen for Numbers {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Numbers::OfTexts(texts) => texts.visit(walk),
            Numbers::OfNumbers(numbers) => numbers.visit(walk),
        }
    }
}
