//! Reads what a record has of Python: its interpreter, and the functions that stand in its stacks.

use std::io;
use std::mem::offset_of;

use harness_preload::record::{self, Code, Header};

use super::head::Head;
use super::python::{Python, PythonFrames, PythonFunction};
use super::source::{Source, Table, u32_at};

/// The interpreter, as the head of a record has it.
pub(super) fn interpreter(head: &Head) -> Option<Python> {
    let version = head.u32(offset_of!(Header, python));
    (version != 0).then(|| Python {
        version: ((version >> 24) as u8, (version >> 16) as u8),
        frames: match head.u32(offset_of!(Header, python_frames)) {
            record::PythonFrames::READ => PythonFrames::Read,
            record::PythonFrames::STRANGE => PythonFrames::Strange,
            record::PythonFrames::UNKNOWN => PythonFrames::Unknown,
            _ => PythonFrames::None,
        },
        module: head.u32(offset_of!(Header, python_module)).checked_sub(1),
        cut: head.u64(offset_of!(Header, python_cut)),
        collected: head.u32(offset_of!(Header, python_collected)) == 1,
    })
}

/// The functions of a record, in the order of their numbers.
pub(super) fn functions(
    source: &(impl Source + ?Sized),
    head: &Head,
) -> io::Result<Vec<PythonFunction>> {
    let texts = texts(source, head)?;
    let table = Table {
        at: record::CODES,
        entry: size_of::<Code>(),
        count: head.count(offset_of!(Header, codes), record::CODE_LIMIT),
        in_order: true,
    };
    let mut functions = Vec::new();
    table.for_each(source, |_, entry| {
        let text = |at, bytes| {
            let (at, bytes) = (u32_at(entry, at) as usize, u32_at(entry, bytes) as usize);
            let end = at.saturating_add(bytes).min(texts.len());
            let text = texts.get(at..end).unwrap_or_default();
            String::from_utf8_lossy(text).into_owned()
        };
        functions.push(PythonFunction {
            name: text(offset_of!(Code, name_at), offset_of!(Code, name_bytes)),
            file: text(offset_of!(Code, file_at), offset_of!(Code, file_bytes)),
            first_line: u32_at(entry, offset_of!(Code, first_line)),
        });
    })?;
    Ok(functions)
}

/// The texts, as far as they are there.
fn texts(source: &(impl Source + ?Sized), head: &Head) -> io::Result<Vec<u8>> {
    let table = Table {
        at: record::TEXTS,
        entry: 1,
        count: head.count(offset_of!(Header, texts), record::TEXT_LIMIT),
        in_order: true,
    };
    let mut texts = Vec::new();
    table.pieces(source, |piece| {
        texts.extend_from_slice(piece);
        std::ops::ControlFlow::Continue(())
    })?;
    Ok(texts)
}
