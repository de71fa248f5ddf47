//! How blocks and bytes of a call site go with the count, at its end or at its most.

use super::trend::{Point, Trend, trend};
use super::{Amount, Figures, Grain};

/// The trends of blocks and of bytes.
pub(super) struct Amounts {
    /// Of blocks.
    pub(super) blocks: Trend,
    /// Of bytes.
    pub(super) bytes: Trend,
}

/// Of what lived at the end, or of the most that ever lived.
pub(super) fn amounts(figures: &[Figures], peak: bool) -> Amounts {
    let of = move |one: &Figures| if peak { one.peak } else { one.end };
    let grain = grain(figures).unit();
    Amounts {
        blocks: trend(
            &points(figures, move |one| of(one).blocks),
            grain.blocks as f64,
        ),
        bytes: trend(
            &points(figures, move |one| of(one).bytes),
            block_size(figures, of).max(grain.bytes as f64),
        ),
    }
}

/// How fine the figures are: see [`Figures::grain`].
pub(super) fn grain(figures: &[Figures]) -> Grain {
    let grains = figures.iter().map(|one| one.grain);
    grains.max().unwrap_or_default()
}

/// Whether either of them rises, for certain or perhaps.
pub(super) fn may_grow(amounts: &Amounts) -> bool {
    let may = |trend: &Trend| {
        trend.line().is_some() || matches!(trend, Trend::Unsure | Trend::Fading { .. })
    };
    may(&amounts.blocks) || may(&amounts.bytes)
}

/// The bytes of a block: of those that came between the least and the greatest count.
fn block_size(figures: &[Figures], of: impl Fn(&Figures) -> Amount) -> f64 {
    let least = figures.iter().min_by_key(|one| one.iterations).map(&of);
    let most = figures.iter().max_by_key(|one| one.iterations).map(&of);
    let (Some(least), Some(most)) = (least, most) else {
        return 1.0;
    };
    let blocks = most.blocks.saturating_sub(least.blocks);
    let bytes = most.bytes.saturating_sub(least.bytes);
    match blocks {
        0 => 1.0,
        blocks => bytes as f64 / blocks as f64,
    }
}

/// A figure of each run.
pub(super) fn points(figures: &[Figures], of: impl Fn(&Figures) -> u64) -> Vec<Point> {
    let point = |one: &Figures| Point {
        iterations: one.iterations,
        value: of(one) as f64,
    };
    figures.iter().map(point).collect()
}
