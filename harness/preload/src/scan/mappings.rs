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
/// It is not to be read: a device lies behind it, and to read may do something; or it is [`VAST`].
pub const DEVICE: u32 = 64;
/// It is larger than what can be looked at, as the shadow that a sanitizer keeps of all memory is.
pub const VAST: u32 = 128;
/// So large.
const VAST_BYTES: usize = 1 << 40;

impl Mapping {
    /// Whether all of some traits are said of it.
    pub fn has(&self, traits: u32) -> bool {
        self.traits & traits == traits
    }
}

impl Mapping {
    /// Whether the program may have put pointers there: it can be written, or could be before it was protected, as
    /// memory of code made while the program ran is.
    pub fn may_hold(&self) -> bool {
        self.has(READ) && !self.has(DEVICE) && (self.has(WRITE) || !self.has(FILE))
    }
}

/// Reads them all into `into`; how many, or `None` where they cannot be read or are too many. `buffer` is for reading.
pub fn read(into: &mut [Mapping], buffer: &mut [u8]) -> Option<usize> {
    let mut count = 0;
    let room = into.len();
    let whole = each(buffer, |mapping| {
        if let Some(place) = into.get_mut(count) {
            *place = mapping;
        }
        count += 1;
    });
    (whole && count > 0 && count <= room).then_some(count)
}

/// Hands on each of them; `false` where they cannot be read to the end. `buffer` is for reading.
pub fn each(buffer: &mut [u8], mut mapping: impl FnMut(Mapping)) -> bool {
    // Of this thread, since of the process nothing is told when its first thread has ended.
    let file = sys::open(b"/proc/thread-self/maps\0", sys::READ_ONLY);
    if file < 0 {
        return false;
    }
    let mut line = Line::new();
    let whole = loop {
        let read = sys::read(file, buffer);
        if read <= 0 {
            break read == 0;
        }
        for byte in buffer.iter().take(read as usize) {
            if line.take(*byte) {
                mapping(line.mapping());
                line = Line::new();
            }
        }
    };
    sys::close(file);
    whole
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
        if self.range[1].saturating_sub(self.range[0]) >= VAST_BYTES {
            traits |= DEVICE | VAST;
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
    entries: [u64; STEP],
}

impl Pages {
    /// Page is in memory, or in swap.
    const THERE: u64 = 3 << 62;

    /// Where they can be looked up; else all of them are taken to be there.
    pub fn new() -> Pages {
        Pages {
            file: sys::open(b"/proc/thread-self/pagemap\0", sys::READ_ONLY),
            entries: [0; STEP],
        }
    }

    /// Where all are taken to be there.
    pub const fn none() -> Pages {
        Pages {
            file: -1,
            entries: [0; STEP],
        }
    }

    /// Closes what [`Pages::new`] opened.
    pub fn close(self) {
        if self.file >= 0 {
            sys::close(self.file);
        }
    }

    /// Hands on the parts of a range of private memory whose pages are there.
    pub fn each(&mut self, range: Range<usize>, part: impl FnMut(Range<usize>)) {
        /// Below this it is cheaper to look at the memory itself.
        const SMALL: usize = 128 << 10;
        if self.file < 0 || range.len() < SMALL {
            return each_run(range, part, |_, _| false);
        }
        let (file, entries) = (self.file, &mut self.entries);
        each_run(range, part, |page, there| {
            let Some(entries) = entries.get_mut(..there.len()) else {
                return false;
            };
            let read = kernel::read_at(file, entries, page * 8);
            for (there, entry) in there.iter_mut().zip(entries.iter()) {
                *there = u8::from(entry & Self::THERE != 0);
            }
            read == size_of_val(entries) as isize
        });
    }

    /// Hands on the parts of a range of memory that others may see, or of a file. The copy of a process has none of its
    /// pages before they are looked at; but of a large one, only what is in memory somewhere is.
    pub fn each_shared(&mut self, range: Range<usize>, part: impl FnMut(Range<usize>)) {
        const LARGE: usize = 256 << 20;
        let large = range.len() > LARGE;
        each_run(range, part, |page, there| {
            large && kernel::in_memory(page << 12, there)
        });
    }
}

/// Bytes of a range that are in memory, by whole pages; of a file's, those that anybody has there.
pub fn resident(range: Range<usize>) -> usize {
    let mut bytes = 0;
    let mut at = range.start & !4095;
    while at < range.end {
        let mut there = [0_u8; STEP];
        let pages = (range.end - at).div_ceil(4096).min(STEP);
        let there = &mut there[..pages];
        if kernel::in_memory(at, there) {
            bytes += there.iter().filter(|there| **there & 1 != 0).count() * 4096;
        }
        at += pages * 4096;
    }
    bytes
}

/// Pages that are looked up at a time.
const STEP: usize = 512;

/// Hands on the runs of pages that are there: `look_up` says it of those from one on; where it cannot, all the rest is
/// taken to be there.
fn each_run(
    range: Range<usize>,
    mut part: impl FnMut(Range<usize>),
    mut look_up: impl FnMut(usize, &mut [u8]) -> bool,
) {
    let mut there = [0_u8; STEP];
    let mut begin = None;
    let mut from = range.start;
    while from < range.end {
        let page = from >> 12;
        let pages = (range.end.div_ceil(4096) - page).min(STEP);
        let Some(there) = there.get_mut(..pages) else {
            break;
        };
        if !look_up(page, there) {
            break;
        }
        for (index, there) in there.iter().enumerate() {
            let address = (page + index) << 12;
            match (there & 1 != 0, begin) {
                (true, None) => begin = Some(address.max(from)),
                (false, Some(first)) => {
                    part(first..address);
                    begin = None;
                }
                _ => {}
            }
        }
        from = ((page + pages) << 12).min(range.end);
    }
    match begin {
        Some(first) => part(first..range.end),
        None if from < range.end => part(from..range.end),
        None => {}
    }
}
