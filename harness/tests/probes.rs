//! What valgrind 3.19, dhat-rs 0.3 and valgrind's dhat wrote of two small programs that lose memory (tests/data), read
//! and matched: the figures are those that the programs' sources give.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests write where they like"
)]

use std::path::{Path, PathBuf};

use harness::probe::dhat_json::DhatReport;
use harness::probe::source::SourceTree;
use harness::probe::valgrind_xml::{ErrorKind, ValgrindReport};
use harness_judge::attribution::sites::{Observation, Site, match_runs};
use harness_model::LeakKind;
use proptest::prelude::*;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(data(name)).unwrap()
}

fn valgrind(name: &str) -> ValgrindReport {
    ValgrindReport::read(&data(name)).unwrap()
}

fn dhat(name: &str) -> DhatReport {
    DhatReport::read(&data(name)).unwrap()
}

/// Function, line, bytes and blocks per iteration of every site that grows.
fn growth(sites: &[Site]) -> Vec<(String, u32, f64, f64)> {
    let growing = sites.iter().filter(|site| site.grows());
    let mut growth: Vec<_> = growing
        .map(|site| {
            let place = site.place.as_ref().unwrap();
            (
                place.function.clone(),
                place.line.unwrap(),
                site.bytes.as_f64(),
                site.blocks.as_f64(),
            )
        })
        .collect();
    growth.sort_by(|a, b| a.partial_cmp(b).unwrap());
    growth
}

/// What the Rust program (two variants of symbol names, two tools) gains per iteration, as its source says: five
/// arrays of f32 that are forgotten, an `Rc` cycle of two nodes with a name each, a closure's vector, a pool and a map.
/// The pool's and the map's tables double, so they gain bytes and no blocks.
const RUST_GROWTH: [(&str, u32, f64, f64); 10] = [
    ("a closure in main", 52, 32.0, 1.0),
    ("grow_map", 26, 10.0, 1.0),
    ("grow_map", 26, 3696.0 / 90.0, 0.0),
    ("lose_cycle", 18, 20.0, 1.0),
    ("lose_cycle", 18, 56.0, 1.0),
    ("lose_cycle", 19, 12.0, 1.0),
    ("lose_cycle", 19, 56.0, 1.0),
    ("remember", 35, 15.0, 1.0),
    ("remember", 35, 2688.0 / 90.0, 0.0),
    ("resize_activations", 8, 5824.0, 5.0),
];

#[test]
fn valgrinds_records_give_the_growth_that_the_source_says() {
    let short = valgrind("valgrind/rust-10.xml").observation(10);
    let long = valgrind("valgrind/rust-100.xml").observation(100);
    let sites = match_runs(&short, &long, &SourceTree::default());
    let expected = RUST_GROWTH.map(|(function, line, bytes, blocks)| {
        // memcheck knows the type that a method belongs to.
        (
            if function == "remember" {
                "Pool::remember"
            } else {
                function
            }
            .to_owned(),
            line,
            bytes,
            blocks,
        )
    });
    let mut expected = expected.to_vec();
    expected.sort_by(|a, b| a.partial_cmp(b).unwrap());
    assert_eq!(growth(&sites), expected);
    let constant: Vec<u64> = sites
        .iter()
        .filter(|site| !site.grows())
        .map(|site| site.long.bytes)
        .collect();
    assert_eq!(
        constant,
        [544],
        "the thread's own data is made once; the boxed slice is reachable no more and no less"
    );
}

#[test]
fn dhats_live_blocks_give_the_same_growth() {
    let short = dhat("dhat/rust-10.json").observation(10);
    let long = dhat("dhat/rust-100.json").observation(100);
    let sites = match_runs(&short, &long, &SourceTree::default());
    assert_eq!(
        growth(&sites),
        RUST_GROWTH.map(|(function, line, bytes, blocks)| (
            function.to_owned(),
            line,
            bytes,
            blocks
        ))
    );
    let set_up = sites.iter().find(|site| !site.grows()).unwrap();
    assert_eq!(
        (
            set_up.place.as_ref().unwrap().function.as_str(),
            set_up.long.bytes
        ),
        ("set_up", 100)
    );
}

