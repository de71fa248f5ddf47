//! Where the debug information of a file is: in itself, or in a file of its own, as distributions ship it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use object::read::elf::ElfFile64;
use object::{Object, ObjectSegment, ReadCache, SegmentFlags, elf};

use crate::files;

/// Where distributions put what they strip.
pub(super) const ROOT: &str = "/usr/lib/debug";

type Elf<'cache> = ElfFile64<'cache, object::Endianness, &'cache ReadCache<File>>;

/// What the head of an ELF file says, without reading what it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct About {
    /// The addresses of its code.
    pub code: Vec<(u64, u64)>,
    /// Where its code is in the file: from which byte on, how many, and at which address they are loaded.
    pub loaded: Vec<(u64, u64, u64)>,
    pub has_debug_information: bool,
    pub build_id: Vec<u8>,
    /// The name of the file that was split off, and its checksum.
    link: Option<(Vec<u8>, u32)>,
    /// The file that several debug files share (`dwz`), and its build ID.
    shared: Option<(Vec<u8>, Vec<u8>)>,
}

impl About {
    /// Reads it; `None` where the file is no 64-bit ELF file.
    pub fn read(file: File) -> Option<About> {
        let cache = ReadCache::new(file);
        let elf = Elf::parse(&cache).ok()?;
        let code = elf.segments().filter_map(|segment| match segment.flags() {
            SegmentFlags::Elf { p_flags, .. } if p_flags.contains(elf::PF_X) => {
                let begin = segment.address();
                Some((begin, begin.saturating_add(segment.size())))
            }
            _ => None,
        });
        let loaded = elf.segments().map(|segment| {
            let (begin, size) = segment.file_range();
            (begin, size, segment.address())
        });
        let pair = |(name, id): (&[u8], &[u8])| (name.to_vec(), id.to_vec());
        Some(About {
            code: code.collect(),
            loaded: loaded.collect(),
            has_debug_information: elf.has_debug_symbols(),
            build_id: elf.build_id().ok().flatten().unwrap_or_default().to_vec(),
            link: elf
                .gnu_debuglink()
                .ok()
                .flatten()
                .map(|(name, sum)| (name.to_vec(), sum)),
            shared: elf.gnu_debugaltlink().ok().flatten().map(pair),
        })
    }

    /// The file that holds the debug information of the file at `path`, which has none itself: by its build ID, else by
    /// the name that it gives. What is found must have the same build ID or the checksum that is asked for.
    pub fn debug_file(&self, path: &Path, root: &Path) -> Option<PathBuf> {
        let by_id = by_build_id(&self.build_id, root).filter(|found| self.is_of(found, None));
        by_id.or_else(|| {
            let (name, sum) = self.link.as_ref()?;
            let name = Path::new(OsStr::from_bytes(name));
            let folder = path.parent()?;
            let below_root = folder.strip_prefix("/").unwrap_or(folder);
            let places = [
                folder.join(name),
                folder.join(".debug").join(name),
                root.join(below_root).join(name),
            ];
            places
                .into_iter()
                .find(|found| found != path && self.is_of(found, Some(*sum)))
        })
    }

    /// Whether `found` has the debug information of this file.
    fn is_of(&self, found: &Path, sum: Option<u32>) -> bool {
        let Some(about) = open(found).and_then(About::read) else {
            return false;
        };
        if !self.build_id.is_empty() && !about.build_id.is_empty() {
            return self.build_id == about.build_id;
        }
        sum.is_some_and(|sum| checksum(found).is_ok_and(|found| found == sum))
    }

    /// The file that the debug information at `path`, which this is about, shares with others.
    pub fn shared_file(&self, path: &Path, root: &Path) -> Option<PathBuf> {
        let (name, id) = self.shared.as_ref()?;
        let named = path.parent()?.join(OsStr::from_bytes(name));
        let is_it = |found: &PathBuf| {
            open(found)
                .and_then(About::read)
                .is_some_and(|about| about.build_id == *id)
        };
        Some(named)
            .filter(is_it)
            .or_else(|| by_build_id(id, root).filter(is_it))
    }
}

/// Opens a file whose debug information is wanted: a regular one.
pub(super) fn open(path: &Path) -> Option<File> {
    files::open(path).ok().map(io::Take::into_inner)
}

/// `ROOT/.build-id/ab/cdef.debug`.
fn by_build_id(id: &[u8], root: &Path) -> Option<PathBuf> {
    let (first, rest) = id.split_first()?;
    let rest: String = rest.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(
        root.join(".build-id")
            .join(format!("{first:02x}"))
            .join(format!("{rest}.debug")),
    )
}

/// The checksum that `.gnu_debuglink` holds: CRC-32, as in zip files.
fn checksum(path: &Path) -> io::Result<u32> {
    const TABLE: [u32; 256] = table();
    let mut file = files::open(path)?;
    let mut buffer = vec![0; 64 << 10];
    let mut sum = !0_u32;
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(!sum);
        }
        for byte in &buffer[..count] {
            sum = TABLE[((sum ^ u32::from(*byte)) & 0xff) as usize] ^ (sum >> 8);
        }
    }
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut value = at as u32;
        let mut bit = 0;
        while bit < 8 {
            value = (value >> 1) ^ (0xedb8_8320 & (value & 1).wrapping_neg());
            bit += 1;
        }
        table[at] = value;
        at += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_zip_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nine");
        std::fs::write(&path, "123456789").unwrap();
        assert_eq!(checksum(&path).unwrap(), 0xcbf4_3926);
    }

    #[test]
    fn a_build_id_is_a_folder_and_a_name() {
        let path = by_build_id(&[0xab, 0xcd, 0x0e], Path::new("/r"));
        assert_eq!(path, Some(PathBuf::from("/r/.build-id/ab/cd0e.debug")));
        assert_eq!(by_build_id(&[], Path::new("/r")), None);
    }

    #[test]
    fn what_is_no_elf_file_has_nothing_to_say() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        for text in ["", "no program", "\u{7f}ELF\u{2}\u{1}\u{1}"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(About::read(File::open(&path).unwrap()), None);
        }
        let own = About::read(File::open(std::env::current_exe().unwrap()).unwrap()).unwrap();
        assert!(own.has_debug_information && !own.code.is_empty());
    }
}
