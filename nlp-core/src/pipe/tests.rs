//! What a stream promises.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::batches::Batches;
use super::*;
use crate::error::Error;
use crate::memory_report::Owner;
use crate::zone::PoolConfig;

fn texts(count: usize) -> Vec<String> {
    let text = |i: usize| format!("Number {i} saw {} dogs in Oslo.", "many ".repeat(i % 7));
    (0..count).map(text).collect()
}

#[test]
fn the_results_are_the_same_for_every_number_of_threads_and_every_batch() {
    let nlp = crate::models::english().unwrap();
    let pool = ZonePool::new(&nlp, PoolConfig::default());
    let texts = texts(60);
    let alone: Vec<String> = texts
        .iter()
        .map(|text| nlp.parse(text).unwrap().to_json().to_string())
        .collect();
    for size in [1, 7, 1000] {
        let here = nlp.pipe(&texts).batch_size(size);
        let here: Vec<String> = here
            .into_iter()
            .map(|doc| doc.unwrap().to_json().to_string())
            .collect();
        assert_eq!(here, alone, "{size}");
        for threads in [1, 2, 8, 16] {
            thread::scope(|scope| {
                let docs = nlp.pipe(&texts).batch_size(size).threads(scope, threads);
                let there: Vec<String> =
                    docs.map(|doc| doc.unwrap().to_json().to_string()).collect();
                assert_eq!(there, alone, "{size}, {threads}");
                let zoned = nlp.pipe(&texts).batch_size(size);
                let zoned = zoned.in_zones(&pool, |doc| doc.to_json().to_string());
                let zoned: Result<Vec<String>, Error> = zoned.threads(scope, threads).collect();
                assert_eq!(zoned.unwrap(), alone, "{size}, {threads}");
            });
        }
    }
}

#[test]
fn zones_go_back_to_the_pool_with_nothing_in_them() {
    let nlp = crate::models::english().unwrap();
    let before = nlp.memory_report();
    let pool = ZonePool::new(&nlp, PoolConfig::default());
    let show = |doc: &Doc<'_>| doc.len();
    thread::scope(|scope| {
        let docs = nlp.pipe(texts(40)).batch_size(3).in_zones(&pool, show);
        assert_eq!(docs.threads(scope, 2).count(), 40);
    });
    let report = pool.memory_report();
    assert_eq!(report.get(Owner::Pool, "strings").unwrap().entries, 0);
    assert!(report.get(Owner::Pool, "idle_zones").unwrap().entries <= 2);
    assert_eq!(nlp.memory_report(), before);
}

#[test]
fn what_belongs_to_a_text_comes_with_its_result() {
    let nlp = crate::models::english().unwrap();
    let rows = || texts(20).into_iter().enumerate().map(|(i, text)| (text, i));
    let is_its = |(doc, i): (Result<Doc<'_>, Error>, usize)| {
        doc.unwrap().tokens().nth(1).unwrap().text() == i.to_string()
    };
    assert!(
        nlp.pipe_tuples(rows())
            .batch_size(3)
            .into_iter()
            .all(is_its)
    );
    thread::scope(|scope| {
        let mut docs = nlp.pipe_tuples(rows()).batch_size(3).threads(scope, 3);
        assert!(docs.all(is_its));
    });
}

