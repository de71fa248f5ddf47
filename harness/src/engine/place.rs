//! The report's directory.

use super::console::Failure;
use crate::files;
use crate::files::Access;
use crate::options::PlaceOptions;
use crate::report;
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// The directory of what the tools and the children wrote, in the report's.
pub(crate) const TOOLS: &str = "tools";
/// The file of all samples, in the report's directory.
pub(crate) const SAMPLES_FILE: &str = "samples.jsonl";

/// Where reports go that nobody named a place for.
const REPORTS: &str = "reports";

/// The folder of a report. No other run writes to it while this lives; where nothing was written, nothing is left of it.
pub(crate) struct Folder {
    path: PathBuf,
    /// Held by the lock that the system keeps for an open folder, if its file system has locks.
    _held: Option<File>,
}

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let is_written = |name: &&str| {
            let found = fs::symlink_metadata(self.path.join(name));
            found.is_ok_and(|found| found.len() > 0)
        };
        if !DOCUMENTS.iter().any(is_written) {
            remove_if_empty(&self.path);
        }
    }
}

/// Takes the folder of a report: the one that the user names, or one under `reports/`, by the name given or by the
/// moment. Of two runs that begin in one second, each has its own.
///
/// # Errors
///
/// It cannot be made, or another run is writing to it.
pub(crate) fn take(options: &PlaceOptions, prefix: &str, moment: &str) -> Result<Folder, Failure> {
    let under_reports = |name: &String| Path::new(REPORTS).join(name);
    let chosen = options.out.clone();
    match chosen.or_else(|| options.name.as_ref().map(under_reports)) {
        Some(path) => named(path),
        // `2025-11-21T08-33-00Z`: a colon is no good in a file's name.
        None => unnamed(&format!("{prefix}{}", moment.replace(':', "-"))),
    }
    .map_err(cannot_write)
}

fn named(path: PathBuf) -> io::Result<Folder> {
    files::directory(&path, Access::Private)?;
    match hold(&path)? {
        Held::Ours(held) => Ok(Folder { path, _held: held }),
        Held::Anothers => Err(files::named(
            &io::Error::other("another run is writing its report there: choose another folder"),
            &path,
        )),
    }
}

fn unnamed(name: &str) -> io::Result<Folder> {
    let reports = Path::new(REPORTS);
    files::directory(reports, Access::Private)?;
    let mut again = 1;
    loop {
        let path = match again {
            1 => reports.join(name),
            _ => reports.join(format!("{name}-{again}")),
        };
        if files::made_now(&path)?
            && let Held::Ours(held) = hold(&path)?
        {
            return Ok(Folder { path, _held: held });
        }
        again += 1;
    }
}

enum Held {
    Ours(Option<File>),
    Anothers,
}

fn hold(folder: &Path) -> io::Result<Held> {
    let open = File::open(folder).map_err(|error| files::named(&error, folder))?;
    Ok(match open.try_lock() {
        Ok(()) => Held::Ours(Some(open)),
        Err(TryLockError::WouldBlock) => Held::Anothers,
        // A file system without locks: one run at a time is then the user's own care.
        Err(TryLockError::Error(_)) => Held::Ours(None),
    })
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

/// Makes the report's directory, and takes out of it what an earlier run left: nobody may take that for this one's. The
/// directory may be a link of the user's; `tools` in it may not.
pub(crate) fn make_way(out: &Path) -> Result<(), Failure> {
    files::own_directory(out, TOOLS)
        .and_then(|()| clear(out))
        .and_then(|()| files::own_directory(out, TOOLS))
        .map_err(cannot_write)
}

/// Makes way for the report on files that somebody else wrote: where these are in the folder themselves, it stays as it is.
pub(crate) fn make_way_beside<F: AsRef<Path>>(
    out: &Path,
    files: impl IntoIterator<Item = F>,
) -> Result<(), Failure> {
    let whole = out.canonicalize().map_err(cannot_write)?;
    let is_within = |file: F| {
        let file = file.as_ref().canonicalize();
        file.is_ok_and(|file| file.starts_with(&whole))
    };
    match files.into_iter().any(is_within) {
        true => Ok(()),
        false => clear(out).map_err(cannot_write),
    }
}

/// Takes out of a folder what reports are made of, and nothing of the user's: the documents, the pictures, the folder of
/// the tools, and the reports in it. A folder that holds no report is left as it is.
fn clear(out: &Path) -> io::Result<()> {
    if !DOCUMENTS.iter().any(|name| is_file(&out.join(name))) {
        return Ok(());
    }
    for entry in fs::read_dir(out).map_err(|error| files::named(&error, out))? {
        let entry = entry.map_err(|error| files::named(&error, out))?;
        let (path, name) = (entry.path(), entry.file_name());
        let kind = entry
            .file_type()
            .map_err(|error| files::named(&error, &path))?;
        if kind.is_dir() && name == TOOLS {
            files::remove_all(&path)?;
        } else if kind.is_dir() {
            clear(&path)?;
            // What the user put there stays, and the folder with it.
            let _ = fs::remove_dir(&path);
        } else if is_of_a_report(Path::new(&name)) {
            files::remove(&path)?;
        }
    }
    Ok(())
}

/// The documents by which a folder is known for a report's. A run that was stopped has left its samples alone.
const DOCUMENTS: [&str; 4] = [
    report::SUMMARY_FILE,
    report::PAGE_FILE,
    SAMPLES_FILE,
    report::GATE_FILE,
];

fn is_of_a_report(name: &Path) -> bool {
    let ending = name.extension().and_then(OsStr::to_str);
    let documents = DOCUMENTS.iter().chain([&report::DHAT_FILE]);
    documents
        .into_iter()
        .any(|document| name == Path::new(document))
        || matches!(ending, Some("svg" | "png"))
}

fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
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

fn cannot_write(error: io::Error) -> Failure {
    Failure::WrongUse(format!("cannot write to {error}"))
}

/// Takes away a report's directory in which nothing was written.
pub(crate) fn remove_if_empty(out: &Path) {
    files::remove_if_empty(&out.join(SAMPLES_FILE));
    // A directory with anything in it stays: it is not removed, and that is no error.
    let _ = fs::remove_dir(out.join(TOOLS));
    let _ = fs::remove_dir(out);
}
