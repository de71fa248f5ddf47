//! What the kernel says of a descriptor.

use crate::sys::call;

mod number {
    pub const FSTAT: usize = 5;
    pub const IOCTL: usize = 16;
    pub const GETSOCKOPT: usize = 55;
    pub const FCNTL: usize = 72;
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
