//! From a token of a pattern, as people write it, to the tests that it stands for.

use serde_json::{Map, Value as Json};

use super::conditions::{ConditionTable, Test};
use super::operator::Operator;
use super::predicate::{Comparison, FuzzyWord, Number, Predicate};
use super::values::Values;
use crate::attr::Attr;
use crate::pyre::Pattern;
use crate::symbols::string_id;
use crate::vocab::morphology;

/// How deep predicates may lie within each other.
const MAX_DEPTH: u32 = 16;

/// Reads one token of a pattern: the tests that it must pass, and how often it may stand there.
///
/// # Errors
/// A part of a sentence whose subject is the token: `"has ..."`.
pub(super) fn read(
    token: &Json,
    table: &mut ConditionTable,
) -> Result<(Vec<Test>, Operator), String> {
    let token = match token {
        Json::Object(token) => token,
        _ if is_false(token) => return Ok((Vec::new(), Operator::ONE)),
        _ => {
            return Err(format!(
                "is {token}, and must be an object such as {{\"LOWER\": \"x\"}}"
            ));
        }
    };
    let mut tests = Vec::new();
    let mut operator = Operator::ONE;
    let mut predicates = Vec::new();
    for (name, given) in token {
        let upper = name.to_uppercase();
        match upper.as_str() {
            "_" => refuse_extensions(given)?,
            "OP" => {
                let text = given.as_str();
                let text =
                    text.ok_or_else(|| format!("has the operator {given}, which is no text"))?;
                operator = Operator::read(text)?;
            }
            "IS_SENT_START" if given.is_object() => {
                return Err("has a predicate of \"IS_SENT_START\": use \"SENT_START\"".to_owned());
            }
            "IS_SENT_START" => tests.push(equals(Attr::SentStart, given, table)?),
            _ => {
                let attr = attribute(&upper, name)?;
                match given {
                    Json::Object(given) => {
                        read_predicates(attr, given, Within::Nothing, 0, table, &mut predicates)?;
                    }
                    _ => tests.push(equals(attr, given, table)?),
                }
            }
        }
    }
    tests.append(&mut predicates);
    Ok((tests, operator))
}

