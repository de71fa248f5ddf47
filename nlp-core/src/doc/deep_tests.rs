//! Trees that no parser makes of a sentence: as deep, or as wide, as a text is long.

use super::{Doc, Span};
use crate::models;
use crate::symbols::string_id;

const TOKENS: usize = 100_000;

/// Whether `work` holds for a document of [`TOKENS`] tokens with these heads, which make one tree over all of them.
fn with_heads(head: impl Fn(usize) -> usize, work: impl FnOnce(&Doc<'_>)) {
    let nlp = models::english().unwrap();
    let mut doc = nlp.tokenize(&"a ".repeat(TOKENS)).unwrap();
    assert_eq!(doc.len(), TOKENS);
    let dep = nlp.vocab().permanent_string(string_id("nsubj"));
    assert!(dep.is_some());
    for i in 0..TOKENS {
        doc.tokens[i].dep = dep;
        doc.tokens[i].head = head(i) as i32 - i as i32;
        (doc.tokens[i].left_edge, doc.tokens[i].right_edge) = (i as u32, i as u32);
    }
    for i in (0..TOKENS).chain((0..TOKENS).rev()) {
        let (left, right) = (doc.tokens[i].left_edge, doc.tokens[i].right_edge);
        let head = &mut doc.tokens[head(i)];
        head.left_edge = head.left_edge.min(left);
        head.right_edge = head.right_edge.max(right);
    }
    work(&doc);
}

fn subtree(doc: &Doc<'_>, i: usize) -> Vec<usize> {
    let token = doc.get(i).unwrap();
    token.subtree().iter().map(|token| token.i()).collect()
}

#[test]
fn the_subtree_of_a_chain_takes_no_longer_than_its_length() {
    let all: Vec<usize> = (0..TOKENS).collect();
    with_heads(
        |i| i.saturating_sub(1),
        |doc| {
            assert!(subtree(doc, 0) == all);
            assert_eq!(subtree(doc, TOKENS - 3), all[TOKENS - 3..]);
        },
    );
    with_heads(
        |i| (i + 1).min(TOKENS - 1),
        |doc| {
            assert!(subtree(doc, TOKENS - 1) == all);
        },
    );
    with_heads(
        |_| 7,
        |doc| {
            assert!(subtree(doc, 7) == all);
            assert_eq!(subtree(doc, 8), [8]);
        },
    );
}

#[test]
fn the_root_of_a_span_without_one_is_found_by_counting_each_ancestor_once() {
    let half = TOKENS / 2;
    // The first half is a chain, on whose end all of the second hangs, but for one token that hangs higher.
    let head = |i: usize| match i {
        _ if i < half => i.saturating_sub(1),
        _ if i == half + 5 => 3,
        _ => half - 1,
    };
    with_heads(head, |doc| {
        let span = Span::new(doc, half, TOKENS, "");
        assert_eq!(span.root().unwrap().i(), half + 5);
        let depths: Vec<usize> = [0, 1, half - 1, half, half + 5]
            .map(|i| doc.get(i).unwrap().ancestors().count())
            .to_vec();
        assert_eq!(depths, [0, 1, half - 1, half, 4]);
    });
}

#[test]
fn heads_in_a_circle_have_a_subtree_and_a_root() {
    with_heads(
        |i| if i + 1 < TOKENS { i + 1 } else { 0 },
        |doc| {
            assert_eq!(subtree(doc, 0).len(), TOKENS);
            let span = Span::new(doc, 0, 10, "");
            assert_eq!(span.root().unwrap().i(), 9);
            let ends = Span::new(doc, 0, TOKENS, "");
            assert_eq!(ends.root().unwrap().i(), 0);
        },
    );
    // Circles of two, each side of which is outside the span of the other.
    with_heads(
        |i| (i + TOKENS / 2) % TOKENS,
        |doc| {
            let span = Span::new(doc, 0, TOKENS / 2, "");
            assert_eq!(span.root().unwrap().i(), 0);
        },
    );
}
