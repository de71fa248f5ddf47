//! Memory zones hold what a block of work made, and nothing stays when they close.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use nlp_core::{Doc, Keep, Language, MemoryReport, Owner, PoolConfig, ZonePool, models};

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

#[test]
fn an_inner_zone_sees_the_words_of_the_outer_one_and_copies_none() {
    let nlp = models::english().unwrap();
    let outer = nlp.zone();
    outer.parse(&novel(1)).unwrap();
    let before = outer.memory_report();
    let inner = outer.zone();
    assert_eq!(
        words(&inner.parse(&novel(1)).unwrap()),
        words(&NLP.parse(&novel(1)).unwrap())
    );
    assert!(inner.contains("zorble1"));
    for name in ["strings", "lexemes"] {
        assert_eq!(
            inner
                .memory_report()
                .get(Owner::Zone, name)
                .unwrap()
                .entries,
            0
        );
    }
    assert_eq!(outer.memory_report(), before);
}

#[test]
fn an_inner_zone_closes_without_harm_to_the_outer_one() {
    let nlp = models::english().unwrap();
    let outer = nlp.zone();
    let first = outer.parse(&novel(1)).unwrap();
    let said = words(&first);
    {
        let inner = outer.zone();
        let doc = inner.parse(&novel(2)).unwrap();
        // The outer zone goes on growing under the inner one.
        let second = outer.parse(&novel(3)).unwrap();
        let innermost = inner.zone();
        for (text, doc) in [(novel(2), &doc), (novel(3), &second), (novel(1), &first)] {
            assert_eq!(words(&innermost.parse(&text).unwrap()), words(doc));
        }
        assert!(innermost.contains("zorble1") && innermost.contains("zorble3"));
    }
    assert_eq!(words(&first), said);
    assert!(outer.contains("zorble3") && !outer.contains("zorble2"));
    outer.memory_zone(|inner| assert!(!inner.contains("zorble2")));
}

#[test]
fn what_is_made_permanent_in_a_zone_outlives_it_even_if_the_zone_saw_it_first() {
    let nlp = models::english().unwrap();
    let (kept, id) = nlp.memory_zone(|zone| {
        let doc = zone.parse("Gizmotron visits Snarfville.").unwrap();
        let word = doc.token(0);
        assert!(!nlp.vocab().contains("Gizmotron"));
        zone.memory_zone(|inner| {
            nlp.vocab()
                .intern_permanent(inner.lexeme(word.text()).text())
        });
        (
            nlp.vocab().intern_permanent(word.text()),
            word.lexeme().orth(),
        )
    });
    assert_eq!((kept.text(), kept.id()), ("Gizmotron", id));
    assert_eq!(nlp.vocab().string(id), Some("Gizmotron"));
    assert!(!nlp.vocab().contains("Snarfville") && nlp.zone().contains("Gizmotron"));
}

#[test]
fn a_zone_that_goes_back_to_its_pool_has_no_word_left_and_a_warm_cache() {
    let nlp = models::english().unwrap();
    let pool = ZonePool::new(&nlp, PoolConfig::default());
    for seed in 0..20 {
        let zone = pool.zone();
        assert!(!zone.contains(&format!("zorble{}", seed.max(1) - 1)));
        let doc = zone.parse(&novel(seed)).unwrap();
        assert_eq!(words(&doc), words(&NLP.parse(&novel(seed)).unwrap()));
    }
    let report = pool.memory_report();
    let entries = |name| report.get(Owner::Pool, name).unwrap().entries;
    assert_eq!(
        (
            entries("strings"),
            entries("lexemes"),
            entries("idle_zones")
        ),
        (0, 0, 1)
    );
    assert!(entries("tokenizer_cache") >= 60);
}

#[test]
fn a_pool_keeps_no_more_zones_than_it_may_and_makes_as_many_as_are_asked_for() {
    let config = PoolConfig {
        max_idle: 3,
        ..PoolConfig::default()
    };
    let pool = ZonePool::new(Arc::new(models::english().unwrap()), config);
    let zones: Vec<_> = (0..10).map(|_| pool.zone()).collect();
    for (seed, zone) in zones.iter().enumerate() {
        zone.parse(&novel(seed)).unwrap();
        assert_eq!(zone.contains("zorble7"), seed == 7);
    }
    drop(zones);
    assert_eq!(
        pool.memory_report()
            .get(Owner::Pool, "idle_zones")
            .unwrap()
            .entries,
        3
    );
}

#[test]
fn a_pool_that_keeps_words_warm_forgets_them_when_they_exceed_the_bound() {
    let config = PoolConfig {
        warm_words: true,
        keep: Keep {
            arena: 32 << 10,
            table: 8 << 10,
        },
        ..PoolConfig::default()
    };
    let nlp = models::english().unwrap();
    let pool = ZonePool::new(&nlp, config);
    pool.memory_zone(|zone| zone.parse(&novel(0)).unwrap().len());
    assert!(pool.zone().contains("zorble0"));
    for seed in 1..200 {
        let said = pool.memory_zone(|zone| words(&zone.parse(&novel(seed)).unwrap()));
        assert_eq!(said, words(&NLP.parse(&novel(seed)).unwrap()));
        let bytes = pool.memory_report().total_bytes();
        let cache = pool
            .memory_report()
            .get(Owner::Pool, "tokenizer_cache")
            .unwrap()
            .bytes;
        assert!(
            bytes - cache <= (32 << 10) + 2 * (8 << 10) + 2048,
            "{bytes}"
        );
    }
    assert!(!pool.zone().contains("zorble0"));
}

#[test]
fn a_thread_that_dies_in_a_pooled_zone_gives_it_back_empty() {
    let nlp = models::english().unwrap();
    let pool = ZonePool::new(&nlp, PoolConfig::default());
    let died = std::thread::scope(|threads| {
        let dying = threads.spawn(|| {
            let zone = pool.zone();
            zone.parse(&novel(1)).unwrap();
            panic!("in the middle of a request");
        });
        dying.join().is_err()
    });
    assert!(died);
    let report = pool.memory_report();
    assert_eq!(report.get(Owner::Pool, "idle_zones").unwrap().entries, 1);
    assert_eq!(report.get(Owner::Pool, "strings").unwrap().entries, 0);
    assert!(!pool.zone().contains("zorble1"));
}

#[test]
fn many_threads_share_a_pool_and_read_their_own_words_back() {
    let nlp = models::english().unwrap();
    let pool = ZonePool::new(&nlp, PoolConfig::default());
    std::thread::scope(|threads| {
        for thread in 0..16 {
            let pool = &pool;
            threads.spawn(move || {
                for round in 0..40 {
                    let seed = 100_000 + thread * 1000 + round;
                    let texts = [novel(seed), novel(seed + 500)];
                    let zone = pool.zone();
                    let docs: Vec<Doc<'_>> = texts
                        .iter()
                        .map(|text| zone.tokenize(text).unwrap())
                        .collect();
                    std::thread::yield_now();
                    for (text, doc) in texts.iter().zip(&docs) {
                        let again: String = doc.tokens().map(|t| t.text_with_ws()).collect();
                        let lexemes = doc.tokens().all(|t| t.lexeme().text() == t.text());
                        assert!(&again == text && lexemes);
                    }
                }
            });
        }
    });
    assert!(
        pool.memory_report()
            .get(Owner::Pool, "idle_zones")
            .unwrap()
            .entries
            <= 16
    );
    assert!(!nlp.vocab().contains("zorble100000"));
}
