//! What is said of whole files.

use super::asked::{self, Asked};
use crate::commands::judge::read::{Reading, of_source};
use harness_judge::over_time::{Apart, conclude_apart};
use harness_model::record::{Axis, Measure, SeriesOverTime};
use harness_model::{Outcome, Shape};
use std::fmt::Write as _;
use std::io::Write as _;

fn judged_as(bytes: &[u8], asked: &Asked) -> (Reading, Apart) {
    let reading = of_source(bytes, "a file", asked).unwrap();
    let apart = conclude_apart(&reading.parts);
    (reading, apart)
}

fn judged(text: &str) -> (Reading, Apart) {
    judged_as(text.as_bytes(), &Asked::default())
}

fn refused(bytes: &[u8]) -> String {
    of_source(bytes, "a file", &Asked::default()).unwrap_err()
}

fn series<'a>(apart: &'a Apart, group: Option<&str>, measure: Measure) -> &'a SeriesOverTime {
    let found = apart
        .conclusion
        .series
        .iter()
        .find(|one| one.measure == measure && one.group.as_deref() == group);
    found.unwrap()
}

fn remarks(reading: &Reading) -> String {
    reading.file.as_ref().unwrap().remarks.join(" ")
}

/// Pages that come and go.
fn noise(at: u64) -> u64 {
    (at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60
}

/// A table of resident memory in KiB that grows by so much a row, every so many seconds.
fn table(rows: u64, each: u64) -> String {
    let mut text = "time,rss_kb,num_fds\n".to_owned();
    for at in 0..rows {
        writeln!(text, "{},{},7", at * 2, 50_000 + 4 * noise(at) + each * at).unwrap();
    }
    text
}

macro_rules! recording {
    ($name:literal) => {
        include_bytes!(concat!("../../../../../tests/data/series/", $name)).as_slice()
    };
}

#[test]
fn recordings_that_other_tools_made_get_the_verdict_that_their_programs_deserve() {
    for (name, bytes, outcome, said) in [
        (
            "psrecord",
            recording!("psrecord.txt"),
            Outcome::Leak,
            "RSS grows by 5",
        ),
        (
            "pidstat -h",
            recording!("pidstat.txt"),
            Outcome::Leak,
            "RSS grows by 5",
        ),
        (
            "pidstat",
            recording!("pidstat-plain.txt"),
            Outcome::Pass,
            "Nothing grows: not RSS",
        ),
        (
            "mprof",
            recording!("mprof.dat"),
            Outcome::Leak,
            "RSS grows by 5",
        ),
        (
            "a spreadsheet",
            recording!("sheet.csv"),
            Outcome::Leak,
            "RSS grows by 562 KiB a second",
        ),
        (
            "psutil",
            recording!("processes.csv"),
            Outcome::Leak,
            "\u{201c}leak\u{201d}: USS grows by 563 KiB a second",
        ),
        (
            "docker stats",
            recording!("docker-stats.txt"),
            Outcome::Leak,
            "\u{201c}leak\u{201d}: RSS grows by 313 KiB a sample",
        ),
        (
            "a log of JSON",
            recording!("log.jsonl"),
            Outcome::Pass,
            "Nothing grows: not RSS or descriptors",
        ),
        (
            "descriptors",
            recording!("files.csv"),
            Outcome::Leak,
            "descriptors grow by 8.28 a second",
        ),
        (
            "Prometheus",
            recording!("prometheus.json"),
            Outcome::Leak,
            "\u{201c}127.0.0.1:9801\u{201d}: RSS grows by 529 KiB a second",
        ),
        (
            "vmstat",
            recording!("vmstat.txt"),
            Outcome::Pass,
            "Nothing grows: not swap or memory in use",
        ),
    ] {
        let (_, apart) = judged_as(bytes, &Asked::default());
        let verdict = &apart.conclusion.verdict;
        assert_eq!(verdict.outcome, outcome, "{name}: {}", verdict.sentence);
        assert!(
            verdict.sentence.contains(said),
            "{name}: {}",
            verdict.sentence
        );
    }
    for (bytes, said) in [
        (
            recording!("prometheus-instant.json"),
            "no time in it: ask /api/v1/query_range",
        ),
        (
            recording!("prometheus-error.json"),
            "Prometheus answered with an error: 1:18: parse error",
        ),
    ] {
        assert!(refused(bytes).contains(said));
    }
}

/// The samples of the reference run, as a table of commas.
fn as_table(samples: &str) -> String {
    let mut text = "condition,iteration,warmup,words,live_bytes,live_blocks,rss_bytes\n".to_owned();
    for line in samples.lines() {
        let sample: harness_model::Sample = serde_json::from_str(line).unwrap();
        writeln!(
            text,
            "{},{},{},{},{},{},{}",
            sample.condition,
            sample.iteration,
            sample.warmup,
            sample.words,
            sample.live_bytes,
            sample.live_blocks,
            sample.rss_bytes.unwrap()
        )
        .unwrap();
    }
    text
}

#[test]
fn samples_of_the_main_job_are_judged_as_the_main_job_judged_them_to_the_last_digit() {
    let samples = include_str!("../../../../../../reports/reference/samples.jsonl");
    let summary = include_str!("../../../../../../reports/reference/summary.json");
    let summary: harness_model::Summary = serde_json::from_str(summary).unwrap();
    let asked = Asked {
        may_grow: vec!["without zones".to_owned()],
        ..Asked::default()
    };
    for text in [samples.to_owned(), as_table(samples)] {
        let (_, apart) = judged_as(text.as_bytes(), &asked);
        assert_eq!(apart.conclusion.verdict.outcome, summary.verdict.outcome);
        for run in &summary.runs {
            for (measure, said) in [
                (Measure::Heap, &run.live_bytes),
                (Measure::HeapBlocks, &run.live_blocks),
            ] {
                let own = series(&apart, Some(&run.condition), measure);
                assert_eq!(own.basis, Some(harness_model::Basis::Exact));
                assert_eq!(own.judged.shape, said.shape);
                assert_eq!(own.judged.slope, said.slope);
                assert_eq!(own.judged.slope_interval, said.slope_interval);
                assert_eq!((own.judged.first, own.judged.last), (said.first, said.last));
                // What grows hides what is beside it.
                if said.shape == Shape::Flat {
                    let least = said.minimum_detectable_effect;
                    assert_eq!(own.judged.minimum_detectable_effect, least);
                }
            }
        }
    }
}

#[test]
fn a_byte_an_iteration_is_growth_where_live_bytes_are_counted() {
    let mut text = "iter;live_bytes\n".to_owned();
    for at in 0..200_u64 {
        writeln!(text, "{at};{}", 1_000_000 + at + 4_000 * (at % 10)).unwrap();
    }
    let asked = Asked {
        cycle: Some(10),
        warm_up: Some(10.0),
        ..Asked::default()
    };
    let (reading, apart) = judged_as(text.as_bytes(), &asked);
    assert_eq!(reading.axis, Axis::Iterations);
    let grows = series(&apart, None, Measure::Heap);
    assert_eq!(grows.judged.shape, Shape::Growing);
    assert!(
        (0.95..=1.0).contains(&grows.judged.slope),
        "{}",
        grows.judged.slope
    );
    assert!(
        apart
            .conclusion
            .verdict
            .sentence
            .ends_with(" B an iteration.")
    );
    let flat = text.lines().enumerate().map(|(at, line)| match at {
        0 => format!("{line}\n"),
        at => format!("{};{}\n", at - 1, 1_000_000 + 4_000 * ((at - 1) % 10)),
    });
    let (_, apart) = judged(&flat.collect::<String>());
    assert_eq!(apart.conclusion.verdict.outcome, Outcome::Pass);
    assert_eq!(
        series(&apart, None, Measure::Heap)
            .judged
            .minimum_detectable_effect,
        Some(1.0 / 40.0)
    );
}

#[test]
fn rows_that_cannot_be_read_are_counted_and_the_others_judged() {
    let mut text = table(200, 0);
    text = text
        .replacen("\n20,", "\nhello,", 1)
        .replacen("\n40,", "\n40,x", 1);
    text.push_str("1,2\n400,\"50000,7\n401,-1,7\n402,50000");
    let (reading, apart) = judged(&text);
    let file = reading.file.as_ref().unwrap();
    assert_eq!(
        (file.rows, file.bad_rows),
        (201, 4),
        "{}",
        remarks(&reading)
    );
    let said = remarks(&reading);
    for part in [
        "1 row was left out, in line 12: the time or iteration is missing or cannot be read.",
        "1 row was left out, in line 202: another number of fields",
        "a quote is not closed",
        "1 value is below zero",
        "1 value is no number, in line 22. Such as",
        "The last line has no end",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert_eq!(apart.conclusion.verdict.outcome, Outcome::Pass);
    // Where much of it cannot be read, nobody knows what stands there.
    let half = text.replace(",7\n", "\n");
    let (_, apart) = judged(
        &half
            .replacen("time,rss_kb,num_fds\n", "time,rss_kb\n", 1)
            .replace("\n1", "\n1,1,1,"),
    );
    assert_eq!(apart.conclusion.verdict.outcome, Outcome::Inconclusive);
}

#[test]
fn a_program_that_was_started_again_is_judged_since() {
    let mut text = "elapsed,rss_kb\n".to_owned();
    for part in [300_u64, 200, 0] {
        for at in 0..120_u64 {
            writeln!(text, "{at},{}", 50_000 + 4 * noise(at) + part * at).unwrap();
        }
    }
    let (reading, apart) = judged(&text);
    assert_eq!(apart.decides, [false, false, true]);
    let verdict = &apart.conclusion.verdict;
    assert_eq!(verdict.outcome, Outcome::Pass, "{}", verdict.sentence);
    assert!(
        verdict
            .explained
            .iter()
            .any(|line| line.contains("began anew 2 times")
                && line.contains("of the 2 others 2 grow")),
        "{:?}",
        verdict.explained
    );
    assert!(remarks(&reading).contains("began anew 2 times, the first in line 122"));
}

#[test]
fn time_without_samples_is_left_out_and_a_clock_that_goes_back_goes_on() {
    let mut text = "timestamp,rss_mb\n".to_owned();
    for at in 0..300_u64 {
        // A night in between, and an hour back at the end of summer.
        let second = 1_790_000_000 + 10 * at + if at >= 150 { 30_000 } else { 0 }
            - if at >= 220 { 3_600 } else { 0 };
        writeln!(
            text,
            "{second},{}.25",
            100 + noise(at) / 4 + if at >= 150 { 3 } else { 0 }
        )
        .unwrap();
    }
    let (reading, apart) = judged(&text);
    let said = remarks(&reading);
    assert!(said.contains("There is no sample for 8 h 20 min"), "{said}");
    assert!(
        said.contains("The clock was set back before line 222"),
        "{said}"
    );
    assert_ne!(apart.conclusion.verdict.outcome, Outcome::Leak);
}

#[test]
fn rows_may_come_newest_first_or_in_no_order() {
    let text = table(300, 40);
    let (header, rows) = text.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    let newest = format!("{header}\n{}\n", rows.join("\n"));
    rows.sort_by_key(|row| row.len() as u64 * 1_000 + noise(row.bytes().map(u64::from).sum()));
    let shuffled = format!("{header}\n{}\n", rows.join("\n"));
    for text in [text.clone(), newest, shuffled] {
        let (_, apart) = judged(&text);
        let rss = series(&apart, None, Measure::Resident);
        assert_eq!(rss.judged.shape, Shape::Growing);
        assert!(
            (rss.judged.slope - 20.0 * 1_024.0).abs() < 500.0,
            "{}",
            rss.judged.slope
        );
    }
}

#[test]
fn json_is_read_as_lines_as_an_array_and_from_within_a_document() {
    let object = |at: u64| {
        format!(
            r#"{{"iteration": {at}, "memory": {{"rss": {}, "x": NaN}}, "stores": [{{"name": "a", "bytes": {}}}]}}"#,
            50_000_000 + 4_096 * noise(at) + 65_536 * at,
            65_536 * at
        )
    };
    let objects: Vec<String> = (0..100).map(object).collect();
    let lines = objects.join("\n") + "\n{\"iteration\": 1";
    let array = format!("[\n{}\n]", objects.join(",\n")).replace("NaN", "null");
    let within =
        format!("{{\"host\": \"a\", \"samples\": [{}]}}", objects.join(",")).replace("NaN", "null");
    let cut = &array[..array.len() - 30];
    for text in [lines.as_str(), &array, &within, cut] {
        let (_, apart) = judged(text);
        let verdict = &apart.conclusion.verdict;
        assert!(
            verdict.sentence.starts_with("RSS grows by 64"),
            "{}",
            verdict.sentence
        );
        assert!(
            verdict
                .causes
                .join(" ")
                .contains("Stores.a.bytes by 64 KiB an iteration together: that is all of it"),
            "{:?}",
            verdict.causes
        );
    }
}

#[test]
fn a_row_for_each_measure_is_as_good_as_a_column_for_each() {
    let mut text = "host,ts,metric,value\n".to_owned();
    for at in 0..100_u64 {
        for (host, each) in [("a", 0), ("b", 65_536)] {
            writeln!(
                text,
                "{host},{},process_resident_memory_bytes,{}",
                1_790_000_000 + at,
                50_000_000 + 4_096 * noise(at) + each * at
            )
            .unwrap();
            writeln!(text, "{host},{},process_open_fds,9", 1_790_000_000 + at).unwrap();
        }
    }
    let (reading, apart) = judged(&text);
    assert_eq!(reading.file.unwrap().groups, ["a", "b"]);
    let sentence = &apart.conclusion.verdict.sentence;
    assert!(
        sentence.contains("\u{201c}b\u{201d}: RSS grows by 64")
            && sentence.contains("\u{201c}a\u{201d}: nothing grows"),
        "{sentence}"
    );
}

#[test]
fn columns_without_names_and_series_of_their_own_are_judged_too() {
    let mut bare = String::new();
    let mut one = String::new();
    let mut own = "time,queue_length\n".to_owned();
    for at in 0..100_u64 {
        writeln!(bare, "{at}\t{}", 100 + 3 * at + noise(at)).unwrap();
        writeln!(one, "{}", 100 + 3 * at + noise(at)).unwrap();
        writeln!(own, "{},{}", at, 100.5 + 0.25 * at as f64).unwrap();
    }
    for (text, said) in [
        (&bare, "Column 2 grows by 3 an iteration."),
        (&one, "Column 1 grows by 3 a sample."),
        (&own, "Queue_length grows by 15 a minute."),
    ] {
        let (_, apart) = judged(text);
        assert_eq!(apart.conclusion.verdict.outcome, Outcome::Leak);
        assert_eq!(&apart.conclusion.verdict.sentence, said);
    }
    // Beside memory it decides only where it is named.
    let beside = own
        .replace("queue_length", "queue_length,rss_mb")
        .replace("5\n", "5,100\n")
        .replace(".0\n", ".0,100\n");
    let beside: String = beside
        .lines()
        .map(|line| {
            if line.matches(',').count() < 2 {
                format!("{line},100\n")
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    assert_eq!(judged(&beside).1.conclusion.verdict.outcome, Outcome::Pass);
    let asked = Asked {
        columns: vec![asked::column("queue_length").unwrap()],
        ..Asked::default()
    };
    assert_eq!(
        judged_as(beside.as_bytes(), &asked)
            .1
            .conclusion
            .verdict
            .outcome,
        Outcome::Leak
    );
}

#[test]
fn files_are_unpacked_and_what_is_no_series_is_named() {
    let text = table(200, 40);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    assert_eq!(
        judged_as(&packed, &Asked::default())
            .1
            .conclusion
            .verdict
            .outcome,
        Outcome::Leak
    );
    let mut with_mark = b"\xef\xbb\xbf".to_vec();
    with_mark.extend(text.replace('\n', "\r\n").into_bytes());
    assert_eq!(
        judged_as(&with_mark, &Asked::default())
            .1
            .conclusion
            .verdict
            .outcome,
        Outcome::Leak
    );
    for (bytes, said) in [
        (&b""[..], "a file cannot be judged: it is empty"),
        (b"time,rss\n", "there are no rows in it"),
        (
            b"once upon a time\nthere was a file\n",
            "it is of no form that is known",
        ),
        (
            b"{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}",
            "nothing matched the query",
        ),
        (
            b"==7== Memcheck, a memory error detector\n",
            "harness judge --at N",
        ),
        (
            b"name,kind\na,b\nc,d\n",
            "no column of it is a series of numbers",
        ),
    ] {
        let why = refused(bytes);
        assert!(why.contains(said), "{why}");
    }
    let asked = Asked {
        time: Some(("when".to_owned(), None)),
        ..Asked::default()
    };
    let why = of_source(text.as_bytes(), "a file", &asked).unwrap_err();
    assert!(
        why.contains("there is no column \"when\"; these there are: time, rss_kb, num_fds"),
        "{why}"
    );
}

#[test]
fn few_rows_tell_nothing() {
    let (_, apart) = judged(&table(12, 0));
    assert_eq!(apart.conclusion.verdict.outcome, Outcome::Inconclusive);
    assert!(
        apart
            .conclusion
            .verdict
            .sentence
            .contains("12 rows are too few: 32 are needed")
    );
}
