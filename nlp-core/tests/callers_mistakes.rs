//! What a caller can get wrong, or what can go wrong under a caller: observers that ask, settings without end, limits, and
//! parts of the pipeline that panic.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use nlp_core::{
    Doc, Error, Keep, Language, Limits, Observer, Owner, Part, PoolConfig, ZonePool, models,
};

static NLP: LazyLock<Language> = LazyLock::new(|| models::english().unwrap());

/// An observer that is a closure.
struct Around<F>(F);

impl<F: Fn(Part<'_>, &mut dyn FnMut()) + Send + Sync> Observer for Around<F> {
    fn around(&self, part: Part<'_>, work: &mut dyn FnMut()) {
        (self.0)(part, work);
    }
}

/// A pipeline that is observed.
fn observed(observer: impl Fn(Part<'_>, &mut dyn FnMut()) + Send + Sync + 'static) -> Language {
    let mut nlp = models::english().unwrap();
    nlp.observe(Box::new(Around(observer)));
    nlp
}

/// A pipeline whose `part` panics on the text of the thread that is to blame.
fn panicking(part: &'static str, to_blame: impl Fn() -> bool + Send + Sync + 'static) -> Language {
    observed(move |at, work| {
        work();
        if at.name() == part && to_blame() {
            panic!("what went wrong in {part}");
        }
    })
}

fn idle_zones<L: std::ops::Deref<Target = Language>>(pool: &ZonePool<L>) -> usize {
    pool.memory_report()
        .get(Owner::Pool, "idle_zones")
        .unwrap()
        .entries
}

fn json(doc: &Doc<'_>) -> serde_json::Value {
    doc.to_json()
}

#[test]
fn an_observer_may_ask_for_the_memory_report_and_for_words_while_a_text_is_parsed() {
    static OBSERVED: OnceLock<Language> = OnceLock::new();
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let ask = |part: &str| {
        let Some(nlp) = OBSERVED.get() else {
            return;
        };
        assert!(nlp.memory_report().total_bytes() > 0);
        let word = format!("asked{part}");
        assert_eq!(nlp.vocab().lexeme(&word).text(), word);
        assert!(nlp.vocab().contains(&word));
        assert_eq!(
            nlp.vocab().string(nlp.vocab().intern_permanent(&word).id()),
            Some(&*word)
        );
        nlp.memory_zone(|zone| assert!(zone.contains(&word)));
        ASKED.fetch_add(1, Relaxed);
    };
    let nlp = observed(move |part, work| {
        ask(part.name());
        work();
        ask(part.name());
    });
    let nlp = OBSERVED.get_or_init(|| nlp);
    let parts = nlp.components().count() + 2;
    assert_eq!(
        json(&nlp.parse("Ask away.").unwrap()),
        json(&NLP.parse("Ask away.").unwrap())
    );
    assert_eq!(ASKED.load(Relaxed), 2 * parts);
    nlp.memory_zone(|zone| assert_eq!(zone.parse("In a zone.").unwrap().len(), 4));
    assert!(nlp.parse_batch(&["One.", "Two."]).iter().all(Result::is_ok));
}

#[test]
fn an_observer_may_parse_a_text_of_its_own_meanwhile() {
    static OBSERVED: OnceLock<Language> = OnceLock::new();
    static INSIDE: AtomicBool = AtomicBool::new(false);
    let nlp = observed(|_, work| {
        if let Some(nlp) = OBSERVED.get()
            && !INSIDE.swap(true, Relaxed)
        {
            assert_eq!(nlp.parse("A text within a text.").unwrap().len(), 6);
            INSIDE.store(false, Relaxed);
        }
        work();
    });
    let nlp = OBSERVED.get_or_init(|| nlp);
    assert_eq!(nlp.parse("The outer text.").unwrap().len(), 4);
}

#[test]
fn an_observer_that_forgets_the_work_or_does_it_twice_changes_nothing() {
    let expected = json(&NLP.parse("Twice is once, never is once.").unwrap());
    let forgets = observed(|_, _| {});
    let twice = observed(|_, work| {
        work();
        work();
    });
    for nlp in [forgets, twice] {
        assert_eq!(
            json(&nlp.parse("Twice is once, never is once.").unwrap()),
            expected
        );
    }
}

#[test]
fn a_pool_that_keeps_everything_keeps_what_was_needed_and_no_more() {
    let everything = PoolConfig {
        max_idle: usize::MAX,
        keep: Keep {
            arena: usize::MAX,
            table: usize::MAX,
        },
        tokenizer_cache: usize::MAX,
        warm_words: false,
    };
    let pool = ZonePool::new(&*NLP, everything);
    let expected = json(&NLP.parse("Keep it all.").unwrap());
    let zones: Vec<_> = (0..3).map(|_| pool.zone()).collect();
    for zone in &zones {
        assert_eq!(json(&zone.parse("Keep it all.").unwrap()), expected);
    }
    drop(zones);
    assert_eq!(idle_zones(&pool), 3);
    let report = pool.memory_report();
    assert!(report.total_bytes() < 3 * (128 << 20), "{report}");
    assert_eq!(report.get(Owner::Pool, "strings").unwrap().entries, 0);
}

#[test]
fn every_setting_of_a_pool_may_be_as_large_or_as_small_as_there_is() {
    for size in [
        0,
        1,
        7,
        usize::MAX / 2 + 1,
        usize::MAX - 1,
        usize::MAX,
        1 << 32,
        isize::MAX as usize,
    ] {
        for warm_words in [false, true] {
            let configs = [
                PoolConfig {
                    max_idle: size,
                    warm_words,
                    ..PoolConfig::default()
                },
                PoolConfig {
                    tokenizer_cache: size,
                    warm_words,
                    ..PoolConfig::default()
                },
                PoolConfig {
                    keep: Keep {
                        arena: size,
                        table: 0,
                    },
                    warm_words,
                    ..PoolConfig::default()
                },
                PoolConfig {
                    keep: Keep {
                        arena: 0,
                        table: size,
                    },
                    warm_words,
                    ..PoolConfig::default()
                },
            ];
            for config in configs {
                let pool = ZonePool::new(&*NLP, config);
                for _ in 0..2 {
                    pool.memory_zone(|zone| {
                        assert_eq!(zone.tokenize("Any size will do.").unwrap().len(), 5)
                    });
                }
                assert_eq!(idle_zones(&pool), config.max_idle.min(1));
                assert!(!pool.memory_report().to_string().is_empty());
            }
        }
    }
}

#[test]
fn a_zone_may_be_cleared_keeping_all_or_nothing() {
    let mut zone = NLP.zone();
    for size in [0, 1, usize::MAX, usize::MAX - 1, 1 << 63] {
        zone.parse("Clear me, frobnicate me.").unwrap();
        zone.clear(Keep {
            arena: size,
            table: size,
        });
        assert!(!zone.contains("frobnicate"));
    }
}

#[test]
fn limits_without_end_are_none_and_limits_of_nothing_let_nothing_through() {
    let mut nlp = models::english().unwrap();
    nlp.set_limits(Limits {
        chars: usize::MAX,
        tokens: usize::MAX,
        time: Some(Duration::MAX),
        scratch: usize::MAX,
    });
    assert_eq!(nlp.parse("No end.").unwrap().len(), 3);
    assert_eq!(nlp.max_length(), usize::MAX);
    nlp.set_limits(Limits {
        chars: 0,
        tokens: 0,
        time: Some(Duration::ZERO),
        scratch: 0,
    });
    assert!(matches!(
        nlp.parse("a"),
        Err(Error::TextTooLong { chars: 1, limit: 0 })
    ));
    nlp.set_limits(Limits {
        chars: 1,
        ..nlp.limits()
    });
    assert!(matches!(nlp.parse("a"), Err(Error::OutOfTime { .. })));
    nlp.set_limits(Limits {
        time: None,
        ..nlp.limits()
    });
    assert!(matches!(
        nlp.parse("a"),
        Err(Error::TooManyTokens { limit: 0 })
    ));
    assert!(nlp.parse("").is_ok());
}

#[test]
fn a_limit_says_which_it_was_and_the_other_texts_of_the_batch_go_on() {
    let zone = NLP.zone();
    zone.set_limits(Limits {
        chars: 40,
        tokens: 6,
        ..Limits::default()
    });
    let long = "x".repeat(41);
    let results = zone.parse_batch(&["One.", &long, "a b c d e f g", "a b c d e f", "Two."]);
    let told: Vec<String> = results
        .iter()
        .map(|result| match result {
            Ok(doc) => doc.len().to_string(),
            Err(error) => error.to_string(),
        })
        .collect();
    assert_eq!(
        told,
        [
            "2",
            "text of 41 characters is longer than the limit of 40: split it, or raise the limit",
            "text has more tokens than the limit of 6: split it, or raise the limit",
            "6",
            "2",
        ]
    );
}

#[test]
fn one_word_of_many_tokens_meets_the_limit_too() {
    let zone = NLP.zone();
    zone.set_limits(Limits {
        tokens: 100,
        ..Limits::default()
    });
    assert!(matches!(
        zone.tokenize(&"!".repeat(200)),
        Err(Error::TooManyTokens { limit: 100 })
    ));
    assert_eq!(zone.tokenize(&"!".repeat(100)).unwrap().len(), 100);
}

#[test]
fn a_zone_has_its_own_limits_and_lends_them_to_zones_inside() {
    let strict = Limits {
        tokens: 2,
        ..Limits::default()
    };
    let zone = NLP.zone();
    zone.set_limits(strict);
    assert_eq!(zone.limits(), strict);
    let inner = zone.zone();
    assert_eq!(inner.limits(), strict);
    inner.set_limits(Limits::default());
    assert!(inner.parse("Three tokens.").is_ok() && zone.parse("Three tokens.").is_err());
    assert!(NLP.zone().parse("Three tokens.").is_ok());
    let pool = ZonePool::new(&*NLP, PoolConfig::default());
    pool.memory_zone(|zone| zone.set_limits(strict));
    assert_eq!(pool.zone().limits(), Limits::default());
}

#[test]
fn the_time_is_looked_at_in_every_part() {
    let mut names = vec!["tokenizer", "vocabulary"];
    names.extend(NLP.components().map(|(name, _)| name));
    std::thread::scope(|threads| {
        for name in names {
            threads.spawn(move || {
                // The time is up when the part begins: it has to find out by itself.
                let nlp = observed(move |part, work| {
                    if part.name() == name {
                        std::thread::sleep(Duration::from_millis(2600));
                    }
                    work();
                });
                let zone = nlp.zone();
                let limit = Duration::from_millis(2500);
                zone.set_limits(Limits {
                    time: Some(limit),
                    ..Limits::default()
                });
                match zone.parse("There is no time left.") {
                    Err(Error::OutOfTime { limit: told, part }) => {
                        assert_eq!((told, &*part), (limit, name));
                    }
                    other => panic!("{name}: {other:?}"),
                }
            });
        }
    });
}

#[test]
fn a_text_that_runs_out_of_time_costs_the_others_of_its_batch_nothing_but_time() {
    let nlp = observed(|part, work| {
        work();
        // Whoever reads the third text is slow.
        if part.name() == "parser" && SLOW.with(|slow| slow.replace(false)) {
            std::thread::sleep(Duration::from_millis(4600));
        }
    });
    thread_local! {
        static SLOW: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
    }
    SLOW.with(|slow| slow.set(true));
    let zone = nlp.zone();
    zone.set_limits(Limits {
        time: Some(Duration::from_millis(1500)),
        ..Limits::default()
    });
    let results = zone.parse_batch(&["One text.", "Another.", "A third."]);
    // Together they were too slow; each alone is not.
    assert!(results.iter().all(Result::is_ok), "{results:?}");
}

#[test]
fn a_panic_in_any_part_is_an_error_that_names_it() {
    let mut names = vec!["tokenizer", "vocabulary"];
    names.extend(NLP.components().map(|(name, _)| name));
    for name in names {
        let nlp = panicking(name, || true);
        let error = nlp.parse("It will panic.").unwrap_err();
        assert!(
            matches!(&error, Error::Panicked { part, .. } if part == name),
            "{error}"
        );
        let said = error.to_string();
        assert!(
            said.contains(name) && said.contains("what went wrong"),
            "{said}"
        );
        assert!(nlp.memory_zone(|zone| zone.parse("It will panic.").is_err()));
    }
}

#[test]
fn a_panic_ends_its_text_and_the_rest_of_the_batch_goes_on() {
    thread_local! {
        static BAD: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }
    // The batch panics as a whole, and then of the texts alone the second.
    let nlp = panicking("ner", || {
        BAD.with(|bad| {
            bad.set(bad.get() + 1);
            bad.get() == 1 || bad.get() == 3
        })
    });
    let texts = ["One.", "Two.", "Three.", "Four."];
    let results = nlp.parse_batch(&texts);
    for (i, (result, text)) in results.iter().zip(texts).enumerate() {
        match result {
            Ok(doc) => assert_eq!(json(doc), json(&NLP.parse(text).unwrap())),
            Err(error) => assert!(
                i == 1 && matches!(error, Error::Panicked { .. }),
                "{i}: {error}"
            ),
        }
    }
    assert_eq!(results.iter().filter(|result| result.is_err()).count(), 1);
}

#[test]
fn a_panic_whose_message_panics_when_it_is_dropped_stays_an_error() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("once more");
        }
    }
    let nlp = observed(|_, _| std::panic::panic_any(Bomb));
    assert!(matches!(
        nlp.parse("It ticks."),
        Err(Error::Panicked { .. })
    ));
}

