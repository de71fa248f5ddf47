//! Reading msgpack, without believing in its lengths.

use nlp_core::FormatError;
use rmp::Marker;
use rmp::decode;
use serde_json::{Map, Value};

/// Lists in lists and maps in maps, at most so many.
const DEEPEST: usize = 64;

/// Where a value stands in a map.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Key,
    Value,
}

/// A message that is being read.
pub struct Message<'m> {
    rest: &'m [u8],
}

impl<'m> Message<'m> {
    pub fn new(bytes: &'m [u8]) -> Self {
        Message { rest: bytes }
    }

    /// Whether all was read.
    pub fn is_over(&self) -> bool {
        self.rest.is_empty()
    }

    fn marker(&self) -> Result<Marker, FormatError> {
        self.rest
            .first()
            .map(|&byte| Marker::from_u8(byte))
            .ok_or_else(ends_early)
    }

    fn fault(&self, wanted: &str) -> FormatError {
        match self.marker() {
            Ok(marker) => FormatError::new(format!("there is {marker:?} where {wanted} should be")),
            Err(ends) => ends,
        }
    }

    pub fn next_is_array(&self) -> Result<bool, FormatError> {
        Ok(matches!(
            self.marker()?,
            Marker::FixArray(_) | Marker::Array16 | Marker::Array32
        ))
    }

    pub fn array_len(&mut self) -> Result<u32, FormatError> {
        let fault = self.fault("a list");
        decode::read_array_len(&mut self.rest).map_err(|_| fault)
    }

    pub fn map_len(&mut self) -> Result<u32, FormatError> {
        let fault = self.fault("a map");
        decode::read_map_len(&mut self.rest).map_err(|_| fault)
    }

    fn take(&mut self, length: u32) -> Result<&'m [u8], FormatError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length as usize)
            .ok_or_else(ends_early)?;
        self.rest = rest;
        Ok(taken)
    }

    pub fn bin(&mut self) -> Result<&'m [u8], FormatError> {
        let fault = self.fault("bytes");
        let length = decode::read_bin_len(&mut self.rest).map_err(|_| fault)?;
        self.take(length)
    }

    pub fn text(&mut self) -> Result<&'m str, FormatError> {
        let fault = self.fault("a text");
        let length = decode::read_str_len(&mut self.rest).map_err(|_| fault)?;
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map_err(|_| FormatError::new("a text is not UTF-8"))
    }

    pub fn number(&mut self) -> Result<u64, FormatError> {
        let fault = self.fault("a number that is not negative");
        decode::read_int(&mut self.rest).map_err(|_| fault)
    }

    pub fn flag(&mut self) -> Result<bool, FormatError> {
        let fault = self.fault("true or false");
        decode::read_bool(&mut self.rest).map_err(|_| fault)
    }

    /// Nothing, if that is what comes.
    pub fn nil(&mut self) -> Result<bool, FormatError> {
        let nil = self.marker()? == Marker::Null;
        if nil {
            self.rest = &self.rest[1..];
        }
        Ok(nil)
    }

    /// A number of any kind.
    pub fn score(&mut self) -> Result<f64, FormatError> {
        let value = self.value()?;
        value
            .as_f64()
            .ok_or_else(|| FormatError::new(format!("there is {value} where a number should be")))
    }

    pub fn skip(&mut self) -> Result<(), FormatError> {
        self.value().map(drop)
    }

    /// Whatever comes, as JSON has it. Keys that are no texts are written as JSON, and have no maps in them, as in Python:
    /// a map that is a key of a map would be quoted again at each level, and be twice as long. Bytes, and what only msgpack
    /// has, are null.
    pub fn value(&mut self) -> Result<Value, FormatError> {
        self.value_at(0, Within::Value)
    }

    fn value_at(&mut self, depth: usize, within: Within) -> Result<Value, FormatError> {
        if depth > DEEPEST {
            return Err(FormatError::new(format!(
                "lists and maps lie more than {DEEPEST} deep"
            )));
        }
        let ends = |_| ends_early();
        Ok(match self.marker()? {
            Marker::Null => {
                self.nil()?;
                Value::Null
            }
            Marker::True | Marker::False => Value::Bool(self.flag()?),
            Marker::FixPos(_) | Marker::U8 | Marker::U16 | Marker::U32 | Marker::U64 => {
                Value::from(self.number()?)
            }
            Marker::FixNeg(_) | Marker::I8 | Marker::I16 | Marker::I32 | Marker::I64 => {
                let number: Result<i64, _> = decode::read_int(&mut self.rest);
                Value::from(number.map_err(|_| ends_early())?)
            }
            Marker::F32 => Value::from(f64::from(decode::read_f32(&mut self.rest).map_err(ends)?)),
            Marker::F64 => Value::from(decode::read_f64(&mut self.rest).map_err(ends)?),
            Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
                Value::from(self.text()?)
            }
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                self.bin()?;
                Value::Null
            }
            Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => {
                let mut list = Vec::new();
                for _ in 0..self.array_len()? {
                    list.push(self.value_at(depth + 1, within)?);
                }
                Value::Array(list)
            }
            Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => {
                if within == Within::Key {
                    return Err(FormatError::new("there is a map in the key of a map"));
                }
                let mut map = Map::new();
                for _ in 0..self.map_len()? {
                    let key = match self.value_at(depth + 1, Within::Key)? {
                        Value::String(key) => key,
                        key => key.to_string(),
                    };
                    let value = self.value_at(depth + 1, Within::Value)?;
                    map.insert(key, value);
                }
                Value::Object(map)
            }
            _ => {
                let extension = decode::read_ext_meta(&mut self.rest).map_err(|_| ends_early())?;
                self.take(extension.size)?;
                Value::Null
            }
        })
    }
}

fn ends_early() -> FormatError {
    FormatError::new("it ends early")
}
