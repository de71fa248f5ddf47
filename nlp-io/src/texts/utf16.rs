//! UTF-16 as UTF-8.

use std::io::{self, BufRead, Read};

/// Stands for a byte that is half of something: it is no UTF-8 anywhere.
const HALF: u8 = 0xff;

/// The UTF-8 of UTF-16. Half a pair of surrogates becomes three bytes, as if it were a character, and half a unit at the
/// end one; neither is UTF-8, so that whoever checks that sees them.
pub struct Utf16<R> {
    units: R,
    little: bool,
    /// The first half of a pair, of which the second has not been read.
    pending: Option<u16>,
    ready: Vec<u8>,
    given: usize,
}

impl<R: BufRead> Utf16<R> {
    pub fn new(units: R, little: bool) -> Self {
        Utf16 {
            units,
            little,
            pending: None,
            ready: Vec::new(),
            given: 0,
        }
    }

    /// Makes some UTF-8; none at the end.
    fn fill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.given = 0;
        while self.ready.is_empty() {
            let buffer = self.units.fill_buf()?;
            let (pairs, _) = buffer.as_chunks::<2>();
            let units: Vec<u16> = pairs.iter().map(|&pair| unit(pair, self.little)).collect();
            match (units.len(), buffer.len()) {
                (0, 0) => {
                    if let Some(half) = self.pending.take() {
                        push_half(&mut self.ready, half);
                    }
                    return Ok(());
                }
                // One byte is left of the buffer: the next one is in the next.
                (0, _) => self.push_split()?,
                (count, _) => {
                    self.units.consume(2 * count);
                    units.into_iter().for_each(|unit| self.push(unit));
                }
            }
        }
        Ok(())
    }

    fn push_split(&mut self) -> io::Result<()> {
        let mut pair = [0; 2];
        let mut read = 0;
        while read < 2 {
            match self.units.read(&mut pair[read..])? {
                0 => break,
                more => read += more,
            }
        }
        match read {
            2 => self.push(unit(pair, self.little)),
            _ => {
                if let Some(half) = self.pending.take() {
                    push_half(&mut self.ready, half);
                }
                self.ready.push(HALF);
            }
        }
        Ok(())
    }

    fn push(&mut self, unit: u16) {
        let whole = match self.pending.take() {
            Some(half) if (0xdc00..0xe000).contains(&unit) => {
                char::decode_utf16([half, unit]).next()
            }
            half => {
                half.into_iter()
                    .for_each(|half| push_half(&mut self.ready, half));
                char::decode_utf16([unit]).next()
            }
        };
        match whole {
            Some(Ok(c)) => {
                let mut bytes = [0; 4];
                self.ready
                    .extend_from_slice(c.encode_utf8(&mut bytes).as_bytes());
            }
            // The first half of a pair may get its second yet.
            _ if unit < 0xdc00 => self.pending = Some(unit),
            _ => push_half(&mut self.ready, unit),
        }
    }
}

fn unit(pair: [u8; 2], little: bool) -> u16 {
    match little {
        true => u16::from_le_bytes(pair),
        false => u16::from_be_bytes(pair),
    }
}

/// As UTF-8 would be, if surrogates were characters.
fn push_half(out: &mut Vec<u8>, half: u16) {
    out.extend([
        0xe0 | (half >> 12) as u8,
        0x80 | (half >> 6 & 0x3f) as u8,
        0x80 | (half & 0x3f) as u8,
    ]);
}

impl<R: BufRead> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() {
            self.fill()?;
        }
        let rest = &self.ready[self.given..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::BufReader;

    fn read(bytes: &[u8], buffer: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let units = BufReader::with_capacity(buffer, bytes);
        Utf16::new(units, true).read_to_end(&mut out).unwrap();
        out
    }

    proptest! {
        #[test]
        fn units_are_what_the_standard_library_takes_them_for(
            units in proptest::collection::vec(prop_oneof![Just(0xd83du16), Just(0xde00), Just(10), any::<u16>()], 0..30),
            buffer in 1usize..7,
        ) {
            let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let ours = String::from_utf8_lossy(&read(&bytes, buffer)).replace("\u{fffd}\u{fffd}\u{fffd}", "\u{fffd}");
            // What is U+FFFD in the input may stand beside one that was made.
            prop_assume!(!units.contains(&0xfffd));
            prop_assert_eq!(ours, String::from_utf16_lossy(&units));
        }
    }

    #[test]
    fn half_a_unit_at_the_end_is_no_utf_8() {
        assert_eq!(read(b"a\0b", 1), b"a\xff");
        assert_eq!(read(b"\x3d\xd8b", 2), b"\xed\xa0\xbd\xff");
    }
}
