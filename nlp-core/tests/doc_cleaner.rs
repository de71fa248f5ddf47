//! `doc_cleaner` does what spaCy's does: sets attributes, skips what documents do not have, and warns unless silent.
//! What spaCy fails on with every document is an error when the pipeline is loaded.

mod spoilt;

use std::fs;
use std::path::{Path, PathBuf};

use nlp_core::{EntIob, Language};
use serde_json::{Value, json};
use spoilt::copy_dir;

/// A copy of a German pipeline that ends in a `doc_cleaner`; gone when it is dropped.
struct Pipeline(PathBuf);

impl Pipeline {
    fn new(test: &str) -> Pipeline {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("cleaner-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        let toy = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pipelines/de_toy");
        copy_dir(&toy, &dir);
        Pipeline(dir)
    }

    /// Loads the pipeline with the cleaner's settings as they stand in its file `cfg`.
    fn load(&self, cfg: Value) -> Result<Language, String> {
        fs::write(self.0.join("doc_cleaner/cfg"), cfg.to_string()).unwrap();
        Language::load(&self.0).map_err(|error| error.to_string())
    }

    /// Loads the pipeline with one attribute to clean, not silently.
    fn set(&self, attr: &str, value: Value) -> Result<Language, String> {
        self.load(json!({"attrs": {attr: value}, "silent": false}))
    }

