//! What valgrind says beside the library of `harness run`, and what the library's scan says in valgrind's place.

use crate::place::{Ended, Place, valgrind_is_there};
use harness_model::program::{ProgramCause, ProgramSummary, Resource};
use harness_model::{Cause, Instrument, LeakKind, Outcome, Probe, Summary};
use std::process::Command;

const SOURCE: &str = r#"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static void *volatile seen;
static void **kept;
static void lose(void) { seen = malloc(40); }
static void keep(int at) { kept[at] = malloc(24); }
static void leave_open(void) { seen = (void *)(long)open("/dev/null", O_RDONLY); }
int main(int argc, char **argv) {
    int count = argc > 2 ? atoi(argv[2]) : 1;
    const char *kind = argv[1];
    kept = calloc(100000, sizeof *kept);
    for (int i = 0; i < count; i++) {
        if (strchr(kind, 'l')) lose();
        if (strchr(kind, 'k')) keep(i);
        if (strchr(kind, 'o')) leave_open();
        free(malloc(16));
    }
    seen = 0;
    if (strchr(kind, 'f') && !fork()) _exit(0);
    while (wait(0) > 0);
    return 0;
}
"#;

/// A directory with the program in it; None where the compiler cannot make one of this kind.
fn made(options: &[&str]) -> Option<Place> {
    let place = Place::new();
    std::fs::write(place.path("work.c"), SOURCE).unwrap();
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let mut compile = Command::new(compiler);
    compile
        .args(["-g", "-O0", "-fno-builtin"])
        .args(options)
        .args(["-o", "work", "work.c"])
        .current_dir(place.path("."));
    compile.status().unwrap().success().then_some(place)
}

fn run(place: &Place, options: &str, words: &str) -> ProgramSummary {
    let mut command = place.command(&format!("run {options}"));
    command.arg("--").args(words.split_whitespace());
    let ended = Ended::from(command.output().unwrap());
    assert!(ended.code.is_some(), "{ended:?}");
    place.document()
}

const THREE: &str = "--iters 5,20,60";

#[test]
fn valgrind_agrees_on_what_is_lost_and_held_and_left_open_also_by_a_program_that_forks() {
    if !valgrind_is_there() {
        return;
    }
    let place = made(&[]).unwrap();
    let summary = run(
        &place,
        &format!("{THREE} --valgrind"),
        "./work lkof {iters}",
    );
    let said = summary.verdict.agreement.join("\n");
    let begin = "valgrind at 5, 20 and 60 iterations:";
    for (figure, function) in [
        ("40 B an iteration definitely lost in lose", "agrees."),
        ("24 B an iteration still reachable in keep", "agrees."),
        (
            "1 descriptor an iteration not closed in leave_open",
            "agrees.",
        ),
    ] {
        let sentence = said.lines().find(|line| line.contains(figure));
        let sentence = sentence.unwrap_or_else(|| panic!("{figure} in {said}"));
        assert!(
            sentence.starts_with(begin) && sentence.ends_with(function),
            "{sentence}"
        );
    }
    assert!(!said.contains("differ"), "{said}");
}

#[test]
fn without_the_option_valgrind_is_not_asked() {
    let summary = run(&made(&[]).unwrap(), THREE, "./work l {iters}");
    assert!(
        !summary.verdict.agreement.join("\n").contains("valgrind"),
        "{:?}",
        summary.verdict
    );
}

#[test]
fn of_a_static_program_valgrind_sees_what_stays_open() {
    let (true, Some(place)) = (valgrind_is_there(), made(&["-static"])) else {
        eprintln!("SKIPPED: a static program cannot be made here, or valgrind is not installed");
        return;
    };
    let summary = run(&place, THREE, "./work o {iters}");
    assert_eq!(summary.verdict.outcome, Outcome::Leak);
    let [growth] = &summary.verdict.growth[..] else {
        panic!("{:?}", summary.verdict)
    };
    assert_eq!(
        (growth.resource, growth.cause, growth.count_per_iteration),
        (Resource::FileDescriptor, ProgramCause::NotReleased, 1.0)
    );
    assert_eq!(growth.sites[0].place.function, "leave_open");
    let clean = run(&place, THREE, "./work - {iters}");
    assert!(clean.verdict.growth.is_empty(), "{:?}", clean.verdict);
    let said = clean.verdict.blind_spots.join("\n");
    assert!(said.contains("valgrind found no malloc to watch"), "{said}");
}

/// The main job with these instruments, where there is no valgrind.
fn without_valgrind(iterations: u64, probes: &str) -> (Ended, Summary) {
    let place = Place::new();
    let mut command = place.command(&format!(
        "--zones on --iters {iterations} --probes {probes} --scan-iters 2 --inject activation-leak"
    ));
    let ended = Ended::from(command.env("PATH", place.path(".")).output().unwrap());
    let summary = place.document();
    (ended, summary)
}

#[test]
fn the_main_job_tells_lost_from_held_without_valgrind() {
    for (iterations, probes) in [(40, "rss,heap,scan"), (12, "heap,valgrind")] {
        let (ended, summary) = without_valgrind(iterations, probes);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert_eq!(summary.environment.valgrind, None);
        let Some(Probe::Ran(report)) = summary.stacks(Instrument::Scan) else {
            panic!("{:?}", summary.stacks(Instrument::Scan));
        };
        let [pair] = &report.pairs[..] else {
            panic!("{report:?}")
        };
        assert!(pair.proof.is_some() && pair.lost_per_iteration() > 0.0);
        let site = &pair.growing[0];
        assert_eq!(site.leak_kind, Some(LeakKind::DefinitelyLost), "{site:?}");
        let file = site.place.file.as_deref().unwrap_or_default();
        assert!(
            file.ends_with(".rs") && site.place.line.is_some(),
            "{site:?}"
        );
        assert_eq!(summary.verdict.causes[0].cause, Cause::Unreachable);
        let said = summary.verdict.agreement.join("\n");
        assert!(
            said.contains("The scan and the counters of the same runs (2 and 20 iterations) agree"),
            "{said}"
        );
    }
}
