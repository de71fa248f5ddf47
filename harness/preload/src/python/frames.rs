//! The frames of Python that this thread is in, at a hook: by one look at each that was there before.
//!
//! Only a thread itself changes its chain of frames, and each frame keeps its code object alive: reading one's own needs
//! no lock. As with the stack of machine code, the last chain is remembered, and a walk that meets a frame as it was
//! looks from there outwards whether each is as it was.

use super::interpreter::{Interpreter, interpreter, trusted};
use super::verify;
use super::version::{Chain, Offsets};
use crate::mapped::header;
use core::sync::atomic::Ordering;

/// Frames that are kept; what is further out is cut off and counted.
pub const DEPTH: usize = 4096;

/// To whom a frame belongs that runs nothing (from 3.12): the C stack, or the interpreter.
const RUNS_NOTHING: u8 = 3;

/// A frame of Python.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Frame {
    /// Where it lies.
    pub at: usize,
    /// Its code object; [`PART`] for one that runs nothing, further in than which a call of the interpreter's loop begins.
    pub code: usize,
    /// Its instruction: an address, or a number up to 3.10.
    pub instruction: usize,
    /// What else tells its code object from one that was at the same place before.
    pub guard: u64,
    /// Of all frames from the outermost to this one.
    hash: u64,
}

/// In the place of a code object, see [`Frame::code`].
pub const PART: usize = 0;

/// The last chain of a thread. All zero is an empty one.
#[repr(C)]
pub struct Memory {
    depth: usize,
    /// The state of the thread at the last walk.
    thread: usize,
    /// Outermost first.
    frames: [Frame; DEPTH],
    /// Innermost first.
    fresh: [Frame; DEPTH],
    /// For whoever puts the frames among those of machine code.
    places: [u32; DEPTH],
    /// What stands for each frame in the record, once that was asked for: [`UNKNOWN`] before.
    words: [u64; DEPTH],
}

/// See [`Frames::words`].
pub const UNKNOWN: u64 = 0;
/// See [`Frames::words`].
pub const NONE: u64 = u64::MAX;

/// The frames of Python at a hook.
pub struct Frames<'m> {
    /// Outermost first.
    pub list: &'m [Frame],
    /// A number for each of them.
    pub places: &'m mut [u32],
    /// For each of them its word in the record, [`NONE`] where it has none, or [`UNKNOWN`].
    pub words: &'m mut [u64],
    /// Whose they are.
    pub interpreter: Option<&'static Interpreter>,
    /// The state of the thread.
    pub thread: usize,
}

