//! `harness suppress`, held against real valgrind: the entry that it writes hides the leak that was chosen and no other,
//! and the harness hides with it what valgrind does.

use super::place::{Ended, Place, valgrind_is_there};
use harness::probe::valgrind_xml::ValgrindReport;
use harness_model::Instrument;
use harness_model::program::ProgramSummary;
use harness_model::{Hidden, SitePair};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const RUN: &str =
    "--workload words --zones on --probes heap,valgrind --valgrind-iters 2 --iters 12 --inject";
const ENTRY: &str = "--reason known --expires 2099-12-31 --file known.supp";

/// A run with a leak in a place of its own, and what valgrind saw of it.
fn leak(fault: &str, more: &str) -> (Place, SitePair) {
    let place = Place::new();
    let ended = place.run(&format!("{RUN} {fault} {more}"));
    // Whatever valgrind is told to hide, the counters count.
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let pair = pair(&place);
    (place, pair)
}

fn pair(place: &Place) -> SitePair {
    let summary = place.summary();
    let report = summary.stacks(Instrument::Valgrind).unwrap().ran();
    report
        .unwrap_or_else(|| panic!("{:?}", summary.stacks(Instrument::Valgrind).unwrap()))
        .pairs[0]
        .clone()
}

/// `harness suppress`, which has no directory of its own to write to.
fn suppress(place: &Place, arguments: &str) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
    command.arg("suppress").args(arguments.split_whitespace());
    Ended::from(command.current_dir(place.path("")).output().unwrap())
}

fn functions(pair: &SitePair) -> Vec<&str> {
    pair.growing
        .iter()
        .map(|site| site.place.function.as_str())
        .collect()
}

/// Runs a leak under the real valgrind that is told of the entry itself, by a script in its place; the harness is not.
fn under_valgrind_with(entries: &str, fault: &str) -> (SitePair, Vec<(String, u64)>) {
    let place = Place::new();
    let found = Command::new("sh")
        .args(["-c", "command -v valgrind"])
        .output();
    let real = String::from_utf8(found.unwrap().stdout).unwrap();
    let (bin, file) = (place.path("bin"), place.path("entries"));
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::write(&file, entries).unwrap();
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = --version ] && exec {real} --version\nexec {real} --suppressions={} \"$@\"\n",
        file.display(),
        real = real.trim()
    );
    std::fs::write(bin.join("valgrind"), script).unwrap();
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(bin.join("valgrind"), executable).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let run = place
        .command(&format!("{RUN} {fault}"))
        .env("PATH", path)
        .output();
    let ended = Ended::from(run.unwrap());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let pair = pair(&place);
    let report = place.path("out").join(&pair.long.files[0]);
    (pair, ValgrindReport::read(&report).unwrap().suppressions)
}

#[test]
fn an_entry_hides_the_leak_that_was_chosen_and_no_other_from_valgrind_and_from_the_harness() {
    if !valgrind_is_there() {
        return;
    }
    let (place, pair) = leak("lost-block", "");
    assert_eq!(functions(&pair), ["take_a_block"]);
    assert!(pair.hidden.is_empty());

    let list = suppress(&place, "out");
    assert_eq!(list.code, Some(0), "{list:?}");
    assert!(list.stdout.contains("1  take_a_block"), "{list:?}");
    let none = suppress(&place, &format!("out --site 2 {ENTRY}"));
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(!place.path("known.supp").exists());
    let added = suppress(&place, &format!("out --site take_a_block {ENTRY}"));
    assert_eq!(added.code, Some(0), "{added:?}");
    let entries = std::fs::read_to_string(place.path("known.supp")).unwrap();

    // valgrind takes the entry, and hides this leak with it; its own planted block is still seen, or the run would fail.
    let (hidden, used) = under_valgrind_with(&entries, "lost-block");
    assert_eq!(functions(&hidden), [""; 0]);
    let used: Vec<&str> = used.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(used, ["harness-take_a_block"]);
    let (other, used) = under_valgrind_with(&entries, "rc-cycle");
    assert!(!functions(&other).is_empty());
    assert_eq!(used, []);

    // The harness does the same, and says how much was hidden.
    let file = place.path("known.supp");
    let with = format!("--suppressions {}", file.display());
    let (_, ours) = leak("lost-block", &with);
    assert_eq!(ours.growing, hidden.growing);
    let [
        Hidden {
            name,
            bytes_per_iteration,
            reason,
            long_blocks,
            ..
        },
    ] = &ours.hidden[..]
    else {
        panic!("{:?}", ours.hidden)
    };
    assert_eq!(name, "harness-take_a_block");
    assert_eq!((*bytes_per_iteration, *long_blocks), (24.0, 20));
    assert_eq!(reason.as_deref(), Some("known"));
    let (_, ours) = leak("rc-cycle", &with);
    assert_eq!(functions(&ours), functions(&other));
    assert!(ours.hidden.is_empty(), "{:?}", ours.hidden);
}

