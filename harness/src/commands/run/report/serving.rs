//! What a service served and what it held meanwhile, side by side: for the terminal and for the page.

use super::plot::plot;
use crate::report::chart::{Across, Chart, LAYERS, Values, WITHOUT_ZONES};
use crate::report::table::Align;
use harness_model::program::{Latency, Mark, PhaseKind, RequestServed, Service, ServiceOptions};
use harness_model::units::{bytes, count, figure, gain, plural, seconds};

/// Requests of the files that are told one by one.
const MOST: usize = 12;

/// Titles of the columns about marks.
pub(super) const MARKS: [(&str, Align); 9] = [
    ("requests", Align::Right),
    ("time", Align::Right),
    ("a second", Align::Right),
    ("p50", Align::Right),
    ("p99", Align::Right),
    ("live heap", Align::Right),
    ("blocks", Align::Right),
    ("memory (PSS)", Align::Right),
    ("descriptors", Align::Right),
];

/// Titles of the columns about requests.
pub(super) const REQUESTS: [(&str, Align); 8] = [
    ("request", Align::Left),
    ("sent", Align::Right),
    ("failed", Align::Right),
    ("p50", Align::Right),
    ("p90", Align::Right),
    ("p99", Align::Right),
    ("p99.9", Align::Right),
    ("most", Align::Right),
];

/// What was served, in a few sentences.
pub(super) fn told(service: &Service, options: &ServiceOptions) -> Vec<String> {
    let mut said = Vec::new();
    if service.requests > 0 {
        let answers = service
            .statuses
            .iter()
            .map(|(status, times)| (status.to_string(), *times));
        let errors = service
            .errors
            .iter()
            .map(|(kind, times)| (kind.replace('_', " "), *times));
        let parts: Vec<String> = answers
            .chain(errors)
            .map(|(name, times)| format!("{name}: {}", count(times)))
            .collect();
        said.push(format!(
            "{} in {} on {}, {} answers a second; ready after {}. {}.",
            plural(service.requests as f64, "request"),
            seconds(service.seconds),
            plural(options.connections as f64, "connection"),
            rate(service.rate),
            seconds(service.ready_seconds),
            parts.join(", ")
        ));
    }
    for phase in &service.phases {
        let held = match phase.live_bytes {
            0 => "what lives stayed the same".to_owned(),
            live => format!("what lives changed by {}", gain(live as f64)),
        };
        said.push(match phase.kind {
            PhaseKind::SameAgain => format!(
                "Then {} that it had had before, once more: {held}.",
                plural(phase.requests as f64, "request")
            ),
            PhaseKind::Idle => format!("Then none for {}: {held}.", seconds(phase.seconds)),
        });
    }
    if !service.ended.is_empty() {
        said.push(service.ended.clone());
    }
    said
}

fn rate(rate: f64) -> String {
    match rate >= 100.0 {
        true => count(rate.round() as u64),
        false => figure(rate),
    }
}

fn milliseconds(time: f64) -> String {
    match time > 0.0 {
        true => format!("{} ms", figure(time)),
        false => "\u{2013}".to_owned(),
    }
}

/// The memory of a mark: of all processes, with what they share counted once, where that is known.
fn memory(mark: &Mark) -> f64 {
    mark.proportional_bytes.unwrap_or(mark.resident_bytes) as f64
}

/// A row for each mark at which call sites were looked at.
pub(super) fn marks(service: &Service) -> Vec<[String; 9]> {
    let judged = service.marks.iter().filter(|mark| mark.judged);
    let row = |mark: &Mark| {
        [
            count(mark.requests),
            seconds(mark.seconds),
            rate(mark.rate),
            milliseconds(mark.p50_ms),
            milliseconds(mark.p99_ms),
            bytes(mark.live_bytes as f64),
            count(mark.live_blocks),
            bytes(memory(mark)),
            count(mark.descriptors),
        ]
    };
    judged.map(row).collect()
}

