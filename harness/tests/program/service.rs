//! `harness run --service`: a service is started, asked again and again, and judged by what it keeps.

use crate::place::{Ended, Place};
use harness_model::Outcome;
use harness_model::program::{ProcessRole, ProgramCause, ProgramSummary, Service, TriedFigures};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

/// A directory with a server in it that keeps memory in one way or another, and a port for it.
struct Served {
    place: Place,
    port: u16,
}

impl Served {
    fn new() -> Served {
        let place = Place::new();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/server.c");
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let mut compile = Command::new(compiler);
        compile
            .args(["-g", "-O1", "-fno-builtin", "-pthread", "-o"])
            .arg(place.path("server"))
            .arg(source);
        assert!(
            compile.status().unwrap().success(),
            "the server can be compiled"
        );
        // A port that was free a moment ago.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests =
            "GET /x?w={n}\n\n### weight: 2\ncurl -H 'X: y' 'http://127.0.0.1:PORT/y?w={n}'\n";
        let requests = requests.replace("PORT", &port.to_string());
        std::fs::write(place.path("requests.http"), requests).unwrap();
        Served { place, port }
    }

    /// Runs the server in this way, with as many requests as fit into 20 s at the most; `options` are further ones.
    fn run(&self, way: &str, options: &str) -> (Ended, ProgramSummary) {
        let ended = self.try_run(way, options);
        let summary: ProgramSummary = self.place.document();
        assert_eq!(
            ended.code,
            Some(summary.verdict.exit_code.into()),
            "{ended:?}"
        );
        (ended, summary)
    }

    fn try_run(&self, way: &str, options: &str) -> Ended {
        let port = self.port;
        let mut command = self.place.command(&format!(
            "run --service --ready-url http://127.0.0.1:{port}/ready --request requests.http --budget 20 {options}"
        ));
        command.args(["--", "./server", way, &port.to_string()]);
        Ended::from(command.output().unwrap())
    }
}

fn service(summary: &ProgramSummary) -> &Service {
    summary.service.as_ref().unwrap()
}

#[test]
fn a_leak_is_named_with_its_line_and_its_bytes_a_request_and_latency_stands_beside_it() {
    let (ended, summary) = Served::new().run("lose", "--requests 2000");
    let [growth] = &summary.verdict.growth[..] else {
        panic!("{:?}", summary.verdict)
    };
    assert_eq!(
        (growth.bytes_per_iteration, growth.count_per_iteration),
        (48.0, 1.0)
    );
    assert_eq!(
        (growth.cause, growth.process),
        (ProgramCause::Unreachable, ProcessRole::Main)
    );
    assert_eq!(growth.sites[0].place.function, "lose");
    assert!(
        growth.notes[0].contains("with every request"),
        "{:?}",
        growth.notes
    );
    assert!(
        ended.stdout.contains("LEAK  48 B a request (1 block)"),
        "{}",
        ended.stdout
    );
    let service = service(&summary);
    // A thousand of them came once more.
    assert_eq!(service.requests, 3_000);
    assert_eq!(service.statuses, [(200, 3_000)].into());
    assert!(service.errors.is_empty());
    assert!(service.latency.p50_ms > 0.0 && service.latency.max_ms >= service.latency.p99_ms);
    let marks: Vec<u64> = service.marks.iter().map(|mark| mark.requests).collect();
    assert_eq!(
        marks,
        [100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000, 2_000]
    );
    let counts: Vec<u64> = summary.counts.iter().map(|run| run.iterations).collect();
    assert_eq!(counts, [100, 200, 500, 1_000, 2_000]);
    // Twice as many of the second, whose weight is 2; that some came again may begin anywhere.
    let [once, twice] = &service.by_request[..] else {
        panic!("{:?}", service.by_request)
    };
    assert_eq!(
        (once.name.as_str(), twice.name.as_str()),
        ("GET /x?w={n}", "GET /y?w={n}")
    );
    assert!(once.requests.abs_diff(1_000) <= 1 && twice.requests.abs_diff(2_000) <= 1);
    assert!(ended.stdout.contains("│ GET /y?w={n}"), "{}", ended.stdout);
}

