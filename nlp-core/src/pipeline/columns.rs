//! Columns that hold a figure for each token of a batch, one document after the other.

/// The next `len` entries of a column, which is left with those after them.
pub(super) fn next<'c, T>(column: &mut &'c [T], len: usize) -> &'c [T] {
    let (these, rest) = column.split_at(len);
    *column = rest;
    these
}
