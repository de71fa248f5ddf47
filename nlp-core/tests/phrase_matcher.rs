//! `PhraseMatcher` finds what spaCy's finds, in its order; and what spaCy's cannot do, it does.

mod collide;

use nlp_core::matcher::{PhraseError, PhraseMatch, PhraseMatcher};
use nlp_core::{Attr, Doc, Language, models};
use serde_json::{Value, json};

/// The matches as spaCy's golden cases have them.
fn listed(matches: Vec<PhraseMatch<'_>>) -> Value {
    let matches = matches.iter();
    matches.map(|m| json!([m.key, m.start, m.end])).collect()
}

/// A matcher for phrases in lower case, each its own key.
fn matcher(nlp: &Language, phrases: &[&str]) -> PhraseMatcher {
    let mut builder = PhraseMatcher::builder(Attr::Lower);
    for phrase in phrases {
        builder.add_texts(phrase, &[phrase], nlp).unwrap();
    }
    builder.build()
}

fn keys<'m>(matcher: &'m PhraseMatcher, doc: &Doc<'_>) -> Vec<&'m str> {
    matcher.matches(doc).iter().map(|m| m.key).collect()
}

/// `tools/make_phrase_golden.py` writes the cases.
#[test]
fn random_phrases_are_found_where_spacy_finds_them_and_in_its_order() {
    let nlp = models::english().unwrap();
    let cases = include_str!("data/golden/phrase_matcher.jsonl");
    let mut found = 0;
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let attr = match text(&case["attr"]) {
            name if name == "IS_SENT_START" => Attr::SentStart,
            name => Attr::from_name(&name).unwrap(),
        };
        let mut builder = PhraseMatcher::builder(attr);
        for done in case["done"].as_array().unwrap() {
            let key = text(&done[1]);
            match done.get(2) {
                Some(phrase) => {
                    let doc = nlp.tokenize(&text(phrase)).unwrap();
                    builder.add(&key, &doc).unwrap();
                }
                None => assert!(builder.remove(&key), "{line}"),
            }
        }
        let matcher = builder.build();
        let doc = nlp.tokenize(&text(&case["text"])).unwrap();
        let matches = matcher.matches(&doc);
        found += matches.len();
        assert_eq!(listed(matches), case["matches"], "{line}");
        let at = |i: usize| case["span"][i].as_u64().unwrap() as usize;
        let span = doc.span(at(0), at(1)).unwrap();
        assert_eq!(listed(matcher.matches_in(span)), case["in_span"], "{line}");
        let mut keys: Vec<&str> = matcher.keys().collect();
        keys.sort_unstable();
        assert_eq!(json!(keys), case["keys"], "{line}");
        assert_eq!(matcher.len(), keys.len());
    }
    assert!(found > 40, "{found}");
}

#[test]
fn a_phrase_within_a_phrase_is_found_and_so_is_one_that_overlaps() {
    let nlp = models::english().unwrap();
    let matcher = matcher(
        &nlp,
        &[
            "new york",
            "york city",
            "new york city",
            "city",
            "york times",
        ],
    );
    let doc = nlp.tokenize("New York City, New York").unwrap();
    assert_eq!(
        keys(&matcher, &doc),
        ["new york", "new york city", "york city", "city", "new york"]
    );
    let spans = matcher.as_spans(&doc);
    assert_eq!(
        (spans[2].label(), spans[2].text()),
        ("york city", "York City")
    );
}

#[test]
fn a_document_without_tokens_adds_a_key_and_nothing_to_find() {
    let nlp = models::english().unwrap();
    let mut builder = PhraseMatcher::builder(Attr::Orth);
    builder.add("NOTHING", &nlp.tokenize("").unwrap()).unwrap();
    let matcher = builder.build();
    assert!(matcher.contains("NOTHING") && !matcher.contains("SOMETHING"));
    assert_eq!((matcher.len(), matcher.is_empty()), (1, false));
    for text in ["", "a", "NOTHING"] {
        assert!(matcher.matches(&nlp.tokenize(text).unwrap()).is_empty());
    }
}

#[test]
fn what_is_removed_is_not_found_and_what_it_overlapped_with_is() {
    let nlp = models::english().unwrap();
    let mut builder = PhraseMatcher::builder(Attr::Orth);
    let doc = nlp.tokenize("save the binary data").unwrap();
    builder.add_texts("0", &["binary"], &nlp).unwrap();
    builder
        .add_texts("1", &["binary data", "binary"], &nlp)
        .unwrap();
    assert_eq!(keys(&builder.clone().build(), &doc), ["0", "1", "1"]);
    assert!(builder.remove("0") && !builder.remove("0") && !builder.remove("2"));
    let matcher = builder.clone().build();
    assert!(!matcher.contains("0") && matcher.contains("1"));
    assert_eq!(keys(&matcher, &doc), ["1", "1"]);
    builder.remove("1");
    let matcher = builder.clone().build();
    assert!(matcher.is_empty() && matcher.matches(&doc).is_empty());
    builder.add_texts("0", &["data"], &nlp).unwrap();
    assert_eq!(keys(&builder.build(), &doc), ["0"]);
}

