//! What somebody planted in the folder of a report is never written through, and never waited for.

use super::place::{Ended, Place, valgrind_is_there};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

const RUN: &str = "--workload words --zones on --iters 12 --probes";
const BEFORE: &str = "precious\n";

/// Every name that a run writes by, as far as it can be known before.
const NAMES: [&str; 15] = [
    "report.html",
    "report.html.part",
    "summary.json",
    "summary.json.part",
    "samples.jsonl",
    "heap.svg",
    "heap.png",
    "dhat-heap.json",
    "tools/suppressions.supp",
    "tools/with-zones.err",
    "tools/sites-with-zones.json",
    "tools/dhat-with-zones-2.json",
    "tools/valgrind-with-zones-2.xml",
    "tools/valgrind-with-zones-20.xml",
    "tools/valgrind-with-zones-20.log",
];

/// A folder `out` in which each of these names is a link to a file of its own beside it.
fn planted(place: &Place) {
    fs::create_dir_all(place.path("out/tools")).unwrap();
    for (number, name) in NAMES.iter().enumerate() {
        let victim = place.path(&format!("victim-{number}"));
        fs::write(&victim, BEFORE).unwrap();
        symlink(&victim, place.path("out").join(name)).unwrap();
    }
}

fn assert_victims_are_whole(place: &Place) {
    for (number, name) in NAMES.iter().enumerate() {
        let victim = place.path(&format!("victim-{number}"));
        assert_eq!(fs::read_to_string(victim).unwrap(), BEFORE, "{name}");
    }
}

#[test]
fn a_run_into_a_folder_full_of_links_writes_through_none() {
    let place = Place::new();
    planted(&place);
    let tools = if valgrind_is_there() { ",valgrind" } else { "" };
    let ended = place.run(&format!(
        "{RUN} heap,sites,groups,dhat{tools} --dhat-iters 2 --valgrind-iters 2"
    ));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_victims_are_whole(&place);
    for name in [
        "report.html",
        "summary.json",
        "samples.jsonl",
        "dhat-heap.json",
    ] {
        let written = fs::symlink_metadata(place.path("out").join(name)).unwrap();
        assert!(written.is_file() && written.len() > 0, "{name}");
        assert_eq!(written.mode() & 0o777, 0o600, "{name}");
    }
    for entry in fs::read_dir(place.path("out/tools")).unwrap().flatten() {
        let written = fs::symlink_metadata(entry.path()).unwrap();
        if written.is_file() {
            assert_eq!(written.mode() & 0o777, 0o600, "{entry:?}");
        }
    }
}

#[test]
fn pipes_and_folders_in_the_way_end_a_run_or_not_but_never_hold_it_up() {
    let pipes = [
        "samples.jsonl",
        "report.html",
        "summary.json",
        "tools/with-zones.err",
        "report.html.part",
    ];
    for name in pipes {
        let place = Place::new();
        fs::create_dir_all(place.path("out/tools")).unwrap();
        let made = Command::new("mkfifo")
            .arg(place.path("out").join(name))
            .status();
        assert!(made.unwrap().success());
        let ended = place.run(&format!("{RUN} heap"));
        assert_eq!(ended.code, Some(0), "{name}: {ended:?}");
    }
    for name in ["samples.jsonl", "report.html", "summary.json", "heap.svg"] {
        let place = Place::new();
        fs::create_dir_all(place.path("out").join(name)).unwrap();
        let ended = place.run(&format!("{RUN} heap"));
        assert!(matches!(ended.code, Some(2 | 3)), "{name}: {ended:?}");
        assert!(ended.stderr.contains(name), "{ended:?}");
        let left = fs::read_dir(place.path("out")).unwrap().flatten();
        let part = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(".part");
        assert!(
            !left.into_iter().any(|entry| part(&entry.file_name())),
            "{name}"
        );
    }
}

