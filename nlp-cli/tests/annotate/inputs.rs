//! What goes in.

use std::fs;
use std::io::Write;
use std::process::Command;

use crate::place::{Place, stderr, texts};

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
