//! Memory that the program locks. What it means by all of it is its own: this library's tables and the record are reserved
//! far larger than what is used of them, and would take the whole of what may be locked.

use super::error;
use crate::next::next;
use crate::scan::mappings;
use crate::{host, module, own_record, sys};
use core::ffi::c_int;
use core::ops::Range;

const CURRENT: c_int = 1;
const FUTURE: c_int = 2;
const ON_FAULT: c_int = 4;

/// Locks all memory, that which is there and that which will be.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mlockall(flags: c_int) -> c_int {
    const TOO_MUCH: c_int = 12;
    let lock = next!(c"mlockall" as fn(c_int) -> c_int);
    // SAFETY: the caller's argument.
    let as_it_is = || unsafe { lock(flags) };
    let known = flags & !(CURRENT | FUTURE | ON_FAULT) == 0 && flags & (CURRENT | FUTURE) != 0;
    if !host::recording() || !known {
        return as_it_is();
    }
    if flags & FUTURE != 0 {
        sys::set_memory_aside();
    }
    if flags & CURRENT == 0 {
        return as_it_is();
    }
    let mut bytes = 0;
    each_of_the_program(|range| bytes += range.len() as u64);
    if bytes > sys::limit(LOCKED) && !may_lock_all() {
        // SAFETY: this thread's own.
        unsafe { *error() = TOO_MUCH };
        return -1;
    }
    if flags & FUTURE != 0 {
        // SAFETY: as above.
        let result = unsafe { lock(flags & !CURRENT) };
        if result != 0 {
            return result;
        }
    }
    // Of memory that cannot be locked, such as what nobody may read, nothing is said: as `mlockall` itself does.
    each_of_the_program(|range| {
        const MLOCK2: usize = 325;
        let on_fault = usize::from(flags & ON_FAULT != 0);
        // SAFETY: it changes no contents.
        unsafe { sys::call(MLOCK2, range.start, range.len(), on_fault, 0, 0, 0) };
    });
    0
}

/// The limit of what may be locked, in bytes.
const LOCKED: usize = 8;

/// Whether the process may lock as much as it likes. (`CAP_IPC_LOCK`)
fn may_lock_all() -> bool {
    const CAPGET: usize = 125;
    const VERSION: u64 = 0x2008_0522;
    const LOCK: u32 = 1 << 14;
    let head = [VERSION];
    let mut sets = [0_u32; 6];
    // SAFETY: the kernel reads the head, which names this process, and writes three words of each of two sets.
    let result = unsafe {
        sys::call(
            CAPGET,
            head.as_ptr() as usize,
            sets.as_mut_ptr() as usize,
            0,
            0,
            0,
            0,
        )
    };
    result == 0 && sets[0] & LOCK != 0
}

/// Hands on all memory but the library's own.
fn each_of_the_program(mut part: impl FnMut(Range<usize>)) {
    let library = module::at(mlockall as *const () as usize);
    let library = library.map_or(0..0, |library| {
        library.start & !4095..library.end.next_multiple_of(4096)
    });
    mappings::each(&mut [0; 2048], |mapping| {
        let mut from = mapping.start;
        while from < mapping.end {
            // The first of the library's own from here on: they are few.
            let mut own = mapping.end..mapping.end;
            let mut look = |range: Range<usize>| {
                if range.end > from && range.start < own.start {
                    own = range;
                }
            };
            sys::each_own(&mut look);
            [library.clone(), own_record::range(), sys::set_aside()]
                .into_iter()
                .for_each(&mut look);
            let until = own.start.clamp(from, mapping.end);
            if from < until {
                part(from..until);
            }
            from = own.end.max(until + 1);
        }
    });
}
