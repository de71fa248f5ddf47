//! Word vectors: `vectors` (an array in numpy's own format), `key2row` and `vectors.cfg` (`spacy/vectors.pyx`).

use super::array::Array;
use super::msgpack;
use crate::error::FormatError;
use crate::sizes::product;
use std::collections::HashMap;

/// A table of word vectors.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vectors {
    /// The number of vectors.
    pub rows: usize,
    /// The numbers in each.
    pub width: usize,
    /// The vectors, one after the other.
    pub data: Vec<f32>,
}

impl Vectors {
    /// Reads the file `vectors`.
    ///
    /// # Errors
    /// If the bytes are not in numpy's format, or hold anything but a table of numbers whose size is the one claimed.
    pub fn read(bytes: &[u8]) -> Result<Vectors, FormatError> {
        let (header, data) = split_npy(bytes)?;
        if header_value(header, "fortran_order") != Some("False") {
            return Err(FormatError::new("the array is not stored row by row"));
        }
        let kind = header_value(header, "descr")
            .and_then(|kind| kind.strip_prefix('\'')?.strip_suffix('\''))
            .ok_or_else(|| {
                FormatError::new("the array's header names no single kind of numbers")
            })?;
        let shape: Option<Vec<usize>> = header_value(header, "shape")
            .and_then(|shape| shape.strip_prefix('(')?.strip_suffix(')'))
            .map(|shape| shape.split(',').map(str::trim).filter(|s| !s.is_empty()))
            .and_then(|sizes| sizes.map(|size| size.parse().ok()).collect());
        let shape = shape.ok_or_else(|| FormatError::new("the array's header names no shape"))?;
        let array = Array::new(kind, shape, data)?;
        let &[rows, width] = array.shape() else {
            return Err(FormatError::new(format!(
                "a table was expected, found an array of shape {:?}",
                array.shape()
            )));
        };
        Ok(Vectors {
            rows,
            width,
            data: array.to_f32()?,
        })
    }

    /// Vector `i`.
    ///
    /// # Panics
    /// If there are not as many.
    #[cfg_attr(not(feature = "internals"), allow(dead_code, reason = "tests use it"))]
    pub fn row(&self, i: usize) -> &[f32] {
        assert!(i < self.rows, "row {i} of {}", self.rows);
        &self.data[product(&[i, self.width])..][..self.width]
    }
}

/// The header and the data of a file in numpy's format, versions 1 to 3 (`numpy/lib/format.py`).
fn split_npy(bytes: &[u8]) -> Result<(&str, &[u8]), FormatError> {
    let fault = || FormatError::new("this is no file in numpy's array format");
    let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or_else(fault)?;
    let (version, rest) = rest.split_first_chunk::<2>().ok_or_else(fault)?;
    let (len, rest) = match version[0] {
        1 => {
            let (len, rest) = rest.split_first_chunk().ok_or_else(fault)?;
            (usize::from(u16::from_le_bytes(*len)), rest)
        }
        2 | 3 => {
            let (len, rest) = rest.split_first_chunk().ok_or_else(fault)?;
            let len = u32::from_le_bytes(*len);
            (usize::try_from(len).map_err(|_| fault())?, rest)
        }
        _ => return Err(fault()),
    };
    let (header, data) = rest.split_at_checked(len).ok_or_else(|| {
        FormatError::new(format!(
            "the header claims {len} bytes, and {} are left",
            rest.len()
        ))
    })?;
    Ok((std::str::from_utf8(header).map_err(|_| fault())?, data))
}

/// The text of a value in the header, which is a Python dictionary of three plain entries.
fn header_value<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let after = header.split_once(&format!("'{key}':"))?.1.trim_start();
    let end = match after.starts_with('(') {
        true => after.find(')')? + 1,
        false => after.find([',', '}'])?,
    };
    Some(after[..end].trim_end())
}

