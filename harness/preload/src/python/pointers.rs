//! What points to something, among all live blocks.

use crate::scan::array::Array;
use crate::scan::mappings::Pages;
use crate::{blocks, sys};

/// What is looked for.
#[derive(Clone, Copy)]
struct Target {
    /// An address that may be pointed to.
    address: usize,
    /// What it belongs to: as it was given.
    number: usize,
}

/// Addresses that are looked for.
pub struct Targets {
    list: Array<Target>,
    /// A bit for each hash of an address that is looked for: most words of memory are none.
    hashes: [u64; HASHES / 64],
    low: usize,
    high: usize,
}

const HASHES: usize = 1 << 18;

fn hash(address: usize) -> usize {
    (address >> 3).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (usize::BITS - HASHES.trailing_zeros())
}

impl Targets {
    /// None yet.
    pub const fn new() -> Targets {
        Targets {
            list: Array::new(),
            hashes: [0; HASHES / 64],
            low: usize::MAX,
            high: 0,
        }
    }

    /// Forgets what was looked for.
    pub fn clear(&mut self) {
        self.list.truncate(0);
        self.hashes.fill(0);
        (self.low, self.high) = (usize::MAX, 0);
    }

    /// Adds an address; `None` without memory.
    pub fn add(&mut self, address: usize, number: usize) -> Option<()> {
        self.list.push(Target { address, number })?;
        let hash = hash(address);
        *self.hashes.get_mut(hash / 64)? |= 1 << (hash % 64);
        self.low = self.low.min(address);
        self.high = self.high.max(address);
        Some(())
    }

    /// Puts them in order, after the last one was added.
    pub fn sort(&mut self) {
        self.list.sort_unstable_by_key(|target| target.address);
    }

    #[inline]
    fn may_have(&self, word: usize) -> bool {
        if word < self.low || word > self.high {
            return false;
        }
        let hash = hash(word);
        self.hashes[hash / 64] >> (hash % 64) & 1 != 0
    }

    /// What a word points to.
    fn of(&self, word: usize) -> impl Iterator<Item = usize> + '_ {
        let first = self.list.partition_point(|target| target.address < word);
        let rest = self.list.get(first..).unwrap_or_default();
        let those = rest.iter().take_while(move |target| target.address == word);
        those.map(|target| target.number)
    }
}

/// A word that points to what is looked for.
pub struct Pointer {
    /// The block that it is in, and its size.
    pub block: (usize, usize),
    /// Where in the block.
    pub at: usize,
    /// What it points to: the number of the target.
    pub to: usize,
}

/// Looks through all live blocks, until so much processor time of this process is spent, in nanoseconds; `false` where that came first.
pub fn each(targets: &Targets, until: u64, mut pointer: impl FnMut(Pointer)) -> bool {
    /// Words between two looks at the clock.
    const BETWEEN: usize = 1 << 22;
    let mut pages = Pages::new();
    let mut words_left = BETWEEN;
    let mut late = false;
    blocks::each(
        |range, part| pages.each(range, part),
        |address, cell| {
            let bytes = cell.bytes() as usize;
            // All of a block at once: a large one is a table, and takes some milliseconds.
            words_left = words_left.saturating_sub(bytes / 8 + 8);
            if words_left == 0 {
                words_left = BETWEEN;
                late |= sys::clock(2) > until;
            }
            if late {
                return;
            }
            for at in (0..bytes & !7).step_by(8) {
                // SAFETY: within a live block; in a copy of the process nobody changes or frees it.
                let word = unsafe { ((address + at) as *const usize).read_volatile() };
                if targets.may_have(word) {
                    for to in targets.of(word) {
                        pointer(Pointer {
                            block: (address, bytes),
                            at,
                            to,
                        });
                    }
                }
            }
        },
    );
    pages.close();
    !late
}
