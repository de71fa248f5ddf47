//! Networks as spaCy and thinc compute them: `golden/` holds small ones with random weights and what they predict, made
//! by `tools/make_network_golden.py`.

use super::features::word_bytes;
use super::*;
use crate::error::Error;
use crate::format::key_rows::KeyRows;
use crate::format::npy::Table;
use crate::format::vectors::Settings;
use crate::kept;
use crate::limits::Budget;
use crate::symbols::string_id;
use crate::sync::Mutex;
use crate::vocab::Vectors;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::LazyLock;

const CONFIG_PATH: &str = "pipeline/config.cfg";
const MODEL_PATH: &str = "pipeline/part/model";

/// The vectors of a vocabulary that has none.
static NO_VECTORS: LazyLock<Vectors> = LazyLock::new(Vectors::default);

struct Golden {
    name: &'static str,
    data: Value,
    model: &'static [u8],
    vectors: Vectors,
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

fn tok2vecs() -> Vec<Golden> {
    goldens![
        "tok2vec_v2",
        "tok2vec_v1",
        "tok2vec_v1_encoder_v2",
        "mish_v1",
        "mish_v2",
        "cnn_v1",
        "cnn_v2",
        "static_v2",
        "static_v1",
        "static_floret",
        "cnn_v1_static",
        "cnn_v2_static",
        "chars_v2",
        "chars_v1",
        "chars_v2_static",
        "chars_v1_static",
    ]
}

/// One of the networks without a component around it.
fn tok2vec(name: &str) -> Golden {
    let golden = tok2vecs().into_iter().find(|golden| golden.name == name);
    golden.unwrap()
}

fn taggers() -> Vec<Golden> {
    goldens!["tagger_v1", "tagger_v2", "tagger_v2_normalize"]
}

fn parsers() -> Vec<Golden> {
    goldens!["parser_v2", "parser_v1_extra", "ner_v2_no_upper", "ner_v1"]
}

fn source<'a>(config: &'a Value, bytes: &'a [u8], vectors: &'a Vectors) -> ModelSource<'a> {
    ModelSource {
        component: "part",
        config,
        config_path: Path::new(CONFIG_PATH),
        bytes,
        path: Path::new(MODEL_PATH),
        vectors,
    }
}

/// A table of vectors as the golden file describes it.
fn table(described: &Value) -> Vectors {
    let Some(numbers) = described["data"].as_array() else {
        return Vectors::default();
    };
    let numbers = numbers.iter().map(|x| x.as_f64().unwrap() as f32).collect();
    let size = |key: &str| described[key].as_u64().unwrap() as usize;
    let mut key2row = Vec::new();
    if let Some(keys) = described["keys"].as_object() {
        key2row.push(0x80 | keys.len() as u8);
        for (word, row) in keys {
            key2row.push(0xcf);
            key2row.extend(string_id(word).to_be_bytes());
            key2row.push(row.as_u64().unwrap() as u8);
        }
    } else {
        key2row.push(0x80);
    }
    Vectors::new(
        Table::new(size("rows"), size("width"), numbers),
        KeyRows::read(&key2row, size("rows")).unwrap(),
        Settings::read(described.to_string().as_bytes()).unwrap(),
    )
    .unwrap()
}

impl Golden {
    fn new(name: &'static str, json: &str, model: &'static [u8]) -> Golden {
        let data: Value = serde_json::from_str(json).unwrap();
        let vectors = table(&data["table"]);
        Golden {
            name,
            data,
            model,
            vectors,
        }
    }

