//! What one call site does as the count grows: which question is asked of its figures after which.

use super::Figures;
use super::amounts::{amounts, grain, may_grow, points};
use super::course::Course;
use super::rising::grows;
use super::settled::{doubtful, starts_to_free, stopped, without_growth};
use super::trend::{Trend, trend};

/// What a call site does: a figure for each run, in any order.
pub fn course(figures: &[Figures]) -> Course {
    let most = |of: fn(&Figures) -> u64| figures.iter().map(of).max().unwrap_or(0);
    let end_bytes = most(|one| one.end.bytes);
    let peak_bytes = most(|one| one.peak.bytes).max(end_bytes);
    let taken = trend(
        &points(figures, |one| one.taken),
        grain(figures).unit().blocks as f64,
    );
    let rises = |trend: &Trend| !matches!(trend, Trend::Nothing | Trend::Constant | Trend::Varies);
    if !rises(&taken) {
        // Who takes no more blocks for more iterations cannot keep one more for each.
        return without_growth(figures, end_bytes);
    }
    if starts_to_free(figures) {
        return stopped(figures, peak_bytes);
    }
    if let Some(growth) = grows(figures, false) {
        return Course::Grows(growth);
    }
    let at_end = amounts(figures, false);
    // What is freed at the end grew all the same while the program lived.
    if !may_grow(&at_end)
        && let Some(growth) = grows(figures, true)
    {
        return Course::Grows(growth);
    }
    doubtful(figures, &at_end)
}
