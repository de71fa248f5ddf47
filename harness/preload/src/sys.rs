//! The kernel, asked directly: no call goes through the libc, whose functions are the very ones that are interposed,
//! and `errno` stays the program's own.
//!
//! x86-64 Linux only. Results are the kernel's: a negative number is an error.

mod memory;

use core::arch::asm;
pub use memory::*;

/// A system call of up to six arguments.
///
/// # Safety
///
/// As dangerous as the call that is made.
#[inline]
pub unsafe fn call(
    number: usize,
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    f: usize,
) -> isize {
    let result: isize;
    // SAFETY: the kernel's convention: it changes rax, rcx and r11 and nothing else.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") a,
            in("rsi") b,
            in("rdx") c,
            in("r10") d,
            in("r8") e,
            in("r9") f,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

mod number {
    pub const READ: usize = 0;
    pub const WRITE: usize = 1;
    pub const CLOSE: usize = 3;
    pub const MMAP: usize = 9;
    pub const PREAD64: usize = 17;
    pub const PWRITE64: usize = 18;
    pub const MEMFD_CREATE: usize = 319;
    pub const MUNMAP: usize = 11;
    pub const MADVISE: usize = 28;
    pub const GETPID: usize = 39;
    pub const EXIT_GROUP: usize = 231;
    pub const FTRUNCATE: usize = 77;
    pub const READLINK: usize = 89;
    pub const GETPPID: usize = 110;
    pub const GETTID: usize = 186;
    pub const FUTEX: usize = 202;
    pub const CLOCK_GETTIME: usize = 228;
    pub const OPENAT: usize = 257;
    pub const GETDENTS: usize = 217;
    pub const PRLIMIT: usize = 302;
    pub const PROCESS_VM_READV: usize = 310;
}

const AT_FDCWD: usize = -100_isize as usize;

/// For [`open`]: read only.
pub const READ_ONLY: usize = 0o2_000_000;
/// For [`open`]: a new file, for reading and writing.
pub const NEW_FILE: usize = 0o2 | 0o100 | 0o200 | 0o2_000_000;
/// The same of a file that may be there, and is emptied; not of a link.
pub const EMPTY_FILE: usize = 0o2 | 0o100 | 0o1_000 | 0o400_000 | 0o2_000_000;
/// Error: there is such a file already.
pub const EXISTS: isize = -17;
/// Error: the call was interrupted.
pub const INTERRUPTED: isize = -4;

/// `openat` in the working directory; `path` ends with a zero byte.
pub fn open(path: &[u8], flags: usize) -> isize {
    debug_assert_eq!(path.last(), Some(&0));
    // SAFETY: the path is a string in memory.
    unsafe {
        call(
            number::OPENAT,
            AT_FDCWD,
            path.as_ptr() as usize,
            flags,
            0o600,
            0,
            0,
        )
    }
}

/// Closes what [`open`] opened.
pub fn close(descriptor: isize) {
    // SAFETY: the descriptor is the library's own.
    unsafe { call(number::CLOSE, descriptor as usize, 0, 0, 0, 0, 0) };
}

/// Reads into `into`, again where a signal interrupted; how much was read.
pub fn read(descriptor: isize, into: &mut [u8]) -> isize {
    loop {
        // SAFETY: the memory is the slice's.
        let read = unsafe {
            call(
                number::READ,
                descriptor as usize,
                into.as_mut_ptr() as usize,
                into.len(),
                0,
                0,
                0,
            )
        };
        if read != INTERRUPTED {
            return read;
        }
    }
}

/// Reads a file from its beginning into `into`; how much of it was filled.
pub fn read_file(path: &[u8], into: &mut [u8]) -> usize {
    let descriptor = open(path, READ_ONLY);
    if descriptor < 0 {
        return 0;
    }
    let mut filled = 0;
    while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let more = read(descriptor, rest);
        if more <= 0 {
            break;
        }
        filled += more as usize;
    }
    close(descriptor);
    filled
}

/// Writes to a descriptor; how much was written, or an error.
pub fn write(descriptor: isize, text: &[u8]) -> isize {
    // SAFETY: the memory is the slice's.
    unsafe {
        call(
            number::WRITE,
            descriptor as usize,
            text.as_ptr() as usize,
            text.len(),
            0,
            0,
            0,
        )
    }
}

/// Sets a file's size.
pub fn truncate(descriptor: isize, bytes: usize) -> isize {
    // SAFETY: the descriptor is the library's own.
    unsafe { call(number::FTRUNCATE, descriptor as usize, bytes, 0, 0, 0, 0) }
}

/// Where a symbolic link points, without a zero byte; how many bytes, or an error.
pub fn read_link(path: &[u8], into: &mut [u8]) -> isize {
    debug_assert_eq!(path.last(), Some(&0));
    // SAFETY: both are in memory.
    unsafe {
        call(
            number::READLINK,
            path.as_ptr() as usize,
            into.as_mut_ptr() as usize,
            into.len(),
            0,
            0,
            0,
        )
    }
}

/// This process.
pub fn process() -> u32 {
    // SAFETY: it takes nothing.
    unsafe { call(number::GETPID, 0, 0, 0, 0, 0, 0) as u32 }
}

/// This thread. (Where the first thread of a process has ended, it is not found by the process's number.)
pub fn thread() -> u32 {
    // SAFETY: it takes nothing.
    unsafe { call(number::GETTID, 0, 0, 0, 0, 0, 0) as u32 }
}

