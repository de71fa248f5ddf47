//! Functions of Python as numbers: each one of a name, a file and a first line has an entry in the record.
//!
//! What was looked up last is kept by the addresses of the process, with what tells a code object from another one at the
//! same place. All of it is used under the lock for what is rare.

use super::frames::{Frame, load};
use super::interpreter::Interpreter;
use super::lines::{Form, line};
use super::texts::Text;
use super::verify;
use super::version::{Chain, minor};
use crate::children::Children;
use crate::mapped::{BASE, Part, entry, header};
use crate::record::{CODE_LIMIT, CODES, Code, TEXT_LIMIT, TEXTS};
use crate::sys;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};

static CODE_PART: Part = Part::new(CODES, CODE_LIMIT, size_of::<Code>());
static TEXT_PART: Part = Part::new(TEXTS, TEXT_LIMIT, 1);

/// From what a function is to its number.
static BY_CONTENT: Children = Children::new();

/// What was looked up last, each at the place of its hash.
#[repr(C)]
struct Last {
    codes: [LastCode; 1 << LAST_BITS],
    words: [LastWord; 1 << LAST_BITS],
    files: [LastFile; FILES],
}

const LAST_BITS: u32 = 12;
const FILES: usize = 256;

#[repr(C)]
#[derive(Clone, Copy)]
struct LastCode {
    code: usize,
    guard: u64,
    number: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct LastWord {
    code: usize,
    guard: u64,
    instruction: usize,
    word: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct LastFile {
    at: u32,
    bytes: u32,
}

static LAST: AtomicPtr<Last> = AtomicPtr::new(null_mut());

fn last() -> Option<&'static mut Last> {
    let mut at = LAST.load(Ordering::Relaxed);
    if at.is_null() {
        at = sys::reserve(size_of::<Last>())?.cast();
        LAST.store(at, Ordering::Relaxed);
    }
    // SAFETY: all zero is an empty one, and the lock keeps everybody else out.
    Some(unsafe { &mut *at })
}

fn index(word: u64) -> usize {
    (word.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - LAST_BITS)) as usize
}

/// The word of a frame in the record: its function and its line. `None` for a frame that is only being set up, and where
/// its code object is none, or there is no room.
pub fn word(interpreter: &Interpreter, frame: &Frame) -> Option<u64> {
    let last = last()?;
    let (code, guard, instruction) = (frame.code, frame.guard, frame.instruction);
    let known = &mut last.words[index(code as u64 ^ (instruction as u64).rotate_left(32) ^ guard)];
    if (known.code, known.guard, known.instruction) == (code, guard, instruction) {
        return (known.word != 0).then_some(known.word);
    }
    let number_at = index(code as u64 ^ guard);
    let cached = last.codes[number_at];
    let number = match (cached.code, cached.guard) == (code, guard) && cached.number != 0 {
        true => cached.number,
        false => {
            let number = number_of(interpreter, code, &mut last.files)?;
            last.codes[number_at] = LastCode {
                code,
                guard,
                number,
            };
            number
        }
    };
    // SAFETY: the frame is this thread's own, and its code object has a number.
    let found = unsafe {
        match is_set_up(interpreter, frame) {
            true => u64::from(number) << 32 | u64::from(line_of(interpreter, frame)),
            false => 0,
        }
    };
    *known = LastWord {
        code,
        guard,
        instruction,
        word: found,
    };
    (found != 0).then_some(found)
}

/// Bytes from the first instruction of a frame's code to the one that is carried out; `None` before the first.
fn offset(interpreter: &Interpreter, frame: &Frame) -> Option<usize> {
    let offsets = &interpreter.offsets;
    match offsets.chain {
        Chain::Objects => {
            let number = usize::try_from(frame.instruction as isize).ok()?;
            // 3.10 counts instructions of two bytes.
            Some(if interpreter.version >= minor(10) {
                number * 2
            } else {
                number
            })
        }
        _ => frame
            .instruction
            .checked_sub(frame.code + offsets.instructions),
    }
}

