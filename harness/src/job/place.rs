//! The report's directory.

use super::console::Failure;
use crate::cli::ReportOptions;
use crate::report;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The directory of what the tools and the children wrote, in the report's.
pub(crate) const TOOLS: &str = "tools";
/// The file of all samples, in the report's directory.
pub(crate) const SAMPLES_FILE: &str = "samples.jsonl";

/// Where a report goes: where the user says, or under `reports/`, by the name given or by the moment.
pub(crate) fn choose(options: &ReportOptions, prefix: &str, moment: &str) -> PathBuf {
    // `2025-11-21T08-33-00Z`: a colon is no good in a file's name.
    let unnamed = || format!("{prefix}{}", moment.replace(':', "-"));
    let under_reports = || Path::new("reports").join(options.name.clone().unwrap_or_else(unnamed));
    options.out.clone().unwrap_or_else(under_reports)
}

/// A path of the user's, as a summary names it.
pub(crate) fn shown(path: &Option<PathBuf>) -> Option<String> {
    path.as_ref().map(|path| path.display().to_string())
}

/// A file of the directory's tools.
pub(crate) fn tool_file(out: &Path, stem: &str, ending: &str) -> PathBuf {
    out.join(TOOLS).join(format!("{stem}.{ending}"))
}

/// Makes the report's directory, and takes out of it what an earlier run would be mistaken for this one's by.
pub(crate) fn make_way(out: &Path, further: &[&str]) -> Result<(), Failure> {
    let own = [report::SUMMARY_FILE, report::PAGE_FILE, SAMPLES_FILE];
    let made = fs::create_dir_all(out.join(TOOLS)).and_then(|()| {
        for name in own.iter().chain(further) {
            match fs::remove_file(out.join(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    });
    made.map_err(|error| Failure::WrongUse(format!("cannot write to {}: {error}", out.display())))
}

/// Takes away a report's directory in which nothing was written.
pub(crate) fn remove_if_empty(out: &Path) {
    let samples = out.join(SAMPLES_FILE);
    if fs::metadata(&samples).is_ok_and(|file| file.len() == 0) {
        let _ = fs::remove_file(samples);
    }
    // A directory with anything in it stays: it is not removed, and that is no error.
    let _ = fs::remove_dir(out.join(TOOLS));
    let _ = fs::remove_dir(out);
}
