//! Records who allocated what in any program: a library that is preloaded into it, and the layout of what it writes.
//!
//! The crate is compiled twice. As a dependency of the harness it is the [`record`]'s layout and what can be tested by
//! itself, without a hook. With `--cfg interpose` it becomes the library: `harness/build.rs` compiles it so and embeds
//! it in the harness, which is then one file to install.
//!
//! A record is read by its layout:
//!
//! ```
//! use harness_preload::record::{BYTES, MODULES, NODES};
//! // The file is sparse: it has its full size from the start, and takes what is used of it.
//! assert!(MODULES < NODES && NODES < BYTES);
//! ```
#![cfg_attr(interpose, no_std)]
#![deny(missing_docs)]

pub mod record;
