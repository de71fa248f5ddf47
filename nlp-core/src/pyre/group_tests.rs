//! Patterns that refer to groups: what Python's `re` finds, found here.

use super::{Exhausted, Pattern, Scratch};
use serde_json::Value;

fn scratch() -> Scratch {
    let mut scratch = Scratch::default();
    scratch.allow(1 << 26);
    scratch
}

/// The code points of `text` before each byte.
fn code_points(text: &str, byte: usize) -> usize {
    text[..byte].chars().count()
}

/// What is found in a text that a case names, in the words of the case.
fn found(pattern: &Pattern, text: &str) -> Result<Value, Exhausted> {
    let mut scratch = scratch();
    let bounds = |(from, to): (usize, usize)| [code_points(text, from), code_points(text, to)];
    pattern.start(text, &mut scratch);
    let start = pattern.match_at(text, 0, &mut scratch, None)?;
    let asked = pattern.matches_start(text, &mut scratch)?;
    assert_eq!(asked, start.is_some());
    let search = pattern.search(text, &mut scratch)?;
    let mut all = Vec::new();
    pattern.find_all(text, &mut scratch, &mut all)?;
    let all: Vec<_> = all.into_iter().map(bounds).collect();
    Ok(serde_json::json!({
        "text": text,
        "match": start.map(|end| code_points(text, end)),
        "search": search.map(bounds),
        "all": all,
    }))
}

/// How a case differs, if it does.
fn faults(case: &Value) -> Vec<String> {
    let text = case["pattern"].as_str().unwrap();
    let pattern = match Pattern::new(text) {
        Ok(_) if case["refused"] == true => return vec![format!("{text} was not refused")],
        Ok(pattern) => pattern,
        Err(_) if case["refused"] == true => return Vec::new(),
        Err(fault) => return vec![format!("{text} was refused: {}", fault.reason)],
    };
    let texts = case["texts"].as_array().unwrap().iter();
    let differs = texts.filter_map(|expected| {
        let ours = found(&pattern, expected["text"].as_str().unwrap());
        (ours.as_ref() != Ok(expected)).then(|| format!("{text} finds {ours:?}, not {expected}"))
    });
    differs.collect()
}

/// Fails if there is a difference, and gives the numbers of patterns and texts.
fn replay(cases: &str) -> (usize, usize) {
    let (mut patterns, mut texts, mut all) = (0, 0, Vec::new());
    for case in cases.lines() {
        let case: Value = serde_json::from_str(case).unwrap();
        patterns += 1;
        texts += case["texts"].as_array().map_or(0, Vec::len);
        all.extend(faults(&case));
    }
    let shown = all[..all.len().min(10)].join("\n");
    assert!(
        all.is_empty(),
        "{} of {patterns} patterns and {texts} texts differ:\n{shown}",
        all.len()
    );
    (patterns, texts)
}

#[test]
fn a_pattern_that_would_take_for_ever_ends_as_exhausted() {
    let text = "a".repeat(2_000);
    for pattern in [
        r"(?:(a)|a)*\1b",
        r"(?:(a|aa)\1?)+b",
        r"(a*)(a*)(a*)\1\2\3b",
        r"(?:(?(1)a|(a))*?)*b",
        r"(?:(a+)\1?)+b",
    ] {
        let pattern = Pattern::new(pattern).unwrap();
        let mut scratch = Scratch::default();
        scratch.allow(1 << 22);
        let found = pattern.search(&text, &mut scratch);
        assert_eq!(found, Err(Exhausted), "{pattern:?}");
        // It is of use again.
        scratch.allow(1 << 22);
        let pattern = Pattern::new(r"(b)\1").unwrap();
        assert_eq!(pattern.search("abb", &mut scratch), Ok(Some((1, 3))));
    }
}

#[test]
fn a_long_match_needs_no_stack_and_bounded_memory() {
    let pattern = Pattern::new(r"(?:(\w)\1)+$").unwrap();
    let text = "aabb".repeat(50_000);
    assert_eq!(
        pattern.search(&text, &mut scratch()),
        Ok(Some((0, text.len())))
    );
    // Each round saves the marks of all groups: there are too many of both.
    let many = format!("{}(?:(b)|a)*\\1c", "()".repeat(10_000));
    let pattern = Pattern::new(&many).unwrap();
    assert_eq!(
        pattern.search(&"a".repeat(10_000), &mut scratch()),
        Err(Exhausted)
    );
}

#[test]
fn what_is_found_is_what_python_finds() {
    assert_eq!(replay(include_str!("golden/groups.jsonl")), (73, 143));
}

#[test]
#[ignore = "needs cases: NLP_REGEX_CASES names the file, see tools/regex_cases.py"]
fn drawn_cases_come_out_as_python_has_them() {
    let path = std::env::var("NLP_REGEX_CASES").expect("NLP_REGEX_CASES names a file");
    let (patterns, texts) = replay(&std::fs::read_to_string(path).unwrap());
    println!("{patterns} patterns and {texts} texts");
    assert!(texts > 0);
}
