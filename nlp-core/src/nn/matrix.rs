//! A row-major matrix of `f32`: one row a token, or one row an output unit.

/// A dense row-major matrix.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matrix {
    rows: usize,
    cols: usize,
    data: Vec<f32>,
}

impl Matrix {
    /// A matrix of zeros with `rows` rows of `cols` columns.
    ///
    /// # Panics
    /// If that is more numbers than can be counted.
    pub fn zeros(rows: usize, cols: usize) -> Self {
        let numbers = rows.checked_mul(cols);
        let numbers = numbers.unwrap_or_else(|| panic!("a {rows} x {cols} matrix is too large"));
        Matrix {
            rows,
            cols,
            data: vec![0.0; numbers],
        }
    }

    /// A matrix over `data`, which holds its rows one after the other.
    ///
    /// # Panics
    /// If `data` does not hold exactly `rows * cols` numbers.
    pub fn from_vec(rows: usize, cols: usize, data: Vec<f32>) -> Self {
        assert_eq!(
            Some(data.len()),
            rows.checked_mul(cols),
            "the numbers of a {rows} x {cols} matrix"
        );
        Matrix { rows, cols, data }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Row `i`.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, i: usize) -> &[f32] {
        assert!(i < self.rows, "row {i} of {}", self.rows);
        &self.data[i * self.cols..][..self.cols]
    }

    /// Row `i`, to change.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row_mut(&mut self, i: usize) -> &mut [f32] {
        assert!(i < self.rows, "row {i} of {}", self.rows);
        &mut self.data[i * self.cols..][..self.cols]
    }

    /// All rows, one after the other.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// All rows, one after the other, without the matrix.
    pub(crate) fn into_vec(self) -> Vec<f32> {
        self.data
    }

    /// The bytes that the numbers take from the allocator.
    pub fn heap_bytes(&self) -> usize {
        self.data.capacity() * size_of::<f32>()
    }

    /// All rows, one after the other, to change.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }
}
