//! What is mapped where, by `/proc/self/maps`, and which pages of it are there.

use super::kernel;
use crate::sys;
use core::ops::Range;

/// A mapping.
#[derive(Clone, Copy)]
pub struct Mapping {
    /// Its first address.
    pub start: usize,
    /// Its end.
    pub end: usize,
    /// What is said of it: [`READ`] and the others.
    pub traits: u32,
}

/// It can be read.
pub const READ: u32 = 1;
/// It can be written.
pub const WRITE: u32 = 2;
/// Its code can run.
pub const EXECUTE: u32 = 4;
/// Others may see what is written.
pub const SHARED: u32 = 8;
/// A file lies behind it.
pub const FILE: u32 = 16;
/// It is the heap that grows by `brk`.
pub const BREAK: u32 = 32;
/// A device lies behind it: to read it may do something.
pub const DEVICE: u32 = 64;

impl Mapping {
    /// Whether all of some traits are said of it.
    pub fn has(&self, traits: u32) -> bool {
        self.traits & traits == traits
    }
}

/// Reads them all into `into`; how many, or `None` where they cannot be read or are too many. `buffer` is for reading.
pub fn read(into: &mut [Mapping], buffer: &mut [u8]) -> Option<usize> {
    let file = sys::open(b"/proc/self/maps\0", sys::READ_ONLY);
    if file < 0 {
        return None;
    }
    let mut count = 0;
    let mut line = Line::new();
    let whole = loop {
        let read = sys::read(file, buffer);
        if read <= 0 {
            break read == 0;
        }
        let mut room = true;
        for byte in buffer.iter().take(read as usize) {
            if !line.take(*byte) {
                continue;
            }
            match into.get_mut(count) {
                Some(place) => *place = line.mapping(),
                None => room = false,
            }
            count += 1;
            line = Line::new();
        }
        if !room {
            break false;
        }
    };
    sys::close(file);
    (whole && count > 0).then_some(count)
}

/// A line that is being read: `start-end perms offset device inode   path`.
struct Line {
    field: u32,
    range: [usize; 2],
    traits: u32,
    inode: bool,
    path: [u8; 24],
    path_bytes: usize,
}

impl Line {
    fn new() -> Line {
        Line {
            field: 0,
            range: [0; 2],
            traits: 0,
            inode: false,
            path: [0; 24],
            path_bytes: 0,
        }
    }

    /// Takes a byte; `true` at the end of the line.
    fn take(&mut self, byte: u8) -> bool {
        match (self.field, byte) {
            (_, b'\n') => return true,
            (0, b'-') => self.field = 1,
            (0 | 1, digit) if digit != b' ' => {
                let digit = (digit as char).to_digit(16).unwrap_or(0) as usize;
                let place = &mut self.range[(self.field & 1) as usize];
                *place = *place << 4 | digit;
            }
            (1..=5, b' ') => self.field += 1,
            (2, letter) => {
                self.traits |= match letter {
                    b'r' => READ,
                    b'w' => WRITE,
                    b'x' => EXECUTE,
                    b's' => SHARED,
                    _ => 0,
                }
            }
            (5, digit) => self.inode |= digit != b'0',
            (6, b' ') if self.path_bytes == 0 => {}
            (6, letter) => {
                if let Some(place) = self.path.get_mut(self.path_bytes) {
                    *place = letter;
                    self.path_bytes += 1;
                }
            }
            _ => {}
        }
        false
    }

    fn mapping(&self) -> Mapping {
        let path = self.path.get(..self.path_bytes).unwrap_or_default();
        let mut traits = self.traits;
        if self.inode {
            traits |= FILE;
        }
        if path == b"[heap]" {
            traits |= BREAK;
        }
        let memory = [&b"/dev/zero"[..], b"/dev/shm/", b"/dev/hugepages"];
        let device = path.starts_with(b"/dev/")
            && !memory.iter().any(|name| path.starts_with(name))
            || path.starts_with(b"anon_inode:")
            || path.starts_with(b"[vvar")
            || path.starts_with(b"[vsyscall");
        if device {
            traits |= DEVICE;
        }
        Mapping {
            start: self.range[0],
            end: self.range[1],
            traits,
        }
    }
}

/// The mapping that has an address.
pub fn at(mappings: &[Mapping], address: usize) -> Option<&Mapping> {
    let after = mappings.partition_point(|mapping| mapping.start <= address);
    mappings
        .get(after.wrapping_sub(1))
        .filter(|mapping| address < mapping.end)
}

/// Which pages are there: what was never touched has nothing in it, and is not to be touched by looking.
pub struct Pages {
    file: isize,
    entries: [u64; Self::STEP],
}

impl Pages {
    const STEP: usize = 512;
    /// Page is in memory, or in swap.
    const THERE: u64 = 3 << 62;

    /// Where they can be looked up; else all of them are taken to be there.
    pub fn new() -> Pages {
        Pages {
            file: sys::open(b"/proc/self/pagemap\0", sys::READ_ONLY),
            entries: [0; Self::STEP],
        }
    }

    /// Where all are taken to be there.
    pub const fn none() -> Pages {
        Pages {
            file: -1,
            entries: [0; Self::STEP],
        }
    }

    /// Hands on the parts of a range whose pages are there.
    pub fn each(&mut self, range: Range<usize>, mut part: impl FnMut(Range<usize>)) {
        /// Below this it is cheaper to look at the memory itself.
        const SMALL: usize = 128 << 10;
        if self.file < 0 || range.len() < SMALL {
            part(range);
            return;
        }
        let mut from = range.start;
        while from < range.end {
            let page = from >> 12;
            let pages = (range.end.div_ceil(4096) - page).min(Self::STEP);
            let Some(entries) = self.entries.get_mut(..pages) else {
                return;
            };
            let read = kernel::read_at(self.file, entries, page * 8);
            if read <= 0 {
                part(from..range.end);
                return;
            }
            let read = read as usize / 8;
            let mut begin = None;
            for (index, entry) in entries.iter().take(read).enumerate() {
                let there = entry & Self::THERE != 0;
                let address = (page + index) << 12;
                match (there, begin) {
                    (true, None) => begin = Some(address.max(from)),
                    (false, Some(first)) => {
                        part(first..address);
                        begin = None;
                    }
                    _ => {}
                }
            }
            let end = ((page + read.max(1)) << 12).min(range.end);
            if let Some(first) = begin {
                part(first..end);
            }
            from = end;
        }
    }
}
