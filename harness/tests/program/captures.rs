//! `harness judge --at N FILE`: captures of one leaking program, by every tool there is a kind for.

use super::place::{Ended, Place};
use harness_model::Outcome;
use harness_model::captures::{CapturesSummary, SiteCourse};
use harness_model::program::{ProcessRole, ProgramCause, ProgramSite};
use std::path::{Path, PathBuf};
use std::process::Command;

fn data(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/captures")
        .join(file)
}

fn judge(place: &Place, words: &[String]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
    command.arg("judge").args(words).args(["--out", "out"]);
    Ended::from(command.current_dir(place.path("")).output().unwrap())
}

/// Judges the captures of a folder at these counts.
fn judged(folder: &str, ending: &str, counts: &[u64]) -> (Ended, CapturesSummary) {
    let place = Place::new();
    let mut words = vec!["--json".to_owned()];
    for count in counts {
        let file = data(folder).join(format!("{count}.{ending}"));
        words.extend([
            "--at".to_owned(),
            count.to_string(),
            file.to_string_lossy().into_owned(),
        ]);
    }
    let ended = judge(&place, &words);
    let summary = serde_json::from_str(&ended.stdout)
        .unwrap_or_else(|error| panic!("{folder}: {error}: {ended:?}"));
    assert!(place.path("out/report.html").exists(), "{folder}");
    (ended, summary)
}

/// Every site that grows, with why it stays.
fn growing(summary: &CapturesSummary) -> Vec<(&ProgramSite, ProgramCause)> {
    let growth = summary.verdict.growth.iter();
    growth
        .flat_map(|one| one.sites.iter().map(|site| (site, one.cause)))
        .collect()
}

/// What is expected of a folder: the ending of its files, whether blocks are counted, and each site by the beginning of its
/// name, with its bytes an iteration and its cause.
type Expected = (
    &'static str,
    &'static str,
    bool,
    &'static [(&'static str, f64, ProgramCause)],
);

use ProgramCause::{Held, HeldOrLost, Unreachable};

const EXACT: [Expected; 14] = [
    (
        "memcheck-xml",
        "xml",
        true,
        &[
            ("lose (tmp/leaky/leaky.c:16)", 48.0, Unreachable),
            ("keep (tmp/leaky/leaky.c:22)", 32.0, Held),
        ],
    ),
    (
        "memcheck-log",
        "log",
        true,
        &[
            ("lose (leaky.c:16)", 48.0, Unreachable),
            ("keep (leaky.c:22)", 32.0, Held),
        ],
    ),
    (
        "dhat",
        "json",
        true,
        &[
            ("lose (leaky.c:16)", 48.0, HeldOrLost),
            ("keep (leaky.c:22)", 32.0, HeldOrLost),
        ],
    ),
    (
        "dhat-rs",
        "json",
        true,
        &[
            ("leaky::lose (rs/src/main.rs:16", 48.0, HeldOrLost),
            ("leaky::keep (rs/src/main.rs:21", 32.0, HeldOrLost),
        ],
    ),
    (
        "massif",
        "out",
        false,
        &[
            ("lose (leaky.c:16)", 48.0, HeldOrLost),
            ("keep (leaky.c:22)", 32.0, HeldOrLost),
        ],
    ),
    (
        "lsan-gcc",
        "txt",
        true,
        &[("lose (tmp/leaky/leaky.c:16)", 48.0, Unreachable)],
    ),
    (
        "lsan-clang",
        "txt",
        true,
        &[("lose (tmp/leaky/leaky.c:16)", 48.0, Unreachable)],
    ),
    (
        "lsan-clang-addresses",
        "txt",
        true,
        &[("leaky-clang+0x32773", 48.0, Unreachable)],
    ),
    (
        "heaptrack",
        "txt",
        false,
        &[
            ("lose (tmp/leaky/leaky.c:16)", 48.0, HeldOrLost),
            ("keep (tmp/leaky/leaky.c:22)", 32.0, HeldOrLost),
        ],
    ),
    (
        "heaptrack-stacks",
        "txt",
        false,
        &[
            ("lose (leaky.c)", 48.0, HeldOrLost),
            ("keep (leaky.c)", 32.0, HeldOrLost),
        ],
    ),
    (
        "jemalloc",
        "heap",
        true,
        &[
            ("leaky-jemalloc+0x", 48.0, HeldOrLost),
            ("leaky-jemalloc+0x", 32.0, HeldOrLost),
        ],
    ),
    (
        "gperftools",
        "heap",
        true,
        &[
            ("leaky-gperf+0x", 48.0, HeldOrLost),
            ("leaky-gperf+0x", 32.0, HeldOrLost),
        ],
    ),
    (
        "go-pprof",
        "pb.gz",
        true,
        &[("main.keep (leaky.go:17)", 1024.0, Held)],
    ),
    (
        "go-text",
        "txt",
        true,
        &[("main.keep (leaky.go:17)", 1024.0, HeldOrLost)],
    ),
];