#[test]
fn a_batch_of_which_half_fails_is_put_together_in_one_walk() {
    let zone = NLP.zone();
    zone.set_limits(Limits {
        chars: 3,
        ..Limits::default()
    });
    // Errors that were put in one by one before all that follows took hours.
    let count = 1_000_000;
    let texts: Vec<&str> = (0..2 * count)
        .map(|i| if i < count { "long" } else { "" })
        .collect();
    let results = zone.parse_batch(&texts);
    assert!(results[..count].iter().all(Result::is_err));
    assert!(results[count..].iter().all(Result::is_ok));
}

#[test]
fn a_pooled_zone_that_saw_a_panic_is_not_used_again() {
    static BAD: AtomicBool = AtomicBool::new(false);
    let nlp = Arc::new(panicking("tagger", || BAD.load(Relaxed)));
    let pool = ZonePool::new(Arc::clone(&nlp), PoolConfig::default());
    pool.memory_zone(|zone| assert!(zone.parse("All is well.").is_ok()));
    assert_eq!(idle_zones(&pool), 1);
    BAD.store(true, Relaxed);
    pool.memory_zone(|zone| assert!(zone.parse("All is not.").is_err()));
    assert_eq!(idle_zones(&pool), 0);
    // A panic in a zone inside counts for the one around it.
    pool.memory_zone(|zone| zone.memory_zone(|inner| assert!(inner.parse("Nor here.").is_err())));
    assert_eq!(idle_zones(&pool), 0);
    BAD.store(false, Relaxed);
    pool.memory_zone(|zone| assert!(zone.parse("Well again.").is_ok()));
    assert_eq!(idle_zones(&pool), 1);
}

#[test]
fn panics_without_zones_and_on_many_threads_leave_the_vocabulary_whole() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let nlp = panicking("vocabulary", || {
        COUNT.fetch_add(1, Relaxed).is_multiple_of(3)
    });
    std::thread::scope(|threads| {
        for thread in 0..8 {
            let nlp = &nlp;
            threads.spawn(move || {
                for round in 0..20 {
                    let text = format!("word{thread} word{round} common");
                    if let Ok(doc) = nlp.parse(&text) {
                        assert_eq!(
                            json(&doc),
                            NLP.memory_zone(|zone| json(&zone.parse(&text).unwrap()))
                        );
                    }
                }
            });
        }
    });
    assert_eq!(nlp.vocab().lexeme("common").text(), "common");
}

#[test]
fn a_document_can_be_read_after_another_text_of_its_zone_panicked() {
    static BAD: AtomicBool = AtomicBool::new(false);
    let nlp = panicking("morphologizer", || BAD.load(Relaxed));
    let zone = nlp.zone();
    let doc = zone.parse("It stays readable.").unwrap();
    BAD.store(true, Relaxed);
    assert!(zone.parse("It panics.").is_err());
    assert_eq!(json(&doc), json(&NLP.parse("It stays readable.").unwrap()));
}
