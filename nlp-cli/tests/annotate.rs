//! `nlp annotate`, run as users run it: with files of every kind, killed, stopped, without room, and over what was changed.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests write where they like"
)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// All but the tokenizer: quick.
const TOKENS_ONLY: [&str; 2] = [
    "--exclude",
    "tok2vec,tagger,morphologizer,parser,trainable_lemmatizer,ner",
];

/// A folder with an input of many lines, in which the program runs.
struct Place {
    folder: TempDir,
}

impl Place {
    /// With `lines` different lines in `in.txt`.
    fn new(lines: usize) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let line = |i| format!("Line {i} says: don't forget item-{i}, please.\n");
        fs::write(
            folder.path().join("in.txt"),
            (0..lines).map(line).collect::<String>(),
        )
        .unwrap();
        Place { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nlp"));
        command.arg("annotate").args(TOKENS_ONLY).args(words);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs it, and it is well.
    fn well(&self, words: &[&str]) -> Output {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}", stderr(&output));
        output
    }

    /// Runs it, and it fails for `why`.
    fn fails(&self, words: &[&str], why: &str) {
        let output = self.run(words);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{words:?}: {}",
            stderr(&output)
        );
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn texts(&self, name: &str) -> Vec<String> {
        texts(std::str::from_utf8(&self.read(name)).unwrap())
    }

    /// The output of an unbroken run.
    fn whole(&self) -> Vec<u8> {
        self.well(&["in.txt", "--out", "whole.jsonl"]);
        self.read("whole.jsonl")
    }

