//! The gate, suppressions and comparison, through the real program.

use super::place::{Ended, Place, valgrind_is_there};

const CONFIG: &str = r#"
baseline = "baseline.json"
[[workload]]
name = "small"
workload = "parse"
iters = 12
zones = "on"
probes = ["rss", "heap", "sites"]
[workload.budget]
with_zones = 0
"#;

fn gate(place: &Place, arguments: &str) -> Ended {
    std::fs::write(place.path("gate.toml"), CONFIG).unwrap();
    place.run(&format!("gate --config gate.toml {arguments}"))
}

fn text(place: &Place, name: &str) -> String {
    std::fs::read_to_string(place.path(name)).unwrap()
}

#[test]
fn the_gate_passes_what_is_clean_and_stops_the_leak_of_spacy_3618_with_its_line() {
    let place = Place::new();
    let without = gate(&place, "");
    assert_eq!(without.code, Some(2), "{without:?}");
    assert!(without.stderr.contains("--accept"), "{without:?}");

    let first = gate(&place, "--accept --reason first");
    assert_eq!(first.code, Some(0), "{first:?}");
    let clean = gate(&place, "");
    assert_eq!(clean.code, Some(0), "{clean:?}");
    assert!(clean.stdout.contains("would have caught"), "{clean:?}");

    let leak = gate(
        &place,
        "--inject activation-leak --annotations --junit j.xml --sarif s.sarif --markdown m.md",
    );
    assert_eq!(leak.code, Some(1), "{leak:?}");
    assert!(leak.stdout.contains("resize_activations"), "{leak:?}");
    let annotation = "::error file=nlp-core/src/transition/activations.rs,line=";
    assert!(leak.stdout.contains(annotation), "{leak:?}");
    assert!(text(&place, "m.md").contains("16,200 bytes in 10 blocks an iteration"));
    assert!(text(&place, "j.xml").contains("<failure"));
    let sarif: serde_json::Value = serde_json::from_str(&text(&place, "s.sarif")).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let at_the_line = |result: &&serde_json::Value| {
        let place = &result["locations"][0]["physicalLocation"];
        place["artifactLocation"]["uri"] == "nlp-core/src/transition/activations.rs"
            && place["region"]["startLine"].as_u64() > Some(1)
    };
    assert!(results.iter().any(|result| at_the_line(&result)), "{sarif}");
    // A failing run does not touch what is known.
    assert!(!text(&place, "baseline.json").contains("resize_activations"));
}

/// Without zones the vocabulary keeps new words: a growth that a baseline knows.
const GROWING: &str = r#"
baseline = "baseline.json"
[tolerance]
exact = 0.02
[[workload]]
name = "new-words"
workload = "parse"
iters = 12
zones = "off"
probes = ["heap"]
"#;

#[test]
fn a_growth_that_creeps_fails_and_the_baseline_goes_down_by_itself_and_never_up() {
    let place = Place::new();
    std::fs::write(place.path("gate.toml"), GROWING).unwrap();
    let run = |arguments: &str| place.run(&format!("gate --config gate.toml {arguments}"));
    let first = run("--accept --reason first");
    assert_eq!(first.code, Some(0), "{first:?}");
    let accepted = text(&place, "baseline.json");
    // As a commit before this one left it: what strings keep was this many times what it is.
    let was = |times: f64| {
        let mut baseline: serde_json::Value = serde_json::from_str(&accepted).unwrap();
        let figures = baseline["workloads"][0]["figures"].as_array_mut().unwrap();
        let strings = figures
            .iter_mut()
            .find(|figure| figure["name"] == "without zones, in strings");
        let best = &mut strings.unwrap()["best"];
        *best = (best.as_f64().unwrap() * times).into();
        let text = serde_json::to_string_pretty(&baseline).unwrap() + "\n";
        std::fs::write(place.path("baseline.json"), &text).unwrap();
        text
    };
    let lower = was(1.0 / 1.03);
    let crept = run("--update");
    assert_eq!(crept.code, Some(1), "{crept:?}");
    assert!(
        crept.stdout.contains("without zones, in strings: "),
        "{crept:?}"
    );
    assert_eq!(text(&place, "baseline.json"), lower);

    let higher = was(1.5);
    let better = run("");
    assert_eq!(better.code, Some(0), "{better:?}");
    assert!(
        better.stdout.contains("run again with --update"),
        "{better:?}"
    );
    assert_eq!(text(&place, "baseline.json"), higher);
    assert_eq!(run("--update").code, Some(0));
    assert_eq!(text(&place, "baseline.json"), accepted);
}

