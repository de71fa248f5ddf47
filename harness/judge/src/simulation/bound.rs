//! What a number of events in a number of trials says of their rate.
//!
//! C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
//! Biometrika 26 (1934). For no event at all the bound is 1 - 0.05^(1/n), which is about 3/n.

/// 1 less the confidence.
const DOUBT: f64 = 0.05;

/// The greatest rate that `events` in `trials` leave possible, with 95% confidence; 1 where that says nothing.
pub fn upper(events: u64, trials: u64) -> f64 {
    if events >= trials {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if at_most(events, trials, middle) > DOUBT {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The chance of at most `events` in `trials`, each of which comes with probability `rate`, between 0 and 1.
pub fn at_most(events: u64, trials: u64, rate: f64) -> f64 {
    // Term by term, as logarithms: (1 - rate)^trials alone can be too small for a number.
    let mut term = trials as f64 * (-rate).ln_1p();
    let mut sum = term.exp();
    for event in 1..=events {
        let left = (trials - event + 1) as f64;
        term += (left / event as f64).ln() + rate.ln() - (-rate).ln_1p();
        sum += term.exp();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_event_in_n_bounds_the_rate_by_about_three_in_n() {
        assert!((upper(0, 1_050) - 0.002_849).abs() < 1e-6);
        assert!((upper(0, 1_050) - (1.0 - 0.05_f64.powf(1.0 / 1_050.0))).abs() < 1e-12);
    }

    #[test]
    fn bounds_are_those_of_the_tables() {
        // One-sided 95% limits, as any table of the binomial has them.
        assert!((upper(1, 10) - 0.394).abs() < 1e-3);
        assert!((upper(5, 100) - 0.1022).abs() < 1e-3);
        assert_eq!(upper(3, 3), 1.0);
        assert_eq!(upper(0, 0), 1.0);
    }

    #[test]
    fn the_chance_of_at_most_some_adds_up() {
        assert!((at_most(1, 2, 0.5) - 0.75).abs() < 1e-12);
        assert!((at_most(0, 100_000, 0.01)).abs() < 1e-300);
    }
}
