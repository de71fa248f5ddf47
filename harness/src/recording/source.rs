//! Where a record's bytes come from, and how its tables are read: by position, in pieces, only as far as they are used.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;

/// Something that can be read at any position, as a file can.
pub trait Source {
    /// Reads what stands at `at` into `buffer`, and says how many bytes there were: fewer than it takes only at the end.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize>;
}

impl Source for File {
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let mut done = 0;
        while done < buffer.len() {
            match FileExt::read_at(self, &mut buffer[done..], at + done as u64) {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
}

impl Source for [u8] {
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let rest = usize::try_from(at).ok().and_then(|at| self.get(at..));
        let rest = rest.unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

/// How many bytes of a table are read at once. A multiple of every entry's size but that of the verdicts (48).
const PIECE: usize = 64 << 10;

/// A table of entries of equal size in a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table {
    /// Where it begins, in bytes.
    pub at: usize,
    /// The size of an entry, in bytes.
    pub entry: usize,
    /// How many entries it is said to have, from the first on.
    pub count: usize,
    /// Whether the entries are filled in order, but for those of a few threads: a whole piece of zeros is then the hole
    /// behind the last of them, whatever the count says.
    pub in_order: bool,
}

impl Table {
    /// Hands the entries to `take` in order, each as its number and bytes, and says how many there were.
    ///
    /// A file that claims more than it has ends the table where its bytes end, or where nothing was ever written.
    pub fn for_each(
        self,
        source: &(impl Source + ?Sized),
        mut take: impl FnMut(usize, &[u8]),
    ) -> io::Result<usize> {
        let mut done = 0;
        self.pieces(source, |piece| {
            for (at, entry) in piece.chunks_exact(self.entry).enumerate() {
                take(done + at, entry);
            }
            done += piece.len() / self.entry;
            ControlFlow::Continue(())
        })?;
        Ok(done)
    }

    /// Hands the entries to `take` many at a time, as one run of bytes.
    pub fn pieces(
        self,
        source: &(impl Source + ?Sized),
        mut take: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> io::Result<()> {
        let at_once = (PIECE / self.entry).max(1);
        let mut buffer = vec![0; at_once.min(self.count) * self.entry];
        let mut first = 0;
        while first < self.count {
            let wanted = at_once.min(self.count - first) * self.entry;
            let at = self.at + first * self.entry;
            let read = source.read_at(&mut buffer[..wanted], at as u64)?;
            let whole = read / self.entry * self.entry;
            let piece = &buffer[..whole];
            if self.in_order
                && piece.len() == at_once * self.entry
                && piece.iter().all(|byte| *byte == 0)
            {
                break;
            }
            if take(piece).is_break() || whole < wanted {
                break;
            }
            first += at_once;
        }
        Ok(())
    }
}

/// The number at `at`; 0 behind the end.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    let bytes = bytes
        .get(at..at + 2)
        .and_then(|bytes| bytes.try_into().ok());
    bytes.map_or(0, u16::from_le_bytes)
}

/// The number at `at`; 0 behind the end.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let bytes = bytes
        .get(at..at + 4)
        .and_then(|bytes| bytes.try_into().ok());
    bytes.map_or(0, u32::from_le_bytes)
}

/// The number at `at`; 0 behind the end.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let bytes = bytes
        .get(at..at + 8)
        .and_then(|bytes| bytes.try_into().ok());
    bytes.map_or(0, u64::from_le_bytes)
}

/// The number at `at`, and 0 where it is negative: counters that several threads add to can be so for a moment.
pub(super) fn count_at(bytes: &[u8], at: usize) -> u64 {
    (u64_at(bytes, at) as i64).max(0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(bytes: &[u8], count: usize) -> Vec<u32> {
        let mut found = Vec::new();
        let table = Table {
            at: 4,
            entry: 4,
            count,
            in_order: true,
        };
        let said = table
            .for_each(bytes, |number, entry| {
                assert_eq!(number, found.len());
                found.push(u32_at(entry, 0));
            })
            .unwrap();
        assert_eq!(said, found.len());
        found
    }

    #[test]
    fn a_table_ends_where_it_says_or_where_its_bytes_end() {
        let bytes: Vec<u8> = (0..5_u32).flat_map(u32::to_le_bytes).collect();
        assert_eq!(numbers(&bytes, 3), [1, 2, 3]);
        assert_eq!(numbers(&bytes, 900), [1, 2, 3, 4]);
        assert_eq!(numbers(&bytes[..15], 900), [1, 2], "an entry was cut");
        assert_eq!(numbers(&bytes[..2], 900), [] as [u32; 0]);
        assert_eq!(numbers(&bytes, 0), [] as [u32; 0]);
    }

    #[test]
    fn a_table_of_many_pieces_is_read_whole_and_ends_at_a_hole() {
        let many = 3 * PIECE / 4 + 5;
        let mut bytes: Vec<u8> = (0..=many as u32).flat_map(u32::to_le_bytes).collect();
        assert!(numbers(&bytes, many).into_iter().eq(1..=many as u32));
        bytes.resize(40 * PIECE, 0);
        bytes[30 * PIECE] = 1;
        assert!(numbers(&bytes, 10 * PIECE).len() < many + PIECE / 4);
    }

    #[test]
    fn a_count_is_never_negative() {
        assert_eq!(count_at(&(-5_i64).to_le_bytes(), 0), 0);
        assert_eq!(count_at(&5_i64.to_le_bytes(), 0), 5);
        assert_eq!(count_at(&[1], 0), 0);
    }
}
