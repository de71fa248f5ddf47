//! After how many rows the inputs come round again.

/// After how many values they all come again, at least once. None for values that are all the same.
pub(super) fn period(values: &[u64]) -> Option<u64> {
    let differ = values.iter().any(|value| *value != values[0]);
    if !differ {
        return None;
    }
    let comes_again = |by: &usize| (*by..values.len()).all(|at| values[at] == values[at - by]);
    (2..=values.len() / 2).find(comes_again).map(|by| by as u64)
}

/// A cycle of rows in values of which only every so manieth was kept.
pub(super) fn in_strides(cycle: u64, stride: u64) -> u64 {
    let (mut a, mut b) = (cycle, stride);
    while b > 0 {
        (a, b) = (b, a % b);
    }
    cycle / a.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_is_found_where_values_come_again_and_kept_where_rows_are_left_out() {
        assert_eq!(period(&[1, 2, 3, 1, 2, 3, 1, 2]), Some(3));
        assert_eq!(period(&[5, 5, 5, 5]), None);
        assert_eq!(period(&[1, 2, 3, 4, 5, 6]), None);
        assert_eq!(
            [
                in_strides(6, 4),
                in_strides(5, 8),
                in_strides(8, 4),
                in_strides(1, 4)
            ],
            [3, 5, 2, 1]
        );
    }
}
