//! Shared memory, which is nobody's heap: names of `shm_open` and segments of System V, which outlive the process, and files
//! that are in memory alone, which last as long as a descriptor.

use crate::ledger::{Entry, SHARED};
use crate::next::next;
use crate::record::Kind;
use crate::{caller, descriptor, sys};
use core::ffi::{CStr, c_char, c_int, c_uint, c_void};

/// Keys of segments lie apart from those of names.
const SEGMENT: usize = 1 << 62;
/// And so do those of files in memory, which are known by their descriptor.
const IN_MEMORY: usize = 1 << 61;

fn key_of(name: *const c_char) -> usize {
    // SAFETY: the caller's string.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    let hash = name.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    });
    hash as usize & (IN_MEMORY - 1)
}

/// Opens shared memory by its name.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn shm_open(name: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    const CREATE: c_int = 0o100;
    // SAFETY: the caller's arguments.
    let result = unsafe {
        next!(c"shm_open" as fn(*const c_char, c_int, c_uint) -> c_int)(name, flags, mode)
    };
    super::descriptors::opened(result);
    if result >= 0 && flags & CREATE != 0 {
        // Its size is not known yet: it is read at the end, while the descriptor is open.
        caller::busy(|| {
            let site = caller::site(Kind::SHARED);
            SHARED.put(Entry {
                key: key_of(name),
                bytes: 0,
                site,
                mark: result as u32,
            });
        });
    }
    result
}

/// A name whose descriptor was closed: its size is known.
const CLOSED: u32 = u32::MAX;

/// A descriptor is about to be closed: if it is that of shared memory, this is the last moment to see its size.
pub fn closing(descriptor: c_int) {
    if SHARED.is_empty() {
        return;
    }
    SHARED.take(IN_MEMORY | descriptor as usize);
    if let Some(file) = descriptor::file(descriptor) {
        SHARED.measure(descriptor as u32, file.bytes as usize, CLOSED);
    }
}

/// Makes a file that is in memory alone.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memfd_create(name: *const c_char, flags: c_uint) -> c_int {
    // SAFETY: the caller's arguments.
    let result =
        unsafe { next!(c"memfd_create" as fn(*const c_char, c_uint) -> c_int)(name, flags) };
    super::descriptors::opened(result);
    if result >= 0 {
        caller::busy(|| {
            let site = caller::site(Kind::SHARED);
            SHARED.put(Entry {
                key: IN_MEMORY | result as usize,
                bytes: 0,
                site,
                mark: result as u32,
            });
        });
    }
    result
}

/// Whether a descriptor is that of a file in memory, which is counted as shared memory.
pub fn is_in_memory(descriptor: c_int) -> bool {
    !SHARED.is_empty() && SHARED.has(IN_MEMORY | descriptor as usize)
}

/// Reads the sizes of those that are still open.
pub fn measure() {
    SHARED.update(|entry| {
        if entry.key & SEGMENT == 0 && entry.mark != CLOSED {
            let file = descriptor::file(entry.mark as c_int)?;
            let in_memory = entry.key & IN_MEMORY != 0;
            return Some(if in_memory { file.stored } else { file.bytes } as usize);
        }
        None
    });
}

/// Takes the name of shared memory away.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn shm_unlink(name: *const c_char) -> c_int {
    // SAFETY: the caller's argument.
    let result = unsafe { next!(c"shm_unlink" as fn(*const c_char) -> c_int)(name) };
    if result == 0 {
        caller::busy(|| SHARED.take(key_of(name)));
    }
    result
}

/// Makes or finds a segment of System V's shared memory.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn shmget(key: c_int, bytes: usize, flags: c_int) -> c_int {
    const CREATE: c_int = 0o1000;
    // SAFETY: the caller's arguments.
    let result = unsafe { next!(c"shmget" as fn(c_int, usize, c_int) -> c_int)(key, bytes, flags) };
    if result >= 0 && (flags & CREATE != 0 || key == 0) {
        caller::busy(|| {
            let site = caller::site(Kind::SHARED);
            SHARED.put(Entry {
                key: SEGMENT | result as usize,
                bytes,
                site,
                mark: 0,
            });
        });
    }
    result
}

/// Changes, reads or removes a segment of System V's shared memory.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn shmctl(segment: c_int, command: c_int, buffer: *mut c_void) -> c_int {
    const REMOVE: c_int = 0;
    // SAFETY: the caller's arguments.
    let result = unsafe {
        next!(c"shmctl" as fn(c_int, c_int, *mut c_void) -> c_int)(segment, command, buffer)
    };
    if result == 0 && command == REMOVE {
        caller::busy(|| SHARED.take(SEGMENT | segment as usize));
    }
    result
}

/// The size of a segment.
pub fn segment_bytes(segment: c_int) -> Option<usize> {
    let mut known = None;
    SHARED.each(|entry| {
        if entry.key == SEGMENT | segment as usize {
            known = Some(entry.bytes);
        }
    });
    known.or_else(|| kernels_segment_bytes(segment))
}

/// The same by the kernel. (`struct shmid_ds`: the permissions take 48 bytes.)
fn kernels_segment_bytes(segment: i32) -> Option<usize> {
    const SHMCTL: usize = 31;
    const STATE: usize = 2;
    let mut state = [0_u64; 32];
    // SAFETY: the kernel writes less than that.
    let result = unsafe {
        sys::call(
            SHMCTL,
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
