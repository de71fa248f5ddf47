//! Writing CoNLL-U.

use std::fmt::{self, Write as _};

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
        out.push_str("# text = ");
        put_text(out, doc, &words);
        out.push('\n');
        let arcs = parsed.then(|| arcs(&words));
        for (i, word) in words.iter().enumerate() {
            let arc = arcs.as_ref().map(|arcs| &arcs[i]);
            put_word(out, i + 1, word, arc);
            let before = sentences == 1 && i == 0;
            put_misc(out, doc, word, before, entities[word.i()]);
            out.push('\n');
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

/// Writes the words as they stand in the comment `text`: in one line, with one space where there is white space.
fn put_text<'d>(out: &mut String, doc: &'d Doc<'d>, words: &[Token<'d>]) {
    for (i, word) in words.iter().enumerate() {
        put_in_line(out, word.text());
        if i + 1 < words.len() && !after(doc, word).is_empty() {
            out.push(' ');
        }
    }
}

/// Writes `text` with one space for whatever white space is in it: a column may have spaces, but neither tabs nor line
/// ends.
fn put_in_line(out: &mut String, text: &str) {
    let words = text.split(is_space).filter(|word| !word.is_empty());
    for (i, word) in words.enumerate() {
        if i > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
}

/// Writes `text` as a column, which is never empty, and the tab after it.
fn put_column(out: &mut String, text: &str) {
    let begin = out.len();
    put_in_line(out, text);
    if out.len() == begin {
        out.push('_');
    }
    out.push('\t');
}

/// Writes a word's columns up to MISC.
fn put_word(out: &mut String, id: usize, word: &Token<'_>, arc: Option<&Arc<'_>>) {
    let _ = write!(out, "{id}\t");
    put_column(out, word.text());
    put_column(out, word.lemma());
    put_column(out, upos(word.pos()));
    put_column(out, word.tag());
    put_feats(out, word.morph());
    match arc {
        Some(arc) => {
            let _ = write!(out, "{}\t", arc.head);
            put_column(out, arc.dep);
        }
        None => out.push_str("_\t_\t"),
    }
    // No enhanced dependencies.
    out.push_str("_\t");
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

/// Writes the features in the order that Universal Dependencies ask for, in which they nearly always are.
fn put_feats(out: &mut String, morph: &str) {
    let is_whole = morph.is_ascii() && morph.split('|').all(|feature| !feature.is_empty());
    if morph.is_empty() || is_whole && morph.split('|').is_sorted_by(|a, b| not_after(a, b)) {
        return put_column(out, morph);
    }
    let features = morph.split('|').filter(|feature| !feature.is_empty());
    let mut features: Vec<&str> = features.collect();
    features.sort_by_cached_key(|feature| feature.to_lowercase());
    put_column(out, &features.join("|"));
}

/// Whether one feature may stand before the other, both of ASCII: small and capital letters are the same.
fn not_after(feature: &str, next: &str) -> bool {
    let letters = [feature, next].map(|one| one.bytes().map(|byte| byte.to_ascii_lowercase()));
    let [feature, next] = letters;
    feature.le(next)
}

/// What each token is of an entity: its place in it, and the label.
fn entities<'d>(doc: &'d Doc<'_>) -> Vec<Option<(char, &'d str)>> {
    let mut entities = vec![None; doc.len()];
    for ent in doc.ents() {
        // An entity's words are what is written of it.
        let mut words = (ent.start()..ent.end())
            .filter(|&i| is_word(&doc.token(i)))
            .peekable();
        let mut first = true;
        while let Some(i) = words.next() {
            let part = match (first, words.peek().is_none()) {
                (true, true) => 'U',
                (true, false) => 'B',
                (false, true) => 'L',
                (false, false) => 'I',
            };
            first = false;
            entities[i] = Some((part, ent.label()));
        }
    }
    entities
}

/// Writes the last column.
fn put_misc<'d>(
    out: &mut String,
    doc: &'d Doc<'d>,
    word: &Token<'d>,
    first: bool,
    entity: Option<(char, &str)>,
) {
    let begin = out.len();
    let mut put = |part: fmt::Arguments<'_>| {
        if out.len() > begin {
            out.push('|');
        }
        let _ = out.write_fmt(part);
    };
    if let Some((part, label)) = entity {
        put(format_args!("NE={part}-{}", escaped(label)));
    }
    match after(doc, word) {
        "" => put(format_args!("SpaceAfter=No")),
        " " => {}
        space => put(format_args!("SpacesAfter={}", escaped(space))),
    }
    if first && word.byte_offset() > 0 {
        let before = escaped(&doc.text()[..word.byte_offset()]);
        put(format_args!("SpacesBefore={before}"));
    }
    if out.len() == begin {
        out.push('_');
    }
}
