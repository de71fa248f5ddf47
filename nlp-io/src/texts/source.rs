//! The bytes of a file: unpacked, in UTF-8, without a byte order mark.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::packed::{Content, LONGEST, content_of};
use super::utf16::Utf16;
use super::zstd::Frames;

/// Bytes that are read at a time.
const BUFFER: usize = 1 << 16;
/// The byte order mark of UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// Counts the bytes that were read, for whoever shows how far a reader is.
pub struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R> Counted<R> {
    /// Adds what is read of `inner` to `count`.
    pub fn new(inner: R, count: Arc<AtomicU64>) -> Self {
        Counted { inner, count }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl<R: Seek> Seek for Counted<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = self.inner.seek(to)?;
        self.count.store(place, Ordering::Relaxed);
        Ok(place)
    }
}

/// The bytes of `packed`: out of gzip or zstd, if it is that, and in UTF-8 if a byte order mark says that they are UTF-16. Of
/// UTF-16 that is wrong, bytes are made that are not UTF-8.
///
/// # Errors
/// If the beginning cannot be read.
pub fn decoded(packed: impl Read + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
    let (head, bytes) = peek(packed)?;
    match content_of(&head) {
        Content::Gzip => in_utf8(MultiGzDecoder::new(buffered(bytes))),
        Content::Zstd => in_utf8(Frames::new(buffered(bytes))),
        _ => in_utf8(bytes),
    }
}

/// As [`decoded`], from `offset` bytes on, counted in what that gives. Files that are neither packed nor in UTF-16 are not
/// read up to there.
///
/// # Errors
/// If the file cannot be read, or ends before `offset`.
pub fn open_at(mut file: Counted<File>, offset: u64) -> io::Result<Box<dyn BufRead + Send>> {
    if offset == 0 {
        return decoded(file);
    }
    let mut head = Vec::new();
    (&mut file).take(LONGEST as u64).read_to_end(&mut head)?;
    match content_of(&head) {
        Content::Gzip | Content::Zstd | Content::Utf16 { .. } => {
            file.rewind()?;
            let mut bytes = decoded(file)?;
            let skipped = io::copy(&mut (&mut bytes).take(offset), &mut io::sink())?;
            match skipped == offset {
                true => Ok(bytes),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        _ => {
            let mark = if head.starts_with(MARK) {
                MARK.len() as u64
            } else {
                0
            };
            file.seek(SeekFrom::Start(offset.saturating_add(mark)))?;
            Ok(Box::new(buffered(file)))
        }
    }
}

fn buffered<R: Read>(bytes: R) -> BufReader<R> {
    BufReader::with_capacity(BUFFER, bytes)
}

/// What was looked at, and all bytes.
type Peeked<R> = (Vec<u8>, Chain<Cursor<Vec<u8>>, R>);

/// The first bytes of a reader, and a reader of all of them.
fn peek<R: Read>(mut bytes: R) -> io::Result<Peeked<R>> {
    let mut head = Vec::new();
    (&mut bytes).take(LONGEST as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(bytes)))
}

/// Without a byte order mark, and in UTF-8 if it is that of UTF-16.
fn in_utf8(bytes: impl Read + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
    let (head, mut bytes) = peek(bytes)?;
    if let Content::Utf16 { little } = content_of(&head) {
        bytes.read_exact(&mut [0; 2])?;
        return Ok(Box::new(buffered(Utf16::new(buffered(bytes), little))));
    }
    if head.starts_with(MARK) {
        bytes.read_exact(&mut [0; MARK.len()])?;
    }
    Ok(Box::new(buffered(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const TEXT: &str = "Zoë\r\n𝄞 clef\nend";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
    }

    fn utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        format!("\u{feff}{text}")
            .encode_utf16()
            .flat_map(bytes_of)
            .collect()
    }

    /// The text in every form in which it may come.
    fn forms() -> Vec<(&'static str, Vec<u8>)> {
        let plain = TEXT.as_bytes().to_vec();
        let (a, b) = plain.split_at(7);
        vec![
            ("plain", plain.clone()),
            ("marked", [MARK, &plain].concat()),
            ("gzip", gzip(&plain)),
            ("two members of gzip", [gzip(a), gzip(b)].concat()),
            ("zstd", zstd(&plain)),
            (
                "frames of zstd",
                [
                    zstd(a),
                    vec![0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9],
                    zstd(b),
                ]
                .concat(),
            ),
            ("UTF-16LE", utf16(TEXT, u16::to_le_bytes)),
            ("UTF-16BE", utf16(TEXT, u16::to_be_bytes)),
            ("UTF-16 in gzip", gzip(&utf16(TEXT, u16::to_le_bytes))),
        ]
    }

    #[test]
    fn a_text_is_the_same_in_every_form() {
        for (form, bytes) in forms() {
            let mut text = String::new();
            decoded(Cursor::new(bytes))
                .unwrap()
                .read_to_string(&mut text)
                .unwrap();
            assert_eq!(text, TEXT, "{form}");
        }
        let mut none = Vec::new();
        decoded(io::empty())
            .unwrap()
            .read_to_end(&mut none)
            .unwrap();
        assert!(none.is_empty());
    }

    #[test]
    fn every_form_can_be_opened_in_the_midst() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("texts");
        for (form, bytes) in forms() {
            std::fs::write(&path, bytes).unwrap();
            for offset in [0, 6, TEXT.len()] {
                let file = Counted::new(File::open(&path).unwrap(), Arc::default());
                let mut text = String::new();
                open_at(file, offset as u64)
                    .unwrap()
                    .read_to_string(&mut text)
                    .unwrap();
                assert_eq!(text, TEXT[offset..], "{form} at {offset}");
            }
        }
    }

    #[test]
    fn a_packed_file_that_breaks_off_is_an_error_and_not_an_end() {
        for whole in [gzip(TEXT.as_bytes()), zstd(TEXT.as_bytes())] {
            for end in 4..whole.len() {
                let cut = Cursor::new(whole[..end].to_vec());
                let read = decoded(cut).and_then(|mut bytes| bytes.read_to_end(&mut Vec::new()));
                assert!(read.is_err(), "of {} bytes {end}", whole.len());
            }
        }
    }
}
