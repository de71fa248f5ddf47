//! Where a program goes down: what it gives back when it ends says nothing of what it did before.

use super::points::Point;

/// Of the points, the last part in which the end can lie: one in so many, and no fewer than [`FEWEST`].
const PART: usize = 20;
/// The least points of that part.
const FEWEST: usize = 2;
/// With fewer points in all there is no such part.
const ENOUGH: usize = 16;
/// The share of what it had that is gone then.
const GIVEN_BACK: f64 = 0.5;

/// The points up to where the program goes down: all of them, where it does not within the last few.
pub(super) fn before_the_end(points: &[Point]) -> &[Point] {
    if points.len() < ENOUGH {
        return points;
    }
    let part = (points.len() / PART).max(FEWEST);
    let (before, end) = points.split_at(points.len() - part);
    let values = before.iter().map(|point| point.value);
    let top = before[before.len() - part..]
        .iter()
        .map(|point| point.value)
        .min()
        .unwrap_or(0);
    let base = values.min().unwrap_or(0);
    // Where it never had more than at its least, less than that is the end.
    let low = top as f64 - GIVEN_BACK * top.saturating_sub(base) as f64;
    let goes_down = end.iter().position(|point| (point.value as f64) < low);
    &points[..before.len() + goes_down.unwrap_or(part)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(of: impl Fn(u64) -> u64) -> Vec<Point> {
        let point = |at: u64| Point {
            at: at as f64,
            value: of(at),
        };
        (0..100).map(point).collect()
    }

    #[test]
    fn what_is_given_back_at_the_end_is_cut_and_nothing_else_is() {
        let grows = points(|at| if at < 97 { 1_000 * at } else { 10 });
        assert_eq!(before_the_end(&grows).len(), 97);
        let flat = points(|at| u64::from(at < 99) * 5);
        assert_eq!(before_the_end(&flat).len(), 99);
        for whole in [
            points(|at| 1_000 * at),
            points(|_| 7),
            points(|at| if at < 50 { 1_000 * at } else { 10 }),
        ] {
            assert_eq!(before_the_end(&whole).len(), 100);
        }
        assert_eq!(before_the_end(&grows[90..]).len(), 10);
    }
}
