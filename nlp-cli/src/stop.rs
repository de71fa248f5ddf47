//! How commands end that do not come to their own end.

use std::io;

/// Why a command stopped before its end.
pub enum Stop {
    /// A usage error, or a pipeline or file that cannot be read: a sentence for the user.
    Failed(String),
    /// Standard output could not be written.
    Output(io::Error),
}
