//! Writing CoNLL-U.

use std::fmt::Write as _;

use nlp_core::{Attr, Doc, Pos, Span, Token};

use super::escapes::{escaped, is_space};
use super::sentence::{Arc, arcs};

/// Writes a document to `out`: its sentences, each with the comments `sent_id` (`id`, a hyphen, its number from 1) and
/// `text`, before the first of them `newdoc id`. `id` is unique in the file, and a line without white space.
///
/// Tokens of white space are no words: they are written into MISC, and what hangs on them hangs on their heads. Of a
/// document that is all white space nothing is written.
pub fn write(out: &mut String, doc: &Doc<'_>, id: &str) {
    let entities = entities(doc);
    let parsed = doc.has_annotation(Attr::Dep);
    let mut sentences = 0;
    for sent in doc.sents() {
        let words: Vec<Token<'_>> = words(doc, &sent).collect();
        if words.is_empty() {
            continue;
        }
        sentences += 1;
        if sentences == 1 {
            let _ = writeln!(out, "# newdoc id = {id}");
        }
        let _ = writeln!(out, "# sent_id = {id}-{sentences}");
        let _ = writeln!(out, "# text = {}", text_of(doc, &words));
        let arcs = parsed.then(|| arcs(&words));
        for (i, word) in words.iter().enumerate() {
            let arc = arcs.as_ref().map(|arcs| &arcs[i]);
            let before = sentences == 1 && i == 0;
            write_word(
                out,
                i + 1,
                word,
                arc,
                &misc(doc, word, before, &entities[word.i()]),
            );
        }
        out.push('\n');
    }
}

/// The tokens of a sentence that are words.
fn words<'d>(doc: &'d Doc<'d>, sent: &Span<'d>) -> impl Iterator<Item = Token<'d>> {
    (sent.start()..sent.end())
        .map(|i| doc.token(i))
        .filter(is_word)
}

fn is_word(token: &Token<'_>) -> bool {
    !token.text().chars().all(is_space)
}

/// The text between a word and the next, or the end.
fn after<'d>(doc: &'d Doc<'d>, word: &Token<'d>) -> &'d str {
    let next = (word.i() + 1..doc.len())
        .map(|i| doc.token(i))
        .find(is_word);
    let end = next.map_or(doc.text().len(), |next| next.byte_offset());
    &doc.text()[word.byte_offset() + word.text().len()..end]
}

/// The words as they stand in the comment `text`: in one line, with one space where there is white space.
fn text_of<'d>(doc: &'d Doc<'d>, words: &[Token<'d>]) -> String {
    let mut text = String::new();
    for (i, word) in words.iter().enumerate() {
        text.push_str(&in_line(word.text()));
        if i + 1 < words.len() && !after(doc, word).is_empty() {
            text.push(' ');
        }
    }
    text
}

/// `text` with one space for whatever white space is in it: a column may have spaces, but neither tabs nor line ends.
fn in_line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(is_space)
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

/// `text` as a column, which is never empty.
fn column(text: &str) -> String {
    match in_line(text) {
        empty if empty.is_empty() => "_".to_owned(),
        text => text,
    }
}

fn write_word(out: &mut String, id: usize, word: &Token<'_>, arc: Option<&Arc<'_>>, misc: &str) {
    let (head, dep) = match arc {
        Some(arc) => (arc.head.to_string(), column(arc.dep)),
        None => ("_".to_owned(), "_".to_owned()),
    };
    let _ = writeln!(
        out,
        "{id}\t{}\t{}\t{}\t{}\t{}\t{head}\t{dep}\t_\t{misc}",
        column(word.text()),
        column(word.lemma()),
        upos(word.pos()),
        column(word.tag()),
        feats(word.morph()),
    );
}

/// The part of speech by its name in version 2 of Universal Dependencies.
fn upos(pos: Pos) -> &'static str {
    match pos {
        Pos::NoTag => "_",
        Pos::Conj => "CCONJ",
        Pos::Eol | Pos::Space => "X",
        pos => pos.name(),
    }
}

/// The features in the order that Universal Dependencies ask for.
fn feats(morph: &str) -> String {
    let mut features: Vec<&str> = morph
        .split('|')
        .filter(|feature| !feature.is_empty())
        .collect();
    features.sort_by_key(|feature| feature.to_lowercase());
    column(&features.join("|"))
}

/// What each token is of an entity.
fn entities(doc: &Doc<'_>) -> Vec<Option<String>> {
    let mut entities = vec![None; doc.len()];
    for ent in doc.ents() {
        // An entity's words are what is written of it.
        let words: Vec<usize> = (ent.start()..ent.end())
            .filter(|&i| is_word(&doc.token(i)))
            .collect();
        for (at, &i) in words.iter().enumerate() {
            let part = match (at == 0, at + 1 == words.len()) {
                (true, true) => 'U',
                (true, false) => 'B',
                (false, true) => 'L',
                (false, false) => 'I',
            };
            entities[i] = Some(format!("NE={part}-{}", escaped(ent.label())));
        }
    }
    entities
}

fn misc<'d>(doc: &'d Doc<'d>, word: &Token<'d>, first: bool, entity: &Option<String>) -> String {
    let mut parts: Vec<String> = entity.iter().cloned().collect();
    match after(doc, word) {
        "" => parts.push("SpaceAfter=No".to_owned()),
        " " => {}
        space => parts.push(format!("SpacesAfter={}", escaped(space))),
    }
    if first && word.byte_offset() > 0 {
        parts.push(format!(
            "SpacesBefore={}",
            escaped(&doc.text()[..word.byte_offset()])
        ));
    }
    match parts.is_empty() {
        true => "_".to_owned(),
        false => parts.join("|"),
    }
}
