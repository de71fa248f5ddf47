//! Classifiers of documents and spans as spaCy and thinc compute them: `golden/` holds small ones with random weights
//! and what they predict, made by `tools/make_classifier_golden.py`.

use super::documents::Documents;
use super::*;
use crate::attr::Attr;
use crate::limits::{Budget, OutOfTime};
use crate::vocab::Vectors;
use proptest::prelude::*;
use serde_json::Value;
use std::path::Path;

struct Golden {
    name: &'static str,
    data: Value,
    model: Vec<u8>,
    lengths: Vec<usize>,
    no_vectors: Vectors,
}

macro_rules! goldens {
    ($($name:literal),* $(,)?) => {
        vec![$(Golden::new(
            $name,
            include_str!(concat!("golden/", $name, ".json")),
            include_bytes!(concat!("golden/", $name, ".model")),
        )),*]
    };
}

fn of_documents() -> Vec<Golden> {
    goldens![
        "bow_v1",
        "bow_v2_raw",
        "bow_v3",
        "cnn_classifier_v1",
        "cnn_classifier_v2",
        "reduce_classifier",
        "attention_classifier",
        "ensemble",
        "ensemble_of_cnn",
        "ensemble_v1",
    ]
}

fn of_spans() -> Vec<Golden> {
    goldens![
        "spancat",
        "spancat_chain",
        "span_finder",
        "linker_v1",
        "linker_v2"
    ]
}

fn sizes(list: &Value) -> Vec<usize> {
    let list = list.as_array().unwrap().iter();
    list.map(|n| n.as_u64().unwrap() as usize).collect()
}

impl Golden {
    fn new(name: &'static str, json: &str, mut model: &[u8]) -> Golden {
        let data: Value = serde_json::from_str(json).unwrap();
        let mut whole = Vec::new();
        for run in data["zeros"].as_array().unwrap() {
            let [start, count] = sizes(run)[..] else {
                panic!("a place and a number")
            };
            let (before, after) = model.split_at(start - whole.len());
            whole.extend_from_slice(before);
            whole.resize(start + count, 0);
            model = after;
        }
        whole.extend_from_slice(model);
        Golden {
            name,
            lengths: sizes(&data["lengths"]),
            data,
            model: whole,
            no_vectors: Vectors::default(),
        }
    }

    fn source(&self) -> ModelSource<'_> {
        ModelSource {
            component: "part",
            config: &self.data["config"],
            config_path: Path::new("pipeline/config.cfg"),
            bytes: &self.model,
            path: Path::new("pipeline/part/model"),
            vectors: &self.no_vectors,
        }
    }

    fn numbers(&self, key: &str) -> Vec<f32> {
        let numbers = self.data[key].as_array().unwrap().iter();
        numbers.map(|x| x.as_f64().unwrap() as f32).collect()
    }

    /// The vectors that an earlier component left.
    fn tensor(&self) -> Matrix {
        let tokens = self.lengths.iter().sum();
        let numbers = self.numbers("vectors");
        Matrix::from_vec(tokens, numbers.len() / tokens, numbers)
    }

    fn check(&self, predicted: &[f32]) {
        let expected = self.numbers("predicted");
        assert_eq!(predicted.len(), expected.len(), "{}", self.name);
        for (ours, expected) in predicted.iter().zip(&expected) {
            let error = (ours - expected).abs();
            let name = self.name;
            assert!(
                error <= 1e-5 * expected.abs().max(1.0),
                "{name}: {predicted:?} {expected}"
            );
        }
    }
}

impl Documents for Golden {
    fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    fn attrs(&self, attrs: &[Attr], _: Budget) -> Result<Vec<u64>, OutOfTime> {
        let columns = attrs.iter().map(|attr| match attr {
            Attr::Orth => "ORTH",
            Attr::Lower => "LOWER",
            Attr::Prefix => "PREFIX",
            Attr::Suffix => "SUFFIX",
            Attr::Shape => "SHAPE",
            other => panic!("nobody asks for {other:?}"),
        });
        let columns: Vec<&Value> = columns.map(|name| &self.data["attrs"][name]).collect();
        let tokens = 0..self.lengths.iter().sum();
        let row = |i: usize| {
            columns
                .iter()
                .map(move |column| column[i].as_u64().unwrap())
        };
        Ok(tokens.flat_map(row).collect())
    }

    fn vectors(&self, vectors: &TokenVectors, _: Budget) -> Result<Matrix, OutOfTime> {
        assert!(matches!(vectors, TokenVectors::Listener { .. }));
        Ok(self.tensor())
    }
}

#[test]
fn documents_get_the_scores_of_thinc() {
    for golden in of_documents() {
        let model = TextClassifier::load(golden.source()).unwrap();
        let scores = model.predict_within(&golden, Budget::UNLIMITED).unwrap();
        assert_eq!(scores.cols(), model.classes());
        golden.check(scores.data());
    }
}

