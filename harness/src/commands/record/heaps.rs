//! What lives in the heaps of processes into which the library was loaded, from the records that they write.

use super::pace::{Pace, spent};
use super::sites::{Sites, Top};
use crate::files;
use crate::recording::{Kind, State, Totals};
use harness_model::record::{RecordLine, RecordProcessFigures};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Of the time, what reading records may take: one part in so many.
const PART: u32 = 60;

/// The records of a folder, read again and again.
pub(super) struct Heaps {
    folder: PathBuf,
    pace: Pace,
    open: BTreeMap<u32, Open>,
    /// When call sites are looked at one by one.
    each: Pace,
    sites: Sites,
}

/// The record that a process writes now.
struct Open {
    path: PathBuf,
    file: File,
}

impl Heaps {
    /// Reads them so often at the most.
    pub(super) fn new(folder: &Path, interval: Duration) -> Heaps {
        Heaps {
            folder: folder.to_owned(),
            pace: Pace::new(interval, PART),
            open: BTreeMap::new(),
            each: Pace::new(interval, PART),
            sites: Sites::default(),
        }
    }

    /// Adds what is known to the figures of these processes, if it is time to: of all of them or of none, so that sums
    /// stay comparable.
    pub(super) fn look(&mut self, each: &mut [RecordProcessFigures], seconds: f64) {
        let (begun, before) = (Instant::now(), spent());
        if !self.pace.is_due(begun) {
            return;
        }
        self.find(each);
        let by_site = self.each.is_due(begun);
        if by_site && self.sites.begin(seconds) {
            self.each.slow_down();
        }
        for one in each.iter_mut() {
            let Some(open) = self.open.get(&one.pid) else {
                continue;
            };
            let sites = &mut self.sites;
            let read = Totals::read_each(&open.file, |site| {
                if by_site {
                    sites.see(&open.path, site);
                }
            });
            // One that was replaced has a later record, which is read the next time.
            if let Ok(Some(totals)) = read
                && totals.state != State::Replaced
            {
                let heap = totals.of(Kind::Heap);
                one.figures.heap_bytes = Some(heap.bytes);
                one.figures.heap_blocks = Some(heap.blocks);
                one.figures.mapped_bytes = Some(totals.of(Kind::Mapping).bytes);
            }
        }
        if by_site {
            let living = self.open.iter();
            let living = living.filter(|(pid, _)| each.iter().any(|one| one.pid == **pid));
            let living: Vec<&Path> = living.map(|(_, open)| open.path.as_path()).collect();
            self.sites.only(&living);
            self.each.done(begun, Instant::now(), spent() - before);
        }
        self.pace.done(begun, Instant::now(), spent() - before);
    }

    /// Leaves the records themselves out of the figures of these processes: they are files in memory, mapped and written by
    /// the process, and no memory of the program's.
    pub(super) fn leave_out(&self, each: &mut [RecordProcessFigures]) {
        for one in each {
            let Some(open) = self.open.get(&one.pid) else {
                continue;
            };
            let taken = open.file.metadata().map_or(0, |about| 512 * about.blocks());
            let figures = &mut one.figures;
            for figure in [
                &mut figures.resident_bytes,
                &mut figures.proportional_bytes,
                &mut figures.unique_bytes,
                &mut figures.shared_bytes,
            ] {
                *figure = figure.map(|bytes| bytes.saturating_sub(taken));
            }
        }
    }

    /// The lines that tell of call sites, and what has to be known of them.
    pub(super) fn lines(&self) -> (Vec<RecordLine>, Option<String>) {
        self.sites.lines()
    }

    /// The call sites that gained the most in the last minute.
    pub(super) fn gaining(&self, most: usize) -> Vec<Top> {
        self.sites.gaining(most)
    }

    /// Opens the last record of each of these processes; those of before are of programs that it was.
    fn find(&mut self, each: &[RecordProcessFigures]) {
        let mut last: BTreeMap<u32, (u32, PathBuf)> = BTreeMap::new();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let Some((pid, number)) = numbers(&path) else {
                continue;
            };
            let is_wanted = each.iter().any(|one| one.pid == pid);
            if is_wanted && last.get(&pid).is_none_or(|(before, _)| *before < number) {
                last.insert(pid, (number, path));
            }
        }
        self.open.retain(|pid, _| last.contains_key(pid));
        for (pid, (_, path)) in last {
            if self.open.get(&pid).is_some_and(|open| open.path == path) {
                continue;
            }
            if let Ok(file) = files::open(&path) {
                let file = file.into_inner();
                self.open.insert(pid, Open { path, file });
            }
        }
    }
}

/// `1234-2.record` is the third of process 1234.
fn numbers(path: &Path) -> Option<(u32, u32)> {
    let name = path.file_name()?.to_str()?.strip_suffix(".record")?;
    let (pid, number) = name.split_once('-')?;
    Some((pid.parse().ok()?, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_known_by_its_name_and_the_last_of_a_process_counts() {
        assert_eq!(numbers(Path::new("/x/1234-2.record")), Some((1234, 2)));
        assert_eq!(numbers(Path::new("/x/1234.record")), None);
        let folder = tempfile::tempdir().unwrap();
        for name in ["7-0.record", "7-10.record", "7-2.record", "8-0.record", "x"] {
            fs::write(folder.path().join(name), "no record").unwrap();
        }
        let mut heaps = Heaps::new(folder.path(), Duration::ZERO);
        let mut each = [RecordProcessFigures {
            pid: 7,
            figures: Default::default(),
        }];
        heaps.look(&mut each, 1.0);
        assert_eq!(each[0].figures.heap_bytes, None, "it is no record");
        assert_eq!(heaps.open[&7].path, folder.path().join("7-10.record"));
        assert_eq!(heaps.open.len(), 1, "nobody asked for the others");
    }
}
