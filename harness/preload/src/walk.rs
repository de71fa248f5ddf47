//! The call stack at a hook: by the rules of the frames that are new, and by one look at each that was there before.
//!
//! Between two allocations of a thread most of the stack stays as it is. The last stack is remembered with the place on
//! the stack where each return address was read. A walk goes by rules from the innermost frame until it meets a
//! remembered one, and from there outwards looks whether each place still has the value that it had: the place of a
//! frame's caller is a function of the frame's address, its place, and of `rbp` and a few words where its rule says so,
//! so all that was read is compared, and the result is that of a full walk.

use crate::bounds::{mapping_of, own_bounds};
use crate::rule::{Cfa, Rule, Saved};
use crate::step::{At, Step, load};
use crate::{rules, stacks};

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
    words_used: usize,
    frames: [Frame; DEPTH],
    details: [Detail; DEPTH],
    words: [Word; DEPTH],
    fresh: [Fresh; DEPTH],
    /// Of the frames of the last walk so many, the outermost, were remembered before.
    kept: usize,
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
    let product = u128::from(hash ^ pc).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
    product as u64 ^ (product >> 64) as u64
}

impl Memory {
    /// Forgets the remembered stack.
    pub fn forget(&mut self) {
        self.remembered = 0;
        self.bounds_known = false;
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
        // Remembered frames that may still be met are those before this one.
        let mut inner = self.remembered;
        let mut count = 0;
        // SAFETY: the slot lies on the stack.
        let pc = unsafe { load(slot) } as u64;
        let mut at = At { slot, pc, bp };
        let (kept, end) = loop {
            // SAFETY: `inner` is at most the number of remembered frames.
            unsafe {
                while inner > 0 && self.frames.get_unchecked(inner - 1).slot < at.slot {
                    inner -= 1;
                }
            }
            if inner > 0 && self.is_remembered(inner - 1, &at) {
                // SAFETY: remembered frames lie on the own stack, further out than the current one.
                let Some(changed) = (unsafe { self.first_change(inner - 1) }) else {
                    break (inner, if self.cut { End::Cut } else { End::Whole });
                };
                // SAFETY: what lies inside of the change is as it was.
                unsafe { self.take_over(inner - 1, changed, &mut at, &mut count) };
                inner = changed;
                if count == DEPTH {
                    break (0, End::TooDeep);
                }
                continue;
            }
            let rule = rules::of(at.pc.wrapping_sub(1));
            // SAFETY: `count` is below the limit, as every way here has seen to.
            unsafe {
                *self.fresh.get_unchecked_mut(count) = Fresh {
                    slot: at.slot,
                    pc: at.pc,
                    bp: at.bp,
                    rule: rule.word(),
                };
            }
            count += 1;
            if count == DEPTH {
                break (0, End::TooDeep);
            }
            // SAFETY: the frame lies on the stack, which ends at `top`.
            match unsafe { at.step(rule, top) } {
                Step::Caller => {}
                Step::End => break (0, End::Whole),
                Step::Cut => break (0, End::Cut),
                Step::Signal => {
                    // SAFETY: as for this walk.
                    return unsafe { self.beyond_signal(at, count) };
                }
            }
        };
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

    #[inline]
    fn is_remembered(&self, index: usize, at: &At) -> bool {
        // SAFETY: the caller's index is that of a remembered frame.
        let (frame, detail) = unsafe {
            (
                self.frames.get_unchecked(index),
                self.details.get_unchecked(index),
            )
        };
        frame.slot == at.slot && frame.pc == at.pc && (!detail.needs_bp() || detail.bp == at.bp)
    }

    /// Of the frames further out than `from`, the innermost that is not as it was; or `from` itself, where a word that
    /// decides where its caller lies has changed.
    ///
    /// # Safety
    ///
    /// Frames up to `from` are remembered and lie on a stack that is mapped.
    #[inline]
    unsafe fn first_change(&self, from: usize) -> Option<usize> {
        let mut changed = usize::MAX;
        // SAFETY: as the caller promises.
        unsafe {
            let mut index = from;
            // Four at a time: one branch for them all.
            while index >= 4 {
                let differs = |index: usize| {
                    let frame = self.frames.get_unchecked(index);
                    load(frame.slot) as u64 ^ frame.pc
                };
                let any = differs(index - 1)
                    | differs(index - 2)
                    | differs(index - 3)
                    | differs(index - 4);
                if any != 0 {
                    break;
                }
                index -= 4;
            }
            while index > 0 {
                index -= 1;
                let frame = self.frames.get_unchecked(index);
                if load(frame.slot) as u64 != frame.pc {
                    changed = index;
                    break;
                }
            }
            let mut word = self.details.get_unchecked(from).words();
            while word > 0 {
                word -= 1;
                let known = self.words.get_unchecked(word);
                if changed != usize::MAX && known.frame <= changed {
                    break;
                }
                if load(known.at) != known.value {
                    changed = known.frame;
                    break;
                }
            }
        }
        (changed != usize::MAX).then_some(changed)
    }

    /// Takes the frames from `from` outwards, down to but without `changed`, as they are remembered, and goes to
    /// `changed`, whose return address is read anew.
    ///
    /// # Safety
    ///
    /// Those frames are as they were.
    #[inline]
    unsafe fn take_over(&mut self, from: usize, changed: usize, at: &mut At, count: &mut usize) {
        for index in (changed + 1..=from).rev() {
            let rule = Rule::from_word(self.details[index].rule);
            if *count == DEPTH {
                return;
            }
            self.fresh[*count] = Fresh {
                slot: at.slot,
                pc: at.pc,
                bp: at.bp,
                rule: rule.word(),
            };
            *count += 1;
            at.slot = self.frames[index - 1].slot;
            // SAFETY: the places are those that were read when the frames were walked.
            unsafe {
                at.pc = load(at.slot) as u64;
                at.bp = match rule.saved() {
                    Saved::Same => at.bp,
                    Saved::AtCfa => load((at.slot + 8).wrapping_add_signed(rule.saved_offset())),
                    Saved::AtBp => load(at.bp.wrapping_add_signed(rule.saved_offset())),
                    Saved::Lost => 0,
                };
            }
        }
    }

    /// Puts the fresh frames, innermost first, behind the `kept` outermost that are remembered. Both together are at
    /// most [`DEPTH`].
    #[inline]
    fn remember(&mut self, kept: usize, count: usize) {
        debug_assert!(kept + count <= DEPTH);
        self.kept = kept;
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
        for frame in self.fresh[..count].iter().rev() {
            let rule = Rule::from_word(frame.rule);
            hash = mix(hash, frame.pc);
            if index > 0 && (needs_bp || rule.cfa() == Cfa::AtBp) {
                // What this frame's rule read, beside the return address.
                let cfa = slot + 8;
                if rule.cfa() == Cfa::AtBp && words < DEPTH {
                    let at = frame.bp.wrapping_add_signed(rule.offset());
                    self.words[words] = Word {
                        at,
                        value: cfa,
                        frame: index,
                    };
                    words += 1;
                }
                let at = match rule.saved() {
                    Saved::AtCfa => Some(cfa.wrapping_add_signed(rule.saved_offset())),
                    Saved::AtBp => Some(frame.bp.wrapping_add_signed(rule.saved_offset())),
                    Saved::Same | Saved::Lost => None,
                };
                if let Some(at) = at.filter(|_| needs_bp && words < DEPTH) {
                    self.words[words] = Word {
                        at,
                        value: caller_bp,
                        frame: index,
                    };
                    words += 1;
                }
            }
            needs_bp = rule.uses_bp() || rule.keeps_bp() && needs_bp;
            let words_and_need = (words as u64) << 1 | u64::from(needs_bp);
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
                    words_and_need,
                };
            }
            (slot, caller_bp) = (frame.slot, frame.bp);
            index += 1;
        }
        self.depth = index;
    }

    /// On a stack that is not the thread's own as far as it is known: nothing of it is remembered, since it may be gone
    /// by the next time.
    ///
    /// # Safety
    ///
    /// As for [`Memory::walk`].
    #[cold]
    unsafe fn walk_elsewhere(&mut self, slot: usize, bp: usize) -> End {
        if !self.bounds_known {
            self.bounds_known = true;
            self.own = own_bounds();
            if self.own.0 <= slot && slot < self.own.1 {
                // SAFETY: as the caller promises, and now the stack is known.
                return unsafe { self.walk_own(slot, bp) };
            }
        }
        // SAFETY: the caller's frame is live.
        let pc = unsafe { load(slot) } as u64;
        let at = At { slot, pc, bp };
        // SAFETY: as the caller promises.
        unsafe { self.go_on_plainly(at, 0) }
    }

    /// Walks on from where a signal interrupted the thread, perhaps on another stack.
    ///
    /// # Safety
    ///
    /// As for [`Memory::walk`].
    #[cold]
    unsafe fn beyond_signal(&mut self, at: At, count: usize) -> End {
        // SAFETY: as the caller promises.
        unsafe { self.go_on_plainly(at, count) }
    }

    unsafe fn go_on_plainly(&mut self, mut at: At, mut count: usize) -> End {
        let mut top = self.top_of(at.slot);
        let end = loop {
            let rule = rules::of(at.pc.wrapping_sub(1));
            self.fresh[count] = Fresh {
                slot: at.slot,
                pc: at.pc,
                bp: at.bp,
                rule: rule.word(),
            };
            count += 1;
            if count == DEPTH {
                break End::TooDeep;
            }
            // SAFETY: the frame lies on a stack that ends at `top`.
            match unsafe { at.step(rule, top) } {
                Step::Caller => {}
                Step::End => break End::Whole,
                Step::Cut => break End::Cut,
                Step::Signal => top = self.top_of(at.slot),
            }
        };
        self.remember(0, count);
        self.remembered = 0;
        end
    }

    /// Where the stack ends that has `slot`; 0 where that cannot be known.
    fn top_of(&mut self, slot: usize) -> usize {
        for (low, top) in [self.own, self.other] {
            if low <= slot && slot < top {
                return top;
            }
        }
        match mapping_of(slot) {
            Some(bounds) => {
                self.other = bounds;
                bounds.1
            }
            None => 0,
        }
    }
}
