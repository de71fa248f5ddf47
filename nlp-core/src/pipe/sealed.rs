//! Keeps traits from being implemented elsewhere.

/// Has no other implementors than those of this crate.
pub trait Sealed {}
