//! The kernel, asked directly: no call goes through the libc, whose functions are the very ones that are interposed,
//! and `errno` stays the program's own.
//!
//! x86-64 Linux only. Results are the kernel's: a negative number is an error.

use core::arch::asm;
use core::sync::atomic::{AtomicUsize, Ordering};

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
    pub const MUNMAP: usize = 11;
    pub const IOCTL: usize = 16;
    pub const GETSOCKOPT: usize = 55;
    pub const FCNTL: usize = 72;
    pub const FSTAT: usize = 5;
    pub const SHMCTL: usize = 31;
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

const PROT_READ_WRITE: usize = 3;
const MAP_SHARED: usize = 1;
const MAP_PRIVATE: usize = 2;
const MAP_FIXED: usize = 0x10;
const MAP_ANONYMOUS: usize = 0x20;
const MAP_NORESERVE: usize = 0x4000;
const MADV_NOHUGEPAGE: usize = 15;
const MADV_POPULATE_WRITE: usize = 23;

/// Reserves memory that is zero and takes room only where it is touched, without huge pages; `None` without room.
pub fn reserve(bytes: usize) -> Option<*mut u8> {
    // SAFETY: a new private mapping at an address of the kernel's choice.
    let at = unsafe {
        call(
            number::MMAP,
            0,
            bytes,
            PROT_READ_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
            usize::MAX,
            0,
        )
    };
    if at < 0 && at > -4096 {
        return None;
    }
    // SAFETY: advice on the new mapping; it may be refused.
    unsafe {
        call(
            number::MADVISE,
            at as usize,
            bytes,
            MADV_NOHUGEPAGE,
            0,
            0,
            0,
        )
    };
    note_own(at as usize, bytes);
    Some(at as *mut u8)
}

/// Where the library's own memory lies, as far as it came from [`reserve`]: the leak scan leaves it out.
static OWN: [[AtomicUsize; 2]; OWN_LIMIT] =
    [const { [AtomicUsize::new(0), AtomicUsize::new(0)] }; OWN_LIMIT];
static OWN_COUNT: AtomicUsize = AtomicUsize::new(0);
/// Some for each thread that runs at a time. What comes later is looked at like the program's.
const OWN_LIMIT: usize = 1 << 16;

fn note_own(at: usize, bytes: usize) {
    if let Some([start, length]) = OWN.get(OWN_COUNT.fetch_add(1, Ordering::AcqRel)) {
        start.store(at, Ordering::Relaxed);
        length.store(bytes, Ordering::Release);
    }
}

fn forget_own(at: usize) {
    let count = OWN_COUNT.load(Ordering::Acquire).min(OWN_LIMIT);
    for [start, length] in OWN.iter().take(count) {
        if start.load(Ordering::Relaxed) == at {
            length.store(0, Ordering::Release);
            start.store(0, Ordering::Relaxed);
        }
    }
}

/// Hands on where the library's own memory lies.
pub fn each_own(mut range: impl FnMut(core::ops::Range<usize>)) {
    let count = OWN_COUNT.load(Ordering::Acquire).min(OWN_LIMIT);
    for [start, length] in OWN.iter().take(count) {
        let (start, length) = (
            start.load(Ordering::Relaxed),
            length.load(Ordering::Acquire),
        );
        if length != 0 {
            range(start..start + length);
        }
    }
}

/// Maps a file for reading and writing, shared with its readers, in the place of `over` if it is given.
///
/// # Safety
///
/// Nothing but the library's own record may lie at `over`.
pub unsafe fn map_shared(
    descriptor: isize,
    bytes: usize,
    over: Option<*mut u8>,
) -> Option<*mut u8> {
    let flags = MAP_SHARED | MAP_NORESERVE | if over.is_some() { MAP_FIXED } else { 0 };
    let place = over.map_or(0, |over| over as usize);
    // SAFETY: as the caller promises.
    let at = unsafe {
        call(
            number::MMAP,
            place,
            bytes,
            PROT_READ_WRITE,
            flags,
            descriptor as usize,
            0,
        )
    };
    (at >= 0 || at <= -4096).then_some(at as *mut u8)
}

/// Puts zeroed private memory in the place of a mapping.
///
/// # Safety
///
/// Nothing but the library's own record may lie there.
pub unsafe fn map_private_over(at: *mut u8, bytes: usize) -> bool {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    // SAFETY: as the caller promises.
    let at = unsafe {
        call(
            number::MMAP,
            at as usize,
            bytes,
            PROT_READ_WRITE,
            flags,
            usize::MAX,
            0,
        )
    };
    at >= 0 || at <= -4096
}

