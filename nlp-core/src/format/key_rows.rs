//! `key2row`: from the ids of words to the rows of their vectors (`spacy/vectors.pyx`).
//!
//! Large pipelines have half a million of them. They are read without a tree of values in between, and kept in two
//! arrays, sorted, with an index over the first bits of the keys: twelve bytes an entry, and little more.

use super::msgpack::{self, Value};
use crate::error::FormatError;
use crate::frozen::frozen;

/// Entries under one place of the index, about.
const A_BUCKET: usize = 4;

/// Which row a key has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KeyRows {
    /// How far a key is shifted to find its place in the index.
    shift: u32,
    /// Where the keys begin that have each place in the index, and where the last ones end.
    starts: Vec<u32>,
    /// In ascending order.
    keys: Vec<u64>,
    rows: Vec<u32>,
}

frozen!(KeyRows {
    shift,
    starts,
    keys,
    rows
});

impl KeyRows {
    /// Reads the map, in which all rows must be below `rows`.
    ///
    /// # Errors
    /// If the bytes are no map from ids to rows that exist. A row of -1 stands for a word without a vector and is left
    /// out.
    pub fn read(bytes: &[u8], rows: usize) -> Result<KeyRows, FormatError> {
        let mut entries = Vec::new();
        each_entry(bytes, rows, |key, row| entries.push((key, row)))?;
        if u32::try_from(entries.len()).is_err() {
            return Err(FormatError::new("it has over four billion keys"));
        }
        let bits = (entries.len() / A_BUCKET).max(1).ilog2();
        let mut out = KeyRows {
            // Of a shift by all bits nothing would be left to shift.
            shift: (u64::BITS - bits).min(u64::BITS - 1),
            starts: Vec::new(),
            keys: vec![0; entries.len()],
            rows: vec![0; entries.len()],
        };
        let places = out.place(u64::MAX) + 1;
        out.starts = vec![0; places + 1];
        for (key, _) in &entries {
            let place = out.place(*key);
            out.starts[place + 1] += 1;
        }
        for place in 0..places {
            out.starts[place + 1] += out.starts[place];
        }
        let mut next = out.starts.clone();
        for (key, row) in entries {
            let at = &mut next[out.place(key)];
            (out.keys[*at as usize], out.rows[*at as usize]) = (key, row);
            *at += 1;
        }
        out.order(places);
        Ok(out)
    }

    /// Puts the keys of each place in order, which are in that of the file: of equal keys the last counts.
    fn order(&mut self, places: usize) {
        let (mut from, mut kept) = (0, 0);
        let mut entries = Vec::new();
        for place in 0..places {
            let end = self.starts[place + 1] as usize;
            self.starts[place] = kept as u32;
            let (keys, rows) = (&self.keys[from..end], &self.rows[from..end]);
            entries.clear();
            entries.extend(keys.iter().copied().zip(rows.iter().copied()));
            entries.sort_by_key(|(key, _)| *key);
            for (i, &(key, row)) in entries.iter().enumerate() {
                if entries.get(i + 1).is_none_or(|(next, _)| *next != key) {
                    (self.keys[kept], self.rows[kept]) = (key, row);
                    kept += 1;
                }
            }
            from = end;
        }
        self.starts[places] = kept as u32;
        self.keys.truncate(kept);
        self.rows.truncate(kept);
        self.keys.shrink_to_fit();
        self.rows.shrink_to_fit();
    }

    /// The row of a key.
    #[inline]
    pub fn get(&self, key: u64) -> Option<usize> {
        let place = self.place(key);
        let (&start, &end) = (self.starts.get(place)?, self.starts.get(place + 1)?);
        let found = self.keys[start as usize..end as usize].binary_search(&key);
        Some(self.rows[start as usize + found.ok()?] as usize)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The bytes that they take.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.starts[..]) + size_of_val(&self.keys[..]) + size_of_val(&self.rows[..])
    }

    /// The place of a key in the index. Of one place that is 0 or 1, and there is one place more than the index needs.
    #[inline]
    fn place(&self, key: u64) -> usize {
        (key >> self.shift) as usize
    }
}

/// Shows every key and its row.
fn each_entry(
    bytes: &[u8],
    rows: usize,
    mut each: impl FnMut(u64, u32),
) -> Result<(), FormatError> {
    msgpack::read_map(bytes, |key, row| {
        let id = key
            .as_u64()
            .ok_or_else(|| FormatError::new(format!("a key is {}, not an id", key.kind())))?;
        match row_of(&row, rows) {
            Some(Some(row)) => each(id, row),
            Some(None) => {}
            None => {
                return Err(FormatError::new(format!(
                    "the row of {id} is none of the {rows} there are"
                )));
            }
        }
        Ok(())
    })
}

/// The row that a value names, if it is one of `rows` or that of no vector.
fn row_of(value: &Value, rows: usize) -> Option<Option<u32>> {
    match value.as_i64()? {
        -1 => Some(None),
        row => {
            let row = u32::try_from(row).ok()?;
            ((row as usize) < rows).then_some(Some(row))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    /// The map as `srsly` writes it.
    fn file(entries: &[(u64, u32)]) -> Vec<u8> {
        let mut bytes = vec![0xdf];
        bytes.extend(u32::try_from(entries.len()).unwrap().to_be_bytes());
        for (key, row) in entries {
            bytes.push(0xcf);
            bytes.extend(key.to_be_bytes());
            bytes.push(0xce);
            bytes.extend(row.to_be_bytes());
        }
        bytes
    }

    #[test]
    fn rows_of_keys_are_checked() {
        let rows = KeyRows::read(
            b"\x83\x05\x01\x06\xff\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x00",
            2,
        )
        .unwrap();
        assert_eq!((rows.get(5), rows.get(u64::MAX)), (Some(1), Some(0)));
        assert_eq!((rows.get(6), rows.get(0), rows.len()), (None, None, 2));
        assert!(KeyRows::read(b"\x81\x05\x02", 2).is_err());
        assert!(KeyRows::read(b"\x81\x05\xfe", 2).is_err());
        assert!(KeyRows::read(b"\x81\xa15\x01", 2).is_err());
        let none = KeyRows::read(b"\x80", 0).unwrap();
        assert!(none.is_empty() && none.get(0).is_none() && none.get(u64::MAX).is_none());
        assert!(KeyRows::default().get(7).is_none());
    }

    proptest! {
        #[test]
        fn every_key_has_the_last_row_that_the_file_gives_it(
            // Keys all over the place, and many that share their first bits.
            wide in prop::collection::vec((any::<u64>(), 0..9_u32), 0..300),
            narrow in prop::collection::vec((0..50_u64, 0..9_u32), 0..300),
        ) {
            let entries: Vec<(u64, u32)> = wide.into_iter().chain(narrow).collect();
            let rows = KeyRows::read(&file(&entries), 9).unwrap();
            let expected: HashMap<u64, u32> = entries.iter().copied().collect();
            prop_assert_eq!(rows.len(), expected.len());
            for key in entries.iter().flat_map(|(key, _)| [*key, key.wrapping_add(1)]) {
                prop_assert_eq!(rows.get(key), expected.get(&key).map(|row| *row as usize));
            }
        }
    }
}
