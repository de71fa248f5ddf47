//! The call stack at a hook: by the rules of the frames that are new, and by one look at each that was there before.
//!
//! Between two allocations of a thread most of the stack stays as it is. The last stack is remembered with the place on
//! the stack where each return address was read. A walk goes by rules from the innermost frame until it meets a
//! remembered one, and from there outwards looks whether each place still has the value that it had: the place of a
//! frame's caller is a function of the frame's address, its place, and of `rbp` and a few words where its rule says so,
//! so all that was read is compared, and the result is that of a full walk.

use crate::rule::{Cfa, Rule, Saved};
use crate::step::{At, Step, load};
use crate::{rules, stacks};
use core::arch::asm;
use core::mem::offset_of;

mod changes;
mod elsewhere;
mod ways;
pub use ways::Recalled;

/// Frames that are kept of a stack; what is further out is cut off and counted.
pub const DEPTH: usize = 16 << 10;

/// A frame by where its return address lies, and that address. Its stack pointer after the return is `slot + 8`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Frame {
    /// Where the return address was read.
    pub slot: usize,
    /// The return address: an address in the frame's function, after its call.
    pub pc: u64,
}

/// What is seldom needed of a remembered frame.
#[repr(C)]
#[derive(Clone, Copy)]
struct Detail {
    /// Of the path from the outermost frame to this one.
    hash: u64,
    /// `rbp` in the frame.
    bp: usize,
    rule: u64,
    /// Words to look at, of this frame and all further out; and in the lowest bit whether `rbp` of this frame decides
    /// where a frame further out lies.
    words_and_need: u64,
}

impl Detail {
    #[inline]
    fn words(&self) -> usize {
        (self.words_and_need >> 1) as usize
    }

    #[inline]
    fn needs_bp(&self) -> bool {
        self.words_and_need & 1 != 0
    }
}

/// A word of the stack, beside the return addresses, that decided where a frame lies.
#[repr(C)]
#[derive(Clone, Copy)]
struct Word {
    at: usize,
    value: usize,
    frame: usize,
}

/// A frame that was walked just now.
#[repr(C)]
#[derive(Clone, Copy)]
struct Fresh {
    slot: usize,
    pc: u64,
    bp: usize,
    rule: u64,
}

/// The last stack of a thread, outermost frame first. All zero is an empty one.
#[repr(C)]
pub struct Memory {
    /// Remembered frames: the next walk may rest on them.
    remembered: usize,
    /// Frames of the last walk.
    depth: usize,
    /// When it was remembered: a module unloaded since makes it worthless.
    epoch: u32,
    /// The outermost remembered frame has no rule: the stack was cut there.
    cut: bool,
    /// The stack of this thread was looked for.
    bounds_known: bool,
    /// The thread's own stack.
    own: (usize, usize),
    /// The last other stack it was on: a coroutine's, or a signal handler's.
    other: (usize, usize),
    /// Two that lie further out than all frames: see [`foretold`].
    beyond: [Frame; 2],
    frames: [Frame; DEPTH],
    details: [Detail; DEPTH],
    words: [Word; DEPTH],
    fresh: [Fresh; DEPTH],
    /// Of the frames of the last walk so many, the outermost, were remembered before.
    kept: usize,
    /// Another one after each walk: what rests on remembered frames rests on those of one number.
    number: u64,
    ways: ways::Ways,
}

/// A stack that was walked.
pub struct Stack<'m> {
    /// Its frames, outermost first; never empty.
    pub frames: &'m [Frame],
    /// Of all of it.
    pub hash: u64,
}

/// How a walk ended, for the counters of trouble.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// At the outermost frame.
    Whole,
    /// At code without a rule.
    Cut,
    /// It was too deep.
    TooDeep,
}

#[inline]
fn mix(hash: u64, pc: u64) -> u64 {
    let product = u128::from(hash ^ pc) * 0x9E37_79B9_7F4A_7C15;
    product as u64 ^ (product >> 64) as u64
}

/// Goes to the remembered frame that lies at a slot or next to it, further out; gives the slot back.
///
/// Most frames lie where one lay before, whatever function it is of. Then the slot is what is read from there, so that the
/// processor goes on with the next frame while it is still at work on the rule that leads to it.
///
/// # Safety
///
/// `near` is one of some frames, of which the two outermost lie further out than the slot, but not the outermost itself.
#[inline(always)]
unsafe fn foretold(near: &mut *const Frame, slot: usize) -> usize {
    // SAFETY: as the caller promises.
    unsafe {
        let next = near.sub(1);
        if (*next).slot == slot {
            *near = next;
        } else {
            while (**near).slot < slot {
                *near = near.sub(1);
            }
            if (**near).slot != slot {
                return slot;
            }
        }
        let foretold: usize;
        // The compiler is not to know that it is the same number, nor to read it without having compared.
        asm!(
            "mov {foretold}, qword ptr [{near}]",
            near = in(reg) &raw const (**near).slot,
            foretold = lateout(reg) foretold,
            options(readonly, nostack, preserves_flags),
        );
        foretold
    }
}

