//! What the harness reads back of its own: a real report with a few values changed, its samples, a history, a baseline.
//! They are refused with a sentence, or shown: in the terminal, on a page, beside another. Nothing that stands in
//! them is left for a terminal to obey or for a browser to run.
#![no_main]

use std::sync::LazyLock;

use harness::commands::gate::baseline::Baseline;
use harness::commands::history::Line;
use harness::commands::{compare, history};
use harness::report;
use harness::report::{parse_samples, terminal};
use harness_model::Summary;
use libfuzzer_sys::fuzz_target;
use nlp_core_fuzz::node::Node;
use nlp_core_fuzz::{Unstructured, edit_bytes, one_of, pick};

/// A real report, with no more than two elements in any list: as many kinds of things, and much quicker.
static REPORT: LazyLock<Node> = LazyLock::new(|| {
    let json = include_str!("../../harness/tests/data/report/summary.json");
    Node::of_json(&serde_json::from_str(json).expect("JSON")).pruned(2)
});

/// Some of its samples.
static SAMPLES: LazyLock<Vec<Node>> = LazyLock::new(|| {
    let lines = include_str!("../../harness/tests/data/report/samples.jsonl").lines();
    let node = |line| Node::of_json(&serde_json::from_str(line).expect("JSON"));
    lines.step_by(7).take(12).map(node).collect()
});

static BASELINE: LazyLock<Node> = LazyLock::new(|| {
    let json = include_str!("../../ci/leak-baseline.json");
    Node::of_json(&serde_json::from_str(json).expect("JSON"))
});

fuzz_target!(|data: &[u8]| {
    let mut u = Unstructured::new(data);
    let u = &mut u;
    let [a, b] = [summary(u), summary(u)];
    let samples = samples(u);
    for summary in [&a, &b].into_iter().flatten() {
        shown(&terminal(summary));
        page(&report::fuzzing::page(summary, &samples));
    }
    if let (Some(a), Some(b)) = (&a, &b) {
        let (text, of_both) = compare::fuzzing::show(a, b, &samples);
        shown(&text);
        page(&of_both);
    }
    if let Some(summary) = &a {
        let (text, of_history) = history::fuzzing::show(&history_of(summary, u));
        shown(&text);
        page(&of_history);
    }
    baseline(u);
});

fn edited(node: &Node, most: usize, u: &mut Unstructured<'_>) -> String {
    let mut node = node.clone();
    for _ in 0..pick(u, most + 1) {
        node.edit(u);
    }
    node.to_json()
}

fn summary(u: &mut Unstructured<'_>) -> Option<Summary> {
    match report::fuzzing::summary(&edited(&REPORT, 6, u)) {
        Ok(summary) => Some(summary),
        Err(why) => {
            assert!(
                why.contains("summary.json"),
                "it does not say which file: {why}"
            );
            None
        }
    }
}

fn samples(u: &mut Unstructured<'_>) -> Vec<harness_model::Sample> {
    let mut lines: Vec<String> = SAMPLES.iter().map(Node::to_json).collect();
    for _ in 0..pick(u, 4) {
        let at = pick(u, lines.len());
        lines[at] = edited(&one_of(u, &SAMPLES).clone(), 2, u);
    }
    let mut bytes = lines.join("\n").into_bytes();
    if pick(u, 4) == 1 {
        edit_bytes(&mut bytes, u);
    }
    match parse_samples(bytes.as_slice(), "samples.jsonl") {
        Ok(samples) => samples,
        Err(error) => {
            let why = error.to_string();
            assert!(why.contains("samples.jsonl"), "{why}");
            Vec::new()
        }
    }
}

/// A few runs, as a history holds them.
fn history_of(summary: &Summary, u: &mut Unstructured<'_>) -> Vec<u8> {
    let line = serde_json::to_value(Line::of(summary, "parse", Some("0123456789ab".into())))
        .expect("JSON");
    let line = Node::of_json(&line);
    let mut text = String::new();
    for _ in 0..1 + pick(u, 4) {
        text.push_str(&edited(&line, 2, u));
        text.push('\n');
    }
    let mut bytes = text.into_bytes();
    if pick(u, 4) == 1 {
        edit_bytes(&mut bytes, u);
    }
    bytes
}

fn baseline(u: &mut Unstructured<'_>) {
    match Baseline::parse(&edited(&BASELINE, 3, u)) {
        Ok(baseline) => {
            let json = serde_json::to_string(&baseline).expect("JSON");
            assert_eq!(Baseline::parse(&json).as_ref(), Ok(&baseline));
        }
        Err(_) => {}
    }
}

/// What a terminal or a log is given has line feeds, and nothing else that a terminal obeys.
/// Checks what is shown of what was read. What is said of what was refused goes through `printable` where it is printed.
fn shown(text: &str) {
    let obeyed = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if let Some(at) = text.find(obeyed) {
        let around: String = text[text.floor_char_boundary(at.saturating_sub(60))..]
            .chars()
            .take(120)
            .collect();
        panic!("a terminal would obey this: {around:?}");
    }
}

/// A page has its own markup alone: whatever the report says is text on it.
fn page(html: &str) {
    assert!(
        !html.contains("<script>alert") && !html.contains("\u{0}"),
        "the page runs what the report says"
    );
    let control = html
        .chars()
        .find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    assert_eq!(control, None, "a control character on the page");
}
