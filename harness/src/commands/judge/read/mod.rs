//! Reads what was measured over time, from files of several forms.
//!
//! A form is a file here and a row of [`FORMS`]: how it is known, and how it is read. Whatever it was, what comes of it is
//! a [`Reading`].

mod mprof;
mod recording;

use harness_judge::over_time::{Evidence, Point};
use harness_model::record::{ProcessOverTime, Recorded};
use std::path::{Path, PathBuf};

use crate::engine::place::SAMPLES_FILE;
use crate::files;

/// What a file told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    /// What was recorded.
    pub recorded: Recorded,
    /// The processes that were seen, none of them judged.
    pub processes: Vec<ProcessOverTime>,
    /// Resident memory of each, where there are several.
    pub resident: Vec<(u32, Vec<Point>)>,
    /// What is judged.
    pub evidence: Evidence,
}

/// A form of files.
struct Form {
    /// What it is called.
    name: &'static str,
    /// Whether a file that begins so is one.
    is_it: fn(&[u8]) -> bool,
    /// Reads one; `name` is the file's, for errors.
    read: fn(&[u8], &str) -> Result<Reading, String>,
}

/// The forms that can be read.
const FORMS: [Form; 2] = [
    Form {
        name: "samples.jsonl of harness record",
        is_it: recording::is_it,
        read: recording::read,
    },
    Form {
        name: "the .dat files of memory_profiler's mprof",
        is_it: mprof::is_it,
        read: mprof::read,
    },
];

/// Reads a file, or the recording of a folder.
///
/// # Errors
///
/// A sentence: it cannot be read, or is of no form that is known.
pub(crate) fn read(path: &Path) -> Result<Reading, String> {
    let file: PathBuf = match path.is_dir() {
        true => path.join(SAMPLES_FILE),
        false => path.to_owned(),
    };
    let shown = printable::path(&file).into_owned();
    let bytes = files::read(&file).map_err(|error| format!("cannot read {shown}: {error}"))?;
    of_bytes(&bytes, &shown)
}

/// Reads what a file of this name holds.
fn of_bytes(bytes: &[u8], shown: &str) -> Result<Reading, String> {
    match FORMS.iter().find(|form| (form.is_it)(bytes)) {
        Some(form) => (form.read)(bytes, shown),
        None => {
            let names: Vec<&str> = FORMS.iter().map(|form| form.name).collect();
            Err(format!(
                "{shown} is of no form that can be read; these can: {}",
                names.join(", ")
            ))
        }
    }
}

/// What the fuzz target `over_time` calls of this module.
#[cfg(fuzzing)]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod fuzzing {
    use super::*;

    pub fn read(bytes: &[u8]) -> Result<Evidence, String> {
        of_bytes(bytes, "a file").map(|reading| reading.evidence)
    }
}
