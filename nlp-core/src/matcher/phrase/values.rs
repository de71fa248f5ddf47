//! An attribute of tokens as numbers from 0 on, for what looks for runs of them.

use std::collections::HashMap;
use std::ops::Range;

use super::filter::Filter;
use super::seen::Seen;
use super::texts::{BLOCK, Texts};
use super::trie::UNKNOWN;
use crate::attr::Attr;
use crate::doc::{Doc, TokenData};
use crate::frozen::{Frozen, Walk, frozen};
use crate::limits::{Budget, OutOfTime};
use crate::matcher::value::{string as string_of, value};
use crate::symbols::string_id;
use crate::vocab::StringEntry;

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
    OfTexts(Texts),
    OfNumbers(HashMap<u64, u32>),
}

/// What a token has whose attribute is not set.
static UNSET: StringEntry<'static> = StringEntry { id: 0, text: "" };

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
            | Attr::EntKbId => Numbers::OfTexts(Texts::default()),
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
            Numbers::OfTexts(texts) => texts.iter().len(),
            Numbers::OfNumbers(numbers) => numbers.len(),
        }
    }

    /// The numbers of the values that tokens have, [`UNKNOWN`] where no phrase has the value.
    ///
    /// # Errors
    /// If the time is up.
    pub fn get(
        &self,
        doc: &Doc<'_>,
        tokens: Range<usize>,
        budget: Budget,
    ) -> Result<Vec<u32>, OutOfTime> {
        let mut found = vec![UNKNOWN; tokens.len()];
        match &self.numbers {
            Numbers::OfTexts(texts) => {
                self.find_texts(texts, &doc.tokens[tokens], &mut found, budget)?;
            }
            Numbers::OfNumbers(numbers) => {
                for (i, (found, token)) in found.iter_mut().zip(tokens).enumerate() {
                    if i % BLOCK == 0 {
                        budget.check()?;
                    }
                    let number = numbers.get(&doc.attr(token, self.attr));
                    *found = number.copied().unwrap_or(UNKNOWN);
                }
            }
        }
        Ok(found)
    }

    /// The numbers of texts. What is done with all tokens of a block asks nothing that cannot be foreseen, so that what
    /// one waits for from memory comes together with what the others do.
    fn find_texts(
        &self,
        texts: &Texts,
        tokens: &[TokenData<'_>],
        found: &mut [u32],
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let mut seen = Seen::new(tokens.len());
        let mut strings = [&UNSET; BLOCK];
        // Tokens whose value may be in phrases, each with the first that has the same; and of these the first alone.
        let (mut some, mut new) = ([(0, 0); BLOCK], [0; BLOCK]);
        for start in (0..tokens.len()).step_by(BLOCK) {
            budget.check()?;
            let block = &tokens[start..tokens.len().min(start + BLOCK)];
            for (string, token) in strings.iter_mut().zip(block) {
                *string = string_of(token, self.attr).flatten().unwrap_or(&UNSET);
            }
            let mut count = 0;
            for (i, string) in strings[..block.len()].iter().enumerate() {
                some[count].0 = i;
                count += usize::from(self.filter.lets_through(string.id));
            }
            let some = &mut some[..count];
            let mut count = 0;
            for (i, earlier) in some.iter_mut() {
                let token = (start + *i) as u32;
                *earlier = seen.earlier(strings[*i], token);
                new[count] = *i;
                count += usize::from(*earlier == token);
            }
            let text = |i: usize| strings[i].text;
            texts.find(&new[..count], text, |i, number| {
                found[start + i] = number.unwrap_or(UNKNOWN);
            });
            for (i, earlier) in some {
                found[start + *i] = found[*earlier as usize];
            }
        }
        Ok(())
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
                self.filter = Filter::new(texts.iter().map(string_id));
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
