//! What every command runs on: processes that are started, listened to and ended; the terminal, files and progress.

pub mod console;
pub mod environment;
pub mod place;
pub mod process;
pub mod progress;
pub mod protocol;
