//! What spaCy's tests say of vocabulary, strings and memory zones (`tests/vocab_vectors/test_memory_zone.py`,
//! `test_stringstore.py`, `test_vocab_api.py`), and each way in which its zones let memory grow or go wrong.
//!
//! Some of it has no counterpart here, because what could grow or break does not exist:
//! - A vocabulary is not saved, so that there is no `to_bytes` and `to_disk` of it; what those tests want of ids is
//!   tested across two vocabularies.
//! - `in vocab` asks spaCy for lexemes; [`Vocab::contains`](nlp_core::vocab::Vocab::contains) asks for strings, of which
//!   every lexeme has one.
//! - Vectors, `key2row` and merges: no component that runs reads vectors, and tokens are not merged. Token vectors
//!   belong to their document, and go with it.
//! - Matcher patterns: the one matcher, of the tokenizer's special cases, is built when the pipeline is loaded.
//!   Special cases cannot be added later, in a zone or out of one.
//! - `DocBin`: its part is played by [`OwnedDoc`], which belongs to nobody's vocabulary.

mod counting;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use counting::{Counting, Live};
use nlp_core::symbols::string_id;
use nlp_core::{Attr, Language, OwnedDoc, Owner, PoolConfig, Pos, Zone, ZonePool, models};

#[global_allocator]
static COUNTING: Counting = Counting;

fn english() -> Language {
    models::english().unwrap()
}

/// The pipelines that the tests come with: between them they have every component.
fn pipelines() -> Vec<Language> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pipelines");
    let toys = ["de_toy", "tr_toy", "ar_toy"].map(|name| Language::load(dir.join(name)).unwrap());
    toys.into_iter().chain([english()]).collect()
}

/// A text with words that no vocabulary holds.
fn novel(seed: usize) -> String {
    format!("The {seed}x zorbles{seed} were quixing Snarfville-{seed}'s vlims{seed}.")
}

/// What `work` leaves allocated in this thread.
fn left_by(work: impl FnOnce()) -> Live {
    let before = Live::now();
    work();
    Live::now() - before
}

mod memory_zone {
    use super::*;

    #[test]
    fn a_zone_that_nothing_was_done_in_changes_nothing() {
        let nlp = english();
        let before = nlp.memory_report();
        nlp.memory_zone(|_| ());
        assert_eq!(nlp.memory_report(), before);
        assert_eq!(nlp.vocab().lexeme("horzle").text(), "horzle");
    }

    #[test]
    fn a_word_that_a_zone_brought_is_gone_with_it_and_older_words_are_not() {
        let nlp = english();
        nlp.vocab().lexeme("dogzle");
        nlp.memory_zone(|zone| {
            assert_eq!(zone.lexeme("horzle").text(), "horzle");
            assert!(zone.contains("horzle") && zone.contains("dogzle"));
            assert!(!nlp.vocab().contains("horzle"));
        });
        assert!(nlp.vocab().contains("dogzle"));
        assert!(!nlp.vocab().contains("horzle"));
        assert!(!nlp.zone().contains("horzle"));
    }

    #[test]
    fn a_word_that_was_there_before_stays_when_a_zone_asks_for_it_again() {
        let nlp = english();
        let id = nlp.vocab().lexeme("dogzle").orth();
        nlp.memory_zone(|zone| {
            zone.lexeme("horzle");
            assert_eq!(zone.lexeme("dogzle").orth(), id);
        });
        assert_eq!(nlp.vocab().string(id), Some("dogzle"));
        assert!(!nlp.vocab().contains("horzle"));
    }

    #[test]
    fn after_a_panic_in_a_zone_its_words_are_gone_and_all_works() {
        let nlp = english();
        nlp.vocab().lexeme("dogzle");
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            nlp.memory_zone(|zone| {
                zone.lexeme("horzle");
                panic!("in the middle of a zone");
            })
        }));
        assert!(panicked.is_err());
        assert!(nlp.vocab().contains("dogzle"));
        assert!(!nlp.vocab().contains("horzle"));
        assert_eq!(nlp.vocab().lexeme("catzle").text(), "catzle");
        let text = nlp.memory_zone(|zone| zone.lexeme("horzle").text().to_owned());
        assert_eq!(text, "horzle");
    }
}

mod string_store {
    use super::*;

