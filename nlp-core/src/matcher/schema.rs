//! What a pattern may say, as spaCy's schema has it: what it refuses is refused here, with the place.

use serde_json::{Map, Value};

/// The attributes whose values are strings, or objects of predicates on strings.
const STRINGS: [&str; 13] = [
    "ORTH",
    "TEXT",
    "LOWER",
    "POS",
    "TAG",
    "MORPH",
    "DEP",
    "LEMMA",
    "SHAPE",
    "ENT_TYPE",
    "ENT_ID",
    "ENT_KB_ID",
    "NORM",
];

/// The attributes that are true or false.
const FLAGS: [&str; 20] = [
    "SPACY",
    "IS_ALPHA",
    "IS_ASCII",
    "IS_DIGIT",
    "IS_LOWER",
    "IS_UPPER",
    "IS_TITLE",
    "IS_PUNCT",
    "IS_SPACE",
    "IS_BRACKET",
    "IS_QUOTE",
    "IS_LEFT_PUNCT",
    "IS_RIGHT_PUNCT",
    "IS_CURRENCY",
    "IS_STOP",
    "IS_SENT_START",
    "SENT_START",
    "LIKE_NUM",
    "LIKE_URL",
    "LIKE_EMAIL",
];

/// Predicates on strings that take a string, or an object of predicates.
const OF_STRING: [&str; 11] = [
    "REGEX", "FUZZY", "FUZZY1", "FUZZY2", "FUZZY3", "FUZZY4", "FUZZY5", "FUZZY6", "FUZZY7",
    "FUZZY8", "FUZZY9",
];

/// Predicates that take a list.
const OF_LIST: [&str; 5] = ["IN", "NOT_IN", "IS_SUBSET", "IS_SUPERSET", "INTERSECTS"];

/// Predicates that take a number, by both names that the schema has for them. spaCy leaves out those with letters later.
const OF_NUMBER: [&str; 12] = [
    "==", "!=", ">=", "<=", ">", "<", "EQ", "NEQ", "GEQ", "LEQ", "GT", "LT",
];

/// How deep predicates may lie within each other.
const MAX_DEPTH: u32 = 16;

/// What is wrong with the pattern: a sentence for each place.
pub(super) fn check(pattern: &[Value]) -> Vec<String> {
    let mut faults = Vec::new();
    for (i, token) in pattern.iter().enumerate() {
        match token {
            Value::Object(token) => check_token(token, &mut |fault| {
                faults.push(format!("token {i} {fault}"));
            }),
            _ => faults.push(format!(
                "token {i} is {token}, and must be an object such as {{\"LOWER\": \"x\"}}"
            )),
        }
    }
    faults
}

fn check_token(token: &Map<String, Value>, report: &mut impl FnMut(String)) {
    for (name, value) in token {
        // In capitals or without any, but not mixed; where both stand, the schema knows those in capitals alone.
        let upper = name.to_uppercase();
        let known = *name == upper || (*name == name.to_lowercase() && !token.contains_key(&upper));
        let mut refuse = |expected: &str| {
            report(format!(
                "has {value} for \"{name}\", which must be {expected}"
            ))
        };
        match upper.as_str() {
            _ if !known => report(unknown(name)),
            "_" => check_extensions(value, report),
            "OP" => {
                if !value.as_str().is_some_and(is_operator) {
                    refuse("one of *, +, ?, !, {n}, {n,m}, {n,} and {,m}");
                }
            }
            "ENT_IOB" => {
                let number = value.as_f64().or(value.as_bool().map(f64::from));
                let is = value
                    .as_str()
                    .is_some_and(|iob| ["", "I", "O", "B"].contains(&iob))
                    || number.is_some_and(|n| [0.0, 1.0, 2.0, 3.0].contains(&n));
                if !is {
                    refuse("one of \"\", \"I\", \"O\", \"B\", 0, 1, 2 and 3");
                }
            }
            "LENGTH" => match value {
                Value::Number(_) => {}
                Value::Object(predicates) => check_numbers(predicates, report),
                _ => refuse("a number or an object of predicates"),
            },
            upper if FLAGS.contains(&upper) => {
                if !value.is_boolean() {
                    refuse("true or false");
                }
            }
            upper if STRINGS.contains(&upper) => match value {
                Value::String(_) => {}
                Value::Object(predicates) => check_strings(predicates, 0, report),
                _ => refuse("a string or an object of predicates"),
            },
            _ => report(unknown(name)),
        }
    }
}

fn unknown(name: &str) -> String {
    format!("has \"{name}\", which patterns do not have")
}

fn check_strings(predicates: &Map<String, Value>, depth: u32, report: &mut impl FnMut(String)) {
    if depth > MAX_DEPTH {
        return report(format!(
            "has predicates that lie more than {MAX_DEPTH} deep in each other"
        ));
    }
    for (name, value) in predicates {
        let upper = predicate_name(name, predicates);
        let mut refuse = |expected: &str| {
            report(format!(
                "has {value} for \"{name}\", which must be {expected}"
            ))
        };
        match (upper.as_deref(), value) {
            (Some(upper), Value::String(_)) if OF_STRING.contains(&upper) => {}
            (Some(upper), Value::Object(inner)) if OF_STRING.contains(&upper) => {
                check_strings(inner, depth + 1, &mut *report);
            }
            (Some(upper), _) if OF_STRING.contains(&upper) => {
                refuse("a string or an object of predicates")
            }
            (Some(upper), value) if OF_LIST.contains(&upper) => {
                let strings = value
                    .as_array()
                    .is_some_and(|v| v.iter().all(Value::is_string));
                if !strings {
                    refuse("a list of strings");
                }
            }
            _ => report(format!(
                "has \"{name}\", which strings have no predicate of"
            )),
        }
    }
}

