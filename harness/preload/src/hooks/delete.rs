//! C++'s `operator delete`, in every form: the standard library's calls `free`, which is then called without it, and an
//! allocator's own does not.

use super::new::{Form, STANDARD};
use crate::{blocks, next, tally};
use core::arch::naked_asm;

/// Takes the note of a block away; what frees it.
///
/// # Safety
///
/// Called by an entry, for whose caller `next` is the next function.
unsafe fn freed(block: usize, next: usize, nature: usize) -> usize {
    if let Some(cell) = blocks::take(block) {
        tally::freed(cell);
    }
    if nature == STANDARD {
        next::free() as usize
    } else {
        next
    }
}

macro_rules! delete {
    ($($name:ident $text:literal $hook:ident $place:ident;)*) => { $(
        static $place: Form = Form::new($text);

        /// Frees an object or an array.
        ///
        /// # Safety
        ///
        /// As the C++ function.
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name() {
            naked_asm!(
                ".cfi_startproc",
                "push rdi",
                "push rsi",
                "push rdx",
                ".cfi_adjust_cfa_offset 24",
                "mov rsi, qword ptr [rsp + 24]",
                "call {hook}",
                "pop rdx",
                "pop rsi",
                "pop rdi",
                ".cfi_adjust_cfa_offset -24",
                "jmp rax",
                ".cfi_endproc",
                hook = sym $hook,
            )
        }

        unsafe extern "C" fn $hook(block: usize, caller: usize) -> usize {
            let (next, nature) = $place.next(caller);
            // SAFETY: the entry's.
            unsafe { freed(block, next, nature) }
        }
    )*

        /// Modules were unloaded: what was looked up may lie in one.
        pub fn forget() {
            let _held = crate::COLD.hold();
            $( $place.forget(); )*
        }
    };
}

delete! {
    _ZdlPv c"_ZdlPv" delete_hook DELETE;
    _ZdaPv c"_ZdaPv" delete_array_hook DELETE_ARRAY;
    _ZdlPvm c"_ZdlPvm" delete_sized_hook DELETE_SIZED;
    _ZdaPvm c"_ZdaPvm" delete_array_sized_hook DELETE_ARRAY_SIZED;
    _ZdlPvRKSt9nothrow_t c"_ZdlPvRKSt9nothrow_t" delete_quiet_hook DELETE_QUIET;
    _ZdaPvRKSt9nothrow_t c"_ZdaPvRKSt9nothrow_t" delete_array_quiet_hook DELETE_ARRAY_QUIET;
    _ZdlPvSt11align_val_t c"_ZdlPvSt11align_val_t" delete_aligned_hook DELETE_ALIGNED;
    _ZdaPvSt11align_val_t c"_ZdaPvSt11align_val_t" delete_array_aligned_hook DELETE_ARRAY_ALIGNED;
    _ZdlPvmSt11align_val_t c"_ZdlPvmSt11align_val_t" delete_sized_aligned_hook DELETE_SIZED_ALIGNED;
    _ZdaPvmSt11align_val_t c"_ZdaPvmSt11align_val_t" delete_array_sized_aligned_hook DELETE_ARRAY_SIZED_ALIGNED;
    _ZdlPvSt11align_val_tRKSt9nothrow_t c"_ZdlPvSt11align_val_tRKSt9nothrow_t" delete_aligned_quiet_hook DELETE_ALIGNED_QUIET;
    _ZdaPvSt11align_val_tRKSt9nothrow_t c"_ZdaPvSt11align_val_tRKSt9nothrow_t" delete_array_aligned_quiet_hook DELETE_ARRAY_ALIGNED_QUIET;
}
