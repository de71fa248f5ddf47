//! How far chance alone moves the count of pairs that rise less those that fall, whatever the values' distribution.
//!
//! H. B. Mann, "Nonparametric tests against trend", Econometrica 13 (1945), and M. G. Kendall, "Rank Correlation
//! Methods" (1948), call that count S: it tests for a trend, and its variance gives the interval of the slope
//! ([`super::theil_sen`]). Neighbours that depend on each other make S vary
//! more than chance alone: K. H. Hamed and A. R. Rao, "A modified Mann-Kendall trend test for autocorrelated data",
//! Journal of Hydrology 204 (1998), widen its variance by the autocorrelation of the ranks of what is left without the
//! trend. Only correlations beyond their 95% bound count, as there; a correction that would narrow the variance is not
//! taken.

/// The variance of S for values of which neighbours depend on each other. `slope`, per step, is taken off before that
/// dependence is measured.
pub fn variance(values: &[f64], slope: f64) -> f64 {
    plain_variance(values) * inflation(values, slope)
}

/// The variance of S for independent values, less what ties take from it.
fn plain_variance(values: &[f64]) -> f64 {
    let term = |count: f64| count * (count - 1.0) * (2.0 * count + 5.0);
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let ties: f64 = sorted
        .chunk_by(|a, b| a == b)
        .map(|equal| term(equal.len() as f64))
        .sum();
    (term(values.len() as f64) - ties) / 18.0
}

/// Differences below this share of the values' span are none.
const SLIGHT: f64 = 1e-3;

/// n/n* of Hamed and Rao, at least 1.
fn inflation(values: &[f64], slope: f64) -> f64 {
    let count = values.len();
    // What is left of a quiet line depends on itself as it likes: it is too small to make a trend.
    let (low, high) = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        });
    let unit = ((high - low) * SLIGHT).max(f64::MIN_POSITIVE);
    let left = |(value, at): (&f64, u32)| ((value - slope * f64::from(at)) / unit).round();
    let rest: Vec<f64> = values.iter().zip(0..).map(left).collect();
    let ranks = ranks(&rest);
    let n = count as f64;
    let mean = ranks.iter().sum::<f64>() / n;
    let spread: f64 = ranks.iter().map(|rank| (rank - mean).powi(2)).sum();
    if spread <= 0.0 {
        return 1.0;
    }
    let mut sum = 0.0;
    // Correlations over more than a quarter of the series are mostly chance.
    for lag in 1..count / 4 {
        let pairs = ranks.iter().zip(&ranks[lag..]);
        let rho = pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / spread;
        if rho.abs() > super::normal::Z_95 / n.sqrt() {
            let left = n - lag as f64;
            sum += left * (left - 1.0) * (left - 2.0) * rho;
        }
    }
    (1.0 + 2.0 / (n * (n - 1.0) * (n - 2.0)) * sum).max(1.0)
}

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let shared = below as f64 + (equal.len() as f64 + 1.0) / 2.0;
        for &at in equal {
            ranks[at] = shared;
        }
        below += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn independent_values_have_the_variance_of_the_textbook_and_ties_take_from_it() {
        // n (n - 1) (2 n + 5) / 18
        assert!((variance(&[1.0, 2.0, 3.0, 4.0], 0.0) - 4.0 * 3.0 * 13.0 / 18.0).abs() < 1e-12);
        // Less the same for each group of equal values.
        let ties = 2.0 * 9.0 / 18.0;
        assert!(
            (variance(&[1.0, 2.0, 2.0, 4.0], 0.0) - 4.0 * 3.0 * 13.0 / 18.0 + ties).abs() < 1e-12
        );
        assert_eq!(variance(&[5.0; 30], 0.0), 0.0);
    }

    #[test]
    fn neighbours_that_depend_on_each_other_widen_the_variance() {
        // Long waves: a value says much of the next.
        let waves: Vec<f64> = (0..100).map(|x| (f64::from(x) / 8.0).sin()).collect();
        let scattered: Vec<f64> = (0..100).map(|x| waves[x * 37 % 100]).collect();
        assert!(variance(&waves, 0.0) > 2.0 * variance(&scattered, 0.0));
    }

    #[test]
    fn equal_values_share_their_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 0.0]), [3.5, 2.0, 3.5, 1.0]);
    }
}
