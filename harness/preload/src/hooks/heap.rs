//! `malloc` and its kin.
//!
//! The entries are a few instructions of assembly: they hand on where the return address lies and `rbp`, which is all
//! that a walk begins with, and jump, so that no frame of the library is on the stack.

use super::error;
use crate::failing::{self, NO_MEMORY};
use crate::{blocks, host, next, tally, thread, unseen};
use core::arch::naked_asm;
use core::ffi::{c_int, c_void};

macro_rules! entry {
    ($(#[$doc:meta])* $name:ident($slot:literal, $bp:literal) => $hook:ident) => {
        $(#[$doc])*
        ///
        /// # Safety
        ///
        /// As the C function.
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name() {
            naked_asm!(
                concat!("mov ", $slot, ", rsp"),
                concat!("mov ", $bp, ", rbp"),
                "jmp {hook}",
                hook = sym $hook,
            )
        }
    };
}

entry!(/// Allocates.
    malloc("rsi", "rdx") => malloc_hook);
entry!(/// Allocates zeroed memory.
    calloc("rdx", "rcx") => calloc_hook);
entry!(/// Changes the size of a block.
    realloc("rdx", "rcx") => realloc_hook);
entry!(/// Changes the size of a block to that of an array.
    reallocarray("rcx", "r8") => reallocarray_hook);
entry!(/// Allocates at an alignment.
    memalign("rdx", "rcx") => memalign_hook);
entry!(/// Allocates at an alignment.
    aligned_alloc("rdx", "rcx") => memalign_hook);
entry!(/// Allocates at an alignment.
    posix_memalign("rcx", "r8") => posix_memalign_hook);
entry!(/// Allocates whole pages.
    valloc("rsi", "rdx") => valloc_hook);
entry!(/// Allocates whole pages.
    pvalloc("rsi", "rdx") => pvalloc_hook);

/// Runs an allocation and notes its block.
///
/// # Safety
///
/// `slot` is where the caller's return address lies.
#[inline(always)]
unsafe fn note(
    bytes: usize,
    slot: usize,
    bp: usize,
    allocate: impl FnOnce() -> *mut c_void,
) -> *mut c_void {
    let words = thread::words();
    // SAFETY: this thread's own words, and the frame of the caller is live.
    unsafe {
        if (*words).busy != 0 || !host::ready() {
            let block = allocate();
            if host::recording() {
                tally::unrecorded();
                unseen::note(block as usize, bytes);
            }
            return block;
        }
        (*words).busy = 1;
        if failing::wanted() && failing::fails(words, slot, bp) {
            (*words).busy = 0;
            *error() = NO_MEMORY;
            return core::ptr::null_mut();
        }
        let block = allocate();
        if !block.is_null() {
            tally::allocated(words, block as usize, bytes, slot, bp);
        }
        (*words).busy = 0;
        block
    }
}

unsafe extern "C" fn malloc_hook(bytes: usize, slot: usize, bp: usize) -> *mut c_void {
    // SAFETY: the entry's; the allocator's own function.
    unsafe { note(bytes, slot, bp, || next::malloc()(bytes)) }
}

unsafe extern "C" fn calloc_hook(
    count: usize,
    bytes: usize,
    slot: usize,
    bp: usize,
) -> *mut c_void {
    // A library with thread-local words, as this one has, makes the loader's list of them longer for each new thread, by
    // an entry of two words: the program without it would not have that.
    const LIST_ENTRY: usize = 16;
    // SAFETY: this thread's own words.
    let count_alone =
        if bytes == LIST_ENTRY && unsafe { (*thread::words()).stage & thread::STARTING } != 0 {
            count.saturating_sub(1)
        } else {
            count
        };
    // What overflows is refused by the allocator itself.
    // SAFETY: as above.
    unsafe {
        note(count_alone.wrapping_mul(bytes), slot, bp, || {
            next::calloc()(count, bytes)
        })
    }
}

unsafe extern "C" fn memalign_hook(
    alignment: usize,
    bytes: usize,
    slot: usize,
    bp: usize,
) -> *mut c_void {
    // SAFETY: as above.
    unsafe { note(bytes, slot, bp, || next::memalign()(alignment, bytes)) }
}

/// A block for C++: at an alignment, unless that is 0; 0 without memory.
///
/// # Safety
///
/// `slot` is where the caller's return address lies.
#[inline(always)]
pub unsafe fn new(bytes: usize, alignment: usize, slot: usize, bp: usize) -> usize {
    if failing::wanted() {
        // The next one calls `malloc`, and says what has to be said where that fails.
        return 0;
    }
    // Even an object of no size has an address of its own.
    let asked = bytes.max(1);
    // SAFETY: as the caller promises.
    let block = unsafe {
        note(bytes, slot, bp, || {
            if alignment == 0 {
                next::malloc()(asked)
            } else {
                next::memalign()(alignment, asked)
            }
        })
    };
    block as usize
}

unsafe extern "C" fn posix_memalign_hook(
    block: *mut *mut c_void,
    alignment: usize,
    bytes: usize,
    slot: usize,
    bp: usize,
) -> c_int {
    let mut result = NO_MEMORY;
    // SAFETY: as above; the caller's place for the block is written by the allocator.
    unsafe {
        note(bytes, slot, bp, || {
            result = next::next!(c"posix_memalign" as fn(*mut *mut c_void, usize, usize) -> c_int)(
                block, alignment, bytes,
            );
            if result == 0 {
                *block
            } else {
                core::ptr::null_mut()
            }
        });
    }
    result
}

unsafe extern "C" fn valloc_hook(bytes: usize, slot: usize, bp: usize) -> *mut c_void {
    // SAFETY: as above.
    unsafe {
        note(bytes, slot, bp, || {
            next::next!(c"valloc" as fn(usize) -> *mut c_void)(bytes)
        })
    }
}

unsafe extern "C" fn pvalloc_hook(bytes: usize, slot: usize, bp: usize) -> *mut c_void {
    // SAFETY: as above.
    unsafe {
        note(bytes, slot, bp, || {
            next::next!(c"pvalloc" as fn(usize) -> *mut c_void)(bytes)
        })
    }
}

unsafe extern "C" fn reallocarray_hook(
    block: *mut c_void,
    count: usize,
    bytes: usize,
    slot: usize,
    bp: usize,
) -> *mut c_void {
    match count.checked_mul(bytes) {
        // SAFETY: as above.
        Some(bytes) => unsafe { realloc_hook(block, bytes, slot, bp) },
        // The libc's own sets the error.
        None => {
            let next = next::next!(c"reallocarray" as fn(*mut c_void, usize, usize) -> *mut c_void);
            // SAFETY: as above.
            unsafe { next(block, count, bytes) }
        }
    }
}

unsafe extern "C" fn realloc_hook(
    block: *mut c_void,
    bytes: usize,
    slot: usize,
    bp: usize,
) -> *mut c_void {
    if block.is_null() {
        // SAFETY: as above.
        return unsafe { note(bytes, slot, bp, || next::realloc()(block, bytes)) };
    }
    let taken = blocks::take(block as usize);
    let Some(taken) = taken else {
        // Somebody else's block, or one from before: it is still unknown when it has moved.
        // SAFETY: as above.
        let new = unsafe { next::realloc()(block, bytes) };
        unseen::moved(block as usize, new as usize, bytes);
        return new;
    };
    let mut failed = true;
    // SAFETY: as above.
    let new = unsafe {
        note(bytes, slot, bp, || {
            let new = next::realloc()(block, bytes);
            failed = new.is_null() && bytes != 0;
            if !failed {
                tally::freed(taken);
            }
            new
        })
    };
    if failed {
        blocks::put_back(block as usize, taken);
    }
    new
}

/// Frees a block.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(block: *mut c_void) {
    if let Some(cell) = blocks::take(block as usize) {
        tally::freed(cell);
    }
    // SAFETY: the caller's block.
    unsafe { next::free()(block) };
}

/// Frees a block.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cfree(block: *mut c_void) {
    // SAFETY: the caller's block.
    unsafe { free(block) };
}

/// Frees a block whose size the caller knows. (C23)
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_sized(block: *mut c_void, _bytes: usize) {
    // SAFETY: the caller's block.
    unsafe { free(block) };
}

/// Frees a block whose size and alignment the caller knows. (C23)
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_aligned_sized(block: *mut c_void, _alignment: usize, _bytes: usize) {
    // SAFETY: the caller's block.
    unsafe { free(block) };
}
