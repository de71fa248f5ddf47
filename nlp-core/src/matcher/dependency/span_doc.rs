//! A part of a document as a document of its own: spaCy's `Span.as_doc`, as far as patterns can tell.

use std::collections::HashMap;

use crate::doc::{Doc, Span};
use crate::transition::Tree;
use crate::vocab::StringEntry;

/// The tokens of `span` as a document. Tokens whose heads are outside hang on an ancestor that is inside, or where there
/// is none become roots, one for each sentence; entities that are cut are none.
pub(super) fn as_doc<'d>(span: Span<'d>) -> Doc<'d> {
    let doc = span.doc();
    let (first, length) = (span.start(), span.len());
    let inside = |i: usize| i.checked_sub(first).filter(|&i| i < length);
    let cut = doc
        .vocab()
        .permanent_string(crate::symbols::string_id("dep"));
    let mut tokens = doc.tokens[first..span.end()].to_vec();
    let mut heads = Vec::with_capacity(length);
    let mut new_roots: HashMap<usize, usize> = HashMap::new();
    for (i, token) in span.tokens().enumerate() {
        let mut head = inside(token.head().i());
        if head.is_none() {
            tokens[i].dep = cut.or(tokens[i].dep);
            let mut top = token.head().i();
            for ancestor in token.ancestors() {
                top = ancestor.i();
                head = inside(top).or(head);
            }
            head = head.or_else(|| Some(*new_roots.entry(top).or_insert(i)));
        }
        heads.push(head.unwrap_or(i) as u32);
    }
    let labels: Vec<u64> = tokens
        .iter()
        .map(|token| token.dep.map_or(0, StringEntry::id))
        .collect();
    let tree = Tree::new(&heads, &labels);
    let start = tokens
        .first()
        .map_or((0, 0), |token| (token.idx, token.start));
    for (i, token) in tokens.iter_mut().enumerate() {
        token.idx -= start.0;
        token.start -= start.1;
        // spaCy does not copy it.
        token.norm = None;
        token.head = heads[i] as i32 - i as i32;
        token.left_kids = tree.left_kids[i];
        token.right_kids = tree.right_kids[i];
        token.left_edge = tree.left_edge[i];
        token.right_edge = tree.right_edge[i];
        token.sent_start = tree.sent_start[i];
    }
    // Entities that go on before or after the part.
    if let Some(token) = tokens.first_mut()
        && token.ent_iob == 1
    {
        token.ent_iob = 3;
    }
    let mut part = Doc::new(doc.vocab(), span.text(), tokens);
    let whole: Vec<(usize, usize)> = doc
        .ents()
        .iter()
        .map(|ent| (ent.start(), ent.end()))
        .collect();
    let ents: Vec<(usize, usize)> = part
        .ents()
        .iter()
        .map(|ent| (ent.start(), ent.end()))
        .collect();
    for &(start, end) in [ents.first(), ents.last()].into_iter().flatten() {
        if whole.binary_search(&(start + first, end + first)).is_err() {
            for token in &mut part.tokens[start..end] {
                token.ent_iob = 0;
                token.ent_type = None;
            }
        }
    }
    part
}