    #[test]
    fn ids_are_spacys_on_every_platform() {
        let nlp = english();
        let ids = [
            ("apple", 8566208034543834098),
            ("banana", 2525716904149915114),
            ("\u{1f499}", 11841826740069053588),
        ];
        for (text, id) in ids {
            assert_eq!(nlp.vocab().intern_permanent(text).id(), id);
            assert_eq!(nlp.vocab().string(id), Some(text));
            let in_zone = nlp.memory_zone(|zone| zone.lexeme(text).orth());
            assert_eq!(in_zone, id);
        }
    }

    #[test]
    fn a_string_is_found_by_its_id_and_its_id_by_the_string_until_the_zone_closes() {
        let nlp = english();
        let zone = nlp.zone();
        let id = zone.lexeme("applezle").orth();
        assert_eq!(zone.string(id), Some("applezle"));
        assert!(zone.contains("applezle") && !zone.contains("cherryzle"));
        assert_eq!(zone.lexeme("applezle").orth(), id);
        drop(zone);
        assert_eq!(nlp.vocab().string(id), None);
        assert_eq!(nlp.zone().string(id), None);
        assert_eq!(nlp.vocab().string(20_000), None);
    }

    #[test]
    fn strings_that_differ_have_ids_that_differ() {
        let nlp = english();
        let id = |text| nlp.vocab().intern_permanent(text).id();
        assert_eq!(id("Hello"), id("Hello"));
        assert_ne!(id("Hello"), id("hello"));
        assert_ne!(id("Hello"), id("goodbye"));
        assert_ne!(id("Hello"), id("Hello,"));
    }

    #[test]
    fn strings_of_any_length_come_back_whole() {
        let nlp = english();
        let zone = nlp.zone();
        for length in [1, 10, 254, 255, 256, 511, 512, 513, 100_000] {
            for letter in ["a", "é", "💙"] {
                let text = letter.repeat(length);
                assert_eq!(zone.lexeme(&text).text(), text);
                assert_eq!(nlp.vocab().intern_permanent(&text).text(), text);
            }
        }
    }

    #[test]
    fn an_id_from_one_vocabulary_names_the_same_string_in_another() {
        let id = english().vocab().intern_permanent("qqqqq").id();
        let other = english();
        assert_eq!(other.vocab().string(id), None);
        other.vocab().intern_permanent("qqqqq");
        assert_eq!(other.vocab().string(id), Some("qqqqq"));
    }
}

mod vocab_api {
    use super::*;

    #[test]
    fn reserved_names_have_the_ids_of_their_symbols() {
        let nlp = english();
        let id = |text| nlp.vocab().intern_permanent(text).id();
        assert_eq!(id("IS_ALPHA"), Attr::IsAlpha as u64);
        assert_eq!(id("LEMMA"), Attr::Lemma as u64);
        assert_eq!(id("ORTH"), Attr::Orth as u64);
        assert_eq!(id("NOUN"), Pos::Noun.id());
        assert_eq!(id("VERB"), Pos::Verb.id());
    }

    #[test]
    fn a_vocabulary_knows_how_its_language_is_written() {
        let nlp = english();
        let system = nlp.vocab().lang().writing_system();
        assert!(!system.right_to_left && system.has_case);
    }

    #[test]
    fn a_lexeme_is_the_same_word_however_often_it_is_asked_for() {
        let nlp = english();
        let zone = nlp.zone();
        let (first, again) = (zone.lexeme("Hellozle"), zone.lexeme("Hellozle"));
        assert_eq!(first.orth(), again.orth());
        assert!(std::ptr::eq(first.text(), again.text()));
        assert_ne!(first.orth(), zone.lexeme("byezle").orth());
        assert_ne!(first.shape(), first.text());
        assert_eq!(first.lower(), "hellozle");
    }

    #[test]
    fn a_word_that_nobody_asked_for_is_not_there() {
        let nlp = english();
        nlp.vocab().lexeme("Hellozle");
        assert!(nlp.vocab().contains("Hellozle"));
        assert!(!nlp.vocab().contains("LKsdjvlsakdvlaksdvlkasjdvljasdlkfvm"));
    }
}

mod growth_that_spacys_zones_miss {
    use super::*;

    /// Capacity and bytes of every store.
    fn sizes(report: &nlp_core::MemoryReport) -> Vec<(String, usize, usize)> {
        let stores = report.stores.iter();
        stores
            .map(|store| (store.name.to_string(), store.capacity, store.bytes))
            .collect()
    }

