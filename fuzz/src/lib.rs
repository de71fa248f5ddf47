//! What the structure-aware targets share: edits that leave files well-formed, made from a fuzzer's bytes.
//!
//! A fuzzer that flips bits in a pipeline's files tests whether broken MessagePack is refused, again and again. These
//! edits change what well-formed files say.

pub mod config;
pub mod node;
/// Writes archives: the tests of nlp-core have the same file.
#[path = "../../nlp-core/tests/packing/mod.rs"]
pub mod packing;
pub mod pieces;
pub mod pipeline;

pub use libfuzzer_sys::arbitrary::Unstructured;

/// A number below `bound`, which is not 0; 0 where the bytes are used up.
pub fn pick(u: &mut Unstructured<'_>, bound: usize) -> usize {
    u.int_in_range(0..=bound - 1).unwrap_or(0)
}

/// One of `all`.
pub fn one_of<'a, T>(u: &mut Unstructured<'_>, all: &'a [T]) -> &'a T {
    &all[pick(u, all.len())]
}

/// One of the strings.
pub fn one_str<'a>(u: &mut Unstructured<'_>, all: &[&'a str]) -> &'a str {
    all[pick(u, all.len())]
}

/// What a broken disk or a hurried hand does to bytes: cut, repeat, overwrite, insert.
pub fn edit_bytes(bytes: &mut Vec<u8>, u: &mut Unstructured<'_>) {
    let at = pick(u, bytes.len() + 1);
    let until = at + pick(u, (bytes.len() - at).min(64) + 1);
    match pick(u, 6) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..until)),
        2 => {
            let piece = bytes[at..until].to_vec();
            bytes.splice(at..at, piece);
        }
        3 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = u.arbitrary().unwrap_or(0xff);
            }
        }
        4 => bytes.insert(at, u.arbitrary().unwrap_or(b'\n')),
        _ => {
            let number = *one_of(u, &pieces::FLOATS) as f32;
            let at = at / 4 * 4;
            if let Some(four) = bytes.get_mut(at..at + 4) {
                four.copy_from_slice(&number.to_le_bytes());
            }
        }
    }
}
