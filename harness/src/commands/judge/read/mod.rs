//! Reads what was measured over time, from files of several forms.
//!
//! A form is a file here and a row of [`FORMS`]: how it is known, and how it is read. What is none of these is a
//! [series](series) in one of many forms, or nothing that is known. Whatever it was, what comes of it is a [`Reading`].

mod mprof;
mod recording;
pub(crate) mod series;

use crate::engine::place::SAMPLES_FILE;
use flate2::read::MultiGzDecoder;
use harness_judge::over_time::{Evidence, Part, Point};
use harness_model::record::{Axis, FileRead, ProcessOverTime, Recorded};
use series::asked::Asked;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

/// What a file told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    /// What was recorded.
    pub recorded: Recorded,
    /// What its samples lie along.
    pub axis: Axis,
    /// How its columns were understood, where it has any.
    pub file: Option<FileRead>,
    /// The processes that were seen, none of them judged.
    pub processes: Vec<ProcessOverTime>,
    /// Resident memory of each, where there are several.
    pub resident: Vec<(u32, Vec<Point>)>,
    /// What is judged, each by itself.
    pub parts: Vec<Part>,
    /// The lines of the file that the parts begin in, where it has any.
    pub lines: Vec<u64>,
}

impl Reading {
    /// What is judged together.
    fn of_one(evidence: Evidence) -> Reading {
        Reading {
            parts: vec![Part {
                evidence,
                ..Part::default()
            }],
            ..Reading::default()
        }
    }
}

/// A form of files that are read at once.
struct Form {
    /// Whether a file that begins so is one.
    is_it: fn(&[u8]) -> bool,
    /// Reads one; `name` is the file's, for errors.
    read: fn(&[u8], &str) -> Result<Reading, String>,
}

/// The forms beside the many that are [series](series).
const FORMS: [Form; 2] = [
    Form {
        is_it: recording::is_it,
        read: recording::read,
    },
    Form {
        is_it: mprof::is_it,
        read: mprof::read,
    },
];

/// Bytes from which the form of a file is told.
const HEAD: usize = 1 << 18;

/// Reads a file, the recording of a folder, or for `-` what comes on standard input.
///
/// # Errors
///
/// A sentence: it cannot be read, or is of no form that is known.
pub(crate) fn read(path: &Path, asked: &Asked) -> Result<Reading, String> {
    if path == Path::new("-") {
        return of_source(std::io::stdin().lock(), "standard input", asked);
    }
    let is_folder = path.is_dir();
    let file: PathBuf = match is_folder {
        true => path.join(SAMPLES_FILE),
        false => path.to_owned(),
    };
    let shown = printable::path(&file).into_owned();
    let opened = File::open(&file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound if is_folder => format!(
            "{} is a folder without {SAMPLES_FILE}: it is none of harness record's; name the file in it",
            printable::path(path)
        ),
        io::ErrorKind::PermissionDenied => {
            format!("cannot read {shown}: {error}; {}", whose(&file))
        }
        _ => format!("cannot read {shown}: {error}"),
    })?;
    of_source(opened, &shown, asked)
}

/// What to do about a file that may not be read.
fn whose(file: &Path) -> String {
    use std::os::unix::fs::MetadataExt as _;
    match std::fs::metadata(file) {
        Ok(about) => format!(
            "it belongs to user {}, who can allow it with chmod a+r, or run this",
            about.uid()
        ),
        Err(_) => "a folder above it may not be entered".to_owned(),
    }
}

/// Reads what a file of this name holds, packed or not.
fn of_source(mut source: impl Read, shown: &str, asked: &Asked) -> Result<Reading, String> {
    let cannot = |error: io::Error| format!("cannot read {shown}: {error}");
    let head = beginning(&mut source).map_err(cannot)?;
    if !head.starts_with(b"\x1f\x8b") {
        return of_text(&head, source, shown, asked);
    }
    let mut unpacked = MultiGzDecoder::new(Cursor::new(head).chain(source));
    // What a broken archive has before it breaks is read.
    let head = beginning(&mut unpacked).map_err(cannot)?;
    of_text(&head, unpacked, shown, asked)
}

fn of_text(
    head: &[u8],
    mut rest: impl Read,
    shown: &str,
    asked: &Asked,
) -> Result<Reading, String> {
    let Some(form) = FORMS.iter().find(|form| (form.is_it)(head)) else {
        return series::read(head, rest, shown, asked)
            .map_err(|why| format!("{shown} cannot be judged: {why}"));
    };
    let mut bytes = head.to_vec();
    rest.read_to_end(&mut bytes)
        .map_err(|error| format!("cannot read {shown}: {error}"))?;
    let mut reading = (form.read)(&bytes, shown)?;
    for part in &mut reading.parts {
        part.evidence.warm_up = asked.warm_up;
    }
    Ok(reading)
}

/// As much as is needed to know what it is. What breaks off later is broken off there.
fn beginning(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    match source.take(HEAD as u64).read_to_end(&mut head) {
        Err(error) if head.is_empty() => Err(error),
        _ => Ok(head),
    }
}

/// What the fuzz target `over_time` calls of this module.
#[cfg(fuzzing)]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod fuzzing {
    use super::*;

    pub fn read(bytes: &[u8]) -> Result<Vec<Part>, String> {
        of_source(bytes, "a file", &Asked::default()).map(|reading| reading.parts)
    }
}
