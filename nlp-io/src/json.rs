//! A document as one line of JSON: the fields, their order and their form as tools/make_golden.py writes them with
//! spaCy, character for character as Python's `json.dumps(..., ensure_ascii=False)`. Of that only what must not reach a terminal
//! is written in another way, as escapes of the same value, by whoever prints it.

use std::io::{self, Write};

use nlp_core::{Attr, Doc, Span, SpanGroup, Token};

/// What is written of a document on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Of each token: the entity's id from a ruler, and its id in a knowledge base.
    Ids,
    /// The score of each category of the text.
    Cats,
    /// The groups of spans by key: start, end, label, id, knowledge base id, score.
    Spans,
    /// The vector of each token: of the word, or from the tensor in a pipeline without word vectors; `[]` where there is
    /// none.
    Vectors,
}

impl Part {
    /// All parts, in the order in which they are written.
    pub const ALL: [Part; 4] = [Part::Ids, Part::Cats, Part::Spans, Part::Vectors];
}

/// `doc` as a line, with its line feed: text, tokens, entities, sentences, and behind them the parts that `rest` names.
pub fn of_doc(doc: &Doc<'_>, rest: &[Part]) -> String {
    let mut line = Vec::new();
    write_doc(&mut line, doc, rest).expect("writing to memory does not fail");
    String::from_utf8(line).expect("JSON is UTF-8")
}

/// Writes what [`of_doc`] returns to `out`, a piece at a time.
///
/// # Errors
/// If `out` does not take it.
pub fn write_doc(out: &mut impl Write, doc: &Doc<'_>, rest: &[Part]) -> io::Result<()> {
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
    for part in Part::ALL {
        if rest.contains(&part) {
            write_rest(out, doc, part)?;
        }
    }
    out.write_all(b"}\n")
}

/// A part that is printed on request.
fn write_rest(out: &mut impl Write, doc: &Doc<'_>, part: Part) -> io::Result<()> {
    match part {
        Part::Ids => {
            out.write_all(b", \"ids\": ")?;
            write_list(out, doc.tokens(), |out, token| {
                out.write_all(b"[")?;
                write_string(out, token.ent_id())?;
                out.write_all(b", ")?;
                write_string(out, token.ent_kb_id())?;
                out.write_all(b"]")
            })
        }
        Part::Cats => {
            out.write_all(b", \"cats\": ")?;
            write_object(out, doc.cats(), |out, score| write_number(out, score))
        }
        Part::Spans => {
            out.write_all(b", \"spans\": ")?;
            let groups = doc.span_groups().map(|group| (group.key(), group));
            write_object(out, groups, |out, group| write_group(out, &group))
        }
        Part::Vectors => {
            out.write_all(b", \"vectors\": ")?;
            write_list(out, doc.tokens(), |out, token| {
                let vector = if token.has_vector() {
                    token.vector()
                } else {
                    Vec::new()
                };
                write_list(out, vector, |out, x| write_number(out, x))
            })
        }
    }
}

/// The spans of a group, each as start, end, label, id, id in a knowledge base, and score or null.
fn write_group<W: Write>(out: &mut W, group: &SpanGroup<'_>) -> io::Result<()> {
    let scores = group.scores().unwrap_or_default();
    write_list(out, group.spans().enumerate(), |out, (i, span)| {
        write!(out, "[{}, {}", span.start(), span.end())?;
        for text in [span.label(), span.id(), span.kb_id()] {
            out.write_all(b", ")?;
            write_string(out, text)?;
        }
        out.write_all(b", ")?;
        match scores.get(i) {
            Some(score) => write_number(out, *score)?,
            None => out.write_all(b"null")?,
        }
        out.write_all(b"]")
    })
}

/// A score, with all its digits: as Python prints it once it has made a float of it.
fn write_number(out: &mut impl Write, number: f32) -> io::Result<()> {
    serde_json::to_writer(out, &f64::from(number)).map_err(io::Error::from)
}

fn write_object<W: Write, T>(
    out: &mut W,
    entries: impl IntoIterator<Item = (impl AsRef<str>, T)>,
    mut write_value: impl FnMut(&mut W, T) -> io::Result<()>,
) -> io::Result<()> {
    out.write_all(b"{")?;
    for (i, (key, value)) in entries.into_iter().enumerate() {
        if i > 0 {
            out.write_all(b", ")?;
        }
        write_string(out, key.as_ref())?;
        out.write_all(b": ")?;
        write_value(out, value)?;
    }
    out.write_all(b"}")
}

fn write_token<W: Write>(out: &mut W, token: Token<'_>) -> io::Result<()> {
    out.write_all(b"{\"text\": ")?;
    write_string(out, token.text())?;
    field(out, b", \"ws\": ", token.whitespace())?;
    write!(out, ", \"idx\": {}", token.idx())?;
    field(out, b", \"norm\": ", token.norm())?;
    field(out, b", \"lower\": ", token.lower())?;
    field(out, b", \"shape\": ", token.shape())?;
    field(out, b", \"prefix\": ", token.prefix())?;
    field(out, b", \"suffix\": ", token.suffix())?;
    field(out, b", \"tag\": ", token.tag())?;
    field(out, b", \"pos\": ", token.pos().name())?;
    field(out, b", \"morph\": ", token.morph())?;
    field(out, b", \"lemma\": ", token.lemma())?;
    write!(out, ", \"head\": {}", token.head().i())?;
    field(out, b", \"dep\": ", token.dep())?;
    let sent_start = match token.is_sent_start() {
        Some(true) => &b"true"[..],
        Some(false) => b"false",
        None => b"null",
    };
    out.write_all(b", \"sent_start\": ")?;
    out.write_all(sent_start)?;
    field(out, b", \"ent_iob\": ", token.ent_iob().as_str())?;
    field(out, b", \"ent_type\": ", token.ent_type())?;
    out.write_all(b"}")
}

/// `before` is what stands before the value: a comma, and the field's name.
fn field(out: &mut impl Write, before: &[u8], value: &str) -> io::Result<()> {
    out.write_all(before)?;
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
