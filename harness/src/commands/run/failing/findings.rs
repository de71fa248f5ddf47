//! What goes wrong where allocations fail, of all runs together.

use super::super::gather::{Gatherer, resource};
use super::super::launch::How;
use super::compare::{Baseline, More};
use crate::recording::{Kind, Recording, StackId};
use harness_model::program::{
    ErrorPathFinding, ErrorPathKind, FailedAllocation, ProgramCause, Resource,
};
use harness_model::{Frame, Place};

/// Places of failed allocations that are told of one finding, beside the first.
const MOST_FAILED: usize = 5;
/// What handles a signal, in the libc.
const SIGNALS_OWN: &str = "__restore_rt";

/// Collects findings.
pub(super) struct Findings {
    baseline: Baseline,
    ends_well: How,
    found: Vec<ErrorPathFinding>,
}

/// What is found at a place.
struct Found {
    kind: ErrorPathKind,
    resource: Option<Resource>,
    place: Place,
    language: Option<String>,
    stack: Vec<Frame>,
    bytes: u64,
    count: u64,
    /// It ends the command wherever memory is missing, and is told once.
    everywhere: Option<&'static str>,
}

/// What is thrown in C++ where memory is missing, and ends the program where nobody catches it.
const UNCAUGHT: &str = ", since nobody catches std::bad_alloc";

impl Findings {
    /// None yet, beside a run without a failure that ended so.
    pub(super) fn new(baseline: Baseline, ends_well: How) -> Findings {
        Findings {
            baseline,
            ends_well,
            found: Vec::new(),
        }
    }

    /// Adds what a run did in which an allocation failed, as number `number`.
    pub(super) fn add(
        &mut self,
        how: &How,
        recording: &Recording,
        number: u64,
        gatherer: &mut Gatherer,
    ) {
        let mut found = Vec::new();
        match how {
            How::Killed(_) => found.extend(crash(recording, gatherer)),
            How::TimedOut(_) | How::TooLarge(_) => found.push(Found {
                kind: ErrorPathKind::Hang,
                resource: None,
                place: Place::unknown(),
                language: None,
                stack: Vec::new(),
                bytes: 0,
                count: 1,
                everywhere: None,
            }),
            _ => {
                let lost = self.baseline.lost_beyond(recording);
                found.extend(lost.iter().map(|one| more(*one, recording, gatherer)));
                // A command that gives up leaves it to the kernel to close what is open.
                if *how == self.ends_well {
                    let left = self.baseline.left_beyond(recording);
                    found.extend(left.iter().map(|one| more(*one, recording, gatherer)));
                }
            }
        }
        // Stacks of one place are told together.
        let mut told: Vec<Found> = Vec::new();
        for one in found {
            match told.iter_mut().find(|known| known.is_as(&one)) {
                Some(known) => {
                    known.bytes += one.bytes;
                    known.count += one.count;
                }
                None => told.push(one),
            }
        }
        if told.is_empty() {
            return;
        }
        let failed = recording.failed.unwrap_or(StackId::UNKNOWN);
        let (place, _, stack) = gatherer.name(recording, failed, Kind::Heap);
        for mut one in told {
            if one.kind == ErrorPathKind::Hang {
                // Nobody knows where it hangs: it is told by what failed.
                one.place = place.clone();
                one.stack = stack.clone();
            }
            self.put(one, &place, &stack, number, how);
        }
    }

    fn put(&mut self, one: Found, failed: &Place, stack: &[Frame], number: u64, how: &How) {
        let known = self.found.iter_mut().find(|known| {
            let same = known.place == one.place
                || one.everywhere.is_some_and(|why| known.ended.ends_with(why));
            (known.kind, known.resource) == (one.kind, one.resource) && same
        });
        let Some(known) = known else {
            self.found.push(ErrorPathFinding {
                kind: one.kind,
                resource: one.resource,
                place: one.place,
                language: one.language,
                bytes: one.bytes,
                count: one.count,
                runs: 1,
                failed: FailedAllocation {
                    place: failed.clone(),
                    number,
                    stack: stack.to_vec(),
                },
                also_failed: Vec::new(),
                ended: format!("{}{}", how.clause(), one.everywhere.unwrap_or_default()),
                stack: one.stack,
            });
            return;
        };
        known.runs += 1;
        known.bytes = known.bytes.max(one.bytes);
        known.count = known.count.max(one.count);
        let is_new = known.failed.place != *failed && !known.also_failed.contains(failed);
        if is_new && known.also_failed.len() < MOST_FAILED {
            known.also_failed.push(failed.clone());
        }
    }

    /// All of them, the worst first.
    pub(super) fn finish(mut self) -> Vec<ErrorPathFinding> {
        self.found
            .sort_by_key(|one| (one.kind, std::cmp::Reverse((one.bytes, one.runs))));
        self.found
    }
}

impl Found {
    fn is_as(&self, other: &Found) -> bool {
        (self.kind, self.resource) == (other.kind, other.resource) && self.place == other.place
    }
}

fn more(one: More, recording: &Recording, gatherer: &mut Gatherer) -> Found {
    let (place, language, stack) = gatherer.name(recording, one.stack, one.kind);
    let lost = one.kind == Kind::Heap;
    Found {
        kind: match lost {
            true => ErrorPathKind::Lost,
            false => ErrorPathKind::NotReleased,
        },
        resource: Some(resource(one.kind)),
        place,
        language,
        stack,
        // What waits behind a descriptor is the kernel's.
        bytes: if one.kind == Kind::Descriptor {
            0
        } else {
            one.bytes
        },
        count: one.blocks,
        everywhere: None,
    }
}

/// A crash; none where the program ends as its language wants it to where memory is missing.
fn crash(recording: &Recording, gatherer: &mut Gatherer) -> Option<Found> {
    let stack = recording.crash.map_or(StackId::UNKNOWN, |(stack, _)| stack);
    // The innermost call of the program's own; the libc's are passed over, as those are that ask the kernel.
    let (place, language, mut frames) = gatherer.name(recording, stack, Kind::Mapping);
    frames.retain(|frame| frame.place.function != SIGNALS_OWN);
    let calls = |name: &str| {
        frames
            .iter()
            .any(|frame| frame.place.function.contains(name))
    };
    if calls("rust_alloc_error_handler") || calls("handle_alloc_error") {
        return None;
    }
    Some(Found {
        kind: ErrorPathKind::Crash,
        resource: None,
        place,
        language,
        everywhere: calls("std::terminate").then_some(UNCAUGHT),
        stack: frames,
        bytes: 0,
        count: 1,
    })
}

/// Why what a finding tells of stays.
pub(super) fn cause(finding: &ErrorPathFinding) -> ProgramCause {
    match finding.kind {
        ErrorPathKind::Lost => ProgramCause::Unreachable,
        _ => ProgramCause::NotReleased,
    }
}