#[test]
fn the_folder_may_be_a_link_of_the_users_and_what_is_in_it_may_not() {
    let place = Place::new();
    fs::create_dir(place.path("real")).unwrap();
    symlink("real", place.path("out")).unwrap();
    let ended = place.run(&format!("{RUN} heap"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(place.path("real/report.html").is_file());

    let place = Place::new();
    fs::create_dir_all(place.path("out")).unwrap();
    fs::create_dir(place.path("elsewhere")).unwrap();
    symlink("../elsewhere", place.path("out/tools")).unwrap();
    let ended = place.run(&format!("{RUN} heap"));
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(
        ended.stderr.contains("out/tools: it is a symbolic link"),
        "{ended:?}"
    );
    assert_eq!(fs::read_dir(place.path("elsewhere")).unwrap().count(), 0);
}

#[test]
fn a_folder_that_is_made_is_the_users_alone() {
    let place = Place::new();
    let ended = place.run(&format!("{RUN} heap"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for name in ["out", "out/tools"] {
        let mode = fs::metadata(place.path(name)).unwrap().mode() & 0o777;
        assert_eq!(mode, 0o700, "{name}");
    }
}

#[test]
fn exports_and_histories_follow_the_users_links_and_none_in_the_folder() {
    let place = Place::new();
    let victims = ["junit", "sarif", "markdown", "history"];
    fs::create_dir(place.path("out")).unwrap();
    for name in victims {
        fs::write(place.path(name), BEFORE).unwrap();
        symlink(place.path(name), place.path("out").join(name)).unwrap();
        fs::write(place.path(&format!("{name}-target")), BEFORE).unwrap();
        symlink(
            format!("{name}-target"),
            place.path(&format!("{name}-link")),
        )
        .unwrap();
    }
    let run = |at: &dyn Fn(&str) -> String| {
        let options = victims.map(|name| format!("--{name} {}", at(name)));
        place.run(&format!("{RUN} heap {}", options.join(" ")))
    };
    let planted = run(&|name| format!("out/{name}"));
    assert_eq!(planted.code, Some(3), "{planted:?}");
    assert!(planted.stderr.contains("out/history"), "{planted:?}");
    for name in victims {
        assert_eq!(
            fs::read_to_string(place.path(name)).unwrap(),
            BEFORE,
            "{name}"
        );
    }
    let own = run(&|name| format!("{name}-link"));
    assert_eq!(own.code, Some(0), "{own:?}");
    for name in victims {
        let target = place.path(&format!("{name}-target"));
        assert_ne!(fs::read_to_string(target).unwrap(), BEFORE, "{name}");
        assert!(place.path(&format!("{name}-link")).is_symlink(), "{name}");
    }
}

#[test]
fn a_gates_folders_are_no_links_and_its_baseline_keeps_its_mode() {
    let place = Place::new();
    let config = "baseline = \"baseline.json\"\n[[workload]]\nname = \"small\"\nworkload = \"words\"\niters = 12\n\
                  zones = \"on\"\nprobes = [\"heap\"]\n";
    fs::write(place.path("gate.toml"), config).unwrap();
    let run = || -> Ended { place.run("gate --config gate.toml --accept --reason first") };
    fs::create_dir(place.path("elsewhere")).unwrap();
    for name in ["small", "control-leak", "control-twin"] {
        let _ = fs::remove_dir_all(place.path("out"));
        fs::create_dir(place.path("out")).unwrap();
        symlink("../elsewhere", place.path("out").join(name)).unwrap();
        let ended = run();
        assert_eq!(ended.code, Some(2), "{name}: {ended:?}");
        assert!(ended.stderr.contains(name), "{ended:?}");
        fs::remove_file(place.path("out").join(name)).unwrap();
    }
    assert_eq!(fs::read_dir(place.path("elsewhere")).unwrap().count(), 0);
    fs::write(place.path("victim"), BEFORE).unwrap();
    symlink("../victim", place.path("out/gate.json")).unwrap();
    assert_eq!(run().code, Some(0));
    assert_eq!(fs::read_to_string(place.path("victim")).unwrap(), BEFORE);
    let baseline = place.path("baseline.json");
    fs::set_permissions(&baseline, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(run().code, Some(0));
    assert_eq!(mode(&baseline), 0o640);
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}
