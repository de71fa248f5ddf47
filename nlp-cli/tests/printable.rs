//! Nothing that a pipeline, a text or a path has in it reaches the terminal as more than text.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests write where they like"
)]

use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What is put into names, by what it would do.
const HOSTILE: [(&str, &str); 12] = [
    ("clear the screen", "\u{1b}[2J\u{1b}[H"),
    ("the same in one character", "\u{9b}2J"),
    (
        "a link to elsewhere",
        "\u{1b}]8;;http://a.b/\u{1b}\\here\u{1b}]8;;\u{1b}\\",
    ),
    ("fill the clipboard", "\u{1b}]52;c;cm0gLXJmIH4=\u{7}"),
    ("ring", "\u{7}"),
    ("overstrike", "bad\u{8}\u{8}\u{8}good"),
    ("write over the line", "bad\rgood"),
    ("begin a line", "x\nnlp: all is well"),
    (
        "begin a line elsewhere",
        "a\u{85}b\u{2028}c\u{2029}d\u{b}e\u{c}",
    ),
    (
        "run from right to left",
        "gpj.\u{202e}exe\u{2066}\u{61c}\u{200f}",
    ),
    ("hide", "a\u{200b}b\u{feff}c\u{e0041}d\u{7f}e\u{2060}"),
    ("annotate", "a\u{fff9}b\u{fffa}c\u{fffb}"),
];

fn nlp<W: AsRef<OsStr>>(words: impl IntoIterator<Item = W>, input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_nlp"))
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that reads no input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// What was said, which is plain: no control but line feeds, nothing that hides or runs backwards, no forged line.
fn plain(what: &str, output: &Output) -> (String, String) {
    let plain = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let odd = |c: char| {
            (c.is_control() && c != '\n')
                || matches!(u32::from(c), 0x61c | 0x200b | 0x200e | 0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff)
                || matches!(u32::from(c), 0xfff9..=0xfffb | 0xe0000..=0xe00ff)
        };
        assert!(!text.contains(odd), "{what}: {text:?}");
        assert!(
            !text
                .lines()
                .any(|line| line.starts_with("nlp: all is well")),
            "{what}: {text:?}"
        );
        text
    };
    (plain(&output.stdout), plain(&output.stderr))
}

/// A copy of a small pipeline, in a folder of this test's.
fn pipeline(name: &str) -> PathBuf {
    let from =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../nlp-core/tests/data/pipelines/de_toy");
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&to);
    copy(&from, &to);
    to
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

#[test]
fn info_shows_what_a_pipeline_says_of_itself_in_plain_lines() {
    let dir = pipeline("says_of_itself");
    let meta = fs::read_to_string(dir.join("meta.json")).unwrap();
    let cfg = fs::read_to_string(dir.join("config.cfg")).unwrap();
    for (what, text) in HOSTILE {
        let mut poisoned: Value = serde_json::from_str(&meta).unwrap();
        for key in [
            "name",
            "version",
            "description",
            "license",
            "author",
            "spacy_version",
        ] {
            poisoned[key] = format!("it {text}").into();
        }
        poisoned["sources"] = serde_json::json!([{ "name": text, "license": text }]);
        fs::write(dir.join("meta.json"), poisoned.to_string()).unwrap();
        let quoted = serde_json::to_string(text).unwrap();
        let disabled = cfg.replace("disabled = []", &format!("disabled = [{quoted}]"));
        fs::write(dir.join("config.cfg"), disabled).unwrap();
        fs::write(
            dir.join("doc_cleaner/cfg"),
            serde_json::json!({ "attrs": { text: null }, "silent": false }).to_string(),
        )
        .unwrap();
        let model = dir.to_str().unwrap();
        let (shown, warned) = plain(what, &nlp(["info", "--model", model], ""));
        assert!(shown.contains("licence: it "), "{what}: {shown}");
        assert!(warned.contains("cannot clean"), "{what}: {warned}");
        let (json, _) = plain(
            what,
            &nlp(["info", "--model", model, "--format", "json"], ""),
        );
        let read: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(
            read["author"],
            format!("it {text}"),
            "{what}: the value is another"
        );
    }
}

