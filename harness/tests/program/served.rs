//! The workloads "serve", "pipe" and "annotate": a service under a client's requests, streams and files are judged as the
//! main job is.

use crate::place::{Ended, Place};
use harness_model::{FindingKind, Outcome, Shape, Summary};

fn run(arguments: &str) -> (Ended, Summary) {
    let place = Place::new();
    let ended = place.run(&format!("--novel-words 0.1 {arguments}"));
    let summary = place.summary();
    (ended, summary)
}

#[test]
fn a_service_a_stream_and_files_grow_by_their_vocabulary_alone_and_are_flat_to_the_byte_in_zones() {
    for workload in ["serve", "pipe", "annotate"] {
        let (ended, summary) = run(&format!(
            "--workload {workload} --iters 60 --probes rss,heap"
        ));
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let [off, on] = &summary.runs[..] else {
            panic!("two runs")
        };
        assert_eq!(on.live_bytes.per_iteration, 0.0, "{workload}");
        assert_eq!(on.live_blocks.per_iteration, 0.0, "{workload}");
        assert!(off.live_bytes.per_iteration > 0.0, "{workload}");
        assert_ne!(off.unaccounted.shape, Shape::Growing, "{workload}");
        assert!(off.words > 3_000, "{workload}");
    }
}

#[test]
fn what_a_service_keeps_of_its_clients_is_told_with_its_place() {
    for (fault, function, bytes) in [
        ("kept-texts", "keep_text", None),
        ("kept-buffers", "keep_buffer", Some(8192.0)),
        ("kept-scratch", "keep_scratch", None),
    ] {
        let faulty =
            format!("--workload serve --zones on --iters 24 --probes heap,sites --inject {fault}");
        let (ended, summary) = run(&faulty);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let found = summary
            .verdict
            .findings
            .iter()
            .find(|one| one.kind == FindingKind::Growth);
        let found = found.expect("growth in zones");
        assert_eq!(found.place.function.as_deref(), Some(function));
        assert!(
            bytes.is_none_or(|bytes: f64| found.bytes_per_iteration == bytes),
            "{found:?}"
        );
        let (ended, summary) = run(&format!("{faulty} --twin"));
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(summary.verdict.outcome, Outcome::Pass);
    }
}

#[test]
fn a_fault_that_a_workload_has_no_place_for_is_refused() {
    for (arguments, why) in [
        (
            "--workload parse --inject kept-texts",
            "ask for --workload serve",
        ),
        (
            "--workload serve --inject kept-tensors",
            "ask for --workload parse",
        ),
        (
            "--workload pipe --inject lost-block",
            "ask for --workload words",
        ),
    ] {
        let ended = Place::new().run(&format!("--iters 2 --probes heap {arguments}"));
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(why), "{ended:?}");
    }
}
