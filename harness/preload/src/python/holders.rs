//! Who holds the objects of the sites that hold the most, found out in a copy of the process and written beside its
//! record: which blocks are objects, and what points to them, is found here; what they are and how a person calls it,
//! by a text that the copy's own Python runs.

use super::api::{Api, Definition, ONE_ARGUMENT, Object, Own};
use super::object;
use super::pointers::{self, Targets};
use super::samples::{Sample, Samples};
use super::{copy, interpreter};
use crate::scan::array::Array;
use crate::{blocks, own_record, sys};
use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char};
use core::mem::transmute;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering};

/// What the copy's Python runs. The zero byte ends it.
const TEXT: &str = concat!(
    include_str!("holders/look.py"),
    include_str!("holders/search.py"),
    include_str!("holders/words.py"),
    "\0"
);
/// What it is called.
const FILE: &CStr = c"<harness holders>";
/// Processor time that the copy may spend, in nanoseconds.
const TIME: u64 = 4_000_000_000;
/// The part of an object's first word that counts references.
const COUNT: usize = 0xFFFF_FFFF;
/// Of what points to one thing, so many are told.
const HOLDERS: u32 = 24;
/// In a frame from 3.14 on, of references that are not counted.
const TAG: usize = 1;
/// The attributes of an object are pointed to so much before where they are (3.12).
const MARK: usize = 1;
/// A block that is no object is pointed to at its beginning, or behind a head of a few words.
const HEAD: usize = 40;

/// Finds out who holds what. The interpreter's lock is held, and no error is set.
pub fn tell(api: &Api) {
    copy::in_copy(|| {
        if let Some(file) = own_record::file_beside(b".holders\0") {
            find(api, file);
        }
    });
}

/// What is too large for a stack.
struct Room(UnsafeCell<(Samples, Targets)>);

// SAFETY: only the copy uses it, which has one thread.
unsafe impl Sync for Room {}

static ROOM: Room = Room(UnsafeCell::new((Samples::new(), Targets::new())));
static TYPE_OF_TYPES: AtomicUsize = AtomicUsize::new(0);

/// A word of memory that may not be there.
fn word(at: usize) -> Option<usize> {
    let mut word = [0; 8];
    sys::read_memory(at, &mut word).then(|| usize::from_le_bytes(word))
}

fn object_in(block: usize, bytes: usize) -> Option<object::Found> {
    object::in_block(block, bytes, TYPE_OF_TYPES.load(Ordering::Relaxed), word)
}

/// In the copy.
fn find(api: &Api, file: isize) -> Option<()> {
    let interpreter = interpreter()?;
    let no_collector = interpreter.symbol(c"PyGC_Disable");
    TYPE_OF_TYPES.store(
        interpreter.symbol(c"PyType_Type")?.address,
        Ordering::Relaxed,
    );
    // SAFETY: the copy has one thread, and nobody else borrows it.
    let samples = unsafe { &mut (*ROOM.0.get()).0 };
    samples.take()?;
    copy::leave_record();
    // SAFETY: the interpreter's lock is held.
    let given = api.own(unsafe { (api.new_list)(0) })?;
    // SAFETY: the interpreter's lock is held, and objects are whole: they were when the copy was made.
    unsafe {
        // From 3.10 on; before, the text itself is the first that could make it run.
        if let Some(disable) = no_collector {
            transmute::<usize, unsafe extern "C" fn() -> i32>(disable.address)();
        }
        for sample in samples.all() {
            let entry = entry(api, sample)?;
            (api.add_to_list)(given.object, entry.object);
        }
    }
    // SAFETY: as above.
    unsafe {
        let frames = alone(api)?;
        (api.set_trace)(null_mut(), null_mut());
        (api.set_profile)(null_mut(), null_mut());
        (api.set_depth)(1 << 16);
        let names = api.own((api.new_dict)())?;
        let name = api.own((api.text)(FILE.as_ptr()))?;
        let function = (api.new_function)(&POINTED_FROM, null_mut(), null_mut());
        let function = api.own(function)?;
        // A dict that is as old as the interpreter, behind the two words of the collector.
        let modules = (api.system)(c"modules".as_ptr()) as usize;
        let pooled = u64::from(blocks::bytes_of(modules.wrapping_sub(16)).is_none());
        let pooled = api.own((api.new_number)(pooled))?;
        let seconds = api.own((api.new_number)(TIME / 1_000_000_000))?;
        for (key, value) in [
            (c"__file__", &name),
            (c"samples", &given),
            (c"frames", &frames),
            (c"pointed_from", &function),
            (c"pooled", &pooled),
            (c"seconds", &seconds),
        ] {
            (api.set_in_dict)(names.object, key.as_ptr(), value.object);
        }
        const WHOLE_FILE: i32 = 257;
        let text = TEXT.as_ptr().cast::<c_char>();
        api.own((api.run)(
            text,
            WHOLE_FILE,
            names.object,
            names.object,
            null_mut(),
        ))?;
        let result = (api.of_dict)(names.object, c"result".as_ptr());
        let (mut text, mut bytes) = (null_mut(), 0);
        if !result.is_null() && (api.bytes)(result, &mut text, &mut bytes) == 0 {
            write(
                file,
                core::slice::from_raw_parts(text.cast(), bytes as usize),
            );
        }
        Some(())
    }
}

