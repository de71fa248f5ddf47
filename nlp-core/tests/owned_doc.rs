//! Documents that leave their zone: as plain data, as JSON, and back.

use std::path::Path;
use std::sync::LazyLock;

use nlp_core::{Language, OwnedDoc, Pos, models};
use proptest::prelude::*;
use serde_json::{Value, json};

static NLP: LazyLock<Language> = LazyLock::new(|| models::english().unwrap());

/// What spaCy's `Doc.to_json` wrote of texts in three pipelines.
fn golden() -> Vec<(String, Value)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden");
    let files = ["en_ewt_sm", "de_toy", "ar_toy"].map(|name| {
        let path = dir.join(format!("{name}.to_json.jsonl"));
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    });
    let lines = files.iter().flat_map(|file| file.split('\n'));
    lines
        .filter(|line| !line.is_empty())
        .map(|line| (line.to_owned(), serde_json::from_str(line).unwrap()))
        .collect()
}

/// A small document, annotated throughout, whose offsets in code points and in bytes differ.
fn sample() -> Value {
    json!({
        "text": "Zoë ran. ☃ too",
        "ents": [{"start": 0, "end": 3, "label": "PER"}],
        "sents": [{"start": 0, "end": 8}, {"start": 9, "end": 14}],
        "tokens": [
            {"id": 0, "start": 0, "end": 3, "tag": "NNP", "pos": "PROPN", "morph": "Number=Sing", "lemma": "Zoë", "dep": "nsubj", "head": 1},
            {"id": 1, "start": 4, "end": 7, "tag": "VBD", "pos": "VERB", "morph": "Tense=Past", "lemma": "run", "dep": "ROOT", "head": 1},
            {"id": 2, "start": 7, "end": 8, "tag": ".", "pos": "PUNCT", "morph": "", "lemma": ".", "dep": "punct", "head": 1},
            {"id": 3, "start": 9, "end": 10, "tag": "SYM", "pos": "SYM", "morph": "", "lemma": "☃", "dep": "ROOT", "head": 3},
            {"id": 4, "start": 11, "end": 14, "tag": "RB", "pos": "", "morph": "", "lemma": "too", "dep": "advmod", "head": 3},
        ],
    })
}

fn read(json: &Value) -> Result<OwnedDoc, String> {
    serde_json::from_value(json.clone()).map_err(|e| e.to_string())
}

/// The error that reading the sample ends in once `change` has spoilt it.
fn refusal(change: impl FnOnce(&mut Value)) -> String {
    let mut json = sample();
    change(&mut json);
    read(&json).expect_err("what was spoilt is refused")
}

#[test]
fn heads_that_go_in_a_circle_are_read_as_two_parsers_leave_them() {
    let circle = r#"{"text":"a b","tokens":[{"id":0,"start":0,"end":1,"dep":"x","head":1},{"id":1,"start":2,"end":3,"dep":"x","head":0}]}"#;
    let read: OwnedDoc = serde_json::from_str(circle).unwrap();
    let heads: Vec<_> = read.tokens.iter().map(|token| token.head).collect();
    assert_eq!(heads, [Some(1), Some(0)]);

    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pipelines/xx_twice");
    let nlp = Language::load(dir).unwrap();
    let doc = nlp.parse("Ada sah 1843 Berlin.  Don't!").unwrap();
    let json = doc.to_json();
    let again: OwnedDoc = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&again).unwrap(), json);
    let ends_at_a_root = |token: nlp_core::Token<'_>| {
        let mut at = token;
        (0..doc.len()).any(|_| {
            let is_root = at.head().i() == at.i();
            at = at.head();
            is_root
        })
    };
    assert!(
        !doc.tokens().all(ends_at_a_root),
        "no circle: the text says nothing of this"
    );
}

#[test]
fn what_spacy_wrote_reads_into_a_document_and_is_written_the_same() {
    let golden = golden();
    assert!(golden.len() > 10);
    for (line, value) in &golden {
        let doc: OwnedDoc = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert_eq!(&serde_json::to_value(&doc).unwrap(), value);
    }
}

#[test]
fn a_document_and_its_owned_copy_and_their_json_say_the_same() {
    for text in ["", " ", "Zoë saw 3 ☃ in New York.  She left."] {
        let doc = NLP.parse(text).unwrap();
        let owned = doc.to_owned();
        assert_eq!(doc.to_json(), serde_json::to_value(&owned).unwrap());
        assert_eq!(doc.to_json(), serde_json::to_value(&doc).unwrap());
        let line = serde_json::to_string(&doc).unwrap();
        assert_eq!(serde_json::from_str::<OwnedDoc>(&line).unwrap(), owned);
        assert_eq!(OwnedDoc::from(&doc), owned);
        assert!(doc.tokens().map(|t| t.text()).eq(owned.token_texts()));
        assert!(doc.sents().map(|s| s.text()).eq(owned.sent_texts()));
        let ents: Vec<&str> = doc.ents().iter().map(|e| e.text()).collect();
        assert!(ents.into_iter().eq(owned.ent_texts()));
    }
}

