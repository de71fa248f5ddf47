//! Memory that the program maps by itself. What the libc maps within itself, for its allocator and for threads, does not
//! come through here.

use crate::caller;
use crate::ledger::{Entry, MAPPINGS};
use crate::next::next;
use crate::record::Kind;
use core::ffi::{c_int, c_void};

/// `MAP_FAILED`.
const FAILED: *mut c_void = usize::MAX as *mut c_void;
const PAGE: usize = 4096;

fn mapped(at: *mut c_void, bytes: usize) {
    if at == FAILED {
        return;
    }
    let bytes = bytes.next_multiple_of(PAGE);
    caller::busy(|| {
        let site = caller::site(Kind::MAPPING);
        // A mapping at a fixed place takes the place of what was there.
        MAPPINGS.cut(at as usize, (at as usize).saturating_add(bytes));
        MAPPINGS.put(Entry {
            key: at as usize,
            bytes,
            site,
            mark: 0,
        });
    });
}

macro_rules! map {
    ($name:ident, $text:literal) => {
        /// Maps memory.
        ///
        /// # Safety
        ///
        /// As the C function.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            at: *mut c_void,
            bytes: usize,
            protection: c_int,
            flags: c_int,
            descriptor: c_int,
            offset: i64,
        ) -> *mut c_void {
            let map =
                next!($text as fn(*mut c_void, usize, c_int, c_int, c_int, i64) -> *mut c_void);
            // SAFETY: the caller's arguments.
            let result = unsafe { map(at, bytes, protection, flags, descriptor, offset) };
            mapped(result, bytes);
            result
        }
    };
}

map!(mmap, c"mmap");
map!(mmap64, c"mmap64");

/// Unmaps memory, or a part of it.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn munmap(at: *mut c_void, bytes: usize) -> c_int {
    // Frames of threads that a copy does not have lie in memory that its interpreter gives back.
    if crate::python::is_copy() {
        return 0;
    }
    // The note goes first: afterwards another thread may have the addresses.
    // What cannot be unmapped is a mistake in the arguments, and then nothing was noted there.
    if (at as usize).is_multiple_of(PAGE) && bytes != 0 {
        let end = (at as usize).saturating_add(bytes.next_multiple_of(PAGE));
        caller::busy(|| MAPPINGS.cut(at as usize, end));
    }
    // SAFETY: the caller's arguments.
    unsafe { next!(c"munmap" as fn(*mut c_void, usize) -> c_int)(at, bytes) }
}

/// Grows, shrinks or moves a mapping.
///
/// # Safety
///
/// As the C function, whose last argument is there only with some flags.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mremap(
    old: *mut c_void,
    old_bytes: usize,
    bytes: usize,
    flags: c_int,
    new: *mut c_void,
) -> *mut c_void {
    const DONT_UNMAP: c_int = 4;
    let remap =
        next!(c"mremap" as fn(*mut c_void, usize, usize, c_int, *mut c_void) -> *mut c_void);
    // SAFETY: the caller's arguments.
    let result = unsafe { remap(old, old_bytes, bytes, flags, new) };
    if result != FAILED {
        if flags & DONT_UNMAP == 0 {
            let end = (old as usize).saturating_add(old_bytes.next_multiple_of(PAGE));
            caller::busy(|| MAPPINGS.cut(old as usize, end));
        }
        mapped(result, bytes);
    }
    result
}

/// Attaches a segment of System V's shared memory.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn shmat(segment: c_int, at: *const c_void, flags: c_int) -> *mut c_void {
    // SAFETY: the caller's arguments.
    let result = unsafe {
        next!(c"shmat" as fn(c_int, *const c_void, c_int) -> *mut c_void)(segment, at, flags)
    };
    if result != FAILED {
        mapped(
            result,
            super::shared::segment_bytes(segment).unwrap_or(PAGE),
        );
    }
    result
}

/// Detaches a segment of System V's shared memory.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn shmdt(at: *const c_void) -> c_int {
    // SAFETY: the caller's argument.
    let result = unsafe { next!(c"shmdt" as fn(*const c_void) -> c_int)(at) };
    if result == 0 {
        caller::busy(|| MAPPINGS.take(at as usize));
    }
    result
}