#[test]
fn a_text_that_fails_has_an_error_in_its_place_and_the_others_go_on() {
    let mut nlp = crate::models::english().unwrap();
    nlp.set_max_length(100);
    let mut texts = texts(9);
    texts[4] = "word ".repeat(30);
    thread::scope(|scope| {
        let here: Vec<_> = nlp.pipe(&texts).into_iter().collect();
        let there: Vec<_> = nlp.pipe(&texts).batch_size(4).threads(scope, 2).collect();
        for docs in [here, there] {
            let failed = |(_, doc): &(usize, &Result<Doc<'_>, Error>)| doc.is_err();
            let failed: Vec<usize> = docs
                .iter()
                .enumerate()
                .filter(failed)
                .map(|(i, _)| i)
                .collect();
            assert_eq!((docs.len(), failed), (9, vec![4]));
            assert!(matches!(
                docs[4],
                Err(Error::TextTooLong { limit: 100, .. })
            ));
        }
    });
}

#[test]
fn a_batch_is_bounded_by_its_texts_and_by_their_bytes() {
    let sizes = |texts: &[&str], size, bytes| {
        let mut batches = Batches::new(texts.iter(), Texts, size, bytes);
        let mut sizes = Vec::new();
        while let Some(batch) = batches.next() {
            sizes.push(batch.texts.len());
        }
        sizes
    };
    assert_eq!(sizes(&["a"; 7], 3, 100), [3, 3, 1]);
    let long = "x".repeat(50);
    assert_eq!(
        sizes(&["a", "b", &long, "c", &long, &long], 100, 10),
        [3, 2, 1]
    );
    assert_eq!(sizes(&[], 3, 100), [0; 0]);
    assert_eq!(sizes(&["", "", ""], 2, 1), [2, 1]);
}

#[test]
fn no_more_texts_are_taken_than_are_under_way() {
    let nlp = crate::models::english().unwrap();
    let taken = Cell::new(0);
    let endless = std::iter::repeat_with(|| {
        taken.set(taken.get() + 1);
        "A text."
    });
    thread::scope(|scope| {
        let mut docs = nlp.pipe(endless).batch_size(5).threads(scope, 3);
        assert_eq!(taken.get(), 0, "nothing is taken before anybody asks");
        for got in 1..=50 {
            docs.next().unwrap().unwrap();
            assert!(
                taken.get() <= got + 4 + 3 * 2 * 5,
                "{} at {got}",
                taken.get()
            );
        }
        // Dropped before its end, which an endless source never has: the scope comes to its own.
    });
}

#[test]
fn threads_end_when_the_iterator_is_dropped() {
    let nlp = crate::models::english().unwrap();
    let pool = ZonePool::new(&nlp, PoolConfig::default());
    let shown = AtomicUsize::new(0);
    let show = |_: &Doc<'_>| shown.fetch_add(1, Ordering::Relaxed);
    thread::scope(|scope| {
        let docs = nlp.pipe(texts(1000)).batch_size(2).in_zones(&pool, show);
        let mut docs = docs.threads(scope, 2);
        docs.next().unwrap().unwrap();
        drop(docs);
    });
    // Each of two threads had two batches of two at the most, and the first was there.
    assert!(shown.load(Ordering::Relaxed) <= 2 * 2 * 2);
}

#[test]
fn a_panic_in_a_thread_goes_on_where_the_results_are_taken() {
    let nlp = crate::models::english().unwrap();
    let pool = ZonePool::new(&nlp, PoolConfig::default());
    let show = |doc: &Doc<'_>| match doc.tokens().nth(1).unwrap().text() {
        "13" => panic!("thirteen"),
        text => text.to_owned(),
    };
    thread::scope(|scope| {
        let docs = nlp.pipe(texts(30)).batch_size(5).in_zones(&pool, show);
        let mut docs = docs.threads(scope, 2);
        let first: Vec<String> = docs.by_ref().take(10).map(Result::unwrap).collect();
        assert_eq!(first.last().unwrap(), "9");
        let thrown = catch_unwind(AssertUnwindSafe(|| docs.next())).unwrap_err();
        assert_eq!(thrown.downcast_ref(), Some(&"thirteen"));
        // The batches behind it are still there.
        assert_eq!(docs.next().unwrap().unwrap(), "15");
    });
    let report = pool.memory_report();
    assert_eq!(report.get(Owner::Pool, "strings").unwrap().entries, 0);
}

#[test]
#[should_panic(expected = "the pool of zones is of another pipeline")]
fn zones_of_another_pipeline_are_refused() {
    let (nlp, other) = (
        crate::models::english().unwrap(),
        crate::models::english().unwrap(),
    );
    let pool = ZonePool::new(&other, PoolConfig::default());
    let _ = nlp.pipe(["A text."]).in_zones(&pool, |doc| doc.len());
}
