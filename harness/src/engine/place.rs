//! The report's directory.

use super::console::Failure;
use crate::files;
use crate::options::ReportOptions;
use crate::report;
use std::fs;
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
    path.as_ref()
        .map(|path| path.to_string_lossy().into_owned())
}

/// A file of the directory's tools.
pub(crate) fn tool_file(out: &Path, stem: &str, ending: &str) -> PathBuf {
    out.join(TOOLS).join(format!("{stem}.{ending}"))
}

/// Makes the report's directory, and takes out of it what an earlier run would be mistaken for this one's by. The
/// directory may be a link of the user's; `tools` in it may not.
pub(crate) fn make_way(out: &Path, further: &[&str]) -> Result<(), Failure> {
    let own = [report::SUMMARY_FILE, report::PAGE_FILE, SAMPLES_FILE];
    let mut names = own.iter().chain(further);
    files::own_directory(out, TOOLS)
        .and_then(|()| names.try_for_each(|name| files::remove(&out.join(name))))
        .map_err(cannot_write)
}

/// Makes the directories of reports within another report: what stands there in their place is no link.
pub(crate) fn make_way_within<'n>(
    out: &Path,
    mut names: impl Iterator<Item = &'n str>,
) -> Result<(), Failure> {
    names
        .try_for_each(|name| files::own_directory(out, name))
        .map_err(cannot_write)
}

fn cannot_write(error: std::io::Error) -> Failure {
    Failure::WrongUse(format!("cannot write to {error}"))
}

/// Takes away a report's directory in which nothing was written.
pub(crate) fn remove_if_empty(out: &Path) {
    files::remove_if_empty(&out.join(SAMPLES_FILE));
    // A directory with anything in it stays: it is not removed, and that is no error.
    let _ = fs::remove_dir(out.join(TOOLS));
    let _ = fs::remove_dir(out);
}
