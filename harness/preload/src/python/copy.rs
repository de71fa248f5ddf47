//! A copy of the process in which Python's own functions may be called: it allocates from memory of its own and frees
//! nothing, so that no lock of the program's allocator matters and whatever the copy does, what was there stays as it was.

use crate::hooks::filters;
use crate::scan::{self, kernel};
use crate::{next, stacks, sys, thread};
use core::ffi::c_void;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

static COPY: AtomicBool = AtomicBool::new(false);

/// Whether this is such a copy.
pub fn is_copy() -> bool {
    COPY.load(Ordering::Relaxed)
}

/// Has a copy of the process do something, and waits for it; it may take all the time that a scan may. Nothing happens
/// where no copy can be made.
pub fn in_copy(work: impl FnOnce()) {
    if filters::is_filtered() {
        return;
    }
    let process = sys::process();
    // The program's handlers have no business in the copy.
    let mask = kernel::set_mask(u64::MAX);
    // SAFETY: what is called in the copy uses no lock of the libc's: see `quiet`.
    let copy = unsafe { kernel::copy_here() };
    if copy == 0 {
        quiet(process);
        work();
        sys::end(0);
    }
    kernel::set_mask(mask);
    if copy > 0 {
        scan::wait_for(copy);
    }
}

/// Makes the copy a quiet one: it ends with the process, says nothing, and neither allocates where the process did nor
/// records.
fn quiet(process: u32) {
    COPY.store(true, Ordering::Relaxed);
    kernel::end_with_parent();
    if sys::parent() != process {
        // It has ended already.
        sys::end(0);
    }
    kernel::end_before_others();
    kernel::leave_no_core();
    (0..3).for_each(kernel::let_go_of);
    // SAFETY: this thread's own words; it stays busy with this until the copy ends.
    unsafe { (*thread::words()).busy += 1 };
    next::allocate_by(
        allocate,
        allocate_zeroed,
        reallocate,
        free,
        allocate_aligned,
    );
}

/// From here on the record is of no use to the copy: what it counts by mistake is not to be seen in it.
pub fn leave_record() {
    // SAFETY: the record is there, and is replaced by memory of the same size in the copy alone.
    unsafe { sys::map_private_over(stacks::BASE.load(Ordering::Relaxed), crate::record::BYTES) };
}

/// What is left of the memory that was taken last.
static AT: AtomicUsize = AtomicUsize::new(0);
static LEFT: AtomicUsize = AtomicUsize::new(0);
/// All that was taken.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// Memory is taken in steps of this.
const STEP: usize = 16 << 20;
/// The most that is taken.
const MOST: usize = 4 << 30;
/// Before each block stands its size.
const HEAD: usize = 16;

/// A block, zeroed; null without memory. Addresses are multiples of `alignment`, a power of two.
fn block(bytes: usize, alignment: usize) -> *mut c_void {
    let alignment = alignment.max(HEAD);
    let Some(whole) = bytes
        .checked_add(HEAD + alignment)
        .filter(|whole| *whole <= MOST)
    else {
        return null_mut();
    };
    if LEFT.load(Ordering::Relaxed) < whole {
        let step = whole.max(STEP);
        if TAKEN.fetch_add(step, Ordering::Relaxed) + step > MOST {
            return null_mut();
        }
        let Some(more) = sys::reserve(step) else {
            return null_mut();
        };
        AT.store(more as usize, Ordering::Relaxed);
        LEFT.store(step, Ordering::Relaxed);
    }
    let at = AT.load(Ordering::Relaxed);
    let block = (at + HEAD).next_multiple_of(alignment);
    let end = (block + bytes).next_multiple_of(HEAD);
    AT.store(end, Ordering::Relaxed);
    LEFT.fetch_sub(
        (end - at).min(LEFT.load(Ordering::Relaxed)),
        Ordering::Relaxed,
    );
    // SAFETY: the head lies in the memory that was taken, before the block.
    unsafe { ((block - HEAD) as *mut [usize; 2]).write([MARK, bytes]) };
    block as *mut c_void
}

/// Tells a block of the copy from one of the process.
const MARK: usize = 0x9E37_79B9_7F4A_7C15;

unsafe extern "C" {
    /// What a block of the program's allocator has room for; it takes no lock.
    fn malloc_usable_size(block: *mut c_void) -> usize;
}

unsafe extern "C" fn allocate(bytes: usize) -> *mut c_void {
    block(bytes, HEAD)
}

unsafe extern "C" fn allocate_zeroed(count: usize, bytes: usize) -> *mut c_void {
    count
        .checked_mul(bytes)
        .map_or(null_mut(), |bytes| block(bytes, HEAD))
}

unsafe extern "C" fn allocate_aligned(alignment: usize, bytes: usize) -> *mut c_void {
    block(bytes, alignment)
}

unsafe extern "C" fn reallocate(old: *mut c_void, bytes: usize) -> *mut c_void {
    let new = block(bytes, HEAD);
    if !old.is_null() && !new.is_null() {
        // SAFETY: a block of the copy or of the process, which both have 16 bytes before them and stay as they are.
        unsafe {
            let [mark, size] = (old as *const [usize; 2]).sub(1).read();
            let room = if mark == MARK {
                size
            } else {
                malloc_usable_size(old)
            };
            core::ptr::copy_nonoverlapping(old.cast::<u8>(), new.cast::<u8>(), room.min(bytes));
        }
    }
    new
}

unsafe extern "C" fn free(_: *mut c_void) {}
