//! What a file holds, wherever it lies: in memory, in the program, or mapped from the disk.

use std::fmt;
use std::ops::Deref;

#[cfg(any(unix, windows))]
use std::fs::File;
#[cfg(any(unix, windows))]
use std::io;

use crate::frozen::{Frozen, Walk};

/// The content of a file, or of a part of one.
pub struct Bytes(Kind);

enum Kind {
    /// It was read.
    Owned(Vec<u8>),
    /// It is part of the program.
    Static(&'static [u8]),
    /// The system fetches what is looked at, keeps one copy for all processes, and takes it back as it likes.
    #[cfg(any(unix, windows))]
    Mapped(memmap2::Mmap),
}

impl Bytes {
    /// Maps `len` bytes of a file from `start` on: nothing is read yet.
    ///
    /// Whoever changes the file while it is mapped changes what is read here, and whoever cuts it short ends this process
    /// when it next looks at what is gone (`SIGBUS`). Writing a new file and renaming it over the old one, as package
    /// managers do, is harmless: the mapping keeps the old one.
    ///
    /// # Errors
    /// Where the system does not map that part of that file.
    #[cfg(any(unix, windows))]
    pub fn map(file: &File, start: u64, len: usize) -> io::Result<Bytes> {
        let mut options = memmap2::MmapOptions::new();
        options.offset(start).len(len);
        // SAFETY: what is mapped is not to be written to, by the documentation of whoever loads a pipeline. Nothing here
        // rests on that for more than the numbers themselves: only tables of numbers are mapped, any bytes are some
        // numbers, and sizes and places are read once, before, and not trusted again. A file that was cut short raises a
        // signal, which reads nothing.
        Ok(Bytes(Kind::Mapped(unsafe { options.map(file)? })))
    }

    /// The bytes that they take from the allocator.
    pub fn heap_bytes(&self) -> usize {
        match &self.0 {
            Kind::Owned(bytes) => bytes.capacity(),
            _ => 0,
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Kind::Owned(bytes) => bytes,
            Kind::Static(bytes) => bytes,
            #[cfg(any(unix, windows))]
            Kind::Mapped(map) => map,
        }
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Bytes {
        Bytes(Kind::Owned(bytes))
    }
}

impl From<&'static [u8]> for Bytes {
    fn from(bytes: &'static [u8]) -> Bytes {
        Bytes(Kind::Static(bytes))
    }
}

impl Frozen for Bytes {
    /// All of them, also those that are mapped and that nobody has looked at yet. On the heap are those that were read.
    fn visit(&self, walk: &mut Walk) {
        walk.holds(self.heap_bytes());
        walk.run(self);
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0 {
            Kind::Owned(_) => "owned",
            Kind::Static(_) => "static",
            #[cfg(any(unix, windows))]
            Kind::Mapped(_) => "mapped",
        };
        write!(f, "Bytes({}, {kind})", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_the_same_wherever_they_lie() {
        let content = b"some bytes of a file";
        let path = std::env::temp_dir().join(format!("nlp-core-bytes-{}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let kinds = [
            Bytes::from(content.to_vec()),
            Bytes::from(&content[..]),
            #[cfg(any(unix, windows))]
            Bytes::map(&file, 0, content.len()).unwrap(),
        ];
        for bytes in &kinds {
            assert_eq!(&**bytes, content);
            let walk = Walk::over(bytes);
            assert_eq!(walk.fingerprint(), Walk::over(&kinds[0]).fingerprint());
        }
        // A part that begins anywhere.
        #[cfg(any(unix, windows))]
        assert_eq!(&*Bytes::map(&file, 5, 5).unwrap(), b"bytes");
        std::fs::remove_file(&path).unwrap();
    }
}
