//! Documents put together by hand, merged and split.

use super::{Doc, Group, Merge, SpanData};
use crate::attr::Attr;
use crate::language::Language;
use crate::limits::Budget;
use crate::models;
use crate::nn::Matrix;
use crate::symbols::string_id;
use crate::vocab::Scope;
use crate::zone::Zone;

/// Whether `work` holds for a document of this text, without annotations but for a row of the tensor a token.
fn with_doc(text: &str, work: impl for<'v> FnOnce(Doc<'v>, Scope<'v>)) {
    let nlp: Language = models::english().unwrap();
    let zone: Zone<'_> = nlp.zone();
    let mut doc = zone.tokenize(text).unwrap();
    let rows: Vec<f32> = (0..doc.len()).map(|i| i as f32).collect();
    doc.tensor = Matrix::from_vec(rows.len(), 1, rows);
    work(doc, zone.scope());
}

fn texts(doc: &Doc<'_>) -> Vec<String> {
    doc.tokens()
        .map(|token| token.text_with_ws().to_owned())
        .collect()
}

fn merge<'v>(start: usize, end: usize) -> Merge<'v> {
    Merge {
        start,
        end,
        ent_type: None,
    }
}

/// Sets the heads by position, and a label for every token.
fn attach<'v>(doc: &mut Doc<'v>, heads: &[usize]) {
    let dep = doc.vocab().permanent_string(string_id("nsubj"));
    for (i, head) in heads.iter().enumerate() {
        doc.tokens[i].dep = dep;
        doc.tokens[i].head = *head as i32 - i as i32;
    }
}

fn heads(doc: &Doc<'_>) -> Vec<usize> {
    doc.tokens().map(|token| token.head().i()).collect()
}

#[test]
fn merged_tokens_hang_where_their_root_hung_and_take_what_hung_on_them() {
    with_doc("Ada of New York saw it", |mut doc, scope| {
        attach(&mut doc, &[4, 0, 3, 1, 4, 4]);
        doc.merge(&[merge(0, 4)], scope, Budget::UNLIMITED).unwrap();
        assert_eq!(texts(&doc), ["Ada of New York ", "saw ", "it"]);
        assert_eq!(heads(&doc), [1, 1, 1]);
        assert_eq!(doc.tensor().data(), [3.0, 4.0, 5.0]);
        assert_eq!((doc.token(1).n_lefts(), doc.token(1).n_rights()), (1, 1));
        assert_eq!(doc.token(1).left_edge().i(), 0);
        assert_eq!(doc.token(2).idx(), 20);
        assert_eq!(doc.token(0).lexeme().shape(), "Xxx xx Xxx Xxxx");
    });
}

#[test]
fn lemmas_are_put_together_with_spaces_and_norms_are_the_words_own() {
    with_doc("he can't go", |mut doc, scope| {
        let lemma = doc.vocab().permanent_string(string_id("nsubj"));
        (doc.tokens[1].lemma, doc.tokens[3].lemma) = (lemma, lemma);
        doc.merge(&[merge(0, 1), merge(1, 4)], scope, Budget::UNLIMITED)
            .unwrap();
        assert_eq!(texts(&doc), ["he ", "can't go"]);
        assert_eq!(doc.token(0).lemma(), "");
        assert_eq!(doc.token(1).lemma(), "nsubj nsubj");
        assert_eq!(doc.token(1).norm(), "can't go");
    });
}

#[test]
fn an_entity_begins_anew_where_the_token_before_is_of_another_type() {
    with_doc("a b c d e", |mut doc, scope| {
        let entry = doc.vocab().permanent_string(string_id("nsubj"));
        for (i, iob) in [2, 3, 1, 1, 2].into_iter().enumerate() {
            doc.tokens[i].ent_iob = iob;
            doc.tokens[i].ent_type = if iob == 2 { None } else { entry };
        }
        let mut other = doc.clone();
        // The root is the first token: none has a head.
        doc.merge(&[merge(0, 2)], scope, Budget::UNLIMITED).unwrap();
        let iob: Vec<&str> = doc.tokens().map(|token| token.ent_iob().as_str()).collect();
        assert_eq!(iob, ["O", "B", "I", "O"]);
        other
            .merge(&[merge(2, 4)], scope, Budget::UNLIMITED)
            .unwrap();
        let iob: Vec<&str> = other
            .tokens()
            .map(|token| token.ent_iob().as_str())
            .collect();
        assert_eq!(iob, ["O", "B", "I", "O"]);
        assert_eq!(other.ents().len(), 1);
    });
}

