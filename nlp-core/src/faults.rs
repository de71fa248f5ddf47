//! Faults that can be planted, so that a leak detector can prove that it finds them.
//!
//! Compiled with the cargo feature `faults` alone, which the harness turns on. A planted fault holds for the whole
//! process, from the moment it is [set](set).

use std::sync::atomic::{AtomicU8, Ordering};

/// A fault that some part of this crate knows how to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Fault {
    /// Each batch that a parser or an entity recogniser steps leaves its five activation arrays behind: allocated in
    /// `resize_activations`, never freed, reachable from nowhere. spaCy had this bug
    /// (explosion/spaCy#3618) until it was found with valgrind (explosion/spaCy#4486).
    ActivationLeak = 1,
}

impl Fault {
    /// Every fault there is.
    pub const ALL: [Fault; 1] = [Fault::ActivationLeak];

    /// The fault's name on a command line: `"activation-leak"`.
    pub fn name(self) -> &'static str {
        match self {
            Fault::ActivationLeak => "activation-leak",
        }
    }

    /// The fault called `name`, if there is one.
    pub fn from_name(name: &str) -> Option<Fault> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }
}

/// No fault is 0; otherwise the fault's discriminant.
static PLANTED: AtomicU8 = AtomicU8::new(0);

/// Plants `fault` in this process, in place of the one that was planted before; `None` removes it.
pub fn set(fault: Option<Fault>) {
    PLANTED.store(fault.map_or(0, |fault| fault as u8), Ordering::Relaxed);
}

/// Whether `fault` is planted.
pub fn is_planted(fault: Fault) -> bool {
    PLANTED.load(Ordering::Relaxed) == fault as u8
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
