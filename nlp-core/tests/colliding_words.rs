//! Texts whose words were made to have the ids of other words: what a text says never depends on what others said.

mod collide;

use std::sync::LazyLock;

use nlp_core::symbols::string_id;
use nlp_core::{Attr, Doc, Keep, Language, Owner, PoolConfig, Zone, ZonePool, models};

static NLP: LazyLock<Language> = LazyLock::new(|| models::english().unwrap());

/// A word with the id of "hospital".
const TWIN: &str = "iomcoedm1tM2mF4i";

/// All that is said of a text, strings and numbers.
fn said(doc: &Doc<'_>) -> String {
    let token = |t: nlp_core::Token<'_>| {
        let word = [
            t.text(),
            t.lower(),
            t.norm(),
            t.shape(),
            t.prefix(),
            t.suffix(),
        ];
        let says = [
            t.tag(),
            t.pos().name(),
            t.morph(),
            t.lemma(),
            t.dep(),
            t.ent_type(),
        ];
        let numbers = [t.i(), t.idx(), t.byte_offset(), t.len(), t.head().i()];
        format!("{word:?} {says:?} {numbers:?} {}\n", t.is_stop())
    };
    doc.tokens().map(token).collect()
}

/// What a text says where nobody said anything before.
fn alone(text: &str) -> String {
    NLP.memory_zone(|zone| said(&zone.parse(text).unwrap()))
}

/// Checks that the tokens of a document add up to its text, word by word, and stand where they say.
fn reads_back(doc: &Doc<'_>) {
    let again: String = doc.tokens().map(|t| t.text_with_ws()).collect();
    assert_eq!(again, doc.text());
    let (mut chars, mut bytes) = (0, 0);
    for token in doc.tokens() {
        assert_eq!(
            (token.idx(), token.byte_offset()),
            (chars, bytes),
            "{token:?}"
        );
        assert_eq!(token.lexeme().text(), token.text());
        assert!(doc.text()[bytes..].starts_with(token.text()));
        chars += token.text_with_ws().chars().count();
        bytes += token.text_with_ws().len();
    }
}

/// Texts with a word and a twin of it in both orders, in one text and in two.
fn pairs_of(word: &str, twin: &str) -> [[String; 2]; 4] {
    let texts = [
        format!("They saw the {word} there."),
        format!("They saw the {twin} there."),
    ];
    let both = [
        format!("{word} and {twin}, twice {word}."),
        format!("{twin} and {word}"),
    ];
    let [a, b] = texts.clone();
    let [c, d] = both.clone();
    [texts, both, [b, a], [d, c]]
}

#[test]
fn a_word_is_itself_after_its_twin_and_so_is_the_twin() {
    assert_eq!(string_id(TWIN), string_id("hospital"));
    for [first, second] in pairs_of("hospital", TWIN) {
        // Without zones what was said stays.
        let nlp = models::english().unwrap();
        for text in [&first, &second, &first, &second] {
            let doc = nlp.parse(text).unwrap();
            reads_back(&doc);
            assert_eq!(said(&doc), alone(text));
        }
        NLP.memory_zone(|zone| {
            let docs = [&first, &second].map(|text| zone.parse(text).unwrap());
            for (doc, text) in docs.iter().zip([&first, &second]) {
                reads_back(doc);
                assert_eq!(said(doc), alone(text));
            }
        });
    }
}

#[test]
fn a_request_reads_the_same_whatever_its_pooled_zone_was_used_for() {
    for warm_words in [false, true] {
        let pool = ZonePool::new(
            &*NLP,
            PoolConfig {
                warm_words,
                ..PoolConfig::default()
            },
        );
        for text in [
            TWIN,
            "The hospital",
            "hospital",
            "He saw iomcoedm1tM2mF4i.",
            "The hospital",
        ] {
            let doc_said = pool.memory_zone(|zone| {
                let doc = zone.parse(text).unwrap();
                reads_back(&doc);
                said(&doc)
            });
            assert_eq!(doc_said, alone(text));
        }
    }
}

/// Words of every kind that something is known of by its id or its text, or that a table holds already.
const WORDS: [&str; 24] = [
    "the",
    "hospital",
    "don't",
    "can't",
    "a.m.",
    ":)",
    "nsubj",
    "NN",
    "PERSON",
    "ORG",
    "Xxxx",
    "xxxx",
    "not",
    "ten",
    "'s",
    "U.S.",
    "New",
    "york",
    "x",
    "ing",
    "_",
    "Number=Sing",
    "é",
    "日本語",
];

