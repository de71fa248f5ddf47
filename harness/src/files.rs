//! Everything that the harness writes to a disk goes through here: `clippy.toml` sees to it.
//!
//! A report's folder may be one that others can write to, such as a folder in `/tmp`, and somebody may have put a link
//! there by a name that the harness is going to use. What is at the other end is not the harness's to change.
//!
//! - A file in a report's folder [replaces](replace) whatever has its name: a new file, by a name that nobody can
//!   guess, is made beside it with `O_EXCL`, which follows no link, and is renamed. A link, a pipe or a file with
//!   another name goes; what it led to stays. Nobody ever sees half a file.
//! - A file that [grows](begin), or that [another process](reserve) writes, is made with `O_EXCL` too, after what has
//!   its name was removed.
//! - A folder that the harness makes in a report's folder must not be a [link](own_directory).
//! - The folder itself, and files that the user names (`--junit`, `--history`, a baseline), may be links: they are the
//!   user's own, and are followed. A link that stands in the report's folder is not the user's, whoever names it.
//!   Such a file may be a device or a pipe with a reader, and is never waited for.
//!
//! Samples, records, logs and pages may hold texts of the user's. They, and the folders that are made for them, are for
//! the user alone: modes 0600 and 0700. A file that is replaced keeps the mode it had, if it was the user's; one that is
//! made for other programs has what the umask leaves.
//!
//! This holds against what was there before. A folder that somebody else changes while the harness writes to it is not
//! a place for a report.

#![allow(
    clippy::disallowed_methods,
    reason = "the one place that writes to a disk"
)]

use std::collections::hash_map::RandomState;
use std::fs::{self, DirBuilder, File, FileType, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Who may read what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// The user alone.
    Private,
    /// Whom the umask lets.
    Shared,
}

impl Access {
    fn of_files(self) -> u32 {
        match self {
            Access::Private => 0o600,
            Access::Shared => 0o666,
        }
    }

    fn of_directories(self) -> u32 {
        match self {
            Access::Private => 0o700,
            Access::Shared => 0o777,
        }
    }
}

/// Makes a folder and those above it, as far as they are missing.
pub(crate) fn directory(path: &Path, access: Access) -> io::Result<()> {
    if path.as_os_str().is_empty() {
        return Ok(());
    }
    directories(access)
        .recursive(true)
        .create(path)
        .map_err(|error| named(&error, path))
}

/// Makes a folder in a report's folder `out`, which is made too. What is there must be a folder and no link to one.
pub(crate) fn own_directory(out: &Path, name: &str) -> io::Result<()> {
    directory(out, Access::Private)?;
    let path = out.join(name);
    match directories(Access::Private).create(&path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => return made.map_err(|error| named(&error, &path)),
    }
    let kind = fs::symlink_metadata(&path).map_err(|error| named(&error, &path))?;
    match kind.file_type() {
        kind if kind.is_dir() => Ok(()),
        kind if kind.is_symlink() => Err(is_a_link(&path)),
        _ => Err(named(&ErrorKind::NotADirectory.into(), &path)),
    }
}

/// Makes a new folder for this user alone, by a name that nobody can have put there before.
pub(crate) fn new_directory(parent: &Path, prefix: &str) -> io::Result<PathBuf> {
    let path = parent.join(format!("{prefix}{:016x}", random()));
    directories(Access::Private)
        .create(&path)
        .map_err(|error| named(&error, &path))?;
    Ok(path)
}

/// Makes a folder for the user alone, unless something has its name already: whether it was made.
pub(crate) fn made_now(path: &Path) -> io::Result<bool> {
    match directories(Access::Private).create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        made => made.map(|()| true).map_err(|error| named(&error, path)),
    }
}

/// Removes a folder of ours and all that is in it. Links in it go; what they lead to stays.
pub(crate) fn remove_all(path: &Path) -> io::Result<()> {
    fs::remove_dir_all(path).map_err(|error| named(&error, path))
}

/// The most bytes that are read of one file of a report, a tool or the gate.
const LARGEST_INPUT: u64 = 4 << 30;

/// Opens a file that somebody else wrote. It must be a file: a pipe would be waited for, and a device has no end.
pub(crate) fn open(path: &Path) -> io::Result<io::Take<File>> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file.take(LARGEST_INPUT)),
        false => Err(io::Error::other("it is no regular file")),
    }
}

/// The bytes of a file that somebody else wrote: see [`open`].
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a file that somebody else wrote: see [`open`].
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

