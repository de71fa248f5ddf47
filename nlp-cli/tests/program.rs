//! The program, run as users run it.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests write where they like"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn nlp(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nlp"));
    command.args(args).stdin(Stdio::null());
    command
}

/// Runs the program with `input` on its standard input.
fn run(args: &[&str], input: &[u8]) -> Output {
    let mut child = nlp(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // From a thread of its own, since the program answers before it has read everything.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn documents(output: &Output) -> Vec<Value> {
    stdout(output)
        .split_terminator('\n')
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn core(relative: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../nlp-core")
        .join(relative)
}

/// spaCy's answers for a pipeline, without the line that names versions.
fn golden(pipeline: &str) -> Vec<Value> {
    let text = fs::read_to_string(core(&format!("tests/data/golden/{pipeline}.jsonl"))).unwrap();
    text.split_terminator('\n')
        .skip(1)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_document_is_one_line_with_the_fields_of_spacys_tokens_in_order() {
    let output = run(&["parse"], "“Zoë”\tis 5.\n".as_bytes());
    let expected = "{\"text\": \"“Zoë”\\tis 5.\", \"tokens\": [{\"text\": \"“\", \"ws\": \"\", \"idx\": 0, \"norm\": \"\\\"\", \
                    \"lower\": \"“\", \"shape\": \"“\", \"prefix\": \"“\", \"suffix\": \"“\", \"tag\": ";
    assert!(stdout(&output).starts_with(expected), "{}", stdout(&output));
    let document = &documents(&output)[0];
    let keys: Vec<&str> = document["tokens"][0]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let wanted = "text ws idx norm lower shape prefix suffix tag pos morph lemma head dep sent_start ent_iob ent_type";
    assert_eq!(keys, wanted.split(' ').collect::<Vec<_>>());
    assert_eq!(
        document.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["text", "tokens", "ents", "sents"]
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn what_spacy_says_of_the_golden_texts_the_program_prints() {
    let golden = golden("en_ewt_sm");
    let input: String = golden
        .iter()
        .map(|doc| format!("{}\n", serde_json::json!({"text": doc["text"]})))
        .collect();
    let documents = documents(&run(&["parse", "--input", "jsonl"], input.as_bytes()));
    assert_eq!(documents.len(), golden.len());
    for (ours, theirs) in documents.iter().zip(&golden) {
        assert_eq!(ours, theirs);
    }
}

#[test]
fn a_pipeline_in_a_directory_is_run_from_there() {
    let golden = golden("de_toy");
    let lines: Vec<&Value> = golden
        .iter()
        .filter(|doc| matches!(doc["text"].as_str(), Some(text) if !text.is_empty() && !text.contains('\n')))
        .collect();
    let input: String = lines
        .iter()
        .map(|doc| format!("{}\n", doc["text"].as_str().unwrap()))
        .collect();
    let model = core("tests/data/pipelines/de_toy");
    let documents = documents(&run(
        &["parse", "--model", model.to_str().unwrap(), "-"],
        input.as_bytes(),
    ));
    assert!(lines.len() > 90 && documents.iter().eq(lines));
}

#[test]
fn a_word_with_the_id_of_another_changes_no_other_line() {
    let output = run(
        &["parse"],
        b"iomcoedm1tM2mF4i\nThe hospital\nHe saw iomcoedm1tM2mF4i.\n",
    );
    assert_eq!(output.status.code(), Some(0));
    let words: Vec<Vec<String>> = documents(&output)
        .iter()
        .map(|doc| {
            let tokens = doc["tokens"].as_array().unwrap().iter();
            tokens
                .map(|token| token["text"].as_str().unwrap().to_owned())
                .collect()
        })
        .collect();
    assert_eq!(
        words,
        [
            vec!["iomcoedm1tM2mF4i"],
            vec!["The", "hospital"],
            vec!["He", "saw", "iomcoedm1tM2mF4i", "."]
        ]
    );
}

#[test]
fn a_text_that_takes_more_than_it_may_is_named_and_the_others_go_on() {
    let long = format!("One.\n{}\nTwo.\n", "word ".repeat(60));
    let output = run(&["parse", "--max-tokens", "20"], long.as_bytes());
    assert_eq!(
        (documents(&output).len(), output.status.code()),
        (2, Some(1))
    );
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("line 2: text has more tokens than the limit of 20"),
        "{said}"
    );
    let output = run(&["parse", "--max-time", "0"], b"One.\n");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("line 1: text took longer than the limit of 0ns"),
        "{said}"
    );
    for wrong in ["-1", "soon", "1e300", "nan"] {
        let output = run(&["parse", &format!("--max-time={wrong}")], b"One.\n");
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn lines_end_at_newlines_only_and_empty_ones_are_skipped() {
    let output = run(
        &["parse"],
        "one\r\n\n\u{2028}two\u{85}\u{1c}\n \nlast".as_bytes(),
    );
    let texts: Vec<String> = documents(&output)
        .iter()
        .map(|doc| doc["text"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(texts, ["one\r", "\u{2028}two\u{85}\u{1c}", " ", "last"]);
}

#[test]
fn a_text_that_fails_is_named_by_its_line_and_the_others_go_on() {
    let output = run(
        &["parse", "--max-length", "20"],
        b"fine\n\nbad \xff bytes\nthis text is longer than the limit\nfine too\n",
    );
    let texts: Vec<Value> = documents(&output)
        .iter()
        .map(|doc| doc["text"].clone())
        .collect();
    assert_eq!(texts, ["fine", "fine too"]);
    let errors: Vec<&str> = stderr(&output).lines().collect();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(
        errors[0].starts_with("nlp: line 3: is not UTF-8"),
        "{}",
        errors[0]
    );
    assert!(
        errors[1].starts_with("nlp: line 4: text of 34 characters is longer"),
        "{}",
        errors[1]
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn json_lines_may_hold_texts_with_newlines() {
    let output = run(
        &["parse", "--input", "jsonl"],
        b"{\"text\": \"two\\nlines\"}\nnot json\n{\"text\": \"\"}\n",
    );
    let documents = documents(&output);
    assert_eq!(documents[0]["text"], "two\nlines");
    assert_eq!(
        documents[1],
        serde_json::json!({"text": "", "tokens": [], "ents": [], "sents": []})
    );
    assert!(
        stderr(&output).starts_with("nlp: line 2: is not JSON"),
        "{}",
        stderr(&output)
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_text_is_answered_before_the_next_one_is_sent() {
    let mut child = nlp(&["parse"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    for text in ["first", "second"] {
        writeln!(stdin, "{text}").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&answer).unwrap()["text"],
            text
        );
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_program_quietly() {
    let mut child = nlp(&["parse"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer =
        std::thread::spawn(move || while stdin.write_all(b"Some words of a text.\n").is_ok() {});
    let mut first = [0; 64];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut first).unwrap();
    drop(out);
    let mut errors = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut errors)
        .unwrap();
    assert_eq!(
        (child.wait().unwrap().code(), errors.as_str()),
        (Some(0), "")
    );
    writer.join().unwrap();
}

#[test]
fn the_table_aligns_wide_characters_and_shows_white_space() {
    let output = run(
        &["parse", "--format", "text"],
        "東京 and  Rome\n".as_bytes(),
    );
    let lines: Vec<&str> = stdout(&output).lines().collect();
    assert_eq!(lines[0], "# 東京 and  Rome");
    let start_of = |line: &str, column: &str| {
        line.split(column)
            .next()
            .unwrap()
            .chars()
            .map(|c| if c > '\u{2fff}' { 2 } else { 1 })
            .sum::<usize>()
    };
    assert!(lines[1].starts_with("i  text  lemma "), "{}", lines[1]);
    assert!(lines[2].starts_with("0  東京  "), "{}", lines[2]);
    assert!(lines[4].starts_with("2  ␣ "), "{}", lines[4]);
    let pos = start_of(lines[1], "pos");
    for line in &lines[2..6] {
        let before: usize = line
            .chars()
            .scan(0, |width, c| {
                let at = *width;
                *width += if c > '\u{2fff}' { 2 } else { 1 };
                Some((at, c))
            })
            .filter(|(at, c)| *at == pos - 1 && *c == ' ')
            .count();
        assert_eq!(before, 1, "{line}");
    }
}

#[test]
fn what_else_is_known_of_a_document_is_printed_on_request_behind_the_rest() {
    let plain = run(&["parse"], b"Ada wrote it.\n");
    let with = run(&["parse", "--with", "spans,ids,cats"], b"Ada wrote it.\n");
    let plain = String::from_utf8(plain.stdout).unwrap();
    let with = String::from_utf8(with.stdout).unwrap();
    let rest = with.strip_prefix(plain.trim_end().strip_suffix('}').unwrap());
    let nothing = r#", "ids": [["", ""], ["", ""], ["", ""], ["", ""]], "cats": {}, "spans": {}}"#;
    assert_eq!(rest.map(str::trim_end), Some(nothing));

    // This pipeline has no word vectors: as in spaCy a token's vector is then its row of the tensor.
    let vectors = run(&["parse", "--with", "vectors"], b"Ada wrote it.\n");
    let doc: serde_json::Value = serde_json::from_slice(&vectors.stdout).unwrap();
    let rows = doc["vectors"].as_array().unwrap();
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row.as_array().unwrap().len() == 96));
}

#[test]
fn wrong_use_and_what_cannot_be_read_exit_with_2_and_say_why() {
    for (args, why) in [
        (&["parse", "--format", "xml"][..], "invalid value 'xml'"),
        (&["frobnicate"], "unrecognized subcommand"),
        (
            &["parse", "--format", "text", "--with", "cats"],
            "leave out --format text",
        ),
        (
            &["parse", "no/such/file.txt"],
            "cannot read no/such/file.txt: ",
        ),
        (&["parse", "."], "cannot read .: "),
        (
            &["parse", "--model", "no/such/model"],
            "cannot read no/such/model: ",
        ),
        (&["info", "--model", "src"], "src/config.cfg"),
    ] {
        let output = run(args, b"");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(
            stderr(&output).contains(why),
            "{args:?}: {}",
            stderr(&output)
        );
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn info_names_components_architectures_labels_licence_and_scores() {
    let output = run(&["info", "--format", "json"], b"");
    let info: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(
        (&info["lang"], &info["name"], &info["license"]),
        (&"en".into(), &"ewt_sm".into(), &"CC BY-SA 4.0".into())
    );
    let components = info["components"].as_array().unwrap();
    let factories: Vec<&Value> = components
        .iter()
        .map(|component| &component["factory"])
        .collect();
    assert_eq!(
        factories,
        [
            "tok2vec",
            "tagger",
            "morphologizer",
            "parser",
            "trainable_lemmatizer",
            "ner"
        ]
    );
    assert_eq!(
        components[3]["architectures"][0]["architecture"],
        "spacy.TransitionBasedParser.v2"
    );
    let labels = |i: usize| components[i]["labels"].as_array().unwrap();
    let of_spacy = fs::read_to_string(core("models/en_ewt_sm/meta.json")).unwrap();
    let of_spacy: Value = serde_json::from_str(&of_spacy).unwrap();
    for (i, name) in [
        (1, "tagger"),
        (2, "morphologizer"),
        (3, "parser"),
        (5, "ner"),
    ] {
        assert_eq!(
            labels(i),
            of_spacy["labels"][name].as_array().unwrap(),
            "{name}"
        );
    }
    let size = |file: &str| {
        fs::metadata(core(&format!("models/en_ewt_sm/parser/{file}")))
            .unwrap()
            .len()
    };
    assert_eq!(
        components[3]["file_bytes"],
        size("cfg") + size("model") + size("moves")
    );
    assert!(info["performance"]["dep_uas"].as_f64().unwrap() > 0.8);

    let output = run(&["info"], b"");
    for part in [
        "en_ewt_sm 0.1.0",
        "licence: CC BY-SA 4.0",
        "spacy.MaxoutWindowEncoder.v2",
        "49 labels",
        "labelled attachment",
    ] {
        assert!(
            stdout(&output).contains(part),
            "{part} in {}",
            stdout(&output)
        );
    }
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn info_shows_names_of_components_beside_their_factories_and_what_is_disabled() {
    let info = |toy: &str| {
        let model = core(&format!("tests/data/pipelines/{toy}"));
        stdout(&run(&["info", "--model", model.to_str().unwrap()], b"")).to_owned()
    };
    assert!(info("tr_toy").contains("\n  more names (ner): "));
    assert!(info("ar_toy").contains("\n  disabled: morphologizer\n"));
}

#[test]
fn components_are_left_out_disabled_and_enabled_by_their_names() {
    let model = core("tests/data/pipelines/ar_toy");
    let info = |options: &[&str]| {
        let args = [
            &[
                "info",
                "--format",
                "json",
                "--model",
                model.to_str().unwrap(),
            ],
            options,
        ]
        .concat();
        let output = run(&args, b"");
        match output.status.code() {
            Some(0) => {
                let info: Value = serde_json::from_slice(&output.stdout).unwrap();
                let names = info["components"].as_array().unwrap().iter();
                let names: Vec<&str> = names.map(|it| it["name"].as_str().unwrap()).collect();
                Ok((names.join(" "), info["disabled"].to_string()))
            }
            code => Err((code, stderr(&output).to_owned())),
        }
    };
    let all = "tok2vec parser senter etiket ner morphologizer";
    let case = |options: &[&str], names: &str, disabled: &str| {
        assert_eq!(
            info(options),
            Ok((names.to_owned(), disabled.to_owned())),
            "{options:?}"
        );
    };
    case(&[], all, r#"["morphologizer"]"#);
    case(&["--enable-pipe", "morphologizer"], all, "[]");
    case(
        &["--disable", "ner,etiket"],
        all,
        r#"["etiket","ner","morphologizer"]"#,
    );
    case(
        &[
            "--exclude",
            "morphologizer",
            "--exclude=parser",
            "--enable",
            "tok2vec,ner",
        ],
        "tok2vec senter etiket ner",
        r#"["senter","etiket"]"#,
    );
    let (code, error) = info(&["--enable", "morphologizer"]).unwrap_err();
    assert_eq!(code, Some(2));
    assert!(
        error.contains("cannot enable \"morphologizer\" alone"),
        "{error}"
    );
    let (code, error) = info(&["--enable-pipe", "nre"]).unwrap_err();
    assert_eq!(code, Some(2));
    assert!(
        error.contains("no component \"nre\": they are tok2vec, "),
        "{error}"
    );

    let args = [
        "parse",
        "--exclude",
        "parser,ner,trainable_lemmatizer",
        "--disable=nre",
    ];
    let output = run(&args, b"Ada saw London.\n");
    assert!(
        stderr(&output)
            .starts_with("nlp: warning: cannot disable \"nre\": the pipeline's components are ")
    );
    let documents = documents(&output);
    assert_eq!(documents[0]["ents"], Value::Array(Vec::new()));
    assert_eq!(documents[0]["tokens"][0]["tag"], "NNP");
    assert_eq!(documents[0]["tokens"][0]["dep"], "");
}

#[test]
fn where_neighbours_matter_batches_are_whole_however_slowly_texts_come() {
    // Its Mish encoder lets the texts of a batch see each other.
    let model = core("tests/data/pipelines/tr_toy");
    let args = [
        "parse",
        "--model",
        model.to_str().unwrap(),
        "--batch-size",
        "3",
    ];
    let texts = ["Bir iki.\n", "üç", " dört.\n", "beş altı!\n", "yedi", "\n"];
    let at_once = run(&args, texts.concat().as_bytes());
    let mut child = nlp(&args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for piece in texts {
        stdin.write_all(piece.as_bytes()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    drop(stdin);
    let slowly = child.wait_with_output().unwrap();
    assert_eq!(stdout(&slowly), stdout(&at_once));
    let alone = run(
        &[&args[..3], &["--batch-size", "1"]].concat(),
        texts.concat().as_bytes(),
    );
    assert_ne!(stdout(&alone), stdout(&at_once));
}

#[test]
fn what_a_pipeline_asks_for_in_vain_is_said_on_standard_error() {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cleans_in_vain");
    let _ = fs::remove_dir_all(&dir);
    copy_dir(&core("tests/data/pipelines/de_toy"), &dir);
    let cfg = r#"{"attrs": {"nonsense": null}, "silent": false}"#;
    fs::write(dir.join("doc_cleaner/cfg"), cfg).unwrap();
    let model = dir.to_str().unwrap();
    for args in [["parse", "--model", model], ["info", "--model", model]] {
        let output = run(&args, b"Guten Tag.\n");
        assert!(output.status.success());
        let said = stderr(&output);
        assert!(
            said.starts_with("nlp: warning: component \"doc_cleaner\" cannot clean \"nonsense\""),
            "{said}"
        );
        assert!(!stdout(&output).contains("warning"));
    }
    fs::remove_dir_all(&dir).unwrap();
}

fn copy_dir(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy_dir(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}
