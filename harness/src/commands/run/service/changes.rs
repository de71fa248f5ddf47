//! Leaves out what did the same at all marks: of a large program nearly all was taken while it started.

use super::super::one_run::OneRun;
use crate::recording::{Amount, RecordedSite, Recording};
use std::collections::{HashMap, HashSet};

/// What is larger is told, whether it changes or not.
const LARGE: u64 = 1024;

/// A process: its number, and when its record was begun.
type Process = (u32, u64);
/// What the processes hold at one look.
type Look<'l> = Vec<(Process, &'l mut Vec<RecordedSite>)>;

/// Leaves out of a look what is as it was when its process was first looked at, which is most of a large program; that
/// first look stays whole. `earlier` are the looks before this one. [`only`] puts in again what is wanted of it.
pub(super) fn thin(earlier: &[OneRun], run: &mut OneRun) {
    for recording in &mut run.recordings {
        recording.sites.sort_unstable_by_key(|site| site.number);
        let before = earlier.iter().flat_map(|run| &run.recordings);
        let is_same = |one: &&Recording| process_of(one) == process_of(recording);
        if let Some(first) = before.clone().find(is_same) {
            thin_sites(&first.sites, &mut recording.sites);
        }
    }
}

fn process_of(recording: &Recording) -> Process {
    (recording.pid, recording.begun_ns)
}

/// Leaves out what is as it was at first, and puts in what was there then and is not any more. Both are in order.
fn thin_sites(first: &[RecordedSite], sites: &mut Vec<RecordedSite>) {
    let place = |sites: &[RecordedSite], number: u32| {
        sites.binary_search_by_key(&number, |site| site.number)
    };
    let is_gone = |known: &&RecordedSite| place(sites, known.number).is_err();
    let gone: Vec<RecordedSite> = first
        .iter()
        .filter(is_gone)
        .map(|known| RecordedSite {
            live: Amount::default(),
            peak: Amount::default(),
            ..*known
        })
        .collect();
    sites.retain(|site| match place(first, site.number) {
        Ok(at) => (first[at].taken, first[at].live) != (site.taken, site.live),
        Err(_) => true,
    });
    sites.extend(gone);
    sites.shrink_to_fit();
}

/// Keeps of all looks what changed or is large, and leaves out the rest: call sites that hold little, and took nothing
/// between the first look and the last. All looks have been made [`thin`].
pub(in super::super) fn only<'r>(runs: impl Iterator<Item = &'r mut OneRun>) {
    let looks = runs.map(|run| -> Look<'r> {
        let recordings = run.recordings.iter_mut();
        recordings
            .map(|one| (process_of(one), &mut one.sites))
            .collect()
    });
    of_looks(looks.collect());
}

fn of_looks(mut looks: Vec<Look>) {
    // Of each process: its first look, as far as that is wanted.
    let mut wanted: HashMap<Process, Vec<RecordedSite>> = HashMap::new();
    let mut changed: HashMap<Process, HashSet<u32>> = HashMap::new();
    let mut seen: HashSet<Process> = HashSet::new();
    for (process, sites) in looks.iter().flatten() {
        if !seen.insert(*process) {
            let changed = changed.entry(*process).or_default();
            changed.extend(sites.iter().map(|site| site.number));
        }
    }
    for (process, sites) in looks.iter_mut().flatten() {
        let Some(first) = wanted.get(process) else {
            let changed = changed.get(process);
            let is_changed =
                |site: &RecordedSite| changed.is_some_and(|all| all.contains(&site.number));
            sites.retain(|site| site.live.bytes >= LARGE || is_changed(site));
            wanted.insert(*process, sites.clone());
            continue;
        };
        let has: HashSet<u32> = sites.iter().map(|site| site.number).collect();
        let missing = first.iter().filter(|site| !has.contains(&site.number));
        sites.extend(missing);
        sites.retain(|site| !site.live.is_zero());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{Kind, StackId};

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

    fn numbers(sites: &[RecordedSite]) -> Vec<u32> {
        let mut numbers: Vec<u32> = sites.iter().map(|site| site.number).collect();
        numbers.sort_unstable();
        numbers
    }

    #[test]
    fn what_is_little_and_took_nothing_between_the_looks_is_left_out_of_all_of_them() {
        let mut first = vec![
            site(1, 5, 10),
            site(2, 5, 10),
            site(3, 1, 4_096),
            site(5, 1, 10),
        ];
        let mut last = vec![
            site(1, 5, 10),
            site(2, 9, 10),
            site(3, 1, 4_096),
            site(4, 1, 10),
        ];
        thin_sites(&first, &mut last);
        // The fifth is gone, which is a change too.
        assert_eq!(numbers(&last), [2, 4, 5]);
        let process = (7, 0);
        of_looks(vec![
            vec![(process, &mut first)],
            vec![(process, &mut last)],
        ]);
        assert_eq!(numbers(&first), [2, 3, 5]);
        assert_eq!(numbers(&last), [2, 3, 4]);
    }

    #[test]
    fn what_changed_once_is_in_all_looks_as_it_was_at_each() {
        let mut looks: Vec<Vec<RecordedSite>> = vec![
            vec![site(1, 5, 10)],
            vec![site(1, 5, 10)],
            vec![site(1, 6, 20)],
        ];
        let first = looks[0].clone();
        looks[1..]
            .iter_mut()
            .for_each(|look| thin_sites(&first, look));
        let process = (7, 0);
        of_looks(looks.iter_mut().map(|look| vec![(process, look)]).collect());
        let bytes: Vec<u64> = looks.iter().map(|look| look[0].live.bytes).collect();
        assert_eq!(bytes, [10, 10, 20]);
    }
}
