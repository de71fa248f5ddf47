//! The memory of documents, counted: what they say they hold is what they hold, and cleaned ones hold no tensor.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;

use nlp_core::{Doc, Language, Zone};

/// Counts the bytes and blocks that each thread allocates less what it frees.
struct Counting;

thread_local! {
    static LIVE: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

fn add(bytes: isize, blocks: isize) {
    LIVE.with(|live| {
        let (b, n) = live.get();
        live.set((b + bytes, n + blocks));
    });
}

// SAFETY: every call goes to the system's allocator unchanged; the count allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size() as isize, 1);
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        add(-(layout.size() as isize), -1);
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What `work` leaves allocated: bytes and blocks.
fn left_by(work: impl FnOnce()) -> (isize, isize) {
    let before = LIVE.get();
    work();
    let after = LIVE.get();
    (after.0 - before.0, after.1 - before.1)
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
fn keep<'z>(zone: &'z Zone<'_>, list: &mut Vec<Doc<'z>>) -> (isize, isize) {
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
    let (cleaned_bytes, cleaned_blocks) = keep(&zone, &mut cleaned);
    assert!(cleaned.iter().all(|doc| tensor_bytes(doc) == 0));

    // The same pipeline, but for its last component.
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("de_toy_without_cleaner");
    copy_without_cleaner(&dir);
    let nlp = Language::load(&dir).unwrap();
    let zone = nlp.zone();
    let mut whole = Vec::with_capacity(DOCS);
    let (whole_bytes, whole_blocks) = keep(&zone, &mut whole);
    std::fs::remove_dir_all(&dir).unwrap();

    let tensors: usize = whole.iter().map(tensor_bytes).sum();
    assert!(tensors > DOCS * 500, "{tensors}");
    assert_eq!(whole_bytes - cleaned_bytes, tensors as isize);
    assert_eq!(whole_blocks - cleaned_blocks, DOCS as isize);
    for (whole, cleaned) in whole.iter().zip(&cleaned) {
        assert_eq!(whole.to_json(), cleaned.to_json());
    }

    // Dropping the tensors by hand comes to the same.
    let (bytes, blocks) = left_by(|| whole.iter_mut().for_each(Doc::clear_tensor));
    assert_eq!((-bytes, -blocks), (tensors as isize, DOCS as isize));
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
        assert_eq!(-left_by(|| drop(doc)).0, says, "{text:?}");
        let copy = zone.parse(text).unwrap().clone();
        let says = copy.heap_bytes() as isize;
        assert_eq!(-left_by(|| drop(copy)).0, says, "{text:?}");
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
    assert_eq!(left_by(|| drop(work())), (0, 0));
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
