//! Files that a person did not write: a few bytes that name much.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use nlp_core::Attr;
use nlp_core::symbols::string_id;
use rmp::encode::{write_array_len, write_bin, write_map_len, write_str, write_uint};

use super::message::Message;
use super::read;

#[test]
fn keys_that_are_no_texts_are_json_and_a_map_is_no_key() {
    let mut list = Vec::new();
    write_map_len(&mut list, 1).unwrap();
    write_array_len(&mut list, 2).unwrap();
    write_str(&mut list, "a\"").unwrap();
    write_uint(&mut list, 2).unwrap();
    write_uint(&mut list, 3).unwrap();
    let value = Message::new(&list).value().unwrap();
    assert_eq!(value.to_string(), r#"{"[\"a\\\"\",2]":3}"#);

    // As JSON it would be quoted once a level: twice as long for every byte of the file.
    let deep = [[0x81; 40].as_slice(), &[0xa1, b'"'], &[0xc0; 40]].concat();
    let error = Message::new(&deep).value().unwrap_err();
    assert_eq!(error.to_string(), "there is a map in the key of a map");
}

#[test]
fn a_long_string_that_every_token_names_takes_no_more_than_is_allowed() {
    let word = "w".repeat(10_000);
    let tokens = 1_000;
    let mut bytes = Vec::new();
    write_map_len(&mut bytes, 5).unwrap();
    write_str(&mut bytes, "attrs").unwrap();
    write_array_len(&mut bytes, 1).unwrap();
    write_uint(&mut bytes, Attr::Orth as u64).unwrap();
    write_str(&mut bytes, "tokens").unwrap();
    write_bin(&mut bytes, &string_id(&word).to_le_bytes().repeat(tokens)).unwrap();
    write_str(&mut bytes, "spaces").unwrap();
    write_bin(&mut bytes, &vec![0; tokens]).unwrap();
    write_str(&mut bytes, "lengths").unwrap();
    write_bin(&mut bytes, &(tokens as u32).to_le_bytes()).unwrap();
    write_str(&mut bytes, "strings").unwrap();
    write_array_len(&mut bytes, 1).unwrap();
    write_str(&mut bytes, &word).unwrap();
    let mut file = ZlibEncoder::new(Vec::new(), Compression::default());
    file.write_all(&bytes).unwrap();
    let file = file.finish().unwrap();

    let docs = read(&file, 10 << 20).unwrap();
    assert_eq!(docs[0].text.len(), tokens * word.len());
    let error = read(&file, 1 << 20).unwrap_err();
    assert_eq!(
        error.to_string(),
        "document 0: the documents would take more than 8388608 bytes in memory"
    );
}
