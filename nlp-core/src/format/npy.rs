//! Tables of numbers in numpy's own file format (`numpy/lib/format.py`), which spaCy keeps word vectors in.

use super::array::Array;
use crate::bytes::Bytes;
use crate::error::FormatError;
use crate::frozen::{Frozen, Walk};
#[cfg(any(test, feature = "internals"))]
use crate::sizes::checked_product;

/// No row is believed to be longer. Those of word vectors have a few hundred numbers.
const MAX_WIDTH: usize = 1 << 20;

/// A table of numbers in single precision, row by row.
#[derive(Debug)]
pub struct Table {
    rows: usize,
    width: usize,
    numbers: Numbers,
}

#[derive(Debug)]
enum Numbers {
    /// As they lie in the file, from a byte of it on: little-endian, and aligned to nothing.
    InFile(Bytes, usize),
    /// Numbers of other kinds, or in another order, were turned into these.
    Own(Vec<f32>),
}

impl Default for Table {
    /// No rows of no numbers.
    fn default() -> Self {
        Table {
            rows: 0,
            width: 0,
            numbers: Numbers::Own(Vec::new()),
        }
    }
}

impl Frozen for Table {
    fn visit(&self, walk: &mut Walk) {
        let Table {
            rows,
            width,
            numbers,
        } = self;
        rows.visit(walk);
        width.visit(walk);
        match numbers {
            Numbers::InFile(bytes, start) => {
                bytes.visit(walk);
                start.visit(walk);
            }
            Numbers::Own(numbers) => numbers.visit(walk),
        }
    }
}

/// An array of any shape, its numbers row by row.
///
/// # Errors
/// If the bytes are not in numpy's format, or hold anything but one array of numbers whose size is the one claimed.
pub fn array(bytes: &[u8]) -> Result<Array<'_>, FormatError> {
    match parts(bytes)? {
        // Of one dimension or none there is but one order.
        (array, _, by_columns) if !by_columns || array.shape().len() < 2 => Ok(array),
        _ => Err(FormatError::new("the array is stored by columns")),
    }
}

/// The array in a file, what kind of numbers it holds, and whether they come by columns.
fn parts(bytes: &[u8]) -> Result<(Array<'_>, &str, bool), FormatError> {
    let (header, data) = split(bytes)?;
    let by_columns = match value_of(header, "fortran_order") {
        Some("False") => false,
        Some("True") => true,
        _ => {
            return Err(FormatError::new(
                "the array's header does not say how it is stored",
            ));
        }
    };
    let kind = value_of(header, "descr")
        .and_then(|kind| kind.strip_prefix('\'')?.strip_suffix('\''))
        .ok_or_else(|| FormatError::new("the array's header names no single kind of numbers"))?;
    let shape: Option<Vec<usize>> = value_of(header, "shape")
        .and_then(|shape| shape.strip_prefix('(')?.strip_suffix(')'))
        .map(|shape| shape.split(',').map(str::trim).filter(|s| !s.is_empty()))
        .and_then(|sizes| sizes.map(|size| size.parse().ok()).collect());
    let shape = shape.ok_or_else(|| FormatError::new("the array's header names no shape"))?;
    Ok((Array::new(kind, shape, data)?, kind, by_columns))
}

impl Table {
    /// Reads a file's header. The numbers stay where they are: single precision, row by row, is what spaCy writes.
    ///
    /// # Errors
    /// If the bytes are not in numpy's format, or hold anything but a table of numbers whose size is the one claimed.
    pub fn read(bytes: Bytes) -> Result<Table, FormatError> {
        let (array, kind, by_columns) = parts(&bytes)?;
        let in_place = kind == "<f4" && !by_columns;
        let &[rows, width] = array.shape() else {
            return Err(FormatError::new(format!(
                "a table was expected, found an array of shape {:?}",
                array.shape()
            )));
        };
        // A file may claim any width of no rows.
        if width > MAX_WIDTH {
            return Err(FormatError::new(format!(
                "rows of {width} numbers: no more than {MAX_WIDTH} are believed"
            )));
        }
        let numbers = if in_place {
            let start = bytes.len() - array.bytes();
            Numbers::InFile(bytes, start)
        } else if by_columns {
            let columns = array.to_f32()?;
            let at = |i: usize| columns[i % width * rows + i / width];
            Numbers::Own((0..columns.len()).map(at).collect())
        } else {
            Numbers::Own(array.to_f32()?)
        };
        Ok(Table {
            rows,
            width,
            numbers,
        })
    }

