//! `harness record` and `harness judge`: a program over time.

use crate::place::{Ended, Place, Running, signal};
use harness_model::Outcome;
use harness_model::record::{Measure, RecordLine, RecordSummary, SeriesOverTime, Whose};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A directory with a program in it that does one kind of thing for some seconds.
struct Work(Place);

impl Work {
    fn new() -> Work {
        let place = Place::new();
        let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let mut compile = Command::new(compiler);
        compile
            .args(["-g", "-O1", "-fno-builtin", "-Wall", "-Werror", "-I"])
            .arg(crate_root.join("marks"))
            .arg("-o")
            .arg(place.path("work"))
            .arg(crate_root.join("tests/data/recorded.c"));
        assert!(
            compile.status().unwrap().success(),
            "the program can be compiled"
        );
        Work(place)
    }

    /// Records it; `options` come before the command's own words.
    fn record(&self, options: &str, words: &str) -> (Ended, RecordSummary) {
        let mut command = self.0.command(&format!("record --interval 0.02 {options}"));
        command.arg("--").args(words.split_whitespace());
        let ended = Ended::from(command.output().unwrap());
        let summary: RecordSummary = self.0.document();
        assert_eq!(
            ended.code,
            Some(summary.verdict.exit_code.into()),
            "{ended:?}"
        );
        (ended, summary)
    }

    /// Begins to record it, and waits until so many lines are on disk.
    fn begin(&self, options: &str, words: &str, lines: usize) -> Running {
        let mut command = self.0.command(&format!("record --interval 0.02 {options}"));
        if !words.is_empty() {
            command.arg("--").args(words.split_whitespace());
        }
        self.0.begin_with(command, lines)
    }

    fn lines(&self) -> Vec<RecordLine> {
        self.0.lines()
    }

    /// Starts the program by itself.
    fn start(&self, words: &str) -> Alone {
        let mut command = Command::new(self.0.path("work"));
        command.args(words.split_whitespace()).stdout(Stdio::null());
        Alone(command.spawn().unwrap())
    }
}

/// A program that is ended with the test.
struct Alone(Child);

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn series(summary: &RecordSummary, measure: Measure) -> &SeriesOverTime {
    let of = |one: &&SeriesOverTime| one.measure == measure && one.whose == Whose::All;
    summary.series.iter().find(of).unwrap()
}

#[test]
fn a_program_that_grows_is_told_with_its_line_and_its_output_is_its_own() {
    let work = Work::new();
    let (ended, summary) = work.record("", "./work grow 3");
    let verdict = &summary.verdict;
    assert_eq!(verdict.outcome, Outcome::Leak, "{}", verdict.sentence);
    assert!(
        verdict.sentence.starts_with("Live heap grows by ")
            && verdict.sentence.contains("taken by take (")
            && verdict.sentence.contains("recorded.c:16)"),
        "{}",
        verdict.sentence
    );
    assert!(
        ended.stdout.contains("begun\n") && ended.stdout.contains("done\n"),
        "{}",
        ended.stdout
    );
    assert_eq!(summary.recorded.exit_code, Some(0));
    assert!(summary.sites[0].stack.len() >= 3);
    for file in ["report.html", "memory.png", "sites.svg", "samples.jsonl"] {
        assert!(work.0.path("out").join(file).is_file(), "{file}");
    }
    // What was recorded says the same when it is judged again.
    let mut judge = Command::new(env!("CARGO_BIN_EXE_harness"));
    judge
        .args(["judge", "out", "--out", "again", "--json"])
        .current_dir(work.0.path(""));
    let again = Ended::from(judge.output().unwrap());
    let judged: RecordSummary = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!((again.code, &judged.verdict), (Some(1), verdict));
}

#[test]
fn a_program_that_does_not_grow_passes_with_and_without_the_library() {
    let work = Work::new();
    for options in ["", "--no-preload"] {
        let (_, summary) = work.record(options, "./work flat 3");
        let verdict = &summary.verdict;
        assert_eq!(verdict.outcome, Outcome::Pass, "{}", verdict.sentence);
        let heap = summary
            .series
            .iter()
            .any(|one| one.measure == Measure::Heap);
        assert_eq!(heap, options.is_empty());
    }
}

