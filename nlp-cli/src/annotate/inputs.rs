//! The files that texts come from.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use nlp_io::texts::{
    BadUtf8, Content, Counted, CsvColumn, Lines, Place, Texts, Unreadable, content_of, decoded,
    open_at,
};
use serde::{Deserialize, Serialize};

use super::columns::{self, Kept};
use super::failure::Failure;
use super::options::{BadText, InputKind, Options};
use super::range::Range;

/// The most texts of a range, however short they are.
const RANGE_RECORDS: usize = 16 << 10;
/// Bytes at either end of a file of which a sum is kept.
const ENDS: u64 = 64 << 10;

/// What tells whether a file is the one that it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its name, as it was given.
    pub path: String,
    /// Its bytes.
    pub bytes: u64,
    /// When it was changed last, in nanoseconds since 1970.
    pub modified: u64,
    /// The CRC-32 of its first and its last 64 KiB.
    pub ends: u32,
}

impl Identity {
    /// That of a file as it is now. `None` for standard input, and for what is no file.
    pub fn of(path: &Path) -> Result<Option<Identity>, Failure> {
        if is_standard(path) {
            return Ok(None);
        }
        let failed = |error| Failure::reading(path, &error);
        let mut file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        if !metadata.is_file() {
            return Ok(None);
        }
        let bytes = metadata.len();
        let mut sum = crc32fast::Hasher::new();
        let mut ends = Vec::new();
        (&mut file)
            .take(ENDS)
            .read_to_end(&mut ends)
            .map_err(failed)?;
        sum.update(&ends);
        ends.clear();
        file.seek(SeekFrom::Start(bytes.saturating_sub(ENDS)))
            .map_err(failed)?;
        file.take(ENDS).read_to_end(&mut ends).map_err(failed)?;
        sum.update(&ends);
        Ok(Some(Identity {
            path: printable::path(path).into_owned(),
            bytes,
            modified: modified(&metadata),
            ends: sum.finalize(),
        }))
    }

    /// Whether `metadata` may be that of the same file.
    pub fn is_still(&self, metadata: &Metadata) -> bool {
        (metadata.len(), modified(metadata)) == (self.bytes, self.modified)
    }
}

/// When it was changed last, in nanoseconds since 1970; 0 where the system does not say.
fn modified(metadata: &Metadata) -> u64 {
    let time = metadata.modified().ok();
    let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_nanos() as u64)
}

fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Where a run is in its inputs: all before is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// The input, from 0.
    pub input: usize,
    /// Where in it.
    pub place: Place,
}

/// The ranges of all inputs, one after another.
pub struct Ranges<'o> {
    options: &'o Options,
    position: Position,
    open: Option<Box<dyn Texts>>,
    /// What a stream of documents of these inputs begins with, once one is open; nothing where there is no need for it.
    head: Option<Vec<u8>>,
    /// A failure that comes after the range before it.
    failed: Option<Failure>,
    read: Arc<AtomicU64>,
    /// Bytes of the inputs before the one that is open.
    before: u64,
    /// Bytes of the first input that were done before.
    skipped: u64,
}

impl<'o> Ranges<'o> {
    /// The ranges from `position` on.
    pub fn new(options: &'o Options, position: Position) -> Self {
        Ranges {
            options,
            position,
            open: None,
            head: None,
            failed: None,
            read: Arc::default(),
            before: 0,
            skipped: 0,
        }
    }

    /// What the output begins with, once the first range has been asked for.
    pub fn head(&self) -> Option<&[u8]> {
        self.head.as_deref()
    }

    /// Bytes that were read of the inputs from the one on that the ranges begin in, as they are on disk.
    pub fn bytes_read(&self) -> u64 {
        self.before + self.read.load(Ordering::Relaxed)
    }

    /// Of them those that were done before.
    pub fn bytes_skipped(&self) -> u64 {
        self.skipped
    }

    /// The next range; `None` after the last.
    pub fn next(&mut self) -> Result<Option<Range>, Failure> {
        if let Some(failure) = self.failed.take() {
            return Err(failure);
        }
        while let Some(path) = self.options.inputs.get(self.position.input) {
            let mut texts = match self.open.take() {
                Some(texts) => texts,
                None => self.open(path)?,
            };
            let range = self.fill(path, texts.as_mut());
            self.position.place = texts.place();
            if range.records.is_empty() {
                if let Some(failure) = self.failed.take() {
                    return Err(failure);
                }
                // The next input begins at its beginning.
                self.before += self.read.swap(0, Ordering::Relaxed);
                self.position.input += 1;
                self.position.place = Place::default();
                continue;
            }
            self.open = Some(texts);
            return Ok(Some(range));
        }
        Ok(None)
    }

