//! The vocabulary's shared layer under every order of threads: what grows without zones.

use std::sync::Arc;

use super::Vocab;
use crate::format::lookups::Table;
use crate::interleavings::{Seen, every_order};
use crate::lang::Lang;
use crate::memory_report::{MemoryReport, Owner};
use crate::symbols::string_id;

fn vocab() -> Arc<Vocab> {
    let english = Lang::get("en").expect("English");
    Arc::new(Vocab::new(english, Table::default()))
}

/// Strings and lexemes of the shared layer.
fn entries(vocab: &Vocab) -> (usize, usize) {
    let mut report = MemoryReport::default();
    vocab.register(&mut report);
    let entries = |name| report.get(Owner::Vocabulary, name).unwrap().entries;
    (entries("strings"), entries("lexemes"))
}

/// Interns words in a thread: where each entry is, and what it says at the end.
fn intern(
    vocab: &Arc<Vocab>,
    words: &'static [&'static str],
) -> loom::thread::JoinHandle<Vec<usize>> {
    let vocab = Arc::clone(vocab);
    loom::thread::spawn(move || {
        let kept: Vec<_> = words
            .iter()
            .map(|word| vocab.intern_permanent(word))
            .collect();
        for (word, entry) in words.iter().zip(&kept) {
            assert_eq!((entry.text(), entry.id()), (*word, string_id(word)));
        }
        kept.into_iter()
            .map(|entry| std::ptr::from_ref(entry).addr())
            .collect()
    })
}

#[test]
fn threads_that_intern_the_same_words_get_the_same_entries() {
    let orders = every_order(|| {
        let vocab = vocab();
        let one = intern(&vocab, &["frabjous", "gizmotron"]);
        let other = intern(&vocab, &["gizmotron", "frabjous"]);
        let (one, other) = (one.join().unwrap(), other.join().unwrap());
        assert_eq!([one[0], one[1]], [other[1], other[0]]);
        assert_eq!(entries(&vocab), (2, 0));
    });
    println!("{orders} orders");
    // Two takings of a lock on each side can be ordered in six ways.
    assert!(orders >= 6);
}

#[test]
fn threads_that_intern_different_words_lose_none_and_move_none() {
    let orders = every_order(|| {
        let vocab = vocab();
        let early = vocab.intern_permanent("early");
        let threads = [
            intern(&vocab, &["frabjous"]),
            intern(&vocab, &["gizmotron", "early"]),
            intern(&vocab, &["frumious"]),
        ];
        let [_, second, _] = threads.map(|thread| thread.join().unwrap());
        assert_eq!(second[1], std::ptr::from_ref(early).addr());
        for word in ["frabjous", "gizmotron", "frumious", "early"] {
            assert_eq!(vocab.string(string_id(word)), Some(word));
        }
        assert_eq!((entries(&vocab), early.text()), ((4, 0), "early"));
    });
    println!("{orders} orders");
}

#[test]
fn a_reader_finds_a_word_whole_or_not_at_all() {
    let found = Seen::default();
    let seen = found.clone();
    let orders = every_order(move || {
        let vocab = vocab();
        let reader = {
            let vocab = Arc::clone(&vocab);
            loom::thread::spawn(move || vocab.string(string_id("frabjous")).map(str::to_owned))
        };
        vocab.intern_permanent("frabjous");
        seen.add(reader.join().unwrap());
    });
    println!("{orders} orders");
    assert_eq!(found.all(), [None, Some("frabjous".to_owned())]);
}

#[test]
fn a_lexeme_that_two_threads_need_is_made_once() {
    let orders = every_order(|| {
        let vocab = vocab();
        let lexeme = |vocab: &Vocab| {
            let lexeme = vocab.lexeme("Gizmotrons");
            let said = (
                lexeme.lower(),
                lexeme.shape(),
                lexeme.prefix(),
                lexeme.suffix(),
            );
            assert_eq!(said, ("gizmotrons", "Xxxxx", "G", "ons"));
            std::ptr::from_ref(lexeme.entry()).addr()
        };
        let other = Arc::clone(&vocab);
        let thread = loom::thread::spawn(move || lexeme(&other));
        let here = lexeme(&vocab);
        assert_eq!(here, thread.join().unwrap());
        assert_eq!(entries(&vocab).1, 1);
    });
    println!("{orders} orders");
}
