//! `entity_ruler`, `future_entity_ruler` and `span_ruler` say what spaCy's say, and refuse what it fails on.

mod spoilt;

use std::fs;
use std::path::{Path, PathBuf};

use nlp_core::{Doc, Error, Language, OnClose, Owner, Span};
use serde_json::{Value, json};
use spoilt::copy_dir;

/// A copy of a pipeline, changed; gone when it is dropped.
struct Pipeline(PathBuf);

impl Pipeline {
    /// The pipeline with its components in another order, more sections in the configuration, and more files.
    fn new<'f>(
        test: &str,
        base: &str,
        order: &Value,
        sections: &str,
        files: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) -> Pipeline {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("rulers-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        let base = match base {
            "de_toy" => "tests/data/pipelines/de_toy",
            _ => "models/en_ewt_sm",
        };
        copy_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join(base), &dir);
        let path = dir.join("config.cfg");
        let config = fs::read_to_string(&path).unwrap();
        let lines = config.lines().map(|line| match line {
            line if line.starts_with("pipeline = ") => format!("pipeline = {order}\n"),
            line => format!("{line}\n"),
        });
        fs::write(&path, lines.collect::<String>() + sections).unwrap();
        for (name, content) in files {
            let path = dir.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        Pipeline(dir)
    }

    /// The tokenizer with one ruler after it.
    fn ruler(test: &str, settings: &str, files: &[(&str, &str)]) -> Result<Language, Error> {
        let sections = format!("[components.rules]\n{settings}\n");
        let pipeline = Pipeline::new(
            test,
            "de_toy",
            &json!(["rules"]),
            &sections,
            files.iter().copied(),
        );
        Language::load(&pipeline.0)
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn span(span: &Span<'_>) -> Value {
    json!([span.start(), span.end(), span.label(), span.id()])
}

fn ents(doc: &Doc<'_>) -> Value {
    doc.ents().iter().map(span).collect()
}

/// What is said of a document, as `tools/make_ruler_golden.py` writes it.
fn said(doc: &Doc<'_>) -> Value {
    let group = |group: nlp_core::SpanGroup<'_>| {
        let spans: Value = group.spans().map(|s| span(&s)).collect();
        (group.key().to_owned(), spans)
    };
    json!({
        "text": doc.text(),
        "ents": ents(doc),
        "iob": doc.tokens().map(|t| t.ent_iob().as_str()).collect::<Vec<_>>(),
        "spans": doc.span_groups().map(group).collect::<serde_json::Map<_, _>>(),
    })
}

#[test]
fn random_rulers_in_random_places_say_what_spacy_says() {
    let cases = include_str!("data/golden/rulers.jsonl");
    for (i, line) in cases.lines().enumerate() {
        let case: Value = serde_json::from_str(line).unwrap();
        let files = case["files"].as_object().unwrap().iter();
        let files = files.map(|(name, content)| (name.as_str(), content.as_str().unwrap()));
        let sections = case["sections"].as_str().unwrap();
        let base = case["base"].as_str().unwrap();
        let pipeline = Pipeline::new("golden", base, &case["pipeline"], sections, files);
        let nlp = Language::load(&pipeline.0).unwrap_or_else(|e| panic!("case {i}: {e}\n{line}"));
        let before = nlp.fingerprint();
        nlp.memory_zone(|zone| {
            for expected in case["said"].as_array().unwrap() {
                let doc = zone.parse(expected["text"].as_str().unwrap()).unwrap();
                assert_eq!(said(&doc), *expected, "case {i}: {line}");
            }
        });
        assert_eq!(nlp.fingerprint(), before);
    }
}

const CFG: &str = r#"{"overwrite":false,"phrase_matcher_attr":"LOWER","ent_id_sep":"||"}"#;

#[test]
fn what_rules_take_is_in_the_report_and_what_they_find_goes_with_the_zone() {
    let mut lines = String::new();
    for i in 0..3000 {
        lines +=
            &format!("{{\"label\":\"L\",\"pattern\":\"zorb{i} glim\",\"id\":\"unheard-{i}\"}}\n");
    }
    let files = [("rules/cfg", CFG), ("rules/patterns.jsonl", lines.as_str())];
    let nlp = Pipeline::ruler("report", "factory = \"entity_ruler\"", &files).unwrap();
    let before = nlp.memory_report();
    let bytes = nlp.weight_bytes("rules").unwrap();
    assert!((60_000..600_000).contains(&bytes), "{bytes}");
    let store = |name: &str| before.get(Owner::Pipeline, name).unwrap().clone();
    let rules = store("rules");
    assert_eq!((rules.entries, rules.bytes), (3000, bytes));
    assert_eq!((rules.bound, rules.on_close), (Some(3000), OnClose::Frozen));
    // What it takes is reported once.
    let others = store("components");
    assert_eq!((others.entries, others.bytes), (0, 0));
    nlp.memory_zone(|zone| {
        let doc = zone.parse("A ZORB17 Glim and zorb2999 glim").unwrap();
        assert_eq!(
            ents(&doc),
            json!([[1, 3, "L", "unheard-17"], [4, 6, "L", "unheard-2999"]])
        );
        assert_eq!(doc.token(1).ent_id(), "unheard-17");
    });
    assert_eq!(nlp.memory_report(), before);
    assert_eq!(nlp.labels("rules"), Some(vec!["L".to_owned()]));
}

