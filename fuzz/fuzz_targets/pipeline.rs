//! A whole pipeline directory, one of the small ones with a few values of its files changed: it is refused with an error
//! that names a file of it, or it runs, and says the same with zones, without, and in a batch.
#![no_main]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use nlp_core::{Error, Language};
use nlp_core_fuzz::pieces::{SPACES, WORDS};
use nlp_core_fuzz::pipeline::Files;
use nlp_core_fuzz::{Unstructured, one_str, pick};
use serde_json::Value;

/// Where the directory is written: `TMPDIR`, which is in memory if whoever runs this cares for speed.
static DIRECTORY: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("fuzz-pipeline-{}", std::process::id())));

const TEXTS: [&str; 4] = [
    "",
    "Ada sah 1843 Berlin.  Don't!",
    "\u{645}\u{631}\u{62d}\u{628}\u{627} a",
    "x\n\ny z",
];

fuzz_target!(|data: &[u8]| {
    let mut u = Unstructured::new(data);
    let mut files = Files::pick(&mut u);
    for _ in 0..pick(&mut u, 6) {
        files.edit(&mut u);
    }
    files
        .write(&DIRECTORY)
        .expect("the temporary directory can be written");
    match Language::load(&*DIRECTORY) {
        Ok(nlp) => run(&nlp, &mut u),
        Err(error) => assert_names_a_file(&error, &DIRECTORY),
    }
});

fn assert_names_a_file(error: &Error, directory: &Path) {
    let said = error.to_string();
    let named = said.contains(&directory.display().to_string());
    assert!(named, "an error names no file of the pipeline: {said:?}");
    // What comes out of the files is not for the terminal to obey.
    let control = said.chars().find(|c| c.is_control());
    assert_eq!(control, None, "{said:?}");
}

fn run(nlp: &Language, u: &mut Unstructured<'_>) {
    let mut made = String::new();
    for _ in 0..pick(u, 12) {
        made.push_str(one_str(u, WORDS));
        made.push_str(one_str(u, SPACES));
    }
    let mut texts = TEXTS.to_vec();
    texts.push(&made);
    let zone = nlp.zone();
    let batch = zone.parse_batch(&texts);
    for (text, in_batch) in texts.iter().zip(batch) {
        let alone = nlp.memory_zone(|zone| said(zone.parse(text)));
        assert_eq!(alone, said(nlp.parse(text)), "without a zone");
        // A window of MishWindowEncoder reaches into the text beside, as in spaCy.
        if !nlp.depends_on_batch() {
            assert_eq!(alone, said(in_batch), "in a batch");
        }
    }
}

/// What a document says, or why there is none.
fn said(doc: Result<nlp_core::Doc<'_>, Error>) -> Result<Value, String> {
    let doc = match doc {
        Ok(doc) => doc,
        Err(
            error @ (Error::Tokenize(_) | Error::TextTooLong { .. } | Error::TooManyTokens { .. }),
        ) => {
            return Err(error.to_string());
        }
        Err(error) => panic!("a pipeline that was loaded cannot run: {error}"),
    };
    assert_eq!(doc.to_owned().check(), Ok(()));
    Ok(doc.to_json())
}
