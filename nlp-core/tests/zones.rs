//! Memory zones hold what a block of work made, and nothing stays when they close.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use nlp_core::{Doc, Language, MemoryReport, Owner, models};

static NLP: LazyLock<Language> = LazyLock::new(|| models::english().unwrap());

/// Text with words that no vocabulary holds.
fn novel(seed: usize) -> String {
    format!("The zorble{seed} quixed the frumious vlim{seed}s near Snarfville-{seed}.")
}

fn words(doc: &Doc<'_>) -> Vec<(String, String, String, usize)> {
    doc.tokens()
        .map(|t| {
            (
                t.text().to_owned(),
                t.lemma().to_owned(),
                t.dep().to_owned(),
                t.head().i(),
            )
        })
        .collect()
}

#[test]
fn a_zone_leaves_the_vocabulary_as_it_was() {
    let nlp = models::english().unwrap();
    let before = nlp.memory_report();
    for seed in 0..50 {
        nlp.memory_zone(|zone| zone.parse(&novel(seed)).unwrap().len());
    }
    assert_eq!(nlp.memory_report(), before);
}

#[test]
fn without_a_zone_the_vocabulary_grows_with_new_words_only() {
    let nlp = models::english().unwrap();
    nlp.parse(&novel(0)).unwrap();
    let once = nlp.memory_report();
    nlp.parse(&novel(0)).unwrap();
    assert_eq!(nlp.memory_report(), once);
    nlp.parse(&novel(1)).unwrap();
    let entries =
        |report: &MemoryReport, name| report.get(Owner::Vocabulary, name).unwrap().entries;
    for name in ["strings", "lexemes"] {
        assert!(entries(&nlp.memory_report(), name) > entries(&once, name));
    }
}

#[test]
fn a_zone_says_what_the_vocabulary_says() {
    for seed in 0..20 {
        let text = novel(seed);
        let outside = words(&NLP.parse(&text).unwrap());
        let inside = NLP.memory_zone(|zone| words(&zone.parse(&text).unwrap()));
        assert_eq!(outside, inside);
    }
}

#[test]
fn documents_of_one_zone_live_side_by_side() {
    let zone = NLP.zone();
    let texts: Vec<String> = (0..200).map(novel).collect();
    let docs: Vec<Doc<'_>> = texts.iter().map(|text| zone.parse(text).unwrap()).collect();
    for (text, doc) in texts.iter().zip(&docs) {
        let again: String = doc.tokens().map(|t| t.text_with_ws()).collect();
        assert_eq!(&again, text);
    }
}

#[test]
fn a_panic_in_a_zone_frees_it_and_leaves_the_pipeline_usable() {
    let nlp = models::english().unwrap();
    let before = nlp.memory_report();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        nlp.memory_zone(|zone| {
            zone.parse(&novel(1)).unwrap();
            panic!("in the middle of the work");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(nlp.memory_report(), before);
    assert_eq!(nlp.parse("Still here.").unwrap().len(), 3);
}

#[test]
fn zones_on_many_threads_do_not_disturb_each_other() {
    std::thread::scope(|threads| {
        for thread in 0..8 {
            threads.spawn(move || {
                for round in 0..10 {
                    let text = novel(thread * 100 + round);
                    NLP.memory_zone(|zone| {
                        let doc = zone.parse(&text).unwrap();
                        let again: String = doc.tokens().map(|t| t.text_with_ws()).collect();
                        assert_eq!(again, text);
                    });
                }
            });
        }
    });
}

#[test]
fn a_text_over_the_limit_is_an_error_that_says_so() {
    let mut nlp = models::english().unwrap();
    nlp.set_max_length(10);
    let error = nlp.parse("eleven char").unwrap_err().to_string();
    assert!(error.contains("11") && error.contains("10"), "{error}");
    assert_eq!(nlp.parse("ten chars.").unwrap().text(), "ten chars.");
    assert!(
        nlp.parse("äöüäöüäöüä").is_ok(),
        "the limit counts code points, not bytes"
    );
}