    fn source(&self) -> ModelSource<'_> {
        source(&self.data["config"], self.model, &self.vectors)
    }

    /// The words of all documents, where the network reads them.
    fn words(&self) -> Vec<&str> {
        let words = self.data["words"].as_array();
        let words = words.map(Vec::as_slice).unwrap_or_default();
        words.iter().map(|word| word.as_str().unwrap()).collect()
    }

    /// What `tok2vec` reads of the documents' tokens: those at these places.
    fn features(&self, tok2vec: &Tok2Vec, tokens: impl Iterator<Item = usize>) -> Vec<u64> {
        let words = self.words();
        let feature = |i: usize, column: usize| match tok2vec.features()[column] {
            Feature::Attr(_) => self.data["attrs"][i][column].as_u64().unwrap(),
            Feature::Bytes(group) => word_bytes(words[i], group),
            Feature::Word(_) => self.vectors.key(string_id(words[i]), words[i]),
        };
        let columns = tok2vec.features().len();
        tokens
            .flat_map(|i| (0..columns).map(move |column| (i, column)))
            .map(|(i, column)| feature(i, column))
            .collect()
    }

    /// What `tok2vec` makes of the documents' tokens at these places, in documents of these lengths.
    fn predict_of(&self, tok2vec: &Tok2Vec, tokens: &[usize], lengths: &[usize]) -> Matrix {
        let words = self.words();
        let text = |token: usize| words[tokens[token]];
        let words = Words {
            vectors: &self.vectors,
            text: &text,
        };
        tok2vec.predict(
            &self.features(tok2vec, tokens.iter().copied()),
            lengths,
            &words,
        )
    }

    /// What `tok2vec` makes of the documents.
    fn predict(&self, tok2vec: &Tok2Vec) -> Matrix {
        let lengths = self.lengths();
        let tokens: Vec<usize> = (0..lengths.iter().sum()).collect();
        self.predict_of(tok2vec, &tokens, &lengths)
    }

    fn numbers(&self, key: &str) -> Vec<f32> {
        let list = self.data[key].as_array().unwrap();
        list.iter().map(|x| x.as_f64().unwrap() as f32).collect()
    }

    fn lengths(&self) -> Vec<usize> {
        let list = self.data["lengths"].as_array().unwrap();
        list.iter().map(|n| n.as_u64().unwrap() as usize).collect()
    }

    /// The token vectors: from the network's own part, or those that the golden file has for a listener.
    fn vectors(&self, tok2vec: &TokenVectors) -> Matrix {
        match tok2vec {
            TokenVectors::Own(tok2vec) => self.predict(tok2vec),
            TokenVectors::Listener { width, upstream } => {
                assert_eq!(upstream, "tok2vec");
                Matrix::from_vec(self.lengths().iter().sum(), *width, self.numbers("vectors"))
            }
        }
    }

    fn expect(&self, key: &str, found: &[f32]) {
        let expected = self.numbers(key);
        assert_eq!(found.len(), expected.len(), "{}: {key}", self.name);
        for (i, (x, y)) in found.iter().zip(&expected).enumerate() {
            let error = (x - y).abs();
            assert!(
                error <= 2e-5 * y.abs().max(1.0),
                "{}: {key} {i} is {x}, not {y}",
                self.name
            );
        }
    }
}

#[test]
fn token_vectors_are_those_of_spacy_for_a_batch_with_empty_and_short_documents() {
    for golden in tok2vecs() {
        let tok2vec = Tok2Vec::load(golden.source()).unwrap();
        let vectors = golden.predict(&tok2vec);
        assert_eq!(vectors.cols(), tok2vec.width());
        golden.expect("predicted", vectors.data());
    }
}

#[test]
fn tables_that_are_not_mapped_beforehand_give_the_same_vectors() {
    for golden in tok2vecs() {
        let tok2vec = Tok2Vec::load_unprojected(golden.source()).unwrap();
        golden.expect("predicted", golden.predict(&tok2vec).data());
    }
}

#[test]
fn a_batch_without_tokens_gives_no_rows() {
    for golden in tok2vecs() {
        let tok2vec = Tok2Vec::load(golden.source()).unwrap();
        assert_eq!(golden.predict_of(&tok2vec, &[], &[]).rows(), 0);
        assert_eq!(golden.predict_of(&tok2vec, &[], &[0, 0]).rows(), 0);
    }
}

