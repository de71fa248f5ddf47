//! The frames of Python that this thread is in, at a hook: by one look at each that was there before.
//!
//! Only a thread itself changes its chain of frames, and each frame keeps its code object alive: reading one's own needs
//! no lock. As with the stack of machine code, the last chain is remembered, and a walk that meets a frame as it was
//! looks from there outwards whether each is as it was.

use super::interpreter::{Interpreter, interpreter};
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
    /// Outermost first.
    frames: [Frame; DEPTH],
    /// Innermost first.
    fresh: [Frame; DEPTH],
    /// For whoever puts the frames among those of machine code.
    places: [u32; DEPTH],
}

/// The frames of Python at a hook.
pub struct Frames<'m> {
    /// Of all of them; 0 where there are none.
    pub hash: u64,
    /// Outermost first.
    pub list: &'m [Frame],
    /// A number for each of them.
    pub places: &'m mut [u32],
    /// Whose they are.
    pub interpreter: Option<&'static Interpreter>,
    /// The state of the thread.
    pub thread: usize,
}

impl Frames<'_> {
    /// No frames.
    pub const fn none() -> Frames<'static> {
        Frames {
            hash: 0,
            list: &[],
            places: &mut [],
            interpreter: None,
            thread: 0,
        }
    }
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
        let code = frame.code;
        frame.guard = load::<u64>(code + offsets.file)
            ^ load::<u64>(code + offsets.name).rotate_left(20)
            ^ u64::from(load::<u32>(code + offsets.first_line)) << 48;
    }
    frame
}

impl Frame {
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
    /// The frames of Python that this thread is in.
    ///
    /// # Safety
    ///
    /// Called by the thread of this memory.
    #[inline]
    pub unsafe fn frames(&mut self) -> Frames<'_> {
        let Some(interpreter) = interpreter() else {
            return Frames::none();
        };
        let thread = interpreter.thread() as usize;
        if thread == 0 || !verify::trusted(interpreter, thread) {
            return Frames::none();
        }
        // SAFETY: it is this thread's own, and what its frames lead to was looked at.
        unsafe { self.walk(interpreter, thread) };
        let list = &self.frames[..self.depth];
        Frames {
            hash: list.last().map_or(0, |frame| frame.hash),
            list,
            places: &mut self.places[..self.depth],
            interpreter: Some(interpreter),
            thread,
        }
    }

    /// # Safety
    ///
    /// `thread` is this thread's state, and the offsets are right.
    #[inline]
    unsafe fn walk(&mut self, interpreter: &Interpreter, thread: usize) {
        let previous = interpreter.offsets.previous;
        // Remembered frames that may still be met are those before this one.
        let mut inner = self.depth;
        let (mut kept, mut count) = (0, 0);
        // SAFETY: frames of this thread are there as long as it is in them; counts stay below the limit.
        unsafe {
            let mut at = innermost(thread, &interpreter.offsets);
            while at != 0 {
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
                if count == DEPTH {
                    break;
                }
                *self.fresh.get_unchecked_mut(count) = frame;
                count += 1;
                at = load(at + previous);
            }
            if count == DEPTH || kept + count > DEPTH {
                // The innermost frames are those that count.
                kept = 0;
                cut();
            }
            if kept != self.depth || count != 0 {
                self.remember(kept, count);
            }
        }
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
        let previous = interpreter.offsets.previous;
        // SAFETY: each frame is live, since one that is leads to it.
        unsafe {
            let mut index = from;
            loop {
                let at = load::<usize>(self.frames.get_unchecked(index).at + previous);
                if index == 0 {
                    return at == 0;
                }
                index -= 1;
                let known = self.frames.get_unchecked(index);
                if at != known.at || !known.is(&read(at, interpreter)) {
                    return false;
                }
            }
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
        for (place, frame) in self.frames[kept..]
            .iter_mut()
            .zip(self.fresh[..count].iter().rev())
        {
            hash = mix(
                mix(hash, frame.code as u64 ^ frame.guard),
                frame.instruction as u64,
            );
            *place = Frame { hash, ..*frame };
        }
        self.depth = kept + count;
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
