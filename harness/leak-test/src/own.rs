//! What the instrument allocates for itself, which is not counted.

use std::cell::Cell;

thread_local! {
    /// Whether what this thread allocates is the instrument's own. Const and without a destructor: reading it never
    /// allocates.
    static OWN: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`, whose allocations are the instrument's own: they are not counted. What is allocated here has to be freed
/// here.
pub fn uncounted<R>(work: impl FnOnce() -> R) -> R {
    let before = OWN.replace(true);
    let result = work();
    OWN.set(before);
    result
}

/// Whether this thread is at work for the instrument.
#[inline]
pub fn is_own() -> bool {
    OWN.get()
}
