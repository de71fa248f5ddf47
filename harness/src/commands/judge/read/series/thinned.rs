//! A series of any length in bounded memory.
//!
//! Every so many rows one value is kept, as it was measured: exact counts stay exact, and lie at even distances. Beside it
//! the least and the greatest of the rows up to the next are kept, so that no spike gets lost.

use harness_judge::over_time::Point;

/// One value of so many rows.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bucket {
    first: Point,
    low: Point,
    high: Point,
}

/// The series.
#[derive(Clone, Debug, Default)]
pub(super) struct Thinned {
    buckets: Vec<Bucket>,
    /// Rows of a bucket.
    stride: u64,
    /// Rows since the last bucket began.
    since: u64,
    last: Option<Point>,
}

impl Thinned {
    /// Adds the next row's value; no more than `most` values are kept.
    #[inline]
    pub(super) fn push(&mut self, point: Point, most: usize) {
        self.last = Some(point);
        if self.since > 0 && self.since < self.stride {
            self.since += 1;
            if let Some(bucket) = self.buckets.last_mut() {
                bucket.meets(point);
            }
            return;
        }
        self.begin(point, most);
    }

    fn begin(&mut self, point: Point, most: usize) {
        self.stride = self.stride.max(1);
        if self.buckets.len() >= most.max(16) {
            self.halve();
            // The buckets were an odd number: the last is half full, and this row belongs to it.
            if self.since < self.stride {
                self.since += 1;
                if let Some(bucket) = self.buckets.last_mut() {
                    bucket.meets(point);
                }
                return;
            }
        }
        self.since = 1;
        self.buckets.push(Bucket {
            first: point,
            low: point,
            high: point,
        });
    }

    /// Adds a row that comes late. Where rows are left out already, it only counts for what is the least and the greatest.
    pub(super) fn insert(&mut self, point: Point) {
        let after = self
            .buckets
            .partition_point(|bucket| bucket.first.at <= point.at);
        if self.stride <= 1 {
            let bucket = Bucket {
                first: point,
                low: point,
                high: point,
            };
            self.buckets.insert(after, bucket);
        } else if let Some(bucket) = after.checked_sub(1).and_then(|at| self.buckets.get_mut(at)) {
            bucket.meets(point);
        }
    }

    /// Keeps one of two values until there are no more than `most`.
    pub(super) fn shrink(&mut self, most: usize) {
        while self.buckets.len() > most.max(16) {
            self.halve();
        }
        self.buckets.shrink_to(most);
    }

    fn halve(&mut self) {
        let is_odd = self.buckets.len() % 2 == 1;
        let mut kept = 0;
        for at in (0..self.buckets.len()).step_by(2) {
            let mut bucket = self.buckets[at];
            if let Some(next) = self.buckets.get(at + 1) {
                bucket.meets(next.low);
                bucket.meets(next.high);
            }
            self.buckets[kept] = bucket;
            kept += 1;
        }
        self.buckets.truncate(kept);
        // The last bucket has what it had, and in the other case what its neighbour had.
        if !is_odd {
            self.since += self.stride;
        }
        self.stride *= 2;
    }

    /// Puts the values in order where rows came in none.
    pub(super) fn sort(&mut self) {
        self.buckets
            .sort_by(|a, b| a.first.at.total_cmp(&b.first.at));
        self.last = self.buckets.last().map(|bucket| bucket.first);
    }

    /// How many rows there are to a value that was kept.
    pub(super) fn stride(&self) -> u64 {
        self.stride.max(1)
    }

    /// Whether there is no value.
    pub(super) fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// The last value.
    pub(super) fn last(&self) -> Option<Point> {
        self.last
    }

    /// The values that were kept. Where they need not lie evenly the last one of all is among them.
    pub(super) fn points(&self, is_exact: bool) -> Vec<Point> {
        let mut points: Vec<Point> = self.buckets.iter().map(|bucket| bucket.first).collect();
        let last = self.last.filter(|_| !is_exact);
        points.extend(last.filter(|last| points.last().is_some_and(|point| point.at < last.at)));
        points
    }

    /// What lies between the values that were kept, where any does: the least and the greatest of each stretch.
    pub(super) fn peaks(&self) -> Vec<Point> {
        if self.stride() == 1 {
            return Vec::new();
        }
        let both = self.buckets.iter().flat_map(|bucket| {
            let in_order = bucket.low.at <= bucket.high.at;
            match in_order {
                true => [bucket.low, bucket.high],
                false => [bucket.high, bucket.low],
            }
        });
        both.collect()
    }
}

impl Bucket {
    fn meets(&mut self, point: Point) {
        if point.value < self.low.value {
            self.low = point;
        }
        if point.value > self.high.value {
            self.high = point;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn series(values: impl Iterator<Item = u64>, most: usize) -> Thinned {
        let mut series = Thinned::default();
        for (at, value) in values.enumerate() {
            let at = at as f64;
            series.push(Point { at, value }, most);
        }
        series
    }

    #[test]
    fn a_long_series_keeps_every_so_manieth_value_as_it_was_and_every_spike() {
        let spike = 777_777;
        let long = series(
            (0..1_000_003).map(|at| if at == spike { 9_999_999 } else { at }),
            1_000,
        );
        let points = long.points(true);
        assert!((500..=1_000).contains(&points.len()), "{}", points.len());
        let stride = long.stride() as f64;
        for (at, point) in points.iter().enumerate() {
            assert_eq!(point.at, at as f64 * stride);
            assert_eq!(point.value as f64, point.at);
        }
        assert!(long.peaks().iter().any(|peak| peak.value == 9_999_999));
        assert_eq!(long.points(false).last().unwrap().at, 1_000_002.0);
    }

    #[test]
    fn a_short_series_is_whole_and_takes_what_comes_late() {
        let mut short = series(0..20, 1_000);
        short.insert(Point { at: 4.5, value: 77 });
        assert_eq!(short.points(true).len(), 21);
        assert_eq!(short.points(true)[5].value, 77);
        assert_eq!(short.peaks(), []);
    }

    proptest! {
        #[test]
        fn values_that_are_kept_lie_evenly_however_many_there_are(rows in 1_usize..5_000, most in 16_usize..200) {
            let all = series((0..rows as u64).map(|at| at * 3), most);
            let stride = all.stride();
            for (at, point) in all.points(true).iter().enumerate() {
                prop_assert_eq!(point.value, at as u64 * stride * 3);
            }
            let expected = rows.div_ceil(stride as usize);
            prop_assert_eq!(all.points(true).len(), expected);
            prop_assert!(expected <= most.max(16));
        }
    }
}
