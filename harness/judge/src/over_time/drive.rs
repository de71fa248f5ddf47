//! Whether growth goes with time or with what the program does.
//!
//! Where the work comes evenly, nobody can tell. Where there are times without any, what happens in them tells; and where it
//! only comes faster and slower, a straight line over seconds and one over marks explain the same values differently well.

use super::evidence::Marks;
use super::points::Point;

/// What growth goes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drive {
    /// The marks.
    Marks,
    /// The time, whatever is done in it.
    Time,
    /// The marks came as evenly as the seconds.
    Alike,
}

/// Marks that come more evenly than this have passed as the time has: the correlation of the two.
const ALIKE: f64 = 0.9995;
/// The share of the time that has to be without marks to tell by what happens in it.
const IDLE: f64 = 0.15;
/// Of what would have come in that time if all went with the time: what is less goes with the marks, and what is more with
/// the time.
const STOOD_STILL: f64 = 0.25;
const WENT_ON: f64 = 0.6;
/// How much less one of them has to leave unexplained than the other, where there is always something done.
const BETTER: f64 = 2.0;
/// Fewer points tell nothing.
const FEWEST: usize = 16;

/// What the growth of these points goes with, if that can be told.
pub(super) fn drive(points: &[Point], marks: &Marks) -> Option<Drive> {
    if points.len() < FEWEST {
        return None;
    }
    let seconds: Vec<f64> = points.iter().map(|point| point.at).collect();
    let counts: Vec<f64> = points
        .iter()
        .map(|point| marks.by(point.at) as f64)
        .collect();
    let base = points[0].value;
    let values: Vec<f64> = points
        .iter()
        .map(|point| (i128::from(point.value) - i128::from(base)) as f64)
        .collect();
    let gone_by = |series: &[f64]| series[series.len() - 1] - series[0];
    let (time, growth) = (gone_by(&seconds), gone_by(&values));
    let (mut idle, mut meanwhile) = (0.0, 0.0);
    for at in 1..points.len() {
        if counts[at] == counts[at - 1] {
            idle += seconds[at] - seconds[at - 1];
            meanwhile += values[at] - values[at - 1];
        }
    }
    if growth > 0.0 && idle >= IDLE * time {
        let share = meanwhile / (growth * idle / time);
        return match share {
            _ if share < STOOD_STILL => Some(Drive::Marks),
            _ if share > WENT_ON => Some(Drive::Time),
            _ => None,
        };
    }
    if correlation(&seconds, &counts).abs() > ALIKE {
        return Some(Drive::Alike);
    }
    let unexplained = |by: &[f64]| 1.0 - correlation(by, &values).max(0.0).powi(2);
    let (by_time, by_marks) = (unexplained(&seconds), unexplained(&counts));
    if by_marks * BETTER < by_time {
        Some(Drive::Marks)
    } else if by_time * BETTER < by_marks {
        Some(Drive::Time)
    } else {
        None
    }
}

/// Pearson's; 0 where one of them does not vary.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    if aa <= 0.0 || bb <= 0.0 {
        return 0.0;
    }
    ab / (aa * bb).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(of: impl Fn(u32) -> u64) -> Vec<Point> {
        let point = |second| Point {
            at: f64::from(second),
            value: of(second),
        };
        (0..120).map(point).collect()
    }

    /// Ten seconds of work, ten of rest.
    fn bursts(second: u32) -> u64 {
        u64::from(second / 20 * 10 + (second % 20).min(10))
    }

    #[test]
    fn what_grows_with_the_work_is_told_from_what_grows_with_the_time() {
        let marks = Marks {
            text: "request".to_owned(),
            points: points(bursts),
        };
        let driven = |of: &dyn Fn(u32) -> u64| drive(&points(of), &marks);
        assert_eq!(driven(&|second| 500 * bursts(second)), Some(Drive::Marks));
        let loads = |second: u32| 500 * bursts(second) + u64::from(second > 3) * 9_000;
        assert_eq!(
            driven(&loads),
            Some(Drive::Marks),
            "whatever is loaded first"
        );
        assert_eq!(driven(&|second| 500 * u64::from(second)), Some(Drive::Time));
        let faster = Marks {
            text: "request".to_owned(),
            points: points(|second| u64::from(second).pow(2)),
        };
        let squares = points(|second| 7 * u64::from(second).pow(2));
        assert_eq!(drive(&squares, &faster), Some(Drive::Marks));
    }

    #[test]
    fn work_that_comes_evenly_tells_nothing() {
        let even = Marks {
            text: "request".to_owned(),
            points: points(u64::from),
        };
        let grows = points(|second| 500 * u64::from(second));
        assert_eq!(drive(&grows, &even), Some(Drive::Alike));
        assert_eq!(drive(&grows[..5], &even), None);
        assert_eq!(drive(&points(|_| 7), &even), Some(Drive::Alike));
    }
}
