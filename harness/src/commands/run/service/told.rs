//! What is said of a service: the document, and what keeps from a conclusion.

use super::super::launch::How;
use super::super::objects;
use super::super::one_run::OneRun;
use super::super::options::RunOptions;
use super::super::options::service::ServiceArgs;
use crate::load::{Latencies, Plan, Tally};
use crate::recording::{Recording, State};
use harness_judge::counts;
use harness_model::program::{
    CountRun, Latency, Mark, Phase, PhaseKind, RequestFile, RequestServed, Service, ServiceOptions,
};
use harness_model::units::{count, several};
use std::collections::BTreeSet;

/// The share of requests that may fail without a word.
const FAILED: f64 = 0.01;

/// All that was measured of a service.
pub(in super::super) struct Served {
    /// What it was at its marks.
    pub marks: Vec<OneRun>,
    /// The same for the document.
    pub counts: Vec<CountRun>,
    /// What it was after each phase.
    pub after: Vec<OneRun>,
    /// How it ended, with what its processes recorded by then.
    pub end: OneRun,
    /// What was done with it, for the judge.
    pub phases: counts::Service,
    /// For the document.
    pub service: Service,
    /// What keeps from a conclusion, one sentence each.
    pub doubts: Vec<String>,
    /// What could not be seen, one sentence each.
    pub blind_spots: Vec<String>,
}

/// The options for the document.
pub(in super::super) fn options_of(args: &ServiceArgs) -> ServiceOptions {
    ServiceOptions {
        ready_url: args.ready_url.clone(),
        ready_timeout_seconds: args.ready_timeout,
        requests: args
            .request
            .iter()
            .map(|one| RequestFile {
                path: one.path.to_string_lossy().into_owned(),
                weight: one.weight,
            })
            .collect(),
        total: args.requests,
        mark: args.mark,
        connections: args.connections,
        rate: args.rate,
        request_timeout_seconds: args.request_timeout,
        keep_alive: !args.no_keep_alive,
        stop_signal: args.stop_signal.map(|signal| signal.name.to_owned()),
    }
}

/// What is about to be done, in a sentence.
pub(in super::super) fn announcement(options: &RunOptions) -> String {
    let how_many = match options.service.requests {
        Some(requests) => several(requests, "request"),
        None => format!("requests for {} s at the most", options.budget),
    };
    format!(
        "Starts the service, sends it {how_many}, and looks again and again at what it holds then."
    )
}

/// What the load generator is to send.
pub(super) fn plan_of(args: &ServiceArgs) -> Plan {
    Plan {
        sources: args.request.clone(),
        base: args.ready_url.clone(),
        connections: args.connections as usize,
        rate: args.rate,
        timeout: args.request_timeout,
        keep_alive: !args.no_keep_alive,
    }
}

pub(super) fn latency(all: &Latencies) -> Latency {
    Latency {
        p50_ms: all.within(0.5),
        p90_ms: all.within(0.9),
        p99_ms: all.within(0.99),
        p999_ms: all.within(0.999),
        max_ms: all.most(),
    }
}

/// What was served, for the document.
pub(super) fn service(
    names: &[String],
    tallies: &[Tally],
    seconds: f64,
    marks: Vec<Mark>,
) -> Service {
    let mut sum = Tally::default();
    tallies.iter().for_each(|one| sum.plus(one));
    let by_request = names.iter().zip(tallies).map(|(name, one)| RequestServed {
        name: name.clone(),
        requests: one.requests(),
        failed: one.requests() - one.served(),
        latency: latency(&one.latencies),
    });
    Service {
        requests: sum.requests(),
        seconds,
        rate: sum.latencies.count() as f64 / seconds.max(1e-9),
        latency: latency(&sum.latencies),
        errors: sum
            .failures
            .iter()
            .map(|(failure, times)| (failure.name().to_owned(), *times))
            .collect(),
        by_request: by_request.collect(),
        marks,
        statuses: sum.statuses,
        ..Service::default()
    }
}

