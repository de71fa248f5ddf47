//! What a command leaves running behind it, and its end.
//!
//! Only processes that the command started are meant: those of its process group, and those whose environment names the
//! folder of its records and that came to this process when their parents ended.

use harness_preload::record::FOLDER_VARIABLE;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a process gets to end by itself after SIGTERM.
const GRACE: Duration = Duration::from_millis(500);

/// Has processes whose parents end come to this one, so that they can be seen and ended. Best effort: without it, daemons
/// are found by their group alone.
pub(super) fn adopt() {
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
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let numbers = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    numbers
        .filter(|other| *other != pid && is_left(*other, pid, records))
        .map(|other| Left {
            pid: other,
            command: command_line(other),
        })
        .collect()
}

fn is_left(other: i32, pid: i32, records: &Path) -> bool {
    let Some((state, parent, group, session)) = stat(other) else {
        return false;
    };
    if matches!(state, 'Z' | 'X') {
        return false;
    }
    let own = std::process::id() as i32;
    group == pid || session == pid || (parent == own && names(other, records))
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

/// State, parent, group and session of a process.
fn stat(pid: i32) -> Option<(char, i32, i32, i32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets, and may have any in it.
    let mut fields = text[text.rfind(')')? + 1..].split_whitespace();
    let state = fields.next()?.chars().next()?;
    let mut number = || fields.next()?.parse().ok();
    Some((state, number()?, number()?, number()?))
}

fn command_line(pid: i32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words: Vec<String> = bytes
        .split(|byte| *byte == 0)
        .filter(|word| !word.is_empty())
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    words.join(" ")
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
    fn what_says_of_itself_what_it_likes_is_read_all_the_same() {
        let (state, parent, group, session) = stat(std::process::id() as i32).unwrap();
        assert!(matches!(state, 'R' | 'S'), "{state}");
        assert!(parent > 0 && group > 0 && session >= 0);
        assert!(!command_line(std::process::id() as i32).is_empty());
    }

    #[test]
    fn nothing_is_left_by_a_process_that_is_none_and_others_are_not_taken_for_its() {
        assert_eq!(left_by(0x3fff_fff0, Path::new("/nowhere")), []);
    }
}
