//! The memory of documents, counted: what they say they hold is what they hold, and cleaned ones hold no tensor.

mod counting;

use std::path::Path;

use counting::{Counting, Live};
use nlp_core::{Doc, Language, Limits, Zone};

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

/// Some thousand tokens, few words.
fn long_text(sentences: usize) -> String {
    (0..sentences)
        .map(|i| {
            let words = ["big", "small", "old", "new", "red"];
            format!(
                "The {} dog of Mr. Smith saw {} cats in New York, and it barked at them. ",
                words[i % 5],
                i % 90
            )
        })
        .collect()
}

/// A text through the English pipeline in a zone: its document as JSON with the tensor's bits, and the most bytes beyond
/// what was kept of it.
fn with_scratch(nlp: &Language, text: &str, scratch: usize) -> (String, Vec<u32>, usize) {
    let zone = nlp.zone();
    zone.set_limits(Limits {
        scratch,
        ..nlp.limits()
    });
    // What grows once, with the first text.
    zone.parse(&text[..1000]).unwrap();
    let (doc, peak) = Live::peak_of(|| zone.parse(text).unwrap());
    let bits = doc.tensor().data().iter().map(|x| x.to_bits()).collect();
    let more = peak.saturating_sub(doc.heap_bytes());
    (doc.to_json().to_string(), bits, more)
}

#[test]
fn a_long_text_is_the_same_in_pieces_of_any_size() {
    let nlp = nlp_core::models::english().unwrap();
    let text = long_text(250);
    let whole = with_scratch(&nlp, &text, usize::MAX);
    for scratch in [0, 1_000_000, 1_500_000, 3_000_000] {
        let (doc, tensor, _) = with_scratch(&nlp, &text, scratch);
        assert_eq!(doc, whole.0, "{scratch}");
        assert!(tensor == whole.1, "the tensor with {scratch} bytes");
    }
}

#[test]
fn a_batch_is_the_same_in_pieces_of_any_size() {
    let mut nlp = nlp_core::models::english().unwrap();
    // Pieces end within documents, at their ends, and hold many.
    let lengths = [1, 0, 40, 2, 2, 61, 0, 35, 36, 1];
    let texts: Vec<String> = lengths.into_iter().map(long_text).collect();
    let mut results = Vec::new();
    for scratch in [usize::MAX, 0, 1_200_000] {
        nlp.set_limits(Limits {
            scratch,
            ..nlp.limits()
        });
        let zone = nlp.zone();
        let docs = zone.parse_batch(&texts).into_iter().map(|doc| {
            let doc = doc.unwrap();
            (doc.to_json().to_string(), doc.tensor().data().to_vec())
        });
        results.push(docs.collect::<Vec<_>>());
    }
    assert!(results[0] == results[1] && results[0] == results[2]);
}

#[test]
fn a_text_that_is_longer_takes_little_more_memory_than_what_is_kept_of_it() {
    let nlp = nlp_core::models::english().unwrap();
    let text = long_text(1200);
    let (_, _, more) = with_scratch(&nlp, &text, 1 << 20);
    let (_, _, twice) = with_scratch(&nlp, &text.repeat(2), 1 << 20);
    let tokens = nlp.tokenize(&text).unwrap().len();
    // The tensor alone, 384 bytes a token, is kept; nothing else may be made a second time for all tokens.
    let a_token = twice.saturating_sub(more) / tokens;
    assert!(a_token < 120, "{more} and {twice}: {a_token} a token");
    // All at once it is ten times that.
    let (_, _, whole) = with_scratch(&nlp, &text, usize::MAX);
    let (_, _, whole_twice) = with_scratch(&nlp, &text.repeat(2), usize::MAX);
    assert!(
        (whole_twice - whole) / tokens > 1000,
        "{whole} and {whole_twice}"
    );
}
