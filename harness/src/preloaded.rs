//! The library that is preloaded into other programs: embedded here, and written out where it is needed.

use crate::files::{self, Access};
use std::io;
use std::path::{Path, PathBuf};

/// The library's file; empty where it is not made for this machine.
const LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/libharness_preload.so"));

/// Its name in the folder where it is written.
pub(crate) const NAME: &str = "libharness_preload.so";

/// Whether other programs can be looked into on this machine.
pub fn is_supported() -> bool {
    !LIBRARY.is_empty()
}

/// Writes the library into a folder, and says where it is.
///
/// # Errors
///
/// The folder cannot be written.
pub fn write_into(folder: &Path) -> io::Result<PathBuf> {
    let path = folder.join(NAME);
    files::replace(&path, LIBRARY, Access::Shared)
}
