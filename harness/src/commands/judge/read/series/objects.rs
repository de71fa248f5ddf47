//! JSON: an object a line, or an array of objects. What is nested becomes a column by its path, with dots.

use super::cell::Cell;
use super::lines::Lines;
use super::remarks::Remark;
use super::table::Table;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::io::{self, BufRead, Read};
use std::ops::Range;

/// Objects of an array within an object that are looked at.
const MOST_LISTED: usize = 64;

/// A value of an object.
#[derive(Clone, Debug)]
enum Slot {
    Missing,
    Whole(u64),
    Number(f64),
    Flag(bool),
    Text(Range<usize>),
}

/// An object as a row.
#[derive(Default)]
struct Flat {
    slots: Vec<Slot>,
    text: Vec<u8>,
    /// The columns of the last object's values, in their order: the next object has the same, mostly.
    order: Vec<(String, Option<usize>)>,
    next: usize,
    path: String,
}

impl Flat {
    fn begin(&mut self) {
        self.slots.iter_mut().for_each(|slot| *slot = Slot::Missing);
        self.text.clear();
        self.path.clear();
        self.next = 0;
    }

    fn put(&mut self, table: &mut Table<'_>, slot: Slot) {
        let path = &self.path;
        let column = match self.order.get(self.next) {
            Some((known, column)) if known == path => *column,
            _ => {
                let column = table.column(path);
                let place = (path.clone(), column);
                if let Some(known) = self.order.get_mut(self.next) {
                    *known = place;
                } else if self.order.len() < 1_024 {
                    self.order.push(place);
                }
                column
            }
        };
        self.next += 1;
        let Some(column) = column else {
            return;
        };
        if self.slots.len() <= column {
            self.slots.resize(column + 1, Slot::Missing);
        }
        self.slots[column] = slot;
    }

    fn give(&self, table: &mut Table<'_>, line: u64) {
        let cell = |slot: &Slot| match slot {
            Slot::Missing => Cell::Missing,
            Slot::Whole(value) => Cell::Whole(*value),
            Slot::Number(value) => Cell::Number(*value),
            Slot::Flag(value) => Cell::Flag(*value),
            Slot::Text(range) => Cell::Text(&self.text[range.clone()]),
        };
        let mut few = [Cell::Missing; 32];
        if self.slots.len() <= few.len() {
            few.iter_mut()
                .zip(&self.slots)
                .for_each(|(to, slot)| *to = cell(slot));
            table.row(line, &few[..self.slots.len()]);
        } else {
            let cells: Vec<Cell<'_>> = self.slots.iter().map(cell).collect();
            table.row(line, &cells);
        }
    }
}

/// A value under the path so far.
struct Under<'f, 't, 'o> {
    flat: &'f mut Flat,
    table: &'t mut Table<'o>,
    /// Whether it has to be an object.
    is_whole: bool,
}

