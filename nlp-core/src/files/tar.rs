//! Tar archives that gzip packed, which source distributions are: the formats of POSIX (ustar, pax) and of GNU tar, as
//! far as what is packed are files.
//!
//! Such an archive has no directory, and nothing in it can be reached but through all that goes before. So it is unpacked
//! once, and the files are held in memory.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;
use std::io::{self, BufRead, ErrorKind, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;

use super::member::{most_unpacked, name, read_exactly, unpacking};
use super::{LARGEST_FILE, too_large};
use crate::error::{Error, FormatError};

const BLOCK: usize = 512;
/// The most bytes that a long name, or another entry about an entry, may have.
const LONGEST_NOTE: u64 = 1 << 20;

/// What an archive has under a name.
pub(super) enum Member {
    /// A file, and its content.
    File(Vec<u8>),
    /// Something that is no file, in words: `"a symbolic link"`.
    Other(&'static str),
}

/// Unpacks an archive of `packed` bytes; `path` is what to call it.
pub(super) fn unpack(
    reader: impl BufRead,
    packed: u64,
    path: &Path,
) -> Result<BTreeMap<String, Member>, Error> {
    let most = most_unpacked(packed);
    let mut stream = Stream {
        reader: Gunzip::new(reader).take(most.saturating_add(1)),
        most,
        room: packed.saturating_mul(4),
        path,
    };
    let mut members = BTreeMap::new();
    // What entries before a file's say of it.
    let mut note = Note::default();
    while let Some(header) = stream.header()? {
        let kind = header.kind();
        match kind {
            b'x' | b'L' | b'K' | b'g' => {
                let text = stream.note(&header)?;
                match kind {
                    b'x' => note.read_pax(&text).map_err(|e| e.in_file(path))?,
                    b'L' => note.name = Some(until_nul(&text).to_vec()),
                    // What is said of all files: comments, and what nobody needs.
                    b'g' => Note::default()
                        .read_pax(&text)
                        .map_err(|e| e.in_file(path))?,
                    _ => {}
                }
                continue;
            }
            _ => {}
        }
        let Note {
            name: long,
            size,
            sparse,
        } = std::mem::take(&mut note);
        let raw = long.unwrap_or_else(|| header.name());
        let size = match size {
            Some(size) => size,
            None => header.size().map_err(|e| e.in_file(path))?,
        };
        let clean = name(&raw).map_err(|e| e.in_file(path))?;
        let is_directory = kind == b'5' || (matches!(kind, 0 | b'0') && raw.ends_with(b"/"));
        let member_path = match &clean {
            Some(name) => path.join(name),
            None => path.to_path_buf(),
        };
        let member = match kind {
            _ if is_directory => {
                stream.skip(size, &member_path)?;
                continue;
            }
            0 | b'0' | b'7' if !sparse => Member::File(stream.content(size, &member_path)?),
            _ => {
                // Links and devices have no content, whatever their size says.
                let size = if matches!(kind, b'1'..=b'6') { 0 } else { size };
                stream.skip(size, &member_path)?;
                Member::Other(match kind {
                    b'1' => "a hard link",
                    b'2' => "a symbolic link",
                    b'3' | b'4' => "a device",
                    b'6' => "a pipe",
                    0 | b'0' | b'7' | b'S' => "a sparse file",
                    _ => "of a kind that is not known",
                })
            }
        };
        let Some(name) = clean else { continue };
        match members.entry(name) {
            Place::Vacant(place) => place.insert(member),
            Place::Occupied(place) => {
                let reason = format!("has two members called {:?}", place.key());
                return Err(FormatError::new(reason).in_file(path));
            }
        };
    }
    stream.finish()?;
    Ok(members)
}

/// The stream of blocks.
struct Stream<'a, R> {
    reader: io::Take<R>,
    /// The most bytes that may come out.
    most: u64,
    /// The most bytes to make room for before they are there.
    room: u64,
    /// What the archive is called.
    path: &'a Path,
}

impl<R: Read> Stream<'_, R> {
    /// The next header; `None` at the end.
    fn header(&mut self) -> Result<Option<Header>, Error> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            match self.reader.read(&mut block[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(unpacking(e, self.path)),
            }
        }
        self.check_size()?;
        match filled {
            // Some programs leave out the blocks of zeros that end an archive.
            0 => return Ok(None),
            BLOCK => {}
            _ => return Err(unpacking(ErrorKind::UnexpectedEof.into(), self.path)),
        }
        if block == [0; BLOCK] {
            return Ok(None);
        }
        let header = Header(block);
        match header.is_sound() {
            true => Ok(Some(header)),
            false => {
                let reason = "is no tar archive, or is damaged: the checksum of a header is wrong";
                Err(FormatError::new(reason).in_file(self.path))
            }
        }
    }

    fn content(&mut self, size: u64, path: &Path) -> Result<Vec<u8>, Error> {
        if size > LARGEST_FILE {
            return Err(too_large(path));
        }
        if size >= self.reader.limit() {
            return Err(self.too_much());
        }
        let content = read_exactly(self.reader.by_ref().take(size), size, self.room, path);
        self.check_size()?;
        let content = content?;
        self.skip_padding(size, path)?;
        Ok(content)
    }

    fn note(&mut self, header: &Header) -> Result<Vec<u8>, Error> {
        let size = header.size().map_err(|e| e.in_file(self.path))?;
        if size > LONGEST_NOTE {
            let reason = format!("has a name or a note of {size} bytes: no file has such a name");
            return Err(FormatError::new(reason).in_file(self.path));
        }
        self.content(size, self.path)
    }

    fn skip(&mut self, size: u64, path: &Path) -> Result<(), Error> {
        let skipped = io::copy(&mut self.reader.by_ref().take(size), &mut io::sink());
        self.check_size()?;
        match skipped.map_err(|e| unpacking(e, path))? == size {
            true => self.skip_padding(size, path),
            false => Err(unpacking(ErrorKind::UnexpectedEof.into(), path)),
        }
    }

    fn skip_padding(&mut self, size: u64, path: &Path) -> Result<(), Error> {
        let mut padding = [0; BLOCK];
        let rest = size.next_multiple_of(BLOCK as u64) - size;
        let read = self.reader.read_exact(&mut padding[..rest as usize]);
        self.check_size()?;
        read.map_err(|e| unpacking(e, path))
    }

    /// Reads what is behind the last member, for gzip's own checksum.
    fn finish(&mut self) -> Result<(), Error> {
        let rest = io::copy(&mut self.reader, &mut io::sink());
        rest.map_err(|e| unpacking(e, self.path))?;
        self.check_size()
    }

    fn check_size(&self) -> Result<(), Error> {
        if self.reader.limit() > 0 {
            return Ok(());
        }
        Err(self.too_much())
    }

    fn too_much(&self) -> Error {
        let reason = format!(
            "unpacks to more than {} bytes, which no pipeline does",
            self.most
        );
        FormatError::new(reason).in_file(self.path)
    }
}

