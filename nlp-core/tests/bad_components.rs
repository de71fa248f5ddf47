//! Components and tokenizers with something wrong in their files or settings: the error names both.

mod spoilt;

use std::fs;

use spoilt::{Copy, change_cfg, error_of, with_config};

#[test]
fn a_tokenizer_that_needs_other_software_is_refused_by_what_is_missing() {
    for (name, software) in [
        ("spacy.ja.JapaneseTokenizer", "SudachiPy"),
        ("spacy.ko.KoreanTokenizer", "mecab-ko"),
        ("spacy.th.ThaiTokenizer", "PyThaiNLP"),
        ("my.Tokenizer.v1", "my.Tokenizer.v1"),
    ] {
        let copy = with_config("foreign", |config| {
            config.replace("spacy.Tokenizer.v1", name)
        });
        let error = error_of(&copy.0).to_string();
        for part in ["nlp.tokenizer", name, software, "config.cfg"] {
            assert!(error.contains(part), "{error}");
        }
    }
}

#[test]
fn a_beam_that_cannot_be_searched_is_refused_by_its_setting() {
    let copy = Copy::of("en_shape", "beam");
    let cfg = copy.0.join("beam_parser/cfg");
    let content = fs::read(&cfg).unwrap();
    for (key, value) in [
        ("beam_width", serde_json::json!(0)),
        ("beam_width", serde_json::json!(-4)),
        ("beam_width", serde_json::json!(2.5)),
        ("beam_width", serde_json::json!(1_u64 << 40)),
        ("beam_width", serde_json::json!(null)),
        ("beam_density", serde_json::json!(1.5)),
        ("beam_density", serde_json::json!("0")),
    ] {
        change_cfg(&cfg, |cfg| cfg[key] = value.clone());
        let error = error_of(&copy.0).to_string();
        let says = error.contains(key) && error.contains(cfg.to_str().unwrap());
        assert!(says, "{value}: {error}");
        fs::write(&cfg, &content).unwrap();
    }
}

#[test]
fn a_sentencizer_and_a_token_splitter_are_told_what_is_wrong_with_their_files() {
    let copy = Copy::of("en_shape", "shape");
    for (file, content, reason) in [
        ("sentencizer.json", "[]", "no JSON object"),
        ("sentencizer.json", "{\"punct_chars\": [1]}", "not text"),
        ("sentencizer.json", "{\"punct_chars\": 1}", "no list"),
        (
            "token_splitter/cfg",
            "{\"min_length\": 1.5}",
            "whole number",
        ),
    ] {
        let path = copy.0.join(file);
        let before = fs::read(&path).unwrap();
        fs::write(&path, content).unwrap();
        let error = error_of(&copy.0).to_string();
        let says = error.contains(file) && error.contains(reason);
        assert!(says, "{error}");
        fs::write(&path, before).unwrap();
    }
    fs::remove_file(copy.0.join("sentencizer.json")).unwrap();
    assert!(error_of(&copy.0).to_string().contains("sentencizer.json"));
}