#[test]
fn padded_documents_are_the_same_to_the_bit_alone_and_in_a_batch() {
    for golden in tok2vecs() {
        // The others let neighbours in a batch see each other, as spaCy does.
        if golden.name.starts_with("mish") || golden.name == "tok2vec_v1_encoder_v2" {
            continue;
        }
        let tok2vec = Tok2Vec::load(golden.source()).unwrap();
        let count = golden.lengths().iter().sum();
        // Long enough for several groups and blocks.
        let tokens: Vec<usize> = (0..count).cycle().take(900).collect();
        let lengths = [0, 1, 300, 2, 97, 0, 500];
        let all = golden.predict_of(&tok2vec, &tokens, &lengths);
        let mut at = 0;
        for length in lengths {
            let alone = golden.predict_of(&tok2vec, &tokens[at..at + length], &[length]);
            let among = &all.data()[at * all.cols()..(at + length) * all.cols()];
            assert_eq!(alone.data(), among, "{}", golden.name);
            at += length;
        }
    }
}

#[test]
fn a_word_found_in_the_table_gives_the_numbers_that_working_it_out_gives() {
    for golden in tok2vecs() {
        let tok2vec = Tok2Vec::load(golden.source()).unwrap();
        let count: usize = golden.lengths().iter().sum();
        let words = golden.words();
        // A table for all words, and the least that there can be, which has to forget some again and again.
        for bytes in [1 << 20, 0] {
            let table = Mutex::new(kept::Table::new(tok2vec.table_of(bytes)));
            for round in 0..4 {
                let tokens: Vec<usize> = (round..count).cycle().take(90 + round).collect();
                let lengths = [tokens.len()];
                let text = |token: usize| words[tokens[token]];
                let given = Words {
                    vectors: &golden.vectors,
                    text: &text,
                };
                let mut features = golden.features(&tok2vec, tokens.iter().copied());
                // Other words in every round.
                let columns = tok2vec.features().len();
                for row in features.chunks_exact_mut(columns) {
                    row[0] ^= (round as u64 / 2) << 20;
                }
                let kept =
                    tok2vec.predict_with(&table, &features, &lengths, &given, Budget::UNLIMITED);
                let new = tok2vec.predict(&features, &lengths, &given);
                assert_eq!(kept.unwrap(), new, "{}", golden.name);
            }
        }
    }
}

#[test]
fn scores_of_taggers_are_those_of_spacy() {
    for golden in taggers() {
        let tagger = TaggerModel::load(golden.source()).unwrap();
        let vectors = golden.vectors(tagger.tok2vec());
        let scores = tagger.scores(&vectors);
        golden.expect("predicted", scores.data());
        let best: Vec<u32> = (0..scores.rows())
            .map(|i| tagger::first_of_largest(scores.row(i)) as u32)
            .collect();
        assert_eq!(tagger.best(&vectors), best);
    }
}

#[test]
fn layers_of_parsers_are_those_of_spacy() {
    for golden in parsers() {
        let model = TransitionModel::load(golden.source()).unwrap();
        let vectors = model.linear.apply(&golden.vectors(&model.tok2vec));
        golden.expect("linear", vectors.data());
        let lower = &model.lower;
        let outputs = lower.features() * lower.outputs() * lower.pieces();
        let mut shares = lower.padding.clone();
        shares.resize(2 * outputs, 0.0);
        lower
            .weights
            .apply(vectors.row(0), 1, &mut shares[outputs..]);
        golden.expect("lower", &shares);
        golden.expect("lower_bias", &lower.bias);
        match &model.upper {
            None => assert!(golden.data.get("upper").is_none()),
            Some(upper) => {
                let hidden = golden.numbers("hidden");
                let hidden = Matrix::from_vec(1, hidden.len(), hidden);
                golden.expect("upper", upper.apply(&hidden).data());
            }
        }
        assert_eq!(model.classes(), 5);
        assert!(model.unseen_classes.is_empty());
    }
}

/// What loading a component with this configuration and model says.
fn refusal(config: &Value, model: &[u8]) -> String {
    let source = source(config, model, &NO_VECTORS);
    let results = [
        Tok2Vec::load(source).err(),
        TaggerModel::load(source).err(),
        TransitionModel::load(source).err(),
    ];
    let errors: Vec<Error> = results.into_iter().flatten().collect();
    assert_eq!(errors.len(), 3, "one of them was loaded");
    let name = config["@architectures"].as_str().unwrap_or_default();
    let right = usize::from(name.contains("Tagger")) + 2 * usize::from(name.contains("Parser"));
    errors[right].to_string()
}