#[test]
fn what_keeps_nothing_passes_and_so_does_a_bounded_cache() {
    let served = Served::new();
    for way in ["clean", "few"] {
        let (_, summary) = served.run(way, "--requests 2000");
        assert_eq!(
            summary.verdict.outcome,
            Outcome::Pass,
            "{way}: {:?}",
            summary.verdict
        );
    }
}

#[test]
fn a_vocabulary_is_told_from_a_list_and_both_from_what_grows_with_time() {
    let served = Served::new();
    for (way, note, options) in [
        (
            "learn",
            "It grows with distinct inputs only",
            "--requests 2000",
        ),
        ("hold", "It grows with every request", "--requests 2000"),
        (
            "ticks",
            "It grows with time, not with requests",
            "--requests 1000 --rate 1000 --mark 50",
        ),
    ] {
        let (_, summary) = served.run(way, options);
        let verdict = &summary.verdict;
        assert_eq!(verdict.outcome, Outcome::Leak, "{way}: {verdict:?}");
        let growth = &verdict.growth[0];
        assert_eq!(growth.cause, ProgramCause::Held, "{way}");
        assert!(growth.notes[0].starts_with(note), "{way}: {growth:?}");
        let pace = match way {
            "ticks" => " B a second (",
            _ => " B a request (",
        };
        assert!(
            verdict.sentence.contains(pace),
            "{way}: {}",
            verdict.sentence
        );
        assert!(
            verdict.sentence.contains(note),
            "{way}: {}",
            verdict.sentence
        );
    }
}

#[test]
fn settings_that_are_suggested_are_tried_on_a_service_that_is_started_anew() {
    let served = Served::new();
    let (ended, summary) = served.run("churn", "--requests 300 --try --history past.jsonl");
    assert_eq!(
        summary.verdict.outcome,
        Outcome::Pass,
        "{:?}",
        summary.verdict
    );
    let [tried, ..] = &summary.tried[..] else {
        panic!("{:?}", summary.verdict.explained)
    };
    assert_eq!(tried.iterations, 300);
    assert!(tried.ended.is_none(), "{tried:?}");
    let resident = |figures: &TriedFigures| figures.resident_end_bytes.unwrap_or(0);
    assert!(resident(&tried.before) > 0 && resident(&tried.after) > 0);
    assert!(
        ended.stdout.contains("Tried with 300 requests"),
        "{}",
        ended.stdout
    );
    let line = std::fs::read_to_string(served.place.path("past.jsonl")).unwrap();
    assert!(
        line.contains("in the heap of the main process\":0.0"),
        "{line}"
    );
}

#[test]
fn growth_of_workers_is_that_of_all_of_them_together_and_not_of_their_master() {
    let (_, summary) = Served::new().run("workers", "--requests 2000");
    let [growth] = &summary.verdict.growth[..] else {
        panic!("{:?}", summary.verdict)
    };
    assert_eq!(
        (growth.process, growth.cause),
        (ProcessRole::Child, ProgramCause::Unreachable)
    );
    assert_eq!(growth.bytes_per_iteration, 48.0);
    let in_workers = growth
        .notes
        .iter()
        .any(|note| note.contains("in worker processes"));
    assert!(in_workers, "{:?}", growth.notes);
    let last = service(&summary).marks.last().unwrap();
    assert_eq!(last.processes, 3);
}

/// It is looked at before.
#[test]
fn of_who_ends_by_the_signal_itself_it_is_known_what_is_lost() {
    let (_, summary) = Served::new().run("rude", "--requests 1000");
    let [growth] = &summary.verdict.growth[..] else {
        panic!("{:?}", summary.verdict)
    };
    assert_eq!(growth.cause, ProgramCause::Unreachable, "{growth:?}");
    assert_eq!(growth.bytes_per_iteration, 48.0);
    assert_eq!(
        service(&summary).ended,
        "Asked to end by SIGTERM, it was killed by signal 15 (SIGTERM)."
    );
}