#[test]
fn an_owned_document_outlives_zone_pipeline_and_thread() {
    let owned = std::thread::spawn(|| {
        let nlp = models::english().unwrap();
        nlp.memory_zone(|zone| zone.parse("Ada ran.").unwrap().to_owned())
    })
    .join()
    .unwrap();
    assert_eq!(owned.text, "Ada ran.");
    assert_eq!(owned.token_texts().collect::<Vec<_>>(), ["Ada", "ran", "."]);
    assert_eq!(owned.tokens[2].pos, Some(Pos::Punct));
}

#[test]
fn what_is_not_annotated_is_absent() {
    let owned = NLP.tokenize("Only tokens here.").unwrap().to_owned();
    let expected = json!({"text": "Only tokens here.", "tokens": [
        {"id": 0, "start": 0, "end": 4}, {"id": 1, "start": 5, "end": 11},
        {"id": 2, "start": 12, "end": 16}, {"id": 3, "start": 16, "end": 17},
    ]});
    assert_eq!(serde_json::to_value(&owned).unwrap(), expected);
    assert_eq!((&owned.ents, &owned.sents), (&None, &None));
    assert_eq!(owned.ent_texts().count(), 0);
}

#[test]
fn user_data_is_carried_under_the_name_of_spacys_custom_attributes() {
    let mut doc = NLP.parse("Ada ran.").unwrap();
    assert!(doc.to_json().get("_").is_none());
    doc.user_data.insert("source".into(), json!({"page": 7}));
    assert_eq!(doc.to_json()["_"], json!({"source": {"page": 7}}));
    let owned: OwnedDoc = serde_json::from_value(doc.to_json()).unwrap();
    assert_eq!(owned.user_data, doc.user_data);
}

#[test]
fn categories_span_groups_and_custom_attributes_that_spacy_wrote_are_carried() {
    let mut json = sample();
    json["cats"] = json!({"sport": 0.75});
    json["spans"] = json!({"sc": [{"start": 0, "end": 7, "label": "X", "kb_id": "Q1"}]});
    json["_"] = json!({"source": "web"});
    json["underscore_token"] = json!({"seen": [{"start": 4, "value": true}]});
    json["underscore_span"] = json!({"sure": [{"start": 0, "end": 7, "value": 0.5}]});
    let doc = read(&json).unwrap();
    assert_eq!(doc.cats["sport"], 0.75);
    assert_eq!(doc.spans["sc"][0].kb_id, "Q1");
    assert_eq!(serde_json::to_value(&doc).unwrap(), json);
}

#[test]
fn texts_are_found_by_code_points() {
    let doc = read(&sample()).unwrap();
    assert_eq!(
        doc.token_texts().collect::<Vec<_>>(),
        ["Zoë", "ran", ".", "☃", "too"]
    );
    assert_eq!(doc.token_text(3), Some("☃"));
    assert_eq!(doc.token_text(5), None);
    assert_eq!(doc.sent_texts().collect::<Vec<_>>(), ["Zoë ran.", "☃ too"]);
    assert_eq!(doc.ent_texts().collect::<Vec<_>>(), ["Zoë"]);
    assert_eq!(doc.text_between(2, 5), Some("ë r"));
    assert_eq!(doc.text_between(14, 14), Some(""));
    assert_eq!(doc.text_between(14, 15), None);
    assert_eq!(doc.text_between(5, 2), None);
}

#[test]
fn offsets_that_lead_out_of_the_text_are_refused() {
    assert_eq!(
        refusal(|json| json["tokens"][4]["end"] = json!(15)),
        "tokens[4]: \"end\" is 15, and the text has 14 code points"
    );
    assert_eq!(
        refusal(|json| json["tokens"][1]["start"] = json!(-4)),
        "tokens[1]: \"start\" is -4, and must not be negative"
    );
    assert_eq!(
        refusal(|json| json["tokens"][1]["start"] = json!(8)),
        "tokens[1]: \"start\" is 8, not before \"end\", which is 7"
    );
    assert_eq!(
        refusal(|json| json["tokens"][2]["start"] = json!(6)),
        "tokens[2]: \"start\" is 6, and the token before it ends at 7"
    );
    assert_eq!(
        refusal(|json| json["sents"][1]["end"] = json!(u32::MAX)),
        "sents[1]: \"end\" is 4294967295, and the text has 14 code points"
    );
    assert_eq!(
        refusal(|json| json["ents"][0]["end"] = json!(-1)),
        "ents[0]: \"end\" is -1, and must not be negative"
    );
}

