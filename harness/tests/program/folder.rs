//! Where reports go: a folder is one run's, and what an earlier run left does not stay in it.

use super::place::{Ended, Place};
use std::fs;
use std::process::{Command, Stdio};

/// A short job.
const RUN: &str = "--workload words --texts 2 --iters 25 --probes heap --zones on";

/// The program in the place's folder, with no folder of its own for the report.
fn harness(place: &Place, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
    command
        .args(arguments.split_whitespace())
        .current_dir(place.path(""));
    command
}

fn run(place: &Place, arguments: &str) -> Ended {
    Ended::from(harness(place, arguments).output().unwrap())
}

#[test]
fn runs_that_begin_in_one_second_have_a_folder_each() {
    let place = Place::new();
    let begin = || {
        let mut command = harness(&place, RUN);
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    // Five at once: at least some of them in the same second.
    let begun: Vec<_> = (0..5).map(|_| begin()).collect();
    for mut running in begun {
        assert_eq!(running.wait().unwrap().code(), Some(0));
    }
    let folders: Vec<_> = fs::read_dir(place.path("reports")).unwrap().collect();
    assert_eq!(folders.len(), 5, "{folders:?}");
    for folder in folders {
        assert!(folder.unwrap().path().join("report.html").is_file());
    }
}

#[test]
fn a_folder_that_a_run_is_writing_to_is_refused_to_another() {
    let place = Place::new();
    let running = place.begin(
        "--workload words --iters 1000000 --probes heap --zones on",
        2,
    );
    let ended = place.run(RUN);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let why = "out: another run is writing its report there: choose another folder";
    assert!(ended.stderr.contains(why), "{ended:?}");
    drop(running);
}

#[test]
fn a_folder_used_again_loses_the_last_report_and_keeps_what_is_the_users() {
    let place = Place::new();
    // A report of another command, with pictures that this one does not draw.
    let ended = place.run("factorial --words 400 --words-per-block 100");
    assert_eq!(ended.code.map(|code| code < 2), Some(true), "{ended:?}");
    let pictures = |place: &Place| {
        let names = fs::read_dir(place.path("out")).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name.ends_with(".svg")).collect();
        names.sort();
        names
    };
    let of_factorial = pictures(&place);
    fs::write(place.path("out/notes.txt"), "mine").unwrap();
    fs::write(place.path("out/tools/old.err"), "old").unwrap();
    fs::create_dir_all(place.path("out/mine")).unwrap();
    fs::write(place.path("out/mine/keep.svg"), "mine").unwrap();

    let ended = place.run(RUN);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let now = pictures(&place);
    assert_eq!(now, ["heap.svg"]);
    assert!(!of_factorial.contains(&now[0]), "{of_factorial:?}");
    assert!(!place.path("out/tools/old.err").exists());
    assert_eq!(
        fs::read_to_string(place.path("out/notes.txt")).unwrap(),
        "mine"
    );
    assert!(place.path("out/mine/keep.svg").is_file());
}

#[test]
fn a_folder_that_is_no_report_keeps_its_pictures() {
    let place = Place::new();
    fs::create_dir_all(place.path("out")).unwrap();
    fs::write(place.path("out/holiday.png"), "mine").unwrap();
    assert_eq!(place.run(RUN).code, Some(0));
    assert!(place.path("out/holiday.png").is_file());
}

#[test]
fn a_name_stays_under_the_reports() {
    let place = Place::new();
    for name in ["../outside", "/tmp", "a/b", ".."] {
        let ended = run(&place, &format!("{RUN} --name {name}"));
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains("--name"), "{ended:?}");
    }
    assert_eq!(run(&place, &format!("{RUN} --name mine")).code, Some(0));
    assert!(place.path("reports/mine/report.html").is_file());
}

#[test]
fn files_are_looked_at_before_anything_runs_and_nothing_is_made_on_the_way() {
    let place = Place::new();
    fs::write(place.path("file"), "").unwrap();
    fs::create_dir(place.path("folder")).unwrap();
    for wrong in ["--junit file/x.xml", "--sarif folder", "--history file/x/y"] {
        for command in [RUN.to_owned(), "run --iters 1,2,3".to_owned()] {
            let what = if command == RUN {
                ""
            } else {
                " -- true {iters}"
            };
            let ended = run(&place, &format!("{command} {wrong}{what}"));
            assert_eq!(ended.code, Some(2), "{ended:?}");
            let option = wrong.split(' ').next().unwrap();
            let why = format!("harness: {option}: cannot write ");
            assert!(ended.stderr.contains(&why), "{ended:?}");
        }
    }
    assert!(!place.path("reports").exists());
}

#[test]
fn sources_that_are_elsewhere_are_asked_for_and_found_where_they_are() {
    let place = Place::new();
    let project = place.path("project");
    fs::create_dir(&project).unwrap();
    let source = "#include <stdlib.h>\n#include <stdio.h>\nvoid *kept;\nint main(int argc, char **argv) {\n    \
                  for (int i = 0; i < atoi(argv[1]); i++) {\n        kept = malloc(100);\n        printf(\"%p\", kept);\n    \
                  }\n    return 0;\n}\n";
    fs::write(project.join("leaky.c"), source).unwrap();
    let built = Command::new("cc")
        .args(["-g", "-O0", "-o", "../leaky", "leaky.c"])
        .current_dir(&project)
        .status();
    assert!(built.unwrap().success());
    fs::create_dir(place.path("elsewhere")).unwrap();
    let leaks = |more: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
        let words = format!("run --iters 10,20,40 {more} --out out -- ../leaky {{iters}}");
        command.args(words.split_whitespace());
        Ended::from(
            command
                .current_dir(place.path("elsewhere"))
                .output()
                .unwrap(),
        )
    };
    let blind = leaks("");
    assert_eq!(blind.code, Some(1), "{blind:?}");
    let why = "leaky.c is not, or more than once, under ";
    assert!(blind.stdout.contains(why), "{blind:?}");
    assert!(
        blind.stdout.contains("--source DIR says where it is."),
        "{blind:?}"
    );
    let found = leaks("--source ../project");
    assert_eq!(found.code, Some(1), "{found:?}");
    assert!(!found.stdout.contains("No line of source"), "{found:?}");
    assert_eq!(leaks("--source ../nowhere").code, Some(2));
}
