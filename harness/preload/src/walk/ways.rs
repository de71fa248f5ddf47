//! Ways that were gone before: from an innermost frame to one of the remembered ones.
//!
//! A loop allocates at a few places in turn, and the last stack is never that of the next allocation, though nearly all of
//! it is. So for each place the frames are kept that were new the last time, up to the remembered one that they led to,
//! with all that decided where they lie. Where all of that is as it was, the walk would go there again: it is known by some
//! compares that do not wait for each other, and so is the site of the whole stack.

use super::{DEPTH, End, Frame, Memory, Stack, mix};
use crate::stacks;
use crate::step::load;

/// Bits of the number of ways that are kept.
const BITS: u32 = 8;
/// The most words of a way.
const WORDS: usize = 16;

/// A way. All zero is none. What each look at it needs is one line of the cache.
#[repr(C, align(64))]
struct Way {
    /// Where the innermost return address lies, and above [`ADDRESS_BITS`] the stamp of when it was kept.
    key: usize,
    pc: u64,
    /// `rbp` there.
    bp: usize,
    /// Where the return address of the frame lies that it leads to, and `rbp` there.
    end_slot: usize,
    end_bp: usize,
    /// The hash of the path to that frame, the number for the frames of Python, and the site, as they were when the way was
    /// last gone.
    outer: u64,
    python: u64,
    site: u32,
    /// The index of that frame among those remembered, and in the upper bits [`NEEDS_BP`] and [`KNOWS_END_BP`].
    end: u16,
    /// New frames: the first of the words.
    frames: u8,
    /// Words of the stack that decide where it leads: return addresses, innermost first, and behind them others.
    count: u8,
    words: [Frame; WORDS],
}

/// `rbp` at the innermost frame decides where the way leads.
const NEEDS_BP: u16 = 1 << 15;
/// What decides `rbp` at the end of the way is among its words.
const KNOWS_END_BP: u16 = 1 << 14;
const END: u16 = KNOWS_END_BP - 1;
const _: () = assert!(DEPTH - 1 <= END as usize);

/// Bits of an address.
const ADDRESS_BITS: u32 = 48;

impl Way {
    #[inline]
    fn end(&self) -> usize {
        (self.end & END) as usize
    }

    /// The new frames, innermost first.
    fn new_frames(&self) -> &[Frame] {
        &self.words[..self.frames as usize]
    }
}

/// The ways of a thread. All zero are none.
#[repr(C)]
pub(super) struct Ways {
    all: [Way; 1 << BITS],
    /// Ways of another stamp are forgotten ones.
    stamp: usize,
    /// How many more looks may be in vain than not before they are given up for a while.
    credit: u32,
    /// How many walks are still to be made without a look.
    rest: u32,
    /// Which of two places is given to the next way that finds both taken.
    turn: usize,
}

/// Looks in vain that are made before they are given up.
const CREDIT: u32 = 128;
/// The most credit.
const MOST_CREDIT: u32 = 256;
/// Walks without a look.
const REST: u32 = 4096;

impl Ways {
    /// Forgets them all, without a look at each: a thread that ends soon has few, and no room for others.
    pub(super) fn forget(&mut self) {
        self.stamp = self.stamp.wrapping_add(1 << ADDRESS_BITS);
        if self.stamp == 0 {
            self.all.iter_mut().for_each(|way| way.key = 0);
        }
    }

    /// The place of a way, of the two that it may have.
    #[inline(always)]
    fn place(&self, slot: usize, pc: u64) -> Option<usize> {
        let (first, key) = (index(slot, pc), slot | self.stamp);
        [first, first ^ 1].into_iter().find(|place| {
            // SAFETY: an index is one of a way.
            let way = unsafe { self.all.get_unchecked(*place) };
            way.key == key && way.pc == pc
        })
    }

    /// The place for a way that may have one already.
    #[inline]
    fn place_for(&mut self, slot: usize, pc: u64) -> usize {
        let first = index(slot, pc);
        let is_free = |place: &usize| {
            let key = self.all[*place].key;
            key == 0 || key >> ADDRESS_BITS != self.stamp >> ADDRESS_BITS
        };
        let taken = self.place(slot, pc);
        taken
            .or_else(|| [first, first ^ 1].into_iter().find(is_free))
            .unwrap_or_else(|| {
                self.turn ^= 1;
                first ^ self.turn
            })
    }

