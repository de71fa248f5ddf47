//! What each call site of each process held, over time.
//!
//! There are thousands of sites, and most of them never change after the first seconds: of each only its changes are kept.
//! There are a few hundred moments; when there are too many, every second goes, and from then on half as many are taken.

use crate::commands::run::Gatherer;
use crate::recording::{self, Kind, LiveSite, StackKeys};
use harness_model::record::{Measure, RecordHeld, RecordLine, RecordSite};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Moments that are kept.
const MOST_MOMENTS: usize = 256;
/// Sites of which the changes are kept. What a program with more takes at further ones is not looked at.
const MOST_SITES: usize = 20_000;
/// Sites that are told: those that gained the most, and those that held the most at any moment.
const MOST_GAINING: usize = 64;
const MOST_HOLDING: usize = 32;

/// Sites over time.
#[derive(Default)]
pub(super) struct Sites {
    /// When, in seconds.
    moments: Vec<f64>,
    records: Vec<PathBuf>,
    by_record: HashMap<PathBuf, usize>,
    changes: HashMap<(usize, usize), Changes>,
    /// Sites that there was no room for.
    left_out: bool,
}

/// One site: what it takes, and from which moment on it held how much.
struct Changes {
    kind: Kind,
    stack: recording::StackId,
    held: Vec<(usize, Held)>,
}

/// Bytes, and blocks or what else it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub bytes: u64,
    pub blocks: u64,
}

impl Changes {
    fn now(&self) -> Held {
        self.held.last().map_or(Held::default(), |last| last.1)
    }

    fn at(&self, moment: usize) -> Held {
        let after = self.held.partition_point(|change| change.0 <= moment);
        let last = after.checked_sub(1);
        last.map_or(Held::default(), |last| self.held[last].1)
    }

    fn set(&mut self, moment: usize, held: Held) {
        if self.now() == held {
            return;
        }
        match self.held.last_mut() {
            Some(last) if last.0 == moment => last.1 = held,
            _ => self.held.push((moment, held)),
        }
    }
}

/// What takes so much.
pub(super) struct Top {
    /// Its record.
    pub record: PathBuf,
    /// Where it stands there.
    pub number: usize,
    /// What it takes.
    pub kind: Kind,
    /// Its stack.
    pub stack: recording::StackId,
    /// What it holds now.
    pub now: Held,
    /// By how much that is more than a while ago.
    pub gained: i128,
}

impl Sites {
    /// Begins a moment. Says whether there have become too many, so that from now on half as many are to be taken.
    pub(super) fn begin(&mut self, seconds: f64) -> bool {
        let thinned = self.moments.len() >= MOST_MOMENTS;
        if thinned {
            self.thin();
        }
        self.moments.push(seconds);
        thinned
    }

    /// A site of this record holds so much at the moment that was begun last.
    pub(super) fn see(&mut self, record: &Path, site: LiveSite) {
        let Some(moment) = self.moments.len().checked_sub(1) else {
            return;
        };
        let record = match self.by_record.get(record) {
            Some(known) => *known,
            None => {
                self.records.push(record.to_owned());
                let number = self.records.len() - 1;
                self.by_record.insert(record.to_owned(), number);
                number
            }
        };
        let held = Held {
            bytes: site.live.bytes,
            blocks: site.live.blocks,
        };
        let key = (record, site.number);
        if let Some(known) = self.changes.get_mut(&key) {
            known.set(moment, held);
        } else if held != Held::default() {
            if self.changes.len() >= MOST_SITES {
                self.left_out = true;
                return;
            }
            self.changes.insert(
                key,
                Changes {
                    kind: site.kind,
                    stack: site.stack,
                    held: vec![(moment, held)],
                },
            );
        }
    }

    /// The processes of these records have ended, or have become other programs: their sites hold nothing any more.
    pub(super) fn only(&mut self, living: &[&Path]) {
        let Some(moment) = self.moments.len().checked_sub(1) else {
            return;
        };
        let records = &self.records;
        for ((record, _), changes) in &mut self.changes {
            if !living.contains(&records[*record].as_path()) {
                changes.set(moment, Held::default());
            }
        }
    }

