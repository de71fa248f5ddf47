//! `harness init`: the gate for a project that has none.

use super::place::Ended;
use super::run::Work;
use std::process::Command;

const FILES: [&str; 3] = [
    "leak-gate.toml",
    "leak-baseline.json",
    ".github/workflows/leak-gate.yml",
];
const THREE: &str = "--iters 10,100,1000";

/// Runs the program in the folder of the work, which is a project's; `command` are the words after `--`.
fn harness(work: &Work, arguments: &str, command: &str) -> Ended {
    let mut harness = Command::new(env!("CARGO_BIN_EXE_harness"));
    harness
        .args(arguments.split_whitespace())
        .current_dir(work.0.path("."));
    if !command.is_empty() {
        harness.arg("--").args(command.split_whitespace());
    }
    Ended::from(harness.output().unwrap())
}

fn text(work: &Work, name: &str) -> String {
    std::fs::read_to_string(work.0.path(name)).unwrap()
}

/// What is in the project's folder beside the program.
fn written(work: &Work) -> Vec<String> {
    let entries = std::fs::read_dir(work.0.path(".")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != "work").collect();
    names.sort();
    names
}

#[test]
fn a_fresh_folder_gets_a_gate_that_passes_and_that_stops_a_leak() {
    let work = Work::new();
    let init = harness(&work, &format!("init {THREE}"), "./work clean {iters}");
    assert_eq!(init.code, Some(0), "{init:?}");
    for file in FILES {
        assert!(init.stdout.contains(&format!("Wrote {file}")), "{init:?}");
    }
    assert!(
        init.stdout.trim_end().ends_with("\n  harness gate"),
        "{init:?}"
    );
    assert!(text(&work, FILES[1]).contains("\"reason\": \"the first baseline\""));
    assert!(text(&work, FILES[2]).contains("pull_request:"));

    let gate = harness(&work, "gate", "");
    assert_eq!(gate.code, Some(0), "{gate:?}");
    assert!(gate.stdout.contains("The gate passes."), "{gate:?}");

    // The same program loses a block from now on.
    for file in &FILES[..2] {
        let worse = text(&work, file).replace("clean", "lose");
        std::fs::write(work.0.path(file), worse).unwrap();
    }
    let leak = harness(&work, "gate", "");
    assert_eq!(leak.code, Some(1), "{leak:?}");
    assert!(leak.stdout.contains("work.c:16"), "{leak:?}");
}

#[test]
fn the_counts_that_the_first_run_chose_are_those_of_the_gate() {
    let work = Work::new();
    let init = harness(
        &work,
        "init --budget 4 --no-workflow",
        "./work clean {iters}",
    );
    assert_eq!(init.code, Some(0), "{init:?}");
    assert!(text(&work, FILES[0]).contains("\niters = [10, 100, 1000"));
    assert!(!work.0.path(".github").exists());
    let baseline: serde_json::Value = serde_json::from_str(&text(&work, FILES[1])).unwrap();
    let settings = baseline["workloads"][0]["settings"].as_str().unwrap();
    assert!(settings.starts_with("--iters=10,100,1000"), "{settings}");
}

#[test]
fn a_file_that_is_there_is_named_and_stays_and_nothing_is_run() {
    for file in FILES.iter().copied().chain(["ci/leak-gate.toml"]) {
        let work = Work::new();
        let path = work.0.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "mine").unwrap();
        let before = written(&work);
        let init = harness(&work, &format!("init {THREE}"), "./work clean {iters}");
        assert_eq!(init.code, Some(2), "{init:?}");
        assert!(init.stderr.contains(file), "{file}: {init:?}");
        assert_eq!(text(&work, file), "mine");
        assert_eq!(written(&work), before);
    }
}

