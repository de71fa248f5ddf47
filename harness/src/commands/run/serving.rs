//! Concludes on a service by what it was at its marks.

use super::examine::Examined;
use super::gather::{Gatherer, processes};
use super::measure::Setup;
use super::options::RunOptions;
use super::service::{self, Purpose, Served, serve};
use super::sight::{out_of_sight, own_records, recorded_nothing};
use super::suppressed::suppressions;
use super::trying::try_on_service;
use crate::engine::console::Failure;
use harness_judge::counts::{Evidence, conclude};
use harness_model::program::{CountRun, ProcessSeen, ProgramVerdict, Service, Tried, Work};
use std::sync::atomic::{AtomicBool, Ordering};

/// What was measured and concluded of a service.
pub(super) struct Serving {
    /// What it was at its marks.
    pub marks: Vec<CountRun>,
    /// Its processes.
    pub processes: Vec<ProcessSeen>,
    /// The conclusion.
    pub verdict: ProgramVerdict,
    /// What the settings did that were suggested, where they were tried.
    pub tried: Vec<Tried>,
    /// What it served.
    pub service: Service,
}

/// Starts the service, drives it, ends it, and concludes.
pub(super) fn serving(
    setup: &Setup,
    options: &RunOptions,
    examined: &Examined,
    interrupted: &AtomicBool,
) -> Result<Serving, Failure> {
    // A file that cannot be read is told before anything is run.
    let hidden = suppressions(options)?;
    let mut served = serve(setup, options, Purpose::Judge, interrupted)?;
    let mut marks = std::mem::take(&mut served.counts);
    for mark in &mut marks {
        mark.exit_code = None;
        mark.ended = "went on".to_owned();
    }
    if let Some(last) = marks.last_mut() {
        last.timeline = served.end.ended.seen.timeline.clone();
        last.output_bytes = served.end.ended.written.bytes;
        last.ended = served.end.ended.how.clause();
    }
    let processes = processes(&served.marks);
    service::only(served.marks.iter_mut().chain(&mut served.after));
    let mut evidence =
        Gatherer::new().evidence_of_service(&served.marks, &served.after, &served.end);
    evidence.work = Work::Requests;
    evidence.service = Some(served.phases.clone());
    evidence.suppressions = hidden;
    doubts(&served, examined, &mut evidence);
    let verdict = conclude(&evidence).verdict;
    let tried = match options.try_settings && !interrupted.load(Ordering::Relaxed) {
        true => try_on_service(
            setup,
            options,
            &served.service,
            &verdict.explained,
            interrupted,
        )?,
        false => Vec::new(),
    };
    Ok(Serving {
        marks,
        processes,
        verdict,
        tried,
        service: served.service,
    })
}

/// What keeps it from a conclusion, and what could not be seen.
fn doubts(served: &Served, examined: &Examined, evidence: &mut Evidence) {
    evidence.doubts.extend(served.doubts.iter().cloned());
    let blind_spots = examined.blind_spots.iter().chain(&served.blind_spots);
    evidence.blind_spots.extend(blind_spots.cloned());
    for complaint in &served.end.complaints {
        evidence.blind_spots.push(format!(
            "A record could not be read as a whole: {complaint}."
        ));
    }
    if let Some(why) = &examined.unseen {
        evidence.blind_spots.insert(0, format!(
            "The library cannot be loaded into the command: {why}. Only its resident memory was seen, which tells no call sites."
        ));
    } else if own_records(&served.end).next().is_none() {
        evidence.doubts.push(
            "The command's own process left no record: the library was not loaded into it, or could not write its record."
                .to_owned(),
        );
    } else if own_records(&served.end).any(recorded_nothing) {
        evidence.doubts.push(
            "Nothing of the command's own process was recorded, for want of room: see the troubles of the processes."
                .to_owned(),
        );
    }
    out_of_sight(&served.end, evidence);
}
