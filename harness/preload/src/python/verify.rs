//! Whether what is known of an interpreter is true of it: looked at before its frames are first read, and at each code
//! object that is new. What does not fit means no frames of Python, and never a crash.

use super::interpreter::{Interpreter, interpreter, trust};
use super::texts::{Layout, Text};
use super::version::{Chain, Offsets, minor};
use crate::hooks::filters;
use crate::mapped::header;
use crate::record::PythonFrames;
use crate::sys;
use core::sync::atomic::Ordering;

/// Frames that are looked at before the first ones are read.
const MOST: usize = 20_000;
/// Longer objects are not believed.
const LONGEST: usize = 64 << 20;

/// The interpreter of this process, if one was met whose frames were not read yet, and this thread has some by which it can
/// be seen that they lie where they should.
#[inline]
pub fn first_use() -> Option<&'static Interpreter> {
    first(interpreter()?)
}

#[cold]
#[inline(never)]
fn first(interpreter: &'static Interpreter) -> Option<&'static Interpreter> {
    let said = &header().python_frames;
    let thread = interpreter.thread() as usize;
    if said.load(Ordering::Relaxed) != PythonFrames::NONE || thread == 0 {
        return None;
    }
    let state = match chain_fits(interpreter, thread) {
        // No frame yet that could be looked at.
        Some(0) => return None,
        Some(_) => PythonFrames::READ,
        None => PythonFrames::STRANGE,
    };
    said.store(state, Ordering::Relaxed);
    if state != PythonFrames::READ {
        return None;
    }
    trust(interpreter);
    Some(interpreter)
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
            let object = code_object(interpreter, code)?;
            if !instruction_fits(offsets, at, code, object.lines)? {
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

/// What was read of a code object.
pub struct CodeObject {
    /// The name of its file.
    pub file: Text<'static>,
    /// Its name.
    pub name: Text<'static>,
    /// Its first line.
    pub first_line: u32,
    /// Bytes of its table of lines.
    lines: usize,
}

/// Most letters of a name, and of the name of a file.
const NAME: usize = 400;
const FILE: usize = 4096;

/// Bytes of an object that tell what it is: its head, its length, its hash and a word of a text's form.
const HEAD: usize = 48;

/// What lies at an address, if it is a code object.
pub fn code_object(interpreter: &Interpreter, code: usize) -> Option<CodeObject> {
    const MOST: usize = 256;
    let offsets = &interpreter.offsets;
    if code == 0 || code & 7 != 0 {
        return None;
    }
    // What is read of it lies in front of its instructions.
    let end = offsets.lines.max(offsets.qualified_name) + 8;
    let mut head = [0_u8; MOST];
    let head = head.get_mut(..end)?;
    copy(code, head)?;
    let word = |at: usize| -> Option<usize> {
        let bytes = head.get(at..at + 8)?;
        Some(usize::from_le_bytes(bytes.try_into().ok()?))
    };
    if word(offsets.kind)? != interpreter.code_type {
        return None;
    }
    let first_line = head.get(offsets.first_line..offsets.first_line + 4)?;
    let first_line = i32::from_le_bytes(first_line.try_into().ok()?);
    let lines: [u8; HEAD] = object(word(offsets.lines)?)?;
    if at(&lines, offsets.kind)? != interpreter.bytes_type {
        return None;
    }
    let lines = at(&lines, offsets.kind + 8)?;
    Some(CodeObject {
        file: text(interpreter, word(offsets.file)?, FILE)?,
        name: text(interpreter, word(offsets.qualified_name)?, NAME)?,
        first_line: u32::try_from(first_line).ok()?,
        lines: (lines < LONGEST).then_some(lines)?,
    })
}

/// The text that lies at an address.
fn text(interpreter: &Interpreter, object_at: usize, most: usize) -> Option<Text<'static>> {
    let kind = interpreter.offsets.kind;
    let head: [u8; HEAD] = object(object_at)?;
    if at(&head, kind)? != interpreter.text_type {
        return None;
    }
    let length = at(&head, kind + 8)?.min(most);
    let state = head.get(kind + 24..kind + 28)?;
    let state = u32::from_le_bytes(state.try_into().ok()?);
    let layout = Layout::of(state, kind, interpreter.version < minor(12))?;
    let bytes = bytes(object_at + layout.letters, length * layout.width)?;
    Some(Text::new(bytes, layout.width, length))
}

/// The word at a place of an object.
fn at(object: &[u8; HEAD], place: usize) -> Option<usize> {
    let bytes = object.get(place..place + 8)?;
    Some(usize::from_le_bytes(bytes.try_into().ok()?))
}

/// The beginning of what lies at an address.
fn object(at: usize) -> Option<[u8; HEAD]> {
    let mut bytes = [0; HEAD];
    copy(at, &mut bytes)?;
    Some(bytes)
}

/// A value that may not be there.
fn word<T: Copy + Default>(at: usize) -> Option<T> {
    let mut value = T::default();
    // SAFETY: a plain number, as large as it is.
    let bytes =
        unsafe { core::slice::from_raw_parts_mut((&raw mut value).cast::<u8>(), size_of::<T>()) };
    copy(at, bytes)?;
    Some(value)
}

/// Copies memory that may not be there. Where the program filters its system calls, which might end it, what came after
/// memory that was right before is believed.
fn copy(at: usize, into: &mut [u8]) -> Option<()> {
    if at < 4096 {
        return None;
    }
    if filters::is_filtered() {
        if header().python_frames.load(Ordering::Relaxed) != PythonFrames::READ {
            return None;
        }
        // SAFETY: the offsets were right before, and the address comes from an object that is live.
        unsafe { core::ptr::copy_nonoverlapping(at as *const u8, into.as_mut_ptr(), into.len()) };
        return Some(());
    }
    sys::read_memory(at, into).then_some(())
}

/// Bytes of an object, if they are all there.
fn bytes(at: usize, length: usize) -> Option<&'static [u8]> {
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
