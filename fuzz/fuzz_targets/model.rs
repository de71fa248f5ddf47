//! Any bytes as the model file of a component, under each of the small configurations of nlp-core's tests; what loads
//! is run.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nlp_core::Vectors;
use nlp_core::format::key_rows::KeyRows;
use nlp_core::format::npy::Table;
use nlp_core::format::vectors::Settings;
use nlp_core::nn::{
    EntityEncoder, Matrix, ModelSource, SpanClassifier, SpanFinderModel, TaggerModel,
    TextClassifier, Tok2Vec, TokenVectors, TransitionModel, Words,
};
use serde_json::Value;
use std::path::Path;
use std::sync::LazyLock;

macro_rules! configs {
    ($($name:literal),* $(,)?) => {
        [$(include_str!(concat!("../../nlp-core/src/nn/golden/", $name, ".json"))),*]
    };
}

static CONFIGS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let texts = configs![
        "tok2vec_v2",
        "tok2vec_v1",
        "tok2vec_v1_encoder_v2",
        "mish_v1",
        "mish_v2",
        "cnn_v1",
        "cnn_v2",
        "tagger_v1",
        "tagger_v2",
        "tagger_v2_normalize",
        "parser_v2",
        "parser_v1_extra",
        "ner_v2_no_upper",
        "ner_v1",
        "static_v2",
        "static_v1",
        "static_floret",
        "cnn_v1_static",
        "cnn_v2_static",
        "chars_v2",
        "chars_v1",
        "chars_v2_static",
        "chars_v1_static",
        "bow_v3",
        "cnn_classifier_v1",
        "reduce_classifier",
        "attention_classifier",
        "ensemble",
        "ensemble_of_cnn",
        "spancat",
        "spancat_chain",
        "span_finder",
        "linker_v1",
        "linker_v2",
    ];
    let golden = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    texts
        .iter()
        .map(|text| golden(text)["config"].take())
        .collect()
});

/// Tables as wide as the configurations' networks read them: one by the parts of words, one by the words.
static VECTORS: LazyLock<[Vectors; 2]> = LazyLock::new(|| {
    [
        &br#"{"mode": "floret", "minn": 2, "maxn": 3, "hash_count": 2}"#[..],
        b"{}",
    ]
    .map(|settings| {
        let table = Table::new(11, 3, (0..33).map(|i| i as f32).collect());
        let keys = KeyRows::read(b"\x82\x01\x02\x05\x0a", 11).expect("two keys");
        Vectors::new(table, keys, Settings::read(settings).expect("settings")).expect("vectors")
    })
});

fuzz_target!(|data: &[u8]| {
    // The first byte says which configuration.
    let Some((which, bytes)) = data.split_first() else {
        return;
    };
    let source = ModelSource {
        component: "part",
        config: &CONFIGS[usize::from(*which) % CONFIGS.len()],
        config_path: Path::new("config.cfg"),
        bytes,
        path: Path::new("model"),
        vectors: &VECTORS[usize::from(*which) / CONFIGS.len() % 2],
    };
    if let Ok(tok2vec) = Tok2Vec::load(source) {
        run(&tok2vec);
    }
    if let Ok(tagger) = TaggerModel::load(source) {
        tagger.best(&vectors(tagger.tok2vec()));
    }
    // What these make of documents is tried in nlp-core's own tests.
    let _ = TextClassifier::load(source);
    let _ = SpanClassifier::load(source);
    let _ = SpanFinderModel::load(source);
    if let Ok(model) = EntityEncoder::load(source)
        && let TokenVectors::Listener { width, .. } = model.tok2vec()
    {
        model.encode(&vec![1.0; 3 * width]);
    }
    if let Ok(model) = TransitionModel::load(source) {
        model.linear.apply(&vectors(&model.tok2vec));
    }
});

fn vectors(tok2vec: &TokenVectors) -> Matrix {
    match tok2vec {
        TokenVectors::Own(tok2vec) => run(tok2vec),
        TokenVectors::Listener { width, .. } => Matrix::zeros(3, *width),
    }
}

fn run(tok2vec: &Tok2Vec) -> Matrix {
    let features: Vec<u64> = (0..4 * tok2vec.features().len() as u64).collect();
    let words = Words {
        vectors: &VECTORS[0],
        text: &|token| ["a", "", "bc", "Wörter"][token],
    };
    tok2vec.predict(&features, &[1, 0, 3], &words)
}