#[test]
fn what_is_not_supported_is_named_with_component_architecture_and_file() {
    let golden = &tok2vecs()[0];
    let with = |path: &str, value: Value| {
        let mut config = golden.data["config"].clone();
        *config.pointer_mut(path).unwrap() = value;
        refusal(&config, golden.model)
    };
    let says = |message: String, feature: &str| {
        let start = format!("{CONFIG_PATH}: component \"part\" uses ");
        assert!(
            message.starts_with(&start) && message.contains(feature),
            "{message}"
        );
    };
    says(
        with(
            "/@architectures",
            json!("spacy-transformers.TransformerModel.v3"),
        ),
        "the architecture spacy-transformers.TransformerModel.v3,",
    );
    says(
        with("/embed/@architectures", json!("spacy.HashEmbed.v9")),
        "the architecture spacy.HashEmbed.v9,",
    );
    says(
        with(
            "/encode/@architectures",
            json!("spacy.TorchBiLSTMEncoder.v1"),
        ),
        "the architecture spacy.TorchBiLSTMEncoder.v1,",
    );
    says(
        with("/embed/attrs/0", json!("FAVOURITE")),
        "the attribute \"FAVOURITE\",",
    );
    // A version of the network that leaves flattening to the encoder, and one of the encoder that leaves it to the network.
    says(
        with(
            "/encode/@architectures",
            json!("spacy.MaxoutWindowEncoder.v1"),
        ),
        "spacy.Tok2Vec.v2 with encode = spacy.MaxoutWindowEncoder.v1,",
    );
    let foreign = json!({"@layers": "PyTorchLSTM.v1"});
    says(
        with("/encode", foreign),
        "@layers = \"PyTorchLSTM.v1\" in model.encode,",
    );
}

#[test]
fn names_of_the_legacy_package_mean_the_same() {
    let golden = tok2vecs().remove(1);
    let mut config = golden.data["config"].clone();
    config["@architectures"] = json!("spacy-legacy.Tok2Vec.v1");
    Tok2Vec::load(source(&config, golden.model, &NO_VECTORS)).unwrap();
}

