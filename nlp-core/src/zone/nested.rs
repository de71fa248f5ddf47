//! Zones inside zones.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::ops::Deref;

use super::{Held, Zone};
use crate::vocab::Keep;

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

impl<'outer> NestedZone<'outer> {
    pub(super) fn open(outer: &'outer Zone<'outer>) -> Self {
        NestedZone {
            zone: Zone {
                nlp: outer.nlp,
                outer: Some(outer),
                held: RefCell::new(Held {
                    limits: outer.own_limits(),
                    ..Held::default()
                }),
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
