//! Conditions on the value of an attribute that are more than "it is this": `REGEX`, `FUZZY`, `IN`, `>=` and so on.

use std::cmp::Ordering;

use super::levenshtein::{default_edits, distance};
use super::value::Value;
use super::values::Values;
use crate::frozen::{Frozen, Walk, frozen};
use crate::pyre::{Exhausted, Pattern, Scratch};
use crate::symbols::string_id;

/// One condition on the value of an attribute.
#[derive(Debug)]
pub(super) enum Predicate {
    /// `re.search` finds one of the patterns: `REGEX`, and `IN` within it.
    AnyRegex(Vec<Pattern>),
    /// It finds none: `NOT_IN` within `REGEX`.
    NoRegex(Vec<Pattern>),
    /// The value is some edits away from one of the words at most: `FUZZY`, and `IN` within it.
    AnyFuzzy(Vec<FuzzyWord>),
    /// It is further away from all: `NOT_IN` within `FUZZY`.
    NoFuzzy(Vec<FuzzyWord>),
    In(Values),
    NotIn(Values),
    /// Of the values that the token has, which are several for `MORPH` alone, all are listed, or all that are listed are
    /// there, or one is.
    Subset(Values),
    Superset(Values),
    Intersects(Values),
    Compare(Comparison, Number),
    /// Whatever the token has.
    Always(bool),
}

/// A word that others may be like.
#[derive(Debug)]
pub(super) struct FuzzyWord {
    chars: Vec<char>,
    edits: usize,
}

frozen!(FuzzyWord { chars, edits });

impl FuzzyWord {
    /// `edits` away at most; `None` for as many as spaCy allows.
    pub fn new(word: &str, edits: Option<u8>) -> FuzzyWord {
        let chars: Vec<char> = word.chars().collect();
        let edits = edits.map_or_else(|| default_edits(&chars), usize::from);
        FuzzyWord { chars, edits }
    }

    fn is_like(&self, text: &str) -> bool {
        distance(text, &self.chars, self.edits).is_some()
    }
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    AtLeast,
    AtMost,
    Greater,
    Less,
}

/// A number that a pattern gives.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    Whole(i128),
    Fraction(f64),
}

impl Number {
    /// How `value` stands to this number, exactly: as Python compares.
    fn compared_to(self, value: u64) -> Option<Ordering> {
        match self {
            Number::Whole(number) => Some(i128::from(value).cmp(&number)),
            Number::Fraction(number) => {
                if number < 0.0 {
                    return Some(Ordering::Greater);
                }
                if number >= 18_446_744_073_709_551_616.0 {
                    return Some(Ordering::Less);
                }
                let floor = number.floor();
                Some(match value.cmp(&(floor as u64)) {
                    Ordering::Equal if floor < number => Ordering::Less,
                    ordering => ordering,
                })
                .filter(|_| !number.is_nan())
            }
        }
    }
}

impl Comparison {
    fn holds(self, ordering: Option<Ordering>) -> bool {
        use Ordering::{Equal, Greater, Less};
        match self {
            Comparison::Equal => ordering == Some(Equal),
            Comparison::Unequal => ordering != Some(Equal),
            Comparison::AtLeast => matches!(ordering, Some(Equal | Greater)),
            Comparison::AtMost => matches!(ordering, Some(Equal | Less)),
            Comparison::Greater => ordering == Some(Greater),
            Comparison::Less => ordering == Some(Less),
        }
    }
}

