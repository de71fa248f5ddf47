//! File descriptors: every function of the libc that opens one, and those that close them.
//!
//! The libc opens files within itself too (`fopen`, `opendir`, `popen`), past the hooks of `open`: so those are here too.

use crate::ledger::{DESCRIPTORS, Entry};
use crate::next::next;
use crate::record::Kind;
use crate::{caller, leaving};
use core::ffi::{c_char, c_int, c_long, c_uint, c_void};

/// A descriptor was opened, if it is one.
pub fn opened(descriptor: c_int) {
    if descriptor >= 0 {
        caller::busy_at_home(|| {
            let site = caller::site(Kind::DESCRIPTOR);
            DESCRIPTORS.put(Entry {
                key: descriptor as usize,
                bytes: 0,
                site,
                mark: 0,
            });
        });
    }
}

fn closed(descriptor: c_int) {
    caller::busy_at_home(|| {
        super::shared::closing(descriptor);
        DESCRIPTORS.take(descriptor as usize)
    });
}

/// Functions that give a descriptor. Arguments that are there only sometimes are handed on as they are found: on x86-64
/// they come in the same registers.
macro_rules! open {
    ($($name:ident $text:literal ($($argument:ident: $type:ty),*) $(then $then:path)?;)*) => { $(
        /// Opens a descriptor.
        ///
        /// # Safety
        ///
        /// As the C function.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($argument: $type),*) -> c_int {
            // SAFETY: the caller's arguments.
            let result = unsafe { next!($text as fn($($type),*) -> c_int)($($argument),*) };
            opened(result);
            $(if result >= 0 { $then(); })?
            result
        }
    )* };
}

open! {
    open c"open" (path: *const c_char, flags: c_int, mode: c_uint);
    open64 c"open64" (path: *const c_char, flags: c_int, mode: c_uint);
    __open_2 c"__open_2" (path: *const c_char, flags: c_int);
    __open64_2 c"__open64_2" (path: *const c_char, flags: c_int);
    openat c"openat" (folder: c_int, path: *const c_char, flags: c_int, mode: c_uint);
    openat64 c"openat64" (folder: c_int, path: *const c_char, flags: c_int, mode: c_uint);
    __openat_2 c"__openat_2" (folder: c_int, path: *const c_char, flags: c_int);
    __openat64_2 c"__openat64_2" (folder: c_int, path: *const c_char, flags: c_int);
    creat c"creat" (path: *const c_char, mode: c_uint);
    creat64 c"creat64" (path: *const c_char, mode: c_uint);
    mkstemp c"mkstemp" (template: *mut c_char);
    mkstemp64 c"mkstemp64" (template: *mut c_char);
    mkostemp c"mkostemp" (template: *mut c_char, flags: c_int);
    mkostemp64 c"mkostemp64" (template: *mut c_char, flags: c_int);
    mkstemps c"mkstemps" (template: *mut c_char, suffix: c_int);
    mkostemps c"mkostemps" (template: *mut c_char, suffix: c_int, flags: c_int);
    socket c"socket" (domain: c_int, kind: c_int, protocol: c_int);
    accept c"accept" (socket: c_int, address: *mut c_void, length: *mut c_uint) then leaving::accepted;
    accept4 c"accept4" (socket: c_int, address: *mut c_void, length: *mut c_uint, flags: c_int) then leaving::accepted;
    dup c"dup" (old: c_int);
    eventfd c"eventfd" (value: c_uint, flags: c_int);
    timerfd_create c"timerfd_create" (clock: c_int, flags: c_int);
    epoll_create c"epoll_create" (size: c_int);
    epoll_create1 c"epoll_create1" (flags: c_int);
    inotify_init c"inotify_init" ();
    inotify_init1 c"inotify_init1" (flags: c_int);
    pidfd_open c"pidfd_open" (process: c_int, flags: c_uint);
}

/// Makes or changes a descriptor that signals are read from.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signalfd(old: c_int, mask: *const c_void, flags: c_int) -> c_int {
    // SAFETY: the caller's arguments.
    let result =
        unsafe { next!(c"signalfd" as fn(c_int, *const c_void, c_int) -> c_int)(old, mask, flags) };
    if old < 0 {
        opened(result);
    }
    result
}

