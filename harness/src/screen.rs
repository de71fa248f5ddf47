//! How wide the screen is.

#![allow(
    clippy::disallowed_methods,
    reason = "standard output is asked how wide it is, and nothing is written to it"
)]

use std::io;

/// Columns of the terminal that standard output is; none where it is a file or a pipe.
pub(crate) fn columns() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}
