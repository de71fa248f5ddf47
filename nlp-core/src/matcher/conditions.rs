//! What tokens are asked: every test of every pattern, kept once, and the conditions that are made of them.

use std::collections::HashMap;

use hashbrown::HashTable;

use super::predicate::Predicate;
use super::value::value;
use super::words::{Word, WordTable, Words};
use crate::attr::Attr;
use crate::doc::Doc;
use crate::frozen::frozen;
use crate::keyed;
use crate::limits::{Budget, OutOfTime};
use crate::pyre::Scratch;

/// The number of a test: of a [`Predicate`] if it is odd, else of an [`Equals`].
pub(super) type Test = u32;

/// The number of a condition, twice; one more where the token must not meet it.
pub(super) type Wanted = u32;

/// A number that stands for no string.
const NO_WORD: Word = Word::MAX;

/// The attribute has this value.
#[derive(Debug, Clone, Copy)]
struct Equals {
    attr: Attr,
    /// The string whose id it is; [`NO_WORD`] for numbers.
    word: Word,
    id: u64,
}

frozen!(Equals { attr, word, id });

/// A condition on one attribute.
#[derive(Debug)]
struct Asked {
    attr: Attr,
    predicate: Predicate,
}

frozen!(Asked { attr, predicate });

/// All conditions of a matcher. One holds of a token if all its tests do.
#[derive(Default)]
pub(super) struct Conditions {
    words: Words,
    equals: Vec<Equals>,
    predicates: Vec<Asked>,
    /// The tests of all conditions in a row.
    tests: Vec<Test>,
    /// Where those of each condition end.
    ends: Vec<u32>,
}

frozen!(Conditions {
    words,
    equals,
    predicates,
    tests,
    ends
});

impl Conditions {
    fn tests(&self, condition: u32) -> &[Test] {
        let condition = condition as usize;
        let start = match condition {
            0 => 0,
            _ => self.ends[condition - 1] as usize,
        };
        &self.tests[start..self.ends[condition] as usize]
    }

    /// An attribute and the ids of which a token must have one to be what is wanted, of several the attribute whose
    /// values are rarest; `None` if it can be met by tokens of too many kinds.
    pub fn key(&self, wanted: Wanted) -> Option<(Attr, Vec<u64>)> {
        if wanted & 1 == 1 {
            return None;
        }
        let keys = self.tests(wanted >> 1).iter().filter_map(|&test| {
            let index = (test >> 1) as usize;
            if test & 1 == 0 {
                let Equals { attr, id, .. } = self.equals[index];
                return Some((attr, vec![id]));
            }
            let Asked { attr, predicate } = &self.predicates[index];
            let values = predicate.one_of(*attr == Attr::Morph)?;
            Some((*attr, values.ids().collect()))
        });
        keys.min_by_key(|(attr, ids)| (commonness(*attr), ids.len()))
    }

    /// How many predicates there are, which are remembered for each token.
    pub fn predicates(&self) -> usize {
        self.predicates.len()
    }
}

/// Where an attribute stands among others, by how many tokens of a text share one value of it.
pub(super) fn commonness(attr: Attr) -> u8 {
    match attr {
        Attr::Orth => 0,
        Attr::Lower | Attr::Norm | Attr::Lemma => 1,
        Attr::EntId | Attr::EntKbId => 2,
        Attr::Shape | Attr::Prefix | Attr::Suffix => 3,
        Attr::Tag | Attr::Morph | Attr::Dep | Attr::EntType => 4,
        Attr::Pos | Attr::Length => 5,
        _ => 6,
    }
}

/// Finds out which conditions are there already, while patterns are added.
#[derive(Default)]
pub(super) struct ConditionTable {
    pub conditions: Conditions,
    words: WordTable,
    equals: HashMap<(u32, Word, u64), u32>,
    predicates: HashMap<String, u32>,
    table: HashTable<u32>,
}

/// What is said when a matcher has no room for more.
fn full() -> String {
    "is one too many: a matcher holds four billion bytes of strings and two billion tests"
        .to_owned()
}

impl ConditionTable {
    /// The test whether the attribute has this value: a string, or a number where there is none.
    pub fn equals(&mut self, attr: Attr, id: u64, text: Option<&str>) -> Result<Test, String> {
        let word = match text {
            Some(text) => self.words.intern(text).ok_or_else(full)?,
            None => NO_WORD,
        };
        let equals = &mut self.conditions.equals;
        let next = u32::try_from(equals.len()).ok().filter(|n| n >> 31 == 0);
        let next = next.ok_or_else(full)?;
        let index = *self.equals.entry((attr as u32, word, id)).or_insert(next);
        if index == next {
            equals.push(Equals { attr, word, id });
        }
        Ok(index << 1)
    }

