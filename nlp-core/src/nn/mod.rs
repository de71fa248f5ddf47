//! Layers of the networks, as thinc computes them.

pub mod gemm;
pub mod matrix;

pub use matrix::Matrix;
