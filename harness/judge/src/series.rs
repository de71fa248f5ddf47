//! Reduces a series of measurements to its growth and its shape.

use super::shape;
use super::shape::{Judgement, Kind, QUARTERS};
use harness_model::{JemallocSample, ResidentParts, Sample, Series, Shape, per_iteration};

/// Reduces `values`: first the value where the measured iterations begin, then one for each of them. None if there is
/// no value at all.
pub fn reduce(values: &[u64], kind: Kind) -> Option<Series> {
    reduced(values, |values| shape::examine(values, kind))
}

/// Reduces `values` as [`reduce`] does, but for what the series could not have shown, which takes long to work out.
pub fn reduce_quickly(values: &[u64], kind: Kind) -> Option<Series> {
    reduced(values, |values| shape::judge(values, kind))
}

/// What the resident set has beside live memory, from the samples of one loop's measured iterations. None where the
/// resident set or jemalloc's figures were not measured.
pub fn resident_parts(samples: &[Sample]) -> Option<ResidentParts> {
    let part = |of: &dyn Fn(u64, u64, &JemallocSample) -> u64| {
        let value = |sample: &Sample| {
            let files = sample.file_bytes.unwrap_or(0);
            Some(of(sample.rss_bytes?, files, sample.jemalloc.as_ref()?))
        };
        let values: Option<Vec<u64>> = samples.iter().map(value).collect();
        reduce_quickly(&values?, Kind::Noisy)
    };
    Some(ResidentParts {
        files: part(&|_, files, _| files)?,
        outside: part(&|all, files, jemalloc| {
            all.saturating_sub(files).saturating_sub(jemalloc.resident)
        })?,
        allocator: part(&|_, _, jemalloc| jemalloc.resident.saturating_sub(jemalloc.allocated))?,
    })
}

fn reduced(values: &[u64], examine: impl Fn(&[u64]) -> Judgement) -> Option<Series> {
    let (&first, &last) = (values.first()?, values.last()?);
    let Judgement {
        shape,
        basis,
        slope,
        slope_interval,
        minimum_detectable_effect,
        steps,
        restarts,
        sawtooth,
        level,
    } = examine(values);
    Some(Series {
        first,
        last,
        min: *values.iter().min()?,
        max: *values.iter().max()?,
        per_iteration: per_iteration(first, last, values.len() as u64 - 1),
        rose_last: rose_last(values),
        shape,
        basis,
        slope,
        slope_interval,
        minimum_detectable_effect,
        steps,
        restarts,
        begins: (shape == Shape::Growing)
            .then(|| shape::begins(values))
            .flatten(),
        sawtooth,
        level,
    })
}

/// Whether the last quarter of the measured iterations reached a height that none before it had. False for fewer
/// iterations than quarters.
fn rose_last(values: &[u64]) -> bool {
    let iterations = values.len() - 1;
    let begins = 1 + iterations * (QUARTERS - 1) / QUARTERS;
    iterations >= QUARTERS && values[begins..].iter().max() > values[..begins].iter().max()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACT: Kind = Kind::Exact { cycle: 1 };

    #[test]
    fn growth_is_exact_and_so_is_the_slope_of_a_straight_line() {
        let line: Vec<u64> = (0..1001).map(|i| 5_000 + 412 * i).collect();
        for kind in [EXACT, Kind::Noisy] {
            let series = reduce(&line, kind).unwrap();
            assert_eq!(series.per_iteration, 412.0);
            assert!((series.slope - 412.0).abs() < 1e-9);
            assert_eq!((series.first, series.last), (5_000, 417_000));
        }
    }

    #[test]
    fn a_last_quarter_that_reaches_new_heights_is_told_from_one_that_does_not() {
        let rose_last = |iterations: u64, step: u64| {
            let values: Vec<u64> = (0..=iterations).map(|i| u64::from(i >= step)).collect();
            reduce(&values, EXACT).unwrap().rose_last
        };
        assert!(!rose_last(40, 30) && rose_last(40, 31) && rose_last(40, 40));
        assert!(!rose_last(43, 32) && rose_last(43, 33));
        assert!(rose_last(4, 4) && !rose_last(3, 3));
    }

    #[test]
    fn no_value_is_no_series() {
        assert_eq!(reduce(&[], EXACT), None);
        assert_eq!(reduce(&[7], EXACT).unwrap().last, 7);
    }
}
