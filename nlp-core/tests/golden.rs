//! spaCy's answers, replayed: tokens, lexical attributes and annotations of several hundred texts in four pipelines.
//!
//! `tests/data/README.md` says how the files were made. Tokens and lexical attributes have to be equal throughout. Of the
//! annotations one token in ten thousand may differ: matrix products round differently by processor, and a near tie
//! between two labels can fall the other way.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nlp_core::{Attr, Doc, Language, Token, models};
use serde_json::{Value, json};

/// What follows from the text alone.
const LEXICAL: [&str; 8] = [
    "text", "ws", "idx", "norm", "lower", "shape", "prefix", "suffix",
];
/// What the components say.
const ANNOTATIONS: [&str; 9] = [
    "tag",
    "pos",
    "morph",
    "lemma",
    "head",
    "dep",
    "sent_start",
    "ent_iob",
    "ent_type",
];
const FLAGS: [(&str, Attr); 17] = [
    ("is_alpha", Attr::IsAlpha),
    ("is_ascii", Attr::IsAscii),
    ("is_digit", Attr::IsDigit),
    ("is_lower", Attr::IsLower),
    ("is_upper", Attr::IsUpper),
    ("is_title", Attr::IsTitle),
    ("is_punct", Attr::IsPunct),
    ("is_space", Attr::IsSpace),
    ("is_bracket", Attr::IsBracket),
    ("is_quote", Attr::IsQuote),
    ("is_left_punct", Attr::IsLeftPunct),
    ("is_right_punct", Attr::IsRightPunct),
    ("is_currency", Attr::IsCurrency),
    ("is_stop", Attr::IsStop),
    ("like_num", Attr::LikeNum),
    ("like_url", Attr::LikeUrl),
    ("like_email", Attr::LikeEmail),
];

fn field(token: &Token<'_>, name: &str) -> Value {
    match name {
        "text" => json!(token.text()),
        "ws" => json!(token.whitespace()),
        "idx" => json!(token.idx()),
        "norm" => json!(token.norm()),
        "lower" => json!(token.lower()),
        "shape" => json!(token.shape()),
        "prefix" => json!(token.prefix()),
        "suffix" => json!(token.suffix()),
        "tag" => json!(token.tag()),
        "pos" => json!(token.pos().name()),
        "morph" => json!(token.morph()),
        "lemma" => json!(token.lemma()),
        "head" => json!(token.head().i()),
        "dep" => json!(token.dep()),
        "sent_start" => json!(token.is_sent_start()),
        "ent_iob" => json!(token.ent_iob().as_str()),
        "ent_type" => json!(token.ent_type()),
        other => panic!("{other} is no field of a token"),
    }
}

/// What is said of a whole document beside its tokens.
fn spans(doc: &Doc<'_>) -> (Value, Value) {
    let ents = doc
        .ents()
        .iter()
        .map(|e| json!([e.start(), e.end(), e.label()]))
        .collect();
    let sents = match doc.has_annotation(Attr::SentStart) {
        true => doc.sents().map(|s| json!([s.start(), s.end()])).collect(),
        false => Value::Array(Vec::new()),
    };
    (ents, sents)
}

