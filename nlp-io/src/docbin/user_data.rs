//! The user's data: spaCy's custom attributes of a document.

use std::collections::BTreeMap;

use nlp_core::FormatError;
use rmp::encode::{
    ValueWriteError, write_array_len, write_bin, write_bool, write_f64, write_map_len, write_nil,
    write_sint, write_str, write_uint,
};
use serde_json::Value;

use super::message::Message;

/// What spaCy's keys of custom attributes begin with.
const PREFIX: &str = "._.";

/// Writes the user's data of a document: bytes in which a map stands. The attribute `x` has the key `("._.", "x", None,
/// None)`, as spaCy gives it for `doc._.x`.
pub fn write_user_data(out: &mut Vec<u8>, data: &BTreeMap<String, Value>) {
    let write = |out: &mut Vec<u8>| {
        let mut map = Vec::new();
        write_map_len(&mut map, data.len() as u32)?;
        for (name, value) in data {
            write_array_len(&mut map, 4)?;
            write_str(&mut map, PREFIX)?;
            write_str(&mut map, name)?;
            nil(&mut map)?;
            nil(&mut map)?;
            write_value(&mut map, value)?;
        }
        write_bin(out, &map)
    };
    write(out).expect("writing to memory does not fail");
}

fn nil(out: &mut Vec<u8>) -> Result<(), ValueWriteError> {
    write_nil(out).map_err(ValueWriteError::InvalidDataWrite)
}

fn write_value(out: &mut Vec<u8>, value: &Value) -> Result<(), ValueWriteError> {
    match value {
        Value::Null => nil(out),
        Value::Bool(value) => write_bool(out, *value).map_err(ValueWriteError::InvalidDataWrite),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => write_uint(out, number).map(drop),
            (_, Some(number)) => write_sint(out, number).map(drop),
            _ => write_f64(out, number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => write_str(out, text),
        Value::Array(list) => {
            write_array_len(out, list.len() as u32)?;
            list.iter().try_for_each(|value| write_value(out, value))
        }
        Value::Object(map) => {
            write_map_len(out, map.len() as u32)?;
            map.iter().try_for_each(|(key, value)| {
                write_str(out, key)?;
                write_value(out, value)
            })
        }
    }
}

/// The custom attributes of a document. What else the user attached has no name here, and is left out.
pub fn read_user_data(bytes: &[u8]) -> Result<BTreeMap<String, Value>, FormatError> {
    let mut message = Message::new(bytes);
    let mut data = BTreeMap::new();
    for _ in 0..message.map_len()? {
        let key = message.value()?;
        let value = message.value()?;
        if let Value::Array(key) = key
            && let [
                Value::String(prefix),
                Value::String(name),
                Value::Null,
                Value::Null,
            ] = &key[..]
            && prefix == PREFIX
        {
            data.insert(name.clone(), value);
        }
    }
    Ok(data)
}
