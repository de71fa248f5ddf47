//! `harness run`: any program, with several counts of iterations.

use crate::place::{Ended, Place};
use harness_model::Outcome;
use harness_model::program::{ExplainedKind, ProcessRole, ProgramCause, ProgramSummary, Resource};
use std::path::Path;
use std::process::Command;

/// A directory with a program in it that does one kind of work.
pub struct Work(pub Place);

impl Work {
    /// With the program that does any kind of work.
    pub fn new() -> Work {
        Work::of("data/work.c")
    }

    /// With the program of a source below the tests.
    fn of(source: &str) -> Work {
        let place = Place::new();
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests")
            .join(source);
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let mut compile = Command::new(compiler);
        compile
            .args(["-g", "-O1", "-fno-builtin", "-pthread", "-o"])
            .arg(place.path("work"))
            .arg(source);
        assert!(
            compile.status().unwrap().success(),
            "the program can be compiled"
        );
        Work(place)
    }

    /// Runs it; `options` come before the command's own words.
    fn run(&self, options: &str, words: &str) -> (Ended, ProgramSummary) {
        let ended = self.try_run(options, words);
        let summary: ProgramSummary = self.0.document();
        assert_eq!(
            ended.code,
            Some(summary.verdict.exit_code.into()),
            "{ended:?}"
        );
        (ended, summary)
    }

    fn try_run(&self, options: &str, words: &str) -> Ended {
        let mut command = self.0.command(&format!("run {options}"));
        command.arg("--").args(words.split_whitespace());
        Ended::from(command.output().unwrap())
    }
}

const THREE: &str = "--iters 10,100,1000";

#[test]
fn a_leak_is_named_with_its_line_and_its_bytes_an_iteration() {
    let (ended, summary) = Work::new().run(THREE, "./work lose {iters}");
    assert_eq!(summary.verdict.outcome, Outcome::Leak);
    let [growth] = &summary.verdict.growth[..] else {
        panic!("{:?}", summary.verdict)
    };
    assert_eq!(
        (growth.resource, growth.process),
        (Resource::Heap, ProcessRole::Main)
    );
    assert_eq!(
        (growth.bytes_per_iteration, growth.count_per_iteration),
        (48.0, 1.0)
    );
    let place = &growth.sites[0].place;
    assert_eq!((place.function.as_str(), place.line), ("take", Some(16)));
    assert!(place.file.as_deref().unwrap().ends_with("work.c"));
    assert_eq!(growth.sites[0].language.as_deref(), Some("C"));
    assert!(
        ended.stdout.contains("LEAK  48 B an iteration (1 block)"),
        "{}",
        ended.stdout
    );
    assert_eq!(summary.counts.len(), 3);
}

#[test]
fn the_count_is_in_the_environment_too_and_lines_of_a_file_are_work() {
    let work = Work::new();
    let (ended, summary) = work.run(THREE, "./work lose");
    assert_eq!(summary.verdict.growth[0].bytes_per_iteration, 48.0);
    assert!(ended.stdout.contains("it has to read HARNESS_ITERS"));
    std::fs::write(work.0.path("lines"), "a line of 20 letters\n").unwrap();
    let (_, summary) = work.run("--iters 10,100,1000 --stdin-lines lines", "./work lines");
    assert_eq!(summary.verdict.growth[0].bytes_per_iteration, 21.0);
}

#[test]
fn a_drip_is_found_and_a_bounded_cache_is_none_where_the_counts_are_chosen() {
    let work = Work::new();
    let (_, drip) = work.run("", "./work drip {iters}");
    assert_eq!(
        drip.verdict.outcome,
        Outcome::Leak,
        "{}",
        drip.verdict.sentence
    );
    let rate = drip.verdict.growth[0].bytes_per_iteration;
    assert!((rate - 0.048).abs() < 0.001, "{rate}");
    let (_, cache) = work.run("", "./work cache {iters}");
    assert_eq!(
        cache.verdict.outcome,
        Outcome::Pass,
        "{}",
        cache.verdict.sentence
    );
    let bounded = cache
        .verdict
        .explained
        .iter()
        .find(|one| one.kind == ExplainedKind::BoundedCache);
    assert_eq!(bounded.unwrap().bytes, 512 * 64);
}

#[test]
fn what_grows_in_a_child_is_the_childs_and_many_children_that_end_are_no_growth() {
    let work = Work::new();
    let (_, child) = work.run(THREE, "./work child {iters}");
    let growth = &child.verdict.growth[0];
    assert_eq!(
        (growth.process, growth.bytes_per_iteration),
        (ProcessRole::Child, 40.0)
    );
    let (_, forks) = work.run("--iters 5,20,60", "./work forks {iters}");
    assert_eq!(
        forks.verdict.outcome,
        Outcome::Pass,
        "{}",
        forks.verdict.sentence
    );
    assert_eq!(forks.counts[2].processes, 61);
}

