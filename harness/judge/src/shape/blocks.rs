//! Thins a long series to the medians of equal blocks.
//!
//! The robust methods look at every pair of points. The medians of a few hundred blocks hold the same trend, cost
//! a thousandth, and shrug off bursts; they are also less dependent on each other than neighbouring samples are.

/// A series as the medians of its blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocks {
    /// The medians, in order.
    pub medians: Vec<f64>,
    /// Values in a block.
    pub width: usize,
    /// How many values at the beginning do not fill a block and were left out.
    pub skipped: usize,
}

impl Blocks {
    /// Cuts `values` into as many blocks of equal width as they fill, at most `count`.
    pub fn of(values: &[f64], count: usize) -> Blocks {
        let width = values.len().div_ceil(count.max(1)).max(1);
        let skipped = values.len() % width;
        let medians = values[skipped..]
            .chunks_exact(width)
            .map(|block| median(&mut block.to_vec()))
            .collect();
        Blocks {
            medians,
            width,
            skipped,
        }
    }
}

/// The median; the mean of the middle two where their number is even. 0 for none.
pub fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    let even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if even {
        let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (lower + upper) / 2.0
    } else {
        upper
    }
}

/// What a series usually moves by from one value to the next.
pub fn usual_move(values: &[f64]) -> f64 {
    let moves = values.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    median(&mut moves.collect::<Vec<f64>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(&mut [9.0, 1.0, 3.0]), 3.0);
        assert_eq!(median(&mut []), 0.0);
    }

    #[test]
    fn blocks_are_as_wide_as_they_must_be_and_end_at_the_last_value() {
        let values: Vec<f64> = (0..103).map(f64::from).collect();
        let blocks = Blocks::of(&values, 10);
        assert_eq!((blocks.width, blocks.skipped), (11, 4));
        assert_eq!(blocks.medians.len(), 9);
        assert_eq!(blocks.medians[8], 97.0);
        let all = Blocks::of(&values, 1000);
        assert_eq!((all.width, all.medians.len()), (1, 103));
    }

    #[test]
    fn a_burst_shorter_than_half_a_block_leaves_no_trace() {
        let mut values = vec![5.0; 100];
        values[42..46].fill(1e9);
        assert_eq!(Blocks::of(&values, 10).medians, [5.0; 10]);
    }
}