#[test]
fn descriptors_are_told_with_the_line_that_opens_them() {
    let (_, summary) = Work::new().record("", "./work open 2");
    let sentence = &summary.verdict.sentence;
    assert_eq!(summary.verdict.outcome, Outcome::Leak, "{sentence}");
    assert!(sentence.contains("escriptors grow by "), "{sentence}");
    assert!(sentence.contains("recorded.c:49"), "{sentence}");
}

#[test]
fn what_grows_in_a_child_is_the_childs() {
    let (_, summary) = Work::new().record("", "./work worker 3");
    let verdict = &summary.verdict;
    assert_eq!(verdict.outcome, Outcome::Leak, "{}", verdict.sentence);
    let causes = verdict.causes.join(" ");
    assert!(
        causes.contains("in processes that the command started")
            && causes.contains("not in its own"),
        "{causes}"
    );
    assert_eq!(summary.processes.len(), 2);
}

#[test]
fn a_process_that_forks_away_is_recorded_to_its_end() {
    let (ended, summary) = Work::new().record("", "./work daemon 3");
    assert!(
        ended.stderr.contains("The command has ended"),
        "{}",
        ended.stderr
    );
    assert_eq!(
        summary.verdict.outcome,
        Outcome::Leak,
        "{}",
        summary.verdict.sentence
    );
    assert!(summary.recorded.seconds > 1.0);
}

#[test]
fn marks_tell_growth_by_what_is_done() {
    let work = Work::new();
    let (_, summary) = work.record("", "./work marks 5");
    let verdict = &summary.verdict;
    assert_eq!(verdict.outcome, Outcome::Leak, "{}", verdict.sentence);
    let [marks] = &summary.marks[..] else {
        panic!("{:?}", summary.marks)
    };
    assert_eq!(marks.text, "request");
    let by_marks = |one: &&SeriesOverTime| one.mark.is_some() && one.measure == Measure::Heap;
    let judged = &summary.series.iter().find(by_marks).unwrap().judged;
    assert!((judged.slope - 480.0).abs() < 5.0, "{judged:?}");
    assert!(
        verdict.causes[0].starts_with("It goes with the marks"),
        "{:?}",
        verdict.causes
    );
    let told = work.lines().into_iter().filter_map(|line| match line {
        RecordLine::Mark(mark) => Some(mark.count),
        _ => None,
    });
    assert_eq!(told.sum::<u64>(), marks.count);
}

#[test]
fn a_program_that_closes_its_descriptors_loses_nothing_and_its_own_exit_code_is_told() {
    let work = Work::new();
    let (ended, summary) = work.record("", "./work closes 2");
    assert_eq!(summary.marks, []);
    assert_eq!(summary.recorded.exit_code, Some(7));
    assert!(
        ended.stdout.contains("ended with exit code 7"),
        "{}",
        ended.stdout
    );
    let other = std::fs::read(work.0.path("other")).unwrap();
    assert!(other.is_empty(), "a mark went to a file of the program's");
}

#[test]
fn ctrl_c_midway_leaves_the_file_and_the_page() {
    let work = Work::new();
    let running = work.begin("--chart off", "./work grow 60", 100);
    running.signal(libc::SIGINT);
    let ended = running.ended();
    let summary: RecordSummary = work.0.document();
    assert!(summary.recorded.interrupted && summary.recorded.samples > 90);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(work.0.path("out/report.html").is_file());
}

#[test]
fn a_recording_that_is_ended_by_force_is_whole_up_to_there() {
    let work = Work::new();
    let running = work.begin("", "./work grow 60", 100);
    let children = running.children();
    running.signal(libc::SIGKILL);
    for child in children {
        signal(child, libc::SIGKILL);
    }
    assert_eq!(running.ended().code, None);
    // As if it had been within a line.
    let path = work.0.path("out/samples.jsonl");
    let mut written = std::fs::read_to_string(&path).unwrap();
    written.truncate(written.trim_end().len() - 20);
    std::fs::write(&path, written).unwrap();
    let mut judge = Command::new(env!("CARGO_BIN_EXE_harness"));
    judge.args(["judge", "out"]).current_dir(work.0.path(""));
    judge.args(["--out", "again"]);
    let judged = Ended::from(judge.output().unwrap());
    assert_eq!(judged.code, Some(1), "{judged:?}");
    assert!(judged.stdout.contains("is cut"), "{}", judged.stdout);
}

