//! The rules of the Spanish lemmatizer: by name, and which the features of a word choose.

use std::collections::HashMap;

use super::tables::{ByPos, Rule, read_rules};
use super::word::Word;
use super::words::text;
use crate::error::FormatError;
use crate::format::lookups::{self, Visitor};
use crate::format::msgpack::Value;
use crate::frozen::frozen;
use crate::symbols::string_id;

/// Which rules are for which features, the first that fit.
#[derive(Debug, Default)]
pub(super) struct Groups(Vec<Group>);

impl crate::frozen::Frozen for Groups {
    fn visit(&self, walk: &mut crate::frozen::Walk) {
        self.0.visit(walk);
    }
}

#[derive(Debug)]
struct Group {
    /// The id of the rules' name.
    rules: u64,
    features: Vec<Feature>,
}

frozen!(Group { rules, features });

#[derive(Debug)]
struct Feature {
    field: String,
    value: String,
}

frozen!(Feature { field, value });

impl Groups {
    /// The id of the name of the rules for the word's features.
    pub fn of(&self, word: Word<'_>) -> Option<u64> {
        let fits = |group: &&Group| {
            let mut features = group.features.iter();
            features.all(|feature| word.has(&feature.field, &feature.value))
        };
        self.0.iter().find(fits).map(|group| group.rules)
    }
}

/// Rules whose old parts spaCy compares with words or parts of them. All others are regular expressions to it.
const COMPARED: [&str; 7] = [
    "adverbs",
    "det",
    "det_and_pron_fixed",
    "num",
    "pron",
    "voc_alt_1",
    "voc_alt_2",
];

/// The table `lemma_rules`, by the ids of the rules' names.
pub(super) fn read_named_rules(bytes: &[u8]) -> Result<HashMap<u64, Vec<Rule>>, FormatError> {
    struct Named {
        here: bool,
        rules: HashMap<u64, Vec<Rule>>,
    }
    impl<'a> Visitor<'a> for Named {
        fn table(&mut self, name: &'a str) {
            self.here = name == "lemma_rules";
            if self.here {
                self.rules.clear();
            }
        }

        fn entry(&mut self, id: u64, value: Value<'a>) -> Result<(), FormatError> {
            if self.here {
                let rules = read_rules(&value)?;
                if !COMPARED.iter().any(|name| string_id(name) == id) {
                    rules.iter().try_for_each(check_literal)?;
                }
                self.rules.insert(id, rules);
            }
            Ok(())
        }
    }
    let mut named = Named {
        here: false,
        rules: HashMap::new(),
    };
    lookups::visit(bytes, &mut named)?;
    Ok(named.rules)
}

/// The table `lemma_rules_groups`.
pub(super) fn read_groups(bytes: &[u8]) -> Result<ByPos<Groups>, FormatError> {
    #[derive(Default)]
    struct ByName {
        here: bool,
        groups: ByPos<Groups>,
    }
    impl<'a> Visitor<'a> for ByName {
        fn table(&mut self, name: &'a str) {
            self.here = name == "lemma_rules_groups";
            if self.here {
                self.groups = ByPos::default();
            }
        }

        fn entry(&mut self, id: u64, value: Value<'a>) -> Result<(), FormatError> {
            if self.here
                && let Some(groups) = self.groups.named(id)
            {
                let list = value.as_array().ok_or_else(|| bad_group(&value))?;
                *groups = Groups(list.iter().map(group).collect::<Result<_, _>>()?);
            }
            Ok(())
        }
    }
    let mut by_name = ByName::default();
    lookups::visit(bytes, &mut by_name)?;
    Ok(by_name.groups)
}

fn bad_group(value: &Value<'_>) -> FormatError {
    FormatError::new(format!(
        "a list of groups was expected, each the name of rules and a list of features; found {}",
        value.kind()
    ))
}

fn group(value: &Value<'_>) -> Result<Group, FormatError> {
    let Some([name, features]) = value.as_array() else {
        return Err(bad_group(value));
    };
    let features = features.as_array().ok_or_else(|| bad_group(features))?;
    let feature = |feature: &Value<'_>| {
        let feature = text(feature)?;
        // What has no value is no feature of any word; one with an empty field comes to the same.
        let (field, value) = feature.split_once('=').unwrap_or(("", feature));
        Ok(Feature {
            field: field.to_owned(),
            value: value.to_owned(),
        })
    };
    Ok(Group {
        rules: string_id(text(name)?),
        features: features.iter().map(feature).collect::<Result<_, _>>()?,
    })
}

/// Checks that a rule says what it does.
fn check_literal(rule: &Rule) -> Result<(), FormatError> {
    let special = |c: char| ".^$*+?{}[]\\|()".contains(c);
    if rule.old.contains(special) || rule.new.contains('\\') {
        return Err(FormatError::new(format!(
            "the rule from {:?} to {:?} is a regular expression, which nlp-core does not run: write out the endings",
            rule.old, rule.new
        )));
    }
    Ok(())
}

/// The form with the rule's old ending replaced, if it has that. As `$` in Python's `re.sub`, the end is before a last
/// line feed as well as after it.
pub(super) fn replace_end(form: &str, rule: &Rule) -> Option<String> {
    let old = rule.old.as_str();
    let bodies = form.strip_suffix('\n').into_iter().chain([form]);
    let (mut made, mut done) = (None, 0);
    for body in bodies {
        if let Some(stem) = body.strip_suffix(old)
            && stem.len() >= done
        {
            let made = made.get_or_insert_with(String::new);
            made.push_str(&form[done..stem.len()]);
            made.push_str(&rule.new);
            done = body.len();
        }
    }
    let mut made = made?;
    made.push_str(&form[done..]);
    Some(made)
}
