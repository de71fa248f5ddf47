//! What only the scan asks of the kernel: signals, a copy of the process, and its end.

use crate::sys::{self, call};
use core::sync::atomic::AtomicU32;

mod number {
    pub const MMAP: usize = 9;
    pub const RT_SIGACTION: usize = 13;
    pub const RT_SIGPROCMASK: usize = 14;
    pub const PREAD64: usize = 17;
    pub const MREMAP: usize = 25;
    pub const MINCORE: usize = 27;
    pub const MADVISE: usize = 28;
    pub const DUP2: usize = 33;
    pub const CLONE: usize = 56;
    pub const WAIT4: usize = 61;
    pub const KILL: usize = 62;
    pub const PRCTL: usize = 157;
    pub const FUTEX: usize = 202;
    pub const GETDENTS64: usize = 217;
    pub const TGKILL: usize = 234;
    pub const RT_TGSIGQUEUEINFO: usize = 297;
}

/// What the kernel does with a signal. (`struct kernel_sigaction` of x86-64)
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Action {
    /// The handler; 0 for the default, 1 to ignore it.
    pub handler: usize,
    /// `SA_` flags.
    pub flags: u64,
    /// What a handler returns to.
    pub restorer: usize,
    /// Signals that wait while the handler runs.
    pub mask: u64,
}

/// The action of a signal, after a new one was put in its place, if there is one.
///
/// # Safety
///
/// The new handler must be one.
pub unsafe fn action(signal: usize, new: Option<&Action>) -> Option<Action> {
    let mut old = Action {
        handler: 0,
        flags: 0,
        restorer: 0,
        mask: 0,
    };
    let new = new.map_or(0, |new| &raw const *new as usize);
    // SAFETY: both are in memory; as the caller promises.
    let result = unsafe {
        call(
            number::RT_SIGACTION,
            signal,
            new,
            &raw mut old as usize,
            8,
            0,
            0,
        )
    };
    (result == 0).then_some(old)
}

/// Sets which signals wait in this thread, and says which did before.
pub fn set_mask(mask: u64) -> u64 {
    const SET: usize = 2;
    let mut old = 0_u64;
    // SAFETY: both words are in memory.
    unsafe {
        call(
            number::RT_SIGPROCMASK,
            SET,
            &raw const mask as usize,
            &raw mut old as usize,
            8,
            0,
            0,
        )
    };
    old
}

/// What goes with a signal. (`siginfo_t` of one that was queued)
#[repr(C)]
pub struct Info {
    /// The signal.
    pub signal: i32,
    error: i32,
    /// Who made it: see [`QUEUED`].
    pub code: i32,
    pad: i32,
    /// The sender's process.
    pub process: u32,
    user: u32,
    /// What the sender says with it.
    pub value: u64,
    rest: [u64; 12],
}

/// A signal that was sent with a value. (`SI_QUEUE`)
pub const QUEUED: i32 = -1;

/// Sends a signal with a value to a thread of this process.
pub fn send(thread: u32, signal: usize, value: u64) -> isize {
    let process = sys::process();
    let info = Info {
        signal: signal as i32,
        error: 0,
        code: QUEUED,
        pad: 0,
        process,
        user: 0,
        value,
        rest: [0; 12],
    };
    // SAFETY: the structure is in memory.
    unsafe {
        call(
            number::RT_TGSIGQUEUEINFO,
            process as usize,
            thread as usize,
            signal,
            &raw const info as usize,
            0,
            0,
        )
    }
}

/// Whether a thread of this process is still there.
pub fn is_there(thread: u32) -> bool {
    const NO_SUCH: isize = -3;
    // No signal is sent.
    signal_thread(thread, 0) != NO_SUCH
}

/// Sends a thread of this process a signal.
pub fn signal_thread(thread: u32, signal: usize) -> isize {
    let process = sys::process() as usize;
    // SAFETY: what a signal does is the program's affair.
    unsafe { call(number::TGKILL, process, thread as usize, signal, 0, 0, 0) }
}

