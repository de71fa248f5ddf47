//! The file `patterns` of an `attribute_ruler`.

use std::path::Path;

use serde_json::{Map, Value as Json};

use super::rule::{Rule, Set};
use crate::attr::Attr;
use crate::error::{Error, FormatError};
use crate::format::msgpack::{self, Value};
use crate::matcher::{Matcher, MatcherBuilder};
use crate::pipeline::component::Source;
use crate::pos::Pos;
use crate::symbols::symbol_name;
use crate::vocab::{Vocab, morphology};

/// Why a rule cannot be used.
enum Fault {
    /// spaCy fails on it too, when it loads it or with every document.
    Wrong(String),
    /// spaCy does something with it that is not done here.
    Unsupported(String),
}

/// The rules of the component, and the matcher that finds their patterns.
pub(super) fn rules(source: &mut Source<'_>) -> Result<(Matcher, Vec<Rule>), Error> {
    let (bytes, path) = source.file("patterns")?;
    let bytes = bytes.into_owned();
    let in_file = |reason: String| FormatError::new(reason).in_file(&path);
    let list = msgpack::read(&bytes).map_err(|e| e.in_file(&path))?;
    let list = list
        .as_array()
        .ok_or_else(|| in_file(format!("holds {}, and no list of rules", list.kind())))?;
    let validate = source.flag(&Json::Null, "validate", false);
    let mut builder = Matcher::builder().with_validation(validate);
    let mut rules = Vec::with_capacity(list.len());
    for (i, given) in list.iter().enumerate() {
        let rule = rule(given, &i.to_string(), &mut builder, source.vocab);
        rules.push(rule.map_err(|fault| fault.of_rule(i, source, &path))?);
    }
    Ok((builder.build(), rules))
}

impl Fault {
    fn of_rule(self, rule: usize, source: &Source<'_>, path: &Path) -> Error {
        match self {
            Fault::Wrong(reason) => {
                FormatError::new(format!("rule {rule}: {reason}")).in_file(path)
            }
            Fault::Unsupported(what) => Error::Unsupported {
                component: source.name.to_owned(),
                feature: format!("rule {rule} of its patterns: {what}"),
                path: path.to_owned(),
                disabled: false,
            },
        }
    }
}

fn rule(
    given: &Value<'_>,
    key: &str,
    builder: &mut MatcherBuilder,
    vocab: &mut Vocab,
) -> Result<Rule, Fault> {
    let wrong = |reason: FormatError| Fault::Wrong(reason.reason);
    let entries = given.as_map();
    let entries =
        entries.ok_or_else(|| Fault::Wrong(format!("is {}, and no map", given.kind())))?;
    for (name, _) in entries {
        if !matches!(name.as_str(), Some("patterns" | "attrs" | "index")) {
            let name = name.as_str().unwrap_or("a key that is no text");
            return Err(Fault::Wrong(format!(
                "has {name:?} beside patterns, attrs and index"
            )));
        }
    }
    let patterns = json(given.require("patterns").map_err(wrong)?)?;
    builder.add(key, &patterns).map_err(wrong)?;
    let index = match given.get("index") {
        None => 0,
        Some(index) => index
            .as_i64()
            .ok_or_else(|| Fault::Wrong(format!("its index is {}", index.kind())))?,
    };
    if let Some(shortest) = builder.shortest(key)
        && !(-(shortest as i64)..shortest as i64).contains(&index)
    {
        return Err(Fault::Unsupported(format!(
            "the index {index}, which is outside of what its patterns find where they find the least, {shortest} of the tokens"
        )));
    }
    let attrs = given.require("attrs").map_err(wrong)?;
    let attrs = attrs
        .as_map()
        .ok_or_else(|| Fault::Wrong(format!("its attrs are {}, and no map", attrs.kind())))?;
    let mut sets = Vec::with_capacity(attrs.len());
    for (name, value) in attrs {
        sets.extend(set(name, value, vocab)?);
    }
    Ok(Rule { index, sets })
}

