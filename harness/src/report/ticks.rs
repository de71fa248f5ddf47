//! The labels of an axis.

use harness_model::units;

/// Decimals that ticks need where at most six share `span`: plotters sets them 1, 2 or 5 of a power of ten apart.
pub(super) fn decimals(span: f64) -> usize {
    if span <= 0.0 || !span.is_finite() {
        return 0;
    }
    let least = span / 6.0;
    let power = 10f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|times| times * power)
        .into_iter()
        .find(|step| *step >= least);
    (-step.unwrap_or(power).log10().floor()).clamp(0.0, 9.0) as usize
}

/// How many marks an axis of whole numbers takes at most, so that none stands twice or between two numbers.
pub(super) fn marks(span: f64, most: usize) -> usize {
    // A span that is no number, or below one, has one mark.
    most.min((span.max(0.0) as usize).saturating_add(1))
}

/// A tick's label: `-0` is `0`, and thousands are apart.
pub(super) fn tick(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole
        .parse()
        .map_or_else(|_| whole.to_owned(), units::count);
    let sign = if value < 0.0 && text.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        "\u{2212}"
    } else {
        ""
    };
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_have_the_decimals_that_tell_them_apart() {
        assert_eq!(
            [5.2, 0.5, 600.0, 0.07, 0.0, f64::NAN].map(decimals),
            [0, 1, 0, 2, 0, 0]
        );
        assert_eq!(
            [0.0, 1.0, 2.0, 10.0, 1e9, 1e300, f64::NAN].map(|span| marks(span, 8)),
            [1, 2, 3, 8, 8, 8, 1]
        );
        assert_eq!(tick(-0.04, 1), "0.0");
        assert_eq!(tick(-1234.5, 1), "\u{2212}1,234.5");
    }
}