#[test]
fn comparing_a_clean_run_with_a_leaking_one_names_what_is_new() {
    let place = Place::new();
    let options = "--iters 12 --zones on --probes heap,sites";
    for (name, inject) in [("a", ""), ("b", " --inject activation-leak")] {
        let ended = place.run(&format!("{options}{inject}"));
        assert_eq!(ended.code, Some(i32::from(name == "b")), "{ended:?}");
        std::fs::rename(place.path("out"), place.path(name)).unwrap();
    }
    let compare = |arguments: &[&str]| {
        let program = env!("CARGO_BIN_EXE_harness");
        let mut command = std::process::Command::new(program);
        let command = command.args(arguments).current_dir(place.path("."));
        Ended::from(command.output().unwrap())
    };
    let worse = compare(&["compare", "a", "b", "--out", "difference"]);
    assert_eq!(worse.code, Some(1), "{worse:?}");
    assert!(worse.stdout.contains("resize_activations"), "{worse:?}");
    let page = text(&place, "difference/report.html");
    for shows in ["resize_activations", "Live heap with zones", "16,200"] {
        assert!(page.contains(shows), "{shows}");
    }
    for file in ["heap-with-zones.svg", "heap-with-zones.png", "summary.json"] {
        assert!(place.path("difference").join(file).exists(), "{file}");
    }
    let better = compare(&["compare", "b", "a"]);
    assert_eq!(better.code, Some(0), "{better:?}");
    assert_eq!(compare(&["compare", "a", "a"]).code, Some(0));
    // What cannot be drawn is said, and the rest is there.
    std::fs::remove_file(place.path("a").join("samples.jsonl")).unwrap();
    let undrawn = compare(&["compare", "a", "b", "--out", "undrawn"]);
    assert_eq!(undrawn.code, Some(1), "{undrawn:?}");
    assert!(
        undrawn.stdout.contains("memory is not drawn: "),
        "{undrawn:?}"
    );
    assert!(undrawn.stdout.contains("samples.jsonl"), "{undrawn:?}");
    assert!(text(&place, "undrawn/report.html").contains("resize_activations"));
    // Neither report is written over.
    let over = compare(&["compare", "a", "b/summary.json", "--out", "b"]);
    assert_eq!(over.code, Some(2), "{over:?}");
    assert!(!text(&place, "b/report.html").contains("Live heap with zones: 0 B in A"));
    assert!(page.contains("Live heap with zones: 0 B in A"));
}

const WITH_VALGRIND: &str = r#"
baseline = "baseline.json"
suppressions = ["known.supp"]
[[workload]]
name = "words"
workload = "words"
iters = 12
zones = "on"
probes = ["heap", "valgrind"]
require = ["valgrind"]
valgrind_iters = 1
"#;

/// An entry that hides what the dynamic linker keeps of a program's start, as a real one of another's defect does.
fn entry(function: &str, expires: &str) -> String {
    format!(
        "# reason: a defect of the loader\n# expires: {expires}\n{{\n   old & known\n   Memcheck:Leak\n   ...\n   fun:{function}\n}}\n"
    )
}

#[test]
fn what_a_suppression_hides_is_told_in_every_form_and_one_past_its_day_fails() {
    if !valgrind_is_there() {
        return;
    }
    let place = Place::new();
    std::fs::write(place.path("gate.toml"), WITH_VALGRIND).unwrap();
    let run = |entry: &str, arguments: &str| {
        std::fs::write(place.path("known.supp"), entry).unwrap();
        place.run(&format!("gate --config gate.toml {arguments}"))
    };
    let nothing = entry("no_such_function", "2099-12-31");
    let first = run(&nothing, "--accept --reason first");
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(!first.stdout.contains("hid "), "{first:?}");

    let all_of_the_program = entry("main", "2099-12-31");
    let hidden = run(
        &all_of_the_program,
        "--annotations --junit j.xml --sarif s.sarif --markdown m.md",
    );
    assert_eq!(hidden.code, Some(0), "{hidden:?}");
    assert!(
        hidden
            .stdout
            .contains("hid   hidden with zones: old & known"),
        "{hidden:?}"
    );
    let annotation = "::warning file=known.supp,line=3,";
    assert!(hidden.stdout.contains(annotation), "{hidden:?}");
    assert!(text(&place, "m.md").contains("| **hidden** |"));
    let junit = text(&place, "j.xml");
    let skipped = junit
        .lines()
        .find(|line| line.contains("<skipped"))
        .unwrap();
    assert!(
        skipped.contains("until 2099-12-31: a defect of the loader"),
        "{skipped}"
    );
    let sarif: serde_json::Value = serde_json::from_str(&text(&place, "s.sarif")).unwrap();
    let suppressed = &sarif["runs"][0]["results"][0]["suppressions"][0];
    assert_eq!(suppressed["status"], "accepted", "{sarif}");

    let expired = run(&entry("no_such_function", "2020-12-31"), "");
    assert_eq!(expired.code, Some(1), "{expired:?}");
    assert!(
        expired
            .stdout
            .contains("known.supp:3) expired on 2020-12-31"),
        "{expired:?}"
    );
}
