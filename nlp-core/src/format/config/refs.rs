//! References in a configuration: `${section.key}`, `${key}` of the same section, and `${section}`.

use super::ini::{Ini, Opt, Section};
use crate::error::FormatError;
use serde_json::{Map, Value};

/// Begins a string that stands for a section. It is `confection`'s own mark, so that a file which spells it out means
/// the same here.
const MARK: &str = "__SECTION__:";
/// How many references may lead from one to the next (`configparser`'s `MAX_INTERPOLATION_DEPTH`).
const MAX_DEPTH: usize = 10;
/// How deep sections may end up after references to sections are replaced.
const MAX_NESTING: usize = 64;

pub(super) struct Resolver<'a> {
    ini: &'a Ini,
    /// How much may still be made by replacing references, in bytes: two references to two references ... grow fast.
    budget: usize,
    limit: usize,
}

/// Where a reference stands, for messages, and where its names are looked up.
#[derive(Clone, Copy)]
struct Place<'a> {
    section: &'a Section,
    option: &'a Opt,
}

impl Place<'_> {
    fn fault(&self, what: impl std::fmt::Display) -> FormatError {
        FormatError::new(format!(
            "line {}: {} in [{}] {what}",
            self.option.line, self.option.key, self.section.name
        ))
    }
}

impl<'a> Resolver<'a> {
    pub fn new(ini: &'a Ini, text_len: usize) -> Self {
        let limit = 16 * text_len + 65_536;
        Resolver {
            ini,
            budget: limit,
            limit,
        }
    }

    /// The value of a key, in which strings with [`MARK`] stand for sections.
    pub fn value(&mut self, section: &'a Section, option: &'a Opt) -> Result<Value, FormatError> {
        self.resolve(Place { section, option }, &option.text)
    }

    fn resolve(&mut self, place: Place<'a>, text: &str) -> Result<Value, FormatError> {
        if !text.contains("${") {
            return Ok(interpret(text));
        }
        if let Ok(Value::Object(map)) = serde_json::from_str(text) {
            // The same as a section: each of its values is one of its own.
            let mut out = Map::new();
            for (key, value) in map {
                let text = match value {
                    Value::String(text) if text.contains("${") => text,
                    other => other.to_string(),
                };
                out.insert(key, self.resolve(place, &text)?);
            }
            return Ok(Value::Object(out));
        }
        let mut pieces = Vec::new();
        self.expand(place, text, place, &mut pieces, 1)?;
        let text = match pieces.len() {
            1 => pieces.remove(0),
            _ => pieces.iter().map(|piece| in_string(piece)).collect(),
        };
        match interpret(&text) {
            // An escaped reference is kept as it was written.
            Value::String(s) if s.contains("${") => Ok(Value::String(text)),
            Value::String(s) if s.contains(MARK) && !s.starts_with(MARK) => {
                Err(place.fault("names a whole section inside a string"))
            }
            value => Ok(value),
        }
    }

