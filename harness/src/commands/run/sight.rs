//! What of a run's processes the library could not see.

use super::one_run::OneRun;
use crate::recording::{Recording, State, Trouble};
use harness_judge::counts::Evidence;
use std::collections::BTreeMap;

/// Programs that left no record though those that became them did, and children that could make none.
pub(super) fn out_of_sight(run: &OneRun, evidence: &mut Evidence) {
    let mut last: BTreeMap<u32, &Recording> = BTreeMap::new();
    for one in &run.recordings {
        let known = last.entry(one.pid).or_insert(one);
        if one.begun_ns > known.begun_ns {
            *known = one;
        }
    }
    let is_lost = |one: &&&Recording| one.state == State::Replaced;
    if last.get(&run.ended.pid).as_ref().is_some_and(is_lost) {
        evidence.doubts.push(
            "The command's own process became another program, which left no record: the library cannot be loaded into it, or \
             another user runs it, who cannot write one."
                .to_owned(),
        );
    }
    let child = |one: &&&Recording| one.pid != run.ended.pid && is_lost(one);
    if let Some(one) = last.values().find(child) {
        evidence.blind_spots.push(format!(
            "A child that was {} became another program, which left no record.",
            printable::Line(&one.command.join(" "))
        ));
    }
    if run
        .recordings
        .iter()
        .any(|one| one.trouble.contains(&Trouble::NoFile))
    {
        evidence.doubts.push(
            "A child could not make a record: another user runs it, or its files are limited. What grows in it was not seen."
                .to_owned(),
        );
    }
}

/// What the command's own process left: a record for each program that it became.
pub(super) fn own_records(run: &OneRun) -> impl Iterator<Item = &Recording> {
    let own = |one: &&Recording| one.pid == run.ended.pid;
    run.recordings.iter().filter(own)
}

/// Whether there is only a head, which says what stood in the way.
pub(super) fn recorded_nothing(recording: &Recording) -> bool {
    recording.sites.is_empty() && !recording.trouble.is_empty()
}
