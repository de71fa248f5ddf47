//! Whether what is known of an interpreter is true of it: looked at before its frames are first read, and at each code
//! object that is new. What does not fit means no frames of Python, and never a crash.

use super::interpreter::Interpreter;
use super::version::{Chain, Offsets};
use crate::hooks::filters;
use crate::mapped::header;
use crate::record::PythonFrames;
use crate::sys;
use core::sync::atomic::Ordering;

/// Frames that are looked at before the first ones are read.
const MOST: usize = 20_000;
/// Longer objects are not believed.
const LONGEST: usize = 64 << 20;

/// Whether the frames of a thread may be read. The first time they are looked at, carefully.
#[inline]
pub fn trusted(interpreter: &Interpreter, thread: usize) -> bool {
    match header().python_frames.load(Ordering::Relaxed) {
        PythonFrames::READ => true,
        PythonFrames::NONE => first(interpreter, thread),
        _ => false,
    }
}

#[cold]
#[inline(never)]
fn first(interpreter: &Interpreter, thread: usize) -> bool {
    let fits = chain_fits(interpreter, thread);
    let state = match fits {
        // No frame yet that could be looked at.
        Some(0) => return false,
        Some(_) => PythonFrames::READ,
        None => PythonFrames::STRANGE,
    };
    header().python_frames.store(state, Ordering::Relaxed);
    state == PythonFrames::READ
}

/// How many frames of a thread run something, if all that is read of them is what it should be.
fn chain_fits(interpreter: &Interpreter, thread: usize) -> Option<usize> {
    let offsets = &interpreter.offsets;
    let mut at: usize = word(thread + offsets.thread_frame)?;
    if let Some(frame) = offsets.loop_frame.filter(|_| at != 0) {
        at = word(at + frame)?;
    }
    let mut running = 0;
    for _ in 0..MOST {
        if at == 0 {
            return Some(running);
        }
        let code: usize = word(at + offsets.code)?;
        let runs = match offsets.chain {
            Chain::Parted => {
                let owner: u8 = word(at + offsets.owner)?;
                (owner <= 4).then_some(owner < 3)?
            }
            Chain::Marked => {
                let begins: u8 = word(at + offsets.owner)?;
                (begins <= 1).then_some(true)?
            }
            Chain::Objects => true,
        };
        if runs {
            let code = code & !7;
            let lines = code_fits(interpreter, code)?;
            if !instruction_fits(offsets, at, code, lines)? {
                return None;
            }
            running += 1;
        }
        at = word(at + offsets.previous)?;
    }
    None
}

/// Whether the instruction of a frame is one of its code's.
fn instruction_fits(offsets: &Offsets, at: usize, code: usize, lines: usize) -> Option<bool> {
    // No table of lines has less than a byte for eight instructions, of two bytes and more with what belongs to them.
    let most = (lines + 16) * 512;
    Some(match offsets.chain {
        Chain::Objects => {
            let number: i32 = word(at + offsets.instruction)?;
            number >= -1 && (number as usize) < most || number == -1
        }
        _ => {
            let address: usize = word(at + offsets.instruction)?;
            let first = code + offsets.instructions;
            address + 2 >= first && address < first + most
        }
    })
}

/// The length of the table of lines of a code object, if that is what lies at an address.
pub fn code_fits(interpreter: &Interpreter, code: usize) -> Option<usize> {
    let offsets = &interpreter.offsets;
    let kind_of = |at: usize| word::<usize>(at.checked_add(offsets.kind)?);
    if code == 0 || code & 7 != 0 || kind_of(code)? != interpreter.code_type {
        return None;
    }
    for text in [offsets.file, offsets.name, offsets.qualified_name] {
        if kind_of(word(code + text)?)? != interpreter.text_type {
            return None;
        }
    }
    let lines: usize = word(code + offsets.lines)?;
    let first_line: i32 = word(code + offsets.first_line)?;
    if kind_of(lines)? != interpreter.bytes_type || first_line < 0 {
        return None;
    }
    let length: usize = word(lines + offsets.kind + 8)?;
    (length < LONGEST).then_some(length)
}

/// A value that may not be there. Where the program filters its system calls, which might end it, what was there before
/// is believed.
fn word<T: Copy + Default>(at: usize) -> Option<T> {
    if at < 4096 {
        return None;
    }
    if filters::is_filtered() {
        let known = header().python_frames.load(Ordering::Relaxed) == PythonFrames::READ;
        // SAFETY: the offsets were right before, and the address comes from an object that is live.
        return known.then(|| unsafe { (at as *const T).read_unaligned() });
    }
    let mut value = T::default();
    // SAFETY: a plain number, as large as it is.
    let bytes =
        unsafe { core::slice::from_raw_parts_mut((&raw mut value).cast::<u8>(), size_of::<T>()) };
    sys::read_memory(at, bytes).then_some(value)
}

/// Bytes of an object, if they are all there.
pub fn bytes(at: usize, length: usize) -> Option<&'static [u8]> {
    const PAGE: usize = 4096;
    if length > LONGEST {
        return None;
    }
    let mut page = at;
    while page < at + length {
        word::<u8>(page)?;
        page = (page & !(PAGE - 1)) + PAGE;
    }
    // SAFETY: each page of them was just read; the object lives as long as the frame that leads to it.
    Some(unsafe { core::slice::from_raw_parts(at as *const u8, length) })
}

/// A number of an object, if it is there.
pub fn number<T: Copy + Default>(at: usize) -> Option<T> {
    word(at)
}
