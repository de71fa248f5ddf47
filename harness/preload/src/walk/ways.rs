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
const WORDS: usize = 15;

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
    /// The number of the remembered frames with which it is known that the way leads where it led, to that site, as far as
    /// its words and the remembered ones are as they were; 0 for none. See [`Memory::known_site`].
    known_with: u64,
    /// Words of the remembered frames that have to be looked at, beside return addresses.
    outer_words: u64,
    words: [Frame; WORDS],
}
const _: () = assert!(size_of::<Way>() == 320);

/// `rbp` at the innermost frame decides where the way leads.
const NEEDS_BP: u16 = 1 << 15;
/// What decides `rbp` at the end of the way is among its words.
const KNOWS_END_BP: u16 = 1 << 14;
const END: u16 = KNOWS_END_BP - 1;
const _: () = assert!(DEPTH - 1 <= END as usize);

/// A bit of [`Way::known_with`].
const TO_CHECK: u64 = 1 << 63;

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

    /// A look was not in vain. (What is beyond the most credit goes with the next that is.)
    #[inline(always)]
    fn earn(&mut self) {
        self.credit = self.credit.wrapping_add(1);
    }

    /// A look was in vain. Where most are, it costs more to look and to keep ways than it saves.
    #[inline]
    fn missed(&mut self) {
        match self.credit.min(MOST_CREDIT).checked_sub(1) {
            Some(left) => self.credit = left,
            None => {
                self.credit = CREDIT;
                self.rest = REST;
            }
        }
    }
}

/// Whether what lies at some places is not what lay there. Without a branch: that pays, since such looks are seldom in
/// vain.
///
/// # Safety
///
/// They lie on a stack that is mapped.
#[inline(always)]
unsafe fn differ(frames: &[Frame]) -> u64 {
    // SAFETY: as the caller promises.
    let differs = |frame: &Frame| unsafe { load(frame.slot) } as u64 ^ frame.pc;
    let mut eights = frames.chunks_exact(8);
    let mut any = 0;
    for eight in &mut eights {
        for frame in eight {
            any |= differs(frame);
        }
    }
    for frame in eights.remainder() {
        any |= differs(frame);
    }
    any
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
    /// The site of the stack whose innermost return address lies at `slot`, with these frames of Python, where its way was
    /// gone with the same remembered frames before: nothing is left to do then but to compare.
    ///
    /// # Safety
    ///
    /// As for [`Memory::walk`].
    #[inline(always)]
    pub unsafe fn known_site(&mut self, slot: usize, bp: usize, python: u64) -> Option<u32> {
        // SAFETY: as the caller promises.
        unsafe { self.known_with(self.number, slot, bp, python) }
    }

    /// The same where every stack is compared with another unwinder's: [`Memory::known_site`] knows none then, so that this
    /// can be held against what is found without it.
    ///
    /// # Safety
    ///
    /// As for [`Memory::walk`].
    #[cold]
    pub unsafe fn site_to_check(&mut self, slot: usize, bp: usize, python: u64) -> Option<u32> {
        // SAFETY: as the caller promises.
        unsafe { self.known_with(self.number | TO_CHECK, slot, bp, python) }
    }

    /// # Safety
    ///
    /// As for [`Memory::walk`].
    #[inline(always)]
    unsafe fn known_with(
        &mut self,
        known_with: u64,
        slot: usize,
        bp: usize,
        python: u64,
    ) -> Option<u32> {
        if self.ways.rest > 0 {
            return None;
        }
        // SAFETY: the caller's frame is live; words of a way lie further out on the same stack, as do remembered frames.
        unsafe {
            let pc = load(slot) as u64;
            let number = self.ways.place(slot, pc)?;
            let way = self.ways.all.get_unchecked(number);
            let is_known = way.known_with == known_with
                && way.python == python
                && (way.end & NEEDS_BP == 0 || way.bp == bp)
                && self.epoch == stacks::epoch();
            if !is_known {
                return None;
            }
            let own = way.words.get_unchecked(..way.count as usize);
            let outer = self.frames.get_unchecked(..=way.end());
            let differs = differ(own) | differ(outer);
            let words = self.words.get_unchecked(..way.outer_words as usize);
            let differs = words.iter().fold(differs, |differs, word| {
                differs | (load(word.at) ^ word.value) as u64
            });
            if differs != 0 {
                return None;
            }
            let site = way.site;
            self.ways.earn();
            Some(site)
        }
    }

    /// A way was found to lead to a site with the frames that are remembered now.
    #[inline]
    fn know(&mut self, way: usize) {
        let known_with = match (self.cut, crate::check::wanted()) {
            (false, false) => self.number,
            (false, true) => self.number | TO_CHECK,
            // It is to be counted each time that the stack is cut.
            (true, _) => 0,
        };
        let words = self.details[self.ways.all[way].end()].words();
        let way = &mut self.ways.all[way];
        way.known_with = known_with;
        way.outer_words = words as u64;
    }

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
            self.ways.earn();
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
            let own = differ(way.words.get_unchecked(..way.count as usize));
            let differs = load(frame.slot) as u64 ^ frame.pc | own;
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
            let mut differs = differ(self.frames.get_unchecked(..from));
            let words = self.details.get_unchecked(from).words();
            for word in self.words.get_unchecked(..words) {
                differs |= (load(word.at) ^ word.value) as u64;
            }
            differs == 0
        }
    }

    /// The site of a recalled way, where it is known with these frames of Python.
    #[inline]
    pub fn recalled_site(&mut self, recalled: &Recalled, python: u64) -> Option<u32> {
        // SAFETY: the numbers are those of a way and of the remembered frame that it leads to.
        let (way, outer) = unsafe {
            let way = self.ways.all.get_unchecked(recalled.way);
            (way, self.details.get_unchecked(way.end()).hash)
        };
        if way.outer != outer || way.python != python {
            return None;
        }
        let site = way.site;
        self.know(recalled.way);
        Some(site)
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
        self.know(recalled.way);
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
        self.know(place);
    }
}