/// Reads the file `key2row`: from the ids of strings to the rows of their vectors, of which there are `rows`.
///
/// # Errors
/// If the bytes are no map from ids to rows that exist. A row of -1 stands for a string without a vector and is left out.
pub fn read_key2row(bytes: &[u8], rows: usize) -> Result<HashMap<u64, u32>, FormatError> {
    let value = msgpack::read(bytes)?;
    let entries = value.as_map().ok_or_else(|| {
        FormatError::new(format!(
            "a map of rows was expected, found {}",
            value.kind()
        ))
    })?;
    let mut out = HashMap::with_capacity(entries.len());
    for (key, row) in entries {
        let id = key
            .as_u64()
            .ok_or_else(|| FormatError::new(format!("a key is {}, not an id", key.kind())))?;
        match row.as_i64() {
            Some(-1) => {}
            Some(row) if usize::try_from(row).is_ok_and(|row| row < rows) => {
                let row = u32::try_from(row)
                    .map_err(|_| FormatError::new(format!("row {row} is beyond 32 bits")))?;
                out.insert(id, row);
            }
            _ => {
                return Err(FormatError::new(format!(
                    "the row of {id} is none of the {rows} there are"
                )));
            }
        }
    }
    Ok(out)
}

/// How vectors are looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// A row for each string that is known.
    Default,
    /// Rows for the parts of a string (floret).
    Floret,
}

/// Reads `vectors.cfg`: the mode of the vectors.
///
/// # Errors
/// If the bytes are no JSON object with a known mode.
pub fn read_mode(bytes: &[u8]) -> Result<Mode, FormatError> {
    let settings = super::json(bytes)?;
    match settings.get("mode").map(|mode| mode.as_str()) {
        None if settings.is_object() => Ok(Mode::Default),
        Some(Some("default")) => Ok(Mode::Default),
        Some(Some("floret")) => Ok(Mode::Floret),
        _ => Err(FormatError::new(
            "\"mode\" is neither \"default\" nor \"floret\"",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn a_table_in_numpys_format_is_read() {
        // numpy.save of numpy.asarray([[1, 2, 3]], dtype="f")
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }     \n";
        let data: Vec<u8> = [1f32, 2.0, 3.0]
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect();
        let vectors = Vectors::read(&npy(header, &data)).unwrap();
        assert_eq!((vectors.rows, vectors.width), (1, 3));
        assert_eq!(vectors.row(0), [1.0, 2.0, 3.0]);
        let reason = |data: &[u8]| Vectors::read(data).unwrap_err().reason;
        assert!(reason(&npy(header, &data[1..])).contains("comes with 11 bytes"));
        assert!(reason(&npy(&header.replace("(1, 3)", "(3,)"), &data)).contains("a table"));
        assert!(reason(&npy(&header.replace("False", "True"), &data)).contains("row by row"));
        assert!(reason(b"\x93NUMPY\x01\x00\xff\xff{").contains("claims 65535 bytes"));
        assert!(reason(b"PK").contains("numpy's array format"));
    }

    #[test]
    fn the_english_pipelines_empty_table_is_read() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/models/en_ewt_sm/vocab/vectors"
        );
        let vectors = Vectors::read(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(vectors, Vectors::default());
    }

    #[test]
    fn rows_of_keys_are_checked() {
        let rows = read_key2row(
            b"\x83\x05\x01\x06\xff\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x00",
            2,
        );
        assert_eq!(rows.unwrap(), HashMap::from([(5, 1), (u64::MAX, 0)]));
        assert!(read_key2row(b"\x81\x05\x02", 2).is_err());
        assert!(read_key2row(b"\x81\x05\xfe", 2).is_err());
        assert!(read_key2row(b"\x80", 0).unwrap().is_empty());
    }

    #[test]
    fn modes_are_told_apart() {
        assert_eq!(
            read_mode(b"{\"mode\": \"default\"}").unwrap(),
            Mode::Default
        );
        assert_eq!(read_mode(b"{}").unwrap(), Mode::Default);
        assert_eq!(read_mode(b"{\"mode\": \"floret\"}").unwrap(), Mode::Floret);
        assert!(read_mode(b"{\"mode\": 1}").is_err());
        assert!(read_mode(b"[]").is_err());
    }
}
