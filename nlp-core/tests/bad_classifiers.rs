//! What is wrong with a classifier, a span categorizer or a linker is said when the pipeline is loaded: the component,
//! the setting and the file.

mod spoilt;

use std::fs;
use std::path::{Path, PathBuf};

use nlp_core::Language;
use spoilt::copy_dir;

/// A copy of the pipeline that classifies and links; gone when it is dropped.
struct Pipeline(PathBuf);

impl Pipeline {
    fn new(test: &str) -> Pipeline {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("classifiers-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        let toy = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pipelines/xx_classes");
        copy_dir(&toy, &dir);
        Pipeline(dir)
    }

    /// The error of the pipeline with one change of one of its text files.
    fn error_with(&self, file: &str, from: &str, to: &str) -> String {
        let path = self.0.join(file);
        let before = fs::read_to_string(&path).unwrap();
        assert!(before.contains(from), "{before}");
        fs::write(&path, before.replacen(from, to, 1)).unwrap();
        let error = Language::load(&self.0).unwrap_err().to_string();
        fs::write(&path, before).unwrap();
        error
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn code_of_others_is_refused_by_its_name() {
    let pipeline = Pipeline::new("code");
    for (from, to) in [
        ("spacy.ngram_suggester.v1", "my.suggester.v1"),
        ("spacy.CandidateGenerator.v1", "my.candidates.v1"),
        ("spacy.EmptyKB.v2", "my.kb.v1"),
        ("spacy.LinearLogistic.v1", "my.layer.v1"),
        ("spacy.mean_max_reducer.v1", "my.reducer.v1"),
        ("spacy.TextCatEnsemble.v2", "my.classifier.v1"),
    ] {
        let error = pipeline.error_with("config.cfg", from, to);
        assert!(error.contains("config.cfg: component"), "{error}");
        assert!(error.contains(to), "{error}");
    }
}

#[test]
fn settings_that_make_no_sense_are_named_with_their_file() {
    let pipeline = Pipeline::new("settings");
    for (file, from, to, place) in [
        (
            "config.cfg",
            "sizes = [2, 1]",
            "sizes = [2, 0]",
            "[components.spancat.suggester] sizes",
        ),
        (
            "config.cfg",
            "n_sents = 1",
            "n_sents = -1",
            "[components.links] n_sents",
        ),
        (
            "config.cfg",
            "threshold = 0.2",
            "threshold = 2",
            "[components.links] threshold",
        ),
        (
            "spancat/cfg",
            "\"threshold\":0.5",
            "\"threshold\":null",
            "\"threshold\"",
        ),
        (
            "spancat/cfg",
            "\"max_positive\":2",
            "\"max_positive\":0.5",
            "\"max_positive\"",
        ),
        (
            "span_finder/cfg",
            "\"max_length\":3",
            "\"max_length\":0",
            "\"max_length\"",
        ),
        (
            "span_finder/cfg",
            "\"spans_key\":\"found\"",
            "\"spans_key\":1",
            "\"spans_key\"",
        ),
        ("topic/cfg", "\"labels\":", "\"names\":", "\"labels\""),
    ] {
        let error = pipeline.error_with(file, from, to);
        assert!(error.contains(file) && error.contains(place), "{error}");
    }
}

#[test]
fn labels_and_scores_that_are_not_as_many_are_both_counted() {
    let pipeline = Pipeline::new("labels");
    for (component, classes) in [("topic", 4), ("spancat", 5)] {
        let file = format!("{component}/cfg");
        let error = pipeline.error_with(&file, "\"labels\":[", "\"labels\":[\"ONE MORE\",");
        let both = format!(
            "scores {classes} labels, where component \"{component}\" has {}",
            classes + 1
        );
        assert!(error.contains(&both), "{error}");
    }
}

#[test]
fn a_knowledge_base_that_is_cut_short_or_lacks_a_name_is_refused() {
    let pipeline = Pipeline::new("kb");
    let contents = pipeline.0.join("links/kb/contents");
    let bytes = fs::read(&contents).unwrap();
    for end in (0..bytes.len()).step_by(61) {
        fs::write(&contents, &bytes[..end]).unwrap();
        let error = Language::load(&pipeline.0).unwrap_err().to_string();
        assert!(error.contains("links/kb/contents"), "{error}");
    }
    fs::write(&contents, &bytes).unwrap();
    let strings = pipeline.0.join("vocab/strings.json");
    let all = fs::read_to_string(&strings).unwrap();
    fs::write(strings, all.replacen("\"Q7\"", "\"Q-7\"", 1)).unwrap();
    let error = pipeline.error_with("links/kb/strings.json", "\"Q7\"", "\"Q-7\"");
    assert!(error.contains("links/kb/strings.json"), "{error}");
    assert!(error.contains("which is that of an entity"), "{error}");
}
