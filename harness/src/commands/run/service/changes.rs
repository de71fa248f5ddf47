//! Leaves out what did the same at all marks: of a large program nearly all was taken while it started.

use super::super::one_run::OneRun;
use crate::recording::RecordedSite;
use std::collections::HashMap;

/// What is larger is told, whether it changes or not.
const LARGE: u64 = 1024;

/// A process: its number, and when its record was begun.
type Process = (u32, u64);
/// What the processes hold at one look.
type Look<'l> = Vec<(Process, &'l mut Vec<RecordedSite>)>;

/// Leaves out call sites that hold little, and took nothing between the first look and the last.
pub(in super::super) fn only<'r>(runs: impl Iterator<Item = &'r mut OneRun>) {
    let looks = runs.map(|run| -> Look<'r> {
        let recordings = run.recordings.iter_mut();
        recordings
            .map(|one| ((one.pid, one.begun_ns), &mut one.sites))
            .collect()
    });
    of_looks(looks.collect());
}

fn of_looks(looks: Vec<Look>) {
    // Of each site: at how many looks it was there, what it had taken at the first of them, and whether it is told.
    let mut known: HashMap<(Process, u32), (usize, u64, bool)> = HashMap::new();
    for (process, sites) in looks.iter().flatten() {
        for site in sites.iter() {
            let first = (0, site.taken, false);
            let (times, taken, is_told) = known.entry((*process, site.number)).or_insert(first);
            *times += 1;
            *is_told |= *taken != site.taken || site.live.bytes >= LARGE;
        }
    }
    let all = looks.len();
    for (process, sites) in looks.into_iter().flatten() {
        sites.retain(|site| {
            let (times, _, is_told) = known[&(process, site.number)];
            is_told || times < all
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{Amount, Kind, StackId};

    fn site(number: u32, taken: u64, bytes: u64) -> RecordedSite {
        let live = Amount { bytes, blocks: 1 };
        RecordedSite {
            number,
            kind: Kind::Heap,
            stack: StackId::UNKNOWN,
            taken,
            live,
            peak: live,
            end: live,
            definite: Amount::default(),
            indirect: Amount::default(),
            possible: Amount::default(),
        }
    }

    #[test]
    fn what_is_little_and_took_nothing_between_the_looks_is_left_out_of_all_of_them() {
        let mut first = vec![site(1, 5, 10), site(2, 5, 10), site(3, 1, 4_096)];
        let mut last = vec![
            site(1, 5, 10),
            site(2, 9, 10),
            site(3, 1, 4_096),
            site(4, 1, 10),
        ];
        let process = (7, 0);
        of_looks(vec![
            vec![(process, &mut first)],
            vec![(process, &mut last)],
        ]);
        let numbers =
            |sites: &[RecordedSite]| -> Vec<u32> { sites.iter().map(|site| site.number).collect() };
        assert_eq!(numbers(&first), [2, 3]);
        assert_eq!(numbers(&last), [2, 3, 4]);
    }
}
