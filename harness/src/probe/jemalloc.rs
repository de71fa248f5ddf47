//! What jemalloc says of itself.

use harness_model::JemallocSample;
use jemalloc_ctl::{arenas, epoch, raw, stats};

/// jemalloc's figures now, or None where it was built without them. Does not allocate.
pub fn sample() -> Option<JemallocSample> {
    // The figures are a snapshot, taken anew when the epoch advances.
    epoch::advance().ok()?;
    Some(JemallocSample {
        allocated: stats::allocated::read().ok()? as u64,
        active: stats::active::read().ok()? as u64,
        resident: stats::resident::read().ok()? as u64,
        retained: stats::retained::read().ok()? as u64,
    })
}

/// Has jemalloc give back to the system every page that holds nothing. It does so by itself some ten seconds after a page
/// was freed, a few pages at a time; the resident set of a program that frees much wanders with that by megabytes, and
/// says little of what the program holds. Pages with small free blocks that a thread keeps for itself stay: see
/// [`empty_thread_cache`]. Does not allocate.
pub fn give_back() {
    let mut key = [0_usize; 3];
    if raw::name_to_mib(b"arena.0.dirty_decay_ms\0", &mut key).is_err() {
        return;
    }
    for arena in 0..arenas::narenas::read().unwrap_or(0) {
        key[1] = arena as usize;
        // SAFETY: jemalloc's manual gives this key the type ssize_t, which is isize, for reading and for writing. The
        // pages that are given back are free.
        unsafe {
            // An arena that nobody has used yet cannot be asked.
            let Ok(delay) = raw::read_mib::<isize>(&key) else {
                continue;
            };
            // No delay: what is free goes at once. Then as before.
            let _ = raw::write_mib(&key, 0_isize);
            let _ = raw::write_mib(&key, delay);
        }
    }
}

/// Has jemalloc take back the free blocks that it keeps for the calling thread alone, so that the pages they are on can be
/// given back. Does not allocate.
pub fn empty_thread_cache() {
    let key = b"thread.tcache.enabled\0";
    // SAFETY: jemalloc's manual gives this key the type bool, for reading and for writing; turning the cache off empties
    // it, and it may be turned on again at any time.
    unsafe {
        // A jemalloc without such caches has none to empty.
        if raw::write(key, false).is_ok() {
            let _ = raw::write(key, true);
        }
    }
}

/// Its version, without the hash of the commit: `5.3.1`.
pub fn version() -> String {
    let full = jemalloc_ctl::version::read().unwrap_or("unknown");
    full.split('-').next().unwrap_or(full).to_owned()
}