/// What spaCy makes of an attribute and its value; `None` if that is nothing.
fn set(name: &Value<'_>, value: &Value<'_>, vocab: &mut Vocab) -> Result<Option<Set>, Fault> {
    let (attr, name) = match (name.as_str(), name.as_u64()) {
        (Some("_"), _) => {
            let none = value.as_map().is_some_and(<[_]>::is_empty);
            return match none {
                true => Ok(None),
                false => Err(Fault::Unsupported("custom attributes (\"_\")".to_owned())),
            };
        }
        // What spaCy knows no attribute by, it leaves out: among them the name that only patterns have for ORTH.
        (Some(name), _) if name.eq_ignore_ascii_case("TEXT") => return Ok(None),
        (Some(name), _) => (Attr::from_name(name), name.to_owned()),
        (None, Some(id)) => (Attr::from_id(id), id.to_string()),
        (None, None) => {
            return Err(Fault::Wrong(format!(
                "its attrs have {} for a name",
                name.kind()
            )));
        }
    };
    let flag = name.to_ascii_uppercase();
    let is_flag = flag.is_empty() || flag.starts_with("FLAG") || flag == "IS_OOV_DEPRECATED";
    let Some(attr) = attr else {
        return match is_flag || name.parse().is_ok_and(|id: u64| id < 64) {
            true => Err(Fault::Unsupported(format!("it sets {name:?} of words"))),
            false => Ok(None),
        };
    };
    let string = |vocab: &mut Vocab| -> Result<u64, Fault> {
        let text = text(attr, value, vocab)?;
        vocab.add_label(&text).map_err(|e| Fault::Wrong(e.reason))
    };
    Ok(Some(match attr {
        Attr::Tag => Set::Tag(string(vocab)?),
        Attr::Lemma => Set::Lemma(string(vocab)?),
        Attr::Norm => Set::Norm(string(vocab)?),
        Attr::Dep => Set::Dep(string(vocab)?),
        Attr::EntType => Set::EntType(string(vocab)?),
        Attr::EntId => Set::EntId(string(vocab)?),
        Attr::EntKbId => Set::EntKbId(string(vocab)?),
        Attr::Morph => {
            let feats = text(attr, value, vocab)?;
            let feats = morphology::normalize(&feats).ok_or_else(|| {
                Fault::Wrong(format!("sets MORPH to {feats:?}, which is no analysis"))
            })?;
            Set::Morph(
                vocab
                    .add_label(&feats)
                    .map_err(|e| Fault::Wrong(e.reason))?,
            )
        }
        Attr::Pos => {
            let name = text(attr, value, vocab)?;
            let pos = Pos::from_name(&name);
            Set::Pos(pos.ok_or_else(|| {
                Fault::Unsupported(format!(
                    "it sets POS to {name:?}, which is no coarse part of speech"
                ))
            })?)
        }
        Attr::EntIob => {
            let iobs = ["", "I", "O", "B"];
            let known = match value.as_str() {
                Some(iob) => iobs.iter().position(|known| *known == iob),
                None => number(value)
                    .and_then(|n| usize::try_from(n).ok())
                    .filter(|&n| n < 4),
            };
            Set::EntIob(known.ok_or_else(|| bad_value(attr, value))? as u8)
        }
        Attr::SentStart => match number(value) {
            Some(starts @ 0..=1) => Set::SentStart(starts == 1),
            _ => return Err(bad_value(attr, value)),
        },
        // No token and no word has these to be set.
        Attr::Orth | Attr::Length => return Ok(None),
        // What spaCy does with these, it does to the text, to the tree, or to the word wherever it stands.
        _ => return Err(Fault::Unsupported(format!("it sets {}", attr.name()))),
    }))
}

fn bad_value(attr: Attr, value: &Value<'_>) -> Fault {
    let value = json(value).map_or_else(|_| value.kind(), |value| value.to_string());
    Fault::Wrong(format!(
        "sets {} to {value}, which it cannot be",
        attr.name()
    ))
}

/// The number that spaCy makes of a value that is no string: of one with a fraction, what is before the point.
fn number(value: &Value<'_>) -> Option<u64> {
    match value {
        Value::Bool(is) => Some((*is).into()),
        Value::Float(number) if *number > -1.0 && *number < 1.8e19 => Some(*number as u64),
        _ => value.as_u64(),
    }
}

/// The string that a value is, or whose id it is.
fn text(attr: Attr, value: &Value<'_>, vocab: &Vocab) -> Result<String, Fault> {
    if let Some(text) = value.as_str() {
        return Ok(text.to_owned());
    }
    let id = number(value).ok_or_else(|| bad_value(attr, value))?;
    let known = symbol_name(id).or_else(|| vocab.permanent_string(id).map(|entry| entry.text()));
    known.map(str::to_owned).ok_or_else(|| {
        Fault::Unsupported(format!(
            "it sets {} to {id}, the id of no string of the pipeline",
            attr.name()
        ))
    })
}

/// The value as JSON, with attributes that are given by number under their names.
fn json(value: &Value<'_>) -> Result<Json, Fault> {
    Ok(match value {
        Value::Nil => Json::Null,
        Value::Bool(is) => (*is).into(),
        Value::Int(number) => (*number).into(),
        Value::UInt(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Str(text) => (*text).into(),
        Value::Array(items) => items.iter().map(json).collect::<Result<_, _>>()?,
        Value::Map(entries) => {
            let mut map = Map::new();
            for (name, value) in entries {
                let name = match (name, name.as_u64().map(|id| (id, Attr::from_id(id)))) {
                    (Value::Str(name), _) => (*name).to_owned(),
                    (_, Some((_, Some(attr)))) => attr.name().to_owned(),
                    (_, Some((id, None))) => {
                        return Err(Fault::Unsupported(format!("the attribute number {id}")));
                    }
                    _ => return Err(Fault::Wrong(format!("has {} for a name", name.kind()))),
                };
                map.insert(name, json(value)?);
            }
            Json::Object(map)
        }
        Value::Bin(_) | Value::Ext(..) => {
            return Err(Fault::Wrong(format!(
                "has {}, which patterns do not have",
                value.kind()
            )));
        }
    })
}
