//! What is read is what was written, and what is wrong with bytes is said.

use super::*;
use proptest::prelude::*;

fn reason(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().reason
}

#[test]
fn every_kind_of_value_is_read() {
    assert_eq!(read(&[0xc0]).unwrap(), Value::Nil);
    assert_eq!(read(&[0xc3]).unwrap(), Value::Bool(true));
    assert_eq!(read(&[0x07]).unwrap(), Value::UInt(7));
    assert_eq!(read(&[0xff]).unwrap(), Value::Int(-1));
    assert_eq!(read(&[0xcd, 0x01, 0x00]).unwrap(), Value::UInt(256));
    assert_eq!(read(&[0xd1, 0xff, 0x00]).unwrap(), Value::Int(-256));
    let max = [0xcf, 255, 255, 255, 255, 255, 255, 255, 255];
    assert_eq!(read(&max).unwrap().as_u64(), Some(u64::MAX));
    assert_eq!(read(&max).unwrap().as_i64(), None);
    assert_eq!(read(&[0xca, 0x3f, 0x80, 0, 0]).unwrap(), Value::Float(1.0));
    assert_eq!(
        read(&[0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]).unwrap(),
        Value::Float(1.5)
    );
    assert_eq!(read(b"\xa2hi").unwrap(), Value::Str("hi"));
    assert_eq!(read(b"\xd9\x02hi").unwrap(), Value::Str("hi"));
    assert_eq!(read(b"\xc4\x02hi").unwrap(), Value::Bin(b"hi"));
    assert_eq!(read(b"\xd5\x05hi").unwrap(), Value::Ext(5, b"hi"));
    assert_eq!(read(b"\xc7\x02\x05hi").unwrap(), Value::Ext(5, b"hi"));
    let list = Value::Array(vec![Value::UInt(1), Value::Nil].into());
    assert_eq!(read(&[0x92, 1, 0xc0]).unwrap(), list);
    assert_eq!(read(&[0xdc, 0, 2, 1, 0xc0]).unwrap(), list);
    assert_eq!(read(&[0xdd, 0, 0, 0, 2, 1, 0xc0]).unwrap(), list);
    let map = read(b"\x82\xa1a\x01\xc4\x01b\x02").unwrap();
    assert_eq!(map.get("a").and_then(Value::as_u64), Some(1));
    assert_eq!(map.get("b").and_then(Value::as_i64), Some(2));
    assert_eq!(map.get("c"), None);
    assert_eq!(read(b"\xde\x00\x01\xa1a\x01").unwrap().kind(), "a map of 1");
    assert_eq!(
        read(b"\xdf\x00\x00\x00\x01\xa1a\x01").unwrap().kind(),
        "a map of 1"
    );
}

#[test]
fn the_last_of_equal_keys_counts() {
    let map = read(b"\x82\xa1a\x01\xa1a\x02").unwrap();
    assert_eq!(map.get("a").and_then(Value::as_u64), Some(2));
}

#[test]
fn a_claim_of_four_billion_entries_in_a_few_bytes_is_refused() {
    for marker in [0xdd, 0xdf] {
        let reason = reason(&[marker, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0]);
        assert!(reason.contains("claims 4294967295 entries"), "{reason}");
    }
    for marker in [0xc6, 0xdb, 0xc9] {
        let reason = reason(&[marker, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0]);
        assert!(reason.contains("needs 4294967295 bytes"), "{reason}");
    }
}

#[test]
fn nested_lists_cannot_claim_the_same_bytes_twice() {
    // A list of 8 whose first element is a list of 8: 8 bytes are left for 15 values.
    let mut bytes = vec![0x98, 0x98];
    bytes.extend([0xc0; 8]);
    assert!(reason(&bytes).contains("at byte 1 claims 8 entries"));
    bytes.extend([0xc0; 7]);
    assert!(read(&bytes).is_ok());
}

#[test]
fn nesting_has_a_limit() {
    let nested = |n: usize| {
        let mut bytes = vec![0x91; n];
        bytes.push(0xc0);
        bytes
    };
    assert!(read(&nested(MAX_DEPTH)).is_ok());
    assert!(reason(&nested(MAX_DEPTH + 1)).contains("deeper than 64"));
    assert!(reason(&nested(5_000_000)).contains("deeper than 64"));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    assert!(reason(&[]).contains("at byte 0 needs 1 bytes"));
    assert!(reason(&[0x92, 1, 0xc1]).contains("byte 2 is 0xc1"));
    assert!(reason(&[0x91, 0xa1, 0xff]).contains("at byte 1 is not UTF-8"));
    assert!(reason(&[0x01, 0x02]).contains("1 more bytes follow"));
    assert!(reason(b"\xa5hell").contains("at byte 0 needs 5 bytes, and 4 are left"));
}

/// How many values there are, containers' elements included.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Map(entries) => entries.iter().map(|(k, v)| count(k) + count(v)).sum(),
        _ => 0,
    }
}

/// The entries of a map, as [`read_map`] shows them.
fn entries(bytes: &[u8]) -> Result<Vec<(Value<'_>, Value<'_>)>, FormatError> {
    let mut entries = Vec::new();
    read_map(bytes, |key, value| {
        entries.push((key, value));
        Ok(())
    })?;
    Ok(entries)
}

#[test]
fn the_entries_of_a_map_are_shown_one_by_one() {
    let two = [
        (Value::UInt(1), Value::Nil),
        (Value::Str("a"), Value::UInt(2)),
    ];
    assert_eq!(entries(b"\x82\x01\xc0\xa1a\x02").unwrap(), two);
    assert_eq!(entries(b"\xde\x00\x02\x01\xc0\xa1a\x02").unwrap(), two);
    assert!(entries(b"\x80").unwrap().is_empty());
    let reason = |bytes| entries(bytes).unwrap_err().reason;
    assert!(reason(b"\x91\x01").contains("a map was expected, found a list of 1"));
    assert!(reason(b"\x80\x01").contains("1 more bytes follow"));
    assert!(reason(b"\xdf\xff\xff\xff\xff\x00").contains("claims 4294967295 entries"));
    assert!(reason(b"").contains("at byte 0 needs 1 bytes"));
}

proptest! {
    #[test]
    fn a_map_has_the_same_entries_shown_or_read(bytes: Vec<u8>) {
        match read(&bytes) {
            Ok(Value::Map(all)) => prop_assert_eq!(entries(&bytes).unwrap(), all.into_vec()),
            Ok(_) | Err(_) => prop_assert!(entries(&bytes).is_err()),
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused_and_never_hold_more_values_than_bytes(bytes: Vec<u8>) {
        if let Ok(value) = read(&bytes) {
            prop_assert!(count(&value) <= bytes.len());
        }
    }
}

#[test]
fn a_value_takes_24_bytes() {
    // The bound on memory that the module's comment gives is this times the bytes of the input.
    assert_eq!(size_of::<Value>(), 24);
}