#[test]
fn of_a_python_that_ends_by_the_signal_itself_it_is_known_who_holds_what() {
    let python = "/usr/bin/python3";
    if !Path::new(python).exists() {
        println!("SKIPPED: there is no {python}");
        return;
    }
    let served = Served::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/server.py");
    let judged = |way: &str| {
        let port = served.port;
        let mut command = served.place.command(&format!(
            "run --service --ready-url http://127.0.0.1:{port}/ready --request requests.http --requests 400 --budget 20 \
             --stop-signal TERM"
        ));
        command.args(["--", python]).arg(&source);
        command.args([way, &port.to_string()]);
        let ended = Ended::from(command.output().unwrap());
        (ended, served.place.document::<ProgramSummary>().verdict)
    };
    for way in ["hold", "raise"] {
        let (ended, verdict) = judged(way);
        assert_eq!(verdict.outcome, Outcome::Leak, "{way}: {ended:?}");
        let held_by = verdict.growth[0].sites[0].held_by.join(", ");
        assert!(
            held_by.ends_with("list __main__.KEPT, module __main__"),
            "{way}: {held_by}"
        );
    }
    // The collector belongs to that look.
    let (ended, verdict) = judged("cycle");
    assert_ne!(verdict.outcome, Outcome::Leak, "{ended:?}");
}

#[test]
fn who_ends_by_the_signal_itself_is_judged_and_may_not_be_looked_through() {
    let (_, summary) = Served::new().run("deaf", "--requests 500");
    assert_eq!(
        summary.verdict.outcome,
        Outcome::Pass,
        "{:?}",
        summary.verdict
    );
    let told = |words: &str| {
        summary
            .verdict
            .blind_spots
            .iter()
            .any(|line| line.contains(words))
    };
    assert!(
        told("did not leave by exit"),
        "{:?}",
        summary.verdict.blind_spots
    );
    let served = Served::new();
    let (_, summary) = served.run(
        "stubborn",
        "--requests 500 --stop-signal TERM --stop-timeout 0.3",
    );
    assert!(
        service(&summary)
            .ended
            .starts_with("Asked to end by SIGINT"),
        "{:?}",
        service(&summary).ended
    );
}

#[test]
fn what_served_nothing_or_died_concludes_nothing_and_says_why() {
    let served = Served::new();
    let (ended, summary) = served.run("fail", "--requests 500");
    assert_eq!(summary.verdict.outcome, Outcome::Inconclusive);
    assert!(
        ended
            .stdout
            .contains("none was served: 750 were answered with 500"),
        "{}",
        ended.stdout
    );
    let (ended, summary) = served.run("die", "--requests 2000");
    assert_eq!(summary.verdict.outcome, Outcome::Inconclusive);
    assert!(
        ended.stdout.contains("It was killed by signal 6"),
        "{}",
        ended.stdout
    );
    let (ended, summary) = served.run("broken", "");
    assert_eq!(summary.verdict.outcome, Outcome::Inconclusive);
    assert!(
        ended
            .stdout
            .contains("exit code 3 before it was ready. It wrote last: no configuration"),
        "{}",
        ended.stdout
    );
    let (ended, _) = served.run(
        "clean",
        "--ready-url http://127.0.0.1:1/ --ready-timeout 0.2",
    );
    assert!(
        ended.stdout.contains("It was not ready after 0.2 s"),
        "{}",
        ended.stdout
    );
}

#[test]
fn what_cannot_be_asked_is_refused_before_anything_is_started() {
    let served = Served::new();
    for (options, why) in [
        ("--request no-such-file", "cannot read no-such-file"),
        ("--ready-url https://127.0.0.1/", "it is https"),
        ("--ready-url http://192.0.2.1/", "is another machine"),
    ] {
        let ended = served.try_run("clean", options);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(why), "{}", ended.stderr);
    }
    let listener = TcpListener::bind(("127.0.0.1", served.port)).unwrap();
    let ended = served.try_run("clean", "");
    drop(listener);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended
            .stderr
            .contains("another program listens at 127.0.0.1"),
        "{}",
        ended.stderr
    );
}