#[test]
fn twins_of_words_special_cases_labels_shapes_and_features_are_words_of_their_own() {
    let nlp = models::english().unwrap();
    let pool = ZonePool::new(&nlp, PoolConfig::default());
    for word in WORDS {
        let twin = &collide::twins_of(word, 1)[0];
        assert_eq!(string_id(twin), string_id(word));
        for texts in pairs_of(word, twin) {
            for text in &texts {
                let doc = nlp.parse(text).unwrap();
                reads_back(&doc);
                assert_eq!(said(&doc), alone(text));
                let pooled = pool.memory_zone(|zone| said(&zone.parse(text).unwrap()));
                assert_eq!(pooled, alone(text));
            }
            let together = nlp.parse_batch(&texts);
            for (doc, text) in together.into_iter().zip(&texts) {
                assert_eq!(said(&doc.unwrap()), alone(text));
            }
        }
    }
}

#[test]
fn words_with_the_ids_of_symbols_and_of_nothing_are_words() {
    for id in [0, 1, 65, 86, 101, 383, 429, 456] {
        let word = collide::words_with_id(id, 7).next().unwrap();
        let text = format!("We met {word} in {word} .");
        NLP.memory_zone(|zone| {
            let doc = zone.parse(&text).unwrap();
            reads_back(&doc);
            let (token, number) = (doc.token(2), doc.attr(2, Attr::Orth));
            assert_eq!((token.text(), token.len(), number), (&*word, 16, id));
            assert!(!token.lemma().is_empty() && !token.lower().is_empty());
            assert!(doc.has_annotation(Attr::Lemma) && doc.has_annotation(Attr::Orth));
            assert!(zone.contains(&word));
        });
        assert!(!NLP.memory_zone(|zone| zone.contains(&word)));
    }
}

#[test]
fn a_lemma_with_the_id_of_nothing_is_a_lemma() {
    let word = collide::words_with_id(0, 99).next().unwrap();
    NLP.memory_zone(|zone| {
        let doc = zone.parse(&word).unwrap();
        assert_eq!(doc.attr(0, Attr::Orth), 0);
        assert!(doc.has_annotation(Attr::Lemma));
        let json = doc.to_json();
        assert!(
            json["tokens"][0]["lemma"]
                .as_str()
                .is_some_and(|lemma| !lemma.is_empty()),
            "{json}"
        );
    });
}

#[test]
fn what_is_made_permanent_is_never_another_string() {
    for [first, second] in [["hospital", TWIN], [TWIN, "hospital"]] {
        let nlp = models::english().unwrap();
        let vocab = nlp.vocab();
        let known = vocab.contains(first);
        let (one, other) = (
            vocab.intern_permanent(first),
            vocab.intern_permanent(second),
        );
        assert_eq!((one.text(), other.text()), (first, second));
        assert_eq!(one.id(), other.id());
        assert_eq!(vocab.intern_permanent(first).text(), first);
        assert!(vocab.contains(first) && vocab.contains(second));
        assert_eq!(vocab.lexeme(second).text(), second);
        // By the id alone one of them is found, and always the same.
        let found = vocab.string(one.id()).unwrap();
        assert!(known || [first, second].contains(&found));
        assert_eq!(
            nlp.memory_zone(|zone| zone.string(one.id()).unwrap().to_owned()),
            found
        );
    }
}

#[test]
fn whether_a_word_is_there_is_asked_of_its_text() {
    let nlp = models::english().unwrap();
    nlp.parse(TWIN).unwrap();
    let other = &collide::twins_of(TWIN, 1)[0];
    assert!(nlp.vocab().contains(TWIN) && !nlp.vocab().contains(other));
    nlp.memory_zone(|zone| assert!(zone.contains(TWIN) && !zone.contains(other)));
}

#[test]
fn zones_inside_zones_tell_twins_apart_at_every_depth() {
    // Of a twin that ends like "5km" the unit is cut off.
    let whole = |twin: &String| NLP.zone().tokenize(twin).unwrap().len() == 1;
    let mut twins = collide::twins_of("Snodgrass", 12);
    twins.retain(whole);
    assert!(twins.len() >= 6);
    fn descend(zone: &Zone<'_>, above: &[String], below: &[String]) {
        let Some((twin, rest)) = below.split_first() else {
            return;
        };
        let text = format!("Dear {twin}, and {}", above.join(" "));
        let doc = zone.parse(&text).unwrap();
        reads_back(&doc);
        assert_eq!(said(&doc), alone(&text));
        assert!(above.iter().all(|twin| zone.contains(twin)));
        assert!(rest.iter().all(|twin| !zone.contains(twin)));
        let seen: Vec<String> = above.iter().chain([twin]).cloned().collect();
        zone.memory_zone(|inner| descend(inner, &seen, rest));
        reads_back(&doc);
    }
    NLP.memory_zone(|zone| descend(zone, &["Snodgrass".to_owned()], &twins));
}