#[test]
fn what_is_wrong_with_a_pipeline_is_said_in_one_line() {
    let dir = pipeline("is_wrong");
    let cfg = fs::read_to_string(dir.join("config.cfg")).unwrap();
    let model = dir.to_str().unwrap();
    let text: String = HOSTILE.iter().map(|(_, text)| *text).collect();
    let quoted = serde_json::to_string(&text).unwrap();
    for (from, to) in [
        ("factory = \"ner\"", format!("factory = {quoted}")),
        ("\"spacy.TransitionBasedParser.v1\"", quoted.clone()),
        ("\"ner\", \"doc", format!("{quoted}, \"ner\", \"doc")),
        ("lang = \"de\"", format!("lang = {quoted}")),
        ("[nlp]", format!("[nlp.{}", text.replace('\n', ""))),
    ] {
        assert!(cfg.contains(from), "{from}");
        fs::write(dir.join("config.cfg"), cfg.replacen(from, &to, 1)).unwrap();
        let output = nlp(["info", "--model", model], "");
        let (_, said) = plain(from, &output);
        assert_eq!(output.status.code(), Some(2), "{from}: {said}");
        assert_eq!(said.lines().count(), 1, "{from}: {said}");
    }
}

#[test]
fn arguments_and_paths_are_repeated_in_plain_text() {
    for (what, text) in HOSTILE {
        for words in [
            vec![text],
            vec!["parse", text],
            vec!["parse", "--batch-size", text],
            vec!["parse", "--format", text],
            vec!["info", "--model", text],
        ] {
            let output = nlp(&words, "");
            let (_, said) = plain(what, &output);
            assert_eq!(output.status.code(), Some(2), "{what}: {words:?}");
            assert!(!said.is_empty(), "{what}: {words:?}");
        }
    }
    let no_text = OsString::from_vec(b"x\xff\x1b[2J\x9b\n".to_vec());
    let (_, said) = plain("bytes", &nlp([OsStr::new("parse"), &no_text], ""));
    assert!(
        said.starts_with("nlp: cannot read x\\xff\\u{1b}[2J\\x9b\\n: "),
        "{said}"
    );
}

#[test]
fn texts_are_printed_plainly_with_the_values_that_they_have() {
    let dir = pipeline("parses");
    let model = dir.to_str().unwrap();
    for (what, text) in HOSTILE {
        let line = serde_json::json!({ "text": format!("Guten Tag {text} Welt.") }).to_string();
        let words = ["parse", "--model", model, "--input", "jsonl"];
        let (json, _) = plain(what, &nlp(words, &line));
        assert_eq!(json.lines().count(), 1);
        let read: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(
            read["text"],
            format!("Guten Tag {text} Welt."),
            "{what}: the value is another"
        );
        let (table, _) = plain(what, &nlp(words.iter().chain(&["--format", "text"]), &line));
        assert!(table.starts_with("# Guten Tag "), "{what}: {table}");
    }
}

#[test]
fn letters_of_every_script_are_printed_as_they_are() {
    let text = "می\u{200c}خواهم क\u{94d}\u{200d}ष 👩\u{200d}🚀 e\u{301} שלום Silben\u{ad}trennung";
    let dir = pipeline("scripts");
    let words = ["parse", "--model", dir.to_str().unwrap()];
    let output = nlp(words, &format!("{text}\n"));
    let json = String::from_utf8(output.stdout).unwrap();
    assert!(
        json.starts_with(&format!("{{\"text\": \"{text}\"")),
        "{json}"
    );
    let output = nlp(
        words.iter().chain(&["--format", "text"]),
        &format!("{text}\n"),
    );
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.starts_with(&format!("# {text}\n")), "{table}");
}

#[test]
fn a_line_that_is_no_json_is_told_by_its_number_in_plain_text() {
    let dir = pipeline("is_no_json");
    for (what, text) in HOSTILE {
        let words = [
            "parse",
            "--input",
            "jsonl",
            "--model",
            dir.to_str().unwrap(),
        ];
        let output = nlp(
            words,
            &format!("{{\"text\": 1, \"a{}\n", text.replace('\n', "")),
        );
        let (_, said) = plain(what, &output);
        assert!(said.starts_with("nlp: line 1: "), "{what}: {said}");
    }
}
