//! The slope of the means of a few long stretches, and its confidence interval.
//!
//! Neighbouring samples of a resident set are anything but independent, but the means of long stretches of them nearly
//! are: the method of batch means (A. M. Law and J. S. Carson, "A sequential procedure for determining the length of a
//! steady-state simulation", Operations Research 27, 1979). Unlike an interval by ranks, this one is as narrow as what
//! the line leaves, however that depends on itself: it serves to decide whether a quiet series rises.

/// Stretches whose means stand for a series.
const STRETCHES: usize = 8;
/// The 99.95th percentile of Student's t with `STRETCHES` - 2 degrees of freedom.
const STUDENT_T: f64 = 5.959;

/// Whether the slope of `values` is above zero with 99.9% confidence. False for too few values to tell.
pub fn rises(values: &[f64]) -> bool {
    let stretch = values.len() / STRETCHES;
    if stretch < 2 {
        return false;
    }
    // The first few values that do not fill a stretch are left out.
    let values = &values[values.len() - stretch * STRETCHES..];
    // All stretches are as long, and the question does not change with the unit: sums serve as well as means.
    let sums: Vec<f64> = values
        .chunks_exact(stretch)
        .map(|stretch| stretch.iter().sum())
        .collect();
    let mean = sums.iter().sum::<f64>() / STRETCHES as f64;
    let middle = (STRETCHES as f64 - 1.0) / 2.0;
    let points = || {
        let points = sums.iter().enumerate();
        points.map(|(x, y)| (x as f64 - middle, y - mean))
    };
    let spread: f64 = points().map(|(x, _)| x * x).sum();
    let slope = points().map(|(x, y)| x * y).sum::<f64>() / spread;
    let left: f64 = points().map(|(x, y)| (y - slope * x).powi(2)).sum();
    let error = (left / (STRETCHES - 2) as f64 / spread).sqrt();
    slope > STUDENT_T * error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_line_rises_and_a_level_or_falling_one_does_not() {
        let line = |slope: f64| -> Vec<f64> { (0..100).map(|x| slope * f64::from(x)).collect() };
        assert!(rises(&line(0.001)));
        assert!(!rises(&line(0.0)) && !rises(&line(-1.0)));
    }

    #[test]
    fn a_line_rises_where_it_is_six_times_as_steep_as_it_may_be_off() {
        // Alternating stretches 1 above and 1 below the line: the error of the slope is (8 / 6 / 42)^0.5, less what the
        // line takes of it.
        let zigzag = |slope: f64| -> Vec<f64> {
            let stretch = |x: i32| slope * f64::from(x) + if x % 2 == 0 { 1.0 } else { -1.0 };
            (0..8).flat_map(|x| [stretch(x); 10]).collect()
        };
        assert!(rises(&zigzag(1.2)) && !rises(&zigzag(1.0)));
    }

    #[test]
    fn fewer_than_two_values_a_stretch_tell_nothing() {
        let line: Vec<f64> = (0..16).map(f64::from).collect();
        assert!(rises(&line) && !rises(&line[1..]));
    }
}
