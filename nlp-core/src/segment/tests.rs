//! Segmenters from files in memory.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::jieba::Jieba;
use super::{Segmenter, load_chinese};
use crate::error::Error;
use crate::files::{Content, PipelineFiles};
use crate::limits::Budget;
use crate::tokenizer::{Bounds, Piece, Stopped};

#[derive(Clone, Default)]
struct Files(BTreeMap<String, Vec<u8>>);

impl PipelineFiles for Files {
    fn read(&self, relative: &str) -> Result<Content<'_>, Error> {
        let file = self
            .0
            .get(relative)
            .map(|bytes| Content::Borrowed(&bytes[..]));
        file.ok_or_else(|| Error::Read {
            path: self.path(relative),
            source: ErrorKind::NotFound.into(),
        })
    }

    fn exists(&self, relative: &str) -> bool {
        self.0.contains_key(relative)
    }

    fn path(&self, relative: &str) -> PathBuf {
        relative.into()
    }
}

const CFG: &str = "tokenizer/cfg";
const FEATURES: &str = "tokenizer/pkuseg_model/features.msgpack";
const WEIGHTS: &str = "tokenizer/pkuseg_model/weights.npz";
const LISTS: &str = "tokenizer/pkuseg_processors";

/// The tokenizer of the Chinese toy.
fn chinese() -> Files {
    let toy = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pipelines/zh_toy");
    let read = |name: &str| (name.to_owned(), std::fs::read(toy.join(name)).unwrap());
    Files(
        [CFG, FEATURES, WEIGHTS, LISTS]
            .map(read)
            .into_iter()
            .collect(),
    )
}

/// jieba's tables in `golden/jieba.json`, and what they make of the texts there (`tools/make_jieba_golden.py`).
fn jieba() -> (Segmenter, Vec<(String, Vec<String>)>) {
    let golden: Value = serde_json::from_str(include_str!("golden/jieba.json")).unwrap();
    let files: BTreeMap<String, String> = serde_json::from_value(golden["files"].clone()).unwrap();
    let bytes = |(name, text): (String, String)| (name, text.into_bytes());
    let package = Files(files.into_iter().map(bytes).collect());
    let texts = serde_json::from_value(golden["texts"].clone()).unwrap();
    (
        Segmenter::Jieba(Box::new(Jieba::load(&package).unwrap())),
        texts,
    )
}

fn all() -> [Segmenter; 4] {
    let (pkuseg, _) = load_chinese(&chinese()).unwrap();
    [Segmenter::Characters, Segmenter::Spaces, jieba().0, pkuseg]
}

const UNBOUND: Bounds = Bounds {
    tokens: usize::MAX,
    budget: Budget::UNLIMITED,
};

fn pieces(segmenter: &Segmenter, text: &str, bounds: Bounds) -> Result<Vec<Piece>, Stopped> {
    let mut pieces = Vec::new();
    segmenter.tokenize_within(text, &mut pieces, bounds)?;
    Ok(pieces)
}

fn words<'t>(segmenter: &Segmenter, text: &'t str) -> Vec<&'t str> {
    let pieces = pieces(segmenter, text, UNBOUND).unwrap().into_iter();
    pieces
        .map(|piece| &text[piece.start as usize..piece.end as usize])
        .collect()
}

#[test]
fn words_are_those_that_jieba_finds() {
    let (segmenter, texts) = jieba();
    for (text, expected) in texts {
        let found = words(&segmenter, &text);
        let found: Vec<&str> = found
            .into_iter()
            .filter(|word| !word.trim().is_empty())
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn one_space_belongs_to_the_word_before_it_and_other_white_space_is_a_token() {
    let text = " 山 水  火\u{3000}\n木 ";
    for segmenter in all() {
        let pieces = pieces(&segmenter, text, UNBOUND).unwrap();
        let spaces: Vec<bool> = pieces.iter().map(|piece| piece.space).collect();
        assert_eq!(
            words(&segmenter, text),
            [" ", "山", "水", " ", "火", "\u{3000}\n", "木"]
        );
        assert_eq!(spaces, [false, true, true, false, false, false, true]);
    }
    assert_eq!(words(&Segmenter::Characters, "ab"), ["a", "b"]);
    assert_eq!(words(&Segmenter::Spaces, "ab"), ["ab"]);
}

#[test]
fn bounds_of_tokens_and_of_time_hold() {
    let text = "山水 木火。".repeat(2000);
    let (few, late) = (
        Bounds {
            tokens: 100,
            ..UNBOUND
        },
        Bounds {
            budget: Budget::start(Some(Duration::ZERO)),
            ..UNBOUND
        },
    );
    for segmenter in all() {
        assert!(matches!(
            pieces(&segmenter, &text, few),
            Err(Stopped::TooManyTokens)
        ));
        assert!(matches!(
            pieces(&segmenter, &text, late),
            Err(Stopped::OutOfTime)
        ));
        assert!(pieces(&segmenter, &text, UNBOUND).is_ok());
    }
}

#[test]
fn a_text_without_any_space_takes_time_in_proportion_to_its_length() {
    for part in ["山水木火土日月人口手", "a", "。", "山"] {
        let text = part.repeat(100_000 / part.chars().count());
        for segmenter in all() {
            let end = pieces(&segmenter, &text, UNBOUND)
                .unwrap()
                .last()
                .unwrap()
                .end;
            assert_eq!(end as usize, text.len());
        }
    }
}

#[test]
fn a_segmenter_that_nobody_knows_is_one_of_characters_and_says_so() {
    let mut files = Files::default();
    files
        .0
        .insert(CFG.into(), b"{\"segmenter\": \"mine\"}".to_vec());
    let (segmenter, warning) = load_chinese(&files).unwrap();
    assert_eq!(words(&segmenter, "山水"), ["山", "水"]);
    assert!(warning.unwrap().contains("\"mine\""));
}

#[test]
fn files_of_a_model_that_are_missing_or_damaged_are_named() {
    let whole = chinese();
    for name in [CFG, FEATURES, WEIGHTS, LISTS] {
        let refused = |files: &Files| match load_chinese(files) {
            Ok(_) => panic!("{name} is damaged, and nobody minded"),
            Err(error) => assert!(error.to_string().contains(name), "{error}"),
        };
        let mut files = whole.clone();
        let content = files.0.remove(name).unwrap();
        refused(&files);
        for part in 0..8 {
            files
                .0
                .insert(name.into(), content[..content.len() * part / 8].to_vec());
            refused(&files);
        }
    }
}

#[test]
fn numbers_that_no_weights_stand_for_are_refused() {
    let mut files = chinese();
    let features = files.0.get_mut(FEATURES).unwrap();
    // The first feature's number, in the map that begins with it.
    let place = features.windows(2).position(|two| two == b"$$").unwrap() + 2;
    features[place] = 0x7f;
    assert!(load_chinese(&files).is_ok());
    let features = files.0.get_mut(FEATURES).unwrap();
    let tag = features
        .windows(8)
        .position(|name| name == b"B_single")
        .unwrap()
        + 8;
    features[tag] = 0x05;
    let error = load_chinese(&files).err().unwrap().to_string();
    assert!(
        error.contains("tag_to_idx") && error.contains(FEATURES),
        "{error}"
    );
}