/// Copies a descriptor to a number, which is closed first.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dup2(old: c_int, new: c_int) -> c_int {
    // SAFETY: the caller's arguments.
    let result = unsafe { next!(c"dup2" as fn(c_int, c_int) -> c_int)(old, new) };
    if old != new {
        opened(result);
    }
    result
}

/// Copies a descriptor to a number, which is closed first.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dup3(old: c_int, new: c_int, flags: c_int) -> c_int {
    // SAFETY: the caller's arguments.
    let result = unsafe { next!(c"dup3" as fn(c_int, c_int, c_int) -> c_int)(old, new, flags) };
    opened(result);
    result
}

macro_rules! control {
    ($($name:ident $text:literal)*) => { $(
        /// Does one of many things with a descriptor; two of them copy it.
        ///
        /// # Safety
        ///
        /// As the C function.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(descriptor: c_int, command: c_int, argument: c_long) -> c_int {
            const COPY: c_int = 0;
            const COPY_CLOSING: c_int = 1030;
            // SAFETY: the caller's arguments; one that is not there is not looked at.
            let result = unsafe { next!($text as fn(c_int, c_int, c_long) -> c_int)(descriptor, command, argument) };
            if matches!(command, COPY | COPY_CLOSING) {
                opened(result);
            }
            result
        }
    )* };
}

control! { fcntl c"fcntl" fcntl64 c"fcntl64" }

macro_rules! pair {
    ($($name:ident $text:literal ($($argument:ident: $type:ty),*) $both:ident;)*) => { $(
        /// Opens two descriptors.
        ///
        /// # Safety
        ///
        /// As the C function.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($argument: $type),*) -> c_int {
            // SAFETY: the caller's arguments.
            let result = unsafe { next!($text as fn($($type),*) -> c_int)($($argument),*) };
            if result == 0 {
                // SAFETY: the kernel wrote two numbers there.
                let [one, other] = unsafe { *$both };
                opened(one);
                opened(other);
            }
            result
        }
    )* };
}

pair! {
    pipe c"pipe" (both: *mut [c_int; 2]) both;
    pipe2 c"pipe2" (both: *mut [c_int; 2], flags: c_int) both;
    socketpair c"socketpair" (domain: c_int, kind: c_int, protocol: c_int, both: *mut [c_int; 2]) both;
}

/// Streams and folders, by the function that tells their descriptor.
macro_rules! stream {
    ($($name:ident $text:literal ($($argument:ident: $type:ty),*) $number:literal;)*) => { $(
        /// Opens a stream or a folder.
        ///
        /// # Safety
        ///
        /// As the C function.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($argument: $type),*) -> *mut c_void {
            // SAFETY: the caller's arguments.
            let result = unsafe { next!($text as fn($($type),*) -> *mut c_void)($($argument),*) };
            if !result.is_null() {
                // SAFETY: it was opened just now.
                opened(unsafe { next!($number as fn(*mut c_void) -> c_int)(result) });
            }
            result
        }
    )* };
}

stream! {
    fopen c"fopen" (path: *const c_char, mode: *const c_char) c"fileno";
    fopen64 c"fopen64" (path: *const c_char, mode: *const c_char) c"fileno";
    freopen c"freopen" (path: *const c_char, mode: *const c_char, old: *mut c_void) c"fileno";
    freopen64 c"freopen64" (path: *const c_char, mode: *const c_char, old: *mut c_void) c"fileno";
    tmpfile c"tmpfile" () c"fileno";
    tmpfile64 c"tmpfile64" () c"fileno";
    opendir c"opendir" (path: *const c_char) c"dirfd";
}