#[test]
fn an_entry_needs_its_report_and_not_what_valgrind_wrote_and_no_file_that_cannot_be_read() {
    if !valgrind_is_there() {
        return;
    }
    let (place, pair) = leak("lost-block", "");
    std::fs::write(place.path("broken.supp"), "{\n  half\n").unwrap();
    let broken = suppress(
        &place,
        "out --site 1 --reason known --expires 2099-12-31 --file broken.supp",
    );
    assert_eq!(broken.code, Some(2), "{broken:?}");
    assert!(broken.stderr.contains("broken.supp, line 1"), "{broken:?}");
    // The names of the calls are the summary's: what valgrind wrote need not be there any more.
    for run in [&pair.short, &pair.long] {
        std::fs::remove_file(place.path("out").join(&run.files[0])).unwrap();
    }
    let without = suppress(&place, &format!("out --site 1 {ENTRY}"));
    assert_eq!(without.code, Some(0), "{without:?}");
    std::fs::remove_file(place.path("out/summary.json")).unwrap();
    let gone = suppress(&place, &format!("out --site 1 {ENTRY}"));
    assert_eq!(gone.code, Some(2), "{gone:?}");
    assert!(gone.stderr.contains("summary.json"), "{gone:?}");
}

/// A command that loses 24 bytes in one function and 40 in another one with each iteration.
const TWO_LEAKS: &str = r"
#include <stdlib.h>
static void first(void) { volatile char *block = malloc(24); block[0] = 1; }
static void second(void) { volatile char *block = malloc(40); block[0] = 1; }
int main(int count, char **words) {
    for (int left = count > 1 ? atoi(words[1]) : 0; left > 0; left--) { first(); second(); }
    return 0;
}
";

#[test]
fn an_entry_from_the_report_of_a_command_hides_that_call_and_no_other() {
    let place = Place::new();
    std::fs::write(place.path("leaks.c"), TWO_LEAKS).unwrap();
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let mut compile = Command::new(compiler);
    compile.args(["-g", "-O1", "-fno-builtin", "-o"]);
    compile.args([place.path("leaks"), place.path("leaks.c")]);
    assert!(compile.status().unwrap().success());
    let run = |options: &str| -> (Ended, ProgramSummary) {
        let mut command = place.command(&format!("run --iters 10,100,1000 {options}"));
        let ended = command.args(["--", "./leaks", "{iters}"]).output().unwrap();
        (Ended::from(ended), place.document())
    };
    let (_, before) = run("");
    let total = |summary: &ProgramSummary| -> f64 {
        let growth = summary.verdict.growth.iter();
        growth.map(|one| one.bytes_per_iteration).sum()
    };
    assert_eq!(total(&before), 64.0);
    let report = place.path("before");
    std::fs::create_dir(&report).unwrap();
    std::fs::copy(place.path("out/summary.json"), report.join("summary.json")).unwrap();
    let listed = suppress(&place, "before");
    assert!(listed.stdout.contains("second (leaks.c"), "{listed:?}");
    let written = suppress(&place, &format!("before --site second {ENTRY}"));
    assert_eq!(written.code, Some(0), "{written:?}");
    let (ended, after) = run("--suppressions known.supp");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(total(&after), 24.0);
    let [hidden] = &after.verdict.hidden[..] else {
        panic!("{:?}", after.verdict)
    };
    assert_eq!(hidden.bytes_per_iteration, 40.0);
    assert!(
        ended.stdout.contains("Hidden: 40 bytes"),
        "{}",
        ended.stdout
    );
    // What is hidden in one of them only makes it no worse.
    let mut compare = Command::new(env!("CARGO_BIN_EXE_harness"));
    compare.args(["compare", "before", "out"]);
    let compared = Ended::from(compare.current_dir(place.path("")).output().unwrap());
    assert_eq!(compared.code, Some(0), "{compared:?}");
    assert!(compared.stdout.contains("gone"), "{}", compared.stdout);
}
