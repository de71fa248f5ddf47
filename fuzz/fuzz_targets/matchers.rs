//! Any JSON as patterns of the matchers: what is taken is looked for in a text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nlp_core::Language;
use nlp_core::matcher::{DependencyMatcher, FindOptions, Greedy, Matcher};
use std::sync::LazyLock;

static ENGLISH: LazyLock<Language> =
    LazyLock::new(|| nlp_core::models::english().expect("the English pipeline"));

const TEXT: &str = "Hello, wörld! The the 3.5 a a b a@b.de (NEW York) isn't a a a.";

/// Matches beyond this many tokens of text and pattern take long, as there are many.
const LONG: usize = 2000;

fuzz_target!(|data: &[u8]| {
    let Ok(patterns) = serde_json::from_slice(data) else {
        return;
    };
    let doc = ENGLISH.tokenize(TEXT).expect("tokens");
    let mut builder = Matcher::builder().without_validation();
    if data.len() < LONG && builder.add("A", &patterns).is_ok() {
        let _ = builder.add_greedy("B", &patterns, Greedy::Longest);
        let options = FindOptions {
            allow_missing: true,
            with_alignments: true,
        };
        if let Ok(found) = builder.build().find_with(&doc, options) {
            for m in found {
                assert!(m.start < m.end && m.end <= doc.len());
                assert_eq!(m.alignments.map(|a| a.len()), Some(m.end - m.start));
            }
        }
    }
    let mut builder = DependencyMatcher::builder();
    if builder.add("A", &patterns).is_ok() {
        let _ = builder.build().find(&doc);
    }
    // What the schema refuses too.
    let _ = Matcher::builder().add("A", &patterns);
});