/// Whether Python takes it for false: as a token of a pattern, it stands for any token.
fn is_false(token: &Json) -> bool {
    match token {
        Json::Null | Json::Bool(false) => true,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The attribute that a pattern calls `name`.
fn attribute(upper: &str, name: &str) -> Result<Attr, String> {
    if let Some(attr) = Attr::from_name(upper) {
        return Ok(attr);
    }
    Err(match upper {
        "" | "IDX" | "IS_OOV_DEPRECATED" => format!("has \"{name}\", which is not supported"),
        _ if upper.starts_with("FLAG") => {
            format!("has \"{name}\", which only Python code can set: it is not supported")
        }
        _ => format!("has \"{name}\", which is no attribute of a token"),
    })
}

/// Custom attributes are what a program in Python says they are.
fn refuse_extensions(given: &Json) -> Result<(), String> {
    match given {
        Json::Object(attrs) => match attrs.keys().next() {
            None => Ok(()),
            Some(name) => Err(format!(
                "has the custom attribute \"_.{name}\", whose value only Python code knows: it is not supported"
            )),
        },
        _ => Err(format!(
            "has {given} as custom attributes, which must be an object"
        )),
    }
}

/// The test that the attribute has the value `given`.
fn equals(attr: Attr, given: &Json, table: &mut ConditionTable) -> Result<Test, String> {
    let name = attr.name();
    match given {
        Json::String(text) => {
            let iob = ["", "I", "O", "B"].iter().position(|iob| iob == text);
            match iob {
                Some(iob) if attr == Attr::EntIob => table.equals(attr, iob as u64, None),
                _ => table.equals(attr, string_id(text), Some(text)),
            }
        }
        Json::Bool(is) => table.equals(attr, u64::from(*is), None),
        Json::Number(number) => match number.as_u64() {
            Some(number) => table.equals(attr, number, None),
            None => Err(format!(
                "has {number} for {name}, which is no whole number from 0 to 2^64 - 1"
            )),
        },
        _ => Err(format!(
            "has {given} for {name}, which must be a string, a whole number, true, false or an object of predicates"
        )),
    }
}

/// The operator that predicates stand in.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Within {
    Nothing,
    Regex,
    /// With the most edits, if they are given.
    Fuzzy(Option<u8>),
}

/// Reads `{"REGEX": ..., "IN": ...}`: each is one more test.
fn read_predicates(
    attr: Attr,
    given: &Map<String, Json>,
    within: Within,
    depth: u32,
    table: &mut ConditionTable,
    tests: &mut Vec<Test>,
) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!(
            "has predicates that lie more than {MAX_DEPTH} deep in each other"
        ));
    }
    for (name, value) in given {
        let upper = name.to_uppercase();
        let fuzzy = upper
            .strip_prefix("FUZZY")
            .and_then(|edits| match edits.as_bytes() {
                [] => Some(None),
                [digit @ b'1'..=b'9'] => Some(Some(digit - b'0')),
                _ => None,
            });
        if fuzzy.is_some() && within == Within::Regex {
            return Err(format!(
                "has \"{name}\" within \"REGEX\", which spaCy cannot compare"
            ));
        }
        if let Json::Object(inner) = value {
            let inside = match fuzzy {
                Some(edits) => Some(Within::Fuzzy(edits)),
                None => (upper == "REGEX").then_some(Within::Regex),
            };
            if let Some(inside) = inside {
                read_predicates(attr, inner, inside, depth + 1, table, tests)?;
                continue;
            }
        }
        let make = || match (upper.as_str(), fuzzy) {
            (_, Some(edits)) => fuzzy_word(value, edits).map(Predicate::AnyFuzzy),
            ("REGEX", _) => Ok(Predicate::AnyRegex(vec![regex(value)?])),
            _ => match comparison(&upper) {
                Some(comparison) => compare(comparison, value),
                None => listed(attr, &upper, value, within),
            },
        };
        let known = fuzzy.is_some()
            || comparison(&upper).is_some()
            || matches!(
                upper.as_str(),
                "REGEX" | "IN" | "NOT_IN" | "IS_SUBSET" | "IS_SUPERSET" | "INTERSECTS"
            );
        // spaCy warns of others, and leaves them out.
        if known {
            let name = format!("{} {within:?} {upper} {value}", attr as u32);
            let said = |error| format!("has \"{upper}\" for {}: {error}", attr.name());
            tests.push(table.predicate(attr, name, || make().map_err(said))?);
        }
    }
    Ok(())
}

fn regex(given: &Json) -> Result<Pattern, String> {
    let pattern = given.as_str();
    let pattern = pattern.ok_or_else(|| format!("{given} is no regular expression"))?;
    Pattern::new(pattern).map_err(|e| format!("{pattern:?}: {e}"))
}

fn fuzzy_word(given: &Json, edits: Option<u8>) -> Result<Vec<FuzzyWord>, String> {
    let word = given
        .as_str()
        .ok_or_else(|| format!("{given} is no string"))?;
    Ok(vec![FuzzyWord::new(word, edits)])
}

fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        "==" => Comparison::Equal,
        "!=" => Comparison::Unequal,
        ">=" => Comparison::AtLeast,
        "<=" => Comparison::AtMost,
        ">" => Comparison::Greater,
        "<" => Comparison::Less,
        _ => return None,
    })
}

fn compare(comparison: Comparison, given: &Json) -> Result<Predicate, String> {
    let number = match given {
        Json::Bool(is) => Number::Whole(i128::from(*is)),
        Json::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), _, _) => Number::Whole(i128::from(number)),
            (_, Some(number), _) => Number::Whole(i128::from(number)),
            (_, _, Some(number)) => Number::Fraction(number),
            _ => return Err(format!("{number} is too large")),
        },
        // An attribute is a number, which no text equals.
        _ => match comparison {
            Comparison::Equal => return Ok(Predicate::Always(false)),
            Comparison::Unequal => return Ok(Predicate::Always(true)),
            _ => return Err(format!("{given} is no number")),
        },
    };
    Ok(Predicate::Compare(comparison, number))
}

