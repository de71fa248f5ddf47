//! Where a run's records go: into memory, where there is room. A record is a file that is mapped and written all the time,
//! and on a disk the first touch of each page goes through its journal, which costs a process that ends at once more than
//! its whole life.

use crate::files;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The file system in memory that Linux has.
const MEMORY: &str = "/dev/shm";
/// What the names of folders in it begin with.
const PREFIX: &str = "harness-records-";
/// Room that it must have: ten records of the largest program, or some ten thousand of small ones.
const ROOM: u64 = 1 << 30;

/// A new folder for records, which goes away with this.
pub(crate) struct Records {
    path: PathBuf,
    /// Locked while the folder is in use: what a run that was killed left behind is not.
    _locked: Option<File>,
}

impl Records {
    /// In memory, if that has room for it, of which so many bytes are free; or else in the report's folder `tools`, by
    /// this name.
    ///
    /// # Errors
    ///
    /// The report's folder cannot be written to.
    pub(crate) fn new(free: u64, tools: &Path, name: &str) -> io::Result<Records> {
        if let Some(records) = in_memory(Path::new(MEMORY), free) {
            return Ok(records);
        }
        files::own_directory(tools, name)?;
        Ok(Records {
            path: fs::canonicalize(tools.join(name))?,
            _locked: None,
        })
    }

    /// Its path, from the root.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Records {
    fn drop(&mut self) {
        // What cannot be removed now is swept away by a later run.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn in_memory(memory: &Path, free: u64) -> Option<Records> {
    sweep(memory);
    // Its room is a limit; what it takes is memory.
    if room(memory)?.min(free / 2) < ROOM {
        return None;
    }
    let path = files::new_directory(memory, PREFIX).ok()?;
    let records = Records {
        _locked: lock(&path),
        path,
    };
    // Without the lock it could be swept away while it is in use, and perhaps it was before it was locked.
    (records._locked.is_some() && records.path.is_dir()).then_some(records)
}

/// Removes folders of this user's that no run has in use any more.
fn sweep(memory: &Path) {
    // SAFETY: it takes nothing and gives a number.
    let user = unsafe { libc::geteuid() };
    for entry in fs::read_dir(memory).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().as_bytes().starts_with(PREFIX.as_bytes())
            && entry
                .metadata()
                .is_ok_and(|about| about.is_dir() && about.uid() == user);
        if is_ours && lock(&entry.path()).is_some() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Locks a folder; `None` if somebody has.
fn lock(path: &Path) -> Option<File> {
    let folder = File::open(path).ok()?;
    // SAFETY: the descriptor is the folder's, which is open.
    let locked = unsafe { libc::flock(folder.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } == 0;
    locked.then_some(folder)
}

/// Bytes that can still be written to the file system of a folder, if it lies in memory.
fn room(folder: &Path) -> Option<u64> {
    let path = std::ffi::CString::new(folder.as_os_str().as_bytes()).ok()?;
    // SAFETY: all of zeroes is a value of the structure, which holds numbers alone.
    let mut about: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: the path ends with a zero byte, and the structure is written to.
    let known = unsafe { libc::statfs(path.as_ptr(), &raw mut about) } == 0;
    (known && about.f_type == libc::TMPFS_MAGIC)
        .then(|| (about.f_bavail as u64).saturating_mul(about.f_bsize as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_go_into_memory_where_there_is_room_and_are_gone_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::new(0, folder.path(), "records-1").unwrap();
        let inside = fs::canonicalize(folder.path()).unwrap().join("records-1");
        assert_eq!(records.path(), inside);
        drop(records);
        assert!(!inside.exists());
        if room(Path::new(MEMORY)).is_some_and(|room| room >= ROOM) {
            let records = Records::new(u64::MAX, folder.path(), "records-1").unwrap();
            assert!(records.path().starts_with(MEMORY) && records.path().is_dir());
            assert_eq!(records.path().metadata().unwrap().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn what_a_killed_run_left_behind_is_swept_away_and_what_is_in_use_is_not() {
        let memory = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let path = memory.path().join(name);
            fs::create_dir(&path).unwrap();
            path
        };
        let (left, other) = (folder("harness-records-1-a"), folder("of-somebody-else"));
        let used = folder("harness-records-1-b");
        let held = lock(&used).unwrap();
        sweep(memory.path());
        assert!(!left.exists() && other.exists() && used.exists());
        drop(held);
        sweep(memory.path());
        assert!(!used.exists());
    }
}