/// Removes a file, if there is one: a link, and not what it leads to.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(named(&error, path)),
        _ => Ok(()),
    }
}

/// Puts a file with these bytes in the place of whatever has its name. It appears whole or not at all.
pub(crate) fn replace(path: &Path, bytes: &[u8], access: Access) -> io::Result<PathBuf> {
    let written = beside(path, access).and_then(|(part, file)| {
        let written = write_and_rename(file, &part, path, bytes);
        if written.is_err() {
            // What is half written is of no use; the first error says why.
            let _ = fs::remove_file(&part);
        }
        written
    });
    match written {
        Ok(()) => Ok(path.to_owned()),
        Err(error) => Err(named(&error, path)),
    }
}

fn write_and_rename(mut file: File, part: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    if let Ok(before) = fs::symlink_metadata(path)
        && before.is_file()
        && before.uid() == file.metadata()?.uid()
    {
        let mut mode = before.permissions();
        // Not what would make a program of it.
        std::os::unix::fs::PermissionsExt::set_mode(&mut mode, before.mode() & 0o777);
        file.set_permissions(mode)?;
    }
    fs::rename(part, path)
}

/// A new file in the folder of `path`, by a name that nobody can have put there before.
fn beside(path: &Path, access: Access) -> io::Result<(PathBuf, File)> {
    let mut tries = 0;
    loop {
        let part = path.with_file_name(format!(".part-{:016x}", random()));
        match create(&part, access) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && tries < 100 => tries += 1,
            made => return Ok((part, made?)),
        }
    }
}

/// Makes a file of the user's with these bytes, where there is none.
pub(crate) fn make(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create(path, Access::Shared)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| named(&error, path))
}

/// Whether a file, and the folders above it that are missing, can be made: what is there of them is a folder that can be
/// written to. Leaves nothing behind.
pub(crate) fn can_be_made(path: &Path) -> io::Result<()> {
    let above = path.ancestors().skip(1);
    let here = |folder: &Path| match folder.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => folder.to_owned(),
    };
    let there = above
        .map(here)
        .find(|folder| folder.symlink_metadata().is_ok());
    let folder = there.unwrap_or_else(|| PathBuf::from("/"));
    match folder.is_dir() {
        true => tempfile::tempfile_in(&folder).map(drop),
        false => Err(ErrorKind::NotADirectory.into()),
    }
    .map_err(|error| named(&error, &folder))
}

/// Whether a file that the user named can be written, or made. Leaves nothing behind.
pub(crate) fn can_be_written(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(named(&ErrorKind::IsADirectory.into(), path)),
        Ok(found) if is_stream(found.file_type()) => Ok(()),
        // A new file is put in its place.
        Ok(_) => can_be_made(&path.canonicalize().map_err(|error| named(&error, path))?),
        Err(_) => can_be_made(path),
    }
}

/// Begins a file that grows, in the place of whatever has its name.
pub(crate) fn begin(path: &Path) -> io::Result<File> {
    remove(path)?;
    create(path, Access::Private).map_err(|error| named(&error, path))
}

/// Makes an empty file for another process to write, in the place of whatever has its name: one that opens it by its
/// name then follows no link.
pub(crate) fn reserve(path: &Path) -> io::Result<()> {
    begin(path).map(drop)
}

/// Removes a file that nothing was written to.
pub(crate) fn remove_if_empty(path: &Path) {
    if fs::symlink_metadata(path).is_ok_and(|file| file.is_file() && file.len() == 0) {
        // A file that stays says as little.
        let _ = fs::remove_file(path);
    }
}

fn create(path: &Path, access: Access) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(access.of_files())
        .open(path)
}

fn directories(access: Access) -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(access.of_directories());
    builder
}

/// A file that the user named.
pub(crate) struct Named<'p> {
    path: &'p Path,
    /// The report's folder, where links are not the user's.
    out: Option<&'p Path>,
}