    /// A table of `rows` rows of `width` numbers.
    ///
    /// # Panics
    /// If there are not as many numbers.
    #[cfg(any(test, feature = "internals"))]
    pub fn new(rows: usize, width: usize, numbers: Vec<f32>) -> Table {
        assert_eq!(Some(numbers.len()), checked_product(&[rows, width]));
        Table {
            rows,
            width,
            numbers: Numbers::Own(numbers),
        }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The numbers in each.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The bytes that the numbers take from the allocator: none where they are mapped.
    pub fn heap_bytes(&self) -> usize {
        match &self.numbers {
            Numbers::InFile(bytes, _) => bytes.heap_bytes(),
            Numbers::Own(numbers) => numbers.capacity() * size_of::<f32>(),
        }
    }

    /// Writes row `i` over `out`, which is as wide.
    ///
    /// # Panics
    /// If there are not as many rows.
    pub fn copy_row(&self, i: usize, out: &mut [f32]) {
        self.zip_row(i, out, |out, x| *out = x);
    }

    /// Adds row `i` times `scale` to `out`, which is as wide.
    ///
    /// # Panics
    /// If there are not as many rows.
    pub fn add_row(&self, i: usize, scale: f32, out: &mut [f32]) {
        self.zip_row(i, out, |out, x| *out += x * scale);
    }

    #[inline(always)]
    fn zip_row(&self, i: usize, out: &mut [f32], put: impl Fn(&mut f32, f32)) {
        assert!(i < self.rows, "row {i} of {}", self.rows);
        debug_assert_eq!(out.len(), self.width);
        let start = i * self.width;
        match &self.numbers {
            Numbers::Own(numbers) => {
                for (out, &x) in out.iter_mut().zip(&numbers[start..start + self.width]) {
                    put(out, x);
                }
            }
            Numbers::InFile(bytes, first) => {
                let row = &bytes[first + 4 * start..][..4 * self.width];
                for (out, x) in out.iter_mut().zip(row.as_chunks().0) {
                    put(out, f32::from_le_bytes(*x));
                }
            }
        }
    }
}

/// The header and the data of a file in numpy's format, versions 1 to 3.
fn split(bytes: &[u8]) -> Result<(&str, &[u8]), FormatError> {
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
fn value_of<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let after = header.split_once(&format!("'{key}':"))?.1.trim_start();
    let end = match after.starts_with('(') {
        true => after.find(')')? + 1,
        false => after.find([',', '}'])?,
    };
    Some(after[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(header: &str, data: &[u8]) -> Bytes {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes.into()
    }

    fn row(table: &Table, i: usize) -> Vec<f32> {
        let mut row = vec![0.0; table.width()];
        table.copy_row(i, &mut row);
        row
    }

    /// The header of a table of 2 rows of 3 numbers.
    const HEADER: &str = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }     \n";

    fn six() -> Vec<u8> {
        (1..=6)
            .flat_map(|x: u8| f32::from(x).to_le_bytes())
            .collect()
    }

    #[test]
    fn a_table_is_read_and_stays_where_it_is() {
        // A header of any length: the numbers need not be aligned.
        for spaces in 0..4 {
            let header = format!("{HEADER}{}", " ".repeat(spaces));
            let table = Table::read(npy(&header, &six())).unwrap();
            assert_eq!((table.rows(), table.width()), (2, 3));
            assert_eq!(row(&table, 0), [1.0, 2.0, 3.0]);
            assert_eq!(row(&table, 1), [4.0, 5.0, 6.0]);
            let mut sum = vec![1.0; 3];
            table.add_row(1, 0.5, &mut sum);
            assert_eq!(sum, [3.0, 3.5, 4.0]);
            assert!(matches!(table.numbers, Numbers::InFile(..)));
        }
    }

    #[test]
    fn other_kinds_and_orders_of_numbers_are_turned_into_those() {
        let columns = HEADER.replace("False", "True");
        let table = Table::read(npy(&columns, &six())).unwrap();
        assert_eq!(row(&table, 0), [1.0, 3.0, 5.0]);
        assert_eq!(row(&table, 1), [2.0, 4.0, 6.0]);
        let double: Vec<u8> = (1..=6)
            .flat_map(|x: u8| f64::from(x).to_le_bytes())
            .collect();
        let table = Table::read(npy(&HEADER.replace("<f4", "<f8"), &double)).unwrap();
        assert_eq!(row(&table, 1), [4.0, 5.0, 6.0]);
        let half: Vec<u8> = [0x3c00_u16, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600]
            .into_iter()
            .flat_map(u16::to_be_bytes)
            .collect();
        let table = Table::read(npy(&HEADER.replace("<f4", ">f2"), &half)).unwrap();
        assert_eq!(row(&table, 1), [4.0, 5.0, 6.0]);
        let highest_first: Vec<u8> = six()
            .chunks(4)
            .flat_map(|b| [b[3], b[2], b[1], b[0]])
            .collect();
        let table = Table::read(npy(&HEADER.replace("<f4", ">f4"), &highest_first)).unwrap();
        assert_eq!(row(&table, 0), [1.0, 2.0, 3.0]);
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let reason = |header: &str, data: &[u8]| Table::read(npy(header, data)).unwrap_err().reason;
        assert!(reason(HEADER, &six()[1..]).contains("comes with 23 bytes"));
        assert!(reason(&HEADER.replace("(2, 3)", "(6,)"), &six()).contains("a table"));
        let wide = HEADER.replace("(2, 3)", "(0, 99999999999)");
        assert!(reason(&wide, b"").contains("rows of 99999999999 numbers"));
        assert!(reason(&HEADER.replace("False", "Maybe"), &six()).contains("how it is stored"));
        assert!(reason(&HEADER.replace("<f4", "<c8"), &six()).contains("the kind \"<c8\""));
        assert!(reason(&HEADER.replace("<f4", "<i4"), &six()).contains("integers"));
        assert!(reason(&HEADER.replace("'<f4'", "[('a', '<f4')]"), &six()).contains("no single"));
        let reason = |bytes: &'static [u8]| Table::read(bytes.into()).unwrap_err().reason;
        assert!(reason(b"\x93NUMPY\x01\x00\xff\xff{").contains("claims 65535 bytes"));
        assert!(reason(b"PK").contains("numpy's array format"));
    }

    #[test]
    fn the_english_pipelines_empty_table_is_read() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/models/en_ewt_sm/vocab/vectors"
        );
        let table = Table::read(std::fs::read(path).unwrap().into()).unwrap();
        assert_eq!((table.rows(), table.width()), (0, 0));
    }
}
