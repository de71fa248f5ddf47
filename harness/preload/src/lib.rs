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

pub mod cfi;
pub mod python;
pub mod record;
pub mod rule;

#[cfg(interpose)]
mod addresses;
#[cfg(interpose)]
mod allocator;
#[cfg(interpose)]
mod blocks;
#[cfg(interpose)]
mod bounds;
#[cfg(any(interpose, test))]
mod bytes;
#[cfg(interpose)]
mod caller;
#[cfg(interpose)]
mod check;
#[cfg(interpose)]
mod children;
#[cfg(interpose)]
mod control_block;
#[cfg(interpose)]
mod definers;
#[cfg(interpose)]
mod descriptor;
#[cfg(interpose)]
mod failing;
#[cfg(interpose)]
mod glibc;
#[cfg(interpose)]
mod hooks;
#[cfg(interpose)]
mod host;
#[cfg(interpose)]
mod leaving;
#[cfg(interpose)]
mod ledger;
#[cfg(interpose)]
mod lock;
#[cfg(interpose)]
mod mapped;
#[cfg(interpose)]
mod module;
#[cfg(interpose)]
mod modules;
#[cfg(interpose)]
mod next;
#[cfg(interpose)]
mod own_record;
#[cfg(interpose)]
mod reserves;
#[cfg(interpose)]
mod rules;
#[cfg(interpose)]
mod scan;
#[cfg(interpose)]
mod snapshot;
#[cfg(interpose)]
mod stacks;
#[cfg(interpose)]
mod step;
#[cfg(interpose)]
mod symbols;
#[cfg(interpose)]
mod sys;
#[cfg(interpose)]
mod tally;
#[cfg(interpose)]
mod thread;
#[cfg(interpose)]
mod unseen;
#[cfg(interpose)]
mod valgrind;
#[cfg(interpose)]
mod walk;

/// Held while a rule, a stack or a module is met for the first time.
#[cfg(interpose)]
static COLD: lock::Lock = lock::Lock::new();

/// A mistake in this library must not look like one of the program's: say so, and end it as `abort` would.
#[cfg(interpose)]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    if scan::is_copy() || python::is_copy() {
        sys::end(134);
    }
    sys::write(
        2,
        b"harness: the recording library failed; the program ends\n",
    );
    sys::end(134)
}
