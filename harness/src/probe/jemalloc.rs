//! What jemalloc says of itself.

use crate::sample::JemallocSample;
use jemalloc_ctl::{epoch, stats};

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

/// Its version, without the hash of the commit: `5.3.1`.
pub fn version() -> String {
    let full = jemalloc_ctl::version::read().unwrap_or("unknown");
    full.split('-').next().unwrap_or(full).to_owned()
}
