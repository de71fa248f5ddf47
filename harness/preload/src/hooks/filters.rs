//! Whether the program filters its own system calls: one that it does not expect may then end it, so that no more of the
//! process is looked at than was mapped before.
//!
//! Both functions are passed on by a jump: what is called through them may return twice, or on another stack.

use crate::next::{NEXT, dlsym};
use core::arch::naked_asm;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A filter was set. (One that was there before the program began let the loader open files, and so lets this library.)
static FILTERED: AtomicBool = AtomicBool::new(false);

/// Whether the program set a filter.
pub fn is_filtered() -> bool {
    FILTERED.load(Ordering::Relaxed)
}

static SYSCALL: AtomicUsize = AtomicUsize::new(0);
static PRCTL: AtomicUsize = AtomicUsize::new(0);

extern "C" fn find_syscall() {
    // SAFETY: the name is a string.
    let found = unsafe { dlsym(NEXT, c"syscall".as_ptr()) };
    SYSCALL.store(found as usize, Ordering::Release);
}

extern "C" fn find_prctl() {
    // SAFETY: the name is a string.
    let found = unsafe { dlsym(NEXT, c"prctl".as_ptr()) };
    PRCTL.store(found as usize, Ordering::Release);
}

macro_rules! pass {
    ($(#[$doc:meta])* $name:ident, $number:literal, $next:path, $find:path) => {
        $(#[$doc])*
        ///
        /// # Safety
        ///
        /// As the C function.
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name() {
            naked_asm!(
                concat!("cmp edi, ", $number),
                "jne 2f",
                "mov byte ptr [rip + {filtered}], 1",
                "2:",
                "mov rax, qword ptr [rip + {next}]",
                "test rax, rax",
                "jz 3f",
                "jmp rax",
                "3:",
                "push rdi",
                "push rsi",
                "push rdx",
                "push rcx",
                "push r8",
                "push r9",
                "sub rsp, 8",
                "call {find}",
                "add rsp, 8",
                "pop r9",
                "pop r8",
                "pop rcx",
                "pop rdx",
                "pop rsi",
                "pop rdi",
                "jmp qword ptr [rip + {next}]",
                filtered = sym FILTERED,
                next = sym $next,
                find = sym $find,
            )
        }
    };
}

pass!(/// Makes a system call; the one that is looked for is `seccomp`.
    syscall, "317", SYSCALL, find_syscall);
pass!(/// Controls the process; what is looked for is `PR_SET_SECCOMP`.
    prctl, "22", PRCTL, find_prctl);