/// What became of the requests, where that casts doubt on the figures: no conclusion, and blind spots.
pub(super) fn of_requests(service: &Service) -> (Option<String>, Option<String>) {
    let served: u64 = service
        .statuses
        .range(200..400)
        .map(|(_, times)| times)
        .sum();
    let failed = service.requests - served;
    if service.requests == 0 {
        return (Some("No request was sent.".to_owned()), None);
    }
    let mut kinds: Vec<(u64, String)> = service
        .statuses
        .iter()
        .filter(|(status, _)| !(200..400).contains(*status))
        .map(|(status, times)| {
            (
                *times,
                format!("{} were answered with {status}", count(*times)),
            )
        })
        .chain(
            service
                .errors
                .iter()
                .map(|(kind, times)| (*times, format!("{} {}", count(*times), of_failure(kind)))),
        )
        .collect();
    kinds.sort_by_key(|(times, _)| std::cmp::Reverse(*times));
    let kinds: Vec<String> = kinds.into_iter().take(3).map(|(_, told)| told).collect();
    let kinds = kinds.join(", ");
    if served == 0 {
        let sentence = format!(
            "Of {} requests none was served: {kinds}.",
            count(service.requests)
        );
        return (Some(sentence), None);
    }
    let share = failed as f64 / service.requests as f64;
    let sentence = format!(
        "Of {} requests {:.1}% failed: {kinds}. What such requests do is not what others do.",
        count(service.requests),
        share * 100.0
    );
    (None, (share > FAILED).then_some(sentence))
}

fn of_failure(kind: &str) -> &str {
    match kind {
        "refused" => "were refused (nobody listened)",
        "reset" => "had their connection closed without an answer",
        "timed_out" => "were not answered in time (--request-timeout)",
        "no_answer" => "got no answer of HTTP",
        _ => "could not be sent",
    }
}

/// What of its processes could not be looked at as a whole.
pub(super) fn of_processes(marks: &[OneRun], end: &OneRun) -> Vec<String> {
    let mut said = Vec::new();
    let last = marks
        .last()
        .map(|run| &run.recordings[..])
        .unwrap_or_default();
    let ended = |one: &&Recording| {
        let same = |other: &&Recording| (other.pid, other.begun_ns) == (one.pid, one.begun_ns);
        let end = end.recordings.iter().find(same);
        end.is_none_or(|end| end.state != State::Leaving)
    };
    let without: Vec<&Recording> = last.iter().filter(ended).collect();
    if let Some(first) = without.first() {
        let how = match (&end.ended.how, first.pid == end.ended.pid) {
            (How::Killed(libc::SIGTERM), true) => {
                " It ends by SIGTERM itself: have it handle that signal and leave by exit, or try --stop-signal INT."
            }
            (How::Killed(libc::SIGINT), true) => {
                " It ends by SIGINT itself: have it handle that signal and leave by exit, or try --stop-signal TERM."
            }
            _ => "",
        };
        said.push(format!(
            "{} did not leave by exit, so that nobody could look whether what grows can still be reached, nor what its \
             allocator keeps.{how}",
            match without.len() {
                1 => format!("Process {} ({})", first.pid, printable::Line(first.command.join(" "))),
                many => format!("{many} processes"),
            }
        ));
    }
    if objects::are_ours_to_show() && last.iter().any(|one| one.python.is_some()) {
        said.push(format!(
            "Python took every object from malloc ({}), so that each has its call site: by its own allocator it \
             is quicker, and memory is another. Set PYTHONMALLOC to have it as it is.",
            objects::SETTING
        ));
    }
    let at = |run: &OneRun| -> BTreeSet<u32> { run.recordings.iter().map(|one| one.pid).collect() };
    let came = marks
        .windows(2)
        .map(|pair| at(&pair[1]).difference(&at(&pair[0])).count())
        .sum::<usize>();
    if came > 0 {
        said.push(format!(
            "{} came while it served, as where workers are started anew after so many requests: what one held went with \
             it, and each begins from nothing.",
            match came {
                1 => "A process".to_owned(),
                many => format!("{many} processes"),
            }
        ));
    }
    said
}

/// A phase for the document.
pub(super) fn phase(
    kind: PhaseKind,
    requests: u64,
    seconds: f64,
    before: &Mark,
    after: &Mark,
) -> Phase {
    Phase {
        kind,
        requests,
        seconds,
        live_bytes: after.live_bytes.wrapping_sub(before.live_bytes) as i64,
        live_blocks: after.live_blocks.wrapping_sub(before.live_blocks) as i64,
    }
}
