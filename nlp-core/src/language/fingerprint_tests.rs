//! The fingerprint misses nothing: each kind of thing that a pipeline's files hold is changed a little, and it shows.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::files::{Content, PipelineFiles};
use crate::format::thinc_model::ThincModel;
use crate::{Language, LoadOptions, models};

/// The files of a pipeline, in memory, to be changed.
#[derive(Clone)]
struct Files(BTreeMap<String, Vec<u8>>);

impl PipelineFiles for Files {
    fn read(&self, relative: &str) -> Result<Content<'_>, Error> {
        match self.0.get(relative) {
            Some(bytes) => Ok(Content::Borrowed(bytes)),
            None => Err(Error::Read {
                path: self.path(relative),
                source: ErrorKind::NotFound.into(),
            }),
        }
    }

    fn exists(&self, relative: &str) -> bool {
        self.0.contains_key(relative)
    }

    fn path(&self, relative: &str) -> PathBuf {
        relative.into()
    }
}

impl Files {
    fn of(toy: &str) -> Files {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/data/pipelines")
            .join(toy);
        let mut files = BTreeMap::new();
        let mut dirs = vec![root.clone()];
        while let Some(dir) = dirs.pop() {
            for entry in std::fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    dirs.push(path);
                    continue;
                }
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
                files.insert(name.replace('\\', "/"), std::fs::read(&path).unwrap());
            }
        }
        Files(files)
    }

    fn fingerprint(&self) -> u64 {
        Language::from_files(self, &LoadOptions::new())
            .unwrap()
            .fingerprint()
    }

    /// The same files, but that in the one called `name` every `from` is `to`, which is as long.
    fn with(&self, name: &str, from: &[u8], to: &[u8]) -> Files {
        assert_eq!(from.len(), to.len());
        let mut files = self.clone();
        let file = files.0.get_mut(name).unwrap();
        assert!(place(file, from).is_some(), "{name} has no {from:?}");
        while let Some(at) = place(file, from) {
            file[at..at + to.len()].copy_from_slice(to);
        }
        files
    }
}

fn place(file: &[u8], part: &[u8]) -> Option<usize> {
    file.windows(part.len()).position(|window| window == part)
}

/// Every array of weights in a model's file: where its bytes are, and whose it is.
fn arrays(model: &[u8]) -> Vec<(usize, usize, String)> {
    let mut arrays = Vec::new();
    for node in ThincModel::read(model).unwrap().nodes() {
        for name in ["E", "G", "W", "b", "pad"] {
            let Ok((_, numbers)) = node.param(name) else {
                continue;
            };
            let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
            let at = place(model, &bytes).unwrap();
            arrays.push((at, bytes.len(), format!("{}, {name}", node.label())));
        }
    }
    arrays
}

#[test]
fn one_bit_of_any_array_of_weights_of_any_component_shows() {
    let mut kinds = BTreeMap::new();
    for toy in ["de_toy", "tr_toy"] {
        let files = Files::of(toy);
        let before = files.fingerprint();
        let nlp = Language::from_files(&files, &LoadOptions::new()).unwrap();
        for (component, factory) in nlp.components() {
            let name = format!("{component}/model");
            let Some(model) = files.0.get(&name) else {
                continue;
            };
            for (at, len, whose) in arrays(model) {
                // The first number, the last, and one between them. The highest bit of the exponent, so that the
                // number makes a difference also where it is added to others when the network is loaded.
                for number in [at, at + len / 8 * 4, at + len - 4] {
                    let mut changed = files.clone();
                    changed.0.get_mut(&name).unwrap()[number + 3] ^= 0x40;
                    assert_ne!(changed.fingerprint(), before, "{toy}, {name}: {whose}");
                }
                *kinds.entry(factory.to_owned()).or_insert(0) += 1;
            }
        }
    }
    let factories = [
        "tok2vec",
        "tagger",
        "morphologizer",
        "senter",
        "parser",
        "ner",
        "trainable_lemmatizer",
    ];
    for factory in factories {
        assert!(kinds[factory] >= 2, "{factory}: {kinds:?}");
    }
}

#[test]
fn a_change_to_what_is_no_weight_shows_too() {
    let changes: [(&str, &str, &[u8], &[u8]); 15] = [
        ("de_toy", "tagger/cfg", b"\"PRP\"", b"\"PRQ\""),
        ("de_toy", "tagger/cfg", b"false", b"true "),
        ("de_toy", "morphologizer/cfg", b"=Plur", b"=Plus"),
        ("de_toy", "parser/moves", b"nsubj", b"nsubk"),
        // Two labels of one action in the order of their frequencies, turned round.
        ("de_toy", "ner/moves", b"\"ORG\":138", b"\"ORG\":118"),
        ("de_toy", "trainable_lemmatizer/cfg", b" 3,\n", b" 2,\n"),
        (
            "de_toy",
            "trainable_lemmatizer/trees",
            b"suffix_len\x01",
            b"suffix_len\x02",
        ),
        (
            "de_toy",
            "doc_cleaner/cfg",
            b"\"_.trf_data\":null",
            b"\"user_data\": null",
        ),
        ("de_toy", "vocab/strings.json", b"\"'xxx\"", b"\"'xxy\""),
        ("tr_toy", "vocab/lookups.bin", b"selam", b"selan"),
        ("de_toy", "tokenizer", b"\xa4z.B.", b"\xa4z.C."),
        ("de_toy", "tokenizer", b"\xa3dem", b"\xa3den"),
        ("de_toy", "tokenizer", b"|^=|", b"|^~|"),
        ("de_toy", "config.cfg", b"batch_size = 1", b"batch_size = 2"),
        (
            "de_toy",
            "meta.json",
            b"\"version\":\"1",
            b"\"version\":\"2",
        ),
    ];
    for (toy, name, from, to) in changes {
        let files = Files::of(toy);
        let changed = files.with(name, from, to);
        let what = String::from_utf8_lossy(from);
        assert_ne!(changed.fingerprint(), files.fingerprint(), "{name}: {what}");
    }
}

#[test]
fn the_same_files_give_the_same_fingerprint_and_other_files_another() {
    let toys = ["de_toy", "tr_toy", "ar_toy"].map(Files::of);
    let once: Vec<u64> = toys.iter().map(Files::fingerprint).collect();
    let again: Vec<u64> = toys.iter().map(Files::fingerprint).collect();
    assert_eq!(once, again);
    let mut all = once;
    all.push(models::english().unwrap().fingerprint());
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 4);
}

#[test]
fn a_setting_shows_and_so_does_setting_it_back() {
    let mut nlp = Language::from_files(&Files::of("ar_toy"), &LoadOptions::new()).unwrap();
    let (before, length) = (nlp.fingerprint(), nlp.max_length());
    nlp.set_max_length(length - 1);
    assert_ne!(nlp.fingerprint(), before);
    nlp.set_max_length(length);
    assert_eq!(nlp.fingerprint(), before);
}
