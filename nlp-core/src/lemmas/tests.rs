//! Each language's lemmas with tiny tables, compared with spaCy's.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Lemmatize, Word, default_mode, load};
use crate::frozen::Walk;
use crate::pos::Pos;

/// A line of `golden/lemmas.jsonl`, which tools/make_lemma_golden.py writes.
#[derive(Deserialize)]
struct Golden {
    lang: String,
    mode: String,
    tables: Value,
    /// Text, part of speech, features, whether a sentence starts, lemma.
    words: Vec<(String, String, String, bool, String)>,
}

/// JSON as MessagePack, for the few kinds of values that tables have.
fn pack(value: &Value, bytes: &mut Vec<u8>) {
    let length = |marker: u8, len: usize, bytes: &mut Vec<u8>| {
        bytes.push(marker);
        bytes.extend(u32::try_from(len).unwrap().to_be_bytes());
    };
    match value {
        Value::Null => bytes.push(0xc0),
        Value::String(text) => {
            length(0xdb, text.len(), bytes);
            bytes.extend(text.as_bytes());
        }
        Value::Array(items) => {
            length(0xdd, items.len(), bytes);
            items.iter().for_each(|item| pack(item, bytes));
        }
        Value::Object(entries) => {
            length(0xdf, entries.len(), bytes);
            for (key, value) in entries {
                pack(&Value::String(key.clone()), bytes);
                pack(value, bytes);
            }
        }
        _ => panic!("{value} in a table"),
    }
}

fn packed(tables: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    pack(tables, &mut bytes);
    bytes
}

fn loaded(lang: &str, mode: &str, tables: &Value) -> Box<dyn Lemmatize> {
    let loaded = load(lang, mode, &packed(tables));
    loaded.expect("the language has the mode").unwrap()
}

fn refusal(lang: &str, mode: &str, tables: &Value) -> String {
    let loaded = load(lang, mode, &packed(tables));
    loaded.unwrap().err().expect("it is refused").reason
}

fn word<'t>(text: &'t str, pos: Pos, morph: &'t str) -> Word<'t> {
    Word {
        text,
        pos,
        morph: Some(morph),
        starts_sentence: false,
    }
}

#[test]
fn lemmas_are_those_that_spacy_finds() {
    let mut modes = Vec::new();
    for line in include_str!("golden/lemmas.jsonl").lines() {
        let golden: Golden = serde_json::from_str(line).unwrap();
        let lemmas = loaded(&golden.lang, &golden.mode, &golden.tables);
        for (text, pos, morph, starts_sentence, lemma) in &golden.words {
            let word = Word {
                text,
                pos: Pos::from_name(pos).unwrap(),
                morph: (!morph.is_empty()).then_some(morph.as_str()),
                starts_sentence: *starts_sentence,
            };
            let found = lemmas.lemma(word);
            assert_eq!(found, *lemma, "{} {}: {word:?}", golden.lang, golden.mode);
        }
        modes.push(golden.mode);
    }
    for mode in ["rule", "lookup", "pos_lookup"] {
        assert!(modes.iter().any(|m| m == mode), "{mode}");
    }
}

#[test]
fn tables_are_all_that_a_lemmatizer_holds() {
    for line in include_str!("golden/lemmas.jsonl").lines() {
        let golden: Golden = serde_json::from_str(line).unwrap();
        let lemmas = loaded(&golden.lang, &golden.mode, &golden.tables);
        let walk = Walk::over(&*lemmas);
        if golden.lang != "ht" {
            assert!(Walk::measure(&*lemmas) > 100, "{}", golden.lang);
        }
        let again = loaded(&golden.lang, &golden.mode, &golden.tables);
        assert_eq!(Walk::over(&*again).fingerprint(), walk.fingerprint());
    }
}

#[test]
fn a_missing_table_is_named() {
    for (lang, mode, has, missing) in [
        ("en", "rule", "lemma_exc", "lemma_rules"),
        ("fr", "rule", "lemma_rules", "lemma_lookup"),
        ("es", "rule", "lemma_rules", "lemma_rules_groups"),
        ("ht", "rule", "lemma_lookup", "lemma_rules"),
        ("de", "lookup", "lemma_rules", "lemma_lookup"),
        ("pl", "pos_lookup", "lemma_lookup_adj", "lemma_lookup_adp"),
    ] {
        let reason = refusal(lang, mode, &json!({ has: {} }));
        let table = format!("the table \"{missing}\" is missing");
        assert!(reason.contains(&table), "{lang}: {reason}");
    }
    let none = load("sv", "rule", b"").unwrap().err().unwrap().reason;
    assert!(none.contains("lemma_rules"), "{none}");
}