/// The parent of this process.
pub fn parent() -> u32 {
    // SAFETY: it takes nothing.
    unsafe { call(number::GETPPID, 0, 0, 0, 0, 0, 0) as u32 }
}

/// Nanoseconds of a clock: 1 is monotonic, 2 the processor time of this process.
pub fn clock(which: usize) -> u64 {
    let mut time = [0_i64; 2];
    // SAFETY: the kernel writes the two words.
    unsafe {
        call(
            number::CLOCK_GETTIME,
            which,
            time.as_mut_ptr() as usize,
            0,
            0,
            0,
            0,
        )
    };
    time[0] as u64 * 1_000_000_000 + time[1] as u64
}

/// The soft limit of a resource; `u64::MAX` for none. 1 is the size of files, 9 the addresses.
pub fn limit(resource: usize) -> u64 {
    let mut limits = [u64::MAX; 2];
    // SAFETY: the kernel writes the two words.
    unsafe {
        call(
            number::PRLIMIT,
            0,
            resource,
            0,
            limits.as_mut_ptr() as usize,
            0,
            0,
        )
    };
    limits[0]
}

/// Sleeps until the word changes from `seen`, or a moment passed.
pub fn wait(word: &core::sync::atomic::AtomicU32, seen: u32) {
    const WAIT_PRIVATE: usize = 128;
    // Nobody is woken: the locks here are held for microseconds, so a nap is as good.
    let nap = [0_i64, 50_000];
    // SAFETY: both words are in memory for as long as the call takes.
    unsafe {
        call(
            number::FUTEX,
            word.as_ptr() as usize,
            WAIT_PRIVATE,
            seen as usize,
            nap.as_ptr() as usize,
            0,
            0,
        );
    }
}

/// Ends the process without any handler.
pub fn end(code: i32) -> ! {
    loop {
        // SAFETY: it does not come back.
        unsafe { call(number::EXIT_GROUP, code as usize, 0, 0, 0, 0, 0) };
    }
}

/// Copies memory of this process that may not be there: `false` where any of it is not.
pub fn read_memory(from: usize, into: &mut [u8]) -> bool {
    let local = [into.as_mut_ptr() as usize, into.len()];
    let remote = [from, into.len()];
    // SAFETY: the kernel checks the far side, and the near one is the slice.
    let read = unsafe {
        call(
            number::PROCESS_VM_READV,
            thread() as usize,
            local.as_ptr() as usize,
            1,
            remote.as_ptr() as usize,
            1,
            0,
        )
    };
    /// A filter of calls says so: in some containers, and in programs that lock themselves in.
    const REFUSED: isize = -1;
    const NO_SUCH_CALL: isize = -38;
    match read {
        REFUSED | NO_SUCH_CALL => read_through_file(from, into),
        read => read == into.len() as isize,
    }
}

/// The same by way of a file in memory: the kernel writes to it from memory only what is there.
#[cold]
fn read_through_file(from: usize, into: &mut [u8]) -> bool {
    const CLOSE_ON_EXEC: usize = 1;
    const FILE_SIZE: usize = 1;
    // Beyond its limit the kernel would end the program.
    if limit(FILE_SIZE) < into.len() as u64 {
        return false;
    }
    // SAFETY: the kernel checks what it is told to write, and reads into the slice.
    unsafe {
        let name = c"".as_ptr() as usize;
        let file = call(number::MEMFD_CREATE, name, CLOSE_ON_EXEC, 0, 0, 0, 0);
        if file < 0 {
            return false;
        }
        let bytes = into.len();
        let written = call(number::PWRITE64, file as usize, from, bytes, 0, 0, 0);
        let read = written == bytes as isize && {
            let target = into.as_mut_ptr() as usize;
            call(number::PREAD64, file as usize, target, bytes, 0, 0, 0) == written
        };
        close(file);
        read
    }
}

/// Hands on the numbers among the names in a folder of `/proc`.
pub fn numbers_in(folder: &[u8], mut number: impl FnMut(u32)) {
    /// `struct linux_dirent64`: the length of the entry, and its name.
    const LENGTH: usize = 16;
    const NAME: usize = 19;
    let descriptor = open(folder, READ_ONLY);
    if descriptor < 0 {
        return;
    }
    let mut buffer = [0_u8; 2048];
    loop {
        // SAFETY: the memory is the buffer's.
        let read = unsafe {
            call(
                number::GETDENTS,
                descriptor as usize,
                buffer.as_mut_ptr() as usize,
                buffer.len(),
                0,
                0,
                0,
            )
        };
        let Some(mut entries) = buffer
            .get(..read.max(0) as usize)
            .filter(|read| !read.is_empty())
        else {
            break;
        };
        while let Some(name) = entries.get(NAME..) {
            let digits = name.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits > 0 && name.get(digits) == Some(&0) {
                let value = name[..digits].iter().fold(0_u32, |value, digit| {
                    value.wrapping_mul(10).wrapping_add(u32::from(digit - b'0'))
                });
                if value as isize != descriptor {
                    number(value);
                }
            }
            let length = usize::from(entries[LENGTH]) | usize::from(entries[LENGTH + 1]) << 8;
            match entries.get(length..).filter(|_| length > 0) {
                Some(rest) => entries = rest,
                None => break,
            }
        }
    }
    close(descriptor);
}
