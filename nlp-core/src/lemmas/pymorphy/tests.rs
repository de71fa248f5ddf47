//! Lemmas by a tiny dictionary of made-up words, compared with spaCy's, and dictionaries that are no good.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::word::{Lemmatize, Word};
use super::{Mode, Pymorphy};
use crate::error::Error;
use crate::files::{Content, PipelineFiles};
use crate::frozen::Walk;
use crate::pos::Pos;

/// The files of `golden/dictionary`, some of them replaced.
#[derive(Default)]
struct Golden(BTreeMap<&'static str, Vec<u8>>);

impl PipelineFiles for Golden {
    fn read(&self, relative: &str) -> Result<Content<'_>, Error> {
        if let Some(bytes) = self.0.get(relative) {
            return Ok(Content::Borrowed(bytes));
        }
        let path = self.path(relative);
        let bytes = std::fs::read(&path).map_err(|source| Error::Read { path, source });
        bytes.map(Content::Owned)
    }

    fn exists(&self, relative: &str) -> bool {
        self.0.contains_key(relative) || self.path(relative).exists()
    }

    fn path(&self, relative: &str) -> PathBuf {
        let golden = "src/lemmas/pymorphy/golden/dictionary";
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(golden)
            .join(relative)
    }
}

fn load(lang: &str, mode: &str, files: &Golden) -> Result<Pymorphy, Error> {
    Pymorphy::load(Mode::of(lang, mode).expect("it is a mode"), files)
}

fn refusal(file: &'static str, bytes: &[u8]) -> String {
    let files = Golden([(file, bytes.to_vec())].into());
    load("ru", "pymorphy3", &files)
        .err()
        .expect("it is refused")
        .to_string()
}

/// A word without features.
fn word(text: &str, pos: Pos) -> Word<'_> {
    Word {
        text,
        pos,
        morph: None,
        starts_sentence: false,
    }
}

#[test]
fn lemmas_are_those_that_spacy_finds() {
    let mut lemmatizers = BTreeMap::new();
    for line in include_str!("golden/words.jsonl").lines() {
        let (lang, mode, text, pos, morph, lemma): (
            String,
            String,
            String,
            String,
            String,
            String,
        ) = serde_json::from_str(line).unwrap();
        let lemmatizer = lemmatizers.entry((lang.clone(), mode.clone()));
        let lemmatizer =
            lemmatizer.or_insert_with(|| load(&lang, &mode, &Golden::default()).unwrap());
        let word = Word {
            morph: (!morph.is_empty()).then_some(morph.as_str()),
            ..word(&text, Pos::from_name(&pos).unwrap())
        };
        assert_eq!(lemmatizer.lemma(word), lemma, "{line}");
    }
    assert_eq!(lemmatizers.len(), 4);
}

#[test]
fn both_languages_have_the_modes_of_both_versions_and_no_other_has() {
    let package = |lang, mode| Mode::of(lang, mode).map(|mode| mode.package);
    assert_eq!(package("ru", "pymorphy3"), Some("pymorphy3_dicts_ru"));
    assert_eq!(
        package("uk", "pymorphy2_lookup"),
        Some("pymorphy2_dicts_uk")
    );
    assert_eq!(package("ru", "lookup"), None);
    assert_eq!(package("be", "pymorphy3"), None);
}

#[test]
fn all_of_a_dictionary_is_walked() {
    let loaded = load("ru", "pymorphy3", &Golden::default()).unwrap();
    let one = Walk::over(&loaded);
    let suffixes = Golden::default()
        .read("suffixes.json")
        .unwrap()
        .into_owned();
    let changed = String::from_utf8(suffixes).unwrap().replace("ами", "ями");
    let files = Golden([("suffixes.json", changed.into_bytes())].into());
    let other = Walk::over(&load("ru", "pymorphy3", &files).unwrap());
    assert_ne!(one.fingerprint(), other.fingerprint());
    assert!(Walk::measure(&loaded) > 10_000);
}

#[test]
fn dictionaries_that_are_none_are_refused_by_file() {
    for (file, bytes, expected) in [
        ("meta.json", &b"{}"[..], "is of version \"0.0\""),
        (
            "meta.json",
            b"[[\"format_version\", \"3.0\"]]",
            "is of version \"3.0\"",
        ),
        ("meta.json", b"[[\"format_version\", \"2.4\"]", "no JSON"),
        ("suffixes.json", b"[1]", "holds no list of texts"),
        (
            "paradigms.array",
            b"\x02\x00\x03\x00\x01\x00",
            "ends within a paradigm",
        ),
        (
            "words.dawg",
            b"\xff\xff\xff\xff\x00\x00",
            "ends within its 4294967295 units",
        ),
        ("words.dawg", b"", "ends within its length"),
        (
            "prediction-suffixes-1.dawg",
            b"\x00\x00\x00\x00\xff\x00\x00\x00",
            "ends within its guide of 255 units",
        ),
    ] {
        let refusal = refusal(file, bytes);
        assert!(
            refusal.contains(expected) && refusal.contains(file),
            "{refusal}"
        );
    }
}

#[test]
fn numbers_of_a_dictionary_that_lead_nowhere_are_no_analyses() {
    // Paradigms that are not there, tags that are not there, and an automaton of units that lead anywhere.
    for (file, bytes) in [
        ("paradigms.array", b"\x00\x00".to_vec()),
        ("gramtab-opencorpora-int.json", b"[]".to_vec()),
        ("suffixes.json", b"[]".to_vec()),
    ] {
        let lemmatizer = load("ru", "pymorphy3_lookup", &Golden([(file, bytes)].into())).unwrap();
        for text in ["на", "лёкых", "бако-то"] {
            lemmatizer.lemma(word(text, Pos::X));
        }
    }
    for seed in 1..200_u32 {
        let mut state = seed;
        let mut numbers = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 4
        };
        let units = 512_u32;
        let mut bytes = units.to_le_bytes().to_vec();
        for _ in 0..units {
            // Low offsets, so that most steps lead to a unit, and few labels, so that most fit.
            let unit = ((numbers() % 512) << 10)
                | (numbers() & 0x100)
                | [1, 0xd0, 0xb0, 0x41][numbers() as usize % 4];
            bytes.extend(unit.to_le_bytes());
        }
        bytes.extend(units.to_le_bytes());
        bytes.extend((0..2 * units).map(|_| [0, 1, 0xd0, b'A'][numbers() as usize % 4]));
        let lemmatizer = load(
            "ru",
            "pymorphy3_lookup",
            &Golden([("words.dawg", bytes)].into()),
        )
        .unwrap();
        lemmatizer.lemma(word(&"ее".repeat(40), Pos::X));
        lemmatizer.lemma(word("а", Pos::X));
    }
}

#[test]
fn words_made_of_known_prefixes_and_particles_are_cut_in_bounded_time() {
    let lemmatizer = load("ru", "pymorphy3_lookup", &Golden::default()).unwrap();
    for part in ["недо", "не", "-то", "по-", "е", "супер-анти"] {
        for parts in [10, 100, 1_000, 100_000] {
            let text = part.repeat(parts);
            let lemma = lemmatizer.lemma(word(&text, Pos::X));
            assert!(!lemma.is_empty());
        }
    }
}
