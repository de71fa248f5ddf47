//! Groups of spans, as spaCy's `SpanGroups.to_bytes` writes them and `from_bytes` reads them.

use nlp_core::symbols::string_id;
use nlp_core::{Doc, FormatError, Span, SpanGroup};
use rmp::encode::{
    ValueWriteError, write_array_len, write_bin, write_bool, write_map_len, write_str, write_uint,
};

use super::message::Message;

/// The bytes of a span: three ids of eight bytes, four offsets of four.
const SPAN_BYTES: usize = 40;

/// A span of a group as it is stored.
#[derive(Debug, Clone, Copy)]
pub struct Stored {
    pub kb_id: u64,
    pub label: u64,
    pub start: i32,
    pub end: i32,
}

/// Writes the groups of a document: bytes in which a map of groups stands, each of which is bytes again.
pub fn write_groups(out: &mut Vec<u8>, doc: &Doc<'_>) {
    let write = |out: &mut Vec<u8>| {
        let mut groups = Vec::new();
        if doc.span_groups().len() == 0 {
            // As spaCy does.
            write_array_len(&mut groups, 0)?;
        } else {
            write_map_len(&mut groups, doc.span_groups().len() as u32)?;
            for group in doc.span_groups() {
                let mut bytes = Vec::new();
                write_group(&mut bytes, &group)?;
                write_bin(&mut groups, &bytes)?;
                write_array_len(&mut groups, 1)?;
                write_str(&mut groups, group.key())?;
            }
        }
        write_bin(out, &groups)
    };
    write(out).expect("writing to memory does not fail");
}

fn write_group(out: &mut Vec<u8>, group: &SpanGroup<'_>) -> Result<(), ValueWriteError> {
    write_map_len(out, 3)?;
    write_str(out, "name")?;
    write_str(out, group.key())?;
    write_str(out, "attrs")?;
    match group.scores() {
        Some(scores) if !scores.is_empty() => {
            write_map_len(out, 1)?;
            write_str(out, "scores")?;
            write_array(out, scores)?;
        }
        _ => {
            write_map_len(out, 0)?;
        }
    }
    write_str(out, "spans")?;
    write_array_len(out, group.len() as u32)?;
    group
        .spans()
        .try_for_each(|span| write_bin(out, &bytes_of(&span)))
}

/// An array of numpy, as msgpack-numpy has it.
fn write_array(out: &mut Vec<u8>, numbers: &[f32]) -> Result<(), ValueWriteError> {
    write_map_len(out, 5)?;
    write_bin(out, b"nd")?;
    write_bool(out, true).map_err(ValueWriteError::InvalidDataWrite)?;
    write_bin(out, b"type")?;
    write_str(out, "<f4")?;
    write_bin(out, b"kind")?;
    write_bin(out, b"")?;
    write_bin(out, b"shape")?;
    write_array_len(out, 1)?;
    write_uint(out, numbers.len() as u64)?;
    write_bin(out, b"data")?;
    let bytes: Vec<u8> = numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    write_bin(out, &bytes)
}

fn bytes_of(span: &Span<'_>) -> Vec<u8> {
    let ids = [span.id(), span.kb_id(), span.label()].map(string_id);
    let offsets = [span.start(), span.end(), span.start_char(), span.end_char()];
    let ids = ids.into_iter().flat_map(u64::to_be_bytes);
    ids.chain(
        offsets
            .into_iter()
            .flat_map(|offset| (offset as u32).to_be_bytes()),
    )
    .collect()
}

/// The keys of equal groups, and their spans.
pub type Group = (Vec<String>, Vec<Stored>);

/// The spans of the groups that were written, with the keys of each: equal groups are written once.
pub fn read_groups(bytes: &[u8]) -> Result<Vec<Group>, FormatError> {
    let mut groups = Vec::new();
    if bytes.is_empty() {
        return Ok(groups);
    }
    let mut message = Message::new(bytes);
    if message.next_is_array()? {
        // As spaCy 3.0 had it: a list of groups, each under its own name.
        for _ in 0..message.array_len()? {
            let (name, spans) = read_group(message.bin()?)?;
            groups.push((vec![name], spans));
        }
        return Ok(groups);
    }
    for _ in 0..message.map_len()? {
        let (_, spans) = read_group(message.bin()?)?;
        let mut keys = Vec::new();
        for _ in 0..message.array_len()? {
            keys.push(message.text()?.to_owned());
        }
        groups.push((keys, spans));
    }
    Ok(groups)
}

fn read_group(bytes: &[u8]) -> Result<(String, Vec<Stored>), FormatError> {
    let mut message = Message::new(bytes);
    let (mut name, mut spans) = (String::new(), Vec::new());
    for _ in 0..message.map_len()? {
        match message.text()? {
            "name" => name = message.text()?.to_owned(),
            "spans" => {
                for _ in 0..message.array_len()? {
                    spans.push(read_span(message.bin()?)?);
                }
            }
            _ => message.skip()?,
        }
    }
    Ok((name, spans))
}

fn read_span(bytes: &[u8]) -> Result<Stored, FormatError> {
    let bytes: &[u8; SPAN_BYTES] = bytes.try_into().map_err(|_| {
        FormatError::new(format!(
            "a span has {} bytes, and not {SPAN_BYTES}",
            bytes.len()
        ))
    })?;
    let id = |at: usize| u64::from_be_bytes(*bytes[at..].first_chunk().expect("there are 40"));
    let offset = |at: usize| i32::from_be_bytes(*bytes[at..].first_chunk().expect("there are 40"));
    Ok(Stored {
        kb_id: id(8),
        label: id(16),
        start: offset(24),
        end: offset(28),
    })
}
