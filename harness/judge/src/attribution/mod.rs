//! Which call answers for memory that grows: stacks of two runs matched, each with the frame that is to blame.

pub mod allocating;
pub mod answering;
pub mod fingerprint;
pub mod functions;
pub mod origin;
pub mod rate;
pub mod scripts;
pub mod sites;
pub mod sources;
pub mod stack;
