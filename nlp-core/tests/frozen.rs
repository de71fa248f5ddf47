//! Parsing never changes what was loaded: the fingerprint of every weight and table is the same after an adversarial
//! corpus, and the memory that the pipeline holds is the same to the byte, but for the vocabulary's shared layer.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::{Path, PathBuf};

use nlp_core::{Doc, Error, Language, Owner, models};

/// Counts the bytes that are live of what this thread allocated. What one thread allocates and another frees would be
/// counted wrongly: nothing here does that.
struct Counting;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

fn count(change: isize) {
    // The counter is gone while a thread ends.
    let _ = LIVE.try_with(|live| live.set(live.get() + change));
}

// SAFETY: everything is left to the system's allocator, which keeps the contract; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn pipelines() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pipelines")
}

/// The embedded pipeline and every one among the test data.
fn each_pipeline(mut work: impl FnMut(&str, Language)) {
    work("en_ewt_sm", models::english().unwrap());
    let mut names: Vec<_> = std::fs::read_dir(pipelines())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 3);
    for name in names {
        let nlp = Language::load(pipelines().join(&name)).unwrap();
        work(&name, nlp);
    }
}

/// Texts that were collected because they break things: those of the golden files.
fn nasty_texts() -> Vec<String> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden/de_toy.jsonl");
    let lines = std::fs::read_to_string(golden).unwrap();
    lines
        .lines()
        .skip(1)
        .map(|line| {
            let doc: serde_json::Value = serde_json::from_str(line).unwrap();
            doc["text"].as_str().unwrap().to_owned()
        })
        .collect()
}

/// Some characters of every plane of Unicode, in words of a few.
fn planes() -> impl Iterator<Item = String> {
    (0..=16_u32).map(|plane| {
        let chars = (0..0x1_0000)
            .step_by(97)
            .filter_map(move |at| char::from_u32(plane << 16 | at));
        let mut text = String::new();
        for (i, c) in chars.enumerate() {
            text.push(c);
            if i % 6 == 5 {
                text.push(' ');
            }
        }
        text
    })
}

/// Words that no vocabulary holds, and that no two values of `seed` share.
fn novel_words(count: usize, seed: usize) -> String {
    let mut text = String::new();
    for i in 0..count {
        text.push_str(&format!("Quix{seed}vl{i}en zorb{i}t{seed}ing, "));
    }
    text
}

fn corpus(seed: usize) -> Vec<String> {
    let mut texts = nasty_texts();
    texts.extend(planes());
    let controls = (0..0x20).chain(0x7f..0xa0).filter_map(char::from_u32);
    texts.extend(controls.map(|c| format!("{c} a{c}b {c}{c}. The end{c}")));
    // One token, or as many as characters, or more work than the tokenizer does for one.
    for long in ["x", "é", "9", "🦀", "a\u{301}", "()"] {
        texts.push(long.repeat(20_000 / long.chars().count()));
    }
    texts.push("Ab1-".repeat(2_000));
    texts.push(novel_words(2_000, seed));
    texts.push("ⵣⵓⵣ ⴰⵎⵓ ꙮꙮ ᚠᚢᚦ ៗៗ".repeat(20));
    texts.extend(["", " ", "\n", " \t\n\r  ", "\u{3000}\u{2028}\u{85}"].map(str::to_owned));
    texts.push(" ".repeat(10_000));
    texts
}

