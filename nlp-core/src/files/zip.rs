//! Zip archives, which wheels are: a directory at the end, and members that are stored as they are or deflated
//! (PKWARE's APPNOTE.TXT, with Zip64).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::member::{check_claim, name, read_exactly, unpacking};
use super::{LARGEST_FILE, too_large};
use crate::error::{Error, FormatError};

/// The most bytes that an archive's directory may take: that of a million members.
const LARGEST_DIRECTORY: u64 = 64 << 20;
/// The fixed part of the record that ends an archive, of a member's entry, and of the header before a member's data.
const END: usize = 22;
const ENTRY: usize = 46;
const HEADER: usize = 30;
/// The most bytes of comment that may follow the last record.
const LONGEST_COMMENT: u64 = u16::MAX as u64;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// The flag of a member that is encrypted.
const ENCRYPTED: u16 = 1;
/// What stands in 32 bits where the number is in the Zip64 field.
const ELSEWHERE: u64 = u32::MAX as u64;

/// A zip archive, whose directory was read.
pub(super) struct Zip<R> {
    reader: RefCell<R>,
    path: PathBuf,
    members: BTreeMap<String, Member>,
    /// Where the directory of members starts: their data end before.
    directory: u64,
}

/// What the directory says of a member.
struct Member {
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    unpacked: u64,
    /// Whether it is a symbolic link, whose content is where it leads.
    link: bool,
    /// Where its header starts.
    header: u64,
    /// Its name, as it is written.
    raw: Vec<u8>,
}

impl<R: Read + Seek> Zip<R> {
    /// Reads the archive's directory; `path` is what to call it.
    pub fn open(mut reader: R, path: &Path) -> Result<Zip<R>, Error> {
        let fault = |reason: String| FormatError::new(reason).in_file(path);
        let cut =
            || fault("is cut short, or no zip archive: its directory is not at its end".into());
        let length = reader
            .seek(SeekFrom::End(0))
            .map_err(|e| unpacking(e, path))?;
        let tail_len = length.min(END as u64 + LONGEST_COMMENT);
        let tail = read_at(&mut reader, length - tail_len, tail_len, path)?;
        let end = (0..tail.len().saturating_sub(END - 1))
            .rev()
            .find(|&at| tail[at..].starts_with(b"PK\x05\x06"))
            .ok_or_else(cut)?;
        let record = &tail[end..];
        let end = length - tail_len + end as u64;
        let mut count = u64::from(u16_at(record, 10));
        let mut size = u64::from(u32_at(record, 12));
        let mut start = u64::from(u32_at(record, 16));
        // Where the directory ends: at this record, or at the longer one that goes before it.
        let mut directory_end = end;
        if count == u64::from(u16::MAX) || size == ELSEWHERE || start == ELSEWHERE {
            let locator = match end.checked_sub(20) {
                Some(at) => read_at(&mut reader, at, 20, path)?,
                None => Vec::new(),
            };
            if locator.starts_with(b"PK\x06\x07") {
                let at = u64_at(&locator, 8);
                if at.checked_add(56).is_none_or(|after| after > end) {
                    return Err(cut());
                }
                let record = read_at(&mut reader, at, 56, path)?;
                if !record.starts_with(b"PK\x06\x06") {
                    return Err(cut());
                }
                count = u64_at(&record, 32);
                size = u64_at(&record, 40);
                start = u64_at(&record, 48);
                directory_end = at;
            }
        }
        if start.checked_add(size) != Some(directory_end) {
            return Err(fault(format!(
                "is damaged: its directory of {size} bytes at byte {start} does not end at byte {directory_end}"
            )));
        }
        if size > LARGEST_DIRECTORY {
            return Err(fault(format!(
                "has a directory of {size} bytes: no pipeline has so many files"
            )));
        }
        let bytes = read_at(&mut reader, start, size, path)?;
        let members = members(&bytes, count).map_err(|e| e.in_file(path))?;
        Ok(Zip {
            reader: RefCell::new(reader),
            path: path.to_path_buf(),
            members,
            directory: start,
        })
    }

