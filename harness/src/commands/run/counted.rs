//! A run as the document has it: what its processes held, all together and each by itself.

use super::gather::{resource, role};
use super::launch::How;
use super::one_run::OneRun;
use crate::recording::{Kind, Recording, State};
use harness_model::program::{CountRun, ProcessEnd, ResourceTotal};

/// Processes of a run that are told by themselves.
const MOST_PROCESSES: usize = 20;

/// The run for the document.
pub(super) fn count_run(run: &OneRun) -> CountRun {
    let main = run
        .recordings
        .iter()
        .rev()
        .find(|one| one.pid == run.ended.pid);
    let known = |bytes: u64| (bytes > 0).then_some(bytes);
    let seen = &run.ended.seen;
    let own = main.and_then(|one| one.at_end.own).unwrap_or(0);
    let peak = main
        .and_then(|one| one.at_end.resident_peak)
        .unwrap_or(0)
        .max(seen.resident_peak)
        .saturating_sub(own);
    CountRun {
        iterations: run.iterations,
        seconds: run.ended.seconds,
        exit_code: match run.ended.how {
            How::Exited(code) => Some(code),
            _ => None,
        },
        signal: match run.ended.how {
            How::Killed(signal) => Some(signal),
            _ => None,
        },
        ended: run.ended.how.clause(),
        processes: run.recordings.len() as u64,
        totals: totals(run),
        resident_end_bytes: main
            .and_then(|one| without_own(one, one.at_end.resident))
            .or(known(seen.resident)),
        resident_peak_bytes: known(peak),
        proportional_bytes: sum(run, |one| without_own(one, one.at_end.proportional)),
        process_ends: process_ends(run),
        output_bytes: run.ended.written.bytes,
        timeline: seen.timeline.clone(),
    }
}

/// A figure of all processes of a run, added up; none where it is not known of any.
pub(super) fn sum(run: &OneRun, of: impl Fn(&Recording) -> Option<u64>) -> Option<u64> {
    let known: Vec<u64> = lasting(run).filter_map(of).collect();
    (!known.is_empty()).then(|| known.iter().sum())
}

/// A figure of resident memory without what the recording takes.
pub(super) fn without_own(one: &Recording, figure: Option<u64>) -> Option<u64> {
    Some(figure?.saturating_sub(one.at_end.own.unwrap_or(0)))
}

/// Processes of a run that did not become other programs.
fn lasting(run: &OneRun) -> impl Iterator<Item = &Recording> {
    let all = run.recordings.iter();
    all.filter(|one| one.state != State::Replaced)
}

/// What lived at the end of a process, by kind.
fn at_end(one: &Recording, kind: Kind) -> impl Iterator<Item = (u64, u64)> {
    let sites = one.sites.iter().filter(move |site| site.kind == kind);
    sites.map(|site| {
        let end = if one.state == State::Leaving {
            site.end
        } else {
            site.live
        };
        (end.bytes, end.blocks)
    })
}

fn process_ends(run: &OneRun) -> Vec<ProcessEnd> {
    let mut all: Vec<ProcessEnd> = lasting(run)
        .map(|one| ProcessEnd {
            pid: one.pid,
            process: role(run, one),
            command: one.command.clone(),
            resident_end_bytes: without_own(one, one.at_end.resident),
            resident_peak_bytes: without_own(one, one.at_end.resident_peak),
            proportional_bytes: without_own(one, one.at_end.proportional),
            live_bytes: at_end(one, Kind::Heap).map(|end| end.0).sum(),
            allocator_free_bytes: one.at_end.allocator.map(|figures| figures.free),
        })
        .collect();
    all.sort_by_key(|one| std::cmp::Reverse((one.resident_end_bytes, one.live_bytes)));
    all.truncate(MOST_PROCESSES);
    all
}

/// What all processes of a run held, by kind, where they held any.
fn totals(run: &OneRun) -> Vec<ResourceTotal> {
    let of = |kind: Kind| {
        let mut total = ResourceTotal {
            resource: resource(kind),
            end_bytes: 0,
            end_count: 0,
            peak_bytes: 0,
            taken: 0,
        };
        for one in lasting(run) {
            for (bytes, blocks) in at_end(one, kind) {
                total.end_bytes = total.end_bytes.saturating_add(bytes);
                total.end_count = total.end_count.saturating_add(blocks);
            }
            for site in one.sites.iter().filter(|site| site.kind == kind) {
                total.peak_bytes = total.peak_bytes.saturating_add(site.peak.bytes);
                total.taken = total.taken.saturating_add(site.taken);
            }
        }
        total
    };
    Kind::ALL
        .into_iter()
        .map(of)
        .filter(|total| total.taken > 0 || total.end_count > 0)
        .collect()
}
