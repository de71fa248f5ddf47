//! What is said of runs that were stopped, killed or too short: nothing that was not measured, in the terminal, on the
//! page, in the plots and in the files for other programs.

use crate::place::{Ended, Place, Running, signal};
use harness_model::units::figure;
use harness_model::{FindingKind, Outcome};

/// What only a loop can say that was measured, and for long enough.
const CLAIMS: [&str; 5] = [
    "flat to the byte",
    "does not grow",
    "and then no more",
    "where it began, to the byte",
    "nothing is lost",
];

/// Every text that a run wrote, and what it printed.
fn texts(place: &Place, ended: &Ended) -> Vec<(String, String)> {
    let mut texts = vec![
        ("stdout".to_owned(), ended.stdout.clone()),
        ("stderr".to_owned(), ended.stderr.clone()),
    ];
    for entry in std::fs::read_dir(place.path("out")).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if ["html", "svg", "json", "xml", "md"]
            .iter()
            .any(|ending| name.ends_with(ending))
        {
            texts.push((name, std::fs::read_to_string(entry.path()).unwrap()));
        }
    }
    texts
}

fn assert_no_claim(place: &Place, ended: &Ended) {
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let summary = place.summary();
    assert_eq!(summary.verdict.outcome, Outcome::Inconclusive);
    for (name, text) in texts(place, ended) {
        for claim in CLAIMS {
            assert!(!text.contains(claim), "{name} says {claim:?}");
        }
    }
}

/// A run that stays in its warm-up; both files for other programs are asked for.
fn in_its_warm_up(place: &Place) -> Running {
    let options = "--workload words --zones on --probes heap,rss --warmup 100000000 --iters 8 --junit out/junit.xml \
                   --markdown out/step.md";
    place.begin(options, 20)
}

#[test]
fn a_loop_stopped_in_its_warm_up_was_not_measured() {
    let place = Place::new();
    let run = in_its_warm_up(&place);
    run.signal(libc::SIGINT);
    let ended = run.ended();
    assert_no_claim(&place, &ended);
    let summary = place.summary();
    assert_eq!(summary.runs[0].iterations, 0);
    let says = "with zones the loop was not measured";
    assert!(summary.verdict.sentence.contains(says), "{ended:?}");
}

#[test]
fn a_child_that_the_kernel_ended_was_not_measured_and_memory_is_the_hint() {
    let place = Place::new();
    let run = in_its_warm_up(&place);
    signal(run.children()[0], libc::SIGKILL);
    let ended = run.ended();
    assert_no_claim(&place, &ended);
    for says in [
        "the loop was not measured",
        "killed by signal 9, as processes are when memory runs out",
    ] {
        assert!(ended.stdout.contains(says), "{says}: {ended:?}");
    }
}

#[test]
fn a_run_too_short_to_tell_is_inconclusive_in_every_place() {
    for iterations in [1, 3] {
        let place = Place::new();
        let options = "--workload words --probes heap,rss,dhat --dhat-iters 2 --junit out/junit.xml --markdown out/step.md";
        let ended = place.run(&format!("{options} --iters {iterations}"));
        assert_no_claim(&place, &ended);
        assert!(
            ended.stdout.contains("too few to tell whether it grows"),
            "{ended:?}"
        );
    }
}

#[test]
fn one_quantity_has_one_figure_wherever_it_stands() {
    let place = Place::new();
    let ended = place.run(
        "--workload words --texts 40 --iters 40 --probes heap --history out/history.jsonl --novel-words 0.5",
    );
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let summary = place.summary();
    let run = &summary.runs[0];
    let rate = run.live_bytes.per_iteration;
    let told = figure(rate);
    assert!(rate > 0.0);
    let says = format!("live memory grows by {told} bytes an iteration");
    assert!(
        summary.verdict.sentence.contains(&says),
        "{}",
        summary.verdict.sentence
    );
    assert!(ended.stdout.contains(&format!("+{told} B")), "{ended:?}");
    let page = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    assert!(page.contains(&format!("+{told} B")));
    let history = std::fs::read_to_string(place.path("out/history.jsonl")).unwrap();
    let line: serde_json::Value = serde_json::from_str(history.trim()).unwrap();
    assert_eq!(line["kept"][&run.condition], rate);
    // What the stores gained and what is in none of them make up the whole.
    let mut findings = summary.verdict.findings.iter();
    let stores = findings.find(|finding| finding.kind == FindingKind::StoreGrowth);
    let in_stores = stores.unwrap().bytes_per_iteration;
    assert!((in_stores + run.unaccounted.per_iteration - rate).abs() < 1e-6);
}