/// A row for each request, and one for all where there are several.
pub(super) fn requests(service: &Service) -> Vec<[String; 8]> {
    let row = |name: String, sent: u64, failed: u64, latency: &Latency| {
        [
            name,
            count(sent),
            count(failed),
            milliseconds(latency.p50_ms),
            milliseconds(latency.p90_ms),
            milliseconds(latency.p99_ms),
            milliseconds(latency.p999_ms),
            milliseconds(latency.max_ms),
        ]
    };
    let of = |one: &RequestServed| {
        let name = printable::Line(&one.name).to_string();
        row(name, one.requests, one.failed, &one.latency)
    };
    let mut rows: Vec<[String; 8]> = service.by_request.iter().take(MOST).map(of).collect();
    if service.by_request.len() > 1 {
        let failed = service.by_request.iter().map(|one| one.failed).sum();
        rows.push(row(
            "all".to_owned(),
            service.requests,
            failed,
            &service.latency,
        ));
    }
    rows
}

/// Memory by the count of requests, and latency beside it.
pub(super) fn charts(service: &Service) -> Vec<Chart> {
    if service.marks.len() < 3 {
        return Vec::new();
    }
    let points = |of: fn(&Mark) -> f64| -> Vec<(f64, f64)> {
        let marks = service.marks.iter();
        marks.map(|mark| (mark.requests as f64, of(mark))).collect()
    };
    let across = || Across {
        name: "requests",
        place: |number| format!("{number} requests"),
        ..Across::iterations(
            0.0,
            service
                .marks
                .last()
                .map_or(1.0, |mark| mark.requests as f64),
        )
    };
    let held = "of all its processes, while no request is on its way: a leak is a straight line, a cache bends and goes on level";
    let shared = match service
        .marks
        .iter()
        .all(|mark| mark.proportional_bytes.is_some())
    {
        true => "of all its processes, with what they share counted once (PSS)",
        false => "of all its processes",
    };
    vec![
        plot(
            ("counts", "Live heap, by the count of requests", held),
            points(|mark| mark.live_bytes as f64),
            WITHOUT_ZONES,
            across(),
            Values::Bytes,
        ),
        plot(
            (
                "resident",
                "Resident memory, by the count of requests",
                shared,
            ),
            points(memory),
            LAYERS[3],
            across(),
            Values::Bytes,
        ),
        plot(
            (
                "latency",
                "Latency, by the count of requests",
                "99 of a hundred answers since the mark before came within this time",
            ),
            points(|mark| mark.p99_ms),
            LAYERS[4],
            across(),
            Values::Milliseconds,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::program::Phase;

    fn service() -> Service {
        let mark = |requests, live_bytes| Mark {
            requests,
            live_bytes,
            judged: requests != 200,
            p99_ms: 2.5,
            proportional_bytes: Some(4 << 20),
            ..Mark::default()
        };
        Service {
            requests: 300,
            seconds: 2.0,
            rate: 150.0,
            statuses: [(200, 299), (503, 1)].into(),
            errors: [("timed_out".to_owned(), 2)].into(),
            marks: vec![mark(100, 1_000), mark(200, 2_000), mark(300, 3_000)],
            phases: vec![Phase {
                kind: PhaseKind::Idle,
                requests: 0,
                seconds: 1.0,
                live_bytes: 2_048,
                live_blocks: 1,
            }],
            ended: "It was told to.".to_owned(),
            ..Service::default()
        }
    }

    #[test]
    fn what_was_served_is_told_with_what_failed() {
        let options = ServiceOptions {
            connections: 4,
            ..ServiceOptions::default()
        };
        assert_eq!(
            told(&service(), &options),
            [
                "300 requests in 2.0 s on 4 connections, 150 answers a second; ready after 0.0 s. 200: 299, 503: 1, \
                 timed out: 2.",
                "Then none for 1.0 s: what lives changed by +2 KiB.",
                "It was told to."
            ]
        );
        assert_eq!(told(&Service::default(), &options), [] as [&str; 0]);
    }

    #[test]
    fn marks_that_were_judged_have_a_row_and_all_of_them_a_point() {
        let service = service();
        let rows = marks(&service);
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (
                rows[1][0].as_str(),
                rows[1][4].as_str(),
                rows[1][7].as_str()
            ),
            ("300", "2.50 ms", "4 MiB")
        );
        let charts = charts(&service);
        assert_eq!(charts.len(), 3);
        assert!(charts.iter().all(|chart| chart.curves[0].points.len() == 3));
        assert_eq!(charts[2].curves[0].end, "2.50 ms");
    }
}
