//! Ways that were gone before: from an innermost frame to one of the remembered ones.
//!
//! A loop allocates at a few places in turn, and the last stack is never that of the next allocation, though nearly all of
//! it is. So for each place the frames are kept that were new the last time, up to the remembered one that they led to,
//! with all that decided where they lie. Where all of that is as it was, the walk would go there again: it is known by some
//! compares that do not wait for each other, and so is the site of the whole stack.

use super::{DEPTH, Detail, End, Frame, Memory, Stack, mix};
use crate::stacks;
use crate::step::load;

/// Bits of the number of ways that are kept.
const BITS: u32 = 6;
/// The most words of a way.
const WORDS: usize = 24;

/// A way. All zero is none.
#[repr(C, align(64))]
struct Way {
    /// Where the innermost return address lies.
    slot: usize,
    pc: u64,
    /// `rbp` there, where it matters.
    bp: usize,
    /// Where the return address of the frame lies that it leads to.
    end_slot: usize,
    /// The index of that frame among those remembered.
    end: u32,
    /// New frames: the first of the words.
    frames: u16,
    /// Words of the stack that decide where it leads: return addresses, innermost first, and behind them others.
    count: u16,
    /// Whether `rbp` matters at the innermost frame, and whether it was made sure of at the end.
    needs_bp: bool,
    knows_end_bp: bool,
    /// See [`Known`].
    known: Known,
    /// `rbp` at the end.
    end_bp: usize,
    words: [Frame; WORDS],
}

/// What was known of the stack when the way was last gone.
#[derive(Clone, Copy)]
struct Known {
    /// Of the path to the frame that it leads to.
    outer: u64,
    /// What stands for the frames of Python.
    python: u64,
    site: u32,
}

/// The ways of a thread.
#[repr(C)]
pub(super) struct Ways([Way; 1 << BITS]);

impl Ways {
    pub(super) fn forget(&mut self) {
        for way in &mut self.0 {
            way.slot = 0;
        }
    }
}

#[inline]
fn index(slot: usize, pc: u64) -> usize {
    let both = (slot as u64 ^ pc.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (both >> (64 - BITS)) as usize
}

/// A way that leads where it led before.
pub struct Recalled {
    way: usize,
    /// How its stack ends.
    pub end: End,
}

impl Memory {
    /// The way from the innermost return address at `slot`, where it was gone before and all is as it was.
    ///
    /// # Safety
    ///
    /// As for [`Memory::walk`].
    #[inline]
    pub unsafe fn recall(&self, slot: usize, bp: usize) -> Option<Recalled> {
        // SAFETY: the caller's frame is live; words of a way lie further out on the same stack, as do remembered frames.
        unsafe {
            let pc = load(slot) as u64;
            let number = index(slot, pc);
            let way = self.ways.0.get_unchecked(number);
            if way.slot != slot || way.pc != pc || way.end as usize >= self.remembered {
                return None;
            }
            let end = way.end as usize;
            let (frame, detail) = (
                self.frames.get_unchecked(end),
                self.details.get_unchecked(end),
            );
            let is_met = frame.slot == way.end_slot
                && (!way.needs_bp || way.bp == bp)
                && (!detail.needs_bp() || way.knows_end_bp && detail.bp == way.end_bp);
            if !is_met || self.epoch != stacks::epoch() {
                return None;
            }
            let mut differs = load(frame.slot) as u64 ^ frame.pc;
            for word in way.words.get_unchecked(..way.count as usize) {
                differs |= load(word.slot) as u64 ^ word.pc;
            }
            if differs != 0 || self.first_change(end).is_some() {
                return None;
            }
            Some(Recalled {
                way: number,
                end: if self.cut { End::Cut } else { End::Whole },
            })
        }
    }

    /// The site of a recalled way, where it is known with these frames of Python.
    #[inline]
    pub fn recalled_site(&self, recalled: &Recalled, python: u64) -> Option<u32> {
        let way = &self.ways.0[recalled.way];
        let is_same = way.known.outer == self.details[way.end as usize].hash
            && way.known.python == python;
        is_same.then_some(way.known.site)
    }

    /// The hash of a recalled way's whole stack.
    pub fn recalled_hash(&self, recalled: &Recalled) -> u64 {
        let way = &self.ways.0[recalled.way];
        let outer = self.details[way.end as usize].hash;
        let frames = way.words[..way.frames as usize].iter().rev();
        frames.fold(outer, |hash, frame| mix(hash, frame.pc))
    }

    /// The innermost return address of a recalled way.
    pub fn recalled_pc(&self, recalled: &Recalled) -> u64 {
        self.ways.0[recalled.way].pc
    }

    /// Notes the site of a recalled way.
    pub fn note_site(&mut self, recalled: &Recalled, python: u64, site: u32) {
        let way = &mut self.ways.0[recalled.way];
        let outer = self.details[way.end as usize].hash;
        way.known = Known {
            outer,
            python,
            site,
        };
    }

    /// All frames of a recalled way's stack.
    #[cold]
    pub fn recalled_stack(&mut self, recalled: &Recalled) -> Stack<'_> {
        let way = &self.ways.0[recalled.way];
        let (end, count) = (way.end as usize, way.frames as usize);
        let hash = self.recalled_hash(recalled);
        let (outer, inner) = self.whole[..end + 1 + count].split_at_mut(end + 1);
        outer.copy_from_slice(&self.frames[..=end]);
        let frames = way.words[..count].iter().rev();
        for (place, frame) in inner.iter_mut().zip(frames) {
            *place = *frame;
        }
        Stack {
            frames: &self.whole[..end + 1 + count],
            hash,
        }
    }

    /// Keeps the way of the last walk with its site.
    #[inline]
    pub fn keep_way(&mut self, bp: usize, python: u64, site: u32) {
        let (kept, depth) = (self.kept, self.depth);
        if kept == 0 || self.remembered != depth {
            return;
        }
        let end = kept - 1;
        let (first_word, last_word) = (self.details[end].words(), self.details[depth - 1].words());
        let frames = depth - kept;
        let count = frames + (last_word - first_word);
        if count > WORDS || depth + WORDS > DEPTH {
            return;
        }
        let leaf = self.frames[depth - 1];
        let way = &mut self.ways.0[index(leaf.slot, leaf.pc)];
        let inner: &Detail = &self.details[depth - 1];
        let outer: &Detail = &self.details[end];
        way.slot = leaf.slot;
        way.pc = leaf.pc;
        way.bp = bp;
        way.end_slot = self.frames[end].slot;
        way.end = end as u32;
        way.frames = frames as u16;
        way.count = count as u16;
        way.needs_bp = inner.needs_bp();
        way.knows_end_bp = outer.needs_bp();
        way.known = Known {
            outer: outer.hash,
            python,
            site,
        };
        way.end_bp = outer.bp;
        let new = self.frames[kept..depth].iter().rev().copied();
        let others = self.words[first_word..last_word].iter();
        let others = others.map(|word| Frame {
            slot: word.at,
            pc: word.value as u64,
        });
        for (place, word) in way.words.iter_mut().zip(new.chain(others)) {
            *place = word;
        }
    }
}
