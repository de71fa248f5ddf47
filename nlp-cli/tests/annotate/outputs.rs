//! What comes out.

use std::fs;
use std::process::Command;

use crate::place::{Place, TOKENS_ONLY, texts};

#[test]
fn what_is_written_is_what_parse_prints_for_every_number_of_threads_and_size_of_ranges() {
    let place = Place::new(300);
    let parsed = Command::new(env!("CARGO_BIN_EXE_nlp"))
        .arg("parse")
        .args(TOKENS_ONLY)
        .arg(place.path("in.txt"))
        .output()
        .unwrap();
    for (threads, range, batch) in [("1", "1", "1"), ("3", "100", "2"), ("2", "262144", "256")] {
        let words = [
            "in.txt",
            "--threads",
            threads,
            "--range-bytes",
            range,
            "--batch-size",
            batch,
        ];
        assert!(place.well(&words).stdout == parsed.stdout, "{words:?}");
    }
    assert!(place.well(&["in.txt", "--zones", "none"]).stdout == parsed.stdout);
    assert!(
        place
            .well(&[
                "in.txt",
                "--workers",
                "2",
                "--recycle-after",
                "2",
                "--range-bytes",
                "3000"
            ])
            .stdout
            == parsed.stdout
    );
    assert!(place.whole() == parsed.stdout);
    assert_eq!(place.left(), [""; 0]);
}

#[test]
fn a_docbin_and_conllu_hold_what_json_lines_hold() {
    let place = Place::new(200);
    fs::write(place.path("odd.jsonl"), "{\"text\": \"One.  Two\\n\\n\\tthree \"}\n{\"text\": \"\"}\n{\"text\": \" \"}\n{\"text\": \"x\"}\n").unwrap();
    let words = ["odd.jsonl", "in.txt", "--range-bytes", "700"];
    let lines = place.well(&words).stdout;
    let wanted = texts(std::str::from_utf8(&lines).unwrap());
    place.well(&[&words[..], &["--out", "out.spacy"]].concat());
    let docs = nlp_io::docbin::read(&place.read("out.spacy"), 1 << 30).unwrap();
    assert_eq!(
        docs.iter().map(|doc| doc.text.as_str()).collect::<Vec<_>>(),
        wanted
    );
    place.well(&[&words[..], &["--out", "few.spacy", "--attrs", "TAG,SHAPE"]].concat());
    let docs = nlp_io::docbin::read(&place.read("few.spacy"), 1 << 30).unwrap();
    assert_eq!(docs.len(), wanted.len());
    place.well(&[&words[..], &["--out", "out.conllu"]].concat());
    let file = place.read("out.conllu");
    let docs: Vec<_> = nlp_io::conllu::read(&file[..], 1 << 20)
        .map(Result::unwrap)
        .collect();
    // Of what is all white space there is nothing.
    let words: Vec<&String> = wanted
        .iter()
        .filter(|text| !text.trim().is_empty())
        .collect();
    assert_eq!(docs.iter().map(|doc| &doc.text).collect::<Vec<_>>(), words);
    assert_eq!(place.left(), [""; 0]);
}

#[test]
fn options_that_do_not_go_together_are_told_before_anything_is_done() {
    let place = Place::new(1);
    place.fails(
        &["in.txt", "--format", "docbin"],
        "--format docbin is written to a file: name it with --out",
    );
    place.fails(
        &["in.txt", "--out", "x.spacy.gz"],
        "--format docbin has its own packing",
    );
    place.fails(
        &["in.txt", "--format", "conllu", "--with", "cats"],
        "--with adds to the JSON of a document",
    );
    place.fails(
        &["in.txt", "--attrs", "TAG"],
        "--attrs are those of a DocBin",
    );
    place.fails(
        &["in.txt", "--attrs", "NOTHING", "--format", "docbin"],
        "no attribute of tokens is called so",
    );
    place.fails(
        &["in.txt", "no-such-file.txt"],
        "cannot read no-such-file.txt",
    );
    place.fails(&["."], "cannot read .");
    assert_eq!(place.left(), [""; 0]);
}
