//! Memory that the program maps by itself. What the libc maps within itself, for its allocator and for threads, does not
//! come through here.

use crate::caller;
use crate::ledger::{Entry, MAPPINGS};
use crate::next::next;
use crate::record::Kind;
use crate::reserves;
use core::arch::naked_asm;
use core::ffi::{c_int, c_void};
use core::ops::Range;

/// `MAP_FAILED`.
const FAILED: *mut c_void = usize::MAX as *mut c_void;
const PAGE: usize = 4096;

fn mapped(at: *mut c_void, bytes: usize) {
    if at == FAILED {
        return;
    }
    note(&pages(at, bytes));
}

fn note(range: &Range<usize>) {
    caller::busy(|| {
        let site = caller::site(Kind::MAPPING);
        // A mapping at a fixed place takes the place of what was there.
        MAPPINGS.cut(range.start, range.end);
        MAPPINGS.put(Entry {
            key: range.start,
            bytes: range.len(),
            site,
            mark: 0,
        });
    });
}

/// The whole pages of a range.
fn pages(at: *mut c_void, bytes: usize) -> Range<usize> {
    let start = at as usize;
    start..start.saturating_add(bytes.next_multiple_of(PAGE))
}

/// The return address at `slot`: who calls.
///
/// # Safety
///
/// A return address lies there.
unsafe fn caller_at(slot: *const usize) -> usize {
    // SAFETY: as the caller promises.
    unsafe { *slot }
}

macro_rules! map {
    ($name:ident, $hook:ident, $text:literal) => {
        /// Maps memory.
        ///
        /// # Safety
        ///
        /// As the C function.
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name() {
            // All six registers of arguments are taken: what is allowed goes with the flags, and leaves one for where the
            // return address lies.
            naked_asm!(
                "mov edx, edx",
                "shl rcx, 32",
                "or rdx, rcx",
                "mov rcx, rsp",
                "jmp {hook}",
                hook = sym $hook,
            )
        }

        unsafe extern "C" fn $hook(
            at: *mut c_void,
            bytes: usize,
            protection_and_flags: u64,
            slot: *const usize,
            descriptor: c_int,
            offset: i64,
        ) -> *mut c_void {
            let map =
                next!($text as fn(*mut c_void, usize, c_int, c_int, c_int, i64) -> *mut c_void);
            let flags = (protection_and_flags >> 32) as c_int;
            let protection = protection_and_flags as c_int;
            // SAFETY: the caller's arguments.
            let result = unsafe { map(at, bytes, protection, flags, descriptor, offset) };
            mapped(result, bytes);
            if result != FAILED {
                // SAFETY: the entry's.
                reserves::took(unsafe { caller_at(slot) }, pages(result, bytes));
            }
            result
        }
    };
}

map!(mmap, mmap_hook, c"mmap");
map!(mmap64, mmap64_hook, c"mmap64");

/// Unmaps memory, or a part of it.
///
/// # Safety
///
/// As the C function.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn munmap() {
    naked_asm!("mov rdx, rsp", "jmp {hook}", hook = sym munmap_hook)
}

unsafe extern "C" fn munmap_hook(at: *mut c_void, bytes: usize, slot: *const usize) -> c_int {
    // Frames of threads that a copy does not have lie in memory that its interpreter gives back.
    if crate::python::is_copy() {
        return 0;
    }
    // The note goes first: afterwards another thread may have the addresses.
    // What cannot be unmapped is a mistake in the arguments, and then nothing was noted there.
    if (at as usize).is_multiple_of(PAGE) && bytes != 0 {
        let range = pages(at, bytes);
        caller::busy(|| MAPPINGS.cut(range.start, range.end));
        // SAFETY: the entry's.
        reserves::gave(unsafe { caller_at(slot) }, range);
    }
    // SAFETY: the caller's arguments.
    unsafe { next!(c"munmap" as fn(*mut c_void, usize) -> c_int)(at, bytes) }
}

/// Grows, shrinks or moves a mapping.
///
/// # Safety
///
/// As the C function, whose last argument is there only with some flags.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mremap() {
    naked_asm!("mov r9, rsp", "jmp {hook}", hook = sym mremap_hook)
}

unsafe extern "C" fn mremap_hook(
    old: *mut c_void,
    old_bytes: usize,
    bytes: usize,
    flags: c_int,
    new: *mut c_void,
    slot: *const usize,
) -> *mut c_void {
    const DONT_UNMAP: c_int = 4;
    let remap =
        next!(c"mremap" as fn(*mut c_void, usize, usize, c_int, *mut c_void) -> *mut c_void);
    // SAFETY: the caller's arguments.
    let result = unsafe { remap(old, old_bytes, bytes, flags, new) };
    if result != FAILED {
        // SAFETY: the entry's.
        let code = unsafe { caller_at(slot) };
        if flags & DONT_UNMAP == 0 {
            let range = pages(old, old_bytes);
            caller::busy(|| MAPPINGS.cut(range.start, range.end));
            reserves::gave(code, range);
        }
        mapped(result, bytes);
        reserves::took(code, pages(result, bytes));
    }
    result
}

/// Moves the end of the heap that grows by `brk`: what the program takes so lies among what the allocator takes.
///
/// # Safety
///
/// As the C function.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sbrk() {
    naked_asm!("mov rsi, rsp", "jmp {hook}", hook = sym sbrk_hook)
}

unsafe extern "C" fn sbrk_hook(more: isize, slot: *const usize) -> *mut c_void {
    // SAFETY: the caller's argument.
    let result = unsafe { next!(c"sbrk" as fn(isize) -> *mut c_void)(more) };
    if result != FAILED {
        let (before, after) = (result as usize, (result as usize).wrapping_add_signed(more));
        // SAFETY: the entry's.
        let code = unsafe { caller_at(slot) };
        let by_allocator = reserves::allocator().contains(&code);
        match (more > 0, by_allocator) {
            (true, true) => reserves::took(code, before..after),
            (true, false) => note(&(before..after)),
            (false, true) => reserves::gave(code, after..before),
            (false, false) => {
                caller::busy(|| MAPPINGS.cut(after, before));
            }
        }
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
