//! A stream of bytes as valid UTF-8: each invalid sequence becomes U+FFFD, as a program's arguments and paths can hold
//! any bytes, and tools copy them into what should be text.

use std::io::{self, Read};

const CHUNK_BYTES: usize = 64 << 10;

/// See the module.
pub(crate) struct Lossy<R> {
    inner: R,
    /// The beginning of a character that the last chunk cut.
    carry: Vec<u8>,
    ready: Vec<u8>,
    taken: usize,
}

impl<R: Read> Lossy<R> {
    /// Reads from `inner`.
    pub(crate) fn new(inner: R) -> Lossy<R> {
        Lossy {
            inner,
            carry: Vec::new(),
            ready: Vec::new(),
            taken: 0,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.taken = 0;
        let mut raw = std::mem::take(&mut self.carry);
        let read = self
            .inner
            .by_ref()
            .take(CHUNK_BYTES as u64)
            .read_to_end(&mut raw)?;
        for chunk in raw.utf8_chunks() {
            self.ready.extend_from_slice(chunk.valid().as_bytes());
            let invalid = chunk.invalid();
            let at_end = std::ptr::eq(invalid.as_ptr_range().end, raw.as_ptr_range().end);
            let cut = std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if read > 0 && at_end && cut {
                self.carry = invalid.to_vec();
            } else if !invalid.is_empty() {
                self.ready.extend_from_slice("\u{fffd}".as_bytes());
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Lossy<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.ready.len() {
            let had_carry = !self.carry.is_empty();
            self.fill()?;
            if self.ready.is_empty() && self.carry.is_empty() && !had_carry {
                return Ok(0);
            }
        }
        let count = (&self.ready[self.taken..]).read(out)?;
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte at a time, so that every character is cut.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(out.len()).min(1);
            out[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    proptest::proptest! {
        #[test]
        fn the_stream_is_what_the_standard_library_makes_of_the_whole(bytes: Vec<u8>, text in "\\PC*", after: Vec<u8>) {
            let mut whole = bytes;
            whole.extend_from_slice(text.as_bytes());
            whole.extend_from_slice(&after);
            for long in [whole.clone(), whole.repeat(CHUNK_BYTES / 50)] {
                let mut read = String::new();
                Lossy::new(&long[..]).read_to_string(&mut read).unwrap();
                proptest::prop_assert_eq!(&read, &String::from_utf8_lossy(&long));
            }
            let mut read = String::new();
            Lossy::new(Drip(&whole)).read_to_string(&mut read).unwrap();
            proptest::prop_assert_eq!(&read, &String::from_utf8_lossy(&whole));
        }
    }
}
