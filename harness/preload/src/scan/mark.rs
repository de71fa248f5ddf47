//! What points to what: from the roots to all blocks that are held, and from lost blocks to those that are lost with
//! them. The classes and the rules are those of valgrind's memcheck.

use super::array::Array;
use super::index::{Block, Index, ask_for};
use super::mappings::{self, DEVICE, EXECUTE, FILE, Mapping, Pages, READ, SHARED};
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

/// How a word was met: not at all, in what is held, in what is possibly held, where only begins of blocks count, in what
/// is lost.
const NOTHING: u8 = 0;
const SURE: u8 = 1;
const UNSURE: u8 = 2;
const BEGINS: u8 = 3;
const LOST: u8 = 4;

/// A word that was met and is still to be looked up.
#[derive(Clone, Copy)]
struct Met {
    word: usize,
    located: u32,
    how: u8,
}

const NOT_MET: Met = Met {
    word: 0,
    located: 0,
    how: NOTHING,
};

/// How many words are met before one is looked up.
const AHEAD: usize = 16;

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
    met: [Met; AHEAD],
    located: [Met; AHEAD],
    turn: usize,
    /// The lost block whose followers are looked for.
    leader: usize,
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
            met: [NOT_MET; AHEAD],
            located: [NOT_MET; AHEAD],
            turn: 0,
            leader: 0,
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
        self.meet(
            word,
            match trust {
                Trust::Full => SURE,
                Trust::BeginsOnly => BEGINS,
                Trust::Doubtful => UNSURE,
            },
        );
    }

    /// A word that may point into a block. It is looked up when some more words have been met, so that what that takes
    /// has come from memory by then.
    #[inline]
    fn meet(&mut self, word: usize, how: u8) {
        if !self.index.foresee(word) {
            return;
        }
        let turn = self.turn % AHEAD;
        self.turn = self.turn.wrapping_add(1);
        let met = Met {
            word,
            located: 0,
            how,
        };
        let Some(place) = self.met.get_mut(turn) else {
            return;
        };
        let before = core::mem::replace(place, met);
        if before.how != NOTHING {
            self.locate(before, turn);
        }
    }

    #[inline]
    fn locate(&mut self, met: Met, turn: usize) {
        let Some(located) = self.index.locate(met.word) else {
            return;
        };
        if let Some(class) = self.classes.get(located) {
            ask_for(class);
        }
        let met = Met {
            located: located as u32,
            ..met
        };
        let Some(place) = self.located.get_mut(turn) else {
            return;
        };
        let before = core::mem::replace(place, met);
        self.settle(before);
    }

    /// Looks up all that was met.
    fn catch_up(&mut self) {
        for turn in 0..AHEAD {
            if let Some(place) = self.met.get_mut(turn) {
                let met = core::mem::replace(place, NOT_MET);
                if met.how != NOTHING {
                    self.locate(met, turn);
                }
            }
        }
        for turn in 0..AHEAD {
            if let Some(place) = self.located.get_mut(turn) {
                let met = core::mem::replace(place, NOT_MET);
                self.settle(met);
            }
        }
    }

    #[inline]
    fn settle(&mut self, met: Met) {
        if met.how == NOTHING {
            return;
        }
        let Some((found, block)) = self.index.settle(met.located as usize, met.word) else {
            return;
        };
        match met.how {
            SURE => self.reach(found, &block, met.word, true),
            UNSURE => self.reach(found, &block, met.word, false),
            BEGINS if block.address == met.word => self.reach(found, &block, met.word, true),
            LOST if found != self.leader => {
                if let Some(class) = self.classes.get_mut(found)
                    && *class == UNREACHED
                {
                    *class = INDIRECT;
                    self.wait(found);
                }
            }
            _ => {}
        }
    }

    /// A word points into a block: `sure` where what the word lies in is held itself.
    #[inline]
    fn reach(&mut self, found: usize, block: &Block, word: usize, sure: bool) {
        let Some(class) = self.classes.get(found).copied() else {
            return;
        };
        if class == REACHABLE || class == POSSIBLE && !sure {
            return;
        }
        let holds = sure && (word == block.address || self.is_known_inside(found, block, word));
        let new = match (holds, class) {
            (true, _) => REACHABLE,
            (false, UNREACHED) => POSSIBLE,
            (false, _) => return,
        };
        if let Some(class) = self.classes.get_mut(found) {
            *class = new;
        }
        ask_for(block.address as *const u64);
        self.wait(found);
    }

    fn wait(&mut self, found: usize) {
        self.failed |= self.waiting.push(found as u32).is_none();
    }

    /// All words of a range outside of the blocks. It may not be readable everywhere.
    pub fn scan_root(&mut self, range: Range<usize>, trust: Trust) {
        let shared = mappings::at(self.mappings, range.start)
            .is_some_and(|mapping| mapping.traits & (SHARED | FILE) != 0);
        self.each_copied(range, shared, |marker, word| marker.root(word, trust));
    }

    /// Looks at what waits, until nothing does.
    pub fn drain(&mut self) {
        while let Some(found) = self.next() {
            let how = if self.classes.get(found) == Some(&POSSIBLE) {
                UNSURE
            } else {
                SURE
            };
            self.each_word(found, |marker, word| marker.meet(word, how));
        }
    }

    /// What waits; where nothing does, what was met is looked up first.
    fn next(&mut self) -> Option<usize> {
        if self.waiting.is_empty() {
            self.catch_up();
        }
        self.waiting.pop().map(|found| found as usize)
    }

    /// Of the blocks that nothing reached, in the order of their addresses, each is lost by itself until another lost one
    /// is found to point to it.
    pub fn lose(&mut self) {
        for leader in 0..self.index.blocks.len() {
            if self.classes.get(leader) != Some(&UNREACHED) {
                continue;
            }
            self.leader = leader;
            self.wait(leader);
            while let Some(found) = self.next() {
                self.each_word(found, |marker, word| marker.meet(word, LOST));
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
            return self.each_copied(range, true, word);
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
            let part = words_of(part);
            // SAFETY: as above; whole words.
            let words =
                unsafe { core::slice::from_raw_parts(part.start as *const usize, part.len() / 8) };
            each_in(words, |value| word(self, value));
        });
        self.pages = pages;
    }

    /// The words of a range that may have gaps, or a file behind it that has become shorter; `shared` where its pages
    /// need not be there to have something in them.
    fn each_copied(
        &mut self,
        range: Range<usize>,
        shared: bool,
        mut word: impl FnMut(&mut Self, usize),
    ) {
        let mut pages = core::mem::replace(&mut self.pages, Pages::none());
        let range = words_of(range);
        if shared {
            pages.each_shared(range, |part| self.each_of_part(part, &mut word));
        } else {
            pages.each(range, |part| self.each_of_part(part, &mut word));
        }
        self.pages = pages;
    }

    fn each_of_part(&mut self, part: Range<usize>, word: &mut impl FnMut(&mut Self, usize)) {
        let part = words_of(part);
        let mut at = part.start;
        while at < part.end {
            // To the end of a page, so that what is read is whole or not there.
            let mut end = ((at & !4095) + WORDS * 8).min(part.end);
            let mut read = self.copy(at, end - at);
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

/// Hands on the words of a large piece of memory, but for those of lines that have nothing in them: much of a table or a
/// buffer that was only zeroed has not.
fn each_in(words: &[usize], mut word: impl FnMut(usize)) {
    let (lines, rest) = words.as_chunks::<8>();
    for line in lines {
        if line.iter().fold(0, |all, value| all | value) != 0 {
            line.iter().for_each(|value| word(*value));
        }
    }
    rest.iter().for_each(|value| word(*value));
}

/// The whole words of a range.
fn words_of(range: Range<usize>) -> Range<usize> {
    let start = range.start.div_ceil(8) * 8;
    start..(range.end & !7).max(start)
}