    #[test]
    fn tables_do_not_grow_with_the_words_of_zones_that_have_closed() {
        let nlp = english();
        let pool = ZonePool::new(&nlp, PoolConfig::default());
        let request = |seed: usize| {
            pool.memory_zone(|zone| {
                for i in 0..100 {
                    zone.tokenize(&novel(seed * 100 + i)).unwrap();
                }
            });
        };
        request(0);
        let (vocabulary, idle) = (sizes(&nlp.memory_report()), sizes(&pool.memory_report()));
        (1..50).for_each(request);
        assert_eq!(sizes(&nlp.memory_report()), vocabulary);
        assert_eq!(sizes(&pool.memory_report()), idle);
    }

    #[test]
    fn the_lemmatizer_keeps_no_word_that_it_has_seen() {
        let nlp = english();
        let lemmas = |seed| {
            nlp.memory_zone(|zone| {
                let doc = zone.parse(&novel(seed)).unwrap();
                let made = doc.tokens().filter(|t| t.lemma() != t.text());
                made.map(|t| t.lemma().to_owned()).collect::<Vec<_>>()
            })
        };
        let new: Vec<String> = (0..20)
            .flat_map(lemmas)
            .filter(|lemma| nlp.vocab().permanent_string(string_id(lemma)).is_none())
            .collect();
        assert!(
            !new.is_empty(),
            "some lemma is a string that the pipeline did not have"
        );
        assert!(
            new.iter().all(|lemma| !nlp.vocab().contains(lemma)),
            "{new:?}"
        );
        let left = left_by(|| (100..120).for_each(|seed| drop(lemmas(seed))));
        assert_eq!(left, Live::NOTHING);
    }

