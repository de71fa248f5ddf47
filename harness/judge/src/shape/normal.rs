//! Percentiles of the normal distribution.

/// The 97.5th percentile of the normal distribution: an interval of 95%.
pub const Z_95: f64 = 1.959_964;
