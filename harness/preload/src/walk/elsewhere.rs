//! Walks on other stacks than the thread's own: nothing of them is remembered.

use super::{DEPTH, End, Frame, Fresh, Memory};
use crate::bounds::{mapping_of, own_bounds};
use crate::rules;
use crate::step::{At, Step, load};

impl Memory {
    /// On a stack that is not the thread's own as far as it is known: nothing of it is remembered, since it may be gone
    /// by the next time.
    ///
    /// # Safety
    ///
    /// As for [`Memory::walk`].
    #[cold]
    pub(super) unsafe fn walk_elsewhere(&mut self, slot: usize, bp: usize) -> End {
        if !self.bounds_known {
            self.bounds_known = true;
            self.own = own_bounds();
            self.beyond = [Frame {
                slot: usize::MAX,
                pc: 0,
            }; 2];
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
    pub(super) unsafe fn beyond_signal(&mut self, at: At, count: usize) -> End {
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
            match unsafe { at.step(rule, top, |slot| slot) } {
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
