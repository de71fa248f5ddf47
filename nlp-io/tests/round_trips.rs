//! Documents that are written and read back are the same, for texts that were made to break things.

use std::io::Cursor;

use nlp_core::{Attr, Language, OwnedDoc, PoolConfig, ZonePool};
use nlp_io::conllu;
use nlp_io::docbin::{self, Columns, Rows};
use proptest::prelude::*;

/// The texts that spaCy's answers are kept for.
fn texts() -> Vec<String> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../nlp-core/tests/data/golden/en_ewt_sm.jsonl"
    );
    let lines = std::fs::read_to_string(path).unwrap();
    let text = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        value["text"].as_str().map(str::to_owned)
    };
    lines.lines().filter_map(text).collect()
}

fn english() -> Language {
    nlp_core::models::english().unwrap()
}

/// A document as a DocBin has it: nothing is known of a document without tokens.
fn expected(doc: &OwnedDoc) -> OwnedDoc {
    let mut doc = doc.clone();
    if doc.tokens.is_empty() {
        (doc.ents, doc.sents) = (None, None);
    }
    doc
}

#[test]
fn a_docbin_reads_back_as_the_documents_that_went_into_it() {
    let nlp = english();
    let mut rows = Rows::new(Columns::default());
    let mut wanted = Vec::new();
    for text in texts() {
        let doc = nlp.parse(&text).unwrap();
        rows.add(&doc);
        wanted.push(doc.to_owned());
    }
    let file = rows.to_docbin().unwrap();
    let read = docbin::read(&file, 1 << 30).unwrap();
    assert_eq!(read.len(), wanted.len());
    for (read, wanted) in read.iter().zip(&wanted) {
        assert_eq!(expected(read), expected(wanted));
    }
}

#[test]
fn a_docbin_of_few_attributes_has_these_and_no_others() {
    let nlp = english();
    let mut rows = Rows::new(Columns::new(&[Attr::Tag, Attr::EntIob, Attr::EntType]));
    rows.add(&nlp.parse("Ada Lovelace wrote it.").unwrap());
    let read = docbin::read(&rows.to_docbin().unwrap(), 1 << 20).unwrap();
    let doc = &read[0];
    assert_eq!(doc.ent_texts().collect::<Vec<_>>(), ["Ada Lovelace"]);
    assert_eq!(doc.tokens[2].tag.as_deref(), Some("VBD"));
    assert_eq!(
        (&doc.tokens[2].lemma, &doc.tokens[2].head, &doc.sents),
        (&None, &None, &None)
    );
}

#[test]
fn pieces_put_together_are_the_docbin_of_all_their_documents() {
    let nlp = english();
    let columns = Columns::default().with_user_data(true);
    let (mut whole, mut pieces) = (Rows::new(columns.clone()), Vec::new());
    for text in texts().iter().take(60) {
        let mut doc = nlp.parse(text).unwrap();
        doc.user_data.insert(
            "page".to_owned(),
            serde_json::json!({"n": [1, -2, 0.5, null, true], "name": text}),
        );
        whole.add(&doc);
        let mut rows = Rows::new(columns.clone());
        rows.add(&doc);
        pieces.extend(rows.to_piece());
    }
    let mut assembled = Vec::new();
    docbin::assemble(&mut Cursor::new(pieces), &columns, &mut assembled).unwrap();
    assert!(assembled == whole.to_docbin().unwrap());
    let read = docbin::read(&assembled, 1 << 30).unwrap();
    assert_eq!(
        read[3].user_data["page"]["n"],
        serde_json::json!([1, -2, 0.5, null, true])
    );
}

#[test]
fn a_docbin_that_breaks_off_or_is_changed_is_told_and_is_not_believed() {
    let nlp = english();
    let mut rows = Rows::new(Columns::default());
    rows.add(&nlp.parse("Ada Lovelace wrote it.").unwrap());
    let file = rows.to_docbin().unwrap();
    for end in 0..file.len() {
        assert!(
            docbin::read(&file[..end], 1 << 20).is_err(),
            "{end} of {} bytes",
            file.len()
        );
    }
    let error = docbin::read(&file, 100).unwrap_err();
    assert_eq!(
        error.to_string(),
        "it has more than 100 bytes once unpacked"
    );
}

#[test]
fn conllu_reads_back_with_text_sentences_entities_and_words() {
    let nlp = english();
    for text in texts() {
        let doc = nlp.parse(&text).unwrap();
        let mut file = String::new();
        conllu::write(&mut file, &doc, "d");
        let wanted = doc.to_owned();
        let Some(read) = conllu::read(file.as_bytes(), 1 << 20).next() else {
            assert!(
                text.trim().is_empty() || doc.tokens().all(|token| token.is_space()),
                "{text:?}"
            );
            continue;
        };
        let read = read.unwrap();
        assert_eq!(read.text, text);
        let is_word = |token: &&str| {
            !token
                .chars()
                .all(|c| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
        };
        let words: Vec<&str> = wanted.token_texts().filter(is_word).collect();
        assert_eq!(read.token_texts().collect::<Vec<_>>(), words);
        let entities = |doc: &OwnedDoc| -> Vec<(String, String)> {
            let labels = doc.ents.iter().flatten().map(|ent| ent.label.clone());
            doc.ent_texts()
                .map(|text| text.trim().to_owned())
                .zip(labels)
                .filter(|(text, _)| !text.is_empty())
                .collect()
        };
        assert_eq!(entities(&read), entities(&wanted), "{text:?}");
        // Where no white space is a token, the trees are the same.
        if words.len() == wanted.tokens.len() {
            assert_eq!(read.sents, wanted.sents);
            for (read, wanted) in read.tokens.iter().zip(&wanted.tokens) {
                assert_eq!(
                    (&read.tag, &read.pos, read.head),
                    (&wanted.tag, &wanted.pos, wanted.head),
                    "{text:?}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_comes_back_from_either_format(text in "(\\PC|[ \t\r\n\u{a0}\u{1c}|\\\\]){0,30}") {
        thread_local! {
            static NLP: &'static Language = Box::leak(Box::new(english()));
        }
        let pool = ZonePool::new(NLP.with(|nlp| *nlp), PoolConfig::default());
        pool.memory_zone(|zone| {
            let doc = zone.parse(&text).unwrap();
            let mut rows = Rows::new(Columns::default());
            rows.add(&doc);
            let read = docbin::read(&rows.to_docbin().unwrap(), 1 << 30).unwrap();
            prop_assert_eq!(expected(&read[0]), expected(&doc.to_owned()));
            let mut file = String::new();
            conllu::write(&mut file, &doc, "d");
            if let Some(read) = conllu::read(file.as_bytes(), 1 << 20).next() {
                prop_assert_eq!(&read.unwrap().text, &text);
            }
            Ok(())
        })?;
    }
}
