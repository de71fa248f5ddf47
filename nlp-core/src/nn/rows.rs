//! The token vectors of a batch, which are there only while they are read.

use std::ops::Range;

use super::Matrix;
use crate::limits::{Budget, OutOfTime};

/// A row a token, all documents of a batch one after the other. A network that reads them from the first to the last, a
/// few at a time, never needs all at once.
pub(crate) trait TokenRows {
    /// How many there are.
    fn count(&self) -> usize;

    /// How many numbers a row has.
    fn width(&self) -> usize;

    /// The rows of the tokens `range`, one after the other.
    ///
    /// # Errors
    /// If the time is up.
    fn rows(&mut self, range: Range<usize>, budget: Budget) -> Result<&[f32], OutOfTime>;
}

impl TokenRows for &Matrix {
    fn count(&self) -> usize {
        Matrix::rows(self)
    }

    fn width(&self) -> usize {
        self.cols()
    }

    fn rows(&mut self, range: Range<usize>, _: Budget) -> Result<&[f32], OutOfTime> {
        Ok(&self.data()[range.start * self.cols()..range.end * self.cols()])
    }
}
