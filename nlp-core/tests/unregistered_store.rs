//! A store that nobody registered shows: the allocator sees it, and no report does.
//!
//! A planted fault holds for the whole process, so this test has one to itself.
#![cfg(feature = "faults")]

mod counting;

use counting::{Counting, Live};
use nlp_core::faults::{self, Fault};
use nlp_core::{Language, models};

#[global_allocator]
static COUNTING: Counting = Counting;

/// Bytes that the allocator and the report say were gained over 300 documents of new words, each in a zone.
fn gained(nlp: &Language, first: usize) -> (isize, isize) {
    let reported = nlp.memory_report().total_bytes() as isize;
    let before = Live::now();
    for seed in first..first + 300 {
        let text = format!("The zorble{seed} quixed Snarfville-{seed}.");
        nlp.memory_zone(|zone| zone.parse(&text).unwrap().len());
    }
    let grown = (Live::now() - before).bytes;
    (grown, nlp.memory_report().total_bytes() as isize - reported)
}

#[test]
fn a_store_that_is_not_registered_is_in_no_report() {
    let nlp = models::english().unwrap();
    gained(&nlp, 0);
    assert_eq!(gained(&nlp, 1000), (0, 0));
    faults::set(Some(Fault::UnregisteredCache));
    let (grown, reported) = gained(&nlp, 2000);
    assert!(
        grown > 5_000 && reported == 0,
        "{grown} bytes, {reported} reported"
    );
}