/// The block that goes before a member's content.
struct Header([u8; BLOCK]);

impl Header {
    /// Whether the checksum is right: the sum of all bytes, its own being spaces.
    fn is_sound(&self) -> bool {
        let sum = |bytes: &[u8]| bytes.iter().map(|&byte| u64::from(byte)).sum::<u64>();
        let expected = sum(&self.0) - sum(&self.0[148..156]) + 8 * u64::from(b' ');
        octal(&self.0[148..156]) == Some(expected)
    }

    fn kind(&self) -> u8 {
        self.0[156]
    }

    /// The size of the content.
    fn size(&self) -> Result<u64, FormatError> {
        let field = &self.0[124..136];
        let size = match field[0] {
            // GNU tar's way to write what takes more digits than there are: a number of 11 bytes, the highest first.
            0x80 if field[1..4] == [0; 3] => {
                let mut bytes = [0; 8];
                bytes.copy_from_slice(&field[4..]);
                Some(u64::from_be_bytes(bytes))
            }
            _ => octal(field),
        };
        size.filter(|size| *size < 1 << 60)
            .ok_or_else(|| FormatError::new("has a member whose size is no number"))
    }

    fn name(&self) -> Vec<u8> {
        let name = until_nul(&self.0[..100]);
        let prefix = until_nul(&self.0[345..500]);
        // GNU's own format has other things there.
        match &self.0[257..263] == b"ustar\0" && !prefix.is_empty() {
            true => [prefix, b"/", name].concat(),
            false => name.to_vec(),
        }
    }
}

/// What one entry says about the next.
#[derive(Default)]
struct Note {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

impl Note {
    /// Reads records of the form `"30 mtime=1321711775.123456789\n"`.
    fn read_pax(&mut self, mut text: &[u8]) -> Result<(), FormatError> {
        let fault = || FormatError::new("has a pax header that is damaged");
        while !text.is_empty() {
            let space = text
                .iter()
                .position(|&byte| byte == b' ')
                .ok_or_else(fault)?;
            let length = decimal(&text[..space]).ok_or_else(fault)?;
            let record = usize::try_from(length)
                .ok()
                .and_then(|length| text.get(space + 1..length))
                .and_then(|record| record.strip_suffix(b"\n"))
                .ok_or_else(fault)?;
            text = &text[length as usize..];
            let equals = record
                .iter()
                .position(|&byte| byte == b'=')
                .ok_or_else(fault)?;
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            match key {
                b"path" => self.name = Some(value.to_vec()),
                b"size" => self.size = Some(decimal(value).ok_or_else(fault)?),
                _ if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {}
            }
        }
        Ok(())
    }
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// A number of octal digits, with spaces or zeros around it.
fn octal(field: &[u8]) -> Option<u64> {
    let digits = until_nul(field).trim_ascii();
    digits.iter().try_fold(0u64, |number, digit| match digit {
        b'0'..=b'7' => number.checked_mul(8)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

fn decimal(digits: &[u8]) -> Option<u64> {
    // Signs are no digits.
    let digits = digits.iter().all(u8::is_ascii_digit).then_some(digits)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// What gzip packed: one stream, or several one after the other, as programs write that pack in parallel.
enum Gunzip<R> {
    Inside(GzDecoder<R>),
    Done,
}

impl<R: BufRead> Gunzip<R> {
    fn new(reader: R) -> Gunzip<R> {
        Gunzip::Inside(GzDecoder::new(reader))
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let Gunzip::Inside(decoder) = self else {
                return Ok(0);
            };
            let read = decoder.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            let Gunzip::Inside(decoder) = std::mem::replace(self, Gunzip::Done) else {
                return Ok(0);
            };
            let mut rest = decoder.into_inner();
            // Zeros fill up the blocks of a tape.
            loop {
                let buffer = rest.fill_buf()?;
                let zeros = buffer.iter().take_while(|&&byte| byte == 0).count();
                match buffer.get(zeros) {
                    None if zeros == 0 => return Ok(0),
                    None => rest.consume(zeros),
                    Some(0x1f) => break,
                    Some(_) => {
                        let what = "there are other data behind the end of what gzip packed";
                        return Err(io::Error::new(ErrorKind::InvalidData, what));
                    }
                }
            }
            *self = Gunzip::new(rest);
        }
    }
}