impl Memory {
    /// Forgets the remembered stack.
    pub fn forget(&mut self) {
        self.remembered = 0;
        self.number += 1;
        self.bounds_known = false;
        self.own = (0, 0);
        self.ways.forget();
    }

    /// Forgets the sites that ways led to.
    pub fn forget_ways(&mut self) {
        self.ways.forget();
    }

    /// The stack whose innermost return address lies at `slot`, with `rbp` as it is there.
    ///
    /// # Safety
    ///
    /// Called by the thread of this memory, with a live frame of its stack.
    #[inline]
    pub unsafe fn walk(&mut self, slot: usize, bp: usize) -> (Stack<'_>, End) {
        if self.epoch != stacks::epoch() {
            self.epoch = stacks::epoch();
            self.remembered = 0;
            self.ways.forget();
        }
        let own = self.own.0 <= slot && slot < self.own.1;
        // SAFETY: as the caller promises.
        let end = unsafe {
            if own {
                self.walk_own(slot, bp)
            } else {
                self.walk_elsewhere(slot, bp)
            }
        };
        let frames = &self.frames[..self.depth];
        (
            Stack {
                frames,
                hash: self.details[self.depth - 1].hash,
            },
            end,
        )
    }

    /// On the thread's own stack, with what is remembered.
    ///
    /// # Safety
    ///
    /// As for [`Memory::walk`], and `slot` lies on the thread's own stack.
    #[inline]
    unsafe fn walk_own(&mut self, slot: usize, bp: usize) -> End {
        let top = self.own.1;
        // Remembered frames by their addresses, of which the one at `beyond` is none and lies further out than them all.
        // `near` is the next one that may lie where the walk is.
        let beyond = self.beyond();
        // SAFETY: the remembered frames come next, and there are so many; there is room for all fresh ones.
        let (mut near, fresh_end) = unsafe {
            let fresh = self.fresh.as_mut_ptr();
            (beyond.add(self.remembered), fresh.add(DEPTH))
        };
        // Those that may be met, and whether it was looked at that all of them are as they were.
        let (mut innermost, mut looked) = (near, false);
        let mut fresh = self.fresh.as_mut_ptr();
        // SAFETY: the slot lies on the stack, and so not at `beyond` or further out.
        let mut at = unsafe {
            foretold(&mut near, slot);
            let pc = load(slot) as u64;
            At { slot, pc, bp }
        };
        let (kept, end) = loop {
            // SAFETY: `near` is a remembered frame, or `beyond`, which lies nowhere.
            let met = unsafe {
                near <= innermost
                    && (*near).slot == at.slot
                    && (*near).pc == at.pc
                    && self.is_met(near.offset_from(beyond) as usize - 1, at.bp)
            };
            if met {
                // SAFETY: as above; remembered frames lie on the own stack, further out than the current one.
                let (met, changes) = unsafe {
                    let met = near.offset_from(beyond) as usize - 1;
                    (met, if looked { None } else { self.changes(met) })
                };
                let Some((inner, outer)) = changes else {
                    break (met + 1, if self.cut { End::Cut } else { End::Whole });
                };
                // SAFETY: what lies inside of the change is as it was; the frames are remembered ones.
                unsafe {
                    fresh = self.take_over(met, inner, &mut at, fresh);
                    innermost = beyond.add(outer);
                    looked = true;
                    foretold(&mut near, at.slot);
                }
                if fresh == fresh_end {
                    break (0, End::TooDeep);
                }
                continue;
            }
            let rule = rules::of(at.pc.wrapping_sub(1));
            // SAFETY: there is room for one more, as every way here has seen to.
            unsafe {
                *fresh = Fresh {
                    slot: at.slot,
                    pc: at.pc,
                    bp: at.bp,
                    rule: rule.word(),
                };
                fresh = fresh.add(1);
            }
            if fresh == fresh_end {
                break (0, End::TooDeep);
            }
            // SAFETY: the frame lies on the stack, which ends at `top`.
            match unsafe { at.step(rule, top, |slot| foretold(&mut near, slot)) } {
                Step::Caller => {}
                Step::End => break (0, End::Whole),
                Step::Cut => break (0, End::Cut),
                Step::Signal => {
                    // SAFETY: as for this walk.
                    return unsafe { self.beyond_signal(at, self.count_to(fresh)) };
                }
            }
        };
        let count = self.count_to(fresh);
        // The innermost frames are those that count.
        let (kept, end) = if kept + count > DEPTH {
            (0, End::TooDeep)
        } else {
            (kept, end)
        };
        self.remember(kept, count);
        self.remembered = self.depth;
        self.cut = end == End::Cut;
        end
    }

