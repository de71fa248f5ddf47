//! What points to what: from the roots to all blocks that are held, and from lost blocks to those that are lost with
//! them. The classes and the rules are those of valgrind's memcheck.

use super::array::Array;
use super::index::{Block, Index};
use super::mappings::{self, DEVICE, EXECUTE, FILE, Mapping, Pages, READ};
use crate::sys;
use core::ops::Range;

/// Nothing that was looked at points to it.
pub const UNREACHED: u8 = 0;
/// Only pointers to its inside, or from blocks of this class, lead to it.
pub const POSSIBLE: u8 = 1;
/// It is held.
pub const REACHABLE: u8 = 2;
/// A block that is lost points to it.
pub const INDIRECT: u8 = 3;

/// Which pointers count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Those to the begin of a block hold it, those to its inside do so possibly.
    Full,
    /// Only those to the begin of a block count.
    BeginsOnly,
    /// All hold a block only possibly.
    Doubtful,
}

/// Words that are copied at a time.
const WORDS: usize = 4096;

/// See above.
pub struct Marker<'m> {
    index: &'m Index,
    mappings: &'m [Mapping],
    pages: Pages,
    /// The class of each block.
    pub classes: Array<u8>,
    /// Blocks whose words are still to be looked at.
    waiting: Array<u32>,
    /// Blocks of which not all can be read.
    gaps: Array<u8>,
    words: [u64; WORDS],
    /// There was no memory for the list of those that wait.
    pub failed: bool,
}

