//! Programs whose truth is known, to hold the judgement of shapes against.

pub(crate) mod nulls;
pub(crate) mod random;
