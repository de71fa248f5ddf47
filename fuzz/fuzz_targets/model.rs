//! Any bytes as the model file of a component, under each of the small configurations of nlp-core's tests; what loads
//! is run.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nlp_core::nn::{Matrix, ModelSource, TaggerModel, Tok2Vec, TokenVectors, TransitionModel};
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
    ];
    let golden = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    texts
        .iter()
        .map(|text| golden(text)["config"].take())
        .collect()
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
    };
    if let Ok(tok2vec) = Tok2Vec::load(source) {
        run(&tok2vec);
    }
    if let Ok(tagger) = TaggerModel::load(source) {
        tagger.best(&vectors(tagger.tok2vec()));
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
    let attrs: Vec<u64> = (0..4 * tok2vec.attrs().len() as u64).collect();
    tok2vec.predict(&attrs, &[1, 0, 3])
}