/// Parses with and without company; a text that is too hard to tokenize may be refused, and no other way to fail is
/// known.
fn parse_all<'nlp, T: AsRef<str>>(
    texts: &[T],
    parse: impl Fn(&str) -> Result<Doc<'nlp>, Error>,
) -> usize {
    let mut tokens = 0;
    for text in texts {
        match parse(text.as_ref()) {
            Ok(doc) => tokens += doc.len(),
            Err(Error::Tokenize(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    tokens
}

#[test]
fn the_memory_of_what_was_loaded_is_accounted_for() {
    // What a language knows is made ready once a process, and is no pipeline's.
    each_pipeline(|_, nlp| drop(nlp));
    let before = Cell::new(LIVE.get());
    each_pipeline(|name, nlp| {
        let held = (LIVE.get() - before.get()) as f64;
        let report = nlp.memory_report();
        // The layout of JSON values is not public: their memory is estimated.
        let named = report.total_bytes() as f64;
        assert!(
            (0.95..=1.05).contains(&(named / held)),
            "{name}: {named} of {held}\n{report}"
        );
        drop((nlp, report));
        before.set(LIVE.get());
    });
}

#[test]
fn nothing_that_is_parsed_changes_what_was_loaded() {
    each_pipeline(|name, nlp| {
        let before = nlp.fingerprint();
        std::thread::scope(|threads| {
            for thread in 0..2 {
                let nlp = &nlp;
                threads.spawn(move || {
                    let texts = corpus(thread);
                    let tokens = parse_all(&texts, |text| nlp.parse(text));
                    assert!(tokens > 5_000);
                    nlp.memory_zone(|zone| {
                        parse_all(&texts, |text| zone.parse(text));
                        zone.parse_batch(&texts);
                    });
                });
            }
        });
        assert_eq!(nlp.fingerprint(), before, "{name}");
    });
}

#[test]
fn a_closed_zone_leaves_no_byte_behind_whatever_was_parsed_in_it() {
    each_pipeline(|name, nlp| {
        let texts = corpus(7);
        let work = || {
            nlp.memory_zone(|zone| parse_all(&texts, |text| zone.parse(text)));
            nlp.memory_zone(|zone| drop(zone.parse_batch(&texts)));
        };
        // What a language knows is made ready at the first word that asks for it, once a process.
        work();
        let before = LIVE.get();
        work();
        assert_eq!(LIVE.get() - before, 0, "{name}");
    });
}

#[test]
fn without_zones_only_the_shared_vocabulary_grows() {
    each_pipeline(|name, nlp| {
        let shared = || -> isize {
            let report = nlp.memory_report();
            report.of(Owner::Vocabulary).map(|s| s.bytes as isize).sum()
        };
        parse_all(&corpus(8), |text| nlp.parse(text));
        for seed in 9..11 {
            let texts = corpus(seed);
            let before = (LIVE.get(), shared());
            parse_all(&texts, |text| nlp.parse(text));
            let after = (LIVE.get(), shared());
            assert!(after.1 > before.1, "{name}");
            assert_eq!(after.0 - before.0, after.1 - before.1, "{name}");
        }
    });
}

#[test]
fn labels_that_a_component_was_never_taught_stay_with_the_batch_they_came_in() {
    let nlp = Language::load(pipelines().join("xx_twice")).unwrap();
    let taught = |component: &str| nlp.labels(component).unwrap();
    assert!(!taught("other names").contains(&"MISC".to_owned()));
    assert!(!taught("other tree").contains(&"obj".to_owned()));
    let (before, labels) = (nlp.fingerprint(), taught("other names"));
    let texts = nasty_texts();
    // The second recogniser is shown entities of the first, and the second parser arcs, and both confirm them.
    let foreign = nlp.memory_zone(|zone| {
        let docs = zone.parse_batch(&texts);
        let docs: Vec<Doc<'_>> = docs.into_iter().map(Result::unwrap).collect();
        let tokens = || docs.iter().flat_map(Doc::tokens);
        let entities = docs.iter().flat_map(|doc| doc.ents());
        let entities = entities.filter(|ent| ["LOC", "MISC"].contains(&ent.label()));
        (
            entities.count(),
            tokens().filter(|t| t.dep() == "obj").count(),
        )
    });
    assert!(foreign.0 > 0 && foreign.1 > 0, "{foreign:?}");
    let batch = || nlp.memory_zone(|zone| drop(zone.parse_batch(&texts)));
    batch();
    let live = LIVE.get();
    for _ in 0..5 {
        batch();
        assert_eq!(LIVE.get(), live);
    }
    assert_eq!(nlp.fingerprint(), before);
    assert_eq!(taught("other names"), labels);
}