#[test]
fn a_process_that_runs_already_is_recorded_until_it_ends_and_is_left_alone() {
    let work = Work::new();
    let mut alone = work.start("grow 60");
    let ended = work.0.run(&format!(
        "record --interval 0.02 --pid {} --timeout 2",
        alone.0.id()
    ));
    let summary: RecordSummary = work.0.document();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let sentence = &summary.verdict.sentence;
    assert!(
        sentence.starts_with("Anonymous memory grows by "),
        "{sentence}"
    );
    assert_eq!(summary.recorded.ended.as_deref(), Some("goes on"));
    assert_eq!(alone.0.try_wait().unwrap(), None, "it was left alone");
    let again = Work::new();
    let running = again.begin(&format!("--pid {}", alone.0.id()), "", 50);
    alone.0.kill().unwrap();
    assert!(running.ended().code.is_some());
    let summary: RecordSummary = again.0.document();
    assert_eq!(summary.recorded.ended.as_deref(), Some("ended"));
}

#[test]
fn what_cannot_be_recorded_is_refused_with_its_reason() {
    let work = Work::new();
    for (words, says) in [
        ("record -- ./no-such-file", "cannot run ./no-such-file"),
        ("record --pid 999999999", "there is no process 999999999"),
        ("judge no-such-file", "cannot read no-such-file"),
        ("judge work", "it is a program, and no file of measurements"),
    ] {
        let words: Vec<&str> = words.split_whitespace().collect();
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
        command.args(words).current_dir(work.0.path(""));
        let ended = Ended::from(command.output().unwrap());
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
}

#[test]
fn what_is_written_for_mprof_is_read_back_and_judged_the_same() {
    let work = Work::new();
    let (_, recorded) = work.record("--no-preload --mprof m.dat", "./work grow 3");
    let text = std::fs::read_to_string(work.0.path("m.dat")).unwrap();
    assert!(text.starts_with("CMDLINE ./work grow 3\nMEM "), "{text}");
    let mut judge = Command::new(env!("CARGO_BIN_EXE_harness"));
    judge
        .args(["judge", "m.dat", "--out", "again", "--json"])
        .current_dir(work.0.path(""));
    let ended = Ended::from(judge.output().unwrap());
    let judged: RecordSummary = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let resident = |summary| series(summary, Measure::Resident).judged.clone();
    let (ours, theirs) = (resident(&recorded), resident(&judged));
    assert_eq!(ours.shape, theirs.shape);
    assert!((ours.slope - theirs.slope).abs() < 0.01 * ours.slope);
}

#[test]
fn memory_of_graphics_processors_is_recorded_where_there_is_a_library_for_it() {
    let work = Work::new();
    let mut compile = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    compile
        .args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"])
        .arg(work.0.path("libnvidia-ml.so.1"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/nvml.c"));
    assert!(compile.status().unwrap().success());
    let alone = work.start("flat 30");
    let pid = alone.0.id().to_string();
    let mut command = work
        .0
        .command(&format!("record --interval 0.02 --pid {pid} --timeout 3"));
    command
        .env("LD_LIBRARY_PATH", work.0.path(""))
        .env("MEMORY_OF", &pid);
    let ended = Ended::from(command.output().unwrap());
    let figures: Vec<u64> = work
        .lines()
        .into_iter()
        .filter_map(|line| match line {
            RecordLine::Sample(sample) => sample.total.gpu_bytes,
            _ => None,
        })
        .collect();
    assert!(figures.len() >= 3, "{figures:?} {ended:?}");
    assert!(figures.is_sorted() && figures[0] >= 3 << 20, "{figures:?}");
    let summary: RecordSummary = work.0.document();
    assert!(summary.series.iter().any(|one| one.measure == Measure::Gpu));
}
