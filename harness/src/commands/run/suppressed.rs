//! What files of suppressions hide of what grows: entries in valgrind's form, by the calls of a stack.

use super::options::RunOptions;
use crate::commands::main::tools::suppressions_of_the_repository;
use crate::engine::console::Failure;
use crate::suppressions::hide;
use harness_judge::counts::{Kept, SiteHistory, Suppressions};
use harness_model::{LeakKind, Linked};
use std::sync::Arc;

/// By which names entries begin: the library sees who calls these, and valgrind the call.
const ALLOCATORS: [&str; 9] = [
    "malloc",
    "calloc",
    "realloc",
    "_Znwm",
    "_Znam",
    "posix_memalign",
    "aligned_alloc",
    "memalign",
    "reallocarray",
];

/// The entries that hold: those of the folder that the run is started in, and those that were asked for.
///
/// # Errors
///
/// A file cannot be read, or valgrind could not read it.
pub(super) fn suppressions(options: &RunOptions) -> Result<Suppressions, Failure> {
    let mut files = suppressions_of_the_repository();
    files.extend(options.suppressions.iter().cloned());
    let read = hide::Suppressions::read(&files).map_err(Failure::WrongUse)?;
    Ok(Suppressions {
        entries: read.without_figures(),
        hides: Some(Arc::new(move |site: &SiteHistory, kept| {
            hides(&read, site, kept)
        })),
    })
}

fn hides(read: &hide::Suppressions, site: &SiteHistory, kept: Kept) -> Option<usize> {
    let kinds: &[LeakKind] = match kept {
        Kept::Lost => &[LeakKind::DefinitelyLost],
        Kept::PossiblyLost => &[LeakKind::PossiblyLost],
        Kept::Held => &[LeakKind::StillReachable, LeakKind::PossiblyLost],
        Kept::Unknown => &[LeakKind::DefinitelyLost, LeakKind::StillReachable],
    };
    let calls: Vec<Linked> = site.stack.iter().map(hide::linked_of).collect();
    ALLOCATORS.iter().find_map(|name| {
        let allocator = Linked {
            symbol: Some((*name).to_owned()),
            object: None,
        };
        let stack: Vec<&Linked> = std::iter::once(&allocator).chain(&calls).collect();
        kinds.iter().find_map(|kind| read.first(*kind, &stack))
    })
}
