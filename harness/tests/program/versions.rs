//! Reports and histories that version 2 of the program wrote are still read.

use crate::place::{Ended, Place};
use std::path::Path;

fn data(name: &str) -> std::path::PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/report");
    data.join(name)
}

fn run(place: &Place, arguments: &[&str]) -> Ended {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_harness"));
    let command = command.args(arguments).current_dir(place.path("."));
    Ended::from(command.output().unwrap())
}

#[test]
fn a_report_of_version_2_is_compared_with_one_of_today_loop_by_loop_and_site_by_site() {
    let place = Place::new();
    for (version, ending) in [("before", "-v2"), ("now", "")] {
        std::fs::create_dir(place.path(version)).unwrap();
        for (name, kind) in [("summary", "json"), ("samples", "jsonl")] {
            let from = data(&format!("{name}{ending}.{kind}"));
            let to = place.path(version).join(format!("{name}.{kind}"));
            std::fs::copy(from, to).unwrap();
        }
    }
    let compared = run(&place, &["compare", "before", "now", "--out", "difference"]);
    assert_eq!(compared.code, Some(0), "{compared:?}");
    for says in ["resize_activations", "with zones", "without zones"] {
        assert!(compared.stdout.contains(says), "{says}: {compared:?}");
    }
    // The same run, in two forms: nothing is new, gone, grown or shrunk.
    let json = std::fs::read_to_string(place.path("difference/summary.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let sites = json["sites"].as_array().unwrap();
    assert!(
        !sites.is_empty() && sites.iter().all(|site| site["change"] == "same"),
        "{sites:?}"
    );
    for plot in ["heap-with-zones.svg", "heap-without-zones.svg"] {
        assert!(place.path("difference").join(plot).exists(), "{plot}");
    }
}

#[test]
fn a_history_that_version_2_began_is_printed_with_the_lines_of_today() {
    let place = Place::new();
    let before = r#"{"at":"2026-01-01T00:00:00Z","commit":null,"name":"words","outcome":"pass","iterations":40,"kept_with_zones":0.0,"kept_without_zones":12.5,"stores":{"words":12.5},"live_bytes":1000,"rss_bytes":4096,"words_per_second":10.0,"growing_sites":1}"#;
    std::fs::write(place.path("history.jsonl"), format!("{before}\n")).unwrap();
    let measured = place.run("--workload words --iters 40 --probes heap --history history.jsonl");
    assert_eq!(measured.code, Some(0), "{measured:?}");
    let printed = run(&place, &["history", "history.jsonl"]);
    assert_eq!(printed.code, Some(0), "{printed:?}");
    for says in [
        "kept with zones",
        "kept without zones",
        "12.5 B",
        "2026-01-01 00:00",
    ] {
        assert!(printed.stdout.contains(says), "{says}: {printed:?}");
    }
    assert_eq!(printed.stdout.matches("pass").count(), 2, "{printed:?}");
}
