//! What is said of whole recordings.

use super::*;
use harness_model::record::{Measure, Whose};
use harness_model::{Outcome, Place};

fn points(of: impl Fn(u64) -> u64) -> Vec<Point> {
    let point = |tenth: u64| Point {
        at: tenth as f64 / 10.0,
        value: of(tenth),
    };
    (0..300).map(point).collect()
}

fn track(measure: Measure, of: impl Fn(u64) -> u64) -> Track {
    Track::new(measure, Whose::All, points(of))
}

/// Pages that come and go.
fn noise(at: u64) -> u64 {
    let mixed = (at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60;
    mixed * 4096
}

fn said(tracks: Vec<Track>) -> (Outcome, String) {
    let verdict = conclude(&Evidence {
        tracks,
        ..Evidence::default()
    })
    .verdict;
    (verdict.outcome, verdict.sentence)
}

#[test]
fn growth_is_told_by_the_second_with_its_interval() {
    let (outcome, sentence) = said(vec![
        track(Measure::Anonymous, |at| {
            10_000_000 + 102_400 * at + noise(at)
        }),
        track(Measure::Descriptors, |_| 5),
    ]);
    assert_eq!(outcome, Outcome::Leak);
    assert!(
        sentence.starts_with("Anonymous memory grows by 1,000 KiB a second (95%: "),
        "{sentence}"
    );
}

#[test]
fn what_stays_is_flat_and_what_would_have_been_seen_is_said() {
    let (outcome, sentence) = said(vec![
        track(Measure::Anonymous, |at| 10_000_000 + noise(at)),
        track(Measure::Descriptors, |_| 5),
    ]);
    assert_eq!(outcome, Outcome::Pass, "{sentence}");
    assert!(
        sentence.starts_with(
            "Nothing grows: not anonymous memory or descriptors; growth of anonymous memory by "
        ) && sentence.ends_with(" a second would have been seen."),
        "{sentence}"
    );
}

#[test]
fn a_recording_that_is_too_short_tells_nothing_and_says_so() {
    let mut few = track(Measure::Anonymous, |at| 10_000_000 + noise(at));
    few.points.truncate(12);
    let (outcome, sentence) = said(vec![few]);
    assert_eq!(outcome, Outcome::Inconclusive);
    assert_eq!(
        sentence,
        "Inconclusive, because 1.1 s is too short: 12 samples come after the warm-up, and 32 are needed."
    );
    assert_eq!(said(Vec::new()).0, Outcome::Inconclusive);
}

#[test]
fn files_that_are_read_are_no_growth() {
    let conclusion = conclude(&Evidence {
        tracks: vec![
            track(Measure::Anonymous, |at| 10_000_000 + noise(at)),
            track(Measure::Resident, |at| {
                20_000_000 + 409_600 * at + noise(at)
            }),
        ],
        ..Evidence::default()
    });
    assert_eq!(conclusion.verdict.outcome, Outcome::Pass);
    let explained = conclusion.verdict.explained.join(" ");
    assert!(explained.contains("pages of files"), "{explained}");
}

#[test]
fn memory_that_grows_beside_the_heap_is_the_allocators() {
    let conclusion = conclude(&Evidence {
        tracks: vec![
            track(Measure::Heap, |at| 1_000_000 + at % 3),
            track(Measure::Anonymous, |at| {
                10_000_000 + 40_960 * at + noise(at)
            }),
        ],
        ..Evidence::default()
    });
    assert_eq!(conclusion.verdict.outcome, Outcome::Leak);
    let causes = conclusion.verdict.causes.join(" ");
    assert!(
        causes.contains("the allocator keeps what was freed"),
        "{causes}"
    );
}

#[test]
fn growth_in_the_workers_is_told_from_growth_in_the_master() {
    let process = |pid, is_main, grows| ProcessTrack {
        pid,
        is_main,
        command: format!("work {pid}"),
        measure: Measure::Anonymous,
        points: points(|at| 1_000_000 + noise(at) + if grows { 40_960 * at } else { 0 }),
    };
    let of = |whose, grows: bool| {
        let points = points(|at| 1_000_000 + noise(at) + if grows { 40_960 * at } else { 0 });
        Track::new(Measure::Anonymous, whose, points)
    };
    let conclusion = conclude(&Evidence {
        tracks: vec![
            of(Whose::All, true),
            of(Whose::Main, false),
            of(Whose::Started, true),
        ],
        processes: vec![process(1, true, false), process(2, false, true)],
        ..Evidence::default()
    });
    let causes = conclusion.verdict.causes.join(" ");
    assert!(
        causes.starts_with(
            "It grows in processes that the command started (2 (work 2): 400 KiB a second)"
        ),
        "{causes}"
    );
}

#[test]
fn a_site_that_drips_under_the_noise_of_the_heap_is_found_and_one_that_comes_and_goes_is_not() {
    let site = |line, of: &dyn Fn(u64) -> u64| SiteTrack {
        measure: Measure::Heap,
        command: "work".to_owned(),
        place: Place {
            function: "take".to_owned(),
            file: Some("work.c".to_owned()),
            line: Some(line),
        },
        stack: Vec::new(),
        bytes: points(|at| 48 * of(at)),
        blocks: points(of),
    };
    let conclusion = conclude(&Evidence {
        tracks: vec![track(Measure::Heap, |at| 50_000_000 + 64 * noise(at))],
        sites: vec![
            site(16, &|at| at / 2),
            site(20, &|at| 1_000 + noise(at) / 4096),
            site(30, &|_| 5),
        ],
        ..Evidence::default()
    });
    assert_eq!(conclusion.verdict.outcome, Outcome::Leak);
    assert_eq!(
        conclusion.verdict.sentence,
        "240 B a second are kept, all along, by take (work.c:16)."
    );
}

#[test]
fn what_grows_by_the_mark_is_told_so() {
    // Ten seconds of work, ten of rest.
    let done = |tenth: u64| 5 * (tenth / 200 * 100 + (tenth % 200).min(100));
    let conclusion = conclude(&Evidence {
        tracks: vec![track(Measure::Heap, |at| 1_000_000 + 48 * done(at))],
        marks: vec![Marks {
            text: "request".to_owned(),
            points: points(done),
        }],
        ..Evidence::default()
    });
    assert_eq!(conclusion.verdict.outcome, Outcome::Leak);
    let sentence = &conclusion.verdict.sentence;
    assert!(
        sentence.contains("48.0 B a \u{201c}request\u{201d}"),
        "{sentence}"
    );
    assert!(
        conclusion.verdict.causes[0].starts_with("It goes with the marks"),
        "{:?}",
        conclusion.verdict.causes
    );
}

#[test]
fn what_slows_down_is_told_with_what_would_tell_more() {
    let (outcome, sentence) = said(vec![track(Measure::Anonymous, |at| {
        let slower = 20_000_000.0 * (1.0 + at as f64 / 20.0).ln();
        10_000_000 + slower as u64 + noise(at) / 4
    })]);
    assert_eq!(outcome, Outcome::Inconclusive, "{sentence}");
    assert!(
        sentence.ends_with("ever less, and a run four times as long would show whether to an end."),
        "{sentence}"
    );
}

#[test]
fn a_program_that_was_started_again_is_told_with_the_time() {
    let conclusion = conclude(&Evidence {
        tracks: vec![track(Measure::Anonymous, |at| {
            10_000_000 + 100_000 * (at % 200) + noise(at)
        })],
        ..Evidence::default()
    });
    let told = &conclusion.verdict.explained;
    assert_eq!(conclusion.verdict.outcome, Outcome::Inconclusive);
    assert!(
        told.iter()
            .any(|one| one.starts_with("Anonymous memory fell to where it began after 20")),
        "{told:?}"
    );
}