/// Whether a frame runs: a call begins with instructions that set it up.
///
/// # Safety
///
/// The frame is live, and its code object was looked at.
unsafe fn is_set_up(interpreter: &Interpreter, frame: &Frame) -> bool {
    const GENERATOR: u8 = 1;
    let offsets = &interpreter.offsets;
    if offsets.first_traced == 0 {
        return true;
    }
    // In 3.11 it stands behind the byte that says whether a call of the loop begins.
    let owner = offsets.owner + usize::from(offsets.chain == Chain::Marked);
    // SAFETY: as the caller promises.
    let (owner, first) = unsafe {
        let owner: u8 = load(frame.at + owner);
        (owner, load::<i32>(frame.code + offsets.first_traced))
    };
    let at = offset(interpreter, frame);
    owner == GENERATOR || at.is_some_and(|at| at as i64 >= i64::from(first) * 2)
}

/// The line of a frame; 0 where it has none.
///
/// # Safety
///
/// As for [`is_set_up`].
unsafe fn line_of(interpreter: &Interpreter, frame: &Frame) -> u32 {
    let offsets = &interpreter.offsets;
    let form = match interpreter.version {
        version if version < minor(10) => Form::Steps,
        version if version < minor(11) => Form::Ranges,
        _ => Form::Entries,
    };
    // SAFETY: as the caller promises: the table is an object of bytes, with their count in front of them.
    let (first_line, table) = unsafe {
        let table = load::<usize>(frame.code + offsets.lines) + offsets.kind + 8;
        let bytes = (table + 16) as *const u8;
        let table = core::slice::from_raw_parts(bytes, load(table));
        (load(frame.code + offsets.first_line), table)
    };
    match offset(interpreter, frame) {
        Some(at) => line(form, table, first_line, at).unwrap_or(0),
        None => first_line,
    }
}

/// The number of a code object that was not met before, or not lately.
fn number_of(interpreter: &Interpreter, code: usize, files: &mut [LastFile]) -> Option<u32> {
    let verify::CodeObject {
        file,
        name,
        first_line,
        ..
    } = verify::code_object(interpreter, code)?;
    let hash = name.hash() ^ file.hash().rotate_left(11) ^ first_line.wrapping_mul(0x9E37_79B9);
    // SAFETY: numbers in the table are those of entries that were written.
    let read = |number: u32| unsafe { entry::<Code>(CODES, number - 1).read() };
    if !BY_CONTENT.prepare(|number| u64::from(read(number).hash)) {
        return None;
    }
    let is_it = |number| {
        let known = read(number);
        known.hash == hash
            && known.first_line == first_line
            && name.is(written(known.name_at, known.name_bytes))
            && file.is(written(known.file_at, known.file_bytes))
    };
    let place = match BY_CONTENT.find(u64::from(hash), is_it) {
        Ok(number) => return Some(number),
        Err(place) => place,
    };
    let last_file = &mut files[file.hash() as usize % FILES];
    if last_file.bytes == 0 || !file.is(written(last_file.at, last_file.bytes)) {
        let (at, bytes) = write(file)?;
        *last_file = LastFile { at, bytes };
    }
    let (name_at, name_bytes) = write(name)?;
    let number = CODE_PART.next(&header().codes, 1)?;
    let new = Code {
        hash,
        first_line,
        name_at,
        name_bytes,
        file_at: last_file.at,
        file_bytes: last_file.bytes,
    };
    // SAFETY: the entry is new, and its page is there.
    unsafe { entry::<Code>(CODES, number).write(new) };
    header().codes.store(number + 1, Ordering::Release);
    BY_CONTENT.put(place, number + 1);
    Some(number + 1)
}

/// A text that was written.
fn written(at: u32, bytes: u32) -> &'static [u8] {
    // SAFETY: within the record, and written before it was referred to.
    unsafe {
        let first = BASE.load(Ordering::Relaxed).add(TEXTS + at as usize);
        core::slice::from_raw_parts(first, bytes as usize)
    }
}

/// Writes a text into the record: where it is, and its bytes.
fn write(text: Text<'_>) -> Option<(u32, u32)> {
    let bytes = text.length();
    let at = TEXT_PART.next(&header().texts, bytes)?;
    // SAFETY: so many new bytes are there, and nobody knows of them.
    text.write(unsafe {
        let first = BASE.load(Ordering::Relaxed).add(TEXTS + at as usize);
        core::slice::from_raw_parts_mut(first, bytes)
    });
    header().texts.store(at + bytes as u32, Ordering::Release);
    Some((at, bytes as u32))
}

/// In a child made by `fork`: its record was copied from the parent's.
pub fn after_fork() {
    CODE_PART.after_fork(&header().codes);
    TEXT_PART.after_fork(&header().texts);
}
