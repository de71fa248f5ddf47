//! Word vectors are found, averaged and compared as spaCy does it, whatever the words are looked up by; the table is
//! mapped, and the files around it are checked. `tools/make_vector_golden.py` made the numbers.

use std::fs;
use std::path::{Path, PathBuf};

use nlp_core::{Doc, Language, Lexeme, Similar, Span, Token, symbols::string_id};
use serde_json::{Value, json};

mod counting;
use counting::{Counting, Live};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A pipeline that only splits texts, with word vectors; gone when it is dropped.
struct Pipeline(PathBuf);

impl Pipeline {
    fn new(test: &str) -> Pipeline {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!(
            "vectors-{}-{}",
            test.replace(' ', "-"),
            std::process::id()
        ));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(dir.join("vocab")).unwrap();
        let english = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/en_ewt_sm");
        for file in ["tokenizer", "vocab/strings.json", "vocab/lookups.bin"] {
            fs::copy(english.join(file), dir.join(file)).unwrap();
        }
        fs::write(
            dir.join("config.cfg"),
            "[nlp]\nlang = \"en\"\npipeline = []\n",
        )
        .unwrap();
        Pipeline(dir)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.0.join("vocab").join(name), bytes).unwrap();
    }

    /// Writes a table, the rows of words, and the settings.
    fn write_all(&self, shape: [usize; 2], numbers: &[f32], keys: &[(u64, u32)], settings: &Value) {
        self.write("vectors", npy(shape, numbers));
        self.write("key2row", key2row(keys));
        self.write("vectors.cfg", settings.to_string());
    }

    fn load(&self) -> Language {
        Language::load(&self.0).unwrap()
    }

    fn refusal(&self) -> String {
        Language::load(&self.0).unwrap_err().to_string()
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A table as `numpy.save` writes it.
fn npy([rows, width]: [usize; 2], numbers: &[f32]) -> Vec<u8> {
    let header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {width}), }}");
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(format!("{header:117}\n").bytes());
    bytes.extend(numbers.iter().flat_map(|x| x.to_le_bytes()));
    bytes
}

/// Rows of words as `srsly` writes them.
fn key2row(keys: &[(u64, u32)]) -> Vec<u8> {
    let mut bytes = vec![0xdf];
    bytes.extend((keys.len() as u32).to_be_bytes());
    for (key, row) in keys {
        bytes.push(0xcf);
        bytes.extend(key.to_be_bytes());
        bytes.push(0xce);
        bytes.extend(row.to_be_bytes());
    }
    bytes
}

fn floats(list: &Value) -> Vec<f32> {
    let list = list.as_array().unwrap().iter();
    list.map(|x| x.as_f64().unwrap() as f32).collect()
}

