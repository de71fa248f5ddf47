//! Marks for `harness record`: a program says that it has done something, and growth is told by that too.
//!
//! ```
//! // After each request. Where nobody records it, nothing happens.
//! harness_marks::mark("request");
//! ```
//!
//! `harness record` gives its command a descriptor, whose number is in the environment; a line that is written to it is a
//! mark. It leads to a file in memory, so that a mark never waits and never fails, takes no memory of the program's own,
//! and costs two calls of the system. Children may set marks too. A program that closes the descriptor sets no more marks,
//! and whatever gets its number is left alone.
//!
//! For C and C++ there is `harness_mark.h` beside this crate, with one function that does the same.

#![deny(missing_docs)]

use std::fs::File;
use std::io::{IoSlice, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{FromRawFd, RawFd};
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

/// Says that something was done: the first line of `text` names it.
pub fn mark(text: &str) {
    static MARKS: OnceLock<Option<Marks>> = OnceLock::new();
    if let Some(marks) = MARKS.get_or_init(Marks::of_environment) {
        marks.set(text);
    }
}

/// Where marks go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Marks {
    descriptor: RawFd,
    /// The number of the file behind it.
    inode: u64,
}

impl Marks {
    fn of_environment() -> Option<Marks> {
        let number = |name| std::env::var(name).ok();
        let descriptor = number("HARNESS_MARK_FD")?.parse().ok()?;
        let inode = number("HARNESS_MARK_INODE")?.parse().ok()?;
        (descriptor >= 0).then_some(Marks { descriptor, inode })
    }

    fn set(self, text: &str) {
        // SAFETY: the descriptor is not negative. It is not closed here, and used only if it still leads to the file that
        // the harness made, whoever closed it and opened another meanwhile.
        let file = ManuallyDrop::new(unsafe { File::from_raw_fd(self.descriptor) });
        let is_it = file.metadata().is_ok_and(|about| about.ino() == self.inode);
        if !is_it {
            return;
        }
        let line = text.lines().next().unwrap_or_default();
        let parts = [IoSlice::new(line.as_bytes()), IoSlice::new(b"\n")];
        // A mark that cannot be set is no trouble of the program's.
        let _ = (&*file).write_vectored(&parts);
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests write where they like")]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::fd::AsRawFd;

    #[test]
    fn a_mark_is_a_line_and_goes_nowhere_but_to_the_file_that_is_meant() {
        let path = std::env::temp_dir().join(format!("harness-marks-{}", std::process::id()));
        let file = File::create_new(&path).unwrap();
        let marks = Marks {
            descriptor: file.as_raw_fd(),
            inode: file.metadata().unwrap().ino(),
        };
        marks.set("request\nand more");
        marks.set("");
        Marks { inode: 1, ..marks }.set("elsewhere");
        Marks {
            descriptor: 1_000_000,
            ..marks
        }
        .set("nowhere");
        let mut text = String::new();
        File::open(&path)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(text, "request\n\n");
    }

    #[test]
    fn without_a_recording_a_mark_is_nothing() {
        mark("request");
    }
}