fn write(file: isize, mut text: &[u8]) {
    while !text.is_empty() {
        let written = sys::write(file, text);
        match text.get(written.max(0) as usize..) {
            Some(rest) if written > 0 => text = rest,
            _ => return,
        }
    }
}

/// Of a site: its stack, its objects, how many references to each there are, and its blocks that are none.
///
/// # Safety
///
/// The interpreter's lock is held.
unsafe fn entry<'a>(api: &'a Api, sample: &Sample) -> Option<Own<'a>> {
    // SAFETY: as the caller promises; what was recognised is an object.
    unsafe {
        let entry = api.own((api.new_tuple)(4))?;
        let list = || api.own((api.new_list)(0));
        let (objects, references, others) = (list()?, list()?, list()?);
        for (block, bytes) in sample.blocks() {
            match object_in(*block, *bytes) {
                Some(found) => {
                    let count = word(block + found.at)? & COUNT;
                    let count = api.own((api.new_number)(count as u64))?;
                    (api.add_to_list)(references.object, count.object);
                    (api.add_to_list)(objects.object, (block + found.at) as Object);
                }
                None => {
                    let address = api.own((api.new_number)(*block as u64))?;
                    (api.add_to_list)(others.object, address.object);
                }
            }
        }
        let node = u64::from(sample.node);
        (api.set_in_tuple)(entry.object, 0, (api.new_number)(node));
        (api.set_in_tuple)(entry.object, 1, objects.give());
        (api.set_in_tuple)(entry.object, 2, references.give());
        (api.set_in_tuple)(entry.object, 3, others.give());
        Some(entry)
    }
}

/// Makes this thread the only one that Python knows of, and hands on what each of them runs.
///
/// Another one may have asked for the lock, for which this thread would wait for ever. What only the others hold goes
/// with them unless it is kept; where there are none, nothing needs to be done, and functions of the program that are to
/// be called in a child are not.
///
/// # Safety
///
/// In a copy, with the interpreter's lock held.
unsafe fn alone(api: &Api) -> Option<Own<'_>> {
    // SAFETY: as the caller promises.
    unsafe {
        let frames = api.own((api.call)(
            (api.system)(c"_current_frames".as_ptr()),
            null_mut(),
        ));
        if api.has_threads() {
            if let Some(all) = api
                .built_in(c"gc")
                .and_then(|gc| api.ask(gc.object, c"get_objects", &[]))
            {
                all.give();
            }
            // As a fork begins; who has this lock now will not give it back.
            let imp = api.module(c"_imp")?;
            let held = api.ask(imp.object, c"lock_held", &[])?;
            if (api.long)(held.object) != 0 {
                return None;
            }
            api.ask(imp.object, c"acquire_lock", &[])?;
            (api.after_fork)();
        }
        frames
    }
}