/// Sends a process, or as many as its number says, a signal.
pub fn signal_process(process: isize, signal: usize) -> isize {
    // SAFETY: as above.
    unsafe { call(number::KILL, process as usize, signal, 0, 0, 0, 0) }
}

/// Copies the process without the libc's knowledge. The copy, whose end sends no signal and which no `wait` of the
/// program sees, runs `work` on the stack that ends at `stack`; its number, or an error.
///
/// # Safety
///
/// The stack is large enough, and `work` does nothing but system calls and memory of its own.
#[unsafe(naked)]
pub unsafe extern "C" fn copy_process(stack: usize, work: extern "C" fn() -> !) -> isize {
    core::arch::naked_asm!(
        "mov r9, rsi",
        "mov rsi, rdi",
        "xor edi, edi",
        "xor edx, edx",
        "xor r10d, r10d",
        "xor r8d, r8d",
        "mov eax, 56",
        "syscall",
        "test rax, rax",
        "jnz 2f",
        "xor ebp, ebp",
        "call r9",
        "ud2",
        "2:",
        "ret",
    )
}

/// Copies the process as [`copy_process`] does, but the copy goes on from here too: 0 in the copy.
///
/// # Safety
///
/// The copy ends by [`sys::end`], and calls nothing of the libc that a lock of another thread could hold up.
#[inline(never)]
pub unsafe fn copy_here() -> isize {
    // SAFETY: neither memory nor anything else is shared with the copy; as the caller promises.
    unsafe { call(number::CLONE, 0, 0, 0, 0, 0, 0) }
}

/// In the copy: what is written to a descriptor goes nowhere, and there is nothing to read.
pub fn let_go_of(descriptor: usize) {
    const READ_WRITE: usize = 2;
    let nothing = sys::open(b"/dev/null\0", READ_WRITE);
    if nothing >= 0 {
        // SAFETY: descriptors are the copy's own.
        unsafe { call(number::DUP2, nothing as usize, descriptor, 0, 0, 0, 0) };
        if nothing as usize != descriptor {
            sys::close(nothing);
        }
    }
}

/// Whether a copy has ended, and then lets go of it: an error where there is none.
pub fn is_over(process: isize) -> Result<bool, ()> {
    const NO_HANG: usize = 1;
    const ANY_KIND: usize = 0x4000_0000;
    loop {
        // SAFETY: nothing is written.
        let ended = unsafe {
            call(
                number::WAIT4,
                process as usize,
                0,
                NO_HANG | ANY_KIND,
                0,
                0,
                0,
            )
        };
        match ended {
            0 => return Ok(false),
            sys::INTERRUPTED => {}
            ended if ended == process => return Ok(true),
            _ => return Err(()),
        }
    }
}

/// Ends a copy by force.
pub fn kill(process: isize) {
    const KILL: usize = 9;
    // A copy of this process, which was not let go of yet.
    signal_process(process, KILL);
}

/// Nanoseconds of processor time that a copy has taken so far.
pub fn time_of(process: isize) -> u64 {
    // The kernel's way to say "of that process, as the scheduler counts it".
    const SCHEDULED: usize = 2;
    sys::clock((!(process as usize) << 3 | SCHEDULED) & 0xFFFF_FFFF)
}

/// In the copy: it ends when the thread that made it does, and leaves no core file.
pub fn end_with_parent() {
    const DEATH_SIGNAL: usize = 1;
    // SAFETY: it concerns the copy alone.
    unsafe { call(number::PRCTL, DEATH_SIGNAL, 9, 0, 0, 0, 0) };
}

/// In the copy: where memory runs out, it is the first to be ended.
pub fn end_before_others() {
    const WRITE_ONLY: usize = 0o2_000_001;
    let file = sys::open(b"/proc/self/oom_score_adj\0", WRITE_ONLY);
    if file >= 0 {
        sys::write(file, b"1000");
        sys::close(file);
    }
}