    /// The names of all members that are files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    /// Whether there is a member called `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// The content of the member called `name`; `None` if there is none.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let Some(member) = self.members.get(name) else {
            return Ok(None);
        };
        let path = self.path.join(name);
        let fault = |reason: String| FormatError::new(reason).in_file(&path);
        if member.flags & ENCRYPTED != 0 {
            return Err(fault("is encrypted: pack it without a password".into()));
        }
        if member.link {
            return Err(fault("is a symbolic link: pack the file itself".into()));
        }
        if member.unpacked > LARGEST_FILE {
            return Err(too_large(&path));
        }
        check_claim(member.unpacked, member.packed).map_err(|e| e.in_file(&path))?;
        // Few files pack to less than a quarter.
        let room = member.packed.saturating_mul(4);
        let mut reader = self.reader.borrow_mut();
        let start = self.data(member, &mut *reader, &path)?;
        reader
            .seek(SeekFrom::Start(start))
            .map_err(|e| unpacking(e, &path))?;
        let packed = (&mut *reader).take(member.packed);
        let bytes = match member.method {
            STORED if member.packed == member.unpacked => {
                read_exactly(packed, member.unpacked, room, &path)?
            }
            STORED => {
                let (packed, unpacked) = (member.packed, member.unpacked);
                return Err(fault(format!(
                    "is stored, and has {packed} bytes and {unpacked}"
                )));
            }
            DEFLATED => {
                let packed = DeflateDecoder::new(BufReader::with_capacity(1 << 16, packed));
                read_exactly(packed, member.unpacked, room, &path)?
            }
            other => {
                return Err(fault(format!(
                    "is packed by method {other}, which is not read: pack it by deflate"
                )));
            }
        };
        let mut crc = Crc::new();
        crc.update(&bytes);
        if crc.sum() != member.crc {
            return Err(fault(
                "is damaged: its checksum is not the one that it claims".into(),
            ));
        }
        Ok(Some(bytes))
    }

    /// Where the data of `member` start, whose header must say the same as the directory.
    fn data(&self, member: &Member, reader: &mut R, path: &Path) -> Result<u64, Error> {
        let fault = |reason: &str| FormatError::new(reason).in_file(path);
        let inside = |from: u64, bytes: u64| {
            let end = from.checked_add(bytes)?;
            (end <= self.directory).then_some(end)
        };
        let outside = || fault("lies outside of the archive's data: it was cut short or changed");
        let after = inside(member.header, HEADER as u64).ok_or_else(outside)?;
        let header = read_at(reader, member.header, HEADER as u64, path)?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(fault("has no header where the archive's directory says"));
        }
        let name_len = u64::from(u16_at(&header, 26));
        let extra_len = u64::from(u16_at(&header, 28));
        let start = inside(after, name_len + extra_len).ok_or_else(outside)?;
        inside(start, member.packed).ok_or_else(outside)?;
        if read_at(reader, after, name_len, path)? != member.raw {
            return Err(fault(
                "has another name in its header than in the archive's directory",
            ));
        }
        Ok(start)
    }
}

/// The members that a directory lists, files alone.
fn members(mut bytes: &[u8], count: u64) -> Result<BTreeMap<String, Member>, FormatError> {
    let mut members = BTreeMap::new();
    let mut seen = 0u64;
    while !bytes.is_empty() {
        let cut = || FormatError::new(format!("its directory breaks off in entry {seen}"));
        if bytes.len() < ENTRY || !bytes.starts_with(b"PK\x01\x02") {
            return Err(cut());
        }
        let entry = bytes;
        let lens = [28, 30, 32].map(|at| usize::from(u16_at(entry, at)));
        let length = ENTRY + lens.iter().sum::<usize>();
        bytes = entry.get(length..).ok_or_else(cut)?;
        let raw = &entry[ENTRY..ENTRY + lens[0]];
        let extra = &entry[ENTRY + lens[0]..ENTRY + lens[0] + lens[1]];
        let mut numbers = [24, 20, 42].map(|at| u64::from(u32_at(entry, at)));
        wide(extra, &mut numbers)
            .ok_or_else(|| FormatError::new(format!("its directory is damaged in entry {seen}")))?;
        let [unpacked, packed, header] = numbers;
        seen += 1;
        let is_directory = raw.ends_with(b"/");
        let Some(name) = name(raw)? else {
            continue;
        };
        if is_directory {
            continue;
        }
        match members.entry(name) {
            Place::Vacant(place) => place.insert(Member {
                flags: u16_at(entry, 8),
                method: u16_at(entry, 10),
                crc: u32_at(entry, 16),
                packed,
                unpacked,
                // The high half is the mode that Unix has for it.
                link: u16_at(entry, 40) & 0o170_000 == 0o120_000,
                header,
                raw: raw.to_vec(),
            }),
            Place::Occupied(place) => {
                let name = place.key();
                return Err(FormatError::new(format!("has two members called {name:?}")));
            }
        };
    }
    match seen == count {
        true => Ok(members),
        false => Err(FormatError::new(format!(
            "its directory lists {seen} members, and claims {count}"
        ))),
    }
}

/// Puts the 64 bits that a Zip64 field has in the places of those of `numbers` that stand elsewhere, in the order of
/// the field.
fn wide(mut extra: &[u8], numbers: &mut [u64; 3]) -> Option<()> {
    while extra.len() >= 4 {
        let (id, length) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
        let mut field = extra.get(4..4 + length)?;
        extra = &extra[4 + length..];
        if id == 1 {
            for number in numbers.iter_mut().filter(|number| **number == ELSEWHERE) {
                *number = u64_at(field.get(..8)?, 0);
                field = &field[8..];
            }
        }
    }
    Some(())
}

fn read_at(
    reader: &mut (impl Read + Seek),
    at: u64,
    length: u64,
    path: &Path,
) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; length as usize];
    reader
        .seek(SeekFrom::Start(at))
        .and_then(|_| reader.read_exact(&mut bytes))
        .map_err(|e| unpacking(e, path))?;
    Ok(bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