impl<'p> Named<'p> {
    /// The file `path`, written by a run whose report goes to `out`.
    pub(crate) fn new(path: &'p Path, out: Option<&'p Path>) -> Named<'p> {
        Named { path, out }
    }

    /// Puts a file with this text in its place. Makes the folders that are missing.
    pub(crate) fn replace(&self, text: &str) -> io::Result<()> {
        self.make_way()?;
        if self.kind().is_some_and(is_stream) {
            return stream(self.path, text);
        }
        let path = self.followed()?;
        replace(&path, text.as_bytes(), Access::Shared).map(drop)
    }

    /// Adds lines to it. A line that was cut short ends before them. Makes the folders that are missing.
    pub(crate) fn append(&self, lines: &str) -> io::Result<()> {
        self.make_way()?;
        if self.kind().is_some_and(is_stream) {
            return stream(self.path, lines);
        }
        let path = self.followed()?;
        let fault = |error: io::Error| named(&error, &path);
        let ours = self.is_in_report(&path)?;
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(Access::Shared.of_files())
            // A pipe that came here since then is not waited for, and a link not followed.
            .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
            .open(&path)
            .map_err(fault)?;
        let found = file.metadata().map_err(fault)?;
        if !found.is_file() {
            return Err(named(&io::Error::other("it is no file"), &path));
        }
        if ours && found.nlink() > 1 {
            return Err(named(
                &io::Error::other("it is the same as another file (a hard link): remove it"),
                &path,
            ));
        }
        let mut text = String::new();
        if found.len() > 0 {
            let mut last = [0];
            file.seek(SeekFrom::End(-1))
                .and_then(|_| file.read_exact(&mut last))
                .map_err(fault)?;
            if last != *b"\n" {
                text.push('\n');
            }
        }
        text.push_str(lines);
        file.write_all(text.as_bytes()).map_err(fault)
    }

    fn make_way(&self) -> io::Result<()> {
        match self.path.parent() {
            Some(folder) => directory(folder, Access::Shared),
            None => Ok(()),
        }
    }

    /// What it is, links followed; none in the report's folder is.
    fn kind(&self) -> Option<FileType> {
        let ours = self.is_in_report(self.path).unwrap_or(true);
        let found = match ours {
            true => fs::symlink_metadata(self.path),
            false => fs::metadata(self.path),
        };
        found.ok().map(|found| found.file_type()).filter(|_| !ours)
    }

    /// The file that is meant: links of the user's are followed, to a file that need not be there yet.
    fn followed(&self) -> io::Result<PathBuf> {
        let mut path = self.path.to_owned();
        // As many as Linux follows.
        for _ in 0..40 {
            if self.is_in_report(&path)? {
                return Ok(path);
            }
            match fs::read_link(&path) {
                Ok(to) => path = path.parent().unwrap_or(Path::new("")).join(to),
                Err(_) => return Ok(path),
            }
        }
        Err(named(
            &io::Error::other("its links lead nowhere"),
            self.path,
        ))
    }

    /// Whether a file is in the report's folder or under it; an error where a link on the way leads out of it.
    fn is_in_report(&self, path: &Path) -> io::Result<bool> {
        let Some(out) = self.out else {
            return Ok(false);
        };
        let (whole, whole_out) = (std::path::absolute(path)?, std::path::absolute(out)?);
        if let (Some(folder), Ok(_)) = (whole.parent(), whole.strip_prefix(&whole_out)) {
            let within = folder.ancestors().take_while(|step| *step != whole_out);
            for step in within {
                if step.is_symlink() {
                    return Err(is_a_link(step));
                }
            }
            return Ok(true);
        }
        let folder = whole.parent().unwrap_or(Path::new("/")).canonicalize();
        let (Ok(folder), Ok(out)) = (folder, out.canonicalize()) else {
            return Ok(false);
        };
        Ok(folder.starts_with(out))
    }
}

/// What is written to as it is, and not replaced: a terminal, `/dev/null`, a pipe.
fn is_stream(kind: FileType) -> bool {
    kind.is_char_device() || kind.is_fifo()
}

/// Writes to a device or a pipe. A pipe that nobody reads is an error.
fn stream(path: &Path, text: &str) -> io::Result<()> {
    let fault = |error: io::Error| match error.raw_os_error() {
        Some(libc::ENXIO) => named(&io::Error::other("it is a pipe that nobody reads"), path),
        _ => named(&error, path),
    };
    // Opened first without waiting for a reader; with one, the second does not wait, and writes as files do.
    let asked = OpenOptions::new()
        .write(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)
        .map_err(fault)?;
    let mut file = OpenOptions::new().write(true).open(path).map_err(fault)?;
    drop(asked);
    file.write_all(text.as_bytes()).map_err(fault)
}

/// A number that nobody can guess.
fn random() -> u64 {
    // The keys come from the system, and are others with every call.
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.finish()
}

fn is_a_link(path: &Path) -> io::Error {
    let why = "it is a symbolic link, and what the run writes would go elsewhere: remove it";
    named(&io::Error::other(why), path)
}

/// The error with the file's name.
pub(crate) fn named(error: &io::Error, path: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", printable::path(path)))
}

#[cfg(test)]
mod tests;