static POINTED_FROM: Definition = Definition {
    name: c"pointed_from".as_ptr(),
    function: pointed_from,
    flags: ONE_ARGUMENT,
    about: core::ptr::null(),
};

/// One block that points to what was looked for.
#[derive(Clone, Copy)]
struct Found {
    to: usize,
    from: usize,
    /// Where it is an object, how many references to it there are.
    references: Option<usize>,
}

unsafe extern "C" fn pointed_from(_: Object, wanted: Object) -> Object {
    let Some(api) = interpreter().and_then(Api::of) else {
        return null_mut();
    };
    // SAFETY: called by the interpreter, in the copy, with its lock.
    let list = unsafe { api.own((api.new_list)(0)) };
    let Some(list) = list else { return null_mut() };
    // SAFETY: as above.
    let _ = unsafe { look_for(&api, wanted, list.object) };
    // SAFETY: as above.
    unsafe { (api.clear_error)() };
    list.give()
}

/// # Safety
///
/// `wanted` is a pair of lists, of objects and of addresses of other blocks.
unsafe fn look_for(api: &Api, wanted: Object, list: Object) -> Option<()> {
    // SAFETY: as the caller promises; nobody else borrows the room.
    unsafe {
        let targets = &mut (*ROOM.0.get()).1;
        targets.clear();
        // For each thing that is looked for: where it is, whether it is a type, and how many were found to point to it.
        let mut things: Array<(usize, bool, u32)> = Array::new();
        let objects = (api.of_tuple)(wanted, 0);
        for at in 0..(api.list_length)(objects).max(0) {
            let address = (api.of_list)(objects, at) as usize;
            targets.add(address, things.len())?;
            targets.add(address | TAG, things.len())?;
            things.push((address, object::is_type(address, word), 0))?;
        }
        let others = (api.of_tuple)(wanted, 1);
        for at in 0..(api.list_length)(others).max(0) {
            let address = (api.number)((api.of_list)(others, at)) as usize;
            let bytes = blocks::bytes_of(address).unwrap_or(0) as usize;
            for within in (0..bytes.clamp(1, HEAD + 1)).step_by(8) {
                targets.add(address + within, things.len())?;
                targets.add(address + within - MARK, things.len())?;
            }
            things.push((address, false, 0))?;
        }
        targets.sort();
        let none = interpreter()?.symbol(c"_Py_NoneStruct")?.address as Object;
        let mut found: Array<Found> = Array::new();
        let mut memory = true;
        let until = TIME;
        pointers::each(targets, until, |pointer| {
            let Some((address, is_type, count)) = things.get_mut(pointer.to) else {
                return;
            };
            // Each object points to its type, and is not what holds it.
            let to_type = *is_type && object::BEGINS.contains(&pointer.at.wrapping_sub(8));
            let (block, bytes) = pointer.block;
            if *count >= HOLDERS || to_type || block == *address {
                return;
            }
            let object = object_in(block, bytes);
            let from = block + object.map_or(0, |object| object.at);
            if from != *address {
                *count += 1;
                let references = object.and_then(|_| word(from)).map(|count| count & COUNT);
                let one = Found {
                    to: *address,
                    from,
                    references,
                };
                memory &= found.push(one).is_some();
            }
        });
        for one in found.iter() {
            let told = api.own((api.new_tuple)(4))?;
            let object = one.references.map_or(none, |_| one.from as Object);
            (api.keep)(object);
            let number = |number| (api.new_number)(number as u64);
            (api.set_in_tuple)(told.object, 0, number(one.to));
            (api.set_in_tuple)(told.object, 1, number(one.from));
            (api.set_in_tuple)(told.object, 2, object);
            (api.set_in_tuple)(told.object, 3, number(one.references.unwrap_or(0)));
            (api.add_to_list)(list, told.object);
        }
        memory.then_some(())
    }
}