    /// Replaces a piece of the configuration.
    fn configure(&self, from: &str, to: &str) {
        let path = self.0.join("config.cfg");
        let config = fs::read_to_string(&path).unwrap();
        assert!(config.contains(from), "{config}");
        fs::write(path, config.replacen(from, to, 1)).unwrap();
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn warnings(nlp: &Language) -> Vec<&str> {
    nlp.warnings().collect()
}

const TEXT: &str = "Angela Merkel besuchte am Montag die Stadt Köln.";

#[test]
fn the_tensor_is_dropped_when_it_is_set_to_nothing() {
    let pipeline = Pipeline::new("tensor");
    for nothing in [json!(null), json!([])] {
        let nlp = pipeline.set("tensor", nothing).unwrap();
        assert_eq!(nlp.parse(TEXT).unwrap().tensor().rows(), 0);
        assert!(warnings(&nlp).is_empty());
    }
    let nlp = pipeline.load(json!({"attrs": {}})).unwrap();
    let doc = nlp.parse(TEXT).unwrap();
    assert_eq!(doc.tensor().rows(), doc.len());
    let error = pipeline.set("tensor", json!([[0.5]])).unwrap_err();
    assert!(error.contains("\"tensor\" set to [[0.5]]"), "{error}");
}

#[test]
fn user_data_are_replaced_also_of_documents_without_tokens() {
    let pipeline = Pipeline::new("user-data");
    let nlp = pipeline.set("user_data", json!({"a": [1]})).unwrap();
    for text in [TEXT, ""] {
        let doc = nlp.parse(text).unwrap();
        assert_eq!(doc.user_data, [("a".to_owned(), json!([1]))].into());
    }
    let nlp = pipeline.set("user_data", json!(null)).unwrap();
    assert!(nlp.parse(TEXT).unwrap().user_data.is_empty());
    assert!(pipeline.set("user_data", json!([1])).is_err());
}

#[test]
fn entities_set_to_an_empty_list_leave_every_token_outside() {
    let pipeline = Pipeline::new("ents");
    let with = pipeline.load(json!({"attrs": {}})).unwrap();
    assert!(!with.parse(TEXT).unwrap().ents().is_empty());
    let nlp = pipeline.set("ents", json!([])).unwrap();
    let doc = nlp.parse(TEXT).unwrap();
    assert!(doc.ents().is_empty());
    let outside = |t: nlp_core::Token<'_>| t.ent_iob() == EntIob::Outside && t.ent_type() == "";
    assert!(doc.tokens().all(outside));
    let error = pipeline.set("ents", json!(null)).unwrap_err();
    assert!(error.contains("\"ents\" of documents to null"), "{error}");
}

#[test]
fn what_documents_do_not_have_is_skipped_with_a_warning_unless_silent() {
    let pipeline = Pipeline::new("unknown");
    let attrs = json!({
        "nope": 1, "_.custom": 2, "_.a.b": 3, "a.b": 4, "": 5, "user_data.key": 6, "tensor": null,
    });
    let nlp = pipeline
        .load(json!({"attrs": attrs, "silent": false}))
        .unwrap();
    let told = warnings(&nlp);
    assert_eq!(told.len(), 6);
    for attr in ["nope", "_.custom", "_.a.b", "a.b", "", "user_data.key"] {
        let of_attr = |warning: &&&str| {
            warning.contains("component \"doc_cleaner\"")
                && warning.contains(&format!("\"{attr}\""))
        };
        assert_eq!(told.iter().filter(of_attr).count(), 1, "{attr}: {told:?}");
    }
    // What comes after an unknown attribute is cleaned all the same.
    assert_eq!(nlp.parse(TEXT).unwrap().tensor().rows(), 0);
    for silent in [
        json!({"attrs": attrs, "silent": true}),
        json!({"attrs": attrs}),
    ] {
        assert!(warnings(&pipeline.load(silent).unwrap()).is_empty());
    }
}

#[test]
fn attributes_that_no_document_here_has_are_set_without_a_word() {
    let pipeline = Pipeline::new("no-effect");
    let expected = pipeline.load(json!({"attrs": {}})).unwrap();
    let attrs = json!({
        "cats": {}, "sentiment": 0.5, "user_hooks": {}, "user_token_hooks": null, "has_unknown_spaces": true,
        "_context": "x", "_vector": null, "vector_norm": null,
    });
    let nlp = pipeline
        .load(json!({"attrs": attrs, "silent": false}))
        .unwrap();
    assert!(warnings(&nlp).is_empty());
    let json = |nlp: &Language| nlp.parse(TEXT).unwrap().to_json();
    assert_eq!(json(&nlp), json(&expected));
}

#[test]
fn what_spacy_fails_on_while_it_runs_is_an_error_when_it_is_loaded() {
    let pipeline = Pipeline::new("fails");
    let fails = [
        ("text", json!("x")),
        ("spans", json!({})),
        ("to_json", json!(null)),
        ("_", json!(null)),
        ("_.get", json!(null)),
        ("user_data.keys", json!(null)),
        ("sentiment", json!(null)),
        ("user_hooks", json!([])),
    ];
    for (attr, value) in fails {
        let error = pipeline.set(attr, value).unwrap_err();
        let expected = format!("component \"doc_cleaner\" cannot set \"{attr}\" of documents to ");
        assert!(error.contains(&expected), "{error}");
        assert!(error.contains("cfg"), "{error}");
    }
    for (attr, value) in [
        ("cats", json!({"a": 1})),
        ("tensor.shape", json!(1)),
        ("__class__", json!(1)),
    ] {
        let error = pipeline.set(attr, value).unwrap_err();
        assert!(error.contains("does not run"), "{error}");
    }
    let error = pipeline.load(json!({"attrs": ["tensor"]})).unwrap_err();
    assert!(error.contains("\"attrs\" is no object"), "{error}");
}

#[test]
fn a_listener_after_the_tensor_was_dropped_is_an_error_unless_it_is_made_anew() {
    const PIPELINE: &str = "pipeline = [\"tok2vec\", \"senter\", \"tagger\", \"morphologizer\", \"parser\", \"trainable_lemmatizer\", \"ner\", \"doc_cleaner\"]";
    let order = |names: &[&str]| format!("pipeline = {}", json!(names));

    let pipeline = Pipeline::new("order");
    pipeline.configure(PIPELINE, &order(&["tok2vec", "doc_cleaner", "tagger"]));
    let error = pipeline.set("tensor", json!(null)).unwrap_err();
    assert!(
        error.ends_with(
            "component \"tagger\" needs the tensor that \"doc_cleaner\" has dropped before it: put \"doc_cleaner\" after it"
        ),
        "{error}"
    );
    assert!(pipeline.set("user_data", json!({})).is_ok());

    let pipeline = Pipeline::new("order-anew");
    pipeline.configure(PIPELINE, &order(&["doc_cleaner", "tok2vec", "tagger"]));
    let nlp = pipeline.set("tensor", json!(null)).unwrap();
    let doc = nlp.parse(TEXT).unwrap();
    assert_eq!(doc.tensor().rows(), doc.len());
}

#[test]
fn without_a_file_the_configuration_counts_and_spacys_defaults_with_it() {
    let pipeline = Pipeline::new("config");
    fs::remove_file(pipeline.0.join("doc_cleaner/cfg")).unwrap();
    pipeline.configure(
        "[components.doc_cleaner.attrs]\ntensor = null\n_.trf_data = null\n",
        "[components.doc_cleaner.attrs]\nuser_data = {\"a\":1}\n",
    );
    let nlp = Language::load(&pipeline.0).unwrap();
    let doc = nlp.parse(TEXT).unwrap();
    assert_eq!(doc.tensor().rows(), 0);
    assert_eq!(doc.user_data["a"], 1);
    assert!(warnings(&nlp).is_empty());
    pipeline.configure(
        "factory = \"doc_cleaner\"\nsilent = true",
        "factory = \"doc_cleaner\"\nsilent = false",
    );
    let nlp = Language::load(&pipeline.0).unwrap();
    assert_eq!(warnings(&nlp).len(), 1, "{:?}", warnings(&nlp));
    assert!(warnings(&nlp)[0].contains("\"_.trf_data\""));
}