#[test]
fn wrong_settings_are_named_with_their_place() {
    let golden = &tok2vecs()[0];
    let with = |path: &str, value: Value| {
        let mut config = golden.data["config"].clone();
        *config.pointer_mut(path).unwrap() = value;
        refusal(&config, golden.model)
    };
    let cases = [
        (
            "/encode/depth",
            json!(0),
            "[components.part.model.encode] depth should be",
        ),
        ("/encode/depth", json!(100_000), "from 1 to 1000"),
        (
            "/encode/window_size",
            json!(101),
            "window_size should be a whole number from 0 to 100",
        ),
        (
            "/encode/window_size",
            json!(-1),
            "window_size should be a whole number from 0 to 100",
        ),
        (
            "/encode/maxout_pieces",
            json!(257),
            "maxout_pieces should be a whole number from 1 to 256",
        ),
        (
            "/embed/attrs",
            json!(vec!["NORM"; 65]),
            "attrs should be a list of at most 64",
        ),
        (
            "/encode/width",
            json!(null),
            "width should be a whole number from 1 to",
        ),
        (
            "/encode/width",
            json!(6),
            "encode should be as wide as embed, 5",
        ),
        (
            "/embed/rows",
            json!([7, 5]),
            "rows should be a list as long as attrs, 3",
        ),
        (
            "/embed/rows",
            json!([7, 5, 0]),
            "rows should be a list of whole numbers above 0",
        ),
        (
            "/embed",
            json!(null),
            "[components.part.model.embed] is missing",
        ),
        (
            "/embed",
            json!({}),
            "[components.part.model.embed] names no @architectures",
        ),
    ];
    for (path, value, expected) in cases {
        let message = with(path, value);
        assert!(message.starts_with(CONFIG_PATH), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_model_of_another_shape_is_refused_by_the_node_that_does_not_fit() {
    let goldens = tok2vecs();
    let with = |path: &str, value: Value| {
        let mut config = goldens[0].data["config"].clone();
        *config.pointer_mut(path).unwrap() = value;
        refusal(&config, goldens[0].model)
    };
    let cases = [
        (
            "/embed/rows",
            json!([7, 5, 4]),
            "(\"hashembed\"), parameter E: its shape is [3, 5]",
        ),
        (
            "/embed/attrs/2",
            json!("SUFFIX"),
            "its columns are not the attrs",
        ),
        (
            "/encode/maxout_pieces",
            json!(2),
            "(\"maxout\"), parameter W: its shape is [5, 3, 15]",
        ),
        (
            "/encode/window_size",
            json!(2),
            "pad is 2, and the configuration asks for 4",
        ),
        (
            "/encode/depth",
            json!(1),
            "does not fit the architecture in the configuration",
        ),
    ];
    for (path, value, expected) in cases {
        let message = with(path, value);
        assert!(message.starts_with(MODEL_PATH), "{message}");
        assert!(message.contains(expected), "{message}");
    }
    // The files of two components, swapped.
    let message = refusal(&goldens[0].data["config"], taggers()[1].model);
    assert!(
        message.contains("node 3 (\"softmax\") does not fit the architecture"),
        "{message}"
    );
    let message = refusal(&taggers()[1].data["config"], parsers()[0].model);
    assert!(message.contains("node 1 (\""), "{message}");
}

#[test]
fn a_network_with_static_vectors_is_refused_where_the_pipeline_has_others_or_none() {
    let golden = tok2vec("static_v2");
    let with = |vectors: &Vectors| {
        let error = Tok2Vec::load(source(&golden.data["config"], golden.model, vectors));
        let message = error.unwrap_err().to_string();
        assert!(message.starts_with(MODEL_PATH), "{message}");
        message
    };
    let none = with(&NO_VECTORS);
    assert!(
        none.contains("component \"part\" was trained with word vectors of 3 numbers, and the pipeline has none"),
        "{none}"
    );
    let rows = || KeyRows::read(b"\x80", 1).unwrap();
    let wide = Table::new(1, 7, vec![0.0; 7]);
    let wide = Vectors::new(wide, rows(), Settings::default()).unwrap();
    let message = with(&wide);
    assert!(message.contains("\"vocab/vectors\" have 7"), "{message}");
    // Version 1 does not know of floret.
    let (golden, floret) = (tok2vec("static_v1"), tok2vec("static_floret").vectors);
    let error = Tok2Vec::load(source(&golden.data["config"], golden.model, &floret));
    let message = error.unwrap_err().to_string();
    assert!(message.contains("the mode \"floret\""), "{message}");
}

/// Loads the network of a golden file from other bytes, and runs it if that works.
fn try_model(golden: &Golden, bytes: &[u8]) {
    let source = source(&golden.data["config"], bytes, &golden.vectors);
    if let Ok(tok2vec) = Tok2Vec::load(source) {
        golden.predict(&tok2vec);
    }
    if let Ok(tagger) = TaggerModel::load(source) {
        tagger.best(&golden.vectors(tagger.tok2vec()));
    }
    if let Ok(model) = TransitionModel::load(source) {
        model.linear.apply(&golden.vectors(&model.tok2vec));
    }
}

#[test]
fn truncated_models_are_refused() {
    for golden in tok2vecs().iter().chain(&taggers()).chain(&parsers()) {
        for end in (0..golden.model.len()).step_by(41) {
            refusal(&golden.data["config"], &golden.model[..end]);
        }
    }
}

proptest! {
    #[test]
    fn models_with_some_bytes_changed_never_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let goldens: Vec<Golden> = tok2vecs().into_iter().chain(taggers()).chain(parsers()).collect();
        let golden = which.get(&goldens);
        let mut bytes = golden.model.to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        try_model(golden, &bytes);
    }
}
