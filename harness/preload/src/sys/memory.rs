//! Memory of the library's own: reserved, mapped from files, given back, and where it lies.

use super::{INTERRUPTED, call, number};
use crate::valgrind;
use core::sync::atomic::{AtomicUsize, Ordering};

const PROT_READ_WRITE: usize = 3;
const MAP_SHARED: usize = 1;
const MAP_PRIVATE: usize = 2;
const MAP_FIXED: usize = 0x10;
const MAP_ANONYMOUS: usize = 0x20;
const MAP_NORESERVE: usize = 0x4000;
const MADV_DONTNEED: usize = 4;
const MADV_NOHUGEPAGE: usize = 15;
const MADV_POPULATE_WRITE: usize = 23;

/// Reserves memory that is zero and takes room only where it is touched, without huge pages; `None` without room.
pub fn reserve(bytes: usize) -> Option<*mut u8> {
    let at = from_aside(bytes).or_else(|| map(bytes))?;
    note_own(at, bytes);
    Some(at as *mut u8)
}

/// Memory that was reserved ahead: where it goes on, and where it ends.
static ASIDE: AtomicUsize = AtomicUsize::new(0);
static ASIDE_END: AtomicUsize = AtomicUsize::new(0);

/// Reserves what may be needed later, once: when the program has all of its later memory locked, the kernel counts what is
/// reserved then as used.
pub fn set_memory_aside() {
    if ASIDE_END.load(Ordering::Acquire) != 0 {
        return;
    }
    if let Some((at, bytes)) = [64 << 30, 1 << 30]
        .into_iter()
        .find_map(|bytes| map(bytes).map(|at| (at, bytes)))
    {
        ASIDE.store(at, Ordering::Relaxed);
        ASIDE_END.store(at + bytes, Ordering::Release);
    }
}

/// What is left of it.
pub fn set_aside() -> core::ops::Range<usize> {
    let end = ASIDE_END.load(Ordering::Acquire);
    ASIDE.load(Ordering::Relaxed).min(end)..end
}

fn from_aside(bytes: usize) -> Option<usize> {
    let end = ASIDE_END.load(Ordering::Acquire);
    let bytes = bytes.next_multiple_of(4096);
    if end == 0 {
        return None;
    }
    let at = ASIDE.fetch_add(bytes, Ordering::Relaxed);
    at.checked_add(bytes).filter(|after| *after <= end)?;
    Some(at)
}

/// A new private mapping.
fn map(bytes: usize) -> Option<usize> {
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
    Some(at as usize)
}

/// Where the library's own memory lies, as far as it came from [`reserve`]: the leak scan leaves it out.
static OWN: [[AtomicUsize; 2]; OWN_LIMIT] =
    [const { [AtomicUsize::new(0), AtomicUsize::new(0)] }; OWN_LIMIT];
static OWN_COUNT: AtomicUsize = AtomicUsize::new(0);
/// Some for each thread that runs at a time. What comes later is looked at like the program's.
const OWN_LIMIT: usize = 1 << 16;

fn note_own(at: usize, bytes: usize) {
    valgrind::leave_alone(at..at + bytes);
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

/// Gives the pages of memory of [`reserve`] back, but for the first one and for what is locked: they are zero afterwards,
/// and can still be read.
///
/// # Safety
///
/// Whoever may still read them makes do with zeros.
pub unsafe fn empty(at: *mut u8, bytes: usize) {
    const PAGE: usize = 4096;
    let Some(rest) = bytes.checked_sub(PAGE).filter(|rest| *rest > 0) else {
        return;
    };
    // SAFETY: as the caller promises.
    unsafe {
        call(
            number::MADVISE,
            at as usize + PAGE,
            rest,
            MADV_DONTNEED,
            0,
            0,
            0,
        )
    };
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
