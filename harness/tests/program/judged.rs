//! `harness judge` of files that others wrote.

use crate::place::{Ended, Place};
use harness_model::record::{Axis, Measure, RecordSummary};
use harness_model::{Basis, Outcome, Summary};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

fn data(name: &str) -> String {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/series");
    data.join(name).display().to_string()
}

fn judge(place: &Place, words: &[&str], input: &[u8]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
    command
        .arg("judge")
        .args(words)
        .args(["--out", "judged"])
        .current_dir(place.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may have ended already, where there is nothing to read.
    let _ = child.stdin.take().unwrap().write_all(input);
    Ended::from(child.wait_with_output().unwrap())
}

fn summary(place: &Place) -> RecordSummary {
    let text = std::fs::read_to_string(place.path("judged/summary.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_table_of_the_main_jobs_samples_says_what_the_main_job_said() {
    let place = Place::new();
    place.run("--iters 200 --texts 20 --probes heap,rss");
    let main: Summary = place.summary();
    let mut table =
        "condition,iteration,warmup,words,live_bytes,live_blocks,rss_bytes\n".to_owned();
    for one in place.samples() {
        writeln!(
            table,
            "{},{},{},{},{},{},{}",
            one.condition,
            one.iteration,
            one.warmup,
            one.words,
            one.live_bytes,
            one.live_blocks,
            one.rss_bytes.unwrap_or(0)
        )
        .unwrap();
    }
    std::fs::write(place.path("samples.csv"), &table).unwrap();
    for file in ["samples.csv", "out/samples.jsonl"] {
        let ended = judge(&place, &[file, "--may-grow", "without zones"], b"");
        let judged = summary(&place);
        assert_eq!(judged.verdict.outcome, main.verdict.outcome, "{ended:?}");
        assert_eq!(ended.code, Some(main.verdict.exit_code.into()));
        assert_eq!(judged.axis, Axis::Iterations);
        for run in &main.runs {
            for (measure, said) in [
                (Measure::Heap, &run.live_bytes),
                (Measure::HeapBlocks, &run.live_blocks),
            ] {
                let own = judged.series.iter().find(|one| {
                    one.measure == measure && one.group.as_deref() == Some(run.condition.as_str())
                });
                let own = own.unwrap();
                assert_eq!(own.basis, Some(Basis::Exact));
                assert_eq!(own.judged.shape, said.shape, "{file} {}", run.condition);
                assert_eq!(own.judged.slope, said.slope);
                assert_eq!(own.judged.slope_interval, said.slope_interval);
                assert_eq!(own.judged.first, said.first);
            }
        }
    }
}

#[test]
fn a_page_with_plots_is_written_for_each_group_of_a_table() {
    let place = Place::new();
    let ended = judge(&place, &[&data("processes.csv")], b"");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.stdout.contains("Read as values separated by commas: 170 rows, along time, from timestamp (seconds since 1970)."),
        "{ended:?}"
    );
    let page = std::fs::read_to_string(place.path("judged/report.html")).unwrap();
    for part in [
        "How the file was read",
        "Memory over time: leak",
        "Memory over time: flat",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for picture in ["memory.svg", "memory.png", "memory-2.png"] {
        assert!(
            place.path(&format!("judged/{picture}")).is_file(),
            "{picture}"
        );
    }
    let judged = summary(&place);
    let file = judged.file.unwrap();
    assert_eq!((file.rows, file.bad_rows), (170, 0));
    assert_eq!(file.groups, ["leak", "flat"]);
}

#[test]
fn a_pipe_is_judged_and_options_name_what_is_called_otherwise() {
    let place = Place::new();
    let mut table = "Takt;Speicher;Wer\n".to_owned();
    for at in 0..120_u64 {
        for (who, each) in [("a", 0), ("b", 4)] {
            writeln!(table, "{at};{};{who}", 20_000 + each * at + at % 3).unwrap();
        }
    }
    let words = [
        "-",
        "--iterations",
        "Takt",
        "--column",
        "Speicher=rss:KiB",
        "--by",
        "Wer",
        "--warm-up",
        "10",
    ];
    let ended = judge(&place, &words, table.as_bytes());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let judged = summary(&place);
    assert_eq!(judged.verdict.outcome, Outcome::Leak);
    assert!(
        judged
            .verdict
            .sentence
            .contains("\u{201c}b\u{201d}: RSS grows by 4 KiB an iteration"),
        "{}",
        judged.verdict.sentence
    );
    assert!(judged.series.iter().all(|one| one.judged.warm_up == 10.0));
    let mut grows = words.to_vec();
    grows.extend(["--may-grow", "b"]);
    assert_eq!(judge(&place, &grows, table.as_bytes()).code, Some(0));
}

#[test]
fn what_is_no_series_is_a_usage_error_that_names_it() {
    let place = Place::new();
    for (input, said) in [
        (&b""[..], "standard input cannot be judged: it is empty"),
        (
            b"==1== Memcheck, a memory error detector\n==1== HEAP SUMMARY:\n",
            "it is a log of valgrind's memcheck",
        ),
        (
            b"\x28\xb5\x2f\xfd rest",
            "it is packed with zstd: unpack it first",
        ),
        (b"time,rss\n", "there are no rows in it"),
    ] {
        let ended = judge(&place, &["-"], input);
        assert_eq!(ended.code, Some(2));
        assert!(ended.stderr.contains(said), "{ended:?}");
    }
    let ended = judge(&place, &["-", "--column", "a=cheese"], b"");
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("is no measure: rss, heap, blocks"),
        "{ended:?}"
    );
}