    /// What else there is beside inputs and finished outputs.
    fn left(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| {
                name.ends_with(".partial")
                    || name.ends_with(".manifest")
                    || name.ends_with(".draft")
            })
            .collect()
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn texts(lines: &str) -> Vec<String> {
    let text = |line: &str| {
        let doc: Value = serde_json::from_str(line).unwrap();
        doc["text"].as_str().unwrap().to_owned()
    };
    lines.split_terminator('\n').map(text).collect()
}

fn signal(child: &Child, name: &str) {
    signal_process(child.id(), name);
}

fn signal_process(id: u32, name: &str) {
    let sent = Command::new("kill")
        .args([format!("-{name}"), id.to_string()])
        .stderr(Stdio::null())
        .status();
    sent.unwrap();
}

/// Waits until `path` is there and has more than `bytes`.
fn wait_for(path: &Path, bytes: u64) {
    let began = Instant::now();
    while fs::metadata(path).map_or(0, |metadata| metadata.len()) <= bytes {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{} does not grow",
            path.display()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

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
fn a_run_that_is_killed_again_and_again_ends_with_what_an_unbroken_one_writes() {
    let place = Place::new(20_000);
    let whole = place.whole();
    let words = ["in.txt", "--out", "out.jsonl", "--range-bytes", "5000"];
    let mut kills = 0;
    for i in 0..10 {
        let mut child = place.command(&words).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(60 + 47 * i % 290));
        kills += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        if place.path("out.jsonl").exists() {
            break;
        }
    }
    assert!(kills > 0);
    if !place.path("out.jsonl").exists() {
        place.well(&words);
    }
    assert!(place.read("out.jsonl") == whole);
    assert_eq!(place.left(), [""; 0]);
}

#[test]
fn a_run_goes_on_where_it_was_killed_and_not_at_the_beginning() {
    let place = Place::new(60_000);
    let whole = place.whole();
    let words = [
        "in.txt",
        "--out",
        "out.jsonl",
        "--range-bytes",
        "5000",
        "--threads",
        "1",
        "--json-summary",
        "summary.json",
    ];
    // What is done is made safe a few times a second, so that the run has to be a long one; it may be through all the same
    // before it is seen to have begun.
    let killed = (0..10).any(|_| {
        let mut child = place.command(&words).stderr(Stdio::null()).spawn().unwrap();
        let manifest = place.path("out.jsonl.manifest");
        while fs::metadata(&manifest).map_or(0, |metadata| metadata.len()) <= 700
            && child.try_wait().unwrap().is_none()
        {
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        fs::remove_file(place.path("out.jsonl")).is_err()
    });
    assert!(killed);
    // What was written and not entered, as by a crash in the midst of it.
    let mut partial = fs::OpenOptions::new()
        .append(true)
        .open(place.path("out.jsonl.partial"))
        .unwrap();
    partial.write_all(b"{\"text\": \"half a li").unwrap();
    let mut manifest = fs::OpenOptions::new()
        .append(true)
        .open(place.path("out.jsonl.manifest"))
        .unwrap();
    manifest.write_all(b"00000000 {\"input\":").unwrap();
    place.well(&words);
    let summary: Value = serde_json::from_slice(&place.read("summary.json")).unwrap();
    assert!(summary["resumed"].as_u64().unwrap() > 0, "{summary}");
    assert_eq!(summary["documents"], 60_000);
    assert!(place.read("out.jsonl") == whole);
}

#[test]
fn a_signal_stops_it_in_a_state_that_is_gone_on_with() {
    let place = Place::new(30_000);
    let whole = place.whole();
    for (name, workers) in [("INT", &["--threads", "1"]), ("TERM", &["--workers", "2"])] {
        let out = format!("{name}.jsonl");
        let words = [
            &["in.txt", "--out", &out, "--range-bytes", "5000"][..],
            workers,
        ]
        .concat();
        let child = place
            .command(&words)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_for(&place.path(&format!("{out}.partial")), 0);
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
        assert!(
            stderr(&output).contains("the same command goes on from there"),
            "{}",
            stderr(&output)
        );
        place.well(&words);
        assert!(place.read(&out) == whole, "{name}");
    }
}

#[test]
fn what_was_left_of_another_run_is_told_and_not_lost() {
    let place = Place::new(3000);
    let words = ["in.txt", "--out", "out.jsonl", "--range-bytes", "500"];
    let mut child = place.command(&words).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&place.path("out.jsonl.partial"), 0);
    child.kill().unwrap();
    child.wait().unwrap();
    let before = place.read("out.jsonl.partial");
    place.fails(
        &["in.txt", "--out", "out.jsonl", "--range-bytes", "501"],
        "--range-bytes was 500, and now is 501",
    );
    place.fails(&[&words[..], &["--disable", "x"]].concat(), "x");
    let bytes = place.read("in.txt");
    fs::write(place.path("in.txt"), &bytes[1..]).unwrap();
    place.fails(&words, "in.txt had ");
    fs::write(place.path("in.txt"), [b"X", &bytes[1..]].concat()).unwrap();
    place.fails(&words, "in.txt was changed since");
    fs::remove_file(place.path("in.txt")).unwrap();
    place.fails(&words, "cannot read in.txt");
    assert!(place.read("out.jsonl.partial") == before);
    fs::write(place.path("in.txt"), &bytes).unwrap();
    place.well(&[&words[..], &["--restart"]].concat());
    assert_eq!(place.texts("out.jsonl").len(), 3000);
    place.fails(&words, "out.jsonl is there already");
}

#[test]
fn an_input_that_changes_while_it_is_read_ends_the_run() {
    let place = Place::new(8_000);
    let words = [
        "in.txt",
        "--out",
        "out.jsonl",
        "--range-bytes",
        "1000",
        "--threads",
        "1",
    ];
    let child = place
        .command(&words)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(&place.path("out.jsonl.partial"), 0);
    let mut input = fs::OpenOptions::new()
        .append(true)
        .open(place.path("in.txt"))
        .unwrap();
    input.write_all(b"one more\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("in.txt was changed while it was read"),
        "{}",
        stderr(&output)
    );
    assert!(!place.path("out.jsonl").exists());
}

#[test]
fn a_disk_without_room_is_told_and_the_run_goes_on_when_there_is_some() {
    let place = Place::new(5000);
    let whole = place.whole();
    let words = ["in.txt", "--out", "out.jsonl", "--range-bytes", "2000"];
    // No file may be longer than this: what a write then gets is an error, as on a full disk.
    let mut limited = Command::new("bash");
    let script = format!(
        "trap '' XFSZ; ulimit -f {}; exec \"$@\"",
        whole.len() / 1024 / 2
    );
    limited
        .args(["-c", &script, "bash", env!("CARGO_BIN_EXE_nlp"), "annotate"])
        .args(TOKENS_ONLY);
    let output = limited
        .args(words)
        .current_dir(place.folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("cannot write out.jsonl.partial"),
        "{}",
        stderr(&output)
    );
    assert!(
        stderr(&output).contains("what was done is kept"),
        "{}",
        stderr(&output)
    );
    place.well(&words);
    assert!(place.read("out.jsonl") == whole);
}

#[test]
fn two_runs_do_not_write_one_output() {
    let place = Place::new(8_000);
    let words = ["in.txt", "--out", "out.jsonl", "--range-bytes", "5000"];
    let mut child = place.command(&words).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&place.path("out.jsonl.partial"), 0);
    signal(&child, "STOP");
    place.fails(&words, "another run is writing it");
    signal(&child, "CONT");
    assert!(child.wait().unwrap().success());
    assert_eq!(place.texts("out.jsonl").len(), 8_000);
}

#[test]
fn inputs_of_every_kind_give_the_same_texts_in_their_order() {
    let place = Place::new(0);
    let texts = ["Zoë's \"first\", one", "the 𝄞 second", "third"];
    let lines = texts.join("\n");
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let json: String = texts
        .iter()
        .map(|text| format!("{}\n", serde_json::json!({"id": 1, "body": text})))
        .collect();
    let csv: String = texts
        .iter()
        .map(|text| format!("1,\"{}\"\r\n", text.replace('"', "\"\"")))
        .collect();
    let csv = format!("id,body\r\n{csv}");
    let utf16: Vec<u8> = format!("\u{feff}{lines}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let zstd = ruzstd::encoding::compress_to_vec(
        csv.as_bytes(),
        ruzstd::encoding::CompressionLevel::Fastest,
    );
    let files: [(&str, Vec<u8>); 8] = [
        ("plain", lines.clone().into_bytes()),
        (
            "crlf.txt",
            format!("\u{feff}\r\n{}\r\n\r\n", lines.replace('\n', "\r\n\r\n")).into_bytes(),
        ),
        ("utf16.txt", utf16),
        ("lines.gz", gzip(lines.as_bytes())),
        ("a.jsonl", json.clone().into_bytes()),
        ("b.jsonl.gz", gzip(json.as_bytes())),
        ("c.csv", csv.into_bytes()),
        ("d.csv.zst", zstd),
    ];
    for (name, bytes) in &files {
        fs::write(place.path(name), bytes).unwrap();
        place.well(&[
            name,
            "--field",
            "body",
            "--restart",
            "--range-bytes",
            "1",
            "--out",
            "out.jsonl",
        ]);
        assert_eq!(place.texts("out.jsonl"), texts, "{name}");
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    place.well(
        &[
            &names[..],
            &["--column", "body", "--restart", "--out", "out.jsonl"],
        ]
        .concat(),
    );
    assert_eq!(place.texts("out.jsonl"), texts.repeat(8));
    place.fails(&["c.csv"], "has no column \"text\": it has id, body");
}

#[test]
fn standard_input_is_read_and_a_file_of_it_is_not_gone_on_with() {
    let place = Place::new(10);
    for words in [
        &["-"][..],
        &[],
        &["--out", "out.jsonl"],
        &["--out", "out.jsonl", "--restart"],
    ] {
        let mut command = place.command(words);
        let input = fs::File::open(place.path("in.txt")).unwrap();
        let output = command.stdin(input).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let lines = match words.contains(&"--out") {
            true => place.read("out.jsonl"),
            false => output.stdout,
        };
        assert_eq!(texts(std::str::from_utf8(&lines).unwrap()).len(), 10);
    }
    assert_eq!(place.left(), [""; 0]);
}

#[test]
fn outputs_are_packed_by_their_names() {
    let place = Place::new(500);
    let whole = place.whole();
    for name in ["out.jsonl.gz", "out.jsonl.zst"] {
        place.well(&["in.txt", "--out", name, "--range-bytes", "3000"]);
        let mut bytes = Vec::new();
        let packed = fs::File::open(place.path(name)).unwrap();
        std::io::copy(&mut nlp_io::texts::decoded(packed).unwrap(), &mut bytes).unwrap();
        assert!(bytes == whole, "{name}");
    }
    // Their own tools, where they are installed.
    for (name, tool) in [("out.jsonl.gz", "gzip"), ("out.jsonl.zst", "zstd")] {
        if let Ok(output) = Command::new(tool).arg("-dc").arg(place.path(name)).output() {
            assert!(output.stdout == whole, "{tool}: {}", stderr(&output));
        }
    }
}

#[test]
fn texts_that_are_not_utf_8_or_too_long_are_replaced_reported_or_end_the_run() {
    let place = Place::new(0);
    fs::write(place.path("in.txt"), b"good\nb\xffd\nlong long long\nlast").unwrap();
    let report = place.run(&["in.txt", "--max-line", "10"]);
    assert_eq!(report.status.code(), Some(1));
    assert_eq!(
        texts(std::str::from_utf8(&report.stdout).unwrap()),
        ["good", "last"]
    );
    assert!(
        stderr(&report).contains("nlp: in.txt: line 2: is not UTF-8 at byte 1 of the line\n"),
        "{}",
        stderr(&report)
    );
    assert!(
        stderr(&report).contains("nlp: in.txt: line 3: has 14 bytes, and a line may have 10\n")
    );
    let replace = place.well(&["in.txt", "--bad-utf8", "replace"]);
    assert_eq!(
        texts(std::str::from_utf8(&replace.stdout).unwrap())[1],
        "b\u{fffd}d"
    );
    place.fails(
        &["in.txt", "--bad-utf8", "fail"],
        "in.txt: line 2 is not UTF-8",
    );
    let workers = place.run(&["in.txt", "--max-line", "10", "--workers", "1"]);
    assert_eq!(
        (workers.status.code(), &workers.stdout),
        (Some(1), &report.stdout)
    );
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
fn a_run_that_was_killed_while_its_file_was_put_together_is_finished_by_the_next() {
    let place = Place::new(2000);
    place.well(&["in.txt", "--out", "whole.spacy"]);
    let words = ["in.txt", "--out", "out.spacy", "--range-bytes", "3000"];
    // There is a folder where the draft should be.
    fs::create_dir(place.path("out.spacy.draft")).unwrap();
    place.fails(&words, "cannot write out.spacy");
    fs::remove_dir(place.path("out.spacy.draft")).unwrap();
    let output = place.well(&words);
    assert!(
        stderr(&output).contains("of which 2000 were done before"),
        "{}",
        stderr(&output)
    );
    assert!(place.read("out.spacy") == place.read("whole.spacy"));
    assert_eq!(place.left(), [""; 0]);
}

/// The processes that `parent` started.
fn children(parent: u32) -> Vec<u32> {
    let mut children = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        if after_name.split(' ').nth(1) == Some(&parent.to_string()) {
            children.extend(
                entry
                    .file_name()
                    .to_str()
                    .and_then(|name| name.parse::<u32>().ok()),
            );
        }
    }
    children
}

#[test]
fn a_worker_that_is_killed_is_replaced_and_nothing_is_lost() {
    let place = Place::new(8_000);
    let whole = place.whole();
    let words = [
        "in.txt",
        "--out",
        "out.jsonl",
        "--workers",
        "2",
        "--range-bytes",
        "5000",
        "--json-summary",
        "summary.json",
    ];
    let child = place
        .command(&words)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(&place.path("out.jsonl.partial"), 0);
    for worker in children(child.id()) {
        signal_process(worker, "KILL");
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let summary: Value = serde_json::from_slice(&place.read("summary.json")).unwrap();
    assert!(
        summary["workers"]["died"].as_u64().unwrap() > 0,
        "{summary}"
    );
    assert!(place.read("out.jsonl") == whole);
}

#[test]
fn the_line_that_kills_workers_is_named_and_the_others_go_on() {
    let place = Place::new(40);
    let mut input = place.read("in.txt");
    let at = input.len() / 2;
    let line_end = at + input[at..].iter().position(|&byte| byte == b'\n').unwrap() + 1;
    // A text that takes more memory than a worker may have.
    let killer = "a ".repeat(8_000_000) + "\n";
    input.splice(line_end..line_end, killer.into_bytes());
    fs::write(place.path("in.txt"), input).unwrap();
    let mut limited = Command::new("bash");
    limited.args([
        "-c",
        "ulimit -v 700000; exec \"$@\"",
        "bash",
        env!("CARGO_BIN_EXE_nlp"),
        "annotate",
    ]);
    limited.args(TOKENS_ONLY).args([
        "in.txt",
        "--workers",
        "1",
        "--max-length",
        "100000000",
        "--max-line",
        "100000000",
    ]);
    limited.current_dir(place.folder.path());
    let output = limited.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("nlp: in.txt: line 22: the worker was ended by SIGABRT each time"),
        "{}",
        stderr(&output)
    );
    assert_eq!(
        texts(std::str::from_utf8(&output.stdout).unwrap()).len(),
        40
    );
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
