//! What a chart needs of its lines: a range that shows them, and few enough points to draw.

use plotters::style::RGBColor;

/// More points than this to a curve are thinned; the least and the greatest of each stretch stay.
const MAX_POINTS: usize = 1_200;
/// How far below the measured part the warm-up may pull the axis, in parts of the measured span.
const WARMUP_SHARE: f64 = 0.35;

/// A line or a layer.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    /// Its name.
    pub name: String,
    /// Its entry in the legend: its name with its figure.
    pub label: String,
    /// What stands at its end.
    pub end: String,
    /// Its colour.
    pub colour: RGBColor,
    /// What the axis counts and the bytes measured there, all of them, by the former. The layers of a stack share
    /// their places, and each has what is its own, without what lies under it.
    pub points: Vec<(f64, f64)>,
}

/// The least and greatest value to show: those of the measured part, with air around them, no less than `least_span`
/// apart; the warm-up pulls the lower end by a part of the span only, and its line is cut there.
pub(crate) fn range(
    curves: &[Curve],
    warmup: f64,
    least_span: f64,
    with: Option<f64>,
) -> (f64, f64) {
    let measured = || {
        curves
            .iter()
            .flat_map(|curve| &curve.points)
            .filter(|point| point.0 >= warmup)
            .map(|point| point.1)
            .chain(with)
    };
    let (mut low, mut high) = measured()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| {
            (low.min(y), high.max(y))
        });
    if low > high {
        (low, high) = (0.0, 1.0);
    }
    let missing = (least_span - (high - low)).max(0.0);
    (low, high) = (low - missing / 2.0, high + missing / 2.0);
    let span = high - low;
    let lowest = curves
        .iter()
        .flat_map(|curve| &curve.points)
        .map(|point| point.1)
        .fold(low, f64::min);
    (
        lowest.max(low - span * WARMUP_SHARE) - span * 0.04,
        high + span * 0.08,
    )
}

/// Few enough points to draw: of each stretch the least and the greatest, in order.
pub(crate) fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if points.len() <= MAX_POINTS {
        return points;
    }
    let stretch = points.len().div_ceil(MAX_POINTS / 2);
    let last = points[points.len() - 1];
    let mut kept = Vec::with_capacity(MAX_POINTS + 1);
    for part in points.chunks(stretch) {
        let least = *part
            .iter()
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or(&part[0]);
        let greatest = *part
            .iter()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or(&part[0]);
        let (first, second) = if least.0 <= greatest.0 {
            (least, greatest)
        } else {
            (greatest, least)
        };
        kept.push(first);
        if second != first {
            kept.push(second);
        }
    }
    if kept.last() != Some(&last) {
        kept.push(last);
    }
    kept
}

/// Every so many points, and the last.
pub(crate) fn evenly(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let step = points.len().div_ceil(MAX_POINTS).max(1);
    let last = points.len().saturating_sub(1);
    points
        .into_iter()
        .enumerate()
        .filter(|(at, _)| at % step == 0 || *at == last)
        .map(|(_, point)| point)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::WITH_ZONES;

    #[test]
    fn a_thinned_line_keeps_its_extremes_and_its_end() {
        let mut points: Vec<(f64, f64)> = (0..100_000).map(|x| (f64::from(x), 5.0)).collect();
        points[54_321].1 = 9.0;
        points[54_330].1 = 1.0;
        let thin = thinned(points.clone());
        assert!(thin.len() <= MAX_POINTS + 1);
        assert!(thin.contains(&(54_321.0, 9.0)) && thin.contains(&(54_330.0, 1.0)));
        assert_eq!(thin.last(), points.last());
        assert!(thin.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn the_warm_up_does_not_press_the_measured_part_flat() {
        let points = vec![(0.0, -1e9), (10.0, 0.0), (20.0, 100.0)];
        let curve = Curve {
            name: String::new(),
            label: String::new(),
            end: String::new(),
            colour: WITH_ZONES,
            points,
        };
        let (low, high) = range(&[curve], 10.0, 1.0, None);
        assert!(low > -60.0 && high < 120.0, "{low} to {high}");
    }
}
