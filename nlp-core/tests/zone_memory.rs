//! The memory of zones, counted: all of it comes back, a pool holds the same to the byte after every zone, and what
//! grows is in the report, to the byte.

mod counting;

use std::panic::{AssertUnwindSafe, catch_unwind};

use counting::{Counting, Live};
use nlp_core::{Error, Keep, Language, Owner, PoolConfig, Zone, ZonePool, models};

#[global_allocator]
static COUNTING: Counting = Counting;

/// A text of `sentences` sentences with words that no vocabulary holds.
fn novel(seed: usize, sentences: usize) -> String {
    let sentence =
        |i| format!("The zorble{seed}x{i} quixed Snarfville-{seed} and vlim{i}{seed}s. ");
    (0..sentences).map(sentence).collect()
}

/// The pipeline, with whatever is set up at its first use behind it.
fn warm() -> Language {
    let nlp = models::english().unwrap();
    nlp.memory_zone(|zone| zone.parse(&novel(0, 3)).unwrap().len());
    let _ = format!("{:?}", nlp.memory_report());
    nlp
}

/// What `work` leaves behind in memory.
fn left_by(work: impl FnOnce()) -> Live {
    let before = Live::now();
    work();
    Live::now() - before
}

fn report_bytes(nlp: &Language) -> isize {
    nlp.memory_report().total_bytes() as isize
}

#[test]
fn a_zone_gives_back_every_byte_however_much_went_through_it() {
    let nlp = warm();
    for sentences in [1, 40, 400] {
        let left = left_by(|| {
            let zone = nlp.zone();
            let docs = zone.parse_batch(&[novel(1, sentences), novel(2, 3)]);
            assert!(docs.iter().all(|doc| doc.is_ok()));
        });
        assert_eq!(left, Live::NOTHING, "{sentences} sentences");
    }
}

#[test]
fn an_inner_zone_gives_back_every_byte_while_the_outer_one_lives() {
    let nlp = warm();
    let outer = nlp.zone();
    let kept = outer.parse(&novel(1, 5)).unwrap();
    for seed in 2..6 {
        let text = novel(seed, 50);
        let left = left_by(|| {
            let inner = outer.zone();
            inner.memory_zone(|innermost| innermost.parse(&text).unwrap().len());
            inner.parse(&text).unwrap();
        });
        assert_eq!(left, Live::NOTHING);
    }
    assert_eq!(kept.token(1).text(), "zorble1x0");
}

#[test]
fn a_panic_or_an_error_in_a_zone_gives_back_every_byte() {
    let nlp = warm();
    let pool = ZonePool::new(&nlp, PoolConfig::default());
    pool.memory_zone(|zone| zone.parse(&novel(1, 2)).unwrap().len());
    let fails = |zone: &Zone<'_>| -> Result<(), Error> {
        zone.parse(&novel(1, 2))?;
        zone.parse(&"too long ".repeat(200_000))?;
        unreachable!("the text is longer than the pipeline accepts");
    };
    let panics = |zone: &Zone<'_>| -> usize {
        zone.parse(&novel(1, 2)).unwrap();
        std::panic::resume_unwind(Box::new("in the middle of the work"))
    };
    let left = left_by(|| {
        assert!(nlp.memory_zone(fails).is_err());
        assert!(pool.memory_zone(fails).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| nlp.memory_zone(panics))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| pool.memory_zone(panics))).is_err());
    });
    assert_eq!(left, Live::NOTHING);
}

#[test]
fn a_pool_holds_the_same_bytes_after_every_zone() {
    let nlp = warm();
    for (keep, tokenizer_cache, warm_words) in [
        (Keep::default(), 7_000, false),
        (Keep::default(), 7_000, true),
        (Keep::NOTHING, 0, false),
        (
            Keep {
                arena: 5_000,
                table: 300,
            },
            10,
            false,
        ),
    ] {
        let config = PoolConfig {
            keep,
            tokenizer_cache,
            warm_words,
            ..PoolConfig::default()
        };
        let pool = ZonePool::new(&nlp, config);
        pool.memory_zone(|zone| zone.parse("Hello.").unwrap().len());
        let capacity = |pool: &ZonePool<&Language>| -> Vec<(usize, usize)> {
            let report = pool.memory_report();
            report
                .stores
                .iter()
                .map(|s| (s.capacity, s.bytes))
                .collect()
        };
        let (first, total) = (capacity(&pool), pool.memory_report().total_bytes());
        for (seed, sentences) in [1, 300, 2, 40, 1000, 0, 7].into_iter().enumerate() {
            let text = novel(seed, sentences);
            let left = left_by(|| {
                pool.memory_zone(|zone| zone.parse(&text).unwrap().len());
            });
            assert_eq!(left, Live::NOTHING, "{sentences} sentences, {config:?}");
            assert_eq!(pool.memory_report().total_bytes(), total);
            if !warm_words {
                assert_eq!(capacity(&pool), first, "{sentences} sentences, {config:?}");
            }
        }
        assert_eq!(left_by(|| drop(pool)).bytes, -(total as isize));
    }
}

#[test]
fn a_cleared_zone_keeps_no_more_than_it_was_told_to() {
    let nlp = warm();
    let mut zone = nlp.zone();
    let before = Live::now();
    zone.parse(&novel(1, 2000)).unwrap();
    assert!((Live::now() - before).bytes > 500_000);
    zone.clear(Keep {
        arena: 10_000,
        table: 2_000,
    });
    assert!((Live::now() - before).bytes <= 10_000 + 4 * 2_000 + 64);
    zone.clear(Keep::NOTHING);
    assert!((Live::now() - before).bytes <= 64);
}

#[test]
fn the_report_accounts_for_every_byte_that_the_vocabulary_grows() {
    let nlp = warm();
    let (before, reported) = (Live::now(), report_bytes(&nlp));
    for seed in 0..300 {
        nlp.parse(&novel(seed, 4)).unwrap();
    }
    let grown = (Live::now() - before).bytes;
    assert!(grown > 100_000, "{grown}");
    assert_eq!(report_bytes(&nlp) - reported, grown);
}

#[test]
fn the_report_accounts_for_every_byte_of_an_open_zone_and_of_a_pool() {
    let nlp = warm();
    let before = Live::now();
    let zone = nlp.zone();
    for seed in 0..100 {
        zone.parse(&novel(seed, 4)).unwrap();
    }
    let grown = (Live::now() - before).bytes;
    assert_eq!(zone.memory_report().total_bytes() as isize, grown);
    drop(zone);

    let before = Live::now();
    let pool = ZonePool::new(&nlp, PoolConfig::default());
    let zones = [pool.zone(), pool.zone(), pool.zone()];
    drop(zones);
    let grown = (Live::now() - before).bytes;
    let report = pool.memory_report();
    let idle = report.get(Owner::Pool, "idle_zones").unwrap().entries;
    assert_eq!((idle, report.total_bytes() as isize), (3, grown));
}