/// What a predicate lists: a list's values, a string's characters.
fn items(given: &Json) -> Result<Vec<Json>, String> {
    match given {
        Json::Array(items) => Ok(items.clone()),
        Json::String(text) => Ok(text.chars().map(|c| c.to_string().into()).collect()),
        Json::Object(items) => Ok(items.keys().cloned().map(Json::String).collect()),
        _ => Err(format!("{given} is no list")),
    }
}

fn listed(attr: Attr, name: &str, given: &Json, within: Within) -> Result<Predicate, String> {
    let items = items(given)?;
    match (name, within) {
        ("IN" | "NOT_IN", Within::Regex) => {
            if attr == Attr::Morph && !items.is_empty() {
                return Err("spaCy has no regular expressions in a list for MORPH".to_owned());
            }
            let patterns = items.iter().map(regex).collect::<Result<_, _>>()?;
            Ok(match name {
                "IN" => Predicate::AnyRegex(patterns),
                _ => Predicate::NoRegex(patterns),
            })
        }
        ("IN" | "NOT_IN", Within::Fuzzy(edits)) => {
            let word = |item: &Json| {
                let word = item
                    .as_str()
                    .ok_or_else(|| format!("{item} is no string"))?;
                Ok(match attr {
                    Attr::Morph => FuzzyWord::new(&analysis(word)?, edits),
                    _ => FuzzyWord::new(word, edits),
                })
            };
            let words = items.iter().map(word).collect::<Result<_, String>>()?;
            Ok(match name {
                "IN" => Predicate::AnyFuzzy(words),
                _ => Predicate::NoFuzzy(words),
            })
        }
        _ => {
            let values = match within {
                // spaCy compares the patterns themselves with what the token has, and they are never the same.
                Within::Regex if attr != Attr::Morph => {
                    items.iter().map(regex).collect::<Result<Vec<_>, _>>()?;
                    Values::new(Vec::new(), !items.is_empty())
                }
                _ => values(attr, &items)?,
            };
            Ok(match name {
                "IN" => Predicate::In(values),
                "NOT_IN" => Predicate::NotIn(values),
                "IS_SUBSET" => Predicate::Subset(values),
                "IS_SUPERSET" => Predicate::Superset(values),
                _ => Predicate::Intersects(values),
            })
        }
    }
}

fn values(attr: Attr, items: &[Json]) -> Result<Values, String> {
    let mut values = Vec::with_capacity(items.len());
    let mut unheard_of = false;
    let string = |text: &str| (string_id(text), Some(Box::from(text)));
    for item in items {
        let value = match item {
            Json::String(text) if attr == Attr::Morph => string(&analysis(text)?),
            // What is no text is an analysis without features.
            _ if attr == Attr::Morph => string(morphology::EMPTY),
            Json::String(text) => string(text),
            Json::Bool(is) => (u64::from(*is), None),
            Json::Number(number) => match (number.as_u64(), number.as_f64()) {
                (Some(number), _) => (number, None),
                // 2^64 and what is above it is no id.
                (None, Some(f)) if f.fract() == 0.0 && (0.0..1.8e19).contains(&f) => {
                    (f as u64, None)
                }
                _ => {
                    unheard_of = true;
                    continue;
                }
            },
            Json::Null => {
                unheard_of = true;
                continue;
            }
            _ => {
                return Err(format!(
                    "it lists {item}, which is no value of an attribute"
                ));
            }
        };
        values.push(value);
    }
    Ok(Values::new(values, unheard_of))
}

/// A morphological analysis as tokens have it: with its features in order.
fn analysis(given: &str) -> Result<String, String> {
    morphology::normalize(given)
        .ok_or_else(|| format!("{given:?} is no analysis such as \"Case=Nom|Number=Sing\""))
}