    /// The frame right before those that are remembered: one that lies nowhere.
    #[inline]
    fn beyond(&self) -> *const Frame {
        const LAST: usize = offset_of!(Memory, beyond) + size_of::<Frame>();
        const { assert!(LAST + size_of::<Frame>() == offset_of!(Memory, frames)) };
        // SAFETY: within this memory, of which the address may be one of the frames' too.
        unsafe { core::ptr::from_ref(self).byte_add(LAST).cast() }
    }

    /// How many fresh frames there are before this place.
    #[inline]
    fn count_to(&self, fresh: *const Fresh) -> usize {
        // SAFETY: it is a place of theirs.
        unsafe { fresh.offset_from(self.fresh.as_ptr()) as usize }
    }

    /// Whether a remembered frame is where the walk is, which has its slot and its address, as far as `rbp` decides.
    #[inline]
    fn is_met(&self, index: usize, bp: usize) -> bool {
        // SAFETY: the caller's index is that of a remembered frame.
        let detail = unsafe { self.details.get_unchecked(index) };
        !detail.needs_bp() || detail.bp == bp
    }

    /// Puts the fresh frames, innermost first, behind the `kept` outermost that are remembered. Both together are at
    /// most [`DEPTH`].
    #[inline]
    fn remember(&mut self, kept: usize, count: usize) {
        debug_assert!(kept + count <= DEPTH);
        self.kept = kept;
        self.number += 1;
        let (mut hash, mut needs_bp, mut words, mut slot, mut caller_bp) = match kept.checked_sub(1)
        {
            Some(last) => {
                let (frame, last) = (&self.frames[last], &self.details[last]);
                (
                    last.hash,
                    last.needs_bp(),
                    last.words(),
                    frame.slot,
                    last.bp,
                )
            }
            None => (0, false, 0, 0, 0),
        };
        let mut index = kept;
        for index_of_fresh in (0..count).rev() {
            // SAFETY: as many were written.
            let frame = unsafe { *self.fresh.get_unchecked(index_of_fresh) };
            let rule = Rule::from_word(frame.rule);
            hash = mix(hash, frame.pc);
            // A plain one reads nothing but the return address, and leaves `rbp` alone.
            if !rule.is_plain() {
                if index > 0 && (needs_bp || rule.cfa() == Cfa::AtBp) {
                    let caller = needs_bp.then_some(caller_bp);
                    words = self.note_words(words, index, frame, slot, caller);
                }
                needs_bp = rule.uses_bp() || rule.keeps_bp() && needs_bp;
            }
            // SAFETY: kept and fresh frames together are at most as many as there is room for.
            unsafe {
                *self.frames.get_unchecked_mut(index) = Frame {
                    slot: frame.slot,
                    pc: frame.pc,
                };
                *self.details.get_unchecked_mut(index) = Detail {
                    hash,
                    bp: frame.bp,
                    rule: frame.rule,
                    words_and_need: (words as u64) << 1 | u64::from(needs_bp),
                };
            }
            (slot, caller_bp) = (frame.slot, frame.bp);
            index += 1;
        }
        self.depth = index;
    }

    /// Notes what a frame's rule read, beside the return address that lies at `slot`, and how many words there are then;
    /// `rbp` of its caller where that decides.
    #[inline]
    fn note_words(
        &mut self,
        mut words: usize,
        index: usize,
        frame: Fresh,
        slot: usize,
        caller_bp: Option<usize>,
    ) -> usize {
        let rule = Rule::from_word(frame.rule);
        let cfa = slot + 8;
        let saved = match rule.saved() {
            Saved::AtCfa => Some(cfa.wrapping_add_signed(rule.saved_offset())),
            Saved::AtBp => Some(frame.bp.wrapping_add_signed(rule.saved_offset())),
            Saved::Same | Saved::Lost => None,
        };
        let aligned = match rule.cfa() {
            Cfa::AtBp => Some((frame.bp.wrapping_add_signed(rule.offset()), cfa)),
            _ => None,
        };
        for (at, value) in [aligned, saved.zip(caller_bp)].into_iter().flatten() {
            if words < DEPTH {
                self.words[words] = Word {
                    at,
                    value,
                    frame: index,
                };
                words += 1;
            }
        }
        words
    }
}
