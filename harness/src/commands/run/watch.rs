//! Looks at a command while it runs: what lives in its heaps, and how much memory it takes.

use crate::files;
use crate::recording::{Kind, State, Totals};
use harness_model::program::Moment;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often it looks at first.
const OFTEN: Duration = Duration::from_millis(40);
/// Looking takes at most one part in so many of the time.
const PART: u32 = 30;
/// Moments that are kept; of more, every second goes.
const MOST: usize = 400;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// What lived, moment by moment.
    pub timeline: Vec<Moment>,
    /// The most resident memory of the command's own process, in bytes; 0 where it was never seen.
    pub resident_peak: u64,
    /// Its resident memory when it was last seen.
    pub resident: u64,
    /// Its anonymous memory when it was last seen.
    pub anonymous: u64,
}

/// Watches a command's own process, and the records of all.
pub(super) struct Watch<'w> {
    pid: u32,
    records: &'w Path,
    closely: bool,
    begun: Instant,
    every: Duration,
    next: Instant,
    seen: Seen,
}

impl<'w> Watch<'w> {
    /// Watches from now on; `closely` where no record will tell of its end.
    pub(super) fn new(pid: u32, records: &'w Path, closely: bool) -> Watch<'w> {
        let begun = Instant::now();
        Watch {
            pid,
            records,
            closely,
            begun,
            every: OFTEN,
            next: begun,
            seen: Seen::default(),
        }
    }

    /// Looks, if it is time to.
    pub(super) fn look(&mut self) {
        let now = Instant::now();
        // What the kernel says is all that there will be of it: the last look has to be near its end.
        if self.closely {
            self.resident();
        }
        if now < self.next {
            return;
        }
        self.resident();
        if let Some((live_bytes, live_blocks)) = live(self.records) {
            let seconds = self.begun.elapsed().as_secs_f64();
            self.seen.timeline.push(Moment {
                seconds,
                live_bytes,
                live_blocks,
            });
        }
        if self.seen.timeline.len() >= MOST {
            let mut keep = false;
            self.seen.timeline.retain(|_| {
                keep = !keep;
                keep
            });
            self.every *= 2;
        }
        self.next = now + self.every.max(now.elapsed() * PART);
    }

    /// The memory of the command's own process at this moment, in bytes.
    pub(super) fn now(&self) -> u64 {
        self.seen.resident
    }

    fn resident(&mut self) {
        let Ok(status) = fs::read_to_string(format!("/proc/{}/status", self.pid)) else {
            return;
        };
        let kib = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim_start_matches(':')
                .trim()
                .trim_end_matches(" kB")
                .trim()
                .parse()
                .ok()
        };
        // One that has ended has none of these.
        if let Some(resident) = kib("VmRSS") {
            self.seen.resident = resident * 1024;
            self.seen.resident_peak = self
                .seen
                .resident_peak
                .max(kib("VmHWM").unwrap_or(0) * 1024);
            self.seen.anonymous = kib("RssAnon").unwrap_or(0) * 1024;
        }
    }

    /// What was seen in all.
    pub(super) fn end(self) -> Seen {
        self.seen
    }
}

/// The bytes and blocks that live in the heaps of all processes that have a record and live.
fn live(records: &Path) -> Option<(u64, u64)> {
    let mut sum = None;
    for path in files_of(records) {
        let Some(pid) = pid_of(&path) else { continue };
        if !Path::new("/proc").join(pid.to_string()).exists() {
            continue;
        }
        let Ok(file) = files::open(&path) else {
            continue;
        };
        if let Ok(Some(totals)) = Totals::read(&file.into_inner())
            && totals.state != State::Replaced
        {
            let heap = totals.of(Kind::Heap);
            let (bytes, blocks) = sum.unwrap_or((0u64, 0u64));
            sum = Some((
                bytes.saturating_add(heap.bytes),
                blocks.saturating_add(heap.blocks),
            ));
        }
    }
    sum
}

/// The records in a folder.
pub(super) fn files_of(records: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(records).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "record"))
        .collect()
}

/// `1234-0.record` is of process 1234.
pub(super) fn pid_of(path: &Path) -> Option<u32> {
    path.file_stem()?.to_str()?.split('-').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_seen_while_it_lives_and_its_record_is_known_by_its_name() {
        let nowhere = Path::new("/nowhere");
        let mut watch = Watch::new(std::process::id(), nowhere, true);
        watch.look();
        assert!(watch.now() > 0);
        let seen = watch.end();
        assert!(seen.resident_peak >= seen.resident && seen.timeline.is_empty());
        assert_eq!(pid_of(Path::new("/x/1234-2.record")), Some(1234));
        assert_eq!(pid_of(Path::new("/x/harness.record")), None);
    }
}