#[test]
fn tables_of_the_wrong_kind_are_refused_by_name() {
    for (tables, expected) in [
        (
            json!({"lemma_rules": {"noun": "s"}}),
            "\"lemma_rules\": a list of rules was expected",
        ),
        (
            json!({"lemma_rules": {"noun": [["s"]]}}),
            "found a list of 1",
        ),
        (
            json!({"lemma_rules": {}, "lemma_exc": {"verb": ["was"]}}),
            "\"lemma_exc\": a map from words",
        ),
        (
            json!({"lemma_rules": {}, "lemma_exc": {"verb": {"was": [null]}}}),
            "text was expected, found nothing",
        ),
        (
            json!({"lemma_rules": {}, "lemma_index": {"verb": "be"}}),
            "a list of words was expected",
        ),
    ] {
        let reason = refusal("en", "rule", &tables);
        assert!(reason.contains(expected), "{reason}");
    }
    let regex = json!({"lemma_rules": {"accents": [["[áä]", "a"]]}, "lemma_rules_groups": {}, "lemma_index": {}, "lemma_exc": {}});
    assert!(refusal("es", "rule", &regex).contains("is a regular expression"));
}

#[test]
fn tables_that_the_mode_does_not_read_may_hold_anything() {
    let tables =
        json!({"lemma_lookup": {"x": "y"}, "lemma_rules": {"noun": [null]}, "mine": {"a": null}});
    let lemmas = loaded("en", "lookup", &tables);
    assert_eq!(lemmas.lemma(word("x", Pos::X, "_")), "y");
}

#[test]
fn languages_have_the_modes_of_their_classes_alone() {
    for (lang, mode) in [
        ("en", "pos_lookup"),
        ("xx", "rules"),
        ("de", "_pymorphy"),
        ("ga", ""),
    ] {
        assert!(load(lang, mode, b"").is_none(), "{lang} {mode}");
    }
    assert_eq!(default_mode("en"), "rule");
    assert_eq!(default_mode("pl"), "pos_lookup");
    assert_eq!(default_mode("de"), "lookup");
}

#[test]
fn english_words_that_are_lemmas_by_their_features_are_lowered_alone() {
    let tables = json!({"lemma_rules": {"noun": [["s", ""]], "verb": [["s", ""]]}, "lemma_index": {"noun": ["clas"]}});
    let lemmas = loaded("en", "rule", &tables);
    let lemma = |text, pos, morph| lemmas.lemma(word(text, pos, morph)).into_owned();
    assert_eq!(lemma("Class", Pos::Noun, "Number=Plur"), "clas");
    assert_eq!(lemma("Class", Pos::Noun, "Number=Sing"), "class");
    assert_eq!(
        lemma("Pass", Pos::Verb, "Number=Sing|Tense=Pres|VerbForm=Fin"),
        "pas"
    );
    assert_eq!(lemma("Pass", Pos::Verb, "Tense=Pres|VerbForm=Fin"), "pass");
    assert_eq!(lemma("Paris", Pos::Propn, "Number=Sing"), "Paris");
}

#[test]
fn the_last_of_what_the_index_knows_and_the_last_exception_come_first() {
    let tables = json!({
        "lemma_rules": {"noun": [["s", ""], ["es", ""], ["es", "is"]]},
        "lemma_index": {"noun": ["axe", "ax", "axis"]},
        "lemma_exc": {"noun": {"boxes": ["box", "bax"], "oxes": "abca"}},
    });
    let lemmas = loaded("sv", "rule", &tables);
    let lemma = |text| lemmas.lemma(word(text, Pos::Noun, "_")).into_owned();
    assert_eq!(lemma("axes"), "axis");
    assert_eq!(lemma("boxes"), "bax");
    assert_eq!(lemma("foxes"), "foxe");
    // A text in place of a list is a list of its characters, to Python.
    assert_eq!(lemma("oxes"), "c");
}

#[test]
fn a_word_of_a_million_letters_takes_no_more_than_the_letters() {
    let long = "e".repeat(1_000_000);
    let rules = json!([["e", "i"], ["", "ar"]]);
    let tables = json!({
        "lemma_rules": {"": rules, "voc_alt_1": [["e", "ie"]], "voc_alt_2": [["e", "ie"]], "accents": [["é", "e"]]},
        "lemma_rules_groups": {}, "lemma_exc": {}, "lemma_index": {"verb": ["poder"]},
    });
    let lemmas = loaded("es", "rule", &tables);
    assert_eq!(lemmas.lemma(word(&long, Pos::Verb, "_")).len(), 1_000_000);
    let tables = json!({"lemma_rules": {"verb": rules}, "lemma_index": {"verb": ["poder"]}});
    let lemmas = loaded("en", "rule", &tables);
    assert_eq!(lemmas.lemma(word(&long, Pos::Verb, "_")).len(), 1_000_000);
}