#[test]
fn what_is_wrong_is_said_before_anything_is_made() {
    let work = Work::new();
    std::fs::write(work.0.path("file"), "").unwrap();
    for (options, command, says) in [
        (THREE, "./no-such-program {iters}", "no-such-program"),
        (
            "--iters 10,100",
            "./work clean {iters}",
            "three different counts",
        ),
        ("--name control", "./work clean {iters}", "control"),
        ("--dir nowhere", "./work clean {iters}", "nowhere"),
        ("--dir file", "./work clean {iters}", "file"),
        ("--stdin-lines no-lines.txt", "./work lines", "no-lines.txt"),
        ("--action here", "./work clean {iters}", "owner/name@v1"),
        ("--reason", "./work clean {iters}", "--reason"),
        ("--reason because", "", "COMMAND"),
        ("--iters 0,1,2", "./work clean {iters}", "0 is not in"),
    ] {
        let init = harness(&work, &format!("init {options}"), command);
        assert_eq!(init.code, Some(2), "{options}: {init:?}");
        assert!(init.stderr.contains(says), "{options}: {init:?}");
        assert_eq!(written(&work), ["file"], "{options}");
    }
    // Where the workflow is to go there is a file.
    std::fs::write(work.0.path(".github"), "").unwrap();
    let init = harness(&work, &format!("init {THREE}"), "./work clean {iters}");
    assert_eq!(init.code, Some(2), "{init:?}");
    assert!(init.stderr.contains(".github"), "{init:?}");
    assert_eq!(written(&work), [".github", "file"]);
}

#[test]
fn a_command_that_leaks_already_gets_a_baseline_for_a_reason_alone() {
    let work = Work::new();
    let leaking = "./work lose {iters}";
    let without = harness(&work, &format!("init {THREE}"), leaking);
    assert_eq!(without.code, Some(1), "{without:?}");
    for says in [
        "The command leaks already. Leak: 48 B an iteration",
        "Nothing was written",
        "--reason TEXT",
    ] {
        assert!(without.stdout.contains(says), "{says}: {without:?}");
    }
    assert_eq!(written(&work), ["reports"]);

    let with = harness(&work, &format!("init {THREE} --reason bug-7"), leaking);
    assert_eq!(with.code, Some(0), "{with:?}");
    assert!(with.stdout.contains("leaks already"), "{with:?}");
    assert!(text(&work, FILES[1]).contains("\"reason\": \"bug-7\""));
    let gate = harness(&work, "gate", "");
    assert_eq!(gate.code, Some(0), "{gate:?}");
    assert!(gate.stdout.contains("1 known site"), "{gate:?}");
}

#[test]
fn a_command_that_fails_leaves_no_file_but_its_report() {
    let work = Work::new();
    let init = harness(&work, &format!("init {THREE}"), "false {iters}");
    assert_eq!(init.code, Some(3), "{init:?}");
    assert!(init.stdout.contains("Nothing was written"), "{init:?}");
    assert_eq!(written(&work), ["reports"]);
}

#[test]
fn without_a_command_there_is_one_to_fill_in_and_the_gate_does_not_pass() {
    let work = Work::new();
    std::fs::create_dir(work.0.path("project")).unwrap();
    let init = harness(&work, "init --dir project", "");
    assert_eq!(init.code, Some(0), "{init:?}");
    let next = "cd project && harness gate --accept --reason \"the first baseline\"";
    assert!(init.stdout.contains(next), "{init:?}");
    assert!(work.0.path("project").join(FILES[2]).exists());
    let config = work.0.path("project/leak-gate.toml");
    let config = config.to_str().unwrap();
    let gate = harness(
        &work,
        &format!("gate --config {config} --accept --reason x"),
        "",
    );
    assert_eq!(gate.code, Some(2), "{gate:?}");
    assert!(gate.stderr.contains("./your_program"), "{gate:?}");
}

#[test]
fn two_configurations_are_not_chosen_between_and_none_is_told_what_to_do() {
    let work = Work::new();
    let none = harness(&work, "gate", "");
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(none.stderr.contains("harness init"), "{none:?}");
    std::fs::create_dir(work.0.path("ci")).unwrap();
    for file in ["leak-gate.toml", "ci/leak-gate.toml"] {
        std::fs::write(work.0.path(file), "").unwrap();
    }
    let both = harness(&work, "gate", "");
    assert_eq!(both.code, Some(2), "{both:?}");
    assert!(both.stderr.contains("say with --config"), "{both:?}");
}
