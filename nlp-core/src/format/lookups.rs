//! `lookups.bin`: tables from strings to what a language knows of them, such as norms or lemmas (`spacy/lookups.py`).

use super::msgpack::{Reader, Value};
use crate::error::FormatError;
use crate::frozen::frozen;
use crate::symbols::string_id;
use serde_json::{Map, Number, Value as Item};
use std::collections::HashMap;

/// The tables of a vocabulary or a component.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lookups {
    tables: Vec<(String, Table)>,
}

/// A table from the ids of strings to values of any kind.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    entries: HashMap<u64, Item>,
}

frozen!(Table { entries });

/// What is done with tables as they are read, so that a large file is never held as a whole a second time.
pub trait Visitor<'a> {
    /// A table begins. One of a name that was there before replaces it.
    fn table(&mut self, name: &'a str);

    /// An entry of the table that began last: what it says of the string with this id. One of an id that was there before
    /// replaces it.
    ///
    /// # Errors
    /// If this is not what the table is for.
    fn entry(&mut self, id: u64, value: Value<'a>) -> Result<(), FormatError>;
}

/// Reads the tables of a `lookups.bin`. No bytes at all are no tables.
///
/// # Errors
/// If the bytes are not MessagePack, or not a map of names to maps from strings or their ids, or `visitor` says so of an
/// entry: with the name of the table.
pub fn visit<'a>(bytes: &'a [u8], visitor: &mut impl Visitor<'a>) -> Result<(), FormatError> {
    if bytes.is_empty() {
        return Ok(());
    }
    let mut reader = Reader::new(bytes);
    let Some(tables) = reader.enter_map(0)? else {
        let kind = reader.value(0)?.kind();
        return Err(FormatError::new(format!(
            "a map of tables was expected, found {kind}"
        )));
    };
    for _ in 0..tables {
        let key = reader.element(1)?;
        let name = key.as_str().ok_or_else(|| {
            FormatError::new(format!("the name of a table is {}, not text", key.kind()))
        })?;
        visitor.table(name);
        entries(&mut reader, visitor).map_err(|e| e.within(format!("table \"{name}\"")))?;
    }
    reader.end()
}

/// The entries of one table.
fn entries<'a>(reader: &mut Reader<'a>, visitor: &mut impl Visitor<'a>) -> Result<(), FormatError> {
    let Some(entries) = reader.enter_map(1)? else {
        let kind = reader.element(1)?.kind();
        return Err(FormatError::new(format!(
            "a map was expected, found {kind}"
        )));
    };
    for _ in 0..entries {
        let id = match reader.element(2)? {
            Value::Str(text) => string_id(text),
            key => key.as_u64().ok_or_else(|| {
                FormatError::new(format!("a key is {}, not text or its id", key.kind()))
            })?,
        };
        visitor.entry(id, reader.element(2)?)?;
    }
    Ok(())
}

impl Lookups {
    /// Reads the tables. No bytes at all are no tables.
    ///
    /// # Errors
    /// As of [`visit`].
    pub fn read(bytes: &[u8]) -> Result<Lookups, FormatError> {
        let mut lookups = Lookups::default();
        visit(bytes, &mut lookups)?;
        Ok(lookups)
    }

    /// The table called `name`, taken out of the rest.
    pub fn take(&mut self, name: &str) -> Option<Table> {
        let mut tables = self.tables.iter_mut().rev();
        let (_, table) = tables.find(|(n, _)| n == name)?;
        Some(std::mem::take(table))
    }

    /// The table called `name`.
    #[cfg_attr(not(feature = "internals"), allow(dead_code, reason = "tests use it"))]
    pub fn table(&self, name: &str) -> Option<&Table> {
        let mut tables = self.tables.iter().rev();
        tables.find(|(n, _)| n == name).map(|(_, table)| table)
    }
}

impl<'a> Visitor<'a> for Lookups {
    fn table(&mut self, name: &'a str) {
        self.tables.push((name.to_owned(), Table::default()));
    }