    #[test]
    fn an_analysis_that_two_components_made_together_goes_with_its_zone() {
        let mut made = 0;
        for nlp in pipelines() {
            let before = nlp.memory_report();
            let analyses: Vec<String> = nlp.memory_zone(|zone| {
                let docs = (0..20).map(|seed| zone.parse(&novel(seed)).unwrap());
                let read = |doc: nlp_core::Doc<'_>| -> Vec<String> {
                    doc.tokens().map(|t| t.morph().to_owned()).collect()
                };
                docs.flat_map(read).collect()
            });
            assert_eq!(nlp.memory_report(), before);
            let permanent =
                |text: &&String| nlp.vocab().permanent_string(string_id(text)).is_some();
            let gone: Vec<&String> = analyses.iter().filter(|text| !permanent(text)).collect();
            assert!(gone.iter().all(|text| !nlp.vocab().contains(text)));
            made += gone.len();
        }
        assert!(made > 0, "some pipeline merges what two components say");
    }

    #[test]
    fn parsing_adds_no_move_no_label_and_no_weight() {
        for nlp in pipelines() {
            let labels = |nlp: &Language| {
                let names = nlp.components().map(|(name, _)| name.to_owned());
                names.map(|name| nlp.labels(&name)).collect::<Vec<_>>()
            };
            let before = (labels(&nlp), nlp.fingerprint());
            for seed in 0..20 {
                nlp.parse(&novel(seed)).unwrap();
                nlp.memory_zone(|zone| zone.parse(&novel(seed + 100)).unwrap().len());
            }
            assert_eq!((labels(&nlp), nlp.fingerprint()), before);
        }
    }

    #[test]
    fn a_string_first_seen_in_a_zone_and_made_permanent_there_outlives_it() {
        let nlp = english();
        let kept = nlp.memory_zone(|zone| {
            zone.parse("A frobnitz and a gizmotron.").unwrap();
            assert!(zone.contains("frobnitz") && !nlp.vocab().contains("frobnitz"));
            nlp.vocab().intern_permanent("frobnitz")
        });
        assert_eq!(kept.text(), "frobnitz");
        assert_eq!(nlp.vocab().string(kept.id()), Some("frobnitz"));
        assert!(nlp.zone().contains("frobnitz"));
        assert!(!nlp.zone().contains("gizmotron"));
    }

    #[test]
    fn a_pipeline_loaded_while_a_zone_is_open_keeps_its_labels() {
        let outer = english();
        let loaded = outer.memory_zone(|zone| {
            zone.parse(&novel(1)).unwrap();
            pipelines().swap_remove(0)
        });
        let fresh = pipelines().swap_remove(0);
        assert!(
            loaded
                .labels("tagger")
                .is_some_and(|labels| !labels.is_empty())
        );
        for (name, _) in fresh.components() {
            assert_eq!(loaded.labels(name), fresh.labels(name));
        }
        let text = "Das ist ein Satz aus München.";
        assert_eq!(
            loaded.parse(text).unwrap().to_json(),
            fresh.parse(text).unwrap().to_json()
        );
    }

    #[test]
    fn documents_read_from_a_file_while_a_zone_is_open_outlive_it() {
        let nlp = english();
        let json = nlp.memory_zone(|zone| zone.parse(&novel(1)).unwrap().to_json());
        let read: OwnedDoc = nlp.memory_zone(|zone| {
            zone.parse(&novel(2)).unwrap();
            serde_json::from_value(json.clone()).unwrap()
        });
        assert_eq!(read.text, novel(1));
        assert_eq!(serde_json::to_value(&read).unwrap(), json);
    }

    #[test]
    fn special_cases_first_met_in_a_zone_are_whole_after_it() {
        let nlp = english();
        let pieces = |zone: &Zone<'_>| {
            let doc = zone
                .tokenize("I can't; don't. Gonna? It's 8a.m. :-)")
                .unwrap();
            doc.tokens()
                .map(|t| (t.text().to_owned(), t.norm().to_owned()))
                .collect::<Vec<_>>()
        };
        let first = nlp.memory_zone(pieces);
        assert!(first.contains(&("n't".into(), "not".into())), "{first:?}");
        nlp.memory_zone(|zone| zone.tokenize(&novel(1)).unwrap().len());
        assert_eq!(nlp.memory_zone(pieces), first);
    }

    #[test]
    fn zones_in_zones_close_in_their_order_without_a_word_lost_or_kept() {
        let nlp = english();
        let before = nlp.memory_report();
        let outer = nlp.zone();
        let outer_doc = outer.parse(&novel(1)).unwrap();
        for seed in 2..5 {
            outer.memory_zone(|inner| {
                let doc = inner.parse(&novel(seed)).unwrap();
                assert!(inner.contains("zorbles1"));
                inner.memory_zone(|innermost| {
                    innermost.parse(&novel(seed + 10)).unwrap();
                    assert!(innermost.contains(&format!("zorbles{seed}")));
                });
                let again: String = doc.tokens().map(|t| t.text_with_ws()).collect();
                assert_eq!(again, novel(seed));
                assert!(!inner.contains(&format!("zorbles{}", seed + 10)));
            });
            assert!(!outer.contains(&format!("zorbles{seed}")));
        }
        let again: String = outer_doc.tokens().map(|t| t.text_with_ws()).collect();
        assert_eq!(again, novel(1));
        let strings = outer.memory_report();
        assert!(strings.get(Owner::Zone, "strings").unwrap().entries > 0);
        drop(outer_doc);
        drop(outer);
        assert_eq!(nlp.memory_report(), before);
    }

    #[test]
    fn a_zone_that_a_dying_worker_took_over_is_freed_to_the_byte() {
        let nlp = english();
        nlp.memory_zone(|zone| zone.parse(&novel(0)).unwrap().len());
        let mut zone = None;
        let held = left_by(|| {
            let opened = nlp.zone();
            opened.parse(&novel(1)).unwrap();
            zone = Some(opened);
        });
        assert!(held.bytes > 0);
        let freed = std::thread::scope(|threads| {
            let nlp = &nlp;
            let worker = threads.spawn(move || {
                // What a thread sets up when it first parses is set up here.
                nlp.memory_zone(|zone| zone.parse(&novel(3)).unwrap().len());
                left_by(|| {
                    let died = catch_unwind(AssertUnwindSafe(|| {
                        let zone = zone.take().expect("it was opened");
                        zone.parse(&novel(2)).unwrap();
                        // A panic without a message, whose memory would count too.
                        resume_unwind(Box::new(()));
                    }));
                    assert!(died.is_err());
                })
            });
            worker.join().unwrap()
        });
        assert_eq!(Live::NOTHING - freed, held);
        assert!(!nlp.zone().contains("zorbles1") && !nlp.zone().contains("zorbles2"));
    }

    #[test]
    fn zones_of_several_threads_at_once_give_each_its_own_words_back() {
        let nlp = english();
        let before = nlp.memory_report();
        std::thread::scope(|threads| {
            for thread in 0..4 {
                let nlp = &nlp;
                threads.spawn(move || {
                    for request in 0..30 {
                        let text = novel(thread * 1000 + request);
                        nlp.memory_zone(|zone| {
                            let doc = zone.parse(&text).unwrap();
                            std::thread::yield_now();
                            let again: String = doc.tokens().map(|t| t.text_with_ws()).collect();
                            assert_eq!(again, text);
                        });
                    }
                });
            }
        });
        assert_eq!(nlp.memory_report(), before);
    }
}