/// What the second golden file says of the document, made from ours.
fn extra(doc: &Doc<'_>) -> BTreeMap<&'static str, Value> {
    let numbers =
        |number: fn(&Token<'_>) -> usize| doc.tokens().map(|t| json!(number(&t))).collect();
    let flags = |attr| {
        json!(
            doc.tokens()
                .map(|t| if t.flag(attr) { '1' } else { '0' })
                .collect::<String>()
        )
    };
    let mut extra: BTreeMap<&'static str, Value> = FLAGS
        .iter()
        .map(|(name, attr)| (*name, flags(*attr)))
        .collect();
    extra.insert("left_edge", numbers(|t| t.left_edge().i()));
    extra.insert("right_edge", numbers(|t| t.right_edge().i()));
    extra.insert("n_lefts", numbers(|t| t.n_lefts()));
    extra.insert("n_rights", numbers(|t| t.n_rights()));
    if doc
        .tokens()
        .any(|t| !t.ent_id().is_empty() || !t.ent_kb_id().is_empty())
    {
        let ids = doc.tokens().map(|t| json!([t.ent_id(), t.ent_kb_id()]));
        extra.insert("ids", ids.collect());
    }
    if doc.cats().len() > 0 {
        let cats = doc
            .cats()
            .map(|(label, score)| (label.to_owned(), json!(score)));
        extra.insert("cats", cats.collect());
    }
    if doc.span_groups().len() > 0 {
        let groups = doc.span_groups().map(|group| {
            let score = |i: usize| json!(group.scores().and_then(|scores| scores.get(i)));
            let spans = group
                .spans()
                .enumerate()
                .map(|(i, s)| json!([s.start(), s.end(), s.label(), s.id(), s.kb_id(), score(i)]));
            (group.key().to_owned(), spans.collect::<Value>())
        });
        extra.insert("spans", groups.collect());
    }
    if let Ok(chunks) = doc.noun_chunks() {
        let chunks = chunks
            .iter()
            .map(|c| json!([c.start(), c.end(), c.label()]))
            .collect();
        extra.insert("noun_chunks", chunks);
    }
    extra
}

/// Whether two values are equal, scores to 1e-5.
fn same(ours: &Value, expected: &Value) -> bool {
    match (ours, expected) {
        (Value::Number(a), Value::Number(b)) if a.is_f64() || b.is_f64() => {
            (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() <= 1e-5
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.keys().eq(b.keys()) && a.values().zip(b.values()).all(|(a, b)| same(a, b))
        }
        _ => ours == expected,
    }
}

fn lines(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/golden")
        .join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.split('\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn replay(nlp: &Language, name: &str) {
    let golden = &lines(&format!("{name}.jsonl"))[1..];
    let golden_extra = lines(&format!("{name}.extra.jsonl"));
    assert_eq!(golden.len(), golden_extra.len());
    let mut differing: BTreeMap<&str, usize> = BTreeMap::new();
    let mut tokens = 0;
    for (expected, expected_extra) in golden.iter().zip(&golden_extra) {
        let text = expected["text"].as_str().unwrap();
        let doc = nlp.parse(text).unwrap();
        let rows = expected["tokens"].as_array().unwrap();
        let words: Vec<&str> = rows
            .iter()
            .map(|row| row["text"].as_str().unwrap())
            .collect();
        assert_eq!(
            doc.tokens().map(|t| t.text()).collect::<Vec<_>>(),
            words,
            "tokens of {text:?}"
        );
        tokens += rows.len();
        let mut equal = true;
        for (token, row) in doc.tokens().zip(rows) {
            for name in LEXICAL {
                assert_eq!(
                    field(&token, name),
                    row[name],
                    "{name} of {token:?} in {text:?}"
                );
            }
            for name in ANNOTATIONS {
                let ours = field(&token, name);
                if ours != row[name] {
                    eprintln!(
                        "{name} of {token:?} is {ours}, in spaCy {}, in {text:?}",
                        row[name]
                    );
                    *differing.entry(name).or_default() += 1;
                    equal = false;
                }
            }
        }
        let extra = extra(&doc);
        for (name, _) in FLAGS {
            assert_eq!(extra[name], expected_extra[name], "{name} of {text:?}");
        }
        // What is made from the annotations can be equal only where they are.
        if equal {
            let (ents, sents) = spans(&doc);
            assert_eq!(ents, expected["ents"], "entities of {text:?}");
            assert_eq!(sents, expected["sents"], "sentences of {text:?}");
            for (name, expected) in expected_extra.as_object().unwrap() {
                let ours = extra.get(name.as_str()).unwrap_or(&Value::Null);
                assert!(
                    same(ours, expected),
                    "{name} of {text:?} is {ours}, in spaCy {expected}"
                );
            }
        }
    }
    for (name, count) in differing {
        assert!(
            count <= 1.max(tokens / 10_000),
            "{name} of {count} of {tokens} tokens differs from spaCy's"
        );
    }
}

fn replay_json(nlp: &Language, name: &str) {
    for expected in lines(&format!("{name}.to_json.jsonl")) {
        let doc = nlp.parse(expected["text"].as_str().unwrap()).unwrap();
        assert_eq!(doc.to_json(), expected);
    }
}

fn toy(name: &str) -> Language {
    Language::load(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/data/pipelines")
            .join(name),
    )
    .unwrap()
}

#[test]
fn the_english_pipeline_says_what_spacy_says() {
    replay(&models::english().unwrap(), "en_ewt_sm");
}

#[test]
fn a_german_pipeline_of_other_architectures_says_what_spacy_says() {
    replay(&toy("de_toy"), "de_toy");
}

#[test]
fn a_turkish_pipeline_with_components_twice_says_what_spacy_says() {
    replay(&toy("tr_toy"), "tr_toy");
}

#[test]
fn an_arabic_pipeline_with_a_disabled_component_says_what_spacy_says() {
    replay(&toy("ar_toy"), "ar_toy");
}

#[test]
fn a_pipeline_that_merges_and_splits_tokens_and_searches_with_beams_says_what_spacy_says() {
    replay(&toy("en_shape"), "en_shape");
}

#[test]
fn a_chinese_pipeline_whose_words_pkuseg_finds_says_what_spacy_says() {
    replay(&toy("zh_toy"), "zh_toy");
}

#[test]
fn components_that_meet_labels_they_were_never_taught_say_what_spacy_says() {
    replay(&toy("xx_twice"), "xx_twice");
    let dir = turned("xx_twice");
    replay(&Language::load(&dir).unwrap(), "xx_twice_turned");
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_pipeline_that_classifies_and_links_says_what_spacy_says() {
    replay(&toy("xx_classes"), "xx_classes");
}

#[test]
fn documents_without_tokens_have_categories_of_zero_and_groups_without_spans_alone_and_in_a_batch()
{
    let nlp = toy("xx_classes");
    let batch = nlp.parse_batch(&["", "Some words", " "]);
    let alone = nlp.parse("").unwrap();
    for doc in [&alone, batch[0].as_ref().unwrap()] {
        assert_eq!(doc.cats().len(), 7);
        assert!(doc.cats().all(|(_, score)| score == 0.0));
        let groups = doc.span_groups().map(|group| (group.key(), group.len()));
        let expected = [("found", 0), ("sc", 0), ("single", 0)];
        assert_eq!(groups.collect::<Vec<_>>(), expected);
    }
    let space = batch[2].as_ref().unwrap();
    assert!(space.cats().all(|(_, score)| score > 0.0));
}

/// A copy of a pipeline in which the recognisers run in the other order, and the parsers too.
fn turned(name: &str) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/pipelines")
        .join(name);
    let to = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("{name}_turned-{}", std::process::id()));
    for dir in ["", "names", "other names", "tree", "other tree", "vocab"] {
        std::fs::create_dir_all(to.join(dir)).unwrap();
        for entry in std::fs::read_dir(from.join(dir)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let file = path.file_name().unwrap();
                std::fs::copy(&path, to.join(dir).join(file)).unwrap();
            }
        }
    }
    let config = to.join("config.cfg");
    let before = std::fs::read_to_string(&config).unwrap();
    let after = before.replace(
        r#"["names", "other names", "tree", "other tree"]"#,
        r#"["other names", "names", "other tree", "tree"]"#,
    );
    assert_ne!(before, after);
    std::fs::write(config, after).unwrap();
    to
}

#[test]
fn a_batch_says_what_each_text_alone_says() {
    let nlp = models::english().unwrap();
    let golden = lines("en_ewt_sm.jsonl");
    let texts: Vec<&str> = golden[1..]
        .iter()
        .map(|doc| doc["text"].as_str().unwrap())
        .collect();
    for (text, doc) in texts.iter().zip(nlp.parse_batch(&texts)) {
        let (alone, together) = (nlp.parse(text).unwrap(), doc.unwrap());
        assert_eq!(alone.to_json(), together.to_json());
    }
}

#[test]
fn a_document_as_json_has_the_form_of_spacys() {
    replay_json(&models::english().unwrap(), "en_ewt_sm");
    replay_json(&toy("de_toy"), "de_toy");
    replay_json(&toy("ar_toy"), "ar_toy");
}
