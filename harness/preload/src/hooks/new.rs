//! C++'s `operator new`, in every form. The standard library's own calls `malloc` and could be left alone; standing before
//! it spares a frame of each walk, and notes what was asked for and not what it was rounded up to.
//!
//! Failure is the next one's business: it asks the program's handler for memory and throws. It is jumped to, so that an
//! exception never meets a frame of this library. `operator delete` calls `free`, and needs no hook. A program that
//! brings an `operator new` of its own comes first and is never met here; a library that does is handed everything.

use super::heap;
use crate::module;
use crate::next::{NEXT, dlsym};
use core::arch::naked_asm;
use core::ffi::CStr;
use core::sync::atomic::{AtomicUsize, Ordering};

/// What an entry does next: return the block, or jump on.
#[repr(C)]
struct Answer {
    block: usize,
    next: usize,
}

/// The next function of a form: its address, and in the lowest bit whether it is the standard library's.
fn next_of(place: &AtomicUsize, name: &CStr) -> (usize, bool) {
    let mut known = place.load(Ordering::Relaxed);
    if known == 0 {
        // SAFETY: the name is a string.
        let address = unsafe { dlsym(NEXT, name.as_ptr()) } as usize;
        known = address << 1 | usize::from(is_standard(address));
        place.store(known, Ordering::Relaxed);
    }
    (known >> 1, known & 1 != 0)
}

fn is_standard(address: usize) -> bool {
    let Some(found) = module::at(address) else {
        return false;
    };
    // SAFETY: the loader's own string.
    let path = unsafe { CStr::from_ptr(found.name) }.to_bytes();
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    [&b"libstdc++.so"[..], b"libc++.so", b"libc++abi.so"]
        .iter()
        .any(|start| name.starts_with(start))
}

macro_rules! new {
    ($($(#[$doc:meta])* $name:ident $text:literal $hook:ident $place:ident $alignment:expr;)*) => { $(
        static $place: AtomicUsize = AtomicUsize::new(0);

        $(#[$doc])*
        ///
        /// # Safety
        ///
        /// As the C++ function.
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name() {
            naked_asm!(
                // Where the frame is said to be, for whoever unwinds through it.
                ".cfi_startproc",
                "push rdi",
                "push rsi",
                "sub rsp, 8",
                ".cfi_adjust_cfa_offset 24",
                "lea rdx, [rsp + 24]",
                "mov rcx, rbp",
                "call {hook}",
                "add rsp, 8",
                "pop rsi",
                "pop rdi",
                ".cfi_adjust_cfa_offset -24",
                "test rax, rax",
                "jz 2f",
                "ret",
                "2:",
                "jmp rdx",
                ".cfi_endproc",
                hook = sym $hook,
            )
        }

        unsafe extern "C" fn $hook(bytes: usize, second: usize, slot: usize, bp: usize) -> Answer {
            let (next, standard) = next_of(&$place, $text);
            let alignment: fn(usize) -> usize = $alignment;
            // SAFETY: the entry's.
            let block = if standard { unsafe { heap::new(bytes, alignment(second), slot, bp) } } else { 0 };
            Answer { block, next }
        }
    )* };
}

new! {
    /// Allocates an object.
    _Znwm c"_Znwm" new_hook NEW |_| 0;
    /// Allocates an array.
    _Znam c"_Znam" new_array_hook NEW_ARRAY |_| 0;
    /// Allocates an object, or answers null.
    _ZnwmRKSt9nothrow_t c"_ZnwmRKSt9nothrow_t" new_or_null_hook NEW_OR_NULL |_| 0;
    /// Allocates an array, or answers null.
    _ZnamRKSt9nothrow_t c"_ZnamRKSt9nothrow_t" new_array_or_null_hook NEW_ARRAY_OR_NULL |_| 0;
    /// Allocates an object at an alignment.
    _ZnwmSt11align_val_t c"_ZnwmSt11align_val_t" new_aligned_hook NEW_ALIGNED |alignment| alignment;
    /// Allocates an array at an alignment.
    _ZnamSt11align_val_t c"_ZnamSt11align_val_t" new_array_aligned_hook NEW_ARRAY_ALIGNED |alignment| alignment;
    /// Allocates an object at an alignment, or answers null.
    _ZnwmSt11align_val_tRKSt9nothrow_t c"_ZnwmSt11align_val_tRKSt9nothrow_t" new_aligned_or_null_hook NEW_ALIGNED_OR_NULL |alignment| alignment;
    /// Allocates an array at an alignment, or answers null.
    _ZnamSt11align_val_tRKSt9nothrow_t c"_ZnamSt11align_val_tRKSt9nothrow_t" new_array_aligned_or_null_hook NEW_ARRAY_ALIGNED_OR_NULL |alignment| alignment;
}
