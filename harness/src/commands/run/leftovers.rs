//! What a command leaves running behind it, and its end.
//!
//! Only processes that the command started are meant: those of its process group, and those whose environment names the
//! folder of its records and that came to this process when their parents ended.

use crate::probe::process;
use harness_preload::record::FOLDER_VARIABLE;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a process gets to end by itself after SIGTERM.
const GRACE: Duration = Duration::from_millis(500);

/// Has processes whose parents end come to this one, so that they can be seen and ended. Best effort: without it, daemons
/// are found by their group alone.
pub(crate) fn adopt() {
    // SAFETY: prctl takes numbers alone here.
    unsafe {
        libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    }
}

/// A process that lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Left {
    /// Its number.
    pub pid: i32,
    /// Its command line.
    pub command: String,
}

/// The processes that a command with this number and this folder of records left behind.
pub(super) fn left_by(pid: i32, records: &Path) -> Vec<Left> {
    let numbers = process::all().into_iter().map(|number| number as i32);
    numbers
        .filter(|other| *other != pid && is_left(*other, pid, records))
        .map(|other| Left {
            pid: other,
            command: process::command_line(other as u32).join(" "),
        })
        .collect()
}

fn is_left(other: i32, pid: i32, records: &Path) -> bool {
    let Some(seen) = process::stat(other as u32).filter(|seen| !seen.has_ended()) else {
        return false;
    };
    seen.group == pid
        || seen.session == pid
        || (seen.parent == std::process::id() && names(other, records))
}

/// Whether the environment with which a process began names the folder of records.
fn names(pid: i32, records: &Path) -> bool {
    let wanted = [
        FOLDER_VARIABLE.as_bytes(),
        b"=",
        records.as_os_str().as_bytes(),
    ]
    .concat();
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment
        .split(|byte| *byte == 0)
        .any(|variable| variable == wanted)
}

/// Ends what a command left behind: asks first, then does not ask.
pub(super) fn end(pid: i32, records: &Path) {
    for (signal, patience) in [(libc::SIGTERM, GRACE), (libc::SIGKILL, GRACE)] {
        let left = left_by(pid, records);
        if left.is_empty() {
            break;
        }
        for one in &left {
            // SAFETY: kill takes two numbers. The process was started by the command, as `left_by` sees to.
            unsafe {
                libc::kill(one.pid, signal);
            }
        }
        let begun = Instant::now();
        while begun.elapsed() < patience && !left_by(pid, records).is_empty() {
            std::thread::sleep(Duration::from_millis(10));
        }
        for one in left {
            // Those that came to this process are waited for, so that nothing of them stays.
            // SAFETY: waitpid is given a null pointer, which it takes for no wish to know.
            unsafe {
                libc::waitpid(one.pid, std::ptr::null_mut(), libc::WNOHANG);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_by_a_process_that_is_none_and_others_are_not_taken_for_its() {
        assert_eq!(left_by(0x3fff_fff0, Path::new("/nowhere")), []);
    }
}
