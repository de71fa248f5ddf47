//! From the rows of a sequence to one: how documents and spans are pooled (`reduce_*` in `thinc/layers`).

use super::tree::Tree;
use crate::frozen::frozen;

/// What becomes of the rows of a sequence. Of one without rows, zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Reduction {
    First,
    Last,
    /// The largest of each column.
    Max,
    Mean,
    Sum,
}

frozen!(hash Reduction);

impl Reduction {
    /// The reduction by the name of its layer, without a version.
    pub fn from_name(name: &str) -> Option<Reduction> {
        use Reduction::*;
        let all = [First, Last, Max, Mean, Sum].into_iter();
        all.into_iter().find(|reduction| reduction.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Reduction::First => "reduce_first",
            Reduction::Last => "reduce_last",
            Reduction::Max => "reduce_max",
            Reduction::Mean => "reduce_mean",
            Reduction::Sum => "reduce_sum",
        }
    }

    /// The layer.
    pub fn tree(self) -> Tree {
        Tree::leaf(self.name())
    }

    /// Writes over `out` what becomes of `rows`, which are each as wide as `out`.
    pub fn reduce(self, rows: &[f32], out: &mut [f32]) {
        out.fill(0.0);
        if out.is_empty() || rows.is_empty() {
            return;
        }
        let width = out.len();
        match self {
            Reduction::First => out.copy_from_slice(&rows[..width]),
            Reduction::Last => out.copy_from_slice(&rows[rows.len() - width..]),
            Reduction::Max => {
                out.copy_from_slice(&rows[..width]);
                for row in rows.chunks_exact(width).skip(1) {
                    for (most, &x) in out.iter_mut().zip(row) {
                        *most = if x > *most { x } else { *most };
                    }
                }
            }
            Reduction::Mean => add_rows(rows, (1.0 / (rows.len() / width) as f64) as f32, out),
            Reduction::Sum => add_rows(rows, 1.0, out),
        }
    }
}

/// Adds each row, times `scale`, to `out`.
fn add_rows(rows: &[f32], scale: f32, out: &mut [f32]) {
    for row in rows.chunks_exact(out.len()) {
        for (sum, x) in out.iter_mut().zip(row) {
            *sum += x * scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_reduced_column_by_column_and_no_rows_are_zeros() {
        let rows = [1.0, -4.0, 3.0, -2.0, 2.0, -9.0];
        for (name, expected) in [
            ("reduce_first", [1.0, -4.0]),
            ("reduce_last", [2.0, -9.0]),
            ("reduce_max", [3.0, -2.0]),
            ("reduce_mean", [2.0, -5.0]),
            ("reduce_sum", [6.0, -15.0]),
        ] {
            let reduction = Reduction::from_name(name).unwrap();
            let mut out = [7.0; 2];
            reduction.reduce(&rows, &mut out);
            assert!((out[0] - expected[0]).abs() < 1e-6 && (out[1] - expected[1]).abs() < 1e-6);
            reduction.reduce(&[], &mut out);
            assert_eq!(out, [0.0; 2], "{name}");
        }
        assert_eq!(Reduction::from_name("reduce"), None);
    }
}