impl<'m> Marker<'m> {
    /// Before anything was looked at; `None` without memory.
    pub fn new(index: &'m Index, mappings: &'m [Mapping], pages: Pages) -> Option<Marker<'m>> {
        let count = index.blocks.len();
        let mut marker = Marker {
            index,
            mappings,
            pages,
            classes: Array::zeroed(count)?,
            waiting: Array::new(),
            gaps: Array::zeroed(count)?,
            words: [0; WORDS],
            failed: false,
        };
        let mut mappings = mappings.iter();
        let mut current = mappings.next();
        for (block, gap) in index.blocks.iter().zip(marker.gaps.iter_mut()) {
            while current.is_some_and(|mapping| mapping.end <= block.address) {
                current = mappings.next();
            }
            let whole = current.is_some_and(|mapping| {
                mapping.has(READ)
                    && !mapping.has(DEVICE)
                    && !mapping.has(FILE)
                    && mapping.start <= block.address
                    && block.end() <= mapping.end
            });
            *gap = u8::from(!whole);
        }
        Some(marker)
    }

    /// Whether the copy of the process lacks memory of a block, which the process may have.
    pub fn lacks_blocks(&self) -> bool {
        let blocks = self.index.blocks.iter().zip(self.gaps.iter());
        let mut gaps = blocks.filter(|(block, gap)| **gap != 0 && block.bytes() > 0);
        gaps.any(|(block, _)| mappings::at(self.mappings, block.address).is_none())
    }

    /// A word of a root.
    #[inline]
    pub fn root(&mut self, word: usize, trust: Trust) {
        let Some(found) = self.index.find(word) else {
            return;
        };
        let begin = self
            .index
            .blocks
            .get(found)
            .is_some_and(|block| block.address == word);
        if begin || trust != Trust::BeginsOnly {
            self.reach(found, word, trust != Trust::Doubtful);
        }
    }

    /// A word points into a block: `sure` where what the word lies in is held itself.
    #[inline]
    fn reach(&mut self, found: usize, word: usize, sure: bool) {
        let (Some(class), Some(block)) = (
            self.classes.get(found).copied(),
            self.index.blocks.get(found).copied(),
        ) else {
            return;
        };
        if class == REACHABLE || class == POSSIBLE && !sure {
            return;
        }
        let holds = sure && (word == block.address || self.is_known_inside(found, &block, word));
        let new = match (holds, class) {
            (true, _) => REACHABLE,
            (false, UNREACHED) => POSSIBLE,
            (false, _) => return,
        };
        if let Some(class) = self.classes.get_mut(found) {
            *class = new;
        }
        self.wait(found);
    }

    fn wait(&mut self, found: usize) {
        self.failed |= self.waiting.push(found as u32).is_none();
    }

    /// All words of a range outside of the blocks. It may not be readable everywhere.
    pub fn scan_root(&mut self, range: Range<usize>, trust: Trust) {
        self.each_copied(range, |marker, word| marker.root(word, trust));
    }

    /// Looks at what waits, until nothing does.
    pub fn drain(&mut self) {
        while let Some(found) = self.waiting.pop() {
            let found = found as usize;
            let sure = self.classes.get(found) != Some(&POSSIBLE);
            self.each_word(found, |marker, word| {
                if let Some(other) = marker.index.find(word) {
                    marker.reach(other, word, sure);
                }
            });
        }
    }

    /// Of the blocks that nothing reached, in the order of their addresses, each is lost by itself until another lost one
    /// is found to point to it.
    pub fn lose(&mut self) {
        for leader in 0..self.index.blocks.len() {
            if self.classes.get(leader) != Some(&UNREACHED) {
                continue;
            }
            self.wait(leader);
            while let Some(found) = self.waiting.pop() {
                self.each_word(found as usize, |marker, word| {
                    let Some(other) = marker.index.find(word) else {
                        return;
                    };
                    if other == leader {
                        return;
                    }
                    if let Some(class) = marker.classes.get_mut(other)
                        && *class == UNREACHED
                    {
                        *class = INDIRECT;
                        marker.wait(other);
                    }
                });
            }
        }
    }

    /// The words of a block.
    #[inline]
    fn each_word(&mut self, found: usize, mut word: impl FnMut(&mut Self, usize)) {
        const LARGE: usize = 128 << 10;
        let Some(block) = self.index.blocks.get(found) else {
            return;
        };
        let range = words_of(block.address..block.end());
        if self.gaps.get(found) != Some(&0) {
            return self.each_copied(range, word);
        }
        if range.len() < LARGE {
            for at in range.step_by(8) {
                // SAFETY: the block is mapped and readable as a whole, and nobody else runs in the copy of the process.
                let value = unsafe { (at as *const usize).read_volatile() };
                word(self, value);
            }
            return;
        }
        let mut pages = core::mem::replace(&mut self.pages, Pages::none());
        pages.each(range, |part| {
            for at in words_of(part).step_by(8) {
                // SAFETY: as above.
                let value = unsafe { (at as *const usize).read_volatile() };
                word(self, value);
            }
        });
        self.pages = pages;
    }

    /// The words of a range that may have gaps, or a file behind it that has become shorter.
    fn each_copied(&mut self, range: Range<usize>, mut word: impl FnMut(&mut Self, usize)) {
        let mut pages = core::mem::replace(&mut self.pages, Pages::none());
        pages.each(words_of(range), |part| {
            let part = words_of(part);
            let mut at = part.start;
            while at < part.end {
                // To the end of a page, so that what is read is whole or not there.
                let end = ((at & !4095) + WORDS * 8).min(part.end);
                let mut read = self.copy(at, end - at);
                let mut end = end;
                if !read {
                    end = ((at & !4095) + 4096).min(part.end);
                    read = self.copy(at, end - at);
                }
                if read {
                    for index in 0..(end - at) / 8 {
                        let value = self.words.get(index).copied().unwrap_or(0);
                        word(self, value as usize);
                    }
                }
                at = end;
            }
        });
        self.pages = pages;
    }

    fn copy(&mut self, at: usize, bytes: usize) -> bool {
        let words: *mut u8 = self.words.as_mut_ptr().cast();
        // SAFETY: the list's own bytes, of which there are no fewer.
        let into = unsafe { core::slice::from_raw_parts_mut(words, bytes.min(WORDS * 8)) };
        sys::read_memory(at, into)
    }

    /// Whether a pointer to a block's inside is one that is usual, and holds it: memcheck's four cases.
    fn is_known_inside(&self, found: usize, block: &Block, word: usize) -> bool {
        let inside = word - block.address;
        let bytes = block.bytes();
        if !word.is_multiple_of(8) || bytes < 8 || self.gaps.get(found) != Some(&0) {
            return false;
        }
        // SAFETY: within the block, whose first two words are there.
        let load = |at: usize| unsafe { (at as *const usize).read_volatile() };
        let first = load(block.address);
        match inside {
            // The characters of an old `std::string`, behind length, capacity and count of references.
            24 => {
                let capacity = load(block.address + 8);
                if capacity.checked_add(25) == Some(bytes) && first <= capacity {
                    return true;
                }
            }
            // Behind the size of the rest, as SQLite has it; or behind the number of elements, as `new[]` has it.
            8 if first > 0 && (bytes - 8).is_multiple_of(first) => return true,
            _ => {}
        }
        // A second base of an object: there is a table of functions at the begin, and another one here.
        inside + 8 <= bytes && self.is_table(load(word)) && self.is_table(first)
    }

    /// Whether an address is that of a table of functions: in a file that is mapped, with two addresses of code before
    /// anything else.
    fn is_table(&self, address: usize) -> bool {
        const LOOKED_AT: usize = 20;
        if !address.is_multiple_of(8) || address < 4096 {
            return false;
        }
        let Some(mapping) = mappings::at(self.mappings, address) else {
            return false;
        };
        if !mapping.has(FILE | READ) || mapping.has(DEVICE) {
            return false;
        }
        let bytes = (LOOKED_AT * 8).min(mapping.end - address);
        let mut table = [0_u8; LOOKED_AT * 8];
        let Some(table) = table.get_mut(..bytes) else {
            return false;
        };
        if !sys::read_memory(address, table) {
            return false;
        }
        let mut functions = 0;
        for word in table.as_chunks().0 {
            let function = usize::from_le_bytes(*word);
            if function == 0 {
                continue;
            }
            let code = mappings::at(self.mappings, function)
                .is_some_and(|mapping| mapping.has(FILE | EXECUTE));
            if !code {
                return false;
            }
            functions += 1;
            if functions == 2 {
                return true;
            }
        }
        false
    }
}

/// The whole words of a range.
fn words_of(range: Range<usize>) -> Range<usize> {
    let start = range.start.div_ceil(8) * 8;
    start..(range.end & !7).max(start)
}