#[test]
fn spans_tokens_and_contexts_get_what_thinc_makes_of_them() {
    for golden in of_spans() {
        let tensor = golden.tensor();
        let mut predicted = Vec::new();
        if golden.name.starts_with("spancat") {
            let mut first = 0;
            let mut spans = Vec::new();
            let mut all = golden.data["spans"].as_array().unwrap().iter();
            for (count, length) in sizes(&golden.data["spans_of"]).iter().zip(&golden.lengths) {
                for span in all.by_ref().take(*count) {
                    spans.push(first + sizes(span)[0]..first + sizes(span)[1]);
                }
                first += length;
            }
            let model = SpanClassifier::load(golden.source()).unwrap();
            let add = |_, scores: &[f32]| predicted.extend_from_slice(scores);
            let done = model.each_span(&tensor, spans.into_iter(), Budget::UNLIMITED, add);
            done.unwrap();
        } else if golden.name == "span_finder" {
            let model = SpanFinderModel::load(golden.source()).unwrap();
            let add = |scores: [f32; 2]| predicted.extend(scores);
            model
                .each_token(&mut { &tensor }, Budget::UNLIMITED, add)
                .unwrap();
        } else {
            let model = EntityEncoder::load(golden.source()).unwrap();
            let contexts = golden.data["contexts"].as_array().unwrap().iter();
            let mut first = 0;
            for (context, length) in contexts.zip(&golden.lengths) {
                let context = match model.reads_sentence() {
                    true => first + sizes(context)[0]..first + sizes(context)[1],
                    false => first..first + length,
                };
                let width = tensor.cols();
                let rows = &tensor.data()[context.start * width..context.end * width];
                predicted.extend(model.encode(rows));
                first += length;
            }
        }
        golden.check(&predicted);
    }
}

#[test]
fn a_network_that_was_cut_short_or_is_another_is_refused() {
    let all: Vec<Golden> = of_documents().into_iter().chain(of_spans()).collect();
    for golden in &all {
        for other in &all {
            let bytes = match golden.name == other.name {
                true => &other.model[..other.model.len() - 1],
                false => &other.model[..],
            };
            let source = ModelSource {
                bytes,
                ..golden.source()
            };
            // Those of documents of one class differ in nothing but what follows the sums.
            let loads = TextClassifier::load(source).is_ok()
                || SpanClassifier::load(source).is_ok()
                || SpanFinderModel::load(source).is_ok()
                || EntityEncoder::load(source).is_ok();
            assert!(!loads, "{} with the file of {}", golden.name, other.name);
        }
    }
}

#[test]
fn what_spacy_cannot_run_either_is_refused_by_name() {
    let refusal = |mut config: Value, key: &str, value: Value| {
        config[key] = value;
        let golden = of_documents().pop().unwrap();
        let source = ModelSource {
            config: &config,
            ..golden.source()
        };
        TextClassifier::load(source).unwrap_err().to_string()
    };
    let ensemble = of_documents().pop().unwrap().data["config"].take();
    let vectors = refusal(ensemble.clone(), "pretrained_vectors", true.into());
    assert!(
        vectors.contains("spacy.TextCatEnsemble.v1 with pretrained_vectors = true"),
        "{vectors}"
    );
    let name = "spacy.TextCatLowData.v1";
    let low_data = refusal(ensemble, "@architectures", name.into());
    assert!(
        low_data.contains(&format!("the architecture {name}, which")),
        "{low_data}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 300 }))]

    #[test]
    fn classifiers_with_some_bytes_changed_never_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        // Not those with the large tables of version 1.
        let small = |golden: &Golden| golden.model.len() < 1 << 16;
        let mut all: Vec<Golden> = of_documents().into_iter().chain(of_spans()).filter(small).collect();
        let mut golden = all.swap_remove(which.index(all.len()));
        let len = golden.model.len();
        for (at, byte) in changes {
            golden.model[at.index(len)] = byte;
        }
        let tensor = golden.tensor();
        if let Ok(model) = TextClassifier::load(golden.source()) {
            model.predict_within(&golden, Budget::UNLIMITED).unwrap();
        }
        if let Ok(model) = SpanClassifier::load(golden.source()) {
            model.each_span(&tensor, std::iter::once(0..3), Budget::UNLIMITED, |_, _| ()).unwrap();
        }
        if let Ok(model) = SpanFinderModel::load(golden.source()) {
            model.each_token(&mut { &tensor }, Budget::UNLIMITED, |_| ()).unwrap();
        }
        if let Ok(model) = EntityEncoder::load(golden.source()) {
            model.encode(tensor.data());
        }
    }
}
