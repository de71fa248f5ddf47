//! Zones, a pool and the vocabulary on several threads, over a small pipeline: little enough work for valgrind's tools.
//!
//! A program of its own, without the test harness, which hands its results from thread to thread by means that
//! helgrind does not know. For the same reason threads are joined here one by one.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread;

use nlp_core::{Doc, Language, Owner, PoolConfig, ZonePool};
use serde_json::Value;

const THREADS: usize = 3;

/// Text with words that no vocabulary holds.
fn novel(seed: usize) -> String {
    format!("Der zorble{seed} sah Snarfville-{seed}. Don't!")
}

fn pipeline() -> &'static Language {
    static NLP: OnceLock<Language> = OnceLock::new();
    NLP.get_or_init(|| {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pipelines/xx_twice");
        Language::load(dir).unwrap()
    })
}

/// Runs `work` on several threads at once, and returns what each made.
fn on_threads<R: Send + 'static>(
    work: impl Fn(usize) -> R + Send + Sync + 'static,
) -> Vec<thread::Result<R>> {
    let work = Arc::new(work);
    let start = |thread| {
        let work = Arc::clone(&work);
        thread::spawn(move || work(thread))
    };
    let threads: Vec<_> = (0..THREADS).map(start).collect();
    threads.into_iter().map(thread::JoinHandle::join).collect()
}

fn all<R>(made: Vec<thread::Result<R>>) -> Vec<R> {
    made.into_iter()
        .map(|made| made.expect("no thread panics"))
        .collect()
}

fn alone(text: &str) -> Value {
    pipeline().memory_zone(|zone| zone.parse(text).unwrap().to_json())
}

fn a_pool_lends_each_thread_a_zone_of_its_own(config: PoolConfig) {
    let pool = Arc::new(ZonePool::new(pipeline(), config));
    let shared = Arc::clone(&pool);
    let said = all(on_threads(move |thread| {
        let request = |round: usize| {
            let text = novel(thread * 10 + round % 2);
            let zone = shared.zone();
            let doc = zone.parse(&text).unwrap();
            thread::yield_now();
            assert!(doc.tokens().all(|t| t.lexeme().text() == t.text()));
            (text, doc.to_json())
        };
        (0..4_usize).map(request).collect::<Vec<_>>()
    }));
    for (text, said) in said.into_iter().flatten() {
        assert_eq!(said, alone(&text));
    }
    let idle = pool
        .memory_report()
        .get(Owner::Pool, "idle_zones")
        .unwrap()
        .entries;
    assert!((1..=config.max_idle.min(THREADS)).contains(&idle), "{idle}");
}

fn a_thread_that_panics_gives_its_zone_back() {
    let pool = Arc::new(ZonePool::new(pipeline(), PoolConfig::default()));
    let shared = Arc::clone(&pool);
    std::panic::set_hook(Box::new(|_| {}));
    let ended = on_threads(move |thread| {
        let zone = shared.zone();
        zone.tokenize(&novel(thread)).unwrap();
        assert!(thread != 1, "in the middle of a request");
    });
    let _ = std::panic::take_hook();
    assert_eq!(ended.iter().filter(|ended| ended.is_err()).count(), 1);
    assert!(!pool.zone().contains("zorble1"));
}

fn threads_without_zones_grow_one_vocabulary() {
    let said = all(on_threads(|thread| {
        let (shared, own) = (novel(1000), novel(1001 + thread));
        let docs = [&shared, &own].map(|text| pipeline().parse(text).unwrap());
        // Handles stay valid while others add, and are the same on every thread.
        let word = docs[0].token(1).lexeme().text();
        assert_eq!(word, "zorble1000");
        (word.as_ptr().addr(), own, docs[1].to_json())
    }));
    let first = said[0].0;
    for (word, text, said) in said {
        assert_eq!((word, said), (first, alone(&text)));
    }
}

fn a_zone_goes_from_thread_to_thread() {
    let zone = pipeline().zone();
    let mut zone = Some(zone);
    for round in 0..2 {
        let moved = zone.take().unwrap();
        let thread = thread::spawn(move || {
            let text = novel(2000 + round);
            let again: String = tokens(&moved.parse(&text).unwrap());
            assert_eq!(again, text);
            moved
        });
        zone = Some(thread.join().unwrap());
    }
    let zone = zone.unwrap();
    assert!(zone.contains("zorble2000") && zone.contains("zorble2001"));
}

fn tokens(doc: &Doc<'_>) -> String {
    doc.tokens().map(|token| token.text_with_ws()).collect()
}

fn main() {
    // What is made at its first use is made before there is a second thread.
    alone(&novel(0));
    let config = PoolConfig {
        tokenizer_cache: 20,
        ..PoolConfig::default()
    };
    a_pool_lends_each_thread_a_zone_of_its_own(config);
    a_pool_lends_each_thread_a_zone_of_its_own(PoolConfig {
        warm_words: true,
        max_idle: 1,
        ..config
    });
    a_thread_that_panics_gives_its_zone_back();
    threads_without_zones_grow_one_vocabulary();
    a_zone_goes_from_thread_to_thread();
    println!("zones, pool and vocabulary on {THREADS} threads: ok");
}