impl<'de> DeserializeSeed<'de> for Under<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Under<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let length = self.flat.path.len();
        while let Some(key) = map.next_key_seed(Key(self.flat, length))? {
            let () = key;
            map.next_value_seed(Under {
                flat: self.flat,
                table: self.table,
                is_whole: false,
            })?;
            self.flat.path.truncate(length);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if self.is_whole {
            return Err(A::Error::custom("no object"));
        }
        // Things with names: each is a part of its own.
        let length = self.flat.path.len();
        let mut taken = 0;
        while let Some(value) = seq.next_element::<serde_json::Value>()? {
            taken += 1;
            let name = value.get("name").and_then(|name| name.as_str());
            if let (Some(name), Some(object), true) =
                (name, value.as_object(), taken <= MOST_LISTED)
            {
                for (key, value) in object.iter().filter(|(key, _)| *key != "name") {
                    let slot = match value {
                        serde_json::Value::Number(number) => match number.as_u64() {
                            Some(whole) => Slot::Whole(whole),
                            None => Slot::Number(number.as_f64().unwrap_or(f64::NAN)),
                        },
                        _ => continue,
                    };
                    for part in [name, key.as_str()] {
                        self.flat.path.push('.');
                        self.flat.path.push_str(part);
                    }
                    self.flat.put(self.table, slot);
                    self.flat.path.truncate(length);
                }
            }
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.put(Slot::Whole(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.put(Slot::Number(value as f64))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.put(Slot::Number(value))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.put(Slot::Flag(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        let from = self.flat.text.len();
        self.flat.text.extend_from_slice(value.as_bytes());
        let to = self.flat.text.len();
        self.put(Slot::Text(from..to))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.put(Slot::Missing)
    }
}

impl Under<'_, '_, '_> {
    fn put<E: Error>(self, slot: Slot) -> Result<(), E> {
        if self.is_whole {
            return Err(E::custom("no object"));
        }
        self.flat.put(self.table, slot);
        Ok(())
    }
}

/// A key, which goes behind the path so far.
struct Key<'f>(&'f mut Flat, usize);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<(), E> {
        if self.1 > 0 {
            self.0.path.push('.');
        }
        self.0.path.push_str(key);
        Ok(())
    }
}

/// Reads an object a line.
pub(super) fn read_lines<R: BufRead>(
    lines: &mut Lines<R>,
    table: &mut Table<'_>,
) -> io::Result<()> {
    let mut flat = Flat::default();
    while let Some(line) = lines.next()? {
        let text = line.bytes.trim_ascii();
        if text.is_empty() {
            continue;
        }
        if line.is_too_long {
            table.remarks.note(Remark::TooLong, line.number);
            continue;
        }
        flat.begin();
        // Python writes NaN, which no JSON has.
        let text = without_nan(text);
        let mut from = serde_json::Deserializer::from_slice(&text);
        let under = Under {
            flat: &mut flat,
            table,
            is_whole: true,
        };
        match under.deserialize(&mut from).and_then(|()| from.end()) {
            Ok(()) => flat.give(table, line.number),
            Err(_) if !line.has_end => table.remarks.note(Remark::Cut, line.number),
            Err(_) => table.remarks.note(Remark::NoJson, line.number),
        }
    }
    Ok(())
}

/// The same with `null` for what Python writes for a number that is none.
fn without_nan(text: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    let words: [(&[u8], &[u8]); 3] = [
        (b"-Infinity", b"null"),
        (b"Infinity", b"null"),
        (b"NaN", b"null"),
    ];
    let finds = |word: &[u8]| memchr::memmem::find(text, word).is_some();
    if !words.iter().any(|(word, _)| finds(word)) {
        return std::borrow::Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len() + 8);
    let (mut at, mut in_text) = (0, false);
    while at < text.len() {
        match text[at] {
            b'\\' if in_text => {
                out.push(text[at]);
                at += 1;
            }
            b'"' => in_text = !in_text,
            _ => {}
        }
        let word = words
            .iter()
            .find(|(word, _)| !in_text && text[at..].starts_with(word));
        match word {
            Some((word, null)) => {
                out.extend_from_slice(null);
                at += word.len();
            }
            None => {
                out.extend(text.get(at));
                at += 1;
            }
        }
    }
    std::borrow::Cow::Owned(out)
}

/// Reads an array of objects, wherever in the document it is. What was read before the document ends too early stays.
pub(super) fn read_document<R: Read>(source: R, table: &mut Table<'_>) -> Result<(), String> {
    let mut flat = Flat::default();
    let mut count = 0;
    let mut from = serde_json::Deserializer::from_reader(source);
    let read = Rows {
        flat: &mut flat,
        table,
        count: &mut count,
    }
    .deserialize(&mut from);
    match read {
        Ok(()) => Ok(()),
        Err(error) if count > 0 => {
            table.remarks.say(format!(
                "The document ends or breaks after its {count}th object ({}): what was read before it is here.",
                printable::Line(&error)
            ));
            Ok(())
        }
        Err(error) => Err(format!(
            "it is no JSON with an array of objects: {}",
            printable::Line(&error)
        )),
    }
}

/// An array of rows, or an object that has one.
struct Rows<'f, 't, 'o> {
    flat: &'f mut Flat,
    table: &'t mut Table<'o>,
    count: &'f mut u64,
}

impl<'de> DeserializeSeed<'de> for Rows<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<serde::de::IgnoredAny>()?.is_some() {
            map.next_value_seed(Rows {
                flat: &mut *self.flat,
                table: &mut *self.table,
                count: &mut *self.count,
            })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        loop {
            self.flat.begin();
            let next = seq.next_element_seed(Under {
                flat: &mut *self.flat,
                table: &mut *self.table,
                is_whole: false,
            })?;
            if next.is_none() {
                return Ok(());
            }
            *self.count += 1;
            if self.flat.next > 0 {
                self.flat.give(self.table, *self.count);
            }
        }
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_number_is_becomes_null_outside_of_texts() {
        let read =
            |text: &str| String::from_utf8(without_nan(text.as_bytes()).into_owned()).unwrap();
        assert_eq!(
            read(r#"{"a": NaN, "b": "NaN \" NaN"}"#),
            r#"{"a": null, "b": "NaN \" NaN"}"#
        );
        assert_eq!(read(r#"{"a": -Infinity}"#), r#"{"a": null}"#);
        assert_eq!(read("{}"), "{}");
    }
}