    /// The test whether a predicate holds of the attribute, which `make` makes if there is none with the name `name`.
    pub fn predicate(
        &mut self,
        attr: Attr,
        name: String,
        make: impl FnOnce() -> Result<Predicate, String>,
    ) -> Result<Test, String> {
        if let Some(index) = self.predicates.get(&name) {
            return Ok(index << 1 | 1);
        }
        let predicates = &mut self.conditions.predicates;
        let next = u32::try_from(predicates.len())
            .ok()
            .filter(|n| n >> 31 == 0);
        let next = next.ok_or_else(full)?;
        let predicate = make()?;
        predicates.push(Asked { attr, predicate });
        self.predicates.insert(name, next);
        Ok(next << 1 | 1)
    }

    /// The attribute of which the test names the one value.
    pub fn attr_of_value(&self, test: Test) -> Option<Attr> {
        (test & 1 == 0).then(|| self.conditions.equals[(test >> 1) as usize].attr)
    }

    /// The condition that all these tests hold.
    pub fn condition(&mut self, tests: &[Test]) -> Result<u32, String> {
        let hash_of = |tests: &[Test]| {
            let mut row = [0; 4];
            match tests.len() {
                0..=4 => {
                    for (at, test) in row.iter_mut().zip(tests) {
                        *at = u64::from(*test) + 1;
                    }
                    keyed::row(&row)
                }
                _ => keyed::row(&tests.iter().map(|&t| u64::from(t) + 1).collect::<Vec<_>>()),
            }
        };
        let hash = hash_of(tests);
        let conditions = &mut self.conditions;
        let same = |&condition: &u32| conditions.tests(condition) == tests;
        if let Some(&condition) = self.table.find(hash, same) {
            return Ok(condition);
        }
        let next = u32::try_from(conditions.ends.len()).ok();
        let next = next.filter(|n| n >> 31 == 0).ok_or_else(full)?;
        let end = u32::try_from(conditions.tests.len() + tests.len()).map_err(|_| full())?;
        conditions.tests.extend_from_slice(tests);
        conditions.ends.push(end);
        self.table
            .insert_unique(hash, next, |&c| hash_of(conditions.tests(c)));
        Ok(next)
    }

    /// The conditions, without what was needed to add to them.
    pub fn finish(self) -> Conditions {
        let mut conditions = self.conditions;
        conditions.words = self.words.words;
        conditions.words.shrink();
        conditions.equals.shrink_to_fit();
        conditions.predicates.shrink_to_fit();
        conditions.tests.shrink_to_fit();
        conditions.ends.shrink_to_fit();
        conditions
    }
}

/// Asks the tokens of a document, in any order. What a predicate said of the token that was asked last is remembered.
pub(super) struct Reader<'m, 'd> {
    conditions: &'m Conditions,
    doc: &'d Doc<'d>,
    /// The token that is the first.
    first: usize,
    /// For each predicate, the token that was last asked, counted from 1, and what it said, in the lowest bit.
    known: Vec<u64>,
    scratch: Scratch,
}

impl<'m, 'd> Reader<'m, 'd> {
    pub fn new(conditions: &'m Conditions, doc: &'d Doc<'d>, first: usize, budget: Budget) -> Self {
        let mut scratch = Scratch::default();
        scratch.allow(u64::MAX);
        scratch.until(budget);
        Reader {
            conditions,
            doc,
            first,
            known: vec![0; conditions.predicates()],
            scratch,
        }
    }

    /// The id of the attribute's value.
    pub fn id(&self, token: usize, attr: Attr) -> u64 {
        value(self.doc, self.first + token, attr).id
    }

    /// Whether the token is what is wanted.
    ///
    /// # Errors
    /// If a regular expression takes longer than there is time.
    pub fn is(&mut self, token: usize, wanted: Wanted) -> Result<bool, OutOfTime> {
        let conditions = self.conditions;
        let mut holds = true;
        for &test in conditions.tests(wanted >> 1) {
            let index = (test >> 1) as usize;
            holds = match test & 1 {
                0 => {
                    let Equals { attr, word, id } = conditions.equals[index];
                    let value = value(self.doc, self.first + token, attr);
                    // Strings are what their text says; another may have the same id.
                    value.id == id
                        && match value.text {
                            Some(text) if word != NO_WORD => conditions.words.get(word) == text,
                            _ => true,
                        }
                }
                _ => self.predicate(token, index)?,
            };
            if !holds {
                break;
            }
        }
        Ok(holds != (wanted & 1 == 1))
    }

    fn predicate(&mut self, token: usize, index: usize) -> Result<bool, OutOfTime> {
        let stamp = (token as u64 + 1) << 1;
        let known = self.known[index];
        if known & !1 == stamp {
            return Ok(known & 1 == 1);
        }
        let Asked { attr, predicate } = &self.conditions.predicates[index];
        let value = value(self.doc, self.first + token, *attr);
        let holds = predicate.holds(value, *attr == Attr::Morph, &mut self.scratch);
        let holds = holds.map_err(|_| OutOfTime)?;
        self.known[index] = stamp | u64::from(holds);
        Ok(holds)
    }
}
