//! What a text says does not depend on what was said before: alone in a new zone, in a pool's zone after other texts, with
//! warm words or a small cache, in a zone in a zone, in a cleared one, without a zone, in a batch: the same.
#![no_main]

use std::cell::RefCell;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use nlp_core::{Doc, Error, Keep, Language, Owner, PoolConfig, ZonePool, models};
use nlp_core_fuzz::pieces::{SPACES, STRINGS, WORDS};
use nlp_core_fuzz::{Unstructured, one_of, one_str, pick};
use serde_json::Value;

/// The strings that the pipeline was saved with: every word of its training, and every label.
static KNOWN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let strings = include_bytes!("../../nlp-core/models/en_ewt_sm/vocab/strings.json");
    serde_json::from_slice(strings).expect("strings")
});

thread_local! {
    /// The pipeline, and what it had seen without zones when it was last loaded.
    static NLP: RefCell<Language> = RefCell::new(models::english().expect("the English pipeline"));
}

/// What the vocabulary may grow to without zones before the pipeline is loaded anew.
const MOST_STRINGS: usize = 20_000;

#[path = "../../nlp-core/tests/collide/mod.rs"]
mod collide;

/// Words that have one id, in pairs: ids are spaCy's, whose hash can be turned round.
static COLLISIONS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let known = ["the", "dog", "Berlin", "can't", "U.K.", "zorble1"];
    let twin = |word: &str| (word.to_owned(), collide::twins_of(word, 1).remove(0));
    let family = collide::family(4);
    let strangers = family
        .windows(2)
        .map(|two| (two[0].clone(), two[1].clone()));
    known
        .iter()
        .map(|word| twin(word))
        .chain(strangers)
        .collect()
});

fuzz_target!(|data: &[u8]| {
    let mut u = Unstructured::new(data);
    let mut texts = Vec::new();
    for _ in 0..1 + pick(&mut u, 4) {
        texts.push(text(&mut u, &texts));
    }
    NLP.with_borrow_mut(|nlp| {
        let report = nlp.memory_report();
        if report
            .get(Owner::Vocabulary, "strings")
            .is_some_and(|store| store.entries > MOST_STRINGS)
        {
            *nlp = models::english().expect("the English pipeline");
        }
        compare(nlp, &texts, &mut u);
    });
});

/// A text of up to a dozen pieces, at times pieces of a text before.
fn text(u: &mut Unstructured<'_>, before: &[String]) -> String {
    let mut text = String::new();
    for _ in 0..pick(u, 12) {
        match pick(u, 10) {
            0..=3 => text.push_str(one_str(u, WORDS)),
            4 | 5 => text.push_str(one_of::<String>(u, &KNOWN)),
            6 => text.push_str(one_str(u, STRINGS)),
            7 if !before.is_empty() => {
                let words: Vec<&str> = one_of(u, before).split_whitespace().collect();
                text.push_str(if words.is_empty() {
                    "again"
                } else {
                    one_str(u, &words)
                });
            }
            8 => {
                let (one, other) = one_of(u, &COLLISIONS);
                text.push_str(if pick(u, 2) == 0 { one } else { other });
            }
            _ => {
                // Two pieces that were never one word.
                text.push_str(one_str(u, WORDS));
                text.push_str(one_str(u, WORDS));
            }
        }
        text.push_str(one_str(u, SPACES));
    }
    text.truncate(text.floor_char_boundary(300));
    text
}

fn compare(nlp: &Language, texts: &[String], u: &mut Unstructured<'_>) {
    let alone: Vec<Said> = texts
        .iter()
        .map(|text| nlp.memory_zone(|zone| said(zone.parse(text))))
        .collect();

    let cold = PoolConfig {
        tokenizer_cache: [7_000, 0, 1, 5][pick(u, 4)],
        ..PoolConfig::default()
    };
    let warm = PoolConfig {
        warm_words: true,
        ..cold
    };
    for (config, when) in [
        (cold, "in a pool's zone after others"),
        (warm, "in a pool's zone that keeps words"),
    ] {
        let pool = ZonePool::new(nlp, config);
        for _ in 0..2 {
            for (text, alone) in texts.iter().zip(&alone) {
                same(
                    alone,
                    &pool.memory_zone(|zone| said(zone.parse(text))),
                    text,
                    when,
                );
            }
        }
    }

    let mut zone = nlp.zone();
    for (text, first) in texts.iter().zip(&alone) {
        same(
            first,
            &said(zone.parse(text)),
            text,
            "in a zone after others",
        );
        let inner = zone.zone();
        for (text, alone) in texts.iter().zip(&alone).rev() {
            same(
                alone,
                &said(inner.parse(text)),
                text,
                "in a zone inside another",
            );
        }
    }
    for (text, alone) in texts.iter().zip(&alone).rev() {
        zone.clear([Keep::NOTHING, Keep::default()][pick(u, 2)]);
        same(
            alone,
            &said(zone.parse(text)),
            text,
            "in a zone that was cleared",
        );
    }

    for (text, alone) in texts.iter().zip(&alone) {
        same(alone, &said(nlp.parse(text)), text, "without a zone");
    }
    let batch = zone.parse_batch(texts);
    for ((text, alone), in_batch) in texts.iter().zip(&alone).zip(batch) {
        same(alone, &said(in_batch), text, "in a batch");
    }
}

type Said = Result<Value, String>;

fn said(doc: Result<Doc<'_>, Error>) -> Said {
    let doc = match doc {
        Ok(doc) => doc,
        Err(
            error @ (Error::Tokenize(_) | Error::TextTooLong { .. } | Error::TooManyTokens { .. }),
        ) => {
            return Err(error.to_string());
        }
        Err(error) => panic!("{error}"),
    };
    // The tokens and their white space are the text, and every word's lexeme is its own.
    let again: String = doc.tokens().map(|token| token.text_with_ws()).collect();
    assert_eq!(again, doc.text());
    assert!(
        doc.tokens()
            .all(|token| token.lexeme().text() == token.text())
    );
    let mut json = doc.to_json();
    // What `to_json` leaves out.
    json["norms"] = doc.tokens().map(|token| token.norm()).collect();
    json["lower"] = doc.tokens().map(|token| token.lexeme().lower()).collect();
    json["shape"] = doc.tokens().map(|token| token.lexeme().shape()).collect();
    Ok(json)
}

fn same(alone: &Said, here: &Said, text: &str, when: &str) {
    assert_eq!(alone, here, "{text:?} says something else {when}");
}
