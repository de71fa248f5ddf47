//! Zones inside zones.

use std::marker::PhantomData;
use std::ops::Deref;

use super::Zone;
use crate::vocab::{Chain, Keep};

/// A zone inside another: see [`Zone::zone`]. All that a zone can do, it can.
///
/// It stays in the thread of the zone around it, whose words it reads.
pub struct NestedZone<'outer> {
    // Lent by shared reference only: see the reason for `Zone` being `Send`.
    zone: Zone<'outer>,
    stays_in_its_thread: PhantomData<*const StaysInTheThreadOfTheZoneAroundIt>,
}

/// What the compiler names where a nested zone is sent to another thread.
struct StaysInTheThreadOfTheZoneAroundIt;

impl Zone<'_> {
    /// Opens a zone inside this one. It sees the words of this zone, which costs it nothing, and what it adds is gone
    /// when it closes; this zone and its documents are left as they were.
    ///
    /// ```
    /// let nlp = nlp_core::models::english()?;
    /// let request = nlp.zone();
    /// let letter = request.parse("Dear Mr. Snodgrass,")?;
    /// for line in ["We are out of widgets.", "Yours, Weatherbottom."] {
    ///     let inner = request.zone();
    ///     println!("{}", inner.parse(line)?.len());
    ///     assert!(inner.contains("Snodgrass"));
    /// }
    /// assert!(!request.contains("Weatherbottom"));
    /// assert_eq!(letter.token(2).text(), "Snodgrass");
    /// # Ok::<(), nlp_core::Error>(())
    /// ```
    pub fn zone(&self) -> NestedZone<'_> {
        NestedZone::open(self)
    }

    /// Runs `work` with a zone inside this one: see [`Zone::zone`] and
    /// [`Language::memory_zone`](crate::Language::memory_zone).
    pub fn memory_zone<R>(&self, work: impl FnOnce(&Zone<'_>) -> R) -> R {
        work(&self.zone())
    }
}

impl<'outer> NestedZone<'outer> {
    fn open(outer: &'outer Zone<'outer>) -> Self {
        NestedZone {
            zone: Zone {
                nlp: outer.nlp,
                chain: Chain::inside(&outer.chain),
            },
            stays_in_its_thread: PhantomData,
        }
    }

    /// Frees everything that this zone holds: see [`Zone::clear`].
    pub fn clear(&mut self, keep: Keep) {
        self.zone.clear(keep);
    }
}

impl<'outer> Deref for NestedZone<'outer> {
    type Target = Zone<'outer>;

    fn deref(&self) -> &Zone<'outer> {
        &self.zone
    }
}

impl std::fmt::Debug for NestedZone<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.zone.fmt(f)
    }
}
