//! Any bytes as the patterns of a ruler of any kind, as patterns of a matcher, and as phrases: what loads is run, and
//! phrases are found where a plain search finds them.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use nlp_core::matcher::{Matcher, PhraseMatcher};
use nlp_core::{Attr, Error, Language, Zone};

/// Where the pipeline is written: `TMPDIR`, which is in memory if whoever runs this cares for speed.
static DIRECTORY: LazyLock<PathBuf> = LazyLock::new(|| {
    let directory = std::env::temp_dir().join(format!("fuzz-patterns-{}", std::process::id()));
    let write = |name: &str, content: &[u8]| {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("can be written");
        fs::write(path, content).expect("can be written");
    };
    write("vocab/strings.json", b"[]");
    // A tokenizer without a rule.
    write("tokenizer", b"\x80");
    write(
        "rules/cfg",
        br#"{"overwrite":true,"phrase_matcher_attr":"LOWER","ent_id_sep":"||"}"#,
    );
    directory
});

/// The first byte of an input picks one.
const RULERS: [&str; 6] = [
    "factory = \"entity_ruler\"",
    "factory = \"span_ruler\"\nphrase_matcher_attr = \"SHAPE\"\nannotate_ents = true\noverwrite = false",
    "factory = \"span_ruler\"\nphrase_matcher_attr = \"IS_ALPHA\"\n[components.rules.spans_filter]\n@misc = \"spacy.first_longest_spans_filter.v1\"",
    "factory = \"span_ruler\"\nvalidate = true\noverwrite = false\n[components.rules.spans_filter]\n@misc = \"spacy.prioritize_new_ents_filter.v1\"",
    "factory = \"future_entity_ruler\"\nphrase_matcher_attr = \"LENGTH\"\noverwrite_ents = true",
    "factory = \"future_entity_ruler\"\nphrase_matcher_attr = \"SPACY\"",
];

const TEXTS: [&str; 2] = ["", "San  Francisco , 10 apples in a SAN francisco a a a a"];

fuzz_target!(|data: &[u8]| {
    let Some((first, patterns)) = data.split_first() else {
        return;
    };
    let ruler = RULERS[usize::from(*first) % RULERS.len()];
    let name = match ruler.contains("\"entity_ruler\"") {
        true => "rules/patterns.jsonl",
        false => "rules/patterns",
    };
    let config =
        format!("[nlp]\nlang = \"en\"\npipeline = [\"rules\"]\n[components.rules]\n{ruler}\n");
    for (name, content) in [("config.cfg", config.as_bytes()), (name, patterns)] {
        fs::write(DIRECTORY.join(name), content).expect("can be written");
    }
    let text = std::str::from_utf8(patterns).unwrap_or_default();
    match Language::load(&*DIRECTORY) {
        Ok(nlp) => {
            for text in TEXTS.into_iter().chain([text]) {
                let zone = nlp.zone();
                // The rules of one pattern may be too hard for a text.
                match zone.parse(text) {
                    Ok(doc) => assert_eq!(doc.to_owned().check(), Ok(())),
                    Err(Error::OutOfTime { .. } | Error::TextTooLong { .. }) => {}
                    Err(error) => panic!("a ruler that was loaded cannot run: {error}"),
                }
            }
        }
        Err(error) => {
            let said = error.to_string();
            let named = said.contains(&DIRECTORY.display().to_string());
            assert!(named, "an error names no file of the pipeline: {said:?}");
            assert!(!said.contains(char::is_control), "{said:?}");
        }
    }
    let plain = PLAIN.zone();
    match_tokens(&plain, patterns);
    find_phrases(&plain, text);
});

/// A pipeline without a component.
static PLAIN: LazyLock<Language> =
    LazyLock::new(|| nlp_core::models::english().expect("is built in"));

/// The bytes as patterns of one key, as they come and with the schema.
fn match_tokens(zone: &Zone<'_>, patterns: &[u8]) {
    let Ok(patterns) = serde_json::from_slice(patterns) else {
        return;
    };
    let doc = zone.tokenize(TEXTS[1]).expect("a short text");
    for builder in [Matcher::builder(), Matcher::builder().without_validation()] {
        let mut builder = builder;
        if builder.add("KEY", &patterns).is_ok() {
            for found in builder.build().find(&doc).unwrap_or_default() {
                assert!(found.start <= found.end && found.end <= doc.len());
            }
        }
    }
}

/// Each line is a phrase, and all of them are the text.
fn find_phrases(zone: &Zone<'_>, text: &str) {
    let text: String = text.chars().take(400).collect();
    let Ok(doc) = zone.tokenize(&text) else {
        return;
    };
    let words: Vec<&str> = doc.tokens().map(|token| token.text()).collect();
    let mut builder = PhraseMatcher::builder(Attr::Orth);
    let mut phrases = Vec::new();
    for line in text.split(['\n', 'a']).take(40) {
        let phrase = zone.tokenize(line).expect("a part of the text");
        builder.add(line, &phrase).expect("words are always there");
        let words: Vec<String> = phrase.tokens().map(|t| t.text().to_owned()).collect();
        phrases.push((line, words));
    }
    let matcher = builder.build();
    let mut found: Vec<_> = matcher
        .matches(&doc)
        .iter()
        .map(|found| (found.start, found.end, found.key))
        .collect();
    let mut expected = Vec::new();
    for start in 0..words.len() {
        for (key, phrase) in &phrases {
            if !phrase.is_empty()
                && words[start..]
                    .starts_with(&phrase.iter().map(String::as_str).collect::<Vec<_>>())
            {
                expected.push((start, start + phrase.len(), *key));
            }
        }
    }
    found.sort_unstable();
    expected.sort_unstable();
    expected.dedup();
    assert_eq!(found, expected);
}
