//! A confusion matrix: what was planted against what was found.

use serde::{Deserialize, Serialize};

/// Rows are what is true, columns what was found, both named alike and in the same order; those that never came up are
/// left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Matrix {
    /// The names of the rows and of the columns.
    pub names: Vec<String>,
    /// How often each came up, row by row.
    pub counts: Vec<Vec<u32>>,
}

/// The column of cases that came to no result.
pub const NO_RESULT: &str = "no result";

impl Matrix {
    /// Counts pairs of a truth and a finding. `order` has every name that there can be.
    pub fn count<'n>(
        order: &[&'n str],
        pairs: impl Iterator<Item = (&'n str, Option<&'n str>)>,
    ) -> Matrix {
        let pairs: Vec<(&str, &str)> = pairs
            .map(|(truth, found)| (truth, found.unwrap_or(NO_RESULT)))
            .collect();
        let came_up = |name: &&str| pairs.iter().any(|(a, b)| a == name || b == name);
        let all = order.iter().copied().chain([NO_RESULT]);
        let names: Vec<&str> = all.filter(came_up).collect();
        let how_often = |truth: &str, found: &str| {
            let same = pairs.iter().filter(|(a, b)| *a == truth && *b == found);
            u32::try_from(same.count()).unwrap_or(u32::MAX)
        };
        let row = |truth: &&str| names.iter().map(|found| how_often(truth, found)).collect();
        Matrix {
            counts: names.iter().map(row).collect(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// How many were found to be what they are, and how many there are.
    pub fn right_of_all(&self) -> (u32, u32) {
        let diagonal = self.counts.iter().enumerate().map(|(at, row)| row[at]);
        (diagonal.sum(), self.counts.iter().flatten().sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_right_is_on_the_diagonal_and_what_never_came_up_is_left_out() {
        let pairs = [
            ("flat", Some("flat")),
            ("flat", Some("growing")),
            ("growing", Some("growing")),
            ("growing", None),
        ];
        let matrix = Matrix::count(&["flat", "one_off", "growing"], pairs.into_iter());
        assert_eq!(matrix.names, ["flat", "growing", NO_RESULT]);
        assert_eq!(matrix.counts, [[1, 1, 0], [0, 1, 1], [0, 0, 0]]);
        assert_eq!(matrix.right_of_all(), (2, 4));
    }
}
