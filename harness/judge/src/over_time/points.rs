//! Points over seconds or marks, and the same one step apart, as the judges of series want them.

/// A value, and the seconds or the marks after which it was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Seconds or marks.
    pub at: f64,
    /// The value.
    pub value: u64,
}

/// Values one step apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Even {
    /// The values: between two points they lie on the straight line from one to the other.
    pub values: Vec<u64>,
    /// What lies between two of them, in seconds or marks.
    pub step: f64,
}

/// More values than this tell no more: a judge takes the medians of 48 blocks.
const MOST: usize = 480;

/// Puts points one step apart, at most as many as there are. None where they have no length. Of points in one place, as
/// there are where no mark was set in between, the last one counts.
pub(super) fn even(points: &[Point]) -> Option<Even> {
    let (first, last) = (points.first()?, points.last()?);
    let length = last.at - first.at;
    if points.len() < 2 || !length.is_finite() || length <= 0.0 {
        return None;
    }
    let count = points.len().min(MOST);
    let step = length / (count - 1) as f64;
    let mut next = 0;
    let values = (0..count).map(|at| {
        // The last place is the last point's, whatever became of it in the division.
        let place = match at + 1 == count {
            true => last.at,
            false => first.at + step * at as f64,
        };
        while next + 1 < points.len() && points[next + 1].at <= place {
            next += 1;
        }
        let before = points[next];
        match points.get(next + 1) {
            Some(after) => between(before, *after, place),
            None => before.value,
        }
    });
    Some(Even {
        values: values.collect(),
        step,
    })
}

/// The value at a place from one point on and before another.
fn between(before: Point, after: Point, place: f64) -> u64 {
    let share = ((place - before.at) / (after.at - before.at)).clamp(0.0, 1.0);
    let rise = (i128::from(after.value) - i128::from(before.value)) as f64 * share;
    (i128::from(before.value) + rise.round() as i128).max(0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(points: &[(f64, u64)]) -> Vec<Point> {
        let point = |(at, value): &(f64, u64)| Point {
            at: *at,
            value: *value,
        };
        points.iter().map(point).collect()
    }

    #[test]
    fn a_line_stays_a_line_however_its_points_lie_and_the_last_of_one_place_counts() {
        let line = even(&points(&[(0.0, 0), (1.0, 10), (2.0, 20), (9.0, 90)])).unwrap();
        assert_eq!((line.values, line.step), (vec![0, 30, 60, 90], 3.0));
        let falls = even(&points(&[(0.0, 9), (0.0, 8), (2.0, 4)])).unwrap();
        assert_eq!(falls.values, [8, 6, 4]);
    }

    #[test]
    fn many_samples_are_few_values_from_the_first_to_the_last() {
        let many: Vec<Point> = (0..100_000)
            .map(|at| Point {
                at: at as f64 * 0.1,
                value: at,
            })
            .collect();
        let even = even(&many).unwrap();
        assert_eq!(even.values.len(), MOST);
        assert_eq!(
            (even.values[0], even.values[MOST - 1]),
            (0, 99_999),
            "both ends"
        );
    }

    #[test]
    fn what_has_no_length_is_no_series() {
        assert_eq!(even(&[]), None);
        assert_eq!(even(&points(&[(1.0, 5)])), None);
        assert_eq!(even(&points(&[(1.0, 5), (1.0, 6)])), None);
        assert_eq!(even(&points(&[(0.0, 5), (f64::INFINITY, 6)])), None);
    }
}
