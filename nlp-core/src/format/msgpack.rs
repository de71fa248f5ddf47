//! MessagePack, read without copying: strings and byte runs borrow the input.
//!
//! spaCy writes its tokenizer, its lookup tables and its models in this format (through `srsly`). What a length
//! claims is checked before memory is set aside for it: every value takes at least one byte, so a container whose
//! elements, together with those that the containers around it still await, outnumber the bytes that are left is
//! refused. All containers of one input together can therefore never hold more values than the input has bytes.

use crate::error::FormatError;

/// How deep containers may be nested. spaCy's files stay below ten.
const MAX_DEPTH: usize = 64;

/// One value, borrowing strings and byte runs from the bytes it was read from.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Nothing: Python's `None`.
    Nil,
    /// A truth value.
    Bool(bool),
    /// A negative integer, or any that was written as signed.
    Int(i64),
    /// An integer that was written as unsigned, or a small non-negative one.
    UInt(u64),
    /// A number of single or double precision.
    Float(f64),
    /// Text.
    Str(&'a str),
    /// Bytes.
    Bin(&'a [u8]),
    /// A list.
    Array(Box<[Value<'a>]>),
    /// A map: its entries in the order they were written.
    Map(Box<[(Value<'a>, Value<'a>)]>),
    /// An application's own type: its number and its bytes.
    Ext(i8, &'a [u8]),
}

/// Reads the one value that `bytes` holds.
///
/// # Errors
/// If the bytes are not MessagePack, end early, go on after the value, claim more elements than there are bytes for
/// or nest deeper than 64 containers. The message gives the offset of the byte at which the faulty value begins.
pub fn read(bytes: &[u8]) -> Result<Value<'_>, FormatError> {
    let mut reader = Reader::new(bytes);
    let value = reader.value(0)?;
    reader.end()?;
    Ok(value)
}

/// Reads the one map that `bytes` hold, and shows each of its entries to `each`, in order: of a map of a million entries
/// no more than one is ever in memory.
///
/// # Errors
/// As [`read`], where the value is no map, and where `each` says so.
pub fn read_map<'a>(
    bytes: &'a [u8],
    mut each: impl FnMut(Value<'a>, Value<'a>) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    let mut reader = Reader {
        bytes,
        at: 0,
        awaited: 0,
    };
    let marker = reader.number::<1>(0)?[0];
    let len = match marker {
        0x80..=0x8f => usize::from(marker & 0x0f),
        0xde | 0xdf => reader.length(0, marker - 0xdd)?,
        _ => {
            let kind = read(bytes)?.kind();
            return Err(FormatError::new(format!(
                "a map was expected, found {kind}"
            )));
        }
    };
    reader.open(0, "map", len, len.saturating_mul(2), 0)?;
    for _ in 0..len {
        reader.awaited -= 1;
        let key = reader.value(1)?;
        reader.awaited -= 1;
        each(key, reader.value(1)?)?;
    }
    reader.end()
}

impl<'a> Value<'a> {
    /// The last entry of a map under `key`, written as text or as bytes; `None` if there is none or this is no map.
    ///
    /// This walks the map: for many look-ups in a large one, build a table from [`Value::as_map`].
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        let entries = self.as_map()?;
        entries
            .iter()
            .rev()
            .find(|(k, _)| match k {
                Value::Str(s) => *s == key,
                Value::Bin(b) => *b == key.as_bytes(),
                _ => false,
            })
            .map(|(_, v)| v)
    }

    /// [`Value::get`], or an error that names the key.
    ///
    /// # Errors
    /// If this is no map, or has no such key.
    pub fn require(&self, key: &str) -> Result<&Value<'a>, FormatError> {
        if self.as_map().is_none() {
            return Err(FormatError::new(format!(
                "a map with \"{key}\" was expected, found {}",
                self.kind()
            )));
        }
        self.get(key)
            .ok_or_else(|| FormatError::new(format!("the key \"{key}\" is missing")))
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The number, if this is an integer from 0 to 2^64 - 1, however it was written.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Value::UInt(n) => Some(*n),
            Value::Int(n) => u64::try_from(*n).ok(),
            _ => None,
        }
    }

    /// The number, if this is an integer from -2^63 to 2^63 - 1, however it was written.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::UInt(n) => i64::try_from(*n).ok(),
            Value::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// The number, if this is a non-negative integer that can count things in memory.
    pub fn as_usize(&self) -> Option<usize> {
        self.as_u64().and_then(|n| usize::try_from(n).ok())
    }

    /// The number, if this is one of any kind; integers beyond 2^53 are rounded.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::UInt(n) => Some(*n as f64),
            Value::Int(n) => Some(*n as f64),
            Value::Float(f) => Some(*f),
            _ => None,
        }
    }

    /// The text, if this is text, or bytes that are UTF-8.
    pub fn as_str(&self) -> Option<&'a str> {
        match self {
            Value::Str(s) => Some(s),
            Value::Bin(b) => std::str::from_utf8(b).ok(),
            _ => None,
        }
    }

    /// The bytes, if this is bytes or text.
    pub fn as_bytes(&self) -> Option<&'a [u8]> {
        match self {
            Value::Str(s) => Some(s.as_bytes()),
            Value::Bin(b) => Some(b),
            _ => None,
        }
    }

    /// The elements, if this is a list.
    pub fn as_array(&self) -> Option<&[Value<'a>]> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, if this is a map.
    pub fn as_map(&self) -> Option<&[(Value<'a>, Value<'a>)]> {
        match self {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// What kind of value this is, for messages: `"text"`, `"a list of 3"`.
    pub fn kind(&self) -> String {
        match self {
            Value::Nil => "nothing".into(),
            Value::Bool(_) => "a truth value".into(),
            Value::Int(_) | Value::UInt(_) => "an integer".into(),
            Value::Float(_) => "a number with a fraction".into(),
            Value::Str(_) => "text".into(),
            Value::Bin(b) => format!("{} bytes", b.len()),
            Value::Array(items) => format!("a list of {}", items.len()),
            Value::Map(entries) => format!("a map of {}", entries.len()),
            Value::Ext(kind, _) => format!("an extension of type {kind}"),
        }
    }
}

/// Reads piece by piece, for what is too large to be held as [`Value`]s all at once.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Values that the containers being read still await, besides the one being read now.
    awaited: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Reader {
            bytes,
            at: 0,
            awaited: 0,
        }
    }

    /// Goes into the map that comes next and says how many entries it has, each of which is two [elements](Reader::element)
    /// that must be read; `None` and no step further if something else comes. `depth` containers are around it.
    pub(super) fn enter_map(&mut self, depth: usize) -> Result<Option<usize>, FormatError> {
        let start = self.at;
        let len = match self.number::<1>(start)?[0] {
            marker @ 0x80..=0x8f => usize::from(marker & 0x0f),
            marker @ (0xde | 0xdf) => self.length(start, marker - 0xdd)?,
            _ => {
                self.at = start;
                return Ok(None);
            }
        };
        self.awaited -= usize::from(depth > 0);
        self.open(start, "map", len, len.saturating_mul(2), depth)?;
        Ok(Some(len))
    }

    /// The next key or value of the map that was [entered](Reader::enter_map) last, with `depth` containers around it.
    pub(super) fn element(&mut self, depth: usize) -> Result<Value<'a>, FormatError> {
        self.awaited -= 1;
        self.value(depth)
    }

    /// Checks that nothing follows.
    pub(super) fn end(&self) -> Result<(), FormatError> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            more => Err(FormatError::new(format!(
                "{more} more bytes follow the end of the msgpack value at byte {}",
                self.at
            ))),
        }
    }

    /// The next value, with `depth` containers around it.
    pub(super) fn value(&mut self, depth: usize) -> Result<Value<'a>, FormatError> {
        let start = self.at;
        let marker = self.number::<1>(start)?[0];
        Ok(match marker {
            0x00..=0x7f => Value::UInt(u64::from(marker)),
            0xe0..=0xff => Value::Int(i64::from(marker as i8)),
            0x80..=0x8f => self.map(start, usize::from(marker & 0x0f), depth)?,
            0x90..=0x9f => self.array(start, usize::from(marker & 0x0f), depth)?,
            0xa0..=0xbf => self.text(start, usize::from(marker & 0x1f))?,
            0xc0 => Value::Nil,
            0xc1 => {
                return Err(FormatError::new(format!(
                    "byte {start} is 0xc1, which msgpack never uses"
                )));
            }
            0xc2 => Value::Bool(false),
            0xc3 => Value::Bool(true),
            0xc4..=0xc6 => {
                let len = self.length(start, marker - 0xc4)?;
                Value::Bin(self.run(start, len)?)
            }
            0xc7..=0xc9 => {
                let len = self.length(start, marker - 0xc7)?;
                self.extension(start, len)?
            }
            0xca => Value::Float(f64::from(f32::from_be_bytes(self.number(start)?))),
            0xcb => Value::Float(f64::from_be_bytes(self.number(start)?)),
            0xcc => Value::UInt(u64::from(u8::from_be_bytes(self.number(start)?))),
            0xcd => Value::UInt(u64::from(u16::from_be_bytes(self.number(start)?))),
            0xce => Value::UInt(u64::from(u32::from_be_bytes(self.number(start)?))),
            0xcf => Value::UInt(u64::from_be_bytes(self.number(start)?)),
            0xd0 => Value::Int(i64::from(i8::from_be_bytes(self.number(start)?))),
            0xd1 => Value::Int(i64::from(i16::from_be_bytes(self.number(start)?))),
            0xd2 => Value::Int(i64::from(i32::from_be_bytes(self.number(start)?))),
            0xd3 => Value::Int(i64::from_be_bytes(self.number(start)?)),
            0xd4..=0xd8 => self.extension(start, 1 << (marker - 0xd4))?,
            0xd9..=0xdb => {
                let len = self.length(start, marker - 0xd9)?;
                self.text(start, len)?
            }
            0xdc | 0xdd => {
                let len = self.length(start, marker - 0xdb)?;
                self.array(start, len, depth)?
            }
            0xde | 0xdf => {
                let len = self.length(start, marker - 0xdd)?;
                self.map(start, len, depth)?
            }
        })
    }

    /// The next `N` bytes, those of a big-endian number.
    fn number<const N: usize>(&mut self, start: usize) -> Result<[u8; N], FormatError> {
        let mut out = [0; N];
        out.copy_from_slice(self.run(start, N)?);
        Ok(out)
    }

    /// A length of 1, 2 or 4 bytes, for `width` 0, 1 or 2.
    fn length(&mut self, start: usize, width: u8) -> Result<usize, FormatError> {
        Ok(match width {
            0 => usize::from(u8::from_be_bytes(self.number(start)?)),
            1 => usize::from(u16::from_be_bytes(self.number(start)?)),
            _ => {
                let len = u32::from_be_bytes(self.number(start)?);
                usize::try_from(len).unwrap_or(usize::MAX)
            }
        })
    }

    /// The next `len` bytes.
    fn run(&mut self, start: usize, len: usize) -> Result<&'a [u8], FormatError> {
        let left = &self.bytes[self.at..];
        let Some(run) = left.get(..len) else {
            return Err(FormatError::new(format!(
                "the msgpack value at byte {start} needs {len} bytes, and {} are left",
                left.len()
            )));
        };
        self.at += len;
        Ok(run)
    }

    fn text(&mut self, start: usize, len: usize) -> Result<Value<'a>, FormatError> {
        let run = self.run(start, len)?;
        std::str::from_utf8(run)
            .map(Value::Str)
            .map_err(|_| FormatError::new(format!("the text at byte {start} is not UTF-8")))
    }

    fn extension(&mut self, start: usize, len: usize) -> Result<Value<'a>, FormatError> {
        let kind = i8::from_be_bytes(self.number(start)?);
        Ok(Value::Ext(kind, self.run(start, len)?))
    }

    fn array(&mut self, start: usize, len: usize, depth: usize) -> Result<Value<'a>, FormatError> {
        self.open(start, "list", len, len, depth)?;
        let mut items = Vec::with_capacity(len);
        for _ in 0..len {
            self.awaited -= 1;
            items.push(self.value(depth + 1)?);
        }
        Ok(Value::Array(items.into_boxed_slice()))
    }

    fn map(&mut self, start: usize, len: usize, depth: usize) -> Result<Value<'a>, FormatError> {
        self.open(start, "map", len, len.saturating_mul(2), depth)?;
        let mut entries = Vec::with_capacity(len);
        for _ in 0..len {
            self.awaited -= 1;
            let key = self.value(depth + 1)?;
            self.awaited -= 1;
            entries.push((key, self.value(depth + 1)?));
        }
        Ok(Value::Map(entries.into_boxed_slice()))
    }

    /// Admits a container of `values` values if the bytes that are left can hold them and all that are awaited.
    fn open(
        &mut self,
        start: usize,
        what: &str,
        len: usize,
        values: usize,
        depth: usize,
    ) -> Result<(), FormatError> {
        if depth >= MAX_DEPTH {
            return Err(FormatError::new(format!(
                "the msgpack {what} at byte {start} lies deeper than {MAX_DEPTH} containers"
            )));
        }
        let left = self.bytes.len() - self.at;
        let needed = self.awaited.saturating_add(values);
        if needed > left {
            return Err(FormatError::new(format!(
                "the msgpack {what} at byte {start} claims {len} entries, and {left} bytes are left"
            )));
        }
        self.awaited = needed;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