    /// The sites of the heap that gained the most in the last minute, the most first.
    pub(super) fn gaining(&self, most: usize) -> Vec<Top> {
        let Some(last) = self.moments.last() else {
            return Vec::new();
        };
        let ago = self.moments.partition_point(|at| *at < last - 60.0);
        let heap = self
            .changes
            .iter()
            .filter(|(_, one)| one.kind == Kind::Heap);
        let mut gaining: Vec<_> = heap
            .map(|(key, one)| {
                let before = i128::from(one.at(ago).bytes);
                (i128::from(one.now().bytes) - before, key, one)
            })
            .filter(|(gained, ..)| *gained > 0)
            .collect();
        gaining.sort_by_key(|(gained, key, _)| (-gained, **key));
        gaining.truncate(most);
        gaining
            .into_iter()
            .map(|(gained, key, one)| Top {
                record: self.records[key.0].clone(),
                number: key.1,
                kind: one.kind,
                stack: one.stack,
                now: one.now(),
                gained,
            })
            .collect()
    }

    fn thin(&mut self) {
        let mut keep = false;
        self.moments.retain(|_| {
            keep = !keep;
            keep
        });
        for changes in self.changes.values_mut() {
            let mut kept: Vec<(usize, Held)> = Vec::new();
            for (moment, held) in changes.held.drain(..) {
                // It is seen at the first moment that is left.
                let moment = moment.div_ceil(2);
                match kept.last_mut() {
                    Some(last) if last.0 == moment => last.1 = held,
                    _ => kept.push((moment, held)),
                }
            }
            let moments = self.moments.len();
            kept.retain(|(moment, _)| *moment < moments);
            changes.held = kept;
        }
    }

    /// The lines that tell of the sites worth telling: their names, and what they held at each moment. Equal stacks of
    /// several processes are one site.
    pub(super) fn lines(&self) -> (Vec<RecordLine>, Option<String>) {
        let mut gatherer = Gatherer::new();
        let recordings: Vec<Option<recording::Recording>> = self
            .records
            .iter()
            .map(|path| recording::read(path).ok())
            .collect();
        let keys: Vec<Option<StackKeys>> = recordings
            .iter()
            .map(|one| one.as_ref().map(StackKeys::new))
            .collect();
        let mut merged: BTreeMap<_, Vec<(usize, &Changes)>> = BTreeMap::new();
        for ((record, _), changes) in &self.changes {
            if let (Some(keys), Some(measure)) = (&keys[*record], measure_of(changes.kind)) {
                let key = (measure, keys.of(changes.stack));
                merged.entry(key).or_default().push((*record, changes));
            }
        }
        let course = |parts: &[(usize, &Changes)]| -> Vec<Held> {
            let at = |moment| {
                let parts = parts.iter().map(|(_, one)| one.at(moment));
                parts.fold(Held::default(), |sum, one| Held {
                    bytes: sum.bytes.saturating_add(one.bytes),
                    blocks: sum.blocks.saturating_add(one.blocks),
                })
            };
            (0..self.moments.len()).map(at).collect()
        };
        let mut all: Vec<Merged<'_>> = merged
            .into_iter()
            .map(|((measure, _), parts)| Merged {
                measure,
                course: course(&parts),
                parts,
            })
            .collect();
        let wanted = worth_telling(&all);
        let mut number = 0;
        all.retain(|_| {
            number += 1;
            wanted[number - 1]
        });
        let mut lines = Vec::new();
        for (number, one) in (0..).zip(&all) {
            let largest = one.parts.iter().max_by_key(|(_, one)| one.now().bytes);
            let Some((record, changes)) = largest else {
                continue;
            };
            let Some(recording) = &recordings[*record] else {
                continue;
            };
            let (place, _, stack) = gatherer.name(recording, changes.stack, changes.kind);
            lines.push(RecordLine::Site(RecordSite {
                site: number,
                pid: recording.pid,
                measure: one.measure,
                place,
                stack,
            }));
        }
        for (moment, seconds) in self.moments.iter().enumerate() {
            let held = (0..).zip(&all).filter_map(|(number, one)| {
                let held = one.course[moment];
                (held != Held::default()).then_some((number, held.bytes, held.blocks))
            });
            lines.push(RecordLine::Held(RecordHeld {
                seconds: *seconds,
                sites: held.collect(),
            }));
        }
        let note = self.left_out.then(|| {
            format!("There are more than {MOST_SITES} call sites: those that came last were not looked at by themselves.")
        });
        (lines, note)
    }
}

