//! Nothing that others wrote reaches a terminal or a page as more than text.

use super::place::{Ended, Place};
use crate::hostile::{HOSTILE, all, assert_plain, poison};
use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::process::Command;

/// Runs `harness` with these words, in the place.
fn harness<W: AsRef<OsStr>>(place: &Place, words: impl IntoIterator<Item = W>) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
    let output = command.args(words).current_dir(place.path("")).output();
    Ended::from(output.unwrap())
}

fn assert_said_plainly(what: &str, ended: &Ended) {
    assert_plain(what, &ended.stdout);
    assert_plain(what, &ended.stderr);
}

/// Every file that people open as text.
fn assert_pages_are_plain(what: &str, folder: &Path) {
    let mut pages = 0;
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|end| end != "png") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert_plain(what, &text);
            // In JSON it is a value like any other.
            let is_data = path.extension().is_some_and(|end| end == "json");
            // A page has one script, its own, and data for it, of which nothing runs.
            let own = match path.extension().is_some_and(|end| end == "html") {
                true => 1 + text.matches("<script type=\"application/json\"").count(),
                false => 0,
            };
            assert!(
                is_data || text.matches("<script").count() == own,
                "{what}: markup in {path:?}"
            );
            pages += 1;
        }
    }
    assert!(pages > 0, "{folder:?}");
}

/// A report whose every free text ends in `text`, in a folder of its own.
fn report(place: &Place, name: &str, text: &str) {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/report");
    let json = std::fs::read_to_string(data.join("summary.json")).unwrap();
    let mut document: Value = serde_json::from_str(&json).unwrap();
    poison(&mut document, text);
    let folder = place.path(name);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("summary.json"), document.to_string()).unwrap();
    std::fs::copy(data.join("samples.jsonl"), folder.join("samples.jsonl")).unwrap();
}

#[test]
fn a_report_of_anybodys_is_compared_and_listed_in_plain_text() {
    for (what, text) in HOSTILE {
        let place = Place::new();
        report(&place, "a", "");
        report(&place, "b", text);
        let compared = harness(&place, ["compare", "a", "b"]);
        assert_said_plainly(what, &compared);
        assert!(compared.stdout.contains("resize_activations"), "{what}");
        let json = harness(&place, ["compare", "a", "b", "--json"]);
        assert_said_plainly(what, &json);
        let read: Value = serde_json::from_str(&json.stdout).unwrap();
        let verdict = read["verdicts"][1].as_str().unwrap();
        assert!(
            verdict.ends_with(text),
            "{what}: the value is another: {verdict:?}"
        );
        let listed = harness(&place, ["suppress", "b"]);
        assert_eq!(listed.code, Some(0), "{what}: {listed:?}");
        assert_said_plainly(what, &listed);
        for site in ["1", "none of them"] {
            let words = [
                "suppress",
                "b",
                "--site",
                site,
                "--reason",
                "r",
                "--expires",
                "2099-12-31",
            ];
            let refused = harness(&place, words);
            assert_eq!(refused.code, Some(2), "{what}: {refused:?}");
            assert_said_plainly(what, &refused);
        }
    }
}

#[test]
fn the_page_of_a_comparison_is_plain() {
    let place = Place::new();
    report(&place, "a", "");
    report(&place, "b", &all());
    let compared = harness(&place, ["compare", "a", "b", "--out", "page"]);
    assert_said_plainly("all", &compared);
    assert_pages_are_plain("all", &place.path("page"));
}

#[test]
fn a_history_of_anybodys_is_drawn_in_plain_text() {
    let line = |text: &str| {
        serde_json::json!({
            "at": format!("2026-11-21T14:46:00Z{text}"), "commit": format!("0123456789ab{text}"),
            "name": format!("parse{text}"), "outcome": "pass", "iterations": 10, "kept_with_zones": 0.0,
            "kept_without_zones": 8.0, "stores": { format!("strings{text}"): 8.0 }, "live_bytes": 1000,
            "rss_bytes": 1000, "words_per_second": 10.0, "growing_sites": 1,
        })
    };
    let place = Place::new();
    let lines = format!("{}\n{}\n{{\n", line(&all()), line(&all()));
    std::fs::write(place.path("runs.jsonl"), lines).unwrap();
    let drawn = harness(&place, ["history", "runs.jsonl", "--out", "drawn"]);
    assert_eq!(drawn.code, Some(0), "{drawn:?}");
    assert_said_plainly("drawn", &drawn);
    assert_pages_are_plain("drawn", &place.path("drawn"));
    let none = harness(&place, ["history", "runs.jsonl", "--workload", "other"]);
    assert_eq!(none.code, Some(2), "{none:?}");
    assert_said_plainly("none", &none);
}

#[test]
fn what_is_wrong_with_an_argument_is_one_line_whatever_the_argument_is() {
    let place = Place::new();
    for (what, text) in HOSTILE {
        let odd = format!("x{text}");
        std::fs::write(
            place.path("not.toml"),
            format!("[[workload]]\n\"a{}\" = 1\n", text.escape_default()),
        )
        .unwrap();
        for words in [
            vec![odd.as_str()],
            vec!["--iters", &odd],
            vec!["--inject", &odd],
            vec!["--corpus", &odd, "--out", "o"],
            vec![
                "--model", &odd, "--out", "o", "--iters", "3", "--probes", "heap",
            ],
            vec!["gate", "--config", &odd],
            vec!["gate", "--config", "not.toml"],
            vec!["compare", &odd, "b"],
            vec!["history", &odd],
            vec!["suppress", &odd],
            vec!["zones", "--corpus", &odd, "--out", "o"],
        ] {
            let ended = harness(&place, &words);
            assert_eq!(ended.code, Some(2), "{what}: {words:?}: {ended:?}");
            assert!(!ended.stderr.is_empty(), "{what}: {words:?}");
            assert_said_plainly(what, &ended);
        }
    }
    let no_text = OsString::from_vec(b"x\xff\x1b[2J\x9b\n".to_vec());
    let ended = harness(&place, [OsStr::new("compare"), &no_text, &no_text]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(
        ended.stderr.contains("x\\xff\\u{1b}[2J\\x9b\\n"),
        "{ended:?}"
    );
}

#[test]
fn a_run_whose_paths_and_names_are_odd_says_them_plainly_everywhere() {
    let place = Place::new();
    // A name has 255 bytes at most.
    let out: String = format!("o{}", all())
        .replace('/', "")
        .chars()
        .take(150)
        .collect();
    let words = [
        "--workload",
        "words",
        "--zones",
        "on",
        "--iters",
        "12",
        "--probes",
        "heap",
        "--annotations",
        "--out",
        &out,
        "--junit",
        "j\u{202e}\n.xml",
        "--history",
        "h\u{1b}[2J.jsonl",
    ];
    let ended = harness(&place, words);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_said_plainly("a run", &ended);
    assert!(ended.stdout.contains("Report: o\\u{1b}[2J"), "{ended:?}");
    assert_pages_are_plain("a run", &place.path(&out));
    assert!(place.path("j\u{202e}\n.xml").is_file());
}
