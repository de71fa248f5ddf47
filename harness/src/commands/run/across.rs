//! One call site in all runs: by its stack, which has the same name in each of them.

use super::figures::{figures, trust};
use super::one_run::OneRun;
use crate::recording::{Held, Kind, Recording, StackId, StackKey, StackKeys};
use harness_judge::counts::{Figures, Trust};
use std::collections::{BTreeMap, HashMap};

/// The processes of one key in one run.
#[derive(Default)]
pub(super) struct InRun<'r> {
    /// Their records.
    pub recordings: Vec<&'r Recording>,
}

/// One call site in one run: of several processes, the sum and the greatest.
#[derive(Clone, Copy, Default)]
pub(super) struct Slot {
    /// Of all of them together.
    pub sum: Figures,
    /// Of the one with the most.
    pub most: Figures,
    /// Whether any came to it.
    seen: bool,
}

/// One call site in all runs.
pub(super) struct Site<'r> {
    /// Run by run.
    pub slots: Vec<Slot>,
    /// Where its stack can be looked up: in the run with the greatest count.
    pub shown: (&'r Recording, StackId, u64),
    /// Who holds what it took, in the run with the greatest count of those that tell.
    pub held: Option<(&'r Held, u64)>,
}

/// The call sites of some processes. `whole` has the stacks of those whose records in `runs` have none. `has_end`: the last
/// run is their end, of which only what was there before is wanted.
pub(super) fn sites<'r>(
    runs: &[&'r OneRun],
    in_runs: &[InRun<'r>],
    whole: &'r [Recording],
    repeat: bool,
    has_end: bool,
) -> BTreeMap<(Kind, StackKey), Site<'r>> {
    let whole: HashMap<(u32, u64), &Recording> =
        whole.iter().map(|one| (process_of(one), one)).collect();
    let mut keys: HashMap<(u32, u64), StackKeys> = HashMap::new();
    let mut all: HashMap<(Kind, StackKey), Site> = HashMap::new();
    for (at, (run, processes)) in runs.iter().zip(in_runs).enumerate() {
        let iterations = if repeat { 1 } else { run.iterations };
        let is_end = has_end && at + 1 == runs.len();
        for recording in &processes.recordings {
            let process = process_of(recording);
            let with_stacks = whole.get(&process).unwrap_or(recording);
            let keys = keys
                .entry(process)
                .or_insert_with(|| StackKeys::new(with_stacks));
            let mut own: HashMap<(Kind, StackKey), Figures> = HashMap::new();
            for site in &recording.sites {
                let key = (site.kind, keys.of(site.stack));
                if is_end && !all.contains_key(&key) {
                    continue;
                }
                let figures = figures(recording, site, iterations);
                let so_far = own.entry(key).or_insert(Figures {
                    trust: figures.trust,
                    ..Figures::default()
                });
                *so_far = so_far.plus(figures);
                so_far.iterations = iterations;
                let known = all.entry(key).or_insert_with(|| Site {
                    slots: vec![Slot::default(); runs.len()],
                    shown: (with_stacks, site.stack, iterations),
                    held: None,
                });
                if iterations >= known.shown.2 {
                    known.shown = (with_stacks, site.stack, iterations);
                }
                if let Some(held) = with_stacks.held.get(&site.stack)
                    && site.kind == Kind::Heap
                    && known.held.is_none_or(|(_, before)| iterations >= before)
                {
                    known.held = Some((held, iterations));
                }
            }
            for (key, figures) in own {
                let slot = &mut all.get_mut(&key).expect("made above").slots[at];
                *slot = match slot.seen {
                    true => Slot {
                        sum: slot.sum.plus(figures),
                        most: slot.most.max(figures),
                        seen: true,
                    },
                    false => Slot {
                        sum: figures,
                        most: figures,
                        seen: true,
                    },
                };
            }
        }
    }
    // A call site that a run never came to held nothing in it.
    for site in all.values_mut() {
        for ((slot, run), processes) in site.slots.iter_mut().zip(runs).zip(in_runs) {
            if !slot.seen {
                let trust = processes
                    .recordings
                    .iter()
                    .map(|one| trust(one))
                    .min()
                    .unwrap_or(Trust::Scanned);
                let iterations = if repeat { 1 } else { run.iterations };
                let nothing = Figures {
                    iterations,
                    trust,
                    ..Figures::default()
                };
                *slot = Slot {
                    sum: nothing,
                    most: nothing,
                    seen: false,
                };
            }
        }
    }
    all.into_iter().collect()
}

/// The process of a record: its number, and when the record was begun.
fn process_of(recording: &Recording) -> (u32, u64) {
    (recording.pid, recording.begun_ns)
}
