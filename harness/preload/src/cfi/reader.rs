//! Numbers as the tables have them, read without ever leaving the memory that holds them.

/// A stretch of readable memory, read without ever leaving it.
#[derive(Clone, Copy)]
pub struct Memory {
    start: usize,
    end: usize,
}

impl Memory {
    /// Memory from `start` up to `end`.
    ///
    /// # Safety
    ///
    /// What the tables in it point at, within these bounds, must be readable for as long as the value is used.
    pub unsafe fn new(start: usize, end: usize) -> Memory {
        Memory { start, end }
    }

    pub(super) fn reader(self, at: usize) -> Option<Reader> {
        (self.start..self.end)
            .contains(&at)
            .then_some(Reader { at, end: self.end })
    }
}

/// Reads from an address on.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    /// Where it reads next.
    pub(super) at: usize,
    /// Where it ends.
    pub(super) end: usize,
}

impl Reader {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let next = self.at.checked_add(N).filter(|next| *next <= self.end)?;
        // SAFETY: the bytes lie within the memory that the maker of `Memory` promised to be readable.
        let bytes = unsafe { (self.at as *const [u8; N]).read_unaligned() };
        self.at = next;
        Some(bytes)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    pub(super) fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    pub(super) fn signed(&mut self) -> Option<i64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            value |= i64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                // The sixth bit is the sign of what is above it.
                let above = 64_u32.saturating_sub(shift + 7);
                return Some(value << above >> above);
            }
        }
        None
    }

    /// A pointer in one of the encodings; `base` is what relative ones count from where they say "data".
    pub(super) fn pointer(&mut self, encoding: u8, base: usize) -> Option<usize> {
        let place = self.at;
        let value = match encoding & 0x0F {
            0x00 | 0x04 | 0x0C => self.u64()? as usize,
            0x01 => self.unsigned()? as usize,
            0x02 => self.u16()? as usize,
            0x03 => self.u32()? as usize,
            0x09 => self.signed()? as usize,
            0x0A => self.u16()? as i16 as usize,
            0x0B => self.u32()? as i32 as usize,
            _ => return None,
        };
        match encoding & 0x70 {
            0x00 => Some(value),
            0x10 => Some(place.wrapping_add(value)),
            0x30 => Some(base.wrapping_add(value)),
            _ => None,
        }
    }

    pub(super) fn skip(&mut self, bytes: u64) -> Option<()> {
        let next = usize::try_from(bytes)
            .ok()
            .and_then(|bytes| self.at.checked_add(bytes));
        self.at = next.filter(|next| *next <= self.end)?;
        Some(())
    }

    /// The same place, but no further than `bytes`.
    pub(super) fn limited(self, bytes: u64) -> Option<Reader> {
        let mut end = self;
        end.skip(bytes)?;
        Some(Reader {
            at: self.at,
            end: end.at,
        })
    }
}
