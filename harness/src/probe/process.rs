//! What the kernel says of any process, from `/proc`. Nothing of the process is touched, and it is not stopped.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What `/proc/PID/stat` has of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    /// Its number.
    pub pid: u32,
    /// The letter of its state: `R`, `S`, `Z`.
    pub state: char,
    /// The number of its parent.
    pub parent: u32,
    /// Its process group.
    pub group: i32,
    /// Its session.
    pub session: i32,
    /// Its threads.
    pub threads: u64,
    /// When it began, in ticks since the machine did. A number that is used again is another process by this.
    pub begun: u64,
}

impl Stat {
    /// Whether it has ended, and only waits for its parent to hear of it.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }
}

/// Looks at a process; `None` where there is none.
pub(crate) fn stat(pid: u32) -> Option<Stat> {
    parse_stat(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn parse_stat(pid: u32, text: &str) -> Option<Stat> {
    // The name stands in brackets, and may have any in it.
    let mut fields = text[text.rfind(')')? + 1..].split_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    let session = fields.next()?.parse().ok()?;
    // The 20th field counts threads, and the 22nd is the beginning; the session was the 6th.
    let threads = fields.nth(13)?.parse().ok()?;
    let begun = fields.nth(1)?.parse().ok()?;
    Some(Stat {
        pid,
        state,
        parent,
        group,
        session,
        threads,
        begun,
    })
}

/// The numbers of all processes that can be seen.
pub(crate) fn all() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

/// The command line of a process, or its name in brackets where it has none; empty where it is gone.
pub(crate) fn command_line(pid: u32) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words: Vec<String> = bytes
        .split(|byte| *byte == 0)
        .filter(|word| !word.is_empty())
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    if !words.is_empty() {
        return words;
    }
    match fs::read_to_string(format!("/proc/{pid}/comm")) {
        Ok(name) => vec![format!("[{}]", name.trim_end())],
        Err(_) => Vec::new(),
    }
}

/// The user that a process belongs to.
pub(crate) fn user(pid: u32) -> Option<u32> {
    Some(fs::metadata(format!("/proc/{pid}")).ok()?.uid())
}

/// Resident memory of a process, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    /// All of it.
    pub resident: u64,
    /// What is of no file and of no shared memory.
    pub anonymous: u64,
}

/// How much memory a process has; `None` where it has none: it has ended, or is the kernel's.
pub(crate) fn memory(pid: u32) -> Option<Memory> {
    parse_memory(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

fn parse_memory(status: &str) -> Option<Memory> {
    Some(Memory {
        resident: kib(status, "VmRSS:")?,
        anonymous: kib(status, "RssAnon:")?,
    })
}

/// What a process shares of its memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sharing {
    /// Its memory with shared pages divided among those who share them (PSS).
    pub proportional: u64,
    /// What nobody shares (USS).
    pub unique: u64,
    /// Of the first: what is of no file on a disk and can be shared.
    pub shared: u64,
}

/// Adds up what a process shares. The kernel walks through all its pages for that: it takes a tenth of a second for some
/// gigabytes.
///
/// # Errors
///
/// What the system says: only the user of a process, and root, may know.
pub(crate) fn sharing(pid: u32) -> io::Result<Sharing> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    parse_sharing(&text).ok_or_else(|| io::ErrorKind::NotFound.into())
}

fn parse_sharing(text: &str) -> Option<Sharing> {
    let own = ["Private_Clean:", "Private_Dirty:", "Private_Hugetlb:"];
    Some(Sharing {
        proportional: kib(text, "Pss:")?,
        unique: own.iter().filter_map(|name| kib(text, name)).sum(),
        shared: kib(text, "Pss_Shmem:").unwrap_or(0),
    })
}

/// How many descriptors a process has open.
///
/// # Errors
///
/// What the system says: only the user of a process, and root, may know.
pub(crate) fn descriptors(pid: u32) -> io::Result<u64> {
    let folder = format!("/proc/{pid}/fd");
    // Since Linux 6.2 the size of the folder is their number.
    let said = fs::metadata(&folder)?.size();
    if said > 0 {
        // The folder can be looked at by everybody, but its entries only by those who may know.
        return Ok(said);
    }
    Ok(fs::read_dir(Path::new(&folder))?.flatten().count() as u64)
}

/// A figure in kB of a text of the kernel's, in bytes. The name begins a line.
fn kib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let figure: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    figure.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_seen_with_its_memory_and_its_descriptors() {
        let pid = std::process::id();
        let seen = stat(pid).unwrap();
        assert!(!seen.has_ended() && seen.threads >= 1 && seen.begun > 0);
        assert!(all().contains(&pid) && !command_line(pid).is_empty());
        let (memory, sharing) = (memory(pid).unwrap(), sharing(pid).unwrap());
        assert!(memory.resident > memory.anonymous && memory.anonymous > 0);
        assert!(sharing.unique > 0 && sharing.proportional >= sharing.unique);
        let before = descriptors(pid).unwrap();
        let more: Vec<_> = (0..50)
            .map(|_| fs::File::open("/dev/null").unwrap())
            .collect();
        assert!(descriptors(pid).unwrap() >= before + 40);
        drop(more);
    }

    #[test]
    fn a_name_with_brackets_and_blanks_hides_nothing() {
        let text = "7 (a) R 1 (b) S 3 4 5 0 -1 0 0 0 0 0 1 2 0 0 20 0 9 0 777 1000 5\n";
        let seen = parse_stat(7, text).unwrap();
        assert_eq!(
            (seen.state, seen.parent, seen.group, seen.session),
            ('S', 3, 4, 5)
        );
        assert_eq!((seen.threads, seen.begun), (9, 777));
        for end in 0..text.len() - 12 {
            // What is cut is not known, and nothing worse.
            let _ = parse_stat(7, &text[..end]);
        }
    }

    #[test]
    fn figures_that_are_missing_or_absurd_are_not_known() {
        assert_eq!(parse_memory("VmRSS:\t  12 kB\n"), None);
        let both = parse_memory("VmRSS:\t  12 kB\nRssAnon:\t 8 kB\n").unwrap();
        assert_eq!((both.resident, both.anonymous), (12 << 10, 8 << 10));
        assert_eq!(
            parse_memory("VmRSS: 18446744073709551615 kB\nRssAnon: 1 kB"),
            None
        );
        let sharing =
            parse_sharing("Pss: 9 kB\nPss_Shmem: 1 kB\nPrivate_Clean: 2 kB\nPrivate_Dirty: 3 kB\n");
        let sharing = sharing.unwrap();
        assert_eq!(
            (sharing.proportional, sharing.unique, sharing.shared),
            (9 << 10, 5 << 10, 1 << 10)
        );
    }
}