    fn entry(&mut self, id: u64, value: Value<'a>) -> Result<(), FormatError> {
        if let Some((_, table)) = self.tables.last_mut() {
            table.entries.insert(id, item(&value)?);
        }
        Ok(())
    }
}

impl Table {
    /// What the table says of the string with this id: see [`string_id`].
    pub fn get(&self, id: u64) -> Option<&Item> {
        self.entries.get(&id)
    }

    /// What the table says of a string.
    #[cfg_attr(not(feature = "internals"), allow(dead_code, reason = "tests use it"))]
    pub fn get_str(&self, text: &str) -> Option<&Item> {
        self.get(string_id(text))
    }
}

/// An owned copy of a value; numbers that JSON lacks (infinity, not a number) become null.
fn item(value: &Value) -> Result<Item, FormatError> {
    Ok(match value {
        Value::Nil => Item::Null,
        Value::Bool(b) => Item::Bool(*b),
        Value::Int(n) => Item::from(*n),
        Value::UInt(n) => Item::from(*n),
        Value::Float(f) => Number::from_f64(*f).map_or(Item::Null, Item::Number),
        Value::Str(s) => Item::from(*s),
        Value::Array(items) => Item::Array(items.iter().map(item).collect::<Result<_, _>>()?),
        Value::Map(entries) => {
            let mut map = Map::with_capacity(entries.len());
            for (key, value) in entries {
                let key = match (key.as_str(), key.as_i64(), key.as_u64()) {
                    (Some(text), ..) => text.to_string(),
                    (_, Some(n), _) => n.to_string(),
                    (.., Some(n)) => n.to_string(),
                    _ => {
                        return Err(FormatError::new(format!(
                            "a key inside a value is {}",
                            key.kind()
                        )));
                    }
                };
                map.insert(key, item(value)?);
            }
            Item::Object(map)
        }
        Value::Bin(_) | Value::Ext(..) => {
            return Err(FormatError::new(format!("a value is {}", value.kind())));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// `Lookups.to_bytes()` of the tables `lexeme_norm = {"cos": "because", "X": "x"}` (keys are ids by then) and
    /// `exc = {"verb": {"was": ["be"]}}`.
    const TWO_TABLES: &[u8] =
        b"\x82\xablexeme_norm\x82\xcf\x50\xde\x62\xb7\x5f\x78\xb9\xd6\xa7because\x65\xa1x\
        \xa3exc\x81\x64\x81\xa3was\x91\xa2be";

    #[test]
    fn tables_are_read_by_their_strings_ids() {
        let lookups = Lookups::read(TWO_TABLES).unwrap();
        assert_eq!(lookups.tables.len(), 2);
        let norms = lookups.table("lexeme_norm").unwrap();
        assert_eq!(norms.entries.len(), 2);
        assert_eq!(norms.get_str("X"), Some(&json!("x")));
        assert_eq!(norms.get(0x50de_62b7_5f78_b9d6), Some(&json!("because")));
        assert_eq!(norms.get_str("cos"), Some(&json!("because")));
        assert_eq!(norms.get_str("y"), None);
        let verbs = lookups.table("exc").unwrap().get_str("VERB").unwrap();
        assert_eq!(verbs, &json!({"was": ["be"]}));
        assert_eq!(lookups.table("lemma"), None);
    }

    #[test]
    fn no_bytes_and_an_empty_map_are_no_tables() {
        assert_eq!(Lookups::read(b"").unwrap(), Lookups::default());
        assert_eq!(Lookups::read(b"\x80").unwrap(), Lookups::default());
    }

    #[test]
    fn what_is_no_table_is_refused_by_name() {
        let reason = |bytes| Lookups::read(bytes).unwrap_err().reason;
        assert!(reason(b"\x90").contains("a map of tables was expected, found a list of 0"));
        assert!(reason(b"\x81\xa1t\x01").contains("table \"t\": a map was expected"));
        assert!(reason(b"\x81\xa1t\x81\xc0\x01").contains("a key is nothing"));
        assert!(reason(b"\x81\x01\x80").contains("the name of a table is an integer"));
    }
}
