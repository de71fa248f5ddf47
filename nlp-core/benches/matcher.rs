//! How long the matcher takes: beside spaCy's, tools/matcher_speed.py runs it.
//!
//! usage: matcher PATTERNS.json TEXT.txt REPEATS
//!
//! Prints one JSON object: milliseconds to make the matcher, milliseconds to search the text, how much was found, and the
//! peak of memory in megabytes.

use std::time::{Duration, Instant};

use nlp_core::matcher::Matcher;
use serde_json::json;

fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    let [patterns, text, repeats] = args.as_slice() else {
        println!("usage: matcher PATTERNS.json TEXT.txt REPEATS");
        return;
    };
    let patterns = std::fs::read(patterns).expect("a file of patterns");
    let text = std::fs::read_to_string(text).expect("a text");
    let repeats: u32 = repeats.parse().expect("a number");
    let nlp = nlp_core::models::english().expect("the pipeline that is built in");
    let zone = nlp.zone();
    let doc = zone.tokenize(&text).expect("tokens");

    let began = Instant::now();
    let patterns: Vec<serde_json::Value> = serde_json::from_slice(&patterns).expect("JSON");
    let mut builder = Matcher::builder();
    for (i, pattern) in patterns.iter().enumerate() {
        builder
            .add(&format!("K{i}"), &json!([pattern]))
            .expect("a pattern");
    }
    drop(patterns);
    let matcher = builder.build();
    let load = began.elapsed();

    let mut best = Duration::MAX;
    let mut found = 0;
    for _ in 0..repeats {
        let began = Instant::now();
        found = matcher.find(&doc).expect("matches").len();
        best = best.min(began.elapsed());
    }
    let row = json!({
        "tokens": doc.len(), "load_ms": load.as_secs_f64() * 1e3, "search_ms": best.as_secs_f64() * 1e3,
        "found": found, "matcher_mb": matcher.heap_bytes() >> 20, "peak_mb": peak_mb(),
    });
    println!("{row}");
}

/// The most memory that the process has had.
fn peak_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kb: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kb >> 10)
}
