//! The user's sources, as far as they are at hand.

use std::path::Path;

/// The user's sources, as far as they are at hand: what is found among them is the user's own code.
pub trait Sources {
    /// The file that a tool's path, which may be cut short, means.
    fn find(&self, path: &str) -> Option<&Path>;
    /// Whether there are none.
    fn is_empty(&self) -> bool;
    /// The file as it is shown: from the root of the sources.
    fn relative<'a>(&self, file: &'a Path) -> &'a Path;
    /// The function that holds a line of a file.
    fn function_at(&self, file: &Path, line: u32) -> Option<String>;
    /// Whether the file's functions wrap an allocator, so that not they answer for memory but their callers.
    fn wraps_allocators(&self, file: &Path) -> bool;
}

/// No sources at hand.
pub struct NoSources;

impl Sources for NoSources {
    fn find(&self, _: &str) -> Option<&Path> {
        None
    }

    fn is_empty(&self) -> bool {
        true
    }

    fn relative<'a>(&self, file: &'a Path) -> &'a Path {
        file
    }

    fn function_at(&self, _: &Path, _: u32) -> Option<String> {
        None
    }

    fn wraps_allocators(&self, _: &Path) -> bool {
        false
    }
}
