//! Names calls that somebody else wrote down as a file and an address in it.

use super::image::Image;
use super::{Known, NamedFrame, debug_files, identity};
use harness_judge::attribution::stack::Frame;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Most files that are opened.
const MOST_FILES: usize = 4_096;

/// The files that were asked for.
#[derive(Default)]
pub(crate) struct FilesOfCode {
    known: Known,
    by_path: HashMap<PathBuf, Option<usize>>,
    written: Option<SystemTime>,
    /// The build IDs that files have to have.
    build_ids: HashMap<PathBuf, String>,
}

impl FilesOfCode {
    /// What was written down was so at this time: a file of code that was written since is another.
    pub(crate) fn as_of(&mut self, written: Option<SystemTime>) {
        if self.written != written {
            self.by_path.clear();
            self.written = written;
        }
    }

    /// The file at this path had this build ID, in hexadecimal digits: another one has no names for it.
    pub(crate) fn expect(&mut self, path: &Path, build_id: &str) {
        if self
            .build_ids
            .get(path)
            .is_some_and(|known| known == build_id)
            || self.build_ids.len() >= MOST_FILES
        {
            return;
        }
        self.by_path.remove(path);
        self.build_ids.insert(path.to_owned(), build_id.to_owned());
    }

    /// The calls that return to an address of a file, innermost first; none where the file is gone, or knows nothing of it.
    pub(crate) fn calls(&mut self, path: &Path, returns_to: u64) -> Vec<Frame> {
        let Some(file) = self.file(path) else {
            return Vec::new();
        };
        let calls = self.known.call(file, returns_to);
        let is_known = |one: &NamedFrame| one.call.place.function.is_some();
        let calls = calls.iter().map(|one| one.call.clone());
        match self.known.call(file, returns_to).iter().any(is_known) {
            true => calls.collect(),
            false => Vec::new(),
        }
    }

    /// The same of a place in the file, which is loaded at some address.
    pub(crate) fn calls_at_offset(&mut self, path: &Path, offset: u64) -> Vec<Frame> {
        let file = self.file(path);
        let image = file.and_then(|file| self.known.files[file].image.as_ref());
        match image.and_then(|image| image.address_of(offset)) {
            Some(address) => self.calls(path, address),
            None => Vec::new(),
        }
    }

    fn file(&mut self, path: &Path) -> Option<usize> {
        if cfg!(fuzzing) {
            return None;
        }
        if let Some(known) = self.by_path.get(path) {
            return *known;
        }
        if self.by_path.len() >= MOST_FILES {
            return None;
        }
        let is_the_same = identity(path)
            .is_some_and(|(.., changed)| self.written.is_none_or(|written| changed <= written));
        let image = is_the_same
            .then(|| Image::open(path, Path::new(debug_files::ROOT)))
            .flatten()
            .filter(|image| {
                let expected = self.build_ids.get(path);
                expected.is_none_or(|expected| image.has_build_id(expected))
            });
        let number = image.map(|image| {
            self.known.files.push(super::CodeFile {
                path: path.to_string_lossy().into_owned(),
                image: Some(image),
            });
            self.known.files.len() - 1
        });
        self.by_path.insert(path.to_owned(), number);
        number
    }
}
