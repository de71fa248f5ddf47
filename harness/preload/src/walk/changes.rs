//! What of the remembered stack is not as it was, and what is, though frames further out have changed.

use super::{DEPTH, Fresh, Memory};
use crate::rule::{Rule, Saved};
use crate::step::{At, load};

impl Memory {
    /// Of the frames further out than `from`, the innermost and the outermost that are not as they were; or `from` itself,
    /// where a word that decides where its caller lies has changed.
    ///
    /// # Safety
    ///
    /// Frames up to `from` are remembered and lie on a stack that is mapped.
    #[inline]
    pub(super) unsafe fn changes(&self, from: usize) -> Option<(usize, usize)> {
        // SAFETY: as the caller promises.
        unsafe {
            let differs = |index: usize| {
                let frame = self.frames.get_unchecked(index);
                load(frame.slot) as u64 ^ frame.pc
            };
            let (mut innermost, mut outermost) = (0, usize::MAX);
            let mut index = from;
            // Four at a time: one branch for them all.
            while index >= 4 {
                index -= 4;
                let four = [
                    differs(index),
                    differs(index + 1),
                    differs(index + 2),
                    differs(index + 3),
                ];
                if four[0] | four[1] | four[2] | four[3] != 0 {
                    let bit = |of: usize| u32::from(four[of] != 0) << of;
                    let bits = bit(0) | bit(1) | bit(2) | bit(3);
                    innermost = innermost.max(index + bits.ilog2() as usize);
                    outermost = index + bits.trailing_zeros() as usize;
                }
            }
            while index > 0 {
                index -= 1;
                if differs(index) != 0 {
                    innermost = innermost.max(index);
                    outermost = index;
                }
            }
            let words = self.details.get_unchecked(from).words();
            for known in self.words.get_unchecked(..words) {
                if load(known.at) != known.value {
                    innermost = innermost.max(known.frame);
                    outermost = outermost.min(known.frame);
                }
            }
            (outermost != usize::MAX).then_some((innermost, outermost))
        }
    }

    /// Takes the frames from `from` outwards, down to but without `changed`, as they are remembered, and goes to
    /// `changed`, whose return address is read anew. Where the fresh frames end then.
    ///
    /// # Safety
    ///
    /// Those frames are as they were.
    #[inline]
    pub(super) unsafe fn take_over(
        &mut self,
        from: usize,
        changed: usize,
        at: &mut At,
        mut fresh: *mut Fresh,
    ) -> *mut Fresh {
        // SAFETY: the places are those that were read when the frames were walked, and there is room for as many frames.
        unsafe {
            let end = self.fresh.as_mut_ptr().add(DEPTH);
            for index in (changed + 1..=from).rev() {
                if fresh == end {
                    break;
                }
                let rule = Rule::from_word(self.details.get_unchecked(index).rule);
                *fresh = Fresh {
                    slot: at.slot,
                    pc: at.pc,
                    bp: at.bp,
                    rule: rule.word(),
                };
                fresh = fresh.add(1);
                at.slot = self.frames.get_unchecked(index - 1).slot;
                at.pc = load(at.slot) as u64;
                at.bp = match rule.saved() {
                    Saved::Same => at.bp,
                    Saved::AtCfa => load((at.slot + 8).wrapping_add_signed(rule.saved_offset())),
                    Saved::AtBp => load(at.bp.wrapping_add_signed(rule.saved_offset())),
                    Saved::Lost => 0,
                };
            }
        }
        fresh
    }
}