#[test]
fn clean_programs_pass_and_so_does_one_array_as_long_as_the_count() {
    let work = Work::new();
    for kind in ["clean", "array"] {
        let (_, summary) = work.run(THREE, &format!("./work {kind} {{iters}}"));
        assert_eq!(
            summary.verdict.outcome,
            Outcome::Pass,
            "{kind}: {}",
            summary.verdict.sentence
        );
    }
    let (_, table) = work.run(THREE, "./work table {iters}");
    assert_eq!(table.verdict.growth[0].bytes_per_iteration, 1.0);
    assert_ne!(table.verdict.growth[0].cause, ProgramCause::NotReleased);
}

#[test]
fn what_cannot_be_concluded_is_said_with_its_reason() {
    let work = Work::new();
    for (options, words, says) in [
        (THREE, "./work crash {iters}", "signal 11 (SIGSEGV"),
        (
            "--iters 10,100,1000 --timeout 1",
            "./work hang {iters}",
            "given up after 1 s",
        ),
        (THREE, "./work ignores {iters}", "seems to ignore the count"),
        (
            "--iters 1,2,3",
            "./work daemon {iters}",
            "left a process running",
        ),
        ("--iters 10,100", "./work clean {iters}", "fewer than three"),
    ] {
        let (ended, summary) = work.run(options, words);
        assert_eq!(
            summary.verdict.outcome,
            Outcome::Inconclusive,
            "{words}: {}",
            summary.verdict.sentence
        );
        assert_eq!(ended.code, Some(3));
        assert!(
            summary.verdict.sentence.contains(says),
            "{words}: {}",
            summary.verdict.sentence
        );
    }
    for (words, says) in [
        ("./no-such-file", "cannot run ./no-such-file"),
        ("no-such-command-at-all", "no such command in PATH"),
        ("./lines.txt", "not executable"),
    ] {
        std::fs::write(work.0.path("lines.txt"), "x").unwrap();
        let ended = work.try_run(THREE, words);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(says), "{words}: {}", ended.stderr);
    }
}

#[test]
fn closed_descriptors_and_a_flood_of_output_change_nothing() {
    let work = Work::new();
    let (_, closed) = work.run(THREE, "./work closed {iters}");
    assert_eq!(closed.verdict.growth[0].bytes_per_iteration, 48.0);
    let (_, loud) = work.run("--iters 1,10,100", "./work loud {iters}");
    assert_eq!(loud.counts[2].output_bytes, 100 << 20);
    let logs = std::fs::read_dir(work.0.path("out/tools"))
        .unwrap()
        .flatten();
    let logs = logs.filter(|entry| entry.path().extension().is_some_and(|end| end == "log"));
    let kept: u64 = logs.map(|entry| entry.metadata().unwrap().len()).sum();
    assert!(kept < 4 << 20, "{kept} bytes of output were kept");
}

#[test]
fn json_goes_where_it_is_asked_for() {
    let work = Work::new();
    let ended = work.try_run("--iters 10,100,1000 --json", "./work lose {iters}");
    let printed: ProgramSummary = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(printed, work.0.document());
    work.try_run(
        "--iters 10,100,1000 --json written.json",
        "./work lose {iters}",
    );
    let written = std::fs::read_to_string(work.0.path("written.json")).unwrap();
    assert_eq!(
        serde_json::from_str::<ProgramSummary>(&written).unwrap(),
        work.0.document()
    );
}

#[test]
fn a_setting_that_is_suggested_is_tried_and_what_it_does_is_told() {
    // Eight threads with an arena each, which keeps what they freed.
    let work = Work::of("programs/c-arenas/crowd.c");
    let (ended, summary) = work.run("--iters 2,4,8 --try", "./work {iters}");
    assert_eq!(summary.verdict.outcome, Outcome::Pass);
    let explained = &summary.verdict.explained;
    let arenas = explained
        .iter()
        .find(|one| one.kind == ExplainedKind::Arenas)
        .unwrap_or_else(|| panic!("{explained:?}"));
    assert_eq!(arenas.settings, ["MALLOC_ARENA_MAX=2"]);
    let tried = &summary.tried[0];
    assert_eq!(
        (tried.setting.as_str(), tried.iterations),
        ("MALLOC_ARENA_MAX=2", 8)
    );
    assert_eq!(tried.ended, None);
    let (before, after) = (
        tried.before.resident_end_bytes.unwrap(),
        tried.after.resident_end_bytes.unwrap(),
    );
    assert!(after + arenas.bytes / 2 < before, "{tried:?}");
    assert!(tried.before.seconds > 0.0 && tried.after.seconds > 0.0);
    for words in ["Tried with 8 iterations", "MALLOC_ARENA_MAX=2"] {
        assert!(ended.stdout.contains(words), "{}", ended.stdout);
    }
    let page = std::fs::read_to_string(work.0.path("out/report.html")).unwrap();
    assert!(page.contains("What settings do"));
}

