//! How wide the screen is.

#![allow(
    clippy::disallowed_methods,
    reason = "standard output is asked how wide it is, and nothing is written to it"
)]

use std::io;
use std::os::fd::AsFd;

/// Columns of the terminal that standard output is; none where it is a file or a pipe.
pub(crate) fn columns() -> Option<usize> {
    columns_of(&io::stdout())
}

/// Columns of the terminal that a stream goes to; none where it is no terminal.
pub(crate) fn columns_of(stream: &impl AsFd) -> Option<usize> {
    let size = terminal_size::terminal_size_of(stream.as_fd());
    size.map(|(width, _)| usize::from(width.0))
}