    /// Reads records until there are enough. A failure is kept for after them.
    fn fill(&mut self, path: &Path, texts: &mut dyn Texts) -> Range {
        let mut range = Range {
            input: self.position.input,
            records: Vec::new(),
            kept: None,
            end: texts.place(),
        };
        let mut bytes = 0;
        while bytes < self.options.range_bytes && range.records.len() < RANGE_RECORDS {
            match texts.next() {
                Ok(Some(record)) => {
                    if let (Err(Unreadable::NotUtf8 { .. }), BadText::Fail) =
                        (&record.text, self.options.bad_utf8)
                    {
                        let reason = format!(
                            "{}: line {} is not UTF-8",
                            printable::path(path),
                            record.number
                        );
                        self.failed =
                            Some(Failure::new(reason).and("--bad-utf8 replace or report goes on"));
                        break;
                    }
                    bytes += record.text.as_ref().map_or(0, String::len);
                    range.end = texts.place();
                    range.records.push(record);
                }
                Ok(None) => break,
                Err(error) => {
                    self.failed = Some(Failure::reading(path, &error));
                    break;
                }
            }
        }
        match Kept::take(texts) {
            Ok(kept) => range.kept = kept,
            Err(error) => {
                range.records.clear();
                self.failed = Some(Failure::reading(path, &error));
            }
        }
        range
    }

    fn open(&mut self, path: &Path) -> Result<Box<dyn Texts>, Failure> {
        let place = self.position.place;
        let texts = open_texts(path, self.options, place, &self.read)
            .map_err(|error| Failure::reading(path, &error))?;
        self.open_head(path, texts.as_ref())?;
        if place.offset > 0 {
            self.skipped = self.read.load(Ordering::Relaxed);
        }
        Ok(texts)
    }
}

impl Ranges<'_> {
    /// Makes the head of the output, of which all inputs must have the same.
    fn open_head(&mut self, path: &Path, texts: &dyn Texts) -> Result<(), Failure> {
        if !self.options.format.has_columns() {
            return Ok(());
        }
        let head = columns::head(texts).map_err(|error| Failure::reading(path, &error))?;
        match &self.head {
            Some(first) if *first != head => Err(Failure::new(format_args!(
                "the columns that are kept of {} are of other types than those of the input before it",
                printable::path(path)
            ))),
            _ => {
                self.head = Some(head);
                Ok(())
            }
        }
    }
}

fn open_texts(
    path: &Path,
    options: &Options,
    place: Place,
    read: &Arc<AtomicU64>,
) -> io::Result<Box<dyn Texts>> {
    let kind = options.input.map_or_else(|| guess(path), Ok)?;
    let bytes_from = |offset| {
        if is_standard(path) {
            return decoded(Counted::new(io::stdin(), Arc::clone(read)));
        }
        let file = File::open(path)?;
        let count = Arc::clone(read);
        count.store(0, Ordering::Relaxed);
        open_at(Counted::new(file, count), offset)
    };
    let bad = match options.bad_utf8 {
        BadText::Replace => BadUtf8::Replace,
        BadText::Report | BadText::Fail => BadUtf8::Report,
    };
    let field = options.field.clone();
    let file = (!is_standard(path)).then_some(path);
    Ok(match kind {
        InputKind::Arrow => columns::open_arrow(file, options, place, Arc::clone(read))?,
        InputKind::Parquet => {
            let file = file.ok_or_else(|| {
                io::Error::other("Parquet is read from a file: its end comes first")
            })?;
            columns::open_parquet(file, options, bad, place, Arc::clone(read))?
        }
        InputKind::Lines | InputKind::Jsonl => {
            let field = (kind == InputKind::Jsonl).then_some(field);
            let lines = Lines::new(bytes_from(place.offset)?, field, options.max_line, bad);
            Box::new(lines.from_place(place))
        }
        InputKind::Csv => {
            let rows = CsvColumn::new(bytes_from(0)?, &field, options.max_line, bad)?;
            Box::new(match place.offset {
                0 => rows,
                offset => rows.from_place(bytes_from(offset)?, place),
            })
        }
    })
}

/// What a file holds, by how it begins and by its name.
fn guess(path: &Path) -> io::Result<InputKind> {
    if !is_standard(path) {
        let mut head = Vec::new();
        // A pipe's beginning cannot be read twice.
        if path.metadata()?.is_file() {
            File::open(path)?.take(8).read_to_end(&mut head)?;
        }
        match content_of(&head) {
            Content::Parquet => return Ok(InputKind::Parquet),
            Content::ArrowFile | Content::ArrowStream => return Ok(InputKind::Arrow),
            _ => {}
        }
    }
    let mut name = PathBuf::from(path);
    if name
        .extension()
        .is_some_and(|end| end == "gz" || end == "zst")
    {
        name.set_extension("");
    }
    Ok(match name.extension().and_then(|end| end.to_str()) {
        Some("jsonl" | "ndjson" | "json") => InputKind::Jsonl,
        Some("csv") => InputKind::Csv,
        Some("arrows") => InputKind::Arrow,
        _ => InputKind::Lines,
    })
}
