//! The memory of documents, counted: what they say they hold is what they hold, and cleaned ones hold no tensor.

mod counting;

use std::path::Path;

use counting::{Counting, Live};
use nlp_core::{Doc, Language, Zone};

#[global_allocator]
static COUNTING: Counting = Counting;

/// What `work` leaves allocated.
fn left_by(work: impl FnOnce()) -> Live {
    let before = Live::now();
    work();
    Live::now() - before
}

/// A German pipeline whose last component is a `doc_cleaner`.
fn with_cleaner() -> Language {
    Language::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pipelines/de_toy"))
        .unwrap()
}

const DOCS: usize = 200;

fn text(i: usize) -> String {
    format!(
        "Das Zeichen Nr. {i} steht im {}Buch. ",
        "sehr ".repeat(i % 7)
    )
}

/// Makes documents in the zone and keeps them in a list that has room for them; returns what they take.
fn keep<'z>(zone: &'z Zone<'_>, list: &mut Vec<Doc<'z>>) -> Live {
    left_by(|| {
        for i in 0..DOCS {
            list.push(zone.parse(&text(i)).unwrap());
        }
    })
}

fn tensor_bytes(doc: &Doc<'_>) -> usize {
    doc.tensor().rows() * doc.tensor().cols() * size_of::<f32>()
}

#[test]
fn kept_documents_without_cleaner_take_the_bytes_of_their_tensors_more_and_nothing_else() {
    let nlp = with_cleaner();
    let zone = nlp.zone();
    let mut cleaned = Vec::with_capacity(DOCS);
    let cleaned_live = keep(&zone, &mut cleaned);
    assert!(cleaned.iter().all(|doc| tensor_bytes(doc) == 0));

    // The same pipeline, but for its last component.
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("de_toy_without_cleaner");
    copy_without_cleaner(&dir);
    let nlp = Language::load(&dir).unwrap();
    let zone = nlp.zone();
    let mut whole = Vec::with_capacity(DOCS);
    let whole_live = keep(&zone, &mut whole);
    std::fs::remove_dir_all(&dir).unwrap();

    let tensors: usize = whole.iter().map(tensor_bytes).sum();
    assert!(tensors > DOCS * 500, "{tensors}");
    let held = Live {
        blocks: DOCS as isize,
        bytes: tensors as isize,
    };
    assert_eq!(whole_live - cleaned_live, held);
    for (whole, cleaned) in whole.iter().zip(&cleaned) {
        assert_eq!(whole.to_json(), cleaned.to_json());
    }

    // Dropping the tensors by hand comes to the same.
    let freed = left_by(|| whole.iter_mut().for_each(Doc::clear_tensor));
    assert_eq!(Live::NOTHING - freed, held);
}

#[test]
fn a_document_holds_the_bytes_that_it_says() {
    let nlp = nlp_core::models::english().unwrap();
    let zone = nlp.zone();
    for text in [
        "",
        " ",
        "One.",
        &"A longer text, with more words. ".repeat(50),
    ] {
        let doc = zone.parse(text).unwrap();
        let says = doc.heap_bytes() as isize;
        assert_eq!(-left_by(|| drop(doc)).bytes, says, "{text:?}");
        let copy = zone.parse(text).unwrap().clone();
        let says = copy.heap_bytes() as isize;
        assert_eq!(-left_by(|| drop(copy)).bytes, says, "{text:?}");
    }
}

#[test]
fn user_data_counts_as_memory_of_the_document() {
    let nlp = nlp_core::models::english().unwrap();
    let mut doc = nlp.tokenize("One.").unwrap();
    let before = doc.heap_bytes();
    doc.user_data.insert("note".into(), "x".repeat(1000).into());
    let more = doc.heap_bytes() - before;
    assert!((1000..2000).contains(&more), "{more}");
}

#[test]
fn an_owned_document_leaves_nothing_in_the_zone_or_the_pipeline() {
    let nlp = nlp_core::models::english().unwrap();
    let work = || nlp.memory_zone(|zone| zone.parse(&text(3)).unwrap().to_owned());
    // What is made once in a thread stays, and is made here.
    drop(work());
    assert_eq!(left_by(|| drop(work())), Live::NOTHING);
}

fn copy_without_cleaner(to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pipelines/de_toy");
    let _ = std::fs::remove_dir_all(to);
    copy_dir(&from, to);
    let config = std::fs::read_to_string(from.join("config.cfg")).unwrap();
    let disabled = config.replace("disabled = []", "disabled = [\"doc_cleaner\"]");
    assert_ne!(disabled, config);
    std::fs::write(to.join("config.cfg"), disabled).unwrap();
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy_dir(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}
