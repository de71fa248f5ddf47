//! What was read of a file, and the memory that it was read into, which serves for the next file too.

use std::cell::RefCell;
use std::ops::Deref;

/// The most memory that is kept for the next file: that of a trained network of usual size.
const KEPT: usize = 8 << 20;
/// Files below this size have memory of their own, so that a large one that is read while a small one is looked at finds
/// what is kept.
const SMALL: usize = 64 << 10;

/// What a file holds.
pub(crate) enum Content<'a> {
    /// It lies somewhere already.
    Borrowed(&'a [u8]),
    /// It was read.
    Owned(Vec<u8>),
    /// It was read into memory that goes back to where it was taken from.
    Lent(Lent<'a>),
}

impl Content<'_> {
    /// The bytes, which are copied where they are not owned.
    pub fn into_owned(self) -> Vec<u8> {
        match self {
            Content::Borrowed(bytes) => bytes.to_vec(),
            Content::Owned(bytes) => bytes,
            Content::Lent(mut lent) => std::mem::take(&mut lent.bytes),
        }
    }
}

impl Deref for Content<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Content::Borrowed(bytes) => bytes,
            Content::Owned(bytes) => bytes,
            Content::Lent(lent) => &lent.bytes,
        }
    }
}

/// Memory that files are read into, one after the other. The system clears each page that a process asks for anew, which
/// takes longer than reading it.
#[derive(Debug, Default)]
pub(crate) struct Spare(RefCell<Vec<u8>>);

/// Bytes in memory that was taken from a [`Spare`].
pub(crate) struct Lent<'a> {
    bytes: Vec<u8>,
    spare: &'a Spare,
}

impl Spare {
    /// Takes the memory for `bytes` bytes, which `fill` writes, and may write more of.
    ///
    /// # Errors
    /// What `fill` returns.
    pub fn filled<E>(
        &self,
        bytes: usize,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Content<'_>, E> {
        let mut lent = Lent {
            bytes: match bytes < SMALL {
                true => Vec::new(),
                false => self.0.take(),
            },
            spare: self,
        };
        if lent.bytes.capacity() < bytes {
            // Nothing in it is to be copied.
            lent.bytes = Vec::new();
            let _ = lent.bytes.try_reserve_exact(bytes);
        }
        fill(&mut lent.bytes)?;
        Ok(Content::Lent(lent))
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        let mut spare = self.spare.0.borrow_mut();
        if (spare.capacity()..=KEPT).contains(&bytes.capacity()) {
            *spare = bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'s>(spare: &'s Spare, content: &[u8]) -> Content<'s> {
        let fill = |bytes: &mut Vec<u8>| {
            assert!(bytes.is_empty());
            bytes.extend_from_slice(content);
            Ok::<(), ()>(())
        };
        spare.filled(content.len(), fill).unwrap()
    }

    #[test]
    fn the_memory_of_a_file_serves_for_the_next_that_fits() {
        let spare = Spare::default();
        let first = read(&spare, &[1; 2 * SMALL]);
        let place = first.as_ptr();
        drop(first);
        let small = read(&spare, b"small");
        let second = read(&spare, &[2; SMALL]);
        assert_eq!((second.as_ptr(), &*second), (place, &[2; SMALL][..]));
        // Two at once have a place each.
        let third = read(&spare, &[3; SMALL]);
        assert_eq!((&*second, &*third), (&[2; SMALL][..], &[3; SMALL][..]));
        assert_eq!(&*small, b"small");
        drop((second, third, small));
        assert_eq!(spare.0.borrow().capacity(), 2 * SMALL);
        assert_eq!(read(&spare, &[4; 3 * SMALL]).into_owned(), [4; 3 * SMALL]);
    }

    #[test]
    fn what_is_kept_has_a_bound_and_a_file_that_cannot_be_read_leaves_nothing() {
        let spare = Spare::default();
        drop(read(&spare, &vec![0; KEPT + 1]));
        assert_eq!(spare.0.borrow().capacity(), 0);
        let half = |bytes: &mut Vec<u8>| {
            bytes.push(1);
            Err(())
        };
        assert!(spare.filled(10, half).is_err());
        assert_eq!(&*read(&spare, b"other"), b"other");
    }
}
