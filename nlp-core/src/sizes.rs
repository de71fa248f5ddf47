//! Products of sizes. What a caller or a file claims may be beyond all counting, and then must not come out small.

/// The product of `sizes`.
///
/// # Panics
/// If it cannot be counted: no array is that large.
pub(crate) fn product(sizes: &[usize]) -> usize {
    checked_product(sizes).unwrap_or_else(|| panic!("no array has the shape {sizes:?}"))
}

/// The product of `sizes`, or `None` if it cannot be counted.
pub(crate) fn checked_product(sizes: &[usize]) -> Option<usize> {
    let mut sizes = sizes.iter();
    sizes.try_fold(1, |product: usize, &size| product.checked_mul(size))
}

/// The sum of `sizes`.
///
/// # Panics
/// If it cannot be counted.
pub(crate) fn sum(sizes: &[usize]) -> usize {
    let mut sizes = sizes.iter();
    sizes
        .try_fold(0, |sum: usize, &size| sum.checked_add(size))
        .expect("lengths whose sum can be counted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_that_would_wrap_is_none_and_not_small() {
        assert_eq!(checked_product(&[(1 << 63) + 1, 2]), None);
        assert_eq!(checked_product(&[1 << 32, 1 << 32]), None);
        assert_eq!(checked_product(&[3, 4, 5]), Some(60));
        assert_eq!(checked_product(&[]), Some(1));
    }

    #[test]
    #[should_panic(expected = "no array has the shape")]
    fn an_array_beyond_counting_is_refused() {
        product(&[usize::MAX, 2]);
    }

    #[test]
    #[should_panic(expected = "lengths whose sum can be counted")]
    fn lengths_beyond_counting_are_refused() {
        sum(&[1 << 63, 1 << 63]);
    }
}