#[test]
fn every_kind_tells_the_same_site_and_the_same_bytes_an_iteration_and_one_offs_cancel() {
    for (folder, ending, counts_blocks, sites) in EXACT {
        let (ended, summary) = judged(folder, ending, &[10, 100]);
        assert_eq!(ended.code, Some(1), "{folder}: {ended:?}");
        assert_eq!(summary.verdict.outcome, Outcome::Leak);
        let found = growing(&summary);
        assert_eq!(found.len(), sites.len(), "{folder}: {found:#?}");
        for ((site, cause), (name, bytes, expected)) in found.iter().zip(sites) {
            let place = site.place.to_string();
            assert!(place.starts_with(name), "{folder}: {place}");
            assert_eq!(site.bytes_per_iteration, *bytes, "{folder}: {place}");
            let blocks = if counts_blocks { 1.0 } else { 0.0 };
            assert_eq!(site.blocks_per_iteration, blocks, "{folder}: {place}");
            assert_eq!(cause, expected, "{folder}: {place}");
        }
        let two = |spot: &String| spot.contains("Two counts cannot tell");
        assert!(summary.verdict.blind_spots.iter().any(two), "{folder}");
    }
}

#[test]
fn three_counts_show_that_it_is_a_line_and_that_the_cache_is_none() {
    for (folder, ending) in [
        ("memcheck-xml", "xml"),
        ("memcheck-log", "log"),
        ("dhat", "json"),
        ("dhat-rs", "json"),
        ("massif", "out"),
        ("jemalloc", "heap"),
        ("go-pprof", "pb.gz"),
    ] {
        let (ended, summary) = judged(folder, ending, &[10, 100, 1_000]);
        assert_eq!(ended.code, Some(1), "{folder}: {ended:?}");
        let expected: &[f64] = if folder == "go-pprof" {
            &[1024.0]
        } else {
            &[48.0, 32.0]
        };
        let found = growing(&summary);
        assert_eq!(found.len(), expected.len(), "{folder}: {found:#?}");
        for ((site, _), expected) in found.iter().zip(expected) {
            // massif's last snapshot is a little before the end, and Rust asks for a block of zeros in another way.
            let off = (site.bytes_per_iteration / expected - 1.0).abs();
            let most = if matches!(folder, "massif" | "jemalloc" | "dhat-rs") {
                0.01
            } else {
                0.0
            };
            assert!(off <= most, "{folder}: {site:?}");
        }
        let two = |spot: &String| spot.contains("Two counts cannot tell");
        assert!(!summary.verdict.blind_spots.iter().any(two), "{folder}");
        let cache = summary
            .sites
            .iter()
            .find(|site| site.place.function.contains("remember"));
        if let Some(cache) = cache {
            assert_eq!(cache.course, SiteCourse::OneOff, "{folder}");
        }
    }
}

#[test]
fn what_a_forked_child_loses_is_told_beside_its_parents_and_what_it_inherited_is_not() {
    for (folder, ending) in [("forked-xml", "xml"), ("forked-log", "log")] {
        let (ended, summary) = judged(folder, ending, &[10, 100]);
        assert_eq!(ended.code, Some(1), "{folder}: {ended:?}");
        let growth = summary.verdict.growth.iter();
        let told: Vec<_> = growth
            .map(|one| {
                (
                    one.process,
                    one.bytes_per_iteration,
                    one.sites[0].place.function.as_str(),
                )
            })
            .collect();
        let expected = [
            (ProcessRole::Main, 48.0, "lose"),
            (ProcessRole::Child, 16.0, "lose_in_child"),
        ];
        assert_eq!(told, expected, "{folder}");
    }
}

#[test]
fn what_is_sampled_is_told_as_well_as_samples_tell() {
    let (ended, summary) = judged("go-pprof-sampled", "pb.gz", &[20_000, 200_000]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let (site, cause) = growing(&summary)[0];
    assert!(
        site.place
            .to_string()
            .starts_with("main.keep (leaky.go:17)")
    );
    assert!(
        (site.bytes_per_iteration / 1024.0 - 1.0).abs() < 0.2,
        "{site:?}"
    );
    assert_eq!(cause, Held);
    let sampled = |spot: &String| spot.contains("It is sampled, one in 524,288 bytes");
    assert!(summary.verdict.blind_spots.iter().any(sampled));
}

#[test]
fn one_capture_alone_is_a_ranked_list_and_no_verdict() {
    let place = Place::new();
    let file = data("memcheck-xml/100.xml").to_string_lossy().into_owned();
    for words in [
        vec![file.clone()],
        vec!["--at".to_owned(), "100".to_owned(), file],
    ] {
        let ended = judge(&place, &words);
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert!(
            ended
                .stdout
                .contains("Growth cannot be told from one capture"),
            "{ended:?}"
        );
        let rows = [
            "lose (tmp/leaky/leaky.c:16)",
            "set_up (tmp/leaky/leaky.c:36)",
            "keep (tmp/leaky/leaky.c:22)",
            "remember (tmp/leaky/leaky.c:31)",
        ];
        let places: Vec<_> = rows.map(|row| ended.stdout.find(row)).into_iter().collect();
        assert!(
            places.iter().all(Option::is_some) && places.is_sorted(),
            "{ended:?}"
        );
    }
}

#[test]
fn what_does_not_grow_passes() {
    let place = Place::new();
    let file = data("memcheck-xml/100.xml");
    std::fs::copy(&file, place.path("again.xml")).unwrap();
    let words = [
        "--at",
        "100",
        file.to_str().unwrap(),
        "--at",
        "1000",
        "again.xml",
    ];
    let ended = judge(&place, &words.map(str::to_owned));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended
            .stdout
            .contains("Nothing grows with the iterations, up to 1,000"),
        "{ended:?}"
    );
}