#[test]
fn a_cleared_zone_knows_no_twin() {
    let twins = collide::twins_of("zorble", 40);
    let mut zone = NLP.zone();
    for keep in [
        Keep::NOTHING,
        Keep::default(),
        Keep {
            arena: usize::MAX,
            table: usize::MAX,
        },
    ] {
        zone.parse(&twins.join(" ")).unwrap();
        zone.clear(keep);
        assert!(twins.iter().all(|twin| !zone.contains(twin)));
        let report = zone.memory_report();
        assert_eq!(report.get(Owner::Zone, "strings").unwrap().entries, 0);
        assert_eq!(
            said(&zone.parse("The zorble.").unwrap()),
            alone("The zorble.")
        );
    }
}

#[test]
fn an_owned_document_keeps_the_twins_that_it_had() {
    let text = format!("The hospital, {TWIN}");
    let owned = NLP.memory_zone(|zone| zone.parse(&text).unwrap().to_owned());
    let again: Vec<&str> = owned.token_texts().collect();
    assert_eq!(again, ["The", "hospital", ",", TWIN]);
}

#[test]
fn threads_that_share_the_vocabulary_read_their_own_twins() {
    let nlp = models::english().unwrap();
    let twins = collide::twins_of("refund", 64);
    std::thread::scope(|threads| {
        for part in twins.chunks(8) {
            let nlp = &nlp;
            threads.spawn(move || {
                for twin in part {
                    let text = format!("Where is my refund, {twin}?");
                    let doc = nlp.parse(&text).unwrap();
                    reads_back(&doc);
                    assert_eq!(said(&doc), alone(&text));
                }
            });
        }
    });
}

#[test]
fn a_thousand_twins_among_other_texts_change_nothing_that_those_say() {
    let plain: Vec<String> = include_str!("../benches/data/ewt-test.txt")
        .lines()
        .filter(|line| line.chars().count() < 200)
        .take(400)
        .map(str::to_owned)
        .collect();
    let before: Vec<String> = plain.iter().map(|text| alone(text)).collect();
    let mut words: Vec<&str> = plain.iter().flat_map(|text| text.split(' ')).collect();
    words.retain(|word| !word.is_empty());
    words.sort_unstable();
    words.dedup();
    let every = words.len() / 125;
    let twins: Vec<String> = words
        .iter()
        .step_by(every)
        .take(125)
        .flat_map(|word| collide::twins_of(word, 8))
        .collect();
    assert_eq!(twins.len(), 1000);
    let mut texts = Vec::new();
    for (text, twins) in plain
        .iter()
        .zip(twins.chunks(twins.len().div_ceil(plain.len())).cycle())
    {
        texts.push(twins.join(" "));
        texts.push(text.clone());
    }
    let nlp = models::english().unwrap();
    let pool = ZonePool::new(&*NLP, PoolConfig::default());
    let warm = ZonePool::new(
        &*NLP,
        PoolConfig {
            warm_words: true,
            ..PoolConfig::default()
        },
    );
    let one_zone = NLP.zone();
    let together = one_zone.parse_batch(&texts);
    for (i, text) in texts.iter().enumerate() {
        let ways = [
            said(together[i].as_ref().unwrap()),
            said(&nlp.parse(text).unwrap()),
            pool.memory_zone(|zone| said(&zone.parse(text).unwrap())),
            warm.memory_zone(|zone| said(&zone.parse(text).unwrap())),
        ];
        let expected = match i % 2 {
            0 => &alone(text),
            _ => &before[i / 2],
        };
        assert!(ways.iter().all(|way| way == expected), "{text}");
    }
}

#[test]
fn a_family_of_one_id_and_a_crowd_of_like_ids_are_all_told_apart() {
    let family = collide::family(4_000);
    let first = string_id(&family[0]);
    assert!(family.iter().all(|word| string_id(word) == first));
    let crowd = collide::crowd(300);
    let bits = |word: &String| string_id(word) & (0x7f << 57 | 0x00ff_ffff);
    assert!(crowd.iter().all(|word| bits(word) == bits(&crowd[0])));
    for words in [family, crowd] {
        let text = words.join(" ");
        let doc = NLP.zone();
        let doc = doc.tokenize(&text).unwrap();
        reads_back(&doc);
        assert!(doc.len() >= words.len());
    }
}

#[test]
fn what_twins_take_is_in_the_report_and_goes_with_their_zone() {
    let config = PoolConfig::default();
    let pool = ZonePool::new(&*NLP, config);
    pool.memory_zone(|zone| zone.parse("A first request.").unwrap().len());
    let before = pool.memory_report();
    let text = collide::family(600).join(" ");
    pool.memory_zone(|zone| {
        zone.tokenize(&text).unwrap();
        let strings = zone.memory_report();
        assert!(strings.get(Owner::Zone, "strings").unwrap().entries >= 600);
    });
    assert_eq!(pool.memory_report().total_bytes(), before.total_bytes());
}
