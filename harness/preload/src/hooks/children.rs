//! Children: who made one, and whether it was waited for.

use crate::ledger::{CHILDREN, Entry};
use crate::next::next;
use crate::record::Kind;
use crate::{caller, host};
use core::arch::naked_asm;
use core::ffi::{c_char, c_int, c_uint, c_void};

fn born(process: c_int) {
    if process > 0 {
        caller::busy_at_home(|| {
            let site = caller::site(Kind::CHILD);
            CHILDREN.put(Entry {
                key: process as usize,
                bytes: 0,
                site,
                mark: 0,
            });
        });
    }
}

fn waited_for(process: c_int) {
    if process > 0 {
        caller::busy_at_home(|| CHILDREN.take(process as usize));
    }
}

/// Copies the process.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fork() -> c_int {
    // SAFETY: it takes nothing.
    let result = unsafe { next!(c"fork" as fn() -> c_int)() };
    born(result);
    result
}

/// Makes a child that borrows this process's memory until it becomes another program or ends. What it closes and opens
/// until then is its own: so both see that this thread is lent meanwhile.
///
/// The return address is kept in a register, as the libc does: the child returns first, and what it calls is written over
/// the stack.
///
/// # Safety
///
/// As the C function.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vfork() {
    naked_asm!(
        ".cfi_startproc",
        "mov rdx, qword ptr [rip + harness_preload_thread@GOTTPOFF]",
        "inc word ptr fs:[rdx + 14]",
        "pop rdi",
        ".cfi_adjust_cfa_offset -8",
        ".cfi_register rip, rdi",
        "mov eax, 58",
        "syscall",
        "push rdi",
        ".cfi_adjust_cfa_offset 8",
        ".cfi_offset rip, -8",
        "test rax, rax",
        "jz 2f",
        "dec word ptr fs:[rdx + 14]",
        "mov rdi, rax",
        "sub rsp, 8",
        ".cfi_adjust_cfa_offset 8",
        "call {parted}",
        "add rsp, 8",
        ".cfi_adjust_cfa_offset -8",
        "2:",
        "ret",
        ".cfi_endproc",
        parted = sym parted,
    )
}

/// In the parent after a `vfork`: what it returns.
extern "C" fn parted(result: isize) -> c_int {
    if result < 0 {
        // SAFETY: this thread's own error.
        unsafe { *super::error() = -result as c_int };
        return -1;
    }
    born(result as c_int);
    result as c_int
}

macro_rules! spawn {
    ($($name:ident $text:literal)*) => { $(
        /// Starts another program.
        ///
        /// # Safety
        ///
        /// As the C function.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(
            process: *mut c_int,
            path: *const c_char,
            actions: *const c_void,
            attributes: *const c_void,
            arguments: *const *mut c_char,
            environment: *const *const c_char,
        ) -> c_int {
            let spawn = next!($text as fn(
                *mut c_int, *const c_char, *const c_void, *const c_void, *const *mut c_char, *const *const c_char,
            ) -> c_int);
            let mut number = 0;
            let result = super::replacing::with_environment(environment, |environment| {
                // SAFETY: the caller's arguments, with an environment that has what it had.
                unsafe { spawn(&mut number, path, actions, attributes, arguments, environment) }
            });
            if result == 0 {
                if !process.is_null() {
                    // SAFETY: the caller's place for the number.
                    unsafe { *process = number };
                }
                born(number);
            }
            result
        }
    )* };
}

spawn! { posix_spawn c"posix_spawn" posix_spawnp c"posix_spawnp" }

/// Starts a shell with a stream to it. Only the libc knows the number of that child: it is known here by its stream.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn popen(command: *const c_char, mode: *const c_char) -> *mut c_void {
    // SAFETY: the caller's arguments.
    let stream = unsafe {
        next!(c"popen" as fn(*const c_char, *const c_char) -> *mut c_void)(command, mode)
    };
    if !stream.is_null() {
        // SAFETY: it was opened just now.
        super::descriptors::opened(unsafe { next!(c"fileno" as fn(*mut c_void) -> c_int)(stream) });
        caller::busy(|| {
            let site = caller::site(Kind::CHILD);
            CHILDREN.put(Entry {
                key: stream as usize,
                bytes: 0,
                site,
                mark: 0,
            });
        });
    }
    stream
}