impl Predicate {
    /// Whether it holds of `value`, which has several parts if `is_morph`.
    pub fn holds(
        &self,
        value: Value<'_>,
        is_morph: bool,
        scratch: &mut Scratch,
    ) -> Result<bool, Exhausted> {
        let mut any_regex = |patterns: &[Pattern]| {
            for pattern in patterns {
                if pattern.search(value.as_text(), scratch)?.is_some() {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let any_fuzzy = |words: &[FuzzyWord]| words.iter().any(|w| w.is_like(value.as_text()));
        Ok(match self {
            Predicate::AnyRegex(patterns) => any_regex(patterns)?,
            Predicate::NoRegex(patterns) => !any_regex(patterns)?,
            Predicate::AnyFuzzy(words) => any_fuzzy(words),
            Predicate::NoFuzzy(words) => !any_fuzzy(words),
            Predicate::In(values) => values.contains(value),
            Predicate::NotIn(values) => !values.contains(value),
            Predicate::Subset(values) if is_morph => {
                features(value).iter().all(|f| values.contains(f.value()))
            }
            Predicate::Superset(values) if is_morph => {
                let features = features(value);
                values.are_all(|listed| features.iter().any(|f| f.value().is(listed)))
            }
            Predicate::Intersects(values) if is_morph => {
                features(value).iter().any(|f| values.contains(f.value()))
            }
            Predicate::Subset(values) | Predicate::Intersects(values) => values.contains(value),
            Predicate::Superset(values) => values.are_all(|listed| value.is(listed)),
            Predicate::Compare(comparison, number) => {
                comparison.holds(number.compared_to(value.id))
            }
            Predicate::Always(holds) => *holds,
        })
    }

    /// The values of which a token must have one, if there are such: those can be looked up.
    pub fn one_of(&self, is_morph: bool) -> Option<&Values> {
        match self {
            Predicate::In(values) => Some(values),
            Predicate::Subset(values) | Predicate::Intersects(values) if !is_morph => Some(values),
            _ => None,
        }
    }
}

/// One feature of an analysis, with one of its values: `Case=Nom`.
struct Feature(String, u64);

impl Feature {
    fn value(&self) -> Value<'_> {
        Value {
            id: self.1,
            text: Some(&self.0),
        }
    }
}

/// The features of an analysis, each value by itself: `Case=Acc,Nom` has two.
fn features(analysis: Value<'_>) -> Vec<Feature> {
    let mut features = Vec::new();
    for feature in analysis.as_text().split('|') {
        if let Some((field, values)) = feature.split_once('=') {
            for value in values.split(',') {
                let feature = format!("{field}={value}");
                let id = string_id(&feature);
                features.push(Feature(feature, id));
            }
        }
    }
    features
}

impl Frozen for Number {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Number::Whole(number) => {
                walk.word(0);
                walk.word(*number as u64);
                walk.word((*number >> 64) as u64);
            }
            Number::Fraction(number) => {
                walk.word(1);
                walk.word(number.to_bits());
            }
        }
    }
}

frozen!(hash Comparison);

impl Frozen for Predicate {
    fn visit(&self, walk: &mut Walk) {
        let mut kind = |kind: u64| walk.word(kind);
        match self {
            Predicate::AnyRegex(patterns) => {
                kind(0);
                patterns.visit(walk);
            }
            Predicate::NoRegex(patterns) => {
                kind(1);
                patterns.visit(walk);
            }
            Predicate::AnyFuzzy(words) => {
                kind(2);
                words.visit(walk);
            }
            Predicate::NoFuzzy(words) => {
                kind(3);
                words.visit(walk);
            }
            Predicate::In(values) => {
                kind(4);
                values.visit(walk);
            }
            Predicate::NotIn(values) => {
                kind(5);
                values.visit(walk);
            }
            Predicate::Subset(values) => {
                kind(6);
                values.visit(walk);
            }
            Predicate::Superset(values) => {
                kind(7);
                values.visit(walk);
            }
            Predicate::Intersects(values) => {
                kind(8);
                values.visit(walk);
            }
            Predicate::Compare(comparison, number) => {
                kind(9);
                comparison.visit(walk);
                number.visit(walk);
            }
            Predicate::Always(holds) => {
                kind(10);
                holds.visit(walk);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_exactly() {
        let compare = |number: Number, value| number.compared_to(value).unwrap();
        let large = 1_u64 << 53;
        assert_eq!(
            compare(Number::Fraction(large as f64), large + 1),
            Ordering::Greater
        );
        assert_eq!(compare(Number::Fraction(2.5), 2), Ordering::Less);
        assert_eq!(compare(Number::Fraction(-0.5), 0), Ordering::Greater);
        assert_eq!(compare(Number::Fraction(1e30), u64::MAX), Ordering::Less);
        assert_eq!(compare(Number::Whole(-1), 0), Ordering::Greater);
    }

    #[test]
    fn each_value_of_a_feature_counts_by_itself() {
        let value = Value {
            id: 1,
            text: Some("Case=Acc,Nom|Number=Sing"),
        };
        let features: Vec<String> = features(value).into_iter().map(|f| f.0).collect();
        assert_eq!(features, ["Case=Acc", "Case=Nom", "Number=Sing"]);
    }
}
