//! The tables that lemmatizers read, from a `lookups.bin` (the names are those of spaCy's `Lemmatizer`).

use super::words::{Lookup, WordMap, WordSet, text};
use crate::error::FormatError;
use crate::format::lookups::{self, Visitor};
use crate::format::msgpack::Value;
use crate::frozen::{Frozen, Walk};
use crate::lang;
use crate::pos::Pos;
use crate::symbols::string_id;

/// One thing for each part of speech.
#[derive(Debug, Default)]
pub(crate) struct ByPos<T>([T; Pos::ALL.len()]);

impl<T: Frozen> Frozen for ByPos<T> {
    fn visit(&self, walk: &mut Walk) {
        self.0.visit(walk);
    }
}

impl<T> ByPos<T> {
    pub fn get(&self, pos: Pos) -> &T {
        &self.0[place(pos)]
    }

    /// That of the part of speech whose name in lower case has this id.
    pub fn named(&mut self, id: u64) -> Option<&mut T> {
        let pos = Pos::ALL
            .into_iter()
            .find(|pos| string_id(&lower_name(*pos)) == id)?;
        Some(&mut self.0[place(pos)])
    }
}

fn place(pos: Pos) -> usize {
    (pos as usize).saturating_sub(Pos::Adj as usize - 1)
}

/// The name of a part of speech as tables have it: `"noun"`.
pub(super) fn lower_name(pos: Pos) -> String {
    lang::lower(pos.name()).into_owned()
}

/// A rule: what the end of a word becomes.
#[derive(Debug)]
pub(crate) struct Rule {
    pub old: String,
    pub new: String,
}

crate::frozen::frozen!(Rule { old, new });

/// The tables that were asked for.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// What is to be read.
    wanted: &'static [&'static str],
    /// All that are there, whether wanted or not.
    names: Vec<String>,
    /// Whether the last of them is wanted.
    reads: bool,
    /// Each `lemma_lookup...`, by its name.
    pub lookups: Vec<(String, Lookup)>,
    pub rules: ByPos<Vec<Rule>>,
    pub exceptions: ByPos<WordMap>,
    pub index: ByPos<WordSet>,
}

/// What is at the end of a name in the list of tables that are wanted, to stand for any ending.
const ANY: char = '*';

impl Tables {
    /// Reads the tables `wanted` from the bytes of a `lookups.bin`; a name there that ends in `*` stands for all that
    /// begin so.
    ///
    /// # Errors
    /// If the bytes hold no tables, or one of those wanted holds what it is not for, or one of `required` is missing.
    pub fn read(
        bytes: &[u8],
        wanted: &'static [&'static str],
        required: &'static [&'static str],
    ) -> Result<Tables, FormatError> {
        let mut tables = Tables {
            wanted,
            ..Tables::default()
        };
        lookups::visit(bytes, &mut tables)?;
        for (_, lookup) in &mut tables.lookups {
            lookup.shrink();
        }
        let has = |name: &&&str| tables.names.iter().any(|table| table == **name);
        match required.iter().find(|name| !has(name)) {
            None => Ok(tables),
            Some(missing) => Err(FormatError::new(format!(
                "the table \"{missing}\" is missing, which this mode of the lemmatizer needs: fill the tables (spaCy's \
                 `nlp.initialize()`, with the package spacy-lookups-data or tables of your own) before saving the pipeline"
            ))),
        }
    }

    /// The lookup table called `name`, taken out of the rest; empty if there is none.
    pub fn take_lookup(&mut self, name: &str) -> Lookup {
        let tables = self.lookups.iter_mut().rev();
        let table = tables.into_iter().find(|(table, _)| table == name);
        table
            .map(|(_, lookup)| std::mem::take(lookup))
            .unwrap_or_default()
    }

    /// The lookup tables of parts of speech, such as `lemma_lookup_noun`, taken out of the rest.
    pub fn take_lookups_by_pos(&mut self) -> ByPos<Lookup> {
        let names = Pos::ALL.map(|pos| format!("lemma_lookup_{}", lower_name(pos)));
        ByPos(names.map(|name| self.take_lookup(&name)))
    }
}

impl<'a> Visitor<'a> for Tables {
    fn table(&mut self, name: &'a str) {
        self.names.push(name.to_owned());
        self.reads = self
            .wanted
            .iter()
            .any(|wanted| match wanted.strip_suffix(ANY) {
                Some(begin) => name.starts_with(begin),
                None => name == *wanted,
            });
        // A table that comes twice is what it was the second time.
        match name {
            "lemma_rules" => self.rules = ByPos::default(),
            "lemma_exc" => self.exceptions = ByPos::default(),
            "lemma_index" => self.index = ByPos::default(),
            _ => {}
        }
        self.lookups.retain(|(table, _)| table != name);
        if name.starts_with("lemma_lookup") {
            self.lookups.push((name.to_owned(), Lookup::default()));
        }
    }

    fn entry(&mut self, id: u64, value: Value<'a>) -> Result<(), FormatError> {
        if !self.reads {
            return Ok(());
        }
        match self.names.last().map_or("", String::as_str) {
            "lemma_rules" => {
                if let Some(rules) = self.rules.named(id) {
                    *rules = read_rules(&value)?;
                }
            }
            "lemma_exc" => {
                if let Some(exceptions) = self.exceptions.named(id) {
                    *exceptions = WordMap::read(&value)?;
                }
            }
            "lemma_index" => {
                if let Some(index) = self.index.named(id) {
                    *index = WordSet::read(&value)?;
                }
            }
            _ => {
                if let Some((_, lookup)) = self.lookups.last_mut() {
                    lookup.insert(id, &value)?;
                }
            }
        }
        Ok(())
    }
}

/// A list of pairs of texts.
pub(super) fn read_rules(value: &Value<'_>) -> Result<Vec<Rule>, FormatError> {
    let bad = |value: &Value<'_>| {
        FormatError::new(format!(
            "a list of rules was expected, each a list of an ending and what it becomes; found {}",
            value.kind()
        ))
    };
    let rule = |value: &Value<'_>| match value.as_array() {
        Some([old, new]) => Ok(Rule {
            old: text(old)?.to_owned(),
            new: text(new)?.to_owned(),
        }),
        _ => Err(bad(value)),
    };
    match value {
        Value::Map(entries) if entries.is_empty() => Ok(Vec::new()),
        Value::Array(rules) => rules.iter().map(rule).collect(),
        _ => Err(bad(value)),
    }
}
