//! The service, through the real program and real sockets.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests write where they like"
)]
#![cfg(feature = "serve")]

mod answers;
mod client;
mod ends;
mod faults;
mod figures;
mod library;
mod server;
mod strangers;
