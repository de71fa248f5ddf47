//! Reads what `valgrind --tool=memcheck --xml=yes` writes (protocols 4 to 6, valgrind's
//! docs/internals/xml-output-protocol4.txt and its successors).
//!
//! A file holds the document of a process, and those of the children that it forked and that wrote to the same file:
//! within its own, or before what is left of its own. Each is a report of its own.
//!
//! The file is read as a stream. A child that was killed or a disk that was full leaves it cut short: what was there
//! is returned, and [`ValgrindReport::truncated`] says where it ends.

mod parser;

use std::io::Read;
use std::path::Path;

use super::ReadError;
use harness_judge::attribution::sites::{Observation, Record};
use harness_judge::attribution::stack::Frame;
use harness_model::LeakKind;

/// One run under memcheck.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValgrindReport {
    /// valgrind's version, e.g. `3.19.0`, where the preamble tells it.
    pub version: Option<String>,
    /// The process that was watched. None for one that was forked and whose document has no head of its own.
    pub pid: Option<u64>,
    /// The process that started it.
    pub parent: Option<u64>,
    /// The program and its arguments.
    pub args: Vec<String>,
    /// What memcheck reported, in the order of the file.
    pub errors: Vec<MemcheckError>,
    /// Suppressions that were used, and how often.
    pub suppressions: Vec<(String, u64)>,
    /// Bytes and blocks of each kind as valgrind sums them up, with what it did not list (protocol 6; empty before).
    pub sums: Vec<(LeakKind, u64, u64)>,
    /// The signal that ended the process, where valgrind tells it.
    pub fatal_signal: Option<String>,
    /// The program came to its end, and the search for leaks began.
    pub finished: bool,
    /// Why the file's end is missing, as a sentence; `None` for a whole file.
    pub truncated: Option<String>,
}

/// One error or loss record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemcheckError {
    /// What kind it is.
    pub kind: ErrorKind,
    /// valgrind's sentence.
    pub what: String,
    /// How often it happened (loss records: once).
    pub count: u64,
    /// Where, innermost call first: for a loss record, where the blocks were allocated.
    pub frames: Vec<Frame>,
    /// Further stacks with their captions: where the block that was misused was allocated or freed.
    pub auxiliary: Vec<(String, Vec<Frame>)>,
}

/// The kinds of errors, with the figures that loss records carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// Blocks that were not freed.
    Loss {
        /// How they were held at the end.
        kind: LeakKind,
        /// Their bytes, without those of the blocks that only they point to (these have records of their own).
        bytes: u64,
        /// How many blocks.
        blocks: u64,
    },
    /// A file descriptor that was open at the end and was not there at the beginning (`--track-fds=yes`); its frames
    /// opened it.
    OpenDescriptor,
    /// Anything else, by memcheck's name: `InvalidRead`, `UninitCondition`, `InvalidFree`...
    Other(String),
}

impl Default for ErrorKind {
    fn default() -> ErrorKind {
        ErrorKind::Other(String::new())
    }
}

impl ValgrindReport {
    /// Reads the file at `path`: the report of the process that made it, without those of the children that it forked.
    ///
    /// # Errors
    /// The file cannot be opened, or it is not memcheck's. A file cut short is no error.
    pub fn read(path: &Path) -> Result<ValgrindReport, ReadError> {
        let all = ValgrindReport::read_all(path)?;
        Ok(all.into_iter().next_back().unwrap_or_default())
    }

    /// Reads the file at `path`: a report for each process that wrote to it, that of the one that made it last.
    ///
    /// # Errors
    /// As [`ValgrindReport::read`].
    pub fn read_all(path: &Path) -> Result<Vec<ValgrindReport>, ReadError> {
        let file = crate::files::open(path).map_err(|source| ReadError::Open {
            path: path.to_owned(),
            source,
        })?;
        ValgrindReport::parse_all(file).map_err(|why| ReadError::Foreign {
            path: path.to_owned(),
            why,
        })
    }

    /// Reads a stream, as [`ValgrindReport::read`] reads a file.
    ///
    /// # Errors
    /// A sentence that says why this is not memcheck's output.
    pub fn parse(input: impl Read) -> Result<ValgrindReport, String> {
        let all = ValgrindReport::parse_all(input)?;
        Ok(all.into_iter().next_back().unwrap_or_default())
    }

    /// Reads a stream, as [`ValgrindReport::read_all`] reads a file. There is always one report at least.
    ///
    /// # Errors
    /// A sentence that says why this is not memcheck's output.
    pub fn parse_all(input: impl Read) -> Result<Vec<ValgrindReport>, String> {
        let mut all = Vec::new();
        ValgrindReport::parse_each(input, |report| all.push(report))?;
        Ok(all)
    }

    /// Reads a stream, as [`ValgrindReport::parse_all`], and hands out each report as soon as it is whole, so that a file of
    /// many processes needs the memory of one.
    ///
    /// # Errors
    /// A sentence that says why this is not memcheck's output.
    pub fn parse_each(input: impl Read, each: impl FnMut(ValgrindReport)) -> Result<(), String> {
        parser::Parser::default().run(input, each)
    }

    /// The loss records: kind, bytes, blocks and the stack that allocated them.
    pub fn losses(&self) -> impl Iterator<Item = (LeakKind, u64, u64, &[Frame])> {
        self.errors.iter().filter_map(|error| match error.kind {
            ErrorKind::Loss {
                kind,
                bytes,
                blocks,
            } => Some((kind, bytes, blocks, error.frames.as_slice())),
            ErrorKind::OpenDescriptor | ErrorKind::Other(_) => None,
        })
    }

    /// The stacks that opened the descriptors which were open at the end, one a descriptor.
    pub fn open_descriptors(&self) -> impl Iterator<Item = &[Frame]> {
        let open = |error: &&MemcheckError| error.kind == ErrorKind::OpenDescriptor;
        self.errors
            .iter()
            .filter(open)
            .map(|error| error.frames.as_slice())
    }

    /// The errors that are neither loss records nor open descriptors: invalid reads and writes, jumps on uninitialised values...
    pub fn misuses(&self) -> impl Iterator<Item = &MemcheckError> {
        self.errors
            .iter()
            .filter(|error| matches!(error.kind, ErrorKind::Other(_)))
    }

    /// The file is whole, so a missing loss record means that there was none.
    pub fn is_complete(&self) -> bool {
        self.finished && self.truncated.is_none()
    }
}

impl ValgrindReport {
    /// The loss records of a memcheck run of so many iterations.
    pub fn observation(&self, iterations: u64) -> Observation {
        let records = self.losses().map(|(kind, bytes, blocks, frames)| Record {
            kind: Some(kind),
            part: None,
            bytes,
            blocks,
            frames: frames.to_vec(),
            held: Vec::new(),
        });
        Observation {
            iterations,
            records: records.collect(),
        }
    }
}

#[cfg(test)]
mod tests;