/// Gives memory of [`reserve`] back.
///
/// # Safety
///
/// Nothing may use it any more.
pub unsafe fn unmap(at: *mut u8, bytes: usize) {
    forget_own(at as usize);
    // SAFETY: as the caller promises.
    unsafe { call(number::MUNMAP, at as usize, bytes, 0, 0, 0, 0) };
}

/// Has the kernel make pages writable now, so that a full disk is an answer here and not a signal later. `Err` where
/// there is no room; kernels before 5.14 do not know the request, and then it is taken as done.
pub fn populate(at: *mut u8, bytes: usize) -> Result<(), ()> {
    const NOT_KNOWN: isize = -22;
    loop {
        // SAFETY: it touches pages of a mapping of the library's own, and changes nothing in them.
        match unsafe {
            call(
                number::MADVISE,
                at as usize,
                bytes,
                MADV_POPULATE_WRITE,
                0,
                0,
                0,
            )
        } {
            0 | NOT_KNOWN => return Ok(()),
            INTERRUPTED => {}
            _ => return Err(()),
        }
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
    read == into.len() as isize
}

/// The size of a segment of System V's shared memory. (`struct shmid_ds`: the permissions take 48 bytes.)
pub fn segment_bytes(segment: i32) -> Option<usize> {
    const STATE: usize = 2;
    let mut state = [0_u64; 32];
    // SAFETY: the kernel writes less than that.
    let result = unsafe {
        call(
            number::SHMCTL,
            segment as usize,
            STATE,
            state.as_mut_ptr() as usize,
            0,
            0,
            0,
        )
    };
    (result == 0).then_some(state[6] as usize)
}

/// What lies behind a descriptor.
pub struct File {
    /// Its kind and rights, as `st_mode` has them.
    pub mode: u32,
    /// How many names it has; a pipe, a socket or a file in memory alone has none or one.
    pub names: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// Bytes that it takes where it is stored.
    pub stored: u64,
}

/// What lies behind a descriptor; `None` if it is not open.
pub fn file(descriptor: i32) -> Option<File> {
    let mut state = [0_u64; 18];
    // SAFETY: the kernel writes `struct stat`, 144 bytes on x86-64.
    let result = unsafe {
        call(
            number::FSTAT,
            descriptor as usize,
            state.as_mut_ptr() as usize,
            0,
            0,
            0,
            0,
        )
    };
    (result == 0).then(|| File {
        mode: state[3] as u32,
        names: state[2],
        bytes: state[6],
        stored: state[8].saturating_mul(512),
    })
}

/// A number that the kernel knows of a descriptor, by a request of `ioctl`; 0 where it does not.
pub fn ask(descriptor: i32, request: usize) -> u64 {
    let mut number = 0_i32;
    // SAFETY: the requests that are made here write one `int`.
    let result = unsafe {
        call(
            number::IOCTL,
            descriptor as usize,
            request,
            (&raw mut number) as usize,
            0,
            0,
            0,
        )
    };
    if result == 0 { number.max(0) as u64 } else { 0 }
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

/// Whether a descriptor was opened for writing alone.
pub fn is_written_only(descriptor: i32) -> bool {
    const GET_FLAGS: usize = 3;
    const ACCESS: isize = 3;
    const WRITE_ONLY: isize = 1;
    // SAFETY: it changes nothing.
    let flags = unsafe { call(number::FCNTL, descriptor as usize, GET_FLAGS, 0, 0, 0, 0) };
    flags >= 0 && flags & ACCESS == WRITE_ONLY
}

/// Whether a socket connects processes of this machine.
pub fn is_local_socket(descriptor: i32) -> bool {
    const SOCKET: usize = 1;
    const DOMAIN: usize = 39;
    const LOCAL: i32 = 1;
    let (mut domain, mut bytes) = (0_i32, 4_u32);
    // SAFETY: the kernel writes the two words.
    let result = unsafe {
        call(
            number::GETSOCKOPT,
            descriptor as usize,
            SOCKET,
            DOMAIN,
            (&raw mut domain) as usize,
            (&raw mut bytes) as usize,
            0,
        )
    };
    result == 0 && domain == LOCAL
}