fn check_numbers(predicates: &Map<String, Value>, report: &mut impl FnMut(String)) {
    for (name, value) in predicates {
        let upper = predicate_name(name, predicates);
        let mut refuse = |expected: &str| {
            report(format!(
                "has {value} for \"{name}\", which must be {expected}"
            ))
        };
        match upper.as_deref() {
            Some("REGEX") => {
                if !value.is_string() {
                    refuse("a string");
                }
            }
            Some(upper) if OF_LIST.contains(&upper) => {
                let whole = |v: &Value| v.is_u64() || v.is_i64();
                if !value.as_array().is_some_and(|v| v.iter().all(whole)) {
                    refuse("a list of whole numbers");
                }
            }
            _ if OF_NUMBER.contains(&name.as_str()) => {
                if !value.is_number() {
                    refuse("a number");
                }
            }
            _ => report(format!(
                "has \"{name}\", which numbers have no predicate of"
            )),
        }
    }
}

/// The name of a predicate in capitals, if it is written in capitals or without any.
fn predicate_name(name: &str, predicates: &Map<String, Value>) -> Option<String> {
    let upper = name.to_uppercase();
    let known = name == upper || (name == name.to_lowercase() && !predicates.contains_key(&upper));
    known.then_some(upper)
}

/// Custom attributes: their values may be of any kind but null and objects that are no predicates.
fn check_extensions(value: &Value, report: &mut impl FnMut(String)) {
    let Value::Object(attrs) = value else {
        return report(format!("has {value} for \"_\", which must be an object"));
    };
    for (name, value) in attrs {
        let mut faults = [0, 0];
        match value {
            Value::Null => faults = [1, 1],
            Value::Object(predicates) => {
                check_strings(predicates, 0, &mut |_| faults[0] += 1);
                check_numbers(predicates, &mut |_| faults[1] += 1);
            }
            _ => {}
        }
        if faults[0].min(faults[1]) > 0 {
            report(format!(
                "has {value} for \"_.{name}\", which must be a value or an object of predicates"
            ));
        }
    }
}

/// Whether the schema takes `op` for an operator.
fn is_operator(op: &str) -> bool {
    if ["+", "*", "?", "!"].contains(&op) {
        return true;
    }
    let Some(inner) = op.strip_prefix('{').and_then(|op| op.strip_suffix('}')) else {
        return false;
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    match inner.split_once(',') {
        None => !inner.is_empty() && digits(inner),
        Some((n, m)) => digits(n) && digits(m) && !(n.is_empty() && m.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(pattern: Value) -> Vec<String> {
        check(pattern.as_array().unwrap())
    }

    #[test]
    fn what_the_schema_has_is_fine() {
        for pattern in [
            json!([{"ORTH": "a"}, {"lower": "b", "OP": "{,3}"}, {}]),
            json!([{"LENGTH": {">=": 2, "in": [1]}, "IS_ALPHA": true, "ENT_IOB": 3}]),
            json!([{"TEXT": {"FUZZY2": {"NOT_IN": ["a"]}}, "_": {"x": {"IN": [1, 2]}, "y": [null]}}]),
            json!([{"LENGTH": 2.5}, {"TAG": {"REGEX": {"fuzzy": "x"}}}, {"LIKE_EMAIL": false}]),
        ] {
            assert_eq!(faults(pattern.clone()), Vec::<String>::new(), "{pattern}");
        }
    }

    #[test]
    fn what_the_schema_has_not_is_said_with_its_token() {
        for (pattern, said) in [
            (
                json!([{"ORTH": "a"}, {"PREFIX": "a"}]),
                "token 1 has \"PREFIX\"",
            ),
            (json!([{"Orth": "a"}]), "token 0 has \"Orth\""),
            (
                json!([{"LOWER": "a", "lower": "b"}]),
                "token 0 has \"lower\"",
            ),
            (json!([{"IS_ALPHA": 1}]), "true or false"),
            (json!([{"OP": "1"}]), "must be one of *"),
            (json!([{"OP": "{,}"}]), "must be one of *"),
            (json!([{"ORTH": {"==": "a"}}]), "has \"==\""),
            (json!([{"ORTH": {"REGEX": null}}]), "null"),
            (json!([{"ORTH": {"IN": ["a", 1]}}]), "a list of strings"),
            (
                json!([{"LENGTH": {"IN": [1.5]}}]),
                "a list of whole numbers",
            ),
            (json!([{"LENGTH": true}]), "a number or an object"),
            (json!([{"ENT_IOB": "X"}]), "ENT_IOB"),
            (json!(["a"]), "token 0 is \"a\""),
            (json!([{"_": {"x": null}}]), "_.x"),
            (json!([{"ORTH": null}]), "null"),
        ] {
            let faults = faults(pattern.clone());
            assert!(
                faults.len() == 1 && faults[0].contains(said),
                "{pattern}: {faults:?}"
            );
        }
    }
}