fn size(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// Writes a table of the golden file into a pipeline.
fn write_table(pipeline: &Pipeline, table: &Value) {
    let keys = table["keys"].as_object().unwrap().iter();
    let keys: Vec<(u64, u32)> = keys
        .map(|(word, row)| (string_id(word), size(row) as u32))
        .collect();
    let shape = [size(&table["rows"]), size(&table["width"])];
    pipeline.write_all(shape, &floats(&table["data"]), &keys, &table["settings"]);
}

fn close(found: f32, expected: f32) -> bool {
    (found - expected).abs() <= 1e-6 * expected.abs().max(1.0)
}

/// Whether a thing has a vector, its norm and its vector are what the golden file says.
fn check(what: &str, (has, norm, vector): (bool, f32, Vec<f32>), expected: &[Value]) {
    let [expected_has, expected_norm, expected_vector] = expected else {
        panic!("{what}: {expected:?}");
    };
    assert_eq!(json!(has), *expected_has, "{what}");
    let expected_norm = expected_norm.as_f64().unwrap() as f32;
    assert!(
        close(norm, expected_norm),
        "{what}: {norm} is not {expected_norm}"
    );
    let expected = floats(expected_vector);
    assert_eq!(vector.len(), expected.len(), "{what}");
    let near = vector.iter().zip(&expected).all(|(x, y)| close(*x, *y));
    assert!(near, "{what}: {vector:?} is not {expected:?}");
}

/// What can be compared.
enum Thing<'d> {
    Doc(&'d Doc<'d>),
    Span(Span<'d>),
    Token(Token<'d>),
    Lexeme(Lexeme<'d>),
}

impl<'d> Thing<'d> {
    fn new(name: &Value, docs: &'d [Doc<'d>], nlp: &'d Language) -> Thing<'d> {
        let doc = |i: &Value| &docs[size(i)];
        let name = name.as_array().unwrap();
        match (name[0].as_str().unwrap(), &name[1..]) {
            ("doc", [i]) => Thing::Doc(doc(i)),
            ("span", [i, start, end]) => Thing::Span(doc(i).span(size(start), size(end)).unwrap()),
            ("token", [i, token]) => Thing::Token(doc(i).token(size(token))),
            ("lexeme", [word]) => Thing::Lexeme(nlp.vocab().lexeme(word.as_str().unwrap())),
            _ => panic!("{name:?}"),
        }
    }

    fn similarity(&self, other: &Thing<'_>) -> f32 {
        match other {
            Thing::Doc(doc) => self.with(*doc),
            Thing::Span(span) => self.with(span),
            Thing::Token(token) => self.with(token),
            Thing::Lexeme(lexeme) => self.with(lexeme),
        }
    }

    fn with(&self, other: &impl Similar) -> f32 {
        match self {
            Thing::Doc(doc) => doc.similarity(other),
            Thing::Span(span) => span.similarity(other),
            Thing::Token(token) => token.similarity(other),
            Thing::Lexeme(lexeme) => lexeme.similarity(other),
        }
    }
}

#[test]
fn vectors_norms_and_similarities_are_those_of_spacy_in_every_mode() {
    let golden = include_str!("data/golden/vectors.json");
    let golden: Value = serde_json::from_str(golden).unwrap();
    let texts: Vec<&str> = golden["texts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    for (name, table) in golden["tables"].as_object().unwrap() {
        let pipeline = Pipeline::new(name);
        write_table(&pipeline, table);
        let nlp = pipeline.load();
        let docs: Vec<Doc> = texts.iter().map(|text| nlp.parse(text).unwrap()).collect();
        for (i, doc) in docs.iter().enumerate() {
            let what = format!("{name}: {:?}", texts[i]);
            let described = (doc.has_vector(), doc.vector_norm(), doc.vector());
            check(&what, described, table["docs"][i].as_array().unwrap());
            for token in doc.tokens() {
                let described = (token.has_vector(), token.vector_norm(), token.vector());
                let expected = &table["tokens"][i][token.i()];
                check(
                    &format!("{what}, {token}"),
                    described,
                    expected.as_array().unwrap(),
                );
            }
        }
        for expected in table["spans"].as_array().unwrap() {
            let expected = expected.as_array().unwrap();
            let doc = &docs[size(&expected[0])];
            let span = doc.span(size(&expected[1]), size(&expected[2])).unwrap();
            let described = (span.has_vector(), span.vector_norm(), span.vector());
            check(&format!("{name}: {span:?}"), described, &expected[3..]);
        }
        for expected in table["lexemes"].as_array().unwrap() {
            let expected = expected.as_array().unwrap();
            let word = nlp.vocab().lexeme(expected[0].as_str().unwrap());
            let described = (word.has_vector(), word.vector_norm(), word.vector());
            check(
                &format!("{name}: {:?}", word.text()),
                described,
                &expected[1..],
            );
        }
        let things = table["things"].as_array().unwrap();
        let mut expected = floats(&table["similarities"]).into_iter();
        for one in things {
            for other in things {
                let thing = |name| Thing::new(name, &docs, &nlp);
                let found = thing(one).similarity(&thing(other));
                let expected = expected.next().unwrap();
                assert!(
                    (found - expected).abs() <= 2e-6,
                    "{name}: {one} and {other}: {found} is not {expected}"
                );
            }
        }
    }
}

#[test]
fn without_word_vectors_the_tensor_takes_their_place() {
    let nlp = nlp_core::models::english().unwrap();
    let doc = nlp.parse("Rows of the tensor stand for words.").unwrap();
    assert!(doc.has_vector() && doc.token(1).has_vector());
    assert_eq!(doc.token(1).vector(), doc.tensor().row(1));
    let span = doc.span(1, 3).unwrap();
    let mean: Vec<f32> = doc
        .tensor()
        .row(1)
        .iter()
        .zip(doc.tensor().row(2))
        .map(|(x, y)| (x + y) / 2.0)
        .collect();
    assert_eq!(span.vector(), mean);
    assert_eq!(doc.vector().len(), doc.tensor().cols());
    // Words alone have none, and what has none is not similar.
    let word = nlp.vocab().lexeme("tensor");
    assert!(!word.has_vector() && word.vector().is_empty());
    assert_eq!(doc.similarity(&word), 0.0);
    assert_eq!(doc.token(3).similarity(&word), 1.0);
    assert_eq!(doc.token(2).similarity(&word), 0.0);
}

#[test]
fn a_large_table_is_mapped_and_its_vectors_are_found() {
    const ROWS: usize = 64 << 10;
    const WIDTH: usize = 256;
    let pipeline = Pipeline::new("mapped");
    let mut numbers = vec![0.0; ROWS * WIDTH];
    for (row, numbers) in numbers.chunks_mut(WIDTH).enumerate() {
        numbers[0] = row as f32;
        numbers[WIDTH - 1] = -1.0;
    }
    let keys: Vec<(u64, u32)> = (0..ROWS as u32)
        .map(|i| (string_id(&format!("w{i}")), i))
        .collect();
    pipeline.write_all([ROWS, WIDTH], &[], &keys, &json!({"mode": "default"}));
    let message = pipeline.refusal();
    assert!(message.contains("comes with 0 bytes"), "{message}");
    pipeline.write("vectors", npy([ROWS, WIDTH], &numbers));

    let before = Live::now();
    let nlp = pipeline.load();
    let taken = (Live::now() - before).bytes;
    // The table has 64 MiB, the rows of its words less than one.
    assert!(taken < 8 << 20, "{taken} bytes");
    let vectors = nlp.vocab().vectors();
    assert_eq!(
        (vectors.rows(), vectors.width(), vectors.keys()),
        (ROWS, WIDTH, Some(ROWS))
    );
    let doc = nlp.parse("w0 w65535 w65536 w777").unwrap();
    let first: Vec<f32> = doc.tokens().map(|token| token.vector()[0]).collect();
    assert_eq!(first, [0.0, 65535.0, 0.0, 777.0]);
    let has: Vec<bool> = doc.tokens().map(|token| token.has_vector()).collect();
    assert_eq!(has, [true, true, false, true]);
    assert_eq!(doc.vector()[WIDTH - 1], -0.75);
    let report = nlp.memory_report();
    let store = report.get(nlp_core::Owner::Pipeline, "vectors").unwrap();
    assert_eq!(store.entries, ROWS);
    assert!(store.bytes < 1 << 20, "{}", store.bytes);
}

#[test]
fn faults_in_the_files_are_named() {
    let pipeline = Pipeline::new("faults");
    let write = |shape, numbers: &[f32], keys: &[(u64, u32)], settings: Value| {
        pipeline.write_all(shape, numbers, keys, &settings);
        pipeline.refusal()
    };
    let message = write([2, 1], &[1.0, 2.0], &[(5, 2)], json!({}));
    assert!(
        message.contains("key2row") && message.contains("none of the 2"),
        "{message}"
    );
    let message = write([2, 1], &[1.0], &[], json!({}));
    assert!(
        message.contains("vocab") && message.contains("comes with 4 bytes"),
        "{message}"
    );
    let message = write([2, 1], &[1.0, 2.0], &[], json!({"mode": "glove"}));
    assert!(
        message.contains("vectors.cfg") && message.contains("floret"),
        "{message}"
    );
    let message = write([0, 0], &[], &[], json!({"mode": "floret", "hash_count": 1}));
    assert!(
        message.contains("vectors.cfg") && message.contains("no rows"),
        "{message}"
    );
    let message = write([1, 1], &[1.0], &[], json!({"attr": 71}));
    assert!(message.contains("\"attr\" is 71"), "{message}");
}