#[test]
fn heads_and_numbers_of_tokens_that_do_not_exist_are_refused() {
    assert_eq!(
        refusal(|json| json["tokens"][2]["head"] = json!(5)),
        "tokens[2]: \"head\" is 5, and there are 5 tokens"
    );
    assert_eq!(
        refusal(|json| json["tokens"][2]["head"] = json!(-1)),
        "tokens[2]: \"head\" is -1, and must not be negative"
    );
    assert_eq!(
        refusal(|json| json["tokens"][2]["id"] = json!(3)),
        "tokens[2]: \"id\" is 3, and tokens are numbered from 0"
    );
}

#[test]
fn spans_that_cut_a_token_or_overlap_are_refused() {
    assert_eq!(
        refusal(|json| json["ents"][0]["end"] = json!(5)),
        "ents[0]: no tokens start at 0 and end at 5"
    );
    assert_eq!(
        refusal(|json| json["sents"][1]["start"] = json!(8)),
        "sents[1]: no tokens start at 8 and end at 14"
    );
    assert_eq!(
        refusal(|json| json["ents"][0]["label"] = json!("")),
        "ents[0]: has no \"label\""
    );
    assert_eq!(
        refusal(|json| json["sents"].as_array_mut().unwrap().reverse()),
        "sents[1]: \"start\" is 0, and the one before it ends at 14"
    );
}

#[test]
fn attributes_of_some_tokens_alone_are_refused() {
    let remove = |json: &mut Value, i: usize, name: &str| {
        json["tokens"][i].as_object_mut().unwrap().remove(name);
    };
    assert_eq!(
        refusal(|json| remove(json, 1, "tag")),
        "tokens[1]: has no \"tag\", and tokens[0] has one"
    );
    assert_eq!(
        refusal(|json| remove(json, 0, "lemma")),
        "tokens[1]: has a \"lemma\", and tokens[0] has none"
    );
    assert_eq!(
        refusal(|json| (0..5).for_each(|i| remove(json, i, "dep"))),
        "tokens[0]: has a \"head\" without a \"dep\""
    );
}

#[test]
fn fields_of_another_kind_are_refused_with_their_place() {
    assert_eq!(
        refusal(|json| json["tokens"][3]["pos"] = json!("SNOW")),
        "tokens[3]: \"SNOW\" is no coarse part of speech such as \"NOUN\": other tags go into \"tag\""
    );
    assert_eq!(
        refusal(|json| json["tokens"][3]["lemma"] = json!(7)),
        "tokens[3]: invalid type: integer `7`, expected a string"
    );
    assert_eq!(
        refusal(|json| json["ents"] = json!("none")),
        "invalid type: string \"none\", expected \"ents\" to be a list"
    );
    assert_eq!(
        refusal(|json| json["tokens"][3] = json!({"id": 3, "end": 10})),
        "tokens[3]: missing field `start`"
    );
    let error = serde_json::from_str::<OwnedDoc>(
        "{\"text\": \"a\",\n \"tokens\": [{\"id\": 0, \"start\": 0, \"end\": -1}]}",
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "tokens[0]: \"end\" is -1, and must not be negative at line 2 column 45"
    );
}

#[test]
fn a_document_that_was_changed_by_hand_is_read_without_a_panic_and_checked_on_request() {
    let mut doc = read(&sample()).unwrap();
    doc.text.truncate("Zoë".len());
    assert!(doc.token_texts().eq(["Zoë", "", "", "", ""]));
    assert_eq!(doc.token_text(1), None);
    let error = doc.check().unwrap_err().to_string();
    assert_eq!(
        error,
        "tokens[1]: \"end\" is 7, and the text has 3 code points"
    );
}

/// Somewhere in the sample, and something to put there.
fn spoilt() -> impl Strategy<Value = Value> {
    let number = prop_oneof![-2i64..20, any::<i64>()].prop_map(Value::from);
    let value = prop_oneof![
        number,
        Just(json!("NOUN")),
        Just(Value::Null),
        Just(json!([{}]))
    ];
    let field = prop::sample::select(vec![
        "id", "start", "end", "tag", "pos", "head", "dep", "label",
    ]);
    let list = prop::sample::select(vec!["tokens", "ents", "sents"]);
    (list, 0usize..5, field, value).prop_map(|(list, i, field, value)| {
        let mut json = sample();
        if let Some(element) = json[list].get_mut(i) {
            element[field] = value;
        }
        json
    })
}

proptest! {
    #[test]
    fn whatever_the_json_says_it_is_refused_or_can_be_read_to_the_end(json in spoilt()) {
        if let Ok(doc) = read(&json) {
            prop_assert!(doc.check().is_ok());
            prop_assert_eq!(doc.token_texts().count(), doc.tokens.len());
            for (i, token) in doc.tokens.iter().enumerate() {
                prop_assert!(doc.token_text(i).is_some());
                prop_assert!(token.head.is_none_or(|head| head < doc.tokens.len()));
            }
            for ent in doc.ents.iter().flatten() {
                prop_assert!(doc.text_between(ent.start, ent.end).is_some());
            }
            let again = read(&serde_json::to_value(&doc).unwrap());
            prop_assert_eq!(again, Ok(doc));
        }
    }
}