#[inline]
fn mix(hash: u64, word: u64) -> u64 {
    let product = u128::from(hash ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
    product as u64 ^ (product >> 64) as u64
}

/// A word of the interpreter's.
///
/// # Safety
///
/// It lies there.
#[inline]
pub unsafe fn load<T: Copy>(at: usize) -> T {
    // SAFETY: as the caller promises. Volatile, since it is not this library's and changes between two calls.
    unsafe { (at as *const T).read_volatile() }
}

/// The innermost frame of a thread; 0 for none.
///
/// # Safety
///
/// `thread` is this thread's state, and the offsets are right.
#[inline]
unsafe fn innermost(thread: usize, offsets: &Offsets) -> usize {
    // SAFETY: as the caller promises.
    unsafe {
        let first = load::<usize>(thread + offsets.thread_frame);
        match offsets.loop_frame {
            Some(at) if first != 0 => load(first + at),
            _ => first,
        }
    }
}

/// What tells a code object from another one at the same place: its file, its first line, and how much room it needs.
///
/// # Safety
///
/// It is a code object, and the offsets are right.
#[inline(always)]
unsafe fn guard(code: usize, offsets: &Offsets) -> u64 {
    // SAFETY: as the caller promises.
    unsafe {
        load::<u64>(code + offsets.file) ^ load::<u64>(code + offsets.first_line).rotate_left(32)
    }
}

/// What is read of a frame, but for its hash.
///
/// # Safety
///
/// `at` is a frame of this thread, and the offsets are right.
#[inline]
unsafe fn read(at: usize, interpreter: &Interpreter) -> Frame {
    let offsets = &interpreter.offsets;
    let mut frame = Frame {
        at,
        code: PART,
        instruction: 0,
        guard: 0,
        hash: 0,
    };
    // SAFETY: as the caller promises; what is at the place of a code object is an object, whose type is looked at.
    unsafe {
        match offsets.chain {
            Chain::Objects => {
                frame.code = load(at + offsets.code);
                frame.instruction = load::<i32>(at + offsets.instruction) as usize;
            }
            Chain::Marked => {
                frame.code = load(at + offsets.code);
                frame.instruction = load(at + offsets.instruction);
            }
            Chain::Parted => {
                if load::<u8>(at + offsets.owner) >= RUNS_NOTHING {
                    return frame;
                }
                // The lowest bits tell how it is counted.
                frame.code = load::<usize>(at + offsets.code) & !7;
                frame.instruction = load(at + offsets.instruction);
            }
        }
        frame.guard = guard(frame.code, offsets);
    }
    frame
}

impl Frame {
    /// The frame behind others whose number is given.
    #[inline]
    fn behind(mut self, others: u64) -> Frame {
        let own = self.code as u64 ^ (self.instruction as u64).rotate_left(24) ^ self.guard;
        // Not 0, which stands for no frames.
        self.hash = mix(others, own) | 1;
        self
    }

    #[inline]
    fn is(&self, other: &Frame) -> bool {
        (self.at ^ other.at)
            | (self.code ^ other.code)
            | (self.instruction ^ other.instruction)
            | (self.guard ^ other.guard) as usize
            == 0
    }
}

impl Memory {
    /// Goes to the frames of Python that this thread is in, and gives a number that stands for them all: 0 where there are
    /// none.
    ///
    /// # Safety
    ///
    /// Called by the thread of this memory.
    #[inline]
    pub unsafe fn walk(&mut self) -> u64 {
        match trusted().or_else(verify::first_use) {
            // SAFETY: as the caller promises.
            Some(interpreter) => unsafe { self.walk_in(interpreter) },
            None => 0,
        }
    }

    /// # Safety
    ///
    /// As for [`Memory::walk`]; the interpreter is trusted.
    #[inline(never)]
    unsafe fn walk_in(&mut self, interpreter: &Interpreter) -> u64 {
        let thread = interpreter.thread() as usize;
        if thread == 0 {
            return 0;
        }
        // SAFETY: it is this thread's own, and what its frames lead to was looked at.
        unsafe {
            let at = innermost(thread, &interpreter.offsets);
            if at == 0 {
                return 0;
            }
            if !self.is_in_the_same(at, interpreter) {
                self.walk_on(at, interpreter);
            }
        }
        self.thread = thread;
        self.frames[self.depth - 1].hash
    }

    /// The frames of the last walk, where it found any.
    pub fn frames(&mut self) -> Frames<'_> {
        Frames {
            list: &self.frames[..self.depth],
            places: &mut self.places[..self.depth],
            words: &mut self.words[..self.depth],
            interpreter: interpreter(),
            thread: self.thread,
        }
    }

    /// Whether the innermost frame is the remembered one, further out than which all is as it was. Its instruction may be
    /// another one.
    ///
    /// # Safety
    ///
    /// `at` is a frame of this thread, and the offsets are right.
    #[inline(always)]
    unsafe fn is_in_the_same(&mut self, at: usize, interpreter: &Interpreter) -> bool {
        let Some(last) = self.depth.checked_sub(1) else {
            return false;
        };
        // SAFETY: below the depth; the frame is live.
        unsafe {
            if self.frames.get_unchecked(last).at != at || !self.is_as_it_was(last, interpreter) {
                return false;
            }
            let frame = read(at, interpreter);
            if !self.frames.get_unchecked(last).is(&frame) {
                let before = match last.checked_sub(1) {
                    Some(outer) => self.frames.get_unchecked(outer).hash,
                    None => 0,
                };
                *self.frames.get_unchecked_mut(last) = frame.behind(before);
                *self.words.get_unchecked_mut(last) = UNKNOWN;
            }
        }
        true
    }

    /// # Safety
    ///
    /// `at` is the innermost frame of this thread, and the offsets are right.
    #[inline(never)]
    unsafe fn walk_on(&mut self, mut at: usize, interpreter: &Interpreter) {
        let previous = interpreter.offsets.previous;
        // Remembered frames that may still be met are those before this one.
        let mut inner = self.depth;
        let (mut kept, mut count) = (0, 0);
        // SAFETY: frames of this thread are there as long as it is in them; counts stay below the limit.
        unsafe {
            while at != 0 && count < DEPTH {
                let frame = read(at, interpreter);
                if let Some(met) = self.remembered(inner, at) {
                    inner = met;
                    if self.frames.get_unchecked(met).is(&frame) {
                        if self.is_as_it_was(met, interpreter) {
                            kept = met + 1;
                            break;
                        }
                        inner = 0;
                    }
                }
                *self.fresh.get_unchecked_mut(count) = frame;
                count += 1;
                at = load(at + previous);
            }
        }
        if kept == 0 && at != 0 || kept + count > DEPTH {
            // The innermost frames are those that count.
            kept = 0;
            cut();
        }
        self.remember(kept, count);
    }

    /// Which of the outermost `inner` remembered frames lies at an address: only the next few are looked at.
    #[inline]
    fn remembered(&self, inner: usize, at: usize) -> Option<usize> {
        const FEW: usize = 6;
        (inner.saturating_sub(FEW)..inner)
            .rev()
            // SAFETY: below the depth.
            .find(|index| unsafe { self.frames.get_unchecked(*index) }.at == at)
    }

    /// Whether all frames further out than a remembered one are as they were.
    ///
    /// # Safety
    ///
    /// That one is, and is live.
    #[inline]
    unsafe fn is_as_it_was(&self, from: usize, interpreter: &Interpreter) -> bool {
        let Offsets {
            previous,
            code,
            instruction,
            ..
        } = interpreter.offsets;
        // The lowest bits may tell how it is counted, and are no part of an address in any release.
        const ADDRESS: usize = !7;
        // SAFETY: each frame is live, since one that is leads to it. One that runs nothing lies where no other one can.
        unsafe {
            let mut known = self.frames.as_ptr().add(from);
            let mut at = (*known).at;
            for _ in 0..from {
                let link = load::<usize>(at + previous);
                known = known.sub(1);
                let Frame {
                    at: known_at,
                    code: known_code,
                    instruction: known_instruction,
                    guard: known_guard,
                    ..
                } = *known;
                if link != known_at {
                    return false;
                }
                // The same, read from where it is remembered: the processor goes on with it before the link is there.
                at = load((&raw const (*known).at).addr());
                if known_code == PART {
                    continue;
                }
                let differs = load::<usize>(at + code) & ADDRESS ^ known_code;
                let instruction = match interpreter.offsets.chain {
                    Chain::Objects => load::<i32>(at + instruction) as usize,
                    _ => load(at + instruction),
                };
                let differs = differs | (instruction ^ known_instruction);
                if differs != 0 || guard(known_code, &interpreter.offsets) != known_guard {
                    return false;
                }
            }
            load::<usize>(at + previous) == 0
        }
    }

    /// Puts the fresh frames, innermost first, behind the `kept` outermost that are remembered.
    #[inline]
    fn remember(&mut self, kept: usize, count: usize) {
        debug_assert!(kept + count <= DEPTH);
        let mut hash = match kept.checked_sub(1) {
            Some(last) => self.frames[last].hash,
            None => 0,
        };
        let fresh = self.fresh[..count].iter().rev();
        for (place, frame) in self.frames[kept..].iter_mut().zip(fresh) {
            *place = frame.behind(hash);
            hash = place.hash;
        }
        self.depth = kept + count;
        self.words[kept..self.depth].fill(UNKNOWN);
    }

    /// Forgets the remembered chain.
    pub fn forget(&mut self) {
        self.depth = 0;
    }
}

#[cold]
fn cut() {
    header().python_cut.fetch_add(1, Ordering::Relaxed);
}
