//! Faults that can be planted, so that a leak detector can prove that it finds them.
//!
//! Compiled with the cargo feature `faults` alone, which the harness turns on. A planted fault holds for the whole
//! process, from the moment it is [set](set).

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

/// A fault that some part of this crate knows how to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Fault {
    /// Each batch that a parser or an entity recogniser steps leaves its five activation arrays behind: allocated in
    /// `resize_activations`, never freed, reachable from nowhere. spaCy had this bug
    /// (explosion/spaCy#3618) until it was found with valgrind (explosion/spaCy#4486).
    ActivationLeak = 1,
    /// Each word that is new to a zone or to the vocabulary is kept once more, in a cache that lasts as long as the
    /// process, that no zone empties and no [`MemoryReport`](crate::MemoryReport) lists.
    UnregisteredCache = 2,
}

impl Fault {
    /// Every fault there is.
    pub const ALL: [Fault; 2] = [Fault::ActivationLeak, Fault::UnregisteredCache];

    /// The fault's name on a command line: `"activation-leak"`.
    pub fn name(self) -> &'static str {
        match self {
            Fault::ActivationLeak => "activation-leak",
            Fault::UnregisteredCache => "unregistered-cache",
        }
    }

    /// The fault called `name`, if there is one.
    pub fn from_name(name: &str) -> Option<Fault> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }
}

/// No fault is 0; otherwise the fault's discriminant.
static PLANTED: AtomicU8 = AtomicU8::new(0);

/// Likewise, of the fault whose twin is planted.
static TWIN: AtomicU8 = AtomicU8::new(0);

/// Plants `fault` in this process, in place of the one that was planted before; `None` removes it.
pub fn set(fault: Option<Fault>) {
    TWIN.store(0, Ordering::Relaxed);
    PLANTED.store(fault.map_or(0, |fault| fault as u8), Ordering::Relaxed);
}

/// Plants the twin of `fault` in this process: it takes the memory that the fault would take, and frees it.
pub fn set_twin(fault: Fault) {
    PLANTED.store(0, Ordering::Relaxed);
    TWIN.store(fault as u8, Ordering::Relaxed);
}

/// Whether `fault` is planted.
pub fn is_planted(fault: Fault) -> bool {
    PLANTED.load(Ordering::Relaxed) == fault as u8
}

/// What [`Fault::UnregisteredCache`] has kept.
static UNREGISTERED: Mutex<Vec<Box<str>>> = Mutex::new(Vec::new());

/// Keeps a word for [`Fault::UnregisteredCache`], if that is planted.
pub(crate) fn see_new_word(word: &str) {
    if is_planted(Fault::UnregisteredCache) {
        let mut kept = UNREGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(word.into());
    } else if TWIN.load(Ordering::Relaxed) == Fault::UnregisteredCache as u8 {
        drop(std::hint::black_box(Box::<str>::from(word)));
    }
}

#[cfg(test)]
mod tests {
    use super::Fault;

    #[test]
    fn every_fault_is_found_by_its_name() {
        for fault in Fault::ALL {
            assert_eq!(Fault::from_name(fault.name()), Some(fault));
        }
        assert_eq!(Fault::from_name("activation_leak"), None);
    }
}