/// Equal stacks of several processes.
struct Merged<'s> {
    measure: Measure,
    /// Each with its record.
    parts: Vec<(usize, &'s Changes)>,
    /// What all of them held at each moment.
    course: Vec<Held>,
}

/// Which of the sites are told.
fn worth_telling(all: &[Merged<'_>]) -> Vec<bool> {
    let mut wanted = vec![false; all.len()];
    let mut mark = |of: &dyn Fn(&[Held], bool) -> i128, most: usize| {
        let mut order: Vec<usize> = (0..all.len()).collect();
        let amount = |at: &usize| of(&all[*at].course, all[*at].measure.is_bytes());
        order.retain(|at| amount(at) > 0);
        order.sort_by_key(|at| (-amount(at), *at));
        for at in order.into_iter().take(most) {
            wanted[at] = true;
        }
    };
    let amount = |held: &Held, is_bytes: bool| match is_bytes {
        true => i128::from(held.bytes),
        // A descriptor is as much of a leak as a page is.
        false => i128::from(held.blocks) * 4096,
    };
    let last = |course: &[Held], is_bytes| course.last().map_or(0, |one| amount(one, is_bytes));
    let gained = |course: &[Held], is_bytes| {
        // What is there from the beginning is loaded; what comes in the second half goes on.
        let middle = course.get(course.len() / 2);
        last(course, is_bytes) - middle.map_or(0, |one| amount(one, is_bytes))
    };
    let most = |course: &[Held], is_bytes| {
        let amounts = course.iter().map(|one| amount(one, is_bytes));
        amounts.max().unwrap_or(0)
    };
    mark(&gained, MOST_GAINING);
    mark(&most, MOST_HOLDING);
    wanted
}

/// What a kind is called over time; of the others nothing is told.
fn measure_of(kind: Kind) -> Option<Measure> {
    match kind {
        Kind::Heap => Some(Measure::Heap),
        Kind::Mapping => Some(Measure::Mapped),
        Kind::Descriptor => Some(Measure::Descriptors),
        Kind::Thread => Some(Measure::Threads),
        Kind::Child | Kind::Shared => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{Amount, StackId};

    fn see(sites: &mut Sites, number: usize, blocks: u64) {
        let live = Amount {
            bytes: 48 * blocks,
            blocks,
        };
        let site = LiveSite {
            number,
            kind: Kind::Heap,
            stack: StackId(1),
            live,
        };
        sites.see(Path::new("/r/7-0.record"), site);
    }

    fn blocks(sites: &Sites, number: usize) -> Vec<u64> {
        let changes = &sites.changes[&(0, number)];
        let moments = 0..sites.moments.len();
        moments.map(|moment| changes.at(moment).blocks).collect()
    }

    #[test]
    fn what_a_site_held_is_known_at_each_moment_and_kept_where_it_changes() {
        let mut sites = Sites::default();
        for moment in 0..10_u64 {
            sites.begin(moment as f64);
            see(&mut sites, 3, moment);
            see(&mut sites, 4, 7);
            see(&mut sites, 5, 0);
        }
        assert_eq!(blocks(&sites, 3), (0..10).collect::<Vec<_>>());
        assert_eq!(blocks(&sites, 4), [7; 10]);
        assert_eq!(sites.changes[&(0, 4)].held.len(), 1);
        assert_eq!(sites.changes.len(), 2, "what holds nothing is no site");
        let gaining = sites.gaining(5);
        assert_eq!(
            (gaining.len(), gaining[0].number, gaining[0].gained),
            (1, 3, 9 * 48)
        );
        sites.begin(10.0);
        sites.only(&[]);
        assert_eq!((blocks(&sites, 3)[10], blocks(&sites, 4)[10]), (0, 0));
    }

    #[test]
    fn when_there_are_too_many_moments_every_second_goes_and_the_rest_says_the_same() {
        let mut sites = Sites::default();
        let mut thinned = 0;
        for moment in 0..1_000_u64 {
            thinned += u32::from(sites.begin(moment as f64));
            see(&mut sites, 0, moment + 1);
            see(&mut sites, 1, 9);
        }
        assert!(thinned >= 2 && sites.moments.len() <= MOST_MOMENTS);
        let told = blocks(&sites, 0);
        for (at, blocks) in sites.moments.iter().zip(&told) {
            assert_eq!(*blocks, *at as u64 + 1, "at {at}");
        }
        assert_eq!(sites.changes[&(0, 1)].held.len(), 1);
    }
}