/// In the copy: no core file of it is written, whatever happens.
pub fn leave_no_core() {
    const SET_DUMPABLE: usize = 4;
    // SAFETY: it concerns the copy alone.
    unsafe { call(number::PRCTL, SET_DUMPABLE, 0, 0, 0, 0, 0) };
}

/// Reads a file at a place.
pub fn read_at(descriptor: isize, into: &mut [u64], at: usize) -> isize {
    // SAFETY: the memory is the slice's.
    unsafe {
        call(
            number::PREAD64,
            descriptor as usize,
            into.as_mut_ptr() as usize,
            size_of_val(into),
            at,
            0,
            0,
        )
    }
}

/// Has a range of memory go to copies of the process, or not.
pub fn copy_too(range: &core::ops::Range<usize>, copied: bool) {
    const DONT_FORK: usize = 10;
    const DO_FORK: usize = 11;
    let advice = if copied { DO_FORK } else { DONT_FORK };
    // SAFETY: it changes nothing of what is there.
    unsafe { call(number::MADVISE, range.start, range.len(), advice, 0, 0, 0) };
}

/// Memory that the process and its copies share; `None` without any.
pub fn share(bytes: usize) -> Option<*mut u8> {
    const READ_WRITE: usize = 3;
    const SHARED_ANONYMOUS: usize = 0x21;
    // SAFETY: a new mapping at an address of the kernel's choice.
    let at = unsafe {
        call(
            number::MMAP,
            0,
            bytes,
            READ_WRITE,
            SHARED_ANONYMOUS,
            usize::MAX,
            0,
        )
    };
    (at >= 0 || at <= -4096).then_some(at as *mut u8)
}

/// Which pages of a mapping are in memory, a byte for each; `false` where it is not told.
pub fn in_memory(at: usize, pages: &mut [u8]) -> bool {
    // SAFETY: the kernel writes a byte for each page.
    unsafe {
        call(
            number::MINCORE,
            at,
            pages.len() * 4096,
            pages.as_mut_ptr() as usize,
            0,
            0,
            0,
        ) == 0
    }
}

/// Entries of a folder, as the kernel lays them out; how many bytes of them.
pub fn entries(descriptor: isize, into: &mut [u8]) -> isize {
    // SAFETY: the memory is the slice's.
    unsafe {
        call(
            number::GETDENTS64,
            descriptor as usize,
            into.as_mut_ptr() as usize,
            into.len(),
            0,
            0,
            0,
        )
    }
}

/// Makes a mapping larger; it may move.
///
/// # Safety
///
/// The mapping is the caller's, and nothing points into it.
pub unsafe fn remap(at: *mut u8, old: usize, new: usize) -> Option<*mut u8> {
    const MAY_MOVE: usize = 1;
    // SAFETY: as the caller promises.
    let at = unsafe { call(number::MREMAP, at as usize, old, new, MAY_MOVE, 0, 0) };
    (at >= 0 || at <= -4096).then_some(at as *mut u8)
}

/// Sleeps while a word is `seen`, so many nanoseconds at most.
pub fn sleep_on(word: &AtomicU32, seen: u32, most: i64) {
    const WAIT_PRIVATE: usize = 128;
    let time = [most / 1_000_000_000, most % 1_000_000_000];
    // SAFETY: the words are in memory for as long as the call takes.
    unsafe {
        call(
            number::FUTEX,
            word.as_ptr() as usize,
            WAIT_PRIVATE,
            seen as usize,
            time.as_ptr() as usize,
            0,
            0,
        );
    }
}

/// Wakes all who sleep on a word.
pub fn wake(word: &AtomicU32) {
    const WAKE_PRIVATE: usize = 129;
    // SAFETY: the word is in memory.
    unsafe {
        call(
            number::FUTEX,
            word.as_ptr() as usize,
            WAKE_PRIVATE,
            i32::MAX as usize,
            0,
            0,
            0,
        );
    }
}