    /// Splits `text` into what stands there and what the references stand for.
    fn expand(
        &mut self,
        from: Place<'a>,
        text: &str,
        origin: Place<'a>,
        pieces: &mut Vec<String>,
        depth: usize,
    ) -> Result<(), FormatError> {
        if depth > MAX_DEPTH {
            return Err(origin.fault(format!(
                "follows more than {MAX_DEPTH} references, or refers to itself"
            )));
        }
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            if rest[..start].ends_with('$') {
                // `$${` is a dollar sign and a brace.
                self.push(origin, pieces, &rest[..start])?;
                self.push(origin, pieces, "{")?;
                rest = &rest[start + 2..];
                continue;
            }
            if start > 0 {
                self.push(origin, pieces, &rest[..start])?;
            }
            let Some(len) = rest[start..].find('}') else {
                return Err(origin.fault("has \"${\" without \"}\""));
            };
            let name = &rest[start + 2..start + len];
            rest = &rest[start + len + 1..];
            self.reference(from, name, origin, pieces, depth)?;
        }
        if !rest.is_empty() {
            self.push(origin, pieces, rest)?;
        }
        Ok(())
    }

    fn reference(
        &mut self,
        from: Place<'a>,
        name: &str,
        origin: Place<'a>,
        pieces: &mut Vec<String>,
        depth: usize,
    ) -> Result<(), FormatError> {
        self.spend(origin, name.len())?;
        let path = name.replace(':', ".");
        let found = match path.rsplit_once('.') {
            Some((holder, key)) => self
                .ini
                .section(holder)
                .and_then(|section| Some((section, section.option(key)?))),
            // A lone name is a key beside this one, unless that key says nothing but this very reference.
            None => from
                .section
                .option(&path)
                .filter(|option| option.text.trim() != from.option.text.trim())
                .map(|option| (from.section, option)),
        };
        match found {
            // An object is a section that was written in one line.
            Some((section, option)) if option.text.starts_with('{') && is_object(&option.text) => {
                self.spend(origin, option.text.len())?;
                self.push_section(origin, pieces, &format!("{}.{}", section.name, option.key))
            }
            Some((_, option)) if !option.text.contains("${") => {
                // In its JSON form, as which spaCy reads the configuration for a second time: `True` is `true` there.
                let piece = python_json(&interpret(&option.text));
                // What was read for it counts as well: a list can be mostly white space.
                self.spend(origin, option.text.len().saturating_sub(piece.len()))?;
                self.push(origin, pieces, &piece)
            }
            Some((section, option)) => {
                let place = Place { section, option };
                self.expand(place, &option.text, origin, pieces, depth + 1)
            }
            None if self.ini.section(&path).is_some() => self.push_section(origin, pieces, &path),
            None => Err(origin.fault(format!("refers to ${{{name}}}, which is not defined"))),
        }
    }

    fn push_section(
        &mut self,
        origin: Place,
        pieces: &mut Vec<String>,
        path: &str,
    ) -> Result<(), FormatError> {
        let mark = Value::String(format!("{MARK}{path}")).to_string();
        self.push(origin, pieces, &mark)
    }

    fn push(
        &mut self,
        origin: Place,
        pieces: &mut Vec<String>,
        piece: &str,
    ) -> Result<(), FormatError> {
        self.spend(origin, piece.len() + size_of::<String>())?;
        pieces.push(piece.to_string());
        Ok(())
    }

    fn spend(&mut self, origin: Place, cost: usize) -> Result<(), FormatError> {
        self.budget = self.budget.checked_sub(cost).ok_or_else(|| {
            origin.fault(format!(
                "and what came before it stand for more than {} bytes",
                self.limit
            ))
        })?;
        Ok(())
    }

    /// Puts a copy of the section in the place of every string that stands for one: as a key's value, or in a list. In
    /// sections that no pipeline is made from, those that lead in a circle or stand for too much are left as references:
    /// spaCy does not follow them either.
    pub fn replace_sections(&mut self, root: Value) -> Result<Value, FormatError> {
        if !holds_mark(&root) {
            return Ok(root);
        }
        let Value::Object(sections) = &root else {
            return Ok(root);
        };
        let used = |name: &str| matches!(name, "nlp" | "components");
        let mut copies = Map::new();
        // First, so that what the others stand for takes nothing away from these.
        for (name, section) in sections.iter().filter(|(name, _)| used(name)) {
            copies.insert(name.clone(), self.copy(section, &root, 1)?);
        }
        let mut out = Map::new();
        for (name, section) in sections {
            let copy = match copies.remove(name) {
                Some(copy) => copy,
                None => match self.copy(section, &root, 1) {
                    Ok(copy) => copy,
                    Err(_) => without_marks(section),
                },
            };
            out.insert(name.clone(), copy);
        }
        Ok(Value::Object(out))
    }

    fn copy(&mut self, value: &Value, root: &Value, depth: usize) -> Result<Value, FormatError> {
        let cost = match value {
            Value::String(s) => s.len(),
            Value::Object(map) => map.keys().map(|key| key.len() + 32).sum(),
            _ => 0,
        };
        self.budget = self
            .budget
            .checked_sub(cost + size_of::<Value>())
            .filter(|_| depth <= MAX_NESTING)
            .ok_or_else(|| {
                FormatError::new(format!(
                    "references to whole sections lead in a circle, or stand for more than {} bytes",
                    self.limit
                ))
            })?;
        Ok(match value {
            Value::String(s) if s.starts_with(MARK) => {
                let name = &s[MARK.len()..];
                let section = name
                    .split('.')
                    .try_fold(root, |value, key| value.get(key))
                    .ok_or_else(|| FormatError::new(format!("[{name}] is not defined")))?;
                self.copy(section, root, depth + 1)?
            }
            Value::Object(map) => {
                let mut out = Map::new();
                for (key, value) in map {
                    out.insert(key.clone(), self.copy(value, root, depth + 1)?);
                }
                Value::Object(out)
            }
            Value::Array(items) => Value::Array(
                items
                    .iter()
                    .map(|item| self.copy(item, root, depth + 1))
                    .collect::<Result<_, _>>()?,
            ),
            other => other.clone(),
        })
    }
}

fn is_object(text: &str) -> bool {
    matches!(serde_json::from_str(text), Ok(Value::Object(_)))
}

/// The value with its references to sections as they are written in the file.
fn without_marks(value: &Value) -> Value {
    match value {
        Value::String(s) => match s.strip_prefix(MARK) {
            Some(name) => Value::String(format!("${{{name}}}")),
            None => value.clone(),
        },
        Value::Array(items) => items.iter().map(without_marks).collect(),
        Value::Object(map) => {
            let entries = map.iter();
            entries
                .map(|(key, value)| (key.clone(), without_marks(value)))
                .collect()
        }
        other => other.clone(),
    }
}

fn holds_mark(value: &Value) -> bool {
    match value {
        Value::String(s) => s.starts_with(MARK),
        Value::Array(items) => items.iter().any(holds_mark),
        Value::Object(map) => map.values().any(holds_mark),
        _ => false,
    }
}

/// A text as the value it means: JSON, one of Python's three constants, or itself.
fn interpret(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| match text {
        "True" => Value::Bool(true),
        "False" => Value::Bool(false),
        "None" => Value::Null,
        _ => Value::String(text.to_string()),
    })
}

/// A piece of text as it stands inside a larger string: JSON strings lose their quotes.
fn in_string(piece: &str) -> String {
    if piece.contains(MARK) {
        return piece.to_string();
    }
    match serde_json::from_str(piece) {
        Ok(Value::String(s)) => s,
        Ok(value) => python_json(&value).replace('"', "\\\""),
        Err(_) => piece.to_string(),
    }
}

/// A number with a fraction as Python writes it: with an exponent of at least two digits where it is very large or small.
fn python_float(number: f64) -> String {
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        format!("{number:?}")
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    }
}

/// A value in the form Python's `json.dumps` gives it, with a space after commas and colons.
fn python_json(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(python_json).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let entries: Vec<_> = map
                .iter()
                .map(|(k, v)| format!("{}: {}", Value::String(k.clone()), python_json(v)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Number(number) if number.is_f64() => {
            python_float(number.as_f64().unwrap_or_default())
        }
        other => other.to_string(),
    }
}