#[test]
fn a_ruler_without_patterns_says_so() {
    let files = [("rules/cfg", CFG), ("rules/patterns.jsonl", "")];
    let nlp = Pipeline::ruler("none", "factory = \"entity_ruler\"", &files).unwrap();
    let warnings: Vec<&str> = nlp.warnings().collect();
    assert_eq!(
        warnings,
        ["component \"rules\" has no patterns: it finds nothing"]
    );
    assert_eq!(ents(&nlp.parse("nothing").unwrap()), json!([]));
}

#[test]
fn labels_are_those_without_their_ids() {
    let patterns = concat!(
        r#"{"label":"B","pattern":"b","id":"x"}"#,
        "\n",
        r#"{"label":"A||y","pattern":"a"}"#,
        "\n",
        r#"{"label":"B","pattern":[{"LOWER":"c"}]}"#,
    );
    let files = [("rules/cfg", CFG), ("rules/patterns.jsonl", patterns)];
    let nlp = Pipeline::ruler("labels", "factory = \"entity_ruler\"", &files).unwrap();
    assert_eq!(
        nlp.labels("rules"),
        Some(vec!["A".to_owned(), "B".to_owned()])
    );
    let files = [("rules/patterns", patterns)];
    let nlp = Pipeline::ruler("labels", "factory = \"span_ruler\"", &files).unwrap();
    assert_eq!(
        nlp.labels("rules"),
        Some(vec!["A||y".to_owned(), "B".to_owned()])
    );
}

/// The error of a ruler that does not load.
fn refused(settings: &str, files: &[(&str, &str)]) -> String {
    let name = format!("refused-{:?}", std::thread::current().id());
    let error = Pipeline::ruler(&name.replace(['(', ')'], ""), settings, files).unwrap_err();
    error.to_string()
}

#[test]
fn what_is_not_run_or_has_no_meaning_is_refused_with_file_and_setting() {
    let one = r#"{"label":"A","pattern":"a"}"#;
    let with = |settings: &str| {
        refused(
            &format!("factory = \"span_ruler\"\n{settings}"),
            &[("rules/patterns", one)],
        )
    };
    for (settings, file, what) in [
        (
            "spans_filter = {\"@misc\":\"mine.v1\"}",
            "config.cfg",
            "spans_filter",
        ),
        (
            "ents_filter = {\"@misc\":\"mine.v1\"}",
            "config.cfg",
            "ents_filter",
        ),
        (
            "matcher_fuzzy_compare = {\"@misc\":\"mine.v1\"}",
            "config.cfg",
            "matcher_fuzzy_compare",
        ),
        (
            "phrase_matcher_attr = \"PREFIX\"",
            "config.cfg",
            "phrase_matcher_attr is \"PREFIX\"",
        ),
        (
            "phrase_matcher_attr = 13",
            "config.cfg",
            "phrase_matcher_attr = 13",
        ),
        (
            "phrase_matcher_attr = [\"LOWER\"]",
            "config.cfg",
            "phrase_matcher_attr is [\"LOWER\"]",
        ),
        (
            "phrase_matcher_attr = \"POS\"",
            "rules/patterns",
            "\"a\": phrases are matched on POS",
        ),
        ("spans_key = 5", "config.cfg", "spans_key 5"),
    ] {
        let error = with(settings);
        assert!(
            error.contains(file) && error.contains(what),
            "{settings}: {error}"
        );
    }
    let with = |line: &str| {
        let lines = format!("{one}\n{line}\n");
        refused("factory = \"span_ruler\"", &[("rules/patterns", &lines)])
    };
    for (line, what) in [
        ("{", "line 2: this is no JSON"),
        (r#"{"label":"A"}"#, "line 2: has no \"pattern\""),
        (
            r#"{"label":"A","pattern":5}"#,
            "line 2: \"pattern\" is 5: neither",
        ),
        (r#"{"label":"A","pattern":[]}"#, "line 2: "),
        (
            r#"{"label":"A","pattern":[{"LOWER":{"REGEX":"("}}]}"#,
            "line 2: ",
        ),
        (r#"{"label":"A","pattern":[{"_":{"x":1}}]}"#, "line 2: "),
    ] {
        let error = with(line);
        assert!(
            error.contains("rules/patterns: ") && error.contains(what),
            "{line}: {error}"
        );
    }
    let files = [("rules/patterns.jsonl", one)];
    assert!(refused("factory = \"entity_ruler\"", &files).contains("rules/cfg"));
    let files = [("rules/cfg", CFG)];
    assert!(refused("factory = \"entity_ruler\"", &files).contains("rules/patterns.jsonl"));
    let files = [
        ("rules/cfg", "{\"ent_id_sep\":1}"),
        ("rules/patterns.jsonl", one),
    ];
    assert!(refused("factory = \"entity_ruler\"", &files).contains("ent_id_sep is 1"));
    assert!(refused("factory = \"span_ruler\"", &[]).contains("rules/patterns"));
}