#[test]
fn several_processes_are_told_together_and_each_by_itself() {
    let (ended, summary) = Work::of("programs/c-fork-worker/worker.c").run(THREE, "./work {iters}");
    let last = summary.counts.last().unwrap();
    assert!(last.process_ends.len() > 1, "{last:?}");
    let shares = last
        .process_ends
        .iter()
        .filter_map(|one| one.proportional_bytes);
    assert!(last.proportional_bytes.unwrap() >= shares.sum());
    assert!(ended.stdout.contains("(PSS)"), "{}", ended.stdout);
}

#[test]
fn what_grows_goes_to_other_programs_at_its_line() {
    let work = Work::new();
    let forms = "--junit j.xml --sarif s.sarif --markdown m.md --annotations";
    let (ended, _) = work.run(&format!("{THREE} {forms}"), "./work lose {iters}");
    assert!(
        ended.stdout.contains("work.c,line=16,title=harness run%3A"),
        "{}",
        ended.stdout
    );
    let text = |name| std::fs::read_to_string(work.0.path(name)).unwrap();
    assert!(text("j.xml").contains("<failure"));
    assert!(text("m.md").contains("48 bytes in 1 block an iteration"));
    let sarif: serde_json::Value = serde_json::from_str(&text("s.sarif")).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["startLine"], 16);
    work.run(&format!("{THREE} --junit j.xml"), "./work clean {iters}");
    assert!(!text("j.xml").contains("<failure"));
}

/// A gate of the program: `kind` is what it does, and `more` what the workload has beside.
fn gate(work: &Work, kind: &str, more: &str, options: &str) -> Ended {
    let config = format!(
        "baseline = \"baseline.json\"\n[[workload]]\nname = \"work\"\n\
         command = [\"./work\", \"{kind}\", \"{{iters}}\"]\niters = [10, 100, 1000]\n{more}"
    );
    std::fs::write(work.0.path("gate.toml"), config).unwrap();
    work.0.run(&format!("gate --config gate.toml {options}"))
}

#[test]
fn the_gate_of_a_command_is_a_ratchet_with_a_control() {
    let work = Work::new();
    let accept = "--accept --reason first";
    let first = gate(&work, "clean", "", accept);
    assert_eq!(first.code, Some(0), "{first:?}");
    for says in [
        "run: the planted block",
        "caught: 24 bytes in 1 block an iteration",
        "caught: 1 descriptor an iteration",
        "cleared: nothing grows",
        "would have caught 0.267 bytes per iteration",
    ] {
        assert!(first.stdout.contains(says), "{says}: {first:?}");
    }
    // The same command does something else from now on: what was accepted of it is in the file.
    let baseline = std::fs::read_to_string(work.0.path("baseline.json")).unwrap();
    let as_of = |kind: &str, text: &str| {
        let text = text.replace("./work clean", &format!("./work {kind}"));
        std::fs::write(work.0.path("baseline.json"), text).unwrap();
    };
    as_of("lose", &baseline);
    let leak = gate(&work, "lose", "", "--annotations");
    assert_eq!(leak.code, Some(1), "{leak:?}");
    assert!(leak.stdout.contains("new site"), "{leak:?}");
    assert!(leak.stdout.contains("work.c,line=16,"), "{leak:?}");

    assert_eq!(gate(&work, "lose", "", accept).code, Some(0));
    let known = gate(&work, "lose", "", "");
    assert_eq!(known.code, Some(0), "{known:?}");
    assert!(known.stdout.contains("1 known site"), "{known:?}");
    let over = gate(
        &work,
        "lose",
        "[workload.budget]\ngrowth = { heap = 40 }\n",
        "",
    );
    assert_eq!(over.code, Some(1), "{over:?}");
    assert!(over.stdout.contains("budget: heap growth"), "{over:?}");

    let accepted = std::fs::read_to_string(work.0.path("baseline.json")).unwrap();
    std::fs::write(
        work.0.path("baseline.json"),
        accepted.replace("48.0", "47.0"),
    )
    .unwrap();
    let crept = gate(&work, "lose", "", "--update");
    assert_eq!(crept.code, Some(1), "{crept:?}");
    assert!(crept.stdout.contains("grown site"), "{crept:?}");

    let unknown = gate(&work, "crash", "", "");
    assert_eq!(unknown.code, Some(3), "{unknown:?}");
    let missing = gate(&work, "clean", "stdin_lines = \"none.txt\"\n", "");
    assert_eq!(missing.code, Some(2), "{missing:?}");
    let planted = gate(&work, "clean", "", "--inject lost-block");
    assert_eq!(planted.code, Some(2), "{planted:?}");
}