/// A stream or a folder is about to be closed. The note goes first: afterwards another thread may have the number.
pub fn closing_stream(stream: *mut c_void, number: impl FnOnce() -> c_int) {
    if stream.is_null() || !crate::host::recording() {
        return;
    }
    // A stream in memory has no descriptor, and asking for it sets the error: that is put back.
    // SAFETY: this thread's own error.
    let error = unsafe { *super::error() };
    let descriptor = number();
    // SAFETY: as above.
    unsafe { *super::error() = error };
    if descriptor >= 0 {
        closed(descriptor);
    }
}

macro_rules! close_stream {
    ($($name:ident $text:literal $number:literal)*) => { $(
        /// Closes a stream or a folder.
        ///
        /// # Safety
        ///
        /// As the C function.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(stream: *mut c_void) -> c_int {
            closing_stream(stream, || {
                // SAFETY: the caller's stream.
                unsafe { next!($number as fn(*mut c_void) -> c_int)(stream) }
            });
            // SAFETY: the caller's argument.
            unsafe { next!($text as fn(*mut c_void) -> c_int)(stream) }
        }
    )* };
}

close_stream! {
    fclose c"fclose" c"fileno"
    closedir c"closedir" c"dirfd"
}

/// Closes a descriptor.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn close(descriptor: c_int) -> c_int {
    // The note goes first: afterwards another thread may have the number.
    closed(descriptor);
    // SAFETY: the caller's argument.
    unsafe { next!(c"close" as fn(c_int) -> c_int)(descriptor) }
}

/// Closes all descriptors in a range.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn close_range(first: c_uint, last: c_uint, flags: c_int) -> c_int {
    const CLOSE_ON_EXEC: c_int = 4;
    if flags & CLOSE_ON_EXEC == 0 {
        close_all(first as usize, last as usize);
    }
    // SAFETY: the caller's arguments.
    unsafe { next!(c"close_range" as fn(c_uint, c_uint, c_int) -> c_int)(first, last, flags) }
}

/// Closes all descriptors from a number on.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn closefrom(first: c_int) {
    close_all(first.max(0) as usize, usize::MAX);
    // SAFETY: the caller's argument.
    unsafe { next!(c"closefrom" as fn(c_int) -> ())(first) }
}

fn close_all(first: usize, last: usize) {
    caller::busy_at_home(|| {
        while let Some(key) = DESCRIPTORS.first_within(first, last) {
            DESCRIPTORS.take(key);
        }
    });
}

/// Receives a message, with which descriptors may come.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn recvmsg(socket: c_int, message: *mut Message, flags: c_int) -> isize {
    // SAFETY: the caller's arguments.
    let result = unsafe {
        next!(c"recvmsg" as fn(c_int, *mut Message, c_int) -> isize)(socket, message, flags)
    };
    if result >= 0 && !message.is_null() {
        // SAFETY: the kernel filled it in.
        unsafe { received(&*message) };
    }
    result
}

/// `struct msghdr`.
#[repr(C)]
pub struct Message {
    name: *mut c_void,
    name_bytes: c_uint,
    parts: *mut c_void,
    part_count: usize,
    control: *mut u8,
    control_bytes: usize,
    flags: c_int,
}

/// Descriptors among what came beside a message: `struct cmsghdr` with a length, a level and a type.
///
/// # Safety
///
/// The kernel filled the message in.
unsafe fn received(message: &Message) {
    const HEAD: usize = 16;
    const SOCKET: u32 = 1;
    const RIGHTS: u32 = 1;
    let mut at = 0;
    while !message.control.is_null() && at + HEAD <= message.control_bytes {
        // SAFETY: within the control data, of which the kernel said how long it is.
        unsafe {
            let head = message.control.add(at);
            let bytes = head.cast::<usize>().read_unaligned();
            let (level, kind) = (
                head.add(8).cast::<u32>().read_unaligned(),
                head.add(12).cast::<u32>().read_unaligned(),
            );
            if bytes < HEAD || at + bytes > message.control_bytes {
                return;
            }
            if (level, kind) == (SOCKET, RIGHTS) {
                for number in 0..(bytes - HEAD) / 4 {
                    opened(head.add(HEAD + number * 4).cast::<c_int>().read_unaligned());
                }
            }
            at += bytes.next_multiple_of(8);
        }
    }
}
