//! Where a series changes its level at once.
//!
//! I. E. Auger and C. E. Lawrence, "Algorithms for the optimal identification of segment neighborhoods", Bulletin of
//! Mathematical Biology 51 (1989): for every number of segments up to a bound, the cut that leaves the least sum of
//! squares within them, by dynamic programming. It is exact, where binary segmentation is not, and quadratic: give it
//! the medians of blocks, which also makes it robust.

/// The best cut of some values into segments of one level each.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// Where segments begin, but for the first.
    pub at: Vec<usize>,
    /// The sum of squared distances from the segments' means.
    pub residual: f64,
}

/// The best cut into one segment, into two, and so on, up to `most` steps.
pub fn cuts(values: &[f64], most: usize) -> Vec<Cut> {
    let count = values.len();
    let sums = Sums::of(values);
    // costs[k][end]: the least residual of the first `end` values in k + 1 segments; from[k][end]: where the last begins.
    let mut costs = vec![
        (0..=count)
            .map(|end| sums.residual(0, end))
            .collect::<Vec<f64>>(),
    ];
    let mut from: Vec<Vec<usize>> = vec![vec![0; count + 1]];
    for steps in 1..=most.min(count.saturating_sub(1)) {
        let fewer = &costs[steps - 1];
        let mut cost = vec![f64::INFINITY; count + 1];
        let mut begin = vec![0; count + 1];
        for end in 0..=count {
            for (split, fewer) in fewer.iter().enumerate().take(end).skip(steps) {
                let total = fewer + sums.residual(split, end);
                if total < cost[end] {
                    (cost[end], begin[end]) = (total, split);
                }
            }
        }
        costs.push(cost);
        from.push(begin);
    }
    let cut = |steps: usize| {
        let mut at = Vec::with_capacity(steps);
        let mut end = count;
        for steps in (1..=steps).rev() {
            end = from[steps][end];
            at.push(end);
        }
        at.reverse();
        Cut {
            at,
            residual: costs[steps][count],
        }
    };
    (0..costs.len()).map(cut).collect()
}

impl Cut {
    /// The means of the segments.
    pub fn levels(&self, values: &[f64]) -> Vec<f64> {
        let begins = std::iter::once(0).chain(self.at.iter().copied());
        let ends = self.at.iter().copied().chain([values.len()]);
        let mean = |(begin, end): (usize, usize)| {
            values[begin..end].iter().sum::<f64>() / (end - begin).max(1) as f64
        };
        begins.zip(ends).map(mean).collect()
    }
}

/// Running sums, by which a segment's residual costs nothing.
struct Sums {
    of: Vec<f64>,
    squares: Vec<f64>,
}

impl Sums {
    fn of(values: &[f64]) -> Sums {
        // From the mean: the squares of large numbers would swallow their differences.
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let (mut of, mut squares) = (vec![0.0], vec![0.0]);
        let (mut sum, mut square) = (0.0, 0.0);
        for value in values {
            sum += value - mean;
            square += (value - mean).powi(2);
            of.push(sum);
            squares.push(square);
        }
        Sums { of, squares }
    }

    fn residual(&self, begin: usize, end: usize) -> f64 {
        let sum = self.of[end] - self.of[begin];
        let square = self.squares[end] - self.squares[begin];
        (square - sum * sum / (end - begin).max(1) as f64).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_found_where_they_are() {
        let values: Vec<f64> = (0..40)
            .map(|x| {
                if x < 7 {
                    1.0
                } else if x < 30 {
                    5.0
                } else {
                    4.0
                }
            })
            .collect();
        let cuts = cuts(&values, 3);
        assert_eq!(cuts[2].at, [7, 30]);
        assert!(cuts[2].residual < 1e-12 && cuts[1].residual > 1.0);
        assert_eq!(cuts[2].levels(&values), [1.0, 5.0, 4.0]);
    }

    #[test]
    fn a_step_of_one_byte_is_found_in_a_terabyte() {
        let values: Vec<f64> = (0..40)
            .map(|x| 1e12 + f64::from(u8::from(x >= 20)))
            .collect();
        let cuts = cuts(&values, 1);
        assert_eq!(cuts[1].at, [20]);
        assert!(cuts[1].residual < 1e-6 && (cuts[0].residual - 10.0).abs() < 1e-6);
    }

    #[test]
    fn of_equal_cuts_the_earliest_is_taken() {
        assert_eq!(cuts(&[1.0; 4], 2)[2].at, [1, 2]);
    }

    #[test]
    fn each_further_step_leaves_no_more_than_the_one_before() {
        let values: Vec<f64> = (0..30).map(|x| f64::from(x * x % 17)).collect();
        let cuts = cuts(&values, 5);
        assert_eq!(cuts.len(), 6);
        assert!(
            cuts.windows(2)
                .all(|pair| pair[1].residual <= pair[0].residual)
        );
    }

    #[test]
    fn as_many_steps_as_values_allow_and_no_more() {
        assert_eq!(cuts(&[1.0, 2.0], 5).len(), 2);
        assert_eq!(cuts(&[], 5).len(), 1);
    }
}
