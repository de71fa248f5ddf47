//! Finds modules of a crate that use each other in a circle, so that a test can keep a crate free of them.
//!
//! A crate without circles can be read from the bottom up, and each module can be moved or tested with nothing but what
//! lies below it.
//!
//! # What counts
//! Modules are compared with their siblings, at every level of the tree. What `a::x` uses of `b::y` is an edge from `a` to
//! `b` at the level where the two part; it says nothing below that.
//!
//! - A path counts wherever it stands in code: in a `use`, or inline. It leads to the module that *defines* the item:
//!   re-exports on the way are followed, those with a `*` too.
//! - A module with children is also a node among them, named `self`, for what its own file holds: a child that uses what
//!   is defined there has an edge to it, and it has one to each child that its code names. Circles that lead through it
//!   are [marked](Circle::through_own_file): they are easily made where a folder's own file defines what its children
//!   build on and ties them together too, and undone by giving the one or the other a file of its own.
//! - A bare re-export (`pub use child::Item;`, with no other mention of `Item` in the file) is no use.
//! - Tests do not count: items behind `#[cfg(test)]`, and modules named `tests`, `testing` or `*_tests`.
//!
//! This reads the text of the sources and not what the compiler makes of them: what only a macro writes, or only a method
//! call reaches, is not seen.
#![deny(missing_docs)]

mod circles;
mod lexer;
mod modules;
mod paths;

pub use circles::{Circle, Edge};

use std::io;
use std::path::Path;

/// The circles of the crate whose sources lie in `src`, `lib.rs` and `main.rs` each with the modules it names. After each
/// circle that is found its edges are taken away, so that no two have an edge in common, and without those that are
/// listed there is none.
///
/// # Errors
/// If a file cannot be read, or `src` has neither `lib.rs` nor `main.rs`.
pub fn circles(src: &Path) -> io::Result<Vec<Circle>> {
    let mut found = Vec::new();
    let mut roots = 0;
    for root in ["lib.rs", "main.rs"] {
        if src.join(root).exists() {
            roots += 1;
            let tree = modules::Tree::read(src, root)?;
            found.extend(circles::find(&tree));
        }
    }
    match roots {
        0 => Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!("{} has neither lib.rs nor main.rs", src.display()),
        )),
        _ => Ok(found),
    }
}