#[test]
fn a_c_program_is_read_like_a_rust_one() {
    let short = valgrind("valgrind/c-10.xml").observation(10);
    let long = valgrind("valgrind/c-100.xml").observation(100);
    let sites = match_runs(&short, &long, &SourceTree::default());
    let growing: Vec<_> = sites
        .iter()
        .filter(|site| site.grows())
        .map(|site| {
            (
                site.kind,
                site.bytes.whole(),
                site.blocks.whole(),
                site.frames[2].to_string(),
            )
        })
        .collect();
    assert_eq!(
        growing,
        [
            (
                Some(LeakKind::DefinitelyLost),
                Some(96),
                Some(2),
                "lose_list at user/demo/leaks.c:11".to_owned()
            ),
            (
                Some(LeakKind::StillReachable),
                Some(24),
                Some(1),
                "keep_cache at user/demo/leaks.c:13".to_owned()
            ),
        ],
        "both nodes of a list are allocated on one line, so they are one stack"
    );
}

#[test]
fn a_report_tells_the_run_it_is_of() {
    let report = valgrind("valgrind/c-10.xml");
    assert_eq!(report.version.as_deref(), Some("3.19.0"));
    assert_eq!(report.args, ["./leaks", "10"]);
    assert_eq!(report.truncated, None);
    assert!(report.is_complete());
    let kinds: Vec<String> = report
        .misuses()
        .map(|error| format!("{:?}", error.kind))
        .collect();
    assert_eq!(kinds.len(), 6);
    assert_eq!(
        report.errors[1].kind,
        ErrorKind::Other("InvalidRead".to_owned())
    );
    let (caption, stack) = &report.errors[1].auxiliary[0];
    assert_eq!(
        caption,
        "Address 0x4a41e30 is 0 bytes inside a block of size 8 free'd"
    );
    assert_eq!(stack[1].to_string(), "main at user/demo/leaks.c:23");
}

#[test]
fn the_bytes_of_a_record_leave_out_those_that_have_a_record_of_their_own() {
    let report = valgrind("valgrind/rust-10.xml");
    let lost: u64 = report
        .losses()
        .filter(|(kind, ..)| kind.is_lost())
        .map(|(_, bytes, ..)| bytes)
        .sum();
    // 5,824 + 32 bytes an iteration, a cycle of 2 x 56 + 20 + 12, 10 + 15 of text, and the two tables.
    assert_eq!(lost, 10 * (5824 + 32 + 144 + 25) + 544 + 384);
}

#[test]
fn both_ways_of_mangling_give_the_same_functions() {
    let names = |name: &str| {
        let report = valgrind(name);
        let sites = match_runs(
            &Observation::default(),
            &report.observation(10),
            &SourceTree::default(),
        );
        let mut names: Vec<String> = sites
            .iter()
            .map(|site| site.place.as_ref().unwrap().function.clone())
            .collect();
        names.sort();
        names
    };
    assert_eq!(
        names("valgrind/rust-10.xml"),
        names("valgrind/rust-v0-10.xml")
    );
}

#[test]
fn the_json_of_valgrinds_own_dhat_is_read_too() {
    let report = dhat("dhat/valgrind-10.json");
    assert_eq!(report.truncated, None);
    let point = report
        .points
        .iter()
        .find(|point| point.total_bytes == 16_640)
        .unwrap();
    let stack: Vec<String> = report
        .stack(point)
        .iter()
        .map(|frame| frame.to_string())
        .collect();
    assert!(
        stack
            .iter()
            .any(|frame| frame == "demo::activations::resize_activations at activations.rs:8"),
        "{stack:?}"
    );
}

#[test]
fn a_file_cut_short_gives_what_was_there_and_says_so() {
    let whole = bytes("valgrind/c-10.xml");
    let at = whole
        .windows(7)
        .rposition(|window| window == b"<xwhat>")
        .unwrap();
    let report = ValgrindReport::parse(&whole[..at]).unwrap();
    assert_eq!(
        report.losses().count(),
        5,
        "the sixth record is where it was cut"
    );
    let why = report.truncated.clone().unwrap();
    assert!(
        why.contains("cut short") && why.contains(&at.to_string()) && !report.is_complete(),
        "{why}"
    );

    let whole = bytes("dhat/rust-10.json");
    let table = whole
        .windows(7)
        .position(|window| window == b"\"ftbl\":")
        .unwrap();
    let report = DhatReport::parse(&whole[..table]).unwrap();
    assert_eq!(
        report.live_at_end(),
        dhat("dhat/rust-10.json").live_at_end()
    );
    assert!(
        report
            .truncated
            .unwrap()
            .contains("the stacks are not known")
    );
}

