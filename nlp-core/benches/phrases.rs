//! What phrases cost, by how many there are: adding them, memory, and looking for them in a text. One side of
//! `tools/phrase_speed.py`.
//!
//! `cargo bench -p nlp-core --bench phrases -- --text FILE --phrases FILE` with a phrase a line, or `--ruler DIR` for a
//! pipeline with a ruler. `--rounds N` [5]. Prints one JSON object.

use std::path::PathBuf;

use nlp_core::matcher::PhraseMatcher;
use nlp_core::{Attr, Doc, Language, models};
use serde_json::json;

fn option(name: &str) -> Option<String> {
    let mut args = std::env::args().skip_while(|arg| arg != name);
    args.nth(1)
}

fn read(name: &str) -> String {
    let path = PathBuf::from(option(name).unwrap_or_else(|| panic!("{name} FILE is missing")));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The memory that the process has from the system, in MiB.
fn resident() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<f64>().ok());
    pages.unwrap_or_default() * 4096.0 / f64::from(1 << 20)
}

/// The seconds that the program has had of a processor: what others do meanwhile does not count.
fn seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat.split(' ').next().and_then(|n| n.parse::<f64>().ok());
    nanoseconds.expect("Linux says how long a thread ran") / 1e9
}

/// Documents of a text, some hundred lines each.
fn docs<'z>(zone: &'z nlp_core::Zone<'_>, text: &str) -> Vec<Doc<'z>> {
    let lines: Vec<&str> = text.lines().collect();
    let tokenized = lines
        .chunks(100)
        .map(|lines| zone.tokenize(&lines.join(" ")));
    tokenized.map(|doc| doc.expect("a short text")).collect()
}

/// The fewest nanoseconds a token that `work` takes over all documents.
fn fastest(rounds: usize, tokens: usize, mut work: impl FnMut()) -> f64 {
    // The system counts in milliseconds.
    let mut turns = 1;
    let mut timed = move || {
        let started = seconds();
        (0..turns).for_each(|_| work());
        let spent = seconds() - started;
        let of_one = spent * 1e9 / (tokens * turns) as f64;
        if spent < 0.2 {
            turns *= 4;
            return f64::INFINITY;
        }
        of_one
    };
    let mut best = f64::INFINITY;
    let mut measured = 0;
    while measured < rounds {
        let time = timed();
        measured += usize::from(time.is_finite());
        best = best.min(time);
    }
    best
}

fn main() {
    let rounds = option("--rounds").map_or(5, |n| n.parse().expect("a number"));
    let text = read("--text");
    if let Some(dir) = option("--ruler") {
        let before = resident();
        let started = seconds();
        let nlp = Language::load(&dir).unwrap_or_else(|error| panic!("{error}"));
        let load = seconds() - started;
        let after = resident();
        let lines: Vec<&str> = text.lines().collect();
        let texts: Vec<String> = lines.chunks(100).map(|lines| lines.join(" ")).collect();
        let mut found = (0, 0);
        let parse = |text: &String| {
            nlp.memory_zone(|zone| {
                let doc = zone.parse(text).expect("a short text");
                (doc.len(), doc.ents().len())
            })
        };
        let tokens: usize = texts.iter().map(|text| parse(text).0).sum();
        let time = fastest(rounds, tokens, || {
            found = texts
                .iter()
                .map(parse)
                .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        });
        let report = json!({
            "load_seconds": load,
            "mib": after - before,
            "nanoseconds_a_token": time,
            "found": found.1,
        });
        return println!("{report}");
    }
    let nlp = models::english().expect("is built in");
    let phrases = read("--phrases");
    let phrases: Vec<&str> = phrases.lines().collect();
    let before = resident();
    let started = seconds();
    let mut builder = PhraseMatcher::builder(Attr::Orth);
    builder
        .add_texts("PHRASE", &phrases, &nlp)
        .expect("short texts");
    let matcher = builder.build();
    let load = seconds() - started;
    let after = resident();
    let zone = nlp.zone();
    let docs = docs(&zone, &text);
    let tokens: usize = docs.iter().map(Doc::len).sum();
    let mut found = 0;
    let time = fastest(rounds, tokens, || {
        found = docs.iter().map(|doc| matcher.matches(doc).len()).sum();
    });
    let report = json!({
        "load_seconds": load,
        "bytes_a_phrase": matcher.bytes() as f64 / phrases.len() as f64,
        "mib": after - before,
        "nanoseconds_a_token": time,
        "found": found,
    });
    println!("{report}");
}