#[test]
fn parts_of_a_split_token_are_their_own_heads_and_take_from_the_tokens_that_followed() {
    with_doc("abcdefg hi jkl", |mut doc, scope| {
        attach(&mut doc, &[1, 1, 0]);
        let tag = doc.vocab().permanent_string(string_id("nsubj"));
        (doc.tokens[1].tag, doc.tokens[0].lemma) = (tag, tag);
        doc.tokens[0].ent_iob = 3;
        doc.split_long(4, 3, scope, Budget::UNLIMITED).unwrap();
        assert_eq!(texts(&doc), ["abc", "def", "g ", "hi ", "jkl"]);
        assert_eq!(heads(&doc), [0, 1, 2, 3, 0]);
        let lemmas: Vec<&str> = doc.tokens().map(|token| token.lemma()).collect();
        assert_eq!(lemmas, ["abc", "", "", "", ""]);
        let tags: Vec<&str> = doc.tokens().map(|token| token.tag()).collect();
        assert_eq!(tags, ["", "nsubj", "", "nsubj", ""]);
        let iob: Vec<&str> = doc.tokens().map(|token| token.ent_iob().as_str()).collect();
        assert_eq!(iob, ["B", "I", "I", "", ""]);
        assert_eq!(doc.tensor().data(), [0.0, 0.0, 0.0, 1.0, 2.0, 0.0]);
        let idx: Vec<usize> = doc.tokens().map(|token| token.idx()).collect();
        assert_eq!(idx, [0, 3, 6, 8, 11]);
        assert!(doc.has_annotation(Attr::SentStart));
    });
}

#[test]
fn the_last_token_of_a_text_splits_into_code_points_and_not_bytes() {
    with_doc("ab äöüß", |mut doc, scope| {
        doc.split_long(3, 1, scope, Budget::UNLIMITED).unwrap();
        assert_eq!(texts(&doc), ["ab ", "ä", "ö", "ü", "ß"]);
        assert_eq!(doc.token(4).byte_offset(), 9);
        assert_eq!(doc.tensor().rows(), 6);
    });
}

#[test]
fn groups_of_spans_keep_the_characters_that_they_cover() {
    with_doc("a b c ddddd e", |mut doc, scope| {
        let spans = [(0, 1), (1, 2), (1, 3), (3, 5), (5, 5)];
        let spans = spans.map(|(start, end)| SpanData::new(start, end));
        doc.set_span_group(Group {
            key: "sc".into(),
            spans: spans.to_vec(),
            scores: Vec::new(),
        });
        doc.merge(&[merge(1, 3)], scope, Budget::UNLIMITED).unwrap();
        doc.split_long(5, 2, scope, Budget::UNLIMITED).unwrap();
        assert_eq!(texts(&doc), ["a ", "b c ", "dd", "dd", "d ", "e"]);
        let group = doc.span_group("sc").unwrap();
        let ranges: Vec<(usize, usize)> = group.spans().map(|s| (s.start(), s.end())).collect();
        assert_eq!(ranges, [(0, 1), (1, 2), (1, 2), (2, 6), (6, 6)]);
    });
}

#[test]
fn many_tokens_are_merged_and_split_in_time_that_grows_with_the_text() {
    let words = 200_000;
    with_doc(&"ab cd ".repeat(words / 2), |mut doc, scope| {
        // A circle of heads in which no token of a pair is the other's: each root asks for the depths of all.
        let all: Vec<usize> = (0..doc.len()).map(|i| (i + 2) % words).collect();
        attach(&mut doc, &all);
        let pairs: Vec<Merge<'_>> = (0..words / 2).map(|i| merge(2 * i, 2 * i + 2)).collect();
        doc.merge(&pairs, scope, Budget::UNLIMITED).unwrap();
        assert_eq!(doc.len(), words / 2);
        doc.split_long(2, 1, scope, Budget::UNLIMITED).unwrap();
        assert_eq!(doc.len(), words / 2 * 5);
    });
}
