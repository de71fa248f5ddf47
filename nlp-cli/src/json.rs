//! A document as one line of JSON: the fields, their order and their form as tools/make_golden.py writes them with
//! spaCy, character for character as Python's `json.dumps(..., ensure_ascii=False)`. Of that only what must not reach a terminal
//! is written in another way, as escapes of the same value: see [`Output::json`](crate::terminal::Output::json).

use std::io::{self, Write};

use nlp_core::{Attr, Doc, Span, Token};

/// `doc` as a line, with its line feed.
pub fn of_doc(doc: &Doc<'_>) -> String {
    let mut line = Vec::new();
    write_doc(&mut line, doc).expect("writing to memory does not fail");
    String::from_utf8(line).expect("JSON is UTF-8")
}

fn write_doc(out: &mut impl Write, doc: &Doc<'_>) -> io::Result<()> {
    out.write_all(b"{\"text\": ")?;
    write_string(out, doc.text())?;
    out.write_all(b", \"tokens\": ")?;
    write_list(out, doc.tokens(), write_token)?;
    out.write_all(b", \"ents\": ")?;
    write_list(out, doc.ents(), |out, ent: Span<'_>| {
        write!(out, "[{}, {}, ", ent.start(), ent.end())?;
        write_string(out, ent.label())?;
        out.write_all(b"]")
    })?;
    out.write_all(b", \"sents\": ")?;
    let sents = doc.has_annotation(Attr::SentStart).then(|| doc.sents());
    write_list(out, sents.into_iter().flatten(), |out, sent: Span<'_>| {
        write!(out, "[{}, {}]", sent.start(), sent.end())
    })?;
    out.write_all(b"}\n")
}

fn write_token<W: Write>(out: &mut W, token: Token<'_>) -> io::Result<()> {
    out.write_all(b"{\"text\": ")?;
    write_string(out, token.text())?;
    field(out, "ws", token.whitespace())?;
    write!(out, ", \"idx\": {}", token.idx())?;
    field(out, "norm", token.norm())?;
    field(out, "lower", token.lower())?;
    field(out, "shape", token.shape())?;
    field(out, "prefix", token.prefix())?;
    field(out, "suffix", token.suffix())?;
    field(out, "tag", token.tag())?;
    field(out, "pos", token.pos().name())?;
    field(out, "morph", token.morph())?;
    field(out, "lemma", token.lemma())?;
    write!(out, ", \"head\": {}", token.head().i())?;
    field(out, "dep", token.dep())?;
    let sent_start = match token.is_sent_start() {
        Some(true) => "true",
        Some(false) => "false",
        None => "null",
    };
    write!(out, ", \"sent_start\": {sent_start}")?;
    field(out, "ent_iob", token.ent_iob().as_str())?;
    field(out, "ent_type", token.ent_type())?;
    out.write_all(b"}")
}

fn field(out: &mut impl Write, name: &str, value: &str) -> io::Result<()> {
    write!(out, ", \"{name}\": ")?;
    write_string(out, value)
}

fn write_string(out: &mut impl Write, text: &str) -> io::Result<()> {
    serde_json::to_writer(out, text).map_err(io::Error::from)
}

fn write_list<W: Write, T>(
    out: &mut W,
    items: impl IntoIterator<Item = T>,
    mut write_item: impl FnMut(&mut W, T) -> io::Result<()>,
) -> io::Result<()> {
    out.write_all(b"[")?;
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.write_all(b", ")?;
        }
        write_item(out, item)?;
    }
    out.write_all(b"]")
}