#[test]
fn several_files_of_one_count_are_its_processes() {
    let place = Place::new();
    let text = |file: &str| std::fs::read_to_string(data(file)).unwrap();
    std::fs::create_dir(place.path("ten")).unwrap();
    for (name, file) in [
        ("ten/a.log", "10"),
        ("ten/b.log", "10"),
        ("a.log", "100"),
        ("b.log", "100"),
    ] {
        let text = text(&format!("memcheck-log/{file}.log"));
        // Another process of the same kind.
        let pid = text.split("==").nth(1).unwrap().to_owned();
        let text = text.replace(
            &format!("=={pid}=="),
            &format!("=={}==", if name.contains('b') { 7 } else { 8 }),
        );
        std::fs::write(place.path(name), text).unwrap();
    }
    let words = [
        "--at", "10", "ten", "--at", "100", "a.log", "b.log", "--json",
    ];
    let ended = judge(&place, &words.map(str::to_owned));
    let summary: CapturesSummary = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(summary.captures[0].files.len(), 2);
    let (site, _) = growing(&summary)[0];
    assert_eq!(
        (site.bytes_per_iteration, site.blocks_per_iteration),
        (96.0, 2.0)
    );
}

#[test]
fn what_cannot_be_judged_is_named_with_what_to_do() {
    let place = Place::new();
    std::fs::write(place.path("empty"), "").unwrap();
    std::fs::write(place.path("raw.zst"), b"\x28\xb5\x2f\xfd\x04\x00").unwrap();
    let xml = data("memcheck-xml/10.xml").to_string_lossy().into_owned();
    let dhat = data("dhat/100.json").to_string_lossy().into_owned();
    for (words, expected) in [
        (
            vec!["--at", "10", "none.xml"],
            "none.xml could not be opened",
        ),
        (
            vec!["--at", "10", "empty"],
            "empty could not be read: it is empty",
        ),
        (vec!["--at", "10", "raw.zst"], "heaptrack_print"),
        (
            vec!["--at", "10", &xml, "--at", "100", &dhat],
            "have to be of one kind",
        ),
        (vec!["--at", &xml, "10"], "is no count"),
        (vec![], "<FILE>"),
    ] {
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        let ended = judge(&place, &words);
        assert_eq!(ended.code, Some(2), "{words:?}: {ended:?}");
        assert!(ended.stderr.contains(expected), "{words:?}: {ended:?}");
    }
}

#[test]
fn a_file_that_is_cut_short_is_told_as_far_as_it_goes() {
    let place = Place::new();
    let whole = std::fs::read_to_string(data("memcheck-xml/100.xml")).unwrap();
    // Behind its last record.
    let end = whole.rfind("</error>").unwrap() + 10;
    std::fs::write(place.path("cut.xml"), &whole[..end]).unwrap();
    let ten = data("memcheck-xml/10.xml");
    let words = [
        "--at",
        "10",
        ten.to_str().unwrap(),
        "--at",
        "100",
        "cut.xml",
    ];
    let ended = judge(&place, &words.map(str::to_owned));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended
            .stdout
            .contains("cut.xml is not whole: the file was cut short"),
        "{ended:?}"
    );
    assert!(
        ended.stdout.contains("lose (tmp/leaky/leaky.c:16)"),
        "{ended:?}"
    );
    // What is missing may grow.
    let words = [
        "--at",
        "100",
        data("memcheck-xml/100.xml").to_str().unwrap(),
        "--at",
        "1000",
        "cut.xml",
    ]
    .map(str::to_owned);
    let ended = judge(&place, &words);
    assert_eq!(ended.code, Some(3), "{ended:?}");
}

#[test]
fn the_source_is_shown_where_it_can_be_read() {
    let place = Place::new();
    std::fs::copy(data("programs/leaky.c"), place.path("leaky.c")).unwrap();
    let mut words = Vec::new();
    for count in ["10", "100"] {
        let file = data(&format!("memcheck-log/{count}.log"));
        words.extend([
            "--at".to_owned(),
            count.to_owned(),
            file.to_string_lossy().into_owned(),
        ]);
    }
    let ended = judge(&place, &words);
    assert!(
        ended.stdout.contains("16: char *text = malloc(48);"),
        "{ended:?}"
    );
    let page = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    assert!(page.contains("<span class=\"here\">   16      char *text = malloc(48);</span>"));
}