#[test]
fn wherever_a_file_is_cut_it_does_not_look_whole_and_gives_how_the_whole_begins() {
    let cuts = |whole: &[u8]| {
        let end = whole.trim_ascii_end().len();
        let some = (0..end).step_by(end / 300);
        some.chain(end - 100..end).collect::<Vec<usize>>()
    };
    for name in ["valgrind/c-10.xml", "valgrind/rust-v0-10.xml"] {
        let whole = bytes(name);
        let report = ValgrindReport::parse(&whole[..]).unwrap();
        let losses: Vec<_> = report.losses().collect();
        assert!(report.is_complete() && losses.len() > 4, "{name}");
        for cut in cuts(&whole) {
            // Cut in its first tag, it is nobody's.
            let Ok(part) = ValgrindReport::parse(&whole[..cut]) else {
                assert!(cut < 200, "{name} at {cut}");
                continue;
            };
            assert!(
                part.truncated.is_some() && !part.is_complete(),
                "{name} at {cut}"
            );
            let seen: Vec<_> = part.losses().collect();
            assert_eq!(seen, losses[..seen.len()], "{name} at {cut}");
        }
    }
    for name in ["dhat/rust-10.json", "dhat/valgrind-10.json"] {
        let whole = bytes(name);
        let points = dhat(name).points;
        assert!(points.len() > 4, "{name}");
        for cut in cuts(&whole) {
            let part = DhatReport::parse(&whole[..cut]).unwrap();
            assert!(part.truncated.is_some(), "{name} at {cut}");
            assert_eq!(part.points, points[..part.points.len()], "{name} at {cut}");
        }
    }
}

#[test]
fn an_empty_file_is_cut_short_and_another_tools_is_refused() {
    assert!(ValgrindReport::parse(&b""[..]).unwrap().truncated.is_some());
    assert!(DhatReport::parse(&b""[..]).unwrap().truncated.is_some());
    assert!(
        ValgrindReport::parse(&bytes("dhat/rust-10.json")[..])
            .unwrap_err()
            .contains("not valgrind's XML")
    );
    assert!(
        ValgrindReport::parse(&b"<html><body>no</body></html>"[..])
            .unwrap_err()
            .contains("<html>")
    );
    assert!(
        DhatReport::parse(&bytes("valgrind/c-10.xml")[..])
            .unwrap_err()
            .contains("not dhat's JSON")
    );
    assert!(
        DhatReport::parse(&br#"{"dhatFileVersion":3}"#[..])
            .unwrap_err()
            .contains("version 3")
    );
    assert!(
        DhatReport::parse(&br#"{"dhatFileVersion":2,"mode":"rust-ad-hoc","pps":[],"ftbl":[]}"#[..])
            .unwrap_err()
            .contains("rust-ad-hoc")
    );
    let missing = ValgrindReport::read(&data("valgrind/none.xml"))
        .unwrap_err()
        .to_string();
    assert!(
        missing.contains("none.xml could not be opened"),
        "{missing}"
    );
}

#[test]
fn an_argument_that_is_no_utf_8_costs_only_itself() {
    let mut whole = bytes("valgrind/c-10.xml");
    let at = whole
        .windows(7)
        .position(|window| window == b"./leaks")
        .unwrap();
    whole[at] = 0xff;
    let report = ValgrindReport::parse(&whole[..]).unwrap();
    assert_eq!((report.losses().count(), report.truncated), (6, None));
}

#[test]
fn elements_nested_without_end_are_refused_without_harm() {
    let deep = format!("<valgrindoutput>{}", "<stack>".repeat(1_000_000));
    assert!(
        ValgrindReport::parse(deep.as_bytes())
            .unwrap()
            .truncated
            .unwrap()
            .contains("nested")
    );
    let deep = format!(r#"{{"dhatFileVersion":2,"x":{}"#, "[".repeat(1_000_000));
    assert!(
        DhatReport::parse(deep.as_bytes())
            .unwrap()
            .truncated
            .is_some()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_cut_and_no_flipped_bits_make_a_parser_panic(
        cut in 0.0..1.0f64,
        flips in prop::collection::vec((0.0..1.0f64, any::<u8>()), 0..6),
    ) {
        for name in ["valgrind/c-10.xml", "dhat/rust-10.json", "dhat/valgrind-10.json"] {
            let mut bytes = bytes(name);
            bytes.truncate((bytes.len() as f64 * cut) as usize);
            for (at, value) in &flips {
                let at = (bytes.len() as f64 * at) as usize;
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= value;
                }
            }
            let tree = SourceTree::default();
            if let Ok(report) = ValgrindReport::parse(&bytes[..]) {
                match_runs(&Observation::default(), &report.observation(10), &tree);
            }
            if let Ok(report) = DhatReport::parse(&bytes[..]) {
                match_runs(&report.observation(10), &Observation::default(), &tree);
            }
        }
    }
}
