//! The conditions under which loops are measured.

use serde::{Deserialize, Serialize};

/// A condition under which a loop is measured: one program, run in two ways, is measured under two of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Condition {
    /// Its name, as it stands in a sentence behind what was found: `with zones`. Everything that was measured under the
    /// condition bears it. Empty where a program is run in one way alone.
    pub name: String,
    /// What is expected of memory under it.
    pub expects: Expectation,
}

/// What is expected of memory under a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// Live memory is flat after the warm-up: whatever grows is a fault.
    Flat,
    /// Stores that are known by name may grow; what is in none of them may not.
    StoresMayGrow,
    /// Nobody said.
    Unknown,
}

impl Condition {
    /// A condition of this name.
    pub fn new(name: impl Into<String>, expects: Expectation) -> Condition {
        Condition {
            name: name.into(),
            expects,
        }
    }
}

/// What is expected under the condition of this name.
pub fn expects(conditions: &[Condition], name: &str) -> Expectation {
    let known = conditions.iter().find(|condition| condition.name == name);
    known.map_or(Expectation::Unknown, |condition| condition.expects)
}

/// A clause about a condition, which stands before it: `with zones live memory is flat`; the clause alone where the
/// condition has no name.
pub fn under(condition: &str, clause: &str) -> String {
    match condition {
        "" => clause.to_owned(),
        name => format!("{name} {clause}"),
    }
}

/// A condition behind what is said of it, with a space before it; nothing where it has no name.
pub fn behind(condition: &str) -> String {
    match condition {
        "" => String::new(),
        name => format!(" {name}"),
    }
}

/// A condition's name as a part of a file's name: `with-zones`; `loop` where it has none.
pub fn slug(condition: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    match condition {
        "" => "loop".to_owned(),
        name => name.chars().map(safe).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_without_a_name_is_not_spoken_of() {
        assert_eq!(under("with zones", "it grows"), "with zones it grows");
        assert_eq!(under("", "it grows"), "it grows");
        assert_eq!(
            format!("it grows{}", behind("with zones")),
            "it grows with zones"
        );
        assert_eq!(format!("it grows{}", behind("")), "it grows");
    }

    #[test]
    fn a_name_of_any_letters_is_a_part_of_a_file_name() {
        assert_eq!(slug("without zones"), "without-zones");
        assert_eq!(slug("../50 % Last"), "---50---last");
        assert_eq!(slug(""), "loop");
    }
}