    /// A look was in vain. Where most are, it costs more to look and to keep ways than it saves.
    #[inline]
    fn missed(&mut self) {
        match self.credit.checked_sub(1) {
            Some(left) => self.credit = left,
            None => {
                self.credit = CREDIT;
                self.rest = REST;
            }
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
    #[inline(always)]
    pub unsafe fn recall(&mut self, slot: usize, bp: usize) -> Option<Recalled> {
        if self.ways.rest > 0 {
            return None;
        }
        // SAFETY: as the caller promises.
        let recalled = unsafe { self.look(slot, bp) };
        if recalled.is_some() {
            self.ways.credit = (self.ways.credit + 1).min(MOST_CREDIT);
        } else {
            self.ways.missed();
        }
        recalled
    }

    /// # Safety
    ///
    /// As for [`Memory::walk`].
    #[inline(always)]
    unsafe fn look(&self, slot: usize, bp: usize) -> Option<Recalled> {
        // SAFETY: the caller's frame is live; words of a way lie further out on the same stack, as do remembered frames.
        unsafe {
            let pc = load(slot) as u64;
            let number = self.ways.place(slot, pc)?;
            let way = self.ways.all.get_unchecked(number);
            let end = way.end();
            if end >= self.remembered {
                return None;
            }
            let (frame, detail) = (
                self.frames.get_unchecked(end),
                self.details.get_unchecked(end),
            );
            let is_met = frame.slot == way.end_slot
                && (way.end & NEEDS_BP == 0 || way.bp == bp)
                && (!detail.needs_bp() || way.end & KNOWS_END_BP != 0 && detail.bp == way.end_bp);
            if !is_met || self.epoch != stacks::epoch() {
                return None;
            }
            let mut differs = load(frame.slot) as u64 ^ frame.pc;
            for word in way.words.get_unchecked(..way.count as usize) {
                differs |= load(word.slot) as u64 ^ word.pc;
            }
            if differs != 0 || !self.is_as_it_was(end) {
                return None;
            }
            Some(Recalled {
                way: number,
                end: if self.cut { End::Cut } else { End::Whole },
            })
        }
    }

    /// Whether all further out than a remembered frame is as it was. (See [`Memory::first_change`].)
    ///
    /// # Safety
    ///
    /// That frame is remembered, and lies on a stack that is mapped.
    #[inline(always)]
    unsafe fn is_as_it_was(&self, from: usize) -> bool {
        // SAFETY: as the caller promises.
        unsafe {
            let mut differs = 0;
            // Without a branch: that pays, since a way whose own words are as they were is seldom gone in vain.
            for frame in self.frames.get_unchecked(..from) {
                differs |= load(frame.slot) as u64 ^ frame.pc;
            }
            let words = self.details.get_unchecked(from).words();
            for word in self.words.get_unchecked(..words) {
                differs |= (load(word.at) ^ word.value) as u64;
            }
            differs == 0
        }
    }

    /// The site of a recalled way, where it is known with these frames of Python.
    #[inline]
    pub fn recalled_site(&self, recalled: &Recalled, python: u64) -> Option<u32> {
        // SAFETY: the numbers are those of a way and of the remembered frame that it leads to.
        let (way, outer) = unsafe {
            let way = self.ways.all.get_unchecked(recalled.way);
            (way, self.details.get_unchecked(way.end()).hash)
        };
        (way.outer == outer && way.python == python).then_some(way.site)
    }

    /// The hash of a recalled way's whole stack, and its innermost return address.
    pub fn recalled_hash(&self, recalled: &Recalled) -> (u64, u64) {
        let way = &self.ways.all[recalled.way];
        let outer = self.details[way.end()].hash;
        let frames = way.new_frames().iter().rev();
        (
            frames.fold(outer, |hash, frame| mix(hash, frame.pc)),
            way.pc,
        )
    }

    /// Notes the site of a recalled way.
    pub fn note_site(&mut self, recalled: &Recalled, python: u64, site: u32) {
        let way = &mut self.ways.all[recalled.way];
        way.outer = self.details[way.end()].hash;
        way.python = python;
        way.site = site;
    }

    /// All frames of a recalled way's stack.
    #[cold]
    pub fn recalled_stack(&mut self, recalled: &Recalled) -> Stack<'_> {
        let way = &self.ways.all[recalled.way];
        let (kept, hash) = (way.end() + 1, self.recalled_hash(recalled).0);
        // Where a walk puts its new frames, which are larger, is nothing that is needed now.
        // SAFETY: there is room for as many, and any words are frames.
        let whole = unsafe {
            let place = self.fresh.as_mut_ptr().cast::<Frame>();
            core::slice::from_raw_parts_mut(place, kept + way.frames as usize)
        };
        let (outer, inner) = whole.split_at_mut(kept);
        outer.copy_from_slice(&self.frames[..kept]);
        let frames = way.new_frames().iter().rev();
        for (place, frame) in inner.iter_mut().zip(frames) {
            *place = *frame;
        }
        Stack {
            frames: whole,
            hash,
        }
    }

    /// Keeps the way of the last walk with its site.
    #[inline]
    pub fn keep_way(&mut self, bp: usize, python: u64, site: u32) {
        if self.ways.rest > 0 {
            self.ways.rest -= 1;
            return;
        }
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
        let (inner, outer) = (&self.details[depth - 1], &self.details[end]);
        let needs = if inner.needs_bp() { NEEDS_BP } else { 0 };
        let knows = if outer.needs_bp() { KNOWS_END_BP } else { 0 };
        let place = self.ways.place_for(leaf.slot, leaf.pc);
        let key = leaf.slot | self.ways.stamp;
        let way = &mut self.ways.all[place];
        way.key = key;
        way.pc = leaf.pc;
        way.bp = bp;
        way.end_slot = self.frames[end].slot;
        way.end_bp = outer.bp;
        way.outer = outer.hash;
        way.python = python;
        way.site = site;
        way.end = end as u16 | needs | knows;
        way.frames = frames as u8;
        way.count = count as u8;
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
