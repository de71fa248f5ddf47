//! Programs whose truth is known, simulated: what a judgement is calibrated with.

pub mod bound;
pub mod judges;
pub mod leaks;
pub mod noise;
pub mod programs;
pub mod random;
