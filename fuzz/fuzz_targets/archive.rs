//! An archive with a pipeline in it, or what claims to be one: it is refused with an error that names it, or it is the
//! pipeline, and runs. The first byte says which: 0 for bytes as they are, 1 for a zip archive, 2 for a tar archive that
//! gzip packed; of those the members and the bytes are edited.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use nlp_core::Language;
use nlp_core_fuzz::packing::{Member, gzip, member, tar, zip};
use nlp_core_fuzz::pipeline::PIPELINES;
use nlp_core_fuzz::{Unstructured, edit_bytes, one_of, one_str, pick};

/// Where the archive is written: in `TMPDIR`, which is in memory if whoever runs this cares for speed.
static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("fuzz-archive-{}.whl", std::process::id())));

const NAMES: &[&str] = &[
    "config.cfg",
    "meta.json",
    "a/config.cfg",
    "../x",
    "/x",
    "C:\\x",
    "a\0b",
    "./tokenizer",
    "tokenizer/",
    "",
    "é",
    "x_x/x_x-1/config.cfg",
];
const PREFIXES: &[&str] = &[
    "",
    "./",
    "p/",
    "x_x/x_x-1.0/",
    "a_directory_with_a_name_that_takes_more_than_the_hundred_bytes_that_a_header_of_tar_has_room_for/",
];
const SIZES: &[u64] = &[
    0,
    1,
    511,
    512,
    513,
    1 << 20,
    1 << 31,
    (1 << 32) - 1,
    (1 << 33) - 1,
];

fuzz_target!(|data: &[u8]| {
    let Some((kind, data)) = data.split_first() else {
        return;
    };
    let mut u = Unstructured::new(data);
    let bytes = match kind % 3 {
        0 => data.to_vec(),
        1 => edited(zip(&members(&mut u)), &mut u),
        _ => {
            let tar = edited(tar(&members(&mut u)), &mut u);
            edited(gzip(&tar), &mut u)
        }
    };
    std::fs::write(&*FILE, bytes).expect("the temporary directory can be written");
    match Language::load(&*FILE) {
        Ok(nlp) => {
            let doc = nlp.parse("Ada sah 1843 Berlin.  Don't!");
            assert_eq!(doc.expect("a short text").to_owned().check(), Ok(()));
        }
        Err(error) => {
            let said = error.to_string();
            assert!(
                said.contains(&FILE.display().to_string()),
                "an error names no file: {said:?}"
            );
            assert_eq!(said.find(char::is_control), None, "{said:?}");
        }
    }
});

/// The files of a small pipeline, some of them edited.
fn members(u: &mut Unstructured<'_>) -> Vec<Member> {
    let (_, files) = one_of(u, PIPELINES);
    let prefix = one_str(u, PREFIXES);
    let mut members: Vec<Member> = files
        .iter()
        .map(|(name, content)| Member {
            // For speed: what they are unpacked to is another target's concern.
            deflated: content.len() < 1000,
            ..member(&format!("{prefix}{name}"), *content)
        })
        .collect();
    for _ in 0..pick(u, 4) {
        let at = pick(u, members.len());
        let other = members[pick(u, members.len())].clone();
        let member = &mut members[at];
        match pick(u, 8) {
            0 => member.name = one_str(u, NAMES).to_owned(),
            1 => member.claims = Some(*one_of(u, SIZES)),
            2 => member.flags = u.arbitrary().unwrap_or(1),
            3 => member.kind = u.arbitrary().unwrap_or(b'2'),
            4 => member.deflated ^= true,
            5 => edit_bytes(&mut member.content, u),
            6 => member.name = other.name,
            _ => members.push(other),
        }
    }
    members
}

fn edited(mut bytes: Vec<u8>, u: &mut Unstructured<'_>) -> Vec<u8> {
    for _ in 0..pick(u, 3) {
        edit_bytes(&mut bytes, u);
    }
    bytes
}
