//! The stack of a thread by its control block, to which the thread pointer points.
//!
//! The libc would tell it by `pthread_getattr_np`, but holds a lock meanwhile in which it allocates: a hook that asked
//! so would wait for itself. The control block notes where the stack lies; where in it differs from one glibc to the
//! next, so it is found by what it must look like.

use crate::sys;
use core::ops::Range;

/// A stack that the libc knows for a thread.
pub struct Stack {
    /// From its lowest address to its end, with the control block at the top.
    pub range: Range<usize>,
    /// Bytes at its lower end that cannot be used.
    pub guard: usize,
}

/// The stack of the thread with a thread pointer; `None` for the first thread, and where it cannot be known.
pub fn stack_of(pointer: usize) -> Option<Stack> {
    /// Words of the control block that are looked at: fewer than it has.
    const WORDS: usize = 280;
    /// The control block lies so near the end of the stack, however its thread-local storage is aligned.
    const ABOVE: usize = 64 << 10;
    let mut words = [0_usize; WORDS];
    // SAFETY: the list's own bytes.
    let bytes = unsafe {
        core::slice::from_raw_parts_mut(words.as_mut_ptr().cast::<u8>(), size_of_val(&words))
    };
    if pointer == 0 || !sys::read_memory(pointer, bytes) {
        return None;
    }
    // It begins with its own address, which the third word repeats.
    let [own, _, again, ..] = words;
    if own != pointer || again != pointer {
        return None;
    }
    words.windows(3).find_map(|words| {
        let [low, size, guard] = *words else {
            return None;
        };
        let end = low.checked_add(size)?;
        let fits = low != 0
            && low.is_multiple_of(4096)
            && size.is_multiple_of(4096)
            && low < pointer
            && end > pointer
            && end - pointer <= ABOVE
            && guard < size;
        fits.then_some(Stack {
            range: low..end,
            guard,
        })
    })
}
