//! One step of a walk: from a frame to the one that called it.

use crate::rule::{Cfa, Rule, Saved};

/// A word of the stack.
///
/// # Safety
///
/// `at` lies on a stack that is mapped.
#[inline]
pub unsafe fn load(at: usize) -> usize {
    // SAFETY: as the caller promises. Volatile, since frames of the program lie there that the compiler knows nothing of.
    unsafe { (at as *const usize).read_volatile() }
}

/// Where a walk is.
#[derive(Clone, Copy)]
pub struct At {
    /// Where the return address lies.
    pub slot: usize,
    /// The return address.
    pub pc: u64,
    /// `rbp` in the frame.
    pub bp: usize,
}

/// Where a step led.
pub enum Step {
    /// To the caller.
    Caller,
    /// This frame is the outermost.
    End,
    /// Nobody knows.
    Cut,
    /// To what a signal interrupted, perhaps on another stack.
    Signal,
}

impl At {
    /// Goes to the caller; `false` where that cannot be done.
    ///
    /// # Safety
    ///
    /// Memory from the slot up to `top` is mapped, as far as the rules lead.
    pub unsafe fn leave(&mut self, rule: Rule, top: usize) -> bool {
        // SAFETY: as the caller promises.
        matches!(unsafe { self.step(rule, top, |slot| slot) }, Step::Caller)
    }

    /// Goes to the caller. What its slot is goes through `foretold`, which gives the same number back.
    ///
    /// # Safety
    ///
    /// Memory from the slot up to `top` is mapped.
    #[inline(always)]
    pub unsafe fn step(
        &mut self,
        rule: Rule,
        top: usize,
        foretold: impl FnOnce(usize) -> usize,
    ) -> Step {
        let low = self.slot + 8;
        // Where a word may lie; a rule that leads elsewhere is not believed.
        let inside = |at: usize| at >= low && at.wrapping_add(8) <= top && at & 7 == 0;
        if rule.is_plain() {
            let slot = self.slot.wrapping_add_signed(rule.offset());
            if slot.wrapping_add(8) > top {
                return Step::Cut;
            }
            self.slot = foretold(slot);
            // SAFETY: looked at above.
            self.pc = unsafe { load(self.slot) } as u64;
            return if self.pc == 0 {
                Step::End
            } else {
                Step::Caller
            };
        }
        let cfa = match rule.cfa() {
            Cfa::Sp => low.wrapping_add_signed(rule.offset()),
            Cfa::Bp => self.bp.wrapping_add_signed(rule.offset()),
            Cfa::AtBp => {
                let at = self.bp.wrapping_add_signed(rule.offset());
                if !inside(at) {
                    return Step::Cut;
                }
                // SAFETY: looked at above.
                unsafe { load(at) }
            }
            Cfa::Signal => {
                // SAFETY: as the caller promises.
                return if unsafe { self.leave_signal(top) } {
                    Step::Signal
                } else {
                    Step::Cut
                };
            }
            Cfa::End => return Step::End,
            Cfa::Unknown => return Step::Cut,
        };
        let slot = cfa.wrapping_sub(8);
        if !inside(slot) {
            return Step::Cut;
        }
        let saved = match rule.saved() {
            Saved::Same => None,
            Saved::AtCfa => Some(cfa.wrapping_add_signed(rule.saved_offset())),
            Saved::AtBp => Some(self.bp.wrapping_add_signed(rule.saved_offset())),
            Saved::Lost => {
                self.bp = 0;
                None
            }
        };
        if let Some(at) = saved {
            if !inside(at) {
                return Step::Cut;
            }
            // SAFETY: looked at above.
            self.bp = unsafe { load(at) };
        }
        self.slot = foretold(slot);
        // SAFETY: looked at above.
        self.pc = unsafe { load(self.slot) } as u64;
        if self.pc == 0 {
            Step::End
        } else {
            Step::Caller
        }
    }

    /// Goes to what a signal interrupted: its registers lie right above the return address of the handler. (`ucontext_t`
    /// of x86-64 Linux.) There is no return address at the new slot: the address is one further than where it was.
    ///
    /// # Safety
    ///
    /// As for [`At::step`].
    #[cold]
    unsafe fn leave_signal(&mut self, top: usize) -> bool {
        const BP: usize = 120;
        const SP: usize = 160;
        const PC: usize = 168;
        let context = self.slot + 8;
        if context + PC + 8 > top {
            return false;
        }
        // SAFETY: looked at above.
        unsafe {
            self.bp = load(context + BP);
            self.slot = load(context + SP).wrapping_sub(8);
            self.pc = load(context + PC) as u64 + 1;
        }
        self.slot & 7 == 0
    }
}
