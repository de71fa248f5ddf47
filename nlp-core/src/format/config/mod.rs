//! `config.cfg`: sections of keys whose values are JSON, nested by the dots in the sections' names, with references
//! from one value to another.
//!
//! What a file means is what `confection` makes of it when spaCy loads a pipeline (`confection/_parser.py`): the lines
//! are those of Python's `configparser`, a value that is no JSON is text, `${section.key}` (or `${section:key}`)
//! stands for another value or for a whole section, `@registry = "name"` keys stay as they are, and the blocks of
//! positional arguments, `[section.*.name]`, end up under the key `*`.

mod ini;
mod refs;

use crate::error::FormatError;
use crate::frozen::frozen;
use ini::Ini;
use serde_json::{Map, Value};

/// The most parts that a section's name may have.
const MAX_PARTS: usize = 32;

/// A configuration with its references resolved: a tree of JSON values.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    root: Value,
}

frozen!(Config { root });

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// If a line is neither a section, nor a key with a value, nor a comment; a section or key appears twice; a
    /// section lies in one that is not defined; a reference leads nowhere, in a circle or to more than sixteen times
    /// the length of the text. Messages name the line and the section. Where whole sections refer to each other in a
    /// circle, that is an error in what a pipeline is made from, `[nlp]` and `[components]`, and elsewhere the references
    /// stay as they are.
    pub fn parse(text: &str) -> Result<Config, FormatError> {
        let ini = Ini::parse(text)?;
        check_names(&ini)?;
        let mut root = Map::new();
        for section in &ini.sections {
            node(&mut root, &section.name);
        }
        let mut resolver = refs::Resolver::new(&ini, text.len());
        for section in &ini.sections {
            // Found once for all keys: its name may be long.
            let node = node(&mut root, &section.name);
            for option in &section.options {
                let value = resolver.value(section, option)?;
                node.insert(option.key.clone(), value);
            }
        }
        let root = resolver.replace_sections(Value::Object(root))?;
        Ok(Config { root })
    }

    /// The value at a path of keys with dots between them: `"components.parser.model.tok2vec"`. A section is an object.
    pub fn get(&self, path: &str) -> Option<&Value> {
        path.split('.')
            .try_fold(&self.root, |value, key| value.get(key))
    }

    /// The whole configuration: an object with the outermost sections.
    pub fn root(&self) -> &Value {
        &self.root
    }
}

/// The object of a section, made where it is missing.
fn node<'a>(root: &'a mut Map<String, Value>, name: &str) -> &'a mut Map<String, Value> {
    let mut node = root;
    for part in name.split('.') {
        let child = node
            .entry(part)
            .or_insert_with(|| Value::Object(Map::new()));
        if !child.is_object() {
            // Names were checked: no key stands where a section does.
            *child = Value::Object(Map::new());
        }
        node = child.as_object_mut().expect("made an object just above");
    }
    node
}

/// Refuses sections inside undefined ones, sections deeper than the limit, and keys that are also sections.
fn check_names(ini: &Ini) -> Result<(), FormatError> {
    for section in &ini.sections {
        let fault = |what: String| {
            let (line, name) = (section.line, &section.name);
            Err(FormatError::new(format!("line {line}: [{name}] {what}")))
        };
        if section.name.split('.').count() > MAX_PARTS {
            return fault(format!("lies deeper than {MAX_PARTS} sections"));
        }
        for (dot, _) in section.name.match_indices('.') {
            let parent = &section.name[..dot];
            // Blocks of positional arguments need no header of their own.
            if parent.split('.').all(|part| part != "*") && ini.section(parent).is_none() {
                return fault(format!("lies in [{parent}], which is not defined"));
            }
            let (holder, key) = match parent.rsplit_once('.') {
                Some((holder, key)) => (holder, key),
                None => continue,
            };
            if ini.option(holder, key).is_some() {
                return fault(format!("and the key {key} of [{holder}] are one name"));
            }
        }
        if let Some((holder, key)) = section.name.rsplit_once('.')
            && ini.option(holder, key).is_some()
        {
            return fault(format!("and the key {key} of [{holder}] are one name"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
