//! What the kernel says of a process that runs.

use crate::recording::Resources;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What a process holds at this moment; `None` where it has ended. Mappings of files in `records` are the recording's.
pub(super) fn resources(pid: u32, records: &Path) -> Option<Resources> {
    let proc = Path::new("/proc").join(pid.to_string());
    let status = fs::read_to_string(proc.join("status")).ok()?;
    let field = |name: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':')
            .split_whitespace()
            .next()?
            .parse()
            .ok()
    };
    // One that has ended, and was not waited for, has no memory.
    let resident = field("VmRSS")? * 1024;
    let descriptors = fs::read_dir(proc.join("fd"))
        .ok()
        .map(|all| all.count() as u64);
    let mut known = Resources {
        resident: Some(resident),
        resident_peak: field("VmHWM").map(|kib| kib * 1024),
        mapped: field("VmSize").map(|kib| kib * 1024),
        anonymous: field("RssAnon").map(|kib| kib * 1024),
        threads: field("Threads"),
        descriptors,
        ..Resources::default()
    };
    // Another user's may not be looked into.
    if let Ok(smaps) = fs::read(proc.join("smaps")) {
        of_mappings(&smaps, records, &mut known);
    }
    Some(known)
}

/// The processor time of a process so far, in nanoseconds; 0 where it has ended.
pub(super) fn processor_time(pid: u32) -> u64 {
    let mut clock: libc::clockid_t = 0;
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: both calls take a number and write to what they are given.
    let known = unsafe {
        libc::clock_getcpuclockid(pid as libc::pid_t, &raw mut clock) == 0
            && libc::clock_gettime(clock, &raw mut time) == 0
    };
    match known {
        true => time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64,
        false => 0,
    }
}

/// Whether a process handles a signal itself.
pub(super) fn handles(pid: u32, signal: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    caught.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Whether it is an interpreter of Python, which makes SIGINT an exception, and leaves by `exit` where nothing catches it.
pub(super) fn is_python(pid: u32) -> bool {
    let executable = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
    let name = executable.file_name().unwrap_or_default();
    name.as_bytes().starts_with(b"python")
}

/// The parts of `smaps` that nothing else tells (proc_pid_smaps(5)).
fn of_mappings(smaps: &[u8], records: &Path, known: &mut Resources) {
    let records = records.as_os_str().as_bytes();
    let (mut proportional, mut huge, mut own, mut tables, mut mappings) = (0, 0, 0, 0, 0);
    let mut is_own = false;
    let mut this = Mapping::default();
    for line in smaps.split(|byte| *byte == b'\n') {
        let mut words = line
            .split(|byte| *byte == b' ')
            .filter(|word| !word.is_empty());
        let Some(first) = words.next() else { continue };
        let Some(key) = first.strip_suffix(b":") else {
            // `7f00-7f01 rw-s 00000000 00:17 12 /the/path`
            mappings += 1;
            let path = words.nth(4);
            is_own = path.is_some_and(|path| path.starts_with(records));
            this = Mapping {
                has_path: path.is_some(),
                ..Mapping::default()
            };
            continue;
        };
        if key == b"VmFlags" {
            if this.is_table(words) {
                tables += this.resident;
                proportional -= this.proportional;
            }
            continue;
        }
        let value = words
            .next()
            .and_then(|word| std::str::from_utf8(word).ok()?.parse::<u64>().ok());
        let bytes = value.unwrap_or(0).saturating_mul(1024);
        match key {
            b"Rss" if is_own => own += bytes,
            b"Rss" => this.resident = bytes,
            b"Pss" if !is_own => {
                this.proportional = bytes;
                proportional += bytes;
            }
            b"AnonHugePages" => huge += bytes,
            _ => {}
        }
    }
    known.proportional = Some(proportional + own + tables);
    known.huge_pages = Some(huge);
    known.own = Some(own + tables);
    known.own_anonymous = Some(tables);
    known.mappings = Some(mappings);
}

/// What is known of one mapping.
#[derive(Default)]
struct Mapping {
    has_path: bool,
    resident: u64,
    proportional: u64,
}

impl Mapping {
    /// Whether it is one of the library's tables, by its flags: no room is reserved for it (`nr`), and it has no huge pages
    /// (`nh`). A program that asks for both is hardly ever met.
    fn is_table<'f>(&self, flags: impl Iterator<Item = &'f [u8]>) -> bool {
        let wanted: [&[u8]; 2] = [b"nr", b"nh"];
        let met = flags.filter(|flag| wanted.contains(flag)).count();
        !self.has_path && met == wanted.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_runs_is_seen_and_one_that_is_none_is_not() {
        let seen = resources(std::process::id(), Path::new("/nowhere")).unwrap();
        assert!(seen.resident.unwrap() > 0 && seen.proportional.unwrap() > 0);
        assert!(seen.descriptors.unwrap() >= 3 && seen.threads.unwrap() >= 1);
        assert_eq!(seen.own, Some(0));
        assert_eq!(resources(0x3fff_fff0, Path::new("/nowhere")), None);
        assert!(processor_time(std::process::id()) > 0);
        assert_eq!(processor_time(0x3fff_fff0), 0);
    }

    #[test]
    fn the_record_is_told_from_what_is_the_programs() {
        let smaps = b"7f00-7f01 rw-s 00000000 00:17 12   /dev/shm/harness-records-1/7-0.record\n\
            Size:  8 kB\nRss:   4 kB\nPss:   2 kB\nAnonHugePages:  0 kB\nVmFlags: rd wr\n\
            8f00-8f01 rw-p 00000000 00:00 0\nRss:  64 kB\nPss:  32 kB\nAnonHugePages:  16 kB\nVmFlags: rd wr nr\n\
            9f00-9f01 rw-p 00000000 00:00 0\nRss:  9 kB\nPss:  9 kB\nVmFlags: rd wr mr mw me ac nr nh\n";
        let mut known = Resources::default();
        of_mappings(smaps, Path::new("/dev/shm/harness-records-1"), &mut known);
        assert_eq!(
            (
                known.proportional,
                known.own,
                known.huge_pages,
                known.mappings
            ),
            (Some(45 << 10), Some(13 << 10), Some(16 << 10), Some(3))
        );
        assert_eq!(known.own_anonymous, Some(9 << 10));
    }

    #[test]
    fn handlers_of_signals_are_known() {
        // Nobody has one for these here.
        assert!(!handles(std::process::id(), libc::SIGKILL));
        assert!(!handles(0x3fff_fff0, libc::SIGTERM));
    }
}