#[test]
fn phrases_of_what_components_set_need_documents_that_have_it() {
    let nlp = models::english().unwrap();
    let (parsed, plain) = (
        nlp.parse("I like cats").unwrap(),
        nlp.tokenize("I like cats").unwrap(),
    );
    let other = nlp.parse("Yes, you hate dogs very much").unwrap();
    for attr in [Attr::Tag, Attr::Pos, Attr::Morph, Attr::Lemma, Attr::Dep] {
        let mut builder = PhraseMatcher::builder(attr);
        let error = builder.add("A", &plain).unwrap_err();
        assert!(
            matches!(error, PhraseError::NotAnnotated { attr: a } if a == attr),
            "{error}"
        );
        builder.add("A", &parsed).unwrap();
        let matcher = builder.build();
        assert_eq!(keys(&matcher, &parsed), ["A"]);
        assert!(matcher.matches(&plain).is_empty());
        if attr == Attr::Pos {
            assert_eq!(listed(matcher.matches(&other)), json!([["A", 2, 5]]));
        }
    }
    // A word that looks like a part of speech is none.
    let mut builder = PhraseMatcher::builder(Attr::Pos);
    builder.add("A", &nlp.parse("cats").unwrap()).unwrap();
    assert!(
        builder
            .build()
            .matches(&nlp.tokenize("NOUN").unwrap())
            .is_empty()
    );
}

#[test]
fn the_phrases_of_one_pipeline_are_found_in_documents_of_another() {
    let matcher = matcher(&models::english().unwrap(), &["ada lovelace"]);
    let other = models::english().unwrap();
    let doc = other.parse("It was ADA Lovelace.").unwrap();
    assert_eq!(keys(&matcher, &doc), ["ada lovelace"]);
}

#[test]
fn a_word_with_the_id_of_a_phrase_is_not_the_phrase_and_keys_with_one_id_are_two() {
    let nlp = models::english().unwrap();
    let twin = &collide::twins_of("hospital", 1)[0];
    let found = |phrase: &str, text: &str| {
        let mut builder = PhraseMatcher::builder(Attr::Orth);
        builder.add_texts("hospital", &[phrase], &nlp).unwrap();
        builder.add_texts(twin, &[phrase], &nlp).unwrap();
        let matcher = builder.build();
        assert_eq!(matcher.len(), 2);
        let doc = nlp.tokenize(text).unwrap();
        matcher
            .matches(&doc)
            .iter()
            .map(|m| m.key.to_owned())
            .collect::<Vec<_>>()
    };
    assert!(found("hospital", twin).is_empty());
    assert!(found(twin, "the hospital").is_empty());
    for word in ["hospital", twin] {
        let mut keys = found(word, word);
        keys.sort_unstable();
        let mut both = ["hospital".to_owned(), twin.clone()];
        both.sort_unstable();
        assert_eq!(keys, both);
    }
    // A word that has the id of the empty string.
    let nothing = collide::words_with_id(0, 7).next().unwrap();
    assert_eq!(found(&nothing, &nothing).len(), 2);
}

#[test]
fn a_matcher_is_shared_by_threads_and_leaves_nothing_in_the_vocabulary() {
    let nlp = models::english().unwrap();
    let before = nlp.memory_report();
    let phrases: Vec<String> = (0..500).map(|i| format!("zorb{i} glim{}", i % 7)).collect();
    let mut builder = PhraseMatcher::builder(Attr::Orth);
    builder.add_texts("Z", &phrases, &nlp).unwrap();
    let matcher = builder.build();
    std::thread::scope(|threads| {
        for part in phrases.chunks(100) {
            let (nlp, matcher) = (&nlp, &matcher);
            threads.spawn(move || {
                nlp.memory_zone(|zone| {
                    let doc = zone.tokenize(&part.join(" and ")).unwrap();
                    assert_eq!(matcher.matches(&doc).len(), 100);
                });
            });
        }
    });
    assert_eq!(nlp.memory_report(), before);
}

#[test]
fn a_hundred_thousand_phrases_take_some_dozen_bytes_each_and_are_all_found() {
    let nlp = models::english().unwrap();
    let phrases: Vec<String> = (0..100_000)
        .map(|i| format!("ent{} of kind{}", i / 3, i % 1000))
        .collect();
    let mut builder = PhraseMatcher::builder(Attr::Orth);
    builder.add_texts("E", &phrases, &nlp).unwrap();
    let matcher = builder.build();
    assert!(matcher.bytes() < 64 * phrases.len(), "{}", matcher.bytes());
    let zone = nlp.zone();
    let doc = zone.tokenize(&phrases[40_000..41_000].join(" . ")).unwrap();
    assert_eq!(matcher.matches(&doc).len(), 1000);
}