/// Closes a stream to a shell, and waits for it.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pclose(stream: *mut c_void) -> c_int {
    super::descriptors::closing_stream(stream, || {
        // SAFETY: the caller's stream.
        unsafe { next!(c"fileno" as fn(*mut c_void) -> c_int)(stream) }
    });
    caller::busy(|| CHILDREN.take(stream as usize));
    // SAFETY: the caller's argument.
    unsafe { next!(c"pclose" as fn(*mut c_void) -> c_int)(stream) }
}

/// Waits for a child.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wait(status: *mut c_int) -> c_int {
    // SAFETY: the caller's argument.
    let result = unsafe { next!(c"wait" as fn(*mut c_int) -> c_int)(status) };
    waited_for(result);
    result
}

/// Whether a child of this status has ended; one that was stopped or went on is still there.
unsafe fn has_ended(status: *const c_int, options: c_int) -> bool {
    const STOPPED_OR_CONTINUED: c_int = 2 | 8;
    if status.is_null() {
        return options & STOPPED_OR_CONTINUED == 0;
    }
    // SAFETY: written by the libc just now.
    let status = unsafe { *status };
    status & 0xFF != 0x7F && status != 0xFFFF
}

/// Waits for a child.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn waitpid(process: c_int, status: *mut c_int, options: c_int) -> c_int {
    // SAFETY: the caller's arguments.
    unsafe {
        let result =
            next!(c"waitpid" as fn(c_int, *mut c_int, c_int) -> c_int)(process, status, options);
        if has_ended(status, options) {
            waited_for(result);
        }
        result
    }
}

/// Waits for a child.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wait3(status: *mut c_int, options: c_int, usage: *mut c_void) -> c_int {
    // SAFETY: the caller's arguments.
    unsafe {
        let result =
            next!(c"wait3" as fn(*mut c_int, c_int, *mut c_void) -> c_int)(status, options, usage);
        if has_ended(status, options) {
            waited_for(result);
        }
        result
    }
}

/// Waits for a child.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wait4(
    process: c_int,
    status: *mut c_int,
    options: c_int,
    usage: *mut c_void,
) -> c_int {
    // SAFETY: the caller's arguments.
    unsafe {
        let result = next!(c"wait4" as fn(c_int, *mut c_int, c_int, *mut c_void) -> c_int)(
            process, status, options, usage,
        );
        if has_ended(status, options) {
            waited_for(result);
        }
        result
    }
}

/// Waits for a child.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn waitid(
    kind: c_int,
    number: c_uint,
    information: *mut c_int,
    options: c_int,
) -> c_int {
    const ENDED: c_int = 4;
    const LEAVE: c_int = 0x0100_0000;
    /// `si_code`: it was not stopped, and did not go on.
    const LAST_OF_ENDS: c_int = 3;
    // SAFETY: the caller's arguments. `siginfo_t` has the reason in its third and the process in its fifth word.
    unsafe {
        let result = next!(c"waitid" as fn(c_int, c_uint, *mut c_int, c_int) -> c_int)(
            kind,
            number,
            information,
            options,
        );
        if result == 0 && options & ENDED != 0 && options & LEAVE == 0 && !information.is_null() {
            let (code, process) = (*information.add(2), *information.add(4));
            if (1..=LAST_OF_ENDS).contains(&code) {
                waited_for(process);
            }
        }
        result
    }
}

/// In the child of a `fork`: it has none of its parent's children, and one thread.
pub fn forget() {
    if host::recording() {
        CHILDREN.clear();
        crate::ledger::THREADS.clear();
        super::threads::alone();
    }
}
